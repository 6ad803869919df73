"""A handler starts the day: what is owed first, at desktop and phone width, in both languages."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.journeys.test_desk import no_sideways, own_only

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "lang"), [(1366, "zh"), (360, "en")])
def test_a_handler_clears_the_morning_s_flags(
    site: Site, axe: Callable[[Page], list[str]], width: int, lang: str
) -> None:
    zh = lang == "zh"
    page = site.sign_in("handler", lang=lang, width=width)
    expect(page.locator("h1")).to_contain_text("今日待办" if zh else "Today")
    expect(page.locator("section.card h2").first).to_contain_text("每月后续答复" if zh else "Monthly follow-ups")
    assert axe(page) == []
    no_sideways(page, width)
    flags = page.locator("#flags")
    while flags.count():
        flags.get_by_role("link").first.click()
        page.get_by_label("接受" if zh else "Accept", exact=True).check()
        page.get_by_label("理由" if zh else "Reason", exact=True).fill("已核实，尽快答复")
        page.get_by_role("button", name="保存核实意见" if zh else "Save the decision").click()
        page.get_by_role("link", name="今日" if zh else "Today", exact=True).click()
    assert axe(page) == []
    own_only(site)


@pytest.mark.parametrize(("width", "lang"), [(1366, "zh"), (360, "en")])
def test_the_tour_of_a_demonstration_is_taken_by_keyboard_and_fits(
    site: Site, axe: Callable[[Page], list[str]], width: int, lang: str
) -> None:
    state = site.desk.app.state
    state.service = replace(state.service, settings=site.desk.settings.model_copy(update={"demo": True}))
    page = site.sign_in("handler", lang=lang, width=width)
    for address in ("/today", "/list", "/matters"):
        page.wait_for_url(f"**{address}")
        assert axe(page) == []
        no_sideways(page, width)
        page.get_by_role("button", name="下一步" if lang == "zh" else "Next", exact=True).press("Enter")
    page.wait_for_url("**/notices")
    page.get_by_role("button", name="跳过导览" if lang == "zh" else "Skip the tour").press("Enter")
    page.wait_for_url("**/today")
    expect(page.locator(".tour")).to_have_count(0)
    assert axe(page) == []
    own_only(site)
