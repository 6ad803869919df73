"""The yearly report is made of the lists as stored, shown to who decides and who looks in, and to nobody else."""

import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from data.errors import InputRefused
from data.mapping import load_mapping
from data.settings import ImpactSettings, Settings
from data.store import audit
from data.store.register import read_register
from data.store.screenings import read_entries
from monitoring.sunset import Sunset
from serving import journal, sunset
from serving.muting import LATEST, latest_report, worst_told
from serving.screening import screen
from tests.histories import seen
from tests.serving.conftest import NOW, PARTS, Desk, make_scorecard
from training.scorecard import Scorecard

KEY = b"k" * 32
SETTINGS = Settings(impact=ImpactSettings(assessment_id="PIA-2026-1", approver="leader"))
READERS = ("leader", "city_leader", "steward", "approver", "auditor", "reviewer")


def _screened(desk: Desk, day: str) -> Any:
    made = screen(
        *(desk.store, SETTINGS, desk.state_dir, KEY),
        cutoff=seen(day),
        scope="M1",
        clock=lambda: NOW,
        by="operator",
    )
    return made.screening


def _made(desk: Desk, year: int = 2026) -> dict[str, Any]:
    return sunset.make_sunset(desk.store, SETTINGS, desk.state_dir, KEY, year=year, now=NOW, by="operator")


def test_before_a_list_has_matured_there_is_nothing_to_judge(desk: Desk) -> None:
    report = _made(desk)
    assert (report["verdict"], report["lists"], report["finding"]) == ("no_lists", 0, None)
    with pytest.raises(InputRefused) as caught:
        _made(desk, 2027)
    assert caught.value.code == "sunset_year"


def test_cases_are_those_of_the_stored_lists_and_what_became_of_them(
    desk: Desk, approve: Callable[[Scorecard], int]
) -> None:
    by_rules = _screened(desk, "2026-06-20")
    version = approve(make_scorecard())
    by_model = _screened(desk, "2026-06-30")
    assert (by_rules.model_version, by_model.model_version) == (None, version)
    report = _made(desk)
    assert (report["lists"], report["months"], report["versions"], report["verdict"]) == (2, 1, [version], "not_a_year")
    register, task = read_register(desk.store), load_mapping("ledger").task
    for made in (by_rules, by_model):
        cases = sunset.cases_of(desk.store, desk.state_dir, register, task, SETTINGS, made)
        listed = {
            (one.matter_id, one.part == "spot")
            for one in read_entries(desk.store, made.screening_id)
            if one.part in ("model", "points", "spot")
        }
        assert {(matter, group == "spot") for matter, group in cases.select("matter_id", "group").rows()} == listed
        assert cases["chance"].null_count() == (0 if made is by_model else cases.height)
        assert cases.filter(pl.col("group") == "spot")["inclusion"].null_count() == 0
        # The others than must-acts were raised again on 25 September: 96 days after the first list, 86 after the other.
        others = [desk.ids[number] for number, part in PARTS.items() if part != "must_act"]
        quiet = cases.filter(pl.col("matter_id").is_in(others))
        assert quiet.height
        assert quiet["returned"].all() == quiet["returned"].any() == (made is by_model)


def test_a_second_run_writes_the_same_and_every_form(desk: Desk) -> None:
    first = _made(desk)
    folder = desk.state_dir / "sunset"
    written = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(written) == {
        "2026.json",
        *(f"2026.{language}.{form}" for language in ("zh", "en") for form in ("md", "html")),
    }
    assert _made(desk) == first
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == written


def _write(desk: Desk, **changed: Any) -> dict[str, Any]:
    report = _made(desk) | changed
    (desk.state_dir / "sunset" / "2026.json").write_text(json.dumps(report), encoding="utf-8")
    return report


def test_who_decides_and_who_looks_in_read_it_and_the_look_is_on_record(desk: Desk) -> None:
    for user in READERS:
        page = desk.client(user).get("/sunset")
        assert page.status_code == 200
        assert "还没有年度评估" in page.text
        assert desk.client(user).get("/sunset?year=2025").status_code == 404
        assert desk.client(user).get("/sunset/2025.html").status_code == 404
    for user in ("handler", "department_head", "petition_head", "operator", "admin"):
        assert desk.client(user).get("/sunset").status_code == 403
    report = _made(desk)
    for language, said in report["said"].items():
        page = desk.client("reviewer").get(f"/sunset?lang={language}").text
        assert said in page
        assert all(one[language] in page for one in report["assumptions"])
        assert not any(matter in page or f">{number}<" in page for number, matter in desk.ids.items())
    file = desk.client("leader").get("/sunset/2026.html")
    assert file.headers["content-disposition"] == 'attachment; filename="sunset-2026.html"'
    assert report["said"]["zh"] in file.text
    assert audit.read_entries(desk.store)[-1].entry.action == journal.VIEW_SUNSET


def test_for_want_of_proof_it_is_told_on_the_pages_until_muted(desk: Desk) -> None:
    made = Sunset(year=2026, as_of="x", months=12, lists=12, versions=(1,), verdict="not_shown", effect=None, rows=())
    assert latest_report(desk.state_dir) is None
    path = desk.state_dir / LATEST
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"as_of": "2026-10-31", "model": None, "findings": []}), encoding="utf-8")
    assert (latest_report(desk.state_dir) or {})["findings"] == []
    leader = desk.client("leader")
    assert "年度评估：未能证明" not in leader.get("/sign").text
    _write(desk, **made.as_dict())
    report = latest_report(desk.state_dir)
    assert report is not None
    assert [one["code"] for one in report["findings"]] == ["help_not_shown"]
    assert worst_told([(one, None) for one in report["findings"]]) == "warning"
    for user in ("steward", "approver"):
        assert "2026 年度评估：未能证明" in desk.client(user).get("/monitor").text
    assert "2026 年度评估：未能证明" in leader.get("/sign").text
