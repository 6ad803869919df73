"""From what the monitors find to a challenger beside the champion; nothing is trained or replaced by itself."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data.errors import NotAllowed
from data.ingest.run import ingest
from data.mapping import load_mapping
from data.settings import ImpactSettings, Settings
from data.store import models, users
from data.store.engine import Store
from data.store.imports import write_offices
from data.store.users import User, UserRole
from data.synthetic import SyntheticPlan, Traps, make_register, write_ledger
from data.times import cutoff_instant
from serving.monitor_run import run_monitor
from serving.retraining import retrain
from serving.screening import screen
from serving.training_run import train_challenger
from training import promote

KEY = b"k" * 32
#: From here on more is sent on or refused, one channel stops reporting, everything comes back more often,
#: and what we do tells less and less about what comes back.
CHANGED = date(2025, 9, 1)
LISTS = (date(2025, 12, 31), date(2026, 2, 28), date(2026, 4, 30), date(2026, 6, 30), date(2026, 10, 31))
LAST = LISTS[-1]
PLAN = SyntheticPlan(
    seed=3,
    start=date(2021, 11, 1),
    traps=Traps(policy_change=CHANGED, label_shift=CHANGED, slow_decay=CHANGED, silent_channel=CHANGED),
    oracle_draws=0,
)


def _promote(store: Store, state: Path, version: int, at: int) -> None:
    promote.approve(
        store,
        KEY,
        state,
        version,
        approver="approver",
        now=at,
        reason="已核对模型卡",
        impact=ImpactSettings(),
        demo=True,
        accept_assumed=True,
        accept_early=True,
    )


@pytest.mark.slow
def test_g21_drift_decay_and_enough_seen_anew_have_a_challenger_trained_that_the_gate_still_judges(
    sqlite_store: Store, tmp_path: Path
) -> None:
    settings = Settings(demo=True)
    whole = make_register(PLAN).register

    def at(day: date) -> int:
        return cutoff_instant(day, whole.time_zone)

    def held(until: int) -> None:
        book = tmp_path / f"{until}.xlsx"
        write_ledger(whole, book, as_of=until)
        ledger = load_mapping("ledger")
        ingest(sqlite_store, book, ledger, now=until, user="operator", observed_until=until, confirm=True, demo=True)

    def looked(day: date) -> Any:
        return run_monitor(sqlite_store, settings, tmp_path, KEY, as_of=at(day), now=at(day), by="operator")

    def states() -> dict[int, str]:
        return {one.version: one.state for one in models.read_models(sqlite_store)}

    top = whole.offices.filter(whole.offices["level"] == "province")["office_id"][0]
    taught = at(date(2025, 8, 31))
    write_offices(sqlite_store, whole.offices)
    for name, role in (("steward", UserRole.STEWARD), ("approver", UserRole.APPROVER)):
        account = User(user_id=name, display_name=name, role=role, password_hash="-", office_id=top, must_change=False)
        users.add_user(sqlite_store, account)
    held(taught)
    first = train_challenger(sqlite_store, settings, tmp_path, KEY, now=taught, by="steward", seed=1).version
    assert first is not None
    promote.propose(sqlite_store, KEY, first, proposer="steward", now=taught, reason="首个模型")
    _promote(sqlite_store, tmp_path, first, taught)

    def swept(day: date, until: date) -> None:
        made = screen(
            sqlite_store, settings, tmp_path, KEY, cutoff=at(day), scope=top, clock=lambda: at(until), by="operator"
        )
        assert made.screening.model_version == first

    held(at(LISTS[0]))
    swept(LISTS[0], LISTS[0])
    # No list has matured: nothing is known of the model yet, and who asks all the same is refused.
    assert "retraining_proposed" not in {one.code for one in looked(LISTS[0]).findings}
    with pytest.raises(NotAllowed) as refused:
        retrain(sqlite_store, settings, tmp_path, KEY, now=at(LISTS[0]), by="steward", seed=1)
    assert refused.value.code == "retrain_not_due"

    held(at(LAST))
    for day in LISTS[1:]:
        swept(day, LAST)
    found = {one.code: one for one in looked(LAST).findings}
    assert found["retraining_proposed"].numbers["positives"] >= settings.monitor.retrain_positives
    assert {"feature_drift", "score_drift"} & set(found)
    # Only a finding: as long as nobody asks, nothing is trained and the champion serves.
    assert states() == {first: "champion"}

    made = retrain(sqlite_store, settings, tmp_path, KEY, now=at(LAST), by="steward", seed=1)
    told = made.comparison
    assert (made.made, told["against"], told["asked"]) == (True, first, None)
    assert len(told["due"]) == 3  # drift, decay, enough seen anew
    assert told["listed"] > 0
    assert {(row["who"], row["over"]) for row in told["standings"]} >= {
        (who, over) for who in ("champion", "challenger") for over in ("all", "unlisted")
    }
    assert models.champion(sqlite_store).version == first  # type: ignore[union-attr]
    # What our handling tells decays to nothing here, and what was trained on that does not pass the gate: it is
    # registered with its comparison, and nobody can put it forward.
    assert made.why_not is not None
    assert states() == {first: "champion", made.version: "challenger"}
    with pytest.raises(NotAllowed):
        promote.propose(sqlite_store, KEY, made.version, proposer="steward", now=at(LAST), reason="再训练")
    assert models.champion(sqlite_store).version == first  # type: ignore[union-attr]
