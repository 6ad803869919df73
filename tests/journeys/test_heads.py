"""Where heads and leaders start: tasks by department, a report to receive, what a leader signs, promised and leads."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.journeys.test_desk import no_sideways, own_only
from tests.serving.test_major import report
from tests.serving.test_signing import act, submit, verified

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "lang"), [(1366, "zh"), (360, "en")])
def test_heads_and_leaders_find_what_waits_for_them(
    site: Site, axe: Callable[[Page], list[str]], width: int, lang: str
) -> None:
    zh = lang == "zh"
    assert report(site.desk, "handler", "A-1").status_code == 303
    head = site.sign_in("petition_head", lang=lang, width=width)
    head.get_by_role("link", name="排查任务" if zh else "Tasks", exact=True).press("Enter")
    expect(head.locator("h1")).to_have_text("本月排查任务" if zh else "Tasks of the sweep")
    expect(head.locator("section", has_text="A-1").first).to_contain_text("报告于" if zh else "reported")
    assert axe(head) == []
    no_sideways(head, width)
    verified(site.desk)
    assert submit(site.desk).status_code == 303
    head.reload()
    expect(head.locator("section.card", has=head.locator("#steps"))).to_contain_text(
        "待签批" if zh else "waits for signature"
    )

    leader = site.sign_in("leader", lang=lang, width=width)
    leader.goto(f"{site.address}/")
    expect(leader.locator(".light")).to_contain_text("仅规则" if zh else "Rules only")
    expect(leader.locator(".glances")).to_contain_text("待签批 3 件" if zh else "3 to sign")
    assert axe(leader) == []
    no_sideways(leader, width)
    assert act(site.desk, "leader").status_code == 303
    leader.reload()
    leader.get_by_role("link", name="未完成的承诺 6 项" if zh else "6 promises open").press("Enter")
    expect(leader.locator("section", has=leader.locator("#promised")).locator("li")).to_have_count(6)
    own_only(site)


def test_the_board_is_read_without_scripts_and_at_twice_the_size(site: Site, axe: Callable[[Page], list[str]]) -> None:
    page = site.sign_in("city_leader", width=683, height=384)
    page.goto(f"{site.address}/board?office=*")
    expect(page.locator("h1")).to_contain_text("履职情况")
    no_sideways(page, 683)
    assert axe(page) == []
    page.goto(f"{site.address}/board/led?office=*")
    no_sideways(page, 683)
    plain = site.sign_in("petition_head", java_script_enabled=False)
    plain.goto(f"{site.address}/board")
    plain.locator("a[href*='/board/procedural_reply']").click()
    expect(plain.locator("tbody tr")).to_have_count(7)
    own_only(site)
