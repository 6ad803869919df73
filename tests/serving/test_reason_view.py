"""A reason that names a clock says when it began and by which step of ours, and never names a contact."""

import re
from collections.abc import Callable

from data.vocabulary import KIND, Role
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
