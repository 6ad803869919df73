"""The typed client is that of the description, and does what a hotline and a head of petitions would do with it."""

import runpy
from pathlib import Path
from uuid import uuid4

import pytest

from serving.app import routes
from serving.client import Client, Refused
from tests.serving.conftest import Desk

ROOT = Path(__file__).parent.parent.parent


def test_the_client_is_that_of_the_description() -> None:
    """`make docs` writes it again after the interface was changed."""
    script = runpy.run_path(str(ROOT / "scripts" / "client.py"))
    assert (ROOT / "serving" / "client.py").read_text(encoding="utf-8") == script["page"]()


def test_every_route_under_v1_is_a_call_and_each_name_is_there_once() -> None:
    names = [route.name for route in routes() if route.path.startswith("/v1/")]
    assert len(names) == len(set(names))
    assert all(callable(getattr(Client, name, None)) for name in names)


def test_a_hotline_writes_and_a_head_reads_plans_and_scores(desk: Desk) -> None:
    hotline = Client(desk.machine("events", "clocks"))
    once = str(uuid4())
    written = hotline.write_events(
        {
            "matters": [{"matter_no": "A-300", "registered_on": "2026-11-02", "category": "accusation"}],
            "events": [{"matter_no": "A-300", "kind": "call", "occurred_on": "2026-11-02", "people": "1"}],
            "once": once,
        }
    )
    (matter_id,) = written["matter_ids"]
    assert {clock["clock"] for clock in hotline.read_clocks(matter_id)["clocks"]} >= {"procedural_reply"}
    with pytest.raises(Refused) as refused:
        hotline.read_matter(matter_id)
    assert (refused.value.status, refused.value.code) == (403, "machine_refused")
    head = Client(desk.client("petition_head"), language="en")
    assert head.read_matters(number="A-300")["items"][0]["category"] == "accusation"
    assert head.read_matter(matter_id)["is_open"]
    assert head.score_matter({"matter_id": matter_id})["band"] is not None
    made = head.save_plan(
        desk.matter("A-2"),
        {"owner": "S0107", "steps": [{"action": "hearing", "due_on": "2026-11-15"}], "once": str(uuid4())},
    )
    assert made["plan"] is not None
    assert made["plan"]["steps"][0]["label"] == "public hearing"
    with pytest.raises(Refused) as old:
        head.save_plan(
            desk.matter("A-2"),
            {"owner": "S0107", "steps": [{"action": "aid", "due_on": "2026-11-15"}], "once": str(uuid4())},
            match='"something older"',
        )
    assert old.value.status == 412


def test_a_machine_over_its_volume_is_told_when_to_come_again(desk: Desk) -> None:
    machine = Client(desk.machine("clocks", office="C2"))
    for _ in range(4):
        machine.read_clocks(desk.matter("B-1"))
    with pytest.raises(Refused) as capped:
        machine.read_clocks(desk.matter("B-1"))
    assert capped.value.status == 429
    assert capped.value.retry_after is not None
