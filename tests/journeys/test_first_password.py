"""The first day with an account: sign in, change the password somebody else set, go on."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from data.store import users
from tests.journeys.conftest import Site

pytestmark = pytest.mark.browser
NEW = "three birds on a wire"


def test_the_first_sign_in_leads_to_a_new_password(site: Site, axe: Callable[[Page], list[str]], hashed: str) -> None:
    users.set_password(site.desk.store, "handler", hashed, must_change=True)
    page = site.open(width=360)
    page.goto(f"{site.address}/sign-in")
    page.fill("#user", "handler")
    page.fill("#password", "a-long-test-password")
    page.click("button[type=submit]")
    page.wait_for_url("**/password")
    expect(page.get_by_text("这是他人为您设定的密码")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.goto(f"{site.address}/list")
    assert page.url.endswith("/password")
    page.fill("#old", "a-long-test-password")
    for field in ("#new", "#again"):
        page.fill(field, "a-long-test-password")
    page.locator("main button[type=submit]").click()
    expect(page.get_by_role("alert")).to_contain_text("新密码不能与原密码相同")
    assert axe(page) == []
    page.fill("#old", "a-long-test-password")
    for field in ("#new", "#again"):
        page.fill(field, NEW)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/today")
    expect(page.locator("h1")).to_contain_text("今日待办")
    page.get_by_role("button", name="退出登录").click()
    page.fill("#user", "handler")
    page.fill("#password", NEW)
    page.click("button[type=submit]")
    page.wait_for_url("**/today")
    assert [said for said in site.complaints if "422" not in said] == []
