"""Events a hotline or a reception desk writes: gated, of the own office, in effect at once, and ended by no ledger."""

from typing import Any
from uuid import uuid4

import polars as pl
import pytest

from data.store import batches, register
from data.store.imports import write_batch
from data.store.register import read_register
from tests.serving.conftest import CUTOFF, Desk, log_of
from tests.stored import batch_of

NEW = {"matter_no": "A-100", "registered_on": "2026-11-02", "category": "criminal_appeal", "first_time": True}


def _send(client: Any, *events: dict[str, Any], matters: Any = (), once: str | None = None) -> Any:
    body = {"matters": list(matters), "events": list(events), "once": once or str(uuid4())}
    return client.post("/v1/events", json=body)


def _event(number: str = "A-1", kind: str = "call", day: str = "2026-11-03", **more: Any) -> dict[str, Any]:
    return {"matter_no": number, "kind": kind, "occurred_on": day, **more}


def _clocks(client: Any, matter_id: str) -> dict[str, Any]:
    found = client.get(f"/v1/matters/{matter_id}/clocks").json()
    return {row["clock"]: row for row in found["clocks"]} | {"as_of": found["as_of"]}


def test_g7_a_new_matters_clocks_run_at_once_where_the_ledger_does_not_reach(desk: Desk) -> None:
    machine = desk.machine("events", "clocks")
    sent = _send(machine, _event("A-100", "call", "2026-11-01", people="2-4"), matters=[NEW])
    assert sent.status_code == 200, sent.text
    (matter_id,) = sent.json()["matter_ids"]
    clocks = _clocks(machine, matter_id)
    assert clocks["procedural_reply"]["due_on"] == "2026-11-08"
    assert clocks["procedural_reply"]["state"] == "running"
    assert clocks["as_of"].startswith("2026-11-03")
    shown = desk.client("petition_head").get(f"/v1/matters/{matter_id}").json()
    assert (shown["matter_no"], shown["category"], shown["is_open"]) == ("A-100", "criminal_appeal", True)
    assert [item["text"] for item in shown["timeline"]][:1] == ["12309来电"] or "12309来电" in str(shown["timeline"])


def test_g7_a_must_act_starts_with_the_event_that_calls_for_it(desk: Desk) -> None:
    matter = desk.matter("A-2")
    head = desk.client("petition_head")
    before = [duty["code"] for duty in head.get(f"/v1/matters/{matter}").json()["duties"]]
    assert _send(desk.machine("events"), _event("A-2", "urgent_marked")).status_code == 200
    after = [duty["code"] for duty in head.get(f"/v1/matters/{matter}").json()["duties"]]
    assert "urgent" not in before
    assert "urgent" in after
    assert "告急" in desk.client("department_head").get("/today").text


def test_a_reply_written_today_meets_its_clock(desk: Desk) -> None:
    head = desk.client("petition_head")
    head_says = _clocks(head, desk.matter("A-1"))["substantive_reply"]["state"]
    sent = _send(
        head,
        _event("A-1", "substantive_reply", document_no="检复〔2026〕30号", parts=["claim", "facts", "grounds"]),
    )
    assert sent.status_code == 200
    assert head_says == "overdue"
    assert _clocks(head, desk.matter("A-1"))["substantive_reply"]["state"] == "met_late"


def test_such_a_batch_matures_no_label_and_can_be_taken_back(desk: Desk) -> None:
    batch = _send(desk.machine("events"), _event()).json()["batch_id"]
    assert read_register(desk.store).observed_until == CUTOFF
    (stored,) = [one for one in batches.read_batches(desk.store) if one.batch_id == batch]
    assert (stored.batch.act, stored.batch.recorded_by[:6]) == ("event", "token:")
    batches.undo_batch(desk.store, batch, by="petition_head", at=desk.clock(), reason="重复")
    assert "call" not in register.matter_events(desk.store, desk.matter("A-1"))["kind"].to_list()


def test_the_next_full_ledger_ends_nothing_that_was_written_and_finds_what_it_brings_itself(desk: Desk) -> None:
    made = read_register(desk.store)
    _send(desk.machine("events"), _event(), matters=[NEW])
    again = batch_of(made, observed_until=CUTOFF + 86_400_000_000, recorded_at=desk.clock())
    standing = read_register(desk.store)
    with_call = standing.events.filter((pl.col("kind") == "call") | (pl.col("recorded_at") < desk.clock()))
    done = write_batch(
        desk.store, again, made.matters, with_call.filter(pl.col("kind") == "call").vstack(made.events),
        made.attributes,
    )  # fmt: skip
    assert (done.events.missing, done.events.first, done.events.unchanged) == (0, 0, with_call.height)
    kinds = register.matter_events(desk.store, desk.matter("A-1"))["kind"].to_list()
    assert kinds.count("call") == 1
    assert register.find_matter(desk.store, matter_no="A-100").height == 1


def test_two_calls_of_one_day_are_two_and_one_sent_twice_is_one(desk: Desk) -> None:
    machine, once = desk.machine("events"), str(uuid4())
    first = _send(machine, _event(), _event(), once=once)
    assert _send(machine, _event(), _event(), once=once).json() == first.json()
    other = _send(machine, _event(kind="visit"), once=once)
    assert (other.status_code, other.json()["code"]) == (409, "once_used")
    _send(machine, _event())
    kinds = register.matter_events(desk.store, desk.matter("A-1"))["kind"].to_list()
    assert kinds.count("call") == 3
    told = [entry for entry in log_of(desk) if entry.action == "events_told"]
    assert [entry.matter_id for entry in told] == [desk.matter("A-1")] * 2


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"kind": "no_such_kind"}, 422),
        ({"kind": "registered"}, 422),
        ({"kind": "resolved"}, 422),
        ({"kind": "promise_made"}, 422),
        ({"day": "2026-11-04"}, 422),
        ({"day": "2025-10-01"}, 422),
        ({"number": "B-1"}, 404),
        ({"number": "nothing"}, 404),
    ],
)
def test_what_is_off_writes_nothing(desk: Desk, changes: dict[str, Any], status: int) -> None:
    machine = desk.machine("events")
    answer = _send(machine, _event(), _event(**changes))
    assert answer.status_code == status, answer.text
    assert len(batches.read_batches(desk.store)) == 1
    assert _send(machine).status_code == 422
    assert _send(machine, matters=[NEW, NEW]).status_code == 422
    assert _send(machine, matters=[NEW | {"matter_no": "A-1"}]).status_code == 409


@pytest.mark.parametrize(
    ("events", "matters"),
    [
        ([_event(document_no="13800138000")], []),
        ([], [NEW | {"matter_no": "张小明〔2026〕1号"}]),
        ([], [NEW | {"matter_no": "110101199003077475"}]),
        ([], [NEW | {"handler": "张小明"}]),
        ([], [NEW | {"department": "不在台账的部门"}]),
    ],
)
def test_g2_every_text_passes_the_gate_and_only_a_count_is_logged(
    desk: Desk, events: list[dict[str, Any]], matters: list[dict[str, Any]]
) -> None:
    answer = _send(desk.machine("events"), *events, matters=matters)
    assert (answer.status_code, answer.json()["code"]) == (422, "told_text_refused")
    entry = log_of(desk)[-1]
    assert (entry.action, dict(entry.detail)) == ("text_refused", {"refusals": 1})
    assert "张小明" not in answer.text
    assert len(batches.read_batches(desk.store)) == 1


def test_g2_and_g4_there_is_no_field_for_a_name_or_a_text(desk: Desk) -> None:
    machine = desk.machine("events")
    for name in ("姓名", "text", "content", "phone", "stability"):
        answer = _send(machine, _event(**{name: "张小明"}))
        assert answer.status_code == 422
        assert "张小明" not in answer.text


def test_g16_people_write_within_their_scope_and_never_about_their_own_post(desk: Desk) -> None:
    assert _send(desk.client("handler"), _event("A-1", "progress_reply")).status_code == 200
    assert _send(desk.client("handler"), _event("A-2", "progress_reply")).status_code == 404
    assert _send(desk.client("handler"), _event("A-5", "progress_reply")).status_code == 404
    own_post = _send(desk.client("handler"), matters=[NEW | {"respondent_post": "handler"}])
    assert (own_post.status_code, own_post.json()["code"]) == (403, "recused")
    assert _send(desk.client("petition_head"), _event("A-1", "resolved")).status_code == 200
    assert _send(desk.client("leader"), _event("A-1", "progress_reply")).status_code == 403


def test_g25_volume_of_a_machine_is_capped_with_room_for_a_first_matter(desk: Desk) -> None:
    machine = desk.machine("events", office="C2")
    assert _send(machine, *[_event("B-1")] * 20).status_code == 200
    capped = _send(machine, _event("B-1"))
    assert (capped.status_code, capped.json()["code"]) == (429, "token_volume")
    assert int(capped.headers["retry-after"]) > 0


def test_a_matter_registered_by_call_is_not_stood_for_by_two_ledgers(desk: Desk) -> None:
    """Its id is that of the ledger's source, so the ledger that later brings the number brings the same matter."""
    _send(desk.machine("events"), matters=[NEW])
    row = register.find_matter(desk.store, matter_no="A-100").row(0, named=True)
    assert (row["source"], row["office_id"]) == ("test", "C1")
