"""The score endpoint: registered matters of one's own office, band and range, never a bare probability."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from data.store import models, register, screenings
from serving.card import make_card, read_matter
from serving.champion import Champion
from tests.serving.conftest import CUTOFF, Desk, log_of, make_scorecard, register_card
from training.scorecard import Scorecard


def score(desk: Desk, client: Any, number: str, **more: Any) -> Any:
    return client.post("/v1/score", json={"matter_id": desk.matter(number), **more})


def test_g7_rules_only_answers_with_clocks_duties_and_the_point_sheets_band(desk: Desk) -> None:
    found = score(desk, desk.client("petition_head"), "A-1").json()
    assert found["rules_only"] is True
    assert found["model_version"] is None
    assert found["per_hundred"] is None
    assert found["band"]["code"] in ("general", "larger", "major")
    assert {clock["clock"] for clock in found["clocks"]} >= {"procedural_reply", "substantive_reply"}
    late = [duty for duty in found["duties"] if duty["missed"]]
    assert late[0]["code"] == "substantive_reply"
    assert late[0]["due_on"] == "2026-09-01"
    assert found["reasons"][0]["text"].startswith("我院")
    assert found["ledger_until"] == "2026-10-31"


def test_g8_a_model_answers_with_band_range_and_reasons_and_no_probability(
    desk: Desk, approve: Callable[[Scorecard], int]
) -> None:
    version = approve(make_scorecard())
    found = score(desk, desk.client("petition_head"), "A-1").json()
    assert (found["rules_only"], found["model_version"]) == (False, version)
    low, high = found["per_hundred"]
    assert 0 <= low < high <= 100
    assert all(reason["text"].startswith("我院") for reason in found["reasons"])
    text = json.dumps(found)
    assert not {"probability", "margin", "score", "margin_nano", "points_nano", "feature"} & set(_keys(found))
    assert "0." not in text


def _keys(tree: Any) -> list[str]:
    if isinstance(tree, dict):
        return [*tree, *(key for value in tree.values() for key in _keys(value))]
    return [key for value in tree for key in _keys(value)] if isinstance(tree, list) else []


def test_g8_contacts_alone_lift_nothing_above_general(desk: Desk, approve: Callable[[Scorecard], int]) -> None:
    card = make_scorecard()
    approve(card)
    found = score(desk, desk.client("petition_head"), "A-7").json()
    assert found["per_hundred"] is not None
    assert found["band"]["code"] == "general"


def test_reasons_come_in_the_language_asked_for(desk: Desk) -> None:
    client = desk.client("petition_head")
    english = client.post("/v1/score", json={"matter_id": desk.matter("A-1")}, headers={"Accept-Language": "en-GB"})
    assert english.json()["reasons"][0]["text"].startswith("our office")
    chosen = client.post("/v1/score?lang=en", json={"matter_id": desk.matter("A-1")})
    assert chosen.json()["band"]["label"] in ("general", "larger", "major")


def test_what_if_a_duty_were_done_and_nothing_is_stored(desk: Desk, approve: Callable[[Scorecard], int]) -> None:
    approve(make_scorecard())
    client = desk.client("petition_head")
    before = register.matter_events(desk.store, desk.matter("A-1"))
    plain = score(desk, client, "A-1").json()
    done = [{"kind": "substantive_reply", "occurred_on": "2026-11-02", "document_no": "检复〔2026〕30号"}]
    supposed = score(desk, client, "A-1", what_if=done).json()
    assert [duty["code"] for duty in plain["duties"] if duty["missed"]]
    assert not [duty["code"] for duty in supposed["duties"] if duty["missed"]]
    assert supposed["per_hundred"] <= plain["per_hundred"]
    assert register.matter_events(desk.store, desk.matter("A-1")).equals(before)
    assert score(desk, client, "A-1").json() == plain


@pytest.mark.parametrize(
    "kind",
    ["visit", "letter", "call", "online", "joint_submission", "assigned_from_above", "review_requested", "closed"],
)
def test_red_line_7_contacts_remedies_and_ends_cannot_be_supposed(desk: Desk, kind: str) -> None:
    found = score(desk, desk.client("petition_head"), "A-1", what_if=[{"kind": kind, "occurred_on": "2026-10-30"}])
    assert found.status_code == 422
    assert found.json()["errors"] == [{"where": "body.what_if.0.kind", "message": "不在允许的范围内"}]


@pytest.mark.parametrize("day", ["2026-05-31", "2026-11-04"])
def test_supposed_duties_lie_between_registration_and_today(desk: Desk, day: str) -> None:
    found = score(desk, desk.client("petition_head"), "A-1", what_if=[{"kind": "explanation", "occurred_on": day}])
    assert (found.status_code, found.json()["code"]) == (422, "what_if_date")


def test_g1_another_matter_changes_nothing(desk: Desk, approve: Callable[[Scorecard], int]) -> None:
    approve(make_scorecard())
    own = read_matter(desk.store, desk.matter("A-1"))
    everything = register.read_register(desk.store)
    champion = Champion(version=1, scorecard=make_scorecard())
    context = register.read_context(desk.store)
    card = make_card(own, desk.settings, champion, context, now=desk.clock())
    assert own.matters.height == 1
    assert set(own.events["matter_id"]) == {desk.matter("A-1")}
    assert everything.matters.height == 10
    again = make_card(own, desk.settings, champion, context, now=desk.clock())
    assert (card.band, card.per_hundred, card.reasons) == (again.band, again.per_hundred, again.reasons)


def test_g1_and_g25_no_score_for_unregistered_matters(desk: Desk) -> None:
    client = desk.client("petition_head")
    unknown = client.post("/v1/score", json={"matter_id": "00000000-0000-4000-8000-000000000000"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "matter_not_found")
    assert client.post("/v1/score", json={"matter_id": "A-1"}).status_code == 422
    assert client.post("/v1/score", json={"events": [{"kind": "visit"}]}).status_code == 422


def test_g25_volume_beyond_twice_the_open_matters_is_refused_recorded_and_lifts_at_midnight(desk: Desk) -> None:
    client = desk.client("other_head")
    answers = [score(desk, client, "B-1") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 86_400
    assert answers[-1].json()["code"] == "score_volume"
    capped = log_of(desk)[-1]
    assert (capped.action, capped.user_id, capped.office_id) == ("score_capped", "other_head", "C2")
    assert capped.detail["limit"] == 4
    desk.clock.forward(hours=24)
    assert score(desk, desk.client("other_head"), "B-1").status_code == 200


def test_g25_the_cap_counts_the_open_matters_of_the_last_month_end(desk: Desk) -> None:
    rows = [("C2", category, end, count) for end, count in ((1, 9), (2, 1)) for category in ("report", "other")]
    stored = pl.DataFrame(rows, schema=["office_id", "category", "month_end", "open_matters"], orient="row")
    full = stored.with_columns(overdue_permille=pl.lit(0, pl.Int64), return_permille=pl.lit(0, pl.Int64))
    register.write_context(desk.store, full, batch_id=1)
    client = desk.client("other_head")
    assert [score(desk, client, "B-1").status_code for _ in range(5)] == [200, 200, 200, 200, 429]


def test_g25_demo_lifts_the_cap(desk: Desk) -> None:
    demo = desk.with_settings(demo=True)
    client = demo.client("other_head")
    assert {score(demo, client, "B-1").status_code for _ in range(6)} == {200}


def test_g7_kill_switch_and_setting_leave_rules(desk: Desk, approve: Callable[[Scorecard], int]) -> None:
    approve(make_scorecard())
    models.kill(desk.store, by="steward", at=desk.clock(), reason="test")
    fresh = desk.with_settings()
    assert score(fresh, fresh.client("petition_head"), "A-1").json()["rules_only"] is True
    models.unkill(desk.store, by="steward", at=desk.clock(), reason="test")
    by_setting = desk.with_settings(rules_only=True)
    assert score(by_setting, by_setting.client("petition_head"), "A-1").json()["rules_only"] is True
    assert by_setting.client().get("/readyz").json()["mode"] == "rules"


def test_g7_an_altered_scorecard_never_serves_and_readiness_says_so(
    desk: Desk, approve: Callable[[Scorecard], int]
) -> None:
    approve(make_scorecard())
    file = next(desk.state_dir.glob("card-*.json"))
    file.write_bytes(file.read_bytes().replace(b"400000000", b"900000000"))
    assert score(desk, desk.client("petition_head"), "A-1").json()["rules_only"] is True
    ready = desk.client().get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["model"]) == (503, "scorecard_altered")


def test_a_promotion_takes_effect_without_a_restart(
    desk: Desk, approve: Callable[[Scorecard], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.champion._FRESH_S", 0.0)
    client = desk.client("petition_head")
    assert score(desk, client, "A-1").json()["model_version"] is None
    first = approve(make_scorecard())
    assert score(desk, client, "A-1").json()["model_version"] == first
    second = approve(make_scorecard())
    assert score(desk, client, "A-1").json()["model_version"] == second


def test_g14_spot_checks_are_seen_without_band(desk: Desk) -> None:
    client = desk.client("petition_head")
    entries = client.get(f"/v1/screenings/{desk.screening_id}").json()["entries"]
    spot = [entry for entry in entries if entry["part"] == "spot"]
    assert [(entry["matter_no"], entry["band"], entry["per_hundred"]) for entry in spot] == [("A-7", None, None)]
    assert client.get(f"/v1/matters/{desk.matter('A-7')}").json()["band"] is None
    assert "随机抽查事项，不显示等级" in client.get(f"/matters/{desk.matter('A-7')}").text


def test_timeline_is_for_the_matters_own_office(desk: Desk) -> None:
    own = desk.client("leader").get(f"/v1/matters/{desk.matter('A-1')}").json()
    assert "多人反映" in [item["text"] for item in own["timeline"]]
    superior = desk.client("city_leader").get(f"/v1/matters/{desk.matter('A-1')}").json()
    assert superior["timeline"] is None
    assert "多人反映" not in desk.client("city_leader").get(f"/matters/{desk.matter('A-1')}").text


def test_lists_carry_no_kind_of_contact(desk: Desk) -> None:
    found = desk.client("petition_head").get(f"/v1/screenings/{desk.screening_id}").text
    for kind in ("visit", "letter", "joint_submission", "来访", "来信", "多人反映", "上级交办"):
        assert kind not in found


def test_screenings_page_by_page_with_an_etag(desk: Desk) -> None:
    client = desk.client("petition_head")
    heads = client.get("/v1/screenings?page_size=1").json()
    assert (heads["total"], heads["items"][0]["screening_id"]) == (1, desk.screening_id)
    address = f"/v1/screenings/{desk.screening_id}?page_size=3&page=2"
    answer = client.get(address)
    assert len(answer.json()["entries"]) == 3
    assert answer.json()["total"] == 7
    assert answer.headers["etag"].startswith('"' + "ab" * 32)
    again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = desk.client("leader").get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert other.status_code == 200
    assert client.get("/v1/screenings/nothing").status_code == 404


def test_a_running_screening_is_not_shown(desk: Desk) -> None:
    begun = screenings.begin_screening(
        desk.store, cutoff=desk.clock(), scope="P1", batch_id=1, model_version=None,
        settings={}, now=desk.clock(), by="operator", demo=False,
    )  # fmt: skip
    client = desk.client("petition_head")
    assert client.get("/v1/screenings").json()["total"] == 1
    assert client.get(f"/v1/screenings/{begun.screening_id}").status_code == 404


def test_models_are_for_steward_and_approver(desk: Desk, approve: Callable[[Scorecard], int]) -> None:
    version = approve(make_scorecard())
    for name in ("steward", "approver"):
        found = desk.client(name).get("/v1/models").json()
        assert found["champion"] == version
        assert found["served"][0]["version"] == version
    page = desk.client("steward").get("/models").text
    assert "与以往反映次数（B1）相比" in page
    assert "少于10次，不显示" in page
    assert "steward / approver" in page


def test_the_page_tells_who_turned_a_version_down(desk: Desk) -> None:
    version = register_card(desk, make_scorecard())
    assert "steward / approver" not in desk.client("steward").get("/models").text
    models.propose(desk.store, version, proposer="steward", at=CUTOFF, reason="回溯检验领先")
    models.refuse(desk.store, version, approver="approver", at=CUTOFF + 1, reason="分组召回偏低")
    assert "<dd>steward / approver</dd>" in desk.client("steward").get("/models").text


def test_g8_where_the_model_names_no_reason_the_duties_do_as_on_the_list(
    desk: Desk, approve: Callable[[Scorecard], int]
) -> None:
    silent = make_scorecard()
    steps = tuple(replace(step, thresholds=np.array([]), values=np.array([0], dtype=np.int64)) for step in silent.steps)
    approve(replace(silent, steps=steps))
    found = score(desk, desk.client("handler"), "A-1").json()
    assert found["model_version"] is not None
    assert len(found["reasons"]) >= 1
    page = desk.client("handler").get(f"/matters/{desk.matter('A-1')}").text
    assert "我院尚未完成" in page
    assert "没有需要特别说明的理由" not in page
