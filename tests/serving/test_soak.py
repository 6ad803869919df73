"""Mixed work goes on while the model is swapped, a worker killed and a screening run; nothing is lost or doubled."""

from pathlib import Path

import pytest

from data.store import register, users
from data.store.engine import migrate, open_store
from data.store.users import User, UserRole
from serving.bench import screen
from serving.bench.any_model import use_any_model
from serving.bench.apart import apart
from serving.bench.registers import base_register
from serving.bench.soak import run_soak
from tests.stored import batch_of

_PEOPLE = {"head": UserRole.PETITION_HEAD, "steward": UserRole.STEWARD, "approver": UserRole.APPROVER}


def _state(folder: Path) -> None:
    """A register of a small invented province, a model in use and a list."""
    store = open_store(f"sqlite:///{folder / 'petition-risk.db'}")
    migrate(store)
    made = base_register(5, 600)
    register.write_register(store, made, batch_of(made, demo=True))
    offices = made.offices.filter(level="county")["office_id"].to_list()
    for name, role in _PEOPLE.items():
        users.add_user(
            store,
            User(
                user_id=name, display_name=name, role=role, password_hash="-", office_id=offices[0], must_change=False
            ),
        )
    use_any_model(store, folder, proposer="steward", approver="approver", at=made.observed_until)
    store.close()
    apart(screen.run_job, folder, export=False)


@pytest.mark.slow
def test_no_request_fails_but_those_of_the_killed_worker(tmp_path: Path) -> None:
    _state(tmp_path)
    found = {one.name: one for one in run_soak(tmp_path, seconds=20, seed=5).figures}
    assert [one for one in found.values() if one.met is False] == []
    answered = found["requests answered"]
    assert answered.value is not None
    assert answered.value > 50
    for act in ("score", "list", "matter", "search", "write"):
        assert f"{act} " in answered.note, "each act was among them"
