"""A reason that names a clock says when it began and by which step of ours, and never names a contact."""

import re
from collections.abc import Callable
from datetime import date

from data.store import register
from data.vocabulary import KIND, Role
from serving.beside_cards import beside
from serving.card import Supposed, make_card, read_matter
from tests.serving.conftest import Desk, make_scorecard
from training.scorecard import Scorecard


def reasons_of(page: str) -> str:
    return page.split('id="reasons"')[1].split("</section>")[0]


def steps_of(page: str) -> list[tuple[str, str, str]]:
    found = re.findall(r'<a href="#(event-[^"]+)"><time [^>]*>([^<]+)</time> ([^<]+)</a>', reasons_of(page))
    assert all(page.count(f'id="{anchor}"') == 1 for anchor, _, _ in found)
    return found


def names_of_contacts() -> set[str]:
    return {name for kind in KIND.values() if kind.role == Role.CONTACT for name in (kind.zh, kind.en)}


def test_by_rules_a_reason_names_article_clock_and_step(desk: Desk) -> None:
    page = desk.client("petition_head").get(f"/matters/{desk.matter('A-1')}").text
    assert ("2026-06-01", "登记") in {(day, name) for _, day, name in steps_of(page)}
    assert "起算 2026-06-01" in reasons_of(page)
    assert 'class="article"' in reasons_of(page)


def test_red_line_7_by_a_model_a_reason_names_its_clock_and_no_contact(
    desk: Desk, approve: Callable[[Scorecard], int]
) -> None:
    approve(make_scorecard())
    page = desk.client("petition_head").get(f"/matters/{desk.matter('A-1')}").text
    assert "起算 2026-09-01" in reasons_of(page)
    assert not {name for _, _, name in steps_of(page)} & names_of_contacts()


def test_red_line_7_who_has_no_timeline_sees_no_steps(desk: Desk) -> None:
    page = desk.client("city_leader").get(f"/matters/{desk.matter('A-1')}").text
    assert not steps_of(page)
    assert "起算" in reasons_of(page)


def rests_of(page: str) -> list[list[tuple[str, str]]]:
    """Of each reason that names no clock: what it rests on, day and name."""
    rows = [row for row in reasons_of(page).split('<li class="item">')[1:] if "依据记录" in row]
    return [re.findall(r'<a href="#event-[^"]+"><time [^>]*>([^<]+)</time> ([^<]+)</a>', row) for row in rows]


def test_red_line_7_a_reason_without_a_clock_rests_on_events_and_says_not_how_they_came(
    desk: Desk, approve: Callable[[Scorecard], int]
) -> None:
    approve(make_scorecard())
    page = desk.client("petition_head").get(f"/matters/{desk.matter('A-1')}").text
    steps_of(page)
    told = rests_of(page)
    assert [("2026-08-10", "反映"), ("2026-07-20", "反映")] in told
    assert not {name for row in told for _, name in row} & names_of_contacts()


def test_the_reason_goes_when_the_reply_is_recorded(desk: Desk) -> None:
    found = read_matter(desk.store, desk.matter("A-1"))
    context = register.read_context(desk.store, offices=["C1"])
    reply = Supposed(kind="substantive_reply", occurred_on=date(2026, 10, 30), document_no="检复〔2026〕8号")

    def told(*supposed: Supposed) -> set[str]:
        card = make_card(found, desk.settings, None, context, now=desk.clock(), supposed=supposed)
        return {reason["feature"] for reason in card.reasons}

    assert "substantive_reply" in told()
    assert "substantive_reply" not in told(reply)
    assert "monthly_follow_up" not in told(reply)


def test_a_kept_answer_goes_with_its_card(desk: Desk) -> None:
    found = read_matter(desk.store, desk.matter("A-1"))
    context = register.read_context(desk.store, offices=["C1"])
    first, second = (make_card(found, desk.settings, None, context, now=desk.clock()) for _ in range(2))
    assert beside(first, "test", None, lambda: "a") == "a"
    assert beside(first, "test", None, lambda: "b") == "a"
    assert beside(first, "test", 1, lambda: "c") == "c"
    assert beside(second, "test", 1, lambda: "d") == "d"
