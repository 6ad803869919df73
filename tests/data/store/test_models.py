"""Two people make a champion, one can take it back, and the record alone says what served when (G21)."""

import pytest
import sqlalchemy as sa

from data.errors import NotAllowed, NotFound
from data.store import audit, models, users
from data.store.engine import Store
from data.store.models import ModelVersion, Served
from data.store.users import User, UserRole


@pytest.fixture
def desk(store: Store) -> Store:
    for user_id, role in (("steward", UserRole.STEWARD), ("approver", UserRole.APPROVER)):
        users.add_user(store, User(user_id=user_id, display_name=user_id, role=role, password_hash="h"))
    return store


def fitted(*, bench_only: bool = False) -> ModelVersion:
    return ModelVersion(
        name="petition-risk",
        scorecard_sha256="a" * 64,
        scorecard_path="models/1/scorecard.json",
        feature_fingerprint="f",
        label="unresolved_return_90d",
        bench_only=bench_only,
        demo=True,
        assumed_share=0.25,
        gate={"ahead_of": ["B1", "B6"], "passed": True},
        created_at=1,
        created_by="steward",
    )


def promoted(store: Store, at: int) -> int:
    version = models.add_model(store, fitted())
    models.propose(store, version, proposer="steward", at=at, reason="更准")
    models.promote(store, version, approver="approver", at=at, reason="同意", impact_id="PIA-1", accepted_assumed=True)
    return version


def test_a_model_is_read_as_it_was_added(desk: Store) -> None:
    version = models.add_model(desk, fitted())
    found = models.find_model(desk, version)
    assert (version, found.state, found.gate) == (1, "challenger", {"ahead_of": ["B1", "B6"], "passed": True})
    assert [model.version for model in models.read_models(desk)] == [1]
    assert models.champion(desk) is None
    with pytest.raises(NotFound):
        models.find_model(desk, 9)


def test_g21_promotion_needs_two_people(desk: Store) -> None:
    version = models.add_model(desk, fitted())
    with pytest.raises(NotAllowed):
        models.promote(desk, version, approver="approver", at=1, reason="无人提出")
    models.propose(desk, version, proposer="steward", at=1, reason="更准")
    with pytest.raises(NotAllowed) as refused:
        models.promote(desk, version, approver="steward", at=2, reason="自己批准")
    assert refused.value.code == "two_people"
    assert models.champion(desk) is None
    models.promote(desk, version, approver="approver", at=3, reason="同意", impact_id="PIA-1")
    serving = models.champion(desk)
    assert serving is not None
    assert (serving.version, serving.state) == (version, "champion")
    decision = models.read_approvals(desk)[-1]
    assert (decision.proposer, decision.approver, decision.impact_id) == ("steward", "approver", "PIA-1")


def test_a_decision_and_its_audit_entry_commit_together(desk: Store) -> None:
    version = models.add_model(desk, fitted())
    entry = audit.Entry(at=1, user_id="steward", action="model_proposed", detail={"version": version})
    with pytest.raises(ZeroDivisionError), desk.write():  # noqa: PT012 - the crash between the two
        models.propose(desk, version, proposer="steward", at=1, reason="x")
        _ = 1 / 0
    assert models.find_model(desk, version).state == "challenger"
    with desk.write():
        models.propose(desk, version, proposer="steward", at=1, reason="x")
        audit.append_many(desk, b"k" * 32, [entry])
    assert models.find_model(desk, version).state == "proposed"
    assert len(audit.read_entries(desk)) == 1


def test_g21_the_database_itself_refuses_one_person(desk: Store) -> None:
    version = models.add_model(desk, fitted())
    statement = sa.text(
        "INSERT INTO approvals (version, action, proposer, approver, at, accepted_assumed, reason) "
        f"VALUES ({version}, 'promote', 'steward', 'steward', 1, '1', 'x')"
    )
    with pytest.raises(sa.exc.IntegrityError), desk.write() as connection:
        connection.execute(statement)


def test_g21_the_full_history_of_what_served_when(desk: Store) -> None:
    first, second = promoted(desk, at=10), promoted(desk, at=20)
    assert models.find_model(desk, first).state == "retired"
    models.kill(desk, by="approver", at=30, reason="停用")
    assert models.is_killed(desk)
    assert models.champion(desk) is None
    models.unkill(desk, by="approver", at=40, reason="恢复")
    assert models.rollback(desk, by="approver", at=50, reason="退回") == first
    assert not models.is_killed(desk)
    assert models.find_model(desk, first).state == "champion"
    assert models.find_model(desk, second).state == "retired"
    assert models.rollback(desk, by="approver", at=60, reason="再退") is None
    assert models.champion(desk) is None
    with pytest.raises(NotAllowed):
        models.rollback(desk, by="approver", at=70, reason="无可退")
    assert models.served(desk) == [
        Served(version=first, since=10, until=20),
        Served(version=second, since=20, until=30),
        Served(version=None, since=30, until=40),
        Served(version=second, since=40, until=50),
        Served(version=first, since=50, until=60),
        Served(version=None, since=60, until=None),
    ]


def test_the_kill_switch_works_before_any_model(desk: Store) -> None:
    assert not models.is_killed(desk)
    models.kill(desk, by="approver", at=5, reason="停用")
    assert models.is_killed(desk)
    promoted(desk, at=10)
    assert models.champion(desk) is None


def test_g26_a_bench_only_model_is_never_proposed_or_promoted(desk: Store) -> None:
    version = models.add_model(desk, fitted(bench_only=True))
    with pytest.raises(NotAllowed) as refused:
        models.propose(desk, version, proposer="steward", at=1, reason="x")
    assert refused.value.code == "bench_only"
    with pytest.raises(NotAllowed):
        models.promote(desk, version, approver="approver", at=1, reason="x")


def test_a_refused_proposal_does_not_serve(desk: Store) -> None:
    version = models.add_model(desk, fitted())
    with pytest.raises(NotAllowed):
        models.refuse(desk, version, approver="approver", at=1, reason="x")
    models.propose(desk, version, proposer="steward", at=1, reason="x")
    with pytest.raises(NotAllowed):
        models.refuse(desk, version, approver="steward", at=1, reason="x")
    models.refuse(desk, version, approver="approver", at=2, reason="证据不足")
    assert models.find_model(desk, version).state == "refused"
    with pytest.raises(NotAllowed):
        models.propose(desk, version, proposer="steward", at=3, reason="x")
    assert models.champion(desk) is None
