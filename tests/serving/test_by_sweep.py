"""The page of a matter tells sweep by sweep its band and what our handling changed, and no figure of a score."""

import re
from typing import Any

from data.store import screenings
from data.store.screenings import ListEntry, Part
from tests.histories import seen
from tests.serving.conftest import Desk, token_of

DUTY = {"code": "substantive_reply", "zh": "三个月答复", "en": "reply within three months", "article": ""}
OWED = {"feature": "substantive_reply", "points_nano": None, "zh": "我院尚未完成三个月答复", "en": "not yet done"}
OTHER = {"feature": "returned_times", "points_nano": None, "zh": "我院退回该事项1次", "en": "our office returned it"}


def listed(desk: Desk, day: str, number: str | None, *, part: Part = "points", later: int = 0, **told: Any) -> str:
    """A list by rules up to a day, with one matter on it or none."""
    begun = screenings.begin_screening(
        desk.store,
        cutoff=seen(day),
        scope="C1" if later == 0 else "P1",
        batch_id=1,
        model_version=None,
        settings={},
        now=seen(day) + later,
        by="operator",
        demo=False,
    )
    if number is not None:
        entry = ListEntry(office_id="C1", matter_id=desk.matter(number), part=part, rank=1, **told)
        screenings.write_entries(desk.store, begun.screening_id, [entry])
    screenings.issue_draft(desk.store, begun.screening_id, list_hash="ab" * 32, summary={})
    return begun.screening_id


def sweeps_of(desk: Desk, user: str, number: str) -> list[str]:
    """What the page says since the latest sweep, and of each sweep, the latest first."""
    page = desk.client(user).get(f"/matters/{desk.matter(number)}").text
    part = page.split('id="sweeps"')[1].split("</section>")[0]
    for anchor in re.findall(r'href="#(event-[^"]+)"', part):
        assert page.count(f'id="{anchor}"') == 1
    return part.split('<li class="item">')


def test_a_duty_goes_when_its_document_is_recorded(desk: Desk) -> None:
    listed(desk, "2026-08-20", "A-2", band="larger", duties=[DUTY], reasons=[OWED])
    since, october, august = sweeps_of(desk, "petition_head", "A-2")
    assert "没有新的办理记录" in since
    assert "截至 2026-10-31 的排查" in october
    assert "我院不再欠办：三个月答复，因已记录" in october
    assert re.search(r'<a href="#event-[^"]+"><time datetime="2026-08-28">2026-08-28</time> [^<]+</a>', october)
    assert "首次列入" in august
    assert 'class="band band-larger"' in august


def test_reasons_that_came_and_went_are_told_where_the_lists_were_made_alike(desk: Desk) -> None:
    listed(desk, "2026-07-10", "A-2", band="larger", reasons=[OTHER])
    listed(desk, "2026-08-20", "A-2", band="general", reasons=[OWED])
    _, _, august, _ = sweeps_of(desk, "petition_head", "A-2")
    assert "我院尚未完成三个月答复" in august
    assert "我院清单不再列此理由：我院退回该事项1次" in august


def test_a_month_without_the_matter_is_told_and_the_clocks_run_on(desk: Desk) -> None:
    listed(desk, "2026-08-20", "A-1", part="must_act", band="general")
    listed(desk, "2026-09-30", None)
    _, _, september, _ = sweeps_of(desk, "petition_head", "A-1")
    assert "未列入清单" in september
    assert 'class="band' not in september
    assert "我院逾期未完成“三个月答复”，期限 2026-09-01" in september


def test_of_two_lists_of_one_cutoff_the_last_made_is_told(desk: Desk) -> None:
    listed(desk, "2026-08-20", "A-2", band="major")
    listed(desk, "2026-08-20", "A-2", band="general", later=1)
    august = sweeps_of(desk, "petition_head", "A-2")[2]
    assert "当期第 2 稿" in august
    assert "band-general" in august
    assert "band-major" not in august


def test_what_people_did_stands_with_its_list(desk: Desk) -> None:
    head = desk.client("petition_head")
    address = f"/matters/{desk.matter('A-2')}"
    token = token_of(head.get(address).text)
    sent = {"csrf": token, "screening": desk.screening_id, "decision": "accept", "reason": "逾期属实，先补答复"}
    once = "5f0c2d1e-0000-4000-8000-000000000001"
    assert head.post(f"{address}/decision", data={**sent, "once": once}).status_code == 303
    assert "我院 2026-11-03 核实：已接受" in sweeps_of(desk, "petition_head", "A-2")[1]


def test_g14_a_spot_check_is_told_without_its_band(desk: Desk) -> None:
    listed(desk, "2026-08-20", "A-7", part="spot", band="major")
    for sweep in sweeps_of(desk, "petition_head", "A-7"):
        assert 'class="band' not in sweep


def test_g8_what_goes_to_the_heads_alone_is_no_listing_to_the_handler(desk: Desk) -> None:
    listed(desk, "2026-08-20", "A-1", part="review", band="general")
    assert len(sweeps_of(desk, "handler", "A-1")) == 2
    assert "说理质量回看" in sweeps_of(desk, "petition_head", "A-1")[2]


def test_g8_no_score_no_interval_and_no_curve(desk: Desk) -> None:
    listed(
        desk,
        "2026-08-20",
        "A-2",
        band="larger",
        margin_nano=712_345_678,
        points=13,
        per_hundred_low=41,
        per_hundred_high=57,
    )
    told = "".join(sweeps_of(desk, "petition_head", "A-2")[2:])
    words = re.sub(r"<[^>]*>", " ", told)
    assert not re.search(r"712|(?<!\d)13(?!\d)|41|57|每100件", words)
    assert "polyline" not in told


def test_red_line_7_who_has_no_timeline_sees_no_steps_and_nobody_a_contact(desk: Desk) -> None:
    listed(desk, "2026-07-10", "A-2", band="larger", duties=[DUTY])
    assert not any("#event-" in sweep for sweep in sweeps_of(desk, "city_leader", "A-2"))
    told = "".join(sweeps_of(desk, "petition_head", "A-1") + sweeps_of(desk, "petition_head", "A-2"))
    assert not re.search("来信|来访|多人反映|网上", told)
