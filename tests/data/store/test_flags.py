"""Decisions are only added, the latest counts, and what was put forward by hand stays until it was decided on."""

from dataclasses import replace

import polars as pl
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from data.contract import Offices
from data.errors import NotFound
from data.store import flags, screenings, users
from data.store.batches import insert_batch
from data.store.engine import Store
from data.store.flags import Decision, PutForward
from data.store.register import Batch, write_offices
from data.store.users import User, UserRole


def issue(store: Store, cutoff: int) -> str:
    begun = screenings.begin_screening(
        store, cutoff=cutoff, scope="c1", batch_id=1, model_version=None, settings={}, now=7, by="o", demo=False
    )
    screenings.issue_draft(store, begun.screening_id, list_hash="h", summary={})
    return begun.screening_id


@pytest.fixture
def ready(store: Store) -> Store:
    office = {"office_id": ["c1"], "name": ["甲院"], "parent_id": [None], "level": ["county"]}
    write_offices(store, pl.DataFrame(office, schema=Offices.create_empty().schema))
    for user in ("h1", "h2"):
        users.add_user(
            store, User(user_id=user, display_name=user, role=UserRole.HANDLER, password_hash="x", office_id="c1")
        )
    batch = Batch(
        source="ledger",
        file_sha256="a",
        mapping_name="own",
        mapping_sha256="b",
        coverage="full",
        observed_until=1,
        time_zone="Asia/Shanghai",
        recorded_at=1,
        recorded_by="operator",
    )
    with store.write() as connection:
        insert_batch(connection, batch, number=1, assumed_share=0.0)
    return store


def decision(screening_id: str, once: str = "a", **changes: object) -> Decision:
    made = Decision(
        screening_id=screening_id,
        matter_id="m1",
        office_id="c1",
        decided_by="h1",
        role="handler",
        at=100,
        decision="accept",
        reason="已核实",
        once=once,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def put(cutoff: int, once: str = "a", **changes: object) -> PutForward:
    made = PutForward(matter_id="m9", office_id="c1", cutoff=cutoff, put_by="h1", at=50, reason="答复缺依据", once=once)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_g9_the_latest_decision_counts_and_the_history_stays(ready: Store) -> None:
    listed = issue(ready, 100)
    first = decision(listed)
    second = decision(listed, "b", decision="change", owner="S2", plan="当面说理", decided_by="h2", at=101)
    other = decision(listed, "c", matter_id="m2", decision="reject")
    for one in (first, second, other):
        flags.add_decision(ready, one)
    assert flags.latest_decisions(ready, listed, ["c2"]) == {}
    assert flags.latest_decisions(ready, listed, ["c1"]) == {"m1": second, "m2": other}
    assert flags.decisions_of_matter(ready, "m1") == [second, first]
    assert flags.latest_decisions(ready, issue(ready, 200), ["c1"]) == {}


def test_g9_a_decision_is_never_changed(ready: Store) -> None:
    listed = issue(ready, 100)
    flags.add_decision(ready, decision(listed))
    flags.add_put_forward(ready, put(100))
    for table in ("flag_decisions", "put_forward"):
        with pytest.raises(DBAPIError, match="never changed"), ready.write() as connection:
            connection.exec_driver_sql(f"UPDATE {table} SET reason = 'x'")


def test_what_was_sent_once_is_found_and_cannot_stand_twice(ready: Store) -> None:
    listed = issue(ready, 100)
    sent, put_sent = decision(listed), put(100)
    flags.add_decision(ready, sent)
    flags.add_put_forward(ready, put_sent)
    assert flags.decision_sent(ready, "h1", "a") == sent
    assert flags.decision_sent(ready, "h2", "a") is None
    assert flags.put_forward_sent(ready, "h1", "a") == put_sent
    assert flags.put_forward_sent(ready, "h1", "b") is None
    with pytest.raises(IntegrityError):
        flags.add_decision(ready, sent)
    with pytest.raises(IntegrityError):
        flags.add_put_forward(ready, put_sent)


def test_only_three_decisions_and_only_by_an_account_on_a_list(ready: Store) -> None:
    listed = issue(ready, 100)
    for wrong in (
        decision(listed, decision="forget"),
        decision(listed, decided_by="nobody"),
        decision("no such list"),
    ):
        with pytest.raises(IntegrityError):
            flags.add_decision(ready, wrong)
    with pytest.raises(NotFound):
        flags.hold(ready, "no such list")


def test_a_list_is_held_only_once_it_is_issued(ready: Store) -> None:
    flags.hold(ready, issue(ready, 100))
    running = screenings.begin_screening(
        ready, cutoff=9, scope="c1", batch_id=1, model_version=None, settings={}, now=7, by="o", demo=False
    )
    with pytest.raises(NotFound):
        flags.hold(ready, running.screening_id)


def test_g9_what_is_put_forward_stays_until_somebody_decided_on_it(ready: Store) -> None:
    october, november = issue(ready, 100), issue(ready, 200)
    by_hand = put(100)
    flags.add_put_forward(ready, by_hand)
    assert flags.put_forward_for(ready, 99, ["c1"]) == []
    assert flags.put_forward_for(ready, 100, ["c2"]) == []
    for cutoff in (100, 200, 300):
        assert flags.put_forward_for(ready, cutoff, ["c1"]) == [by_hand]
    flags.add_decision(ready, decision(november, matter_id="m9"))
    assert flags.put_forward_for(ready, 200, ["c1"]) == [by_hand]
    assert flags.put_forward_for(ready, 300, ["c1"]) == []
    again = put(300, "b", at=400)
    flags.add_put_forward(ready, again)
    flags.add_decision(ready, decision(october, "z", matter_id="m8"))
    assert flags.put_forward_for(ready, 300, ["c1"]) == [again]
    assert flags.put_forward_of_matter(ready, "m9") == [again, by_hand]
