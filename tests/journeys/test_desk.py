"""What a person does in a browser: sign in, read the list, open a matter, change the language, sign out."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Served, Site
from tests.serving.conftest import make_scorecard
from training.scorecard import Scorecard

pytestmark = pytest.mark.browser


def own_only(site: Served) -> None:
    """Nothing was asked of anybody else, and the browser had nothing to complain of."""
    assert {urlsplit(url).netloc for url in site.asked if not url.startswith("data:")} == {
        urlsplit(site.address).netloc
    }
    assert [said for said in site.complaints if "status of 404" not in said and "status of 422" not in said] == []


def no_sideways(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_handler_reads_the_list_and_a_matter_and_signs_out(site: Site) -> None:
    page = site.sign_in("handler")
    page.get_by_role("link", name="排查清单", exact=True).click()
    expect(page.locator("h1")).to_have_text("2026年10月排查清单")
    expect(page.get_by_role("heading", name="必办事项")).to_be_visible()
    assert page.locator("tbody tr").count() == 2
    page.get_by_role("link", name="A-1").click()
    expect(page.locator("h1")).to_have_text("事项 A-1")
    for heading in ("欠办事项", "理由与依据", "可提供的帮助", "时限", "办理经过"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(page.locator(".silence").first).to_contain_text("天没有办理记录")
    expect(page.locator(".item-late").first).to_contain_text("逾期")
    expect(page.locator("footer")).to_contain_text("本提示只排列本院工作先后，不评价信访人，由承办人核实决定.")
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_text("已退出登录")).to_be_visible()
    page.goto(f"{site.address}/list")
    assert "/sign-in" in page.url
    own_only(site)


def test_leader_reads_a_list_by_the_model(site: Site, approve: Callable[[Scorecard], int]) -> None:
    from tests.serving.conftest import CUTOFF, issue

    version = approve(make_scorecard())
    issue(site.desk.store, site.desk.ids, version=version, cutoff=CUTOFF)
    page = site.sign_in("leader")
    page.select_option("#f-screening", index=0)
    page.get_by_role("button", name="筛选").click()
    if "按规则运行" in page.inner_text(".summary"):
        page.select_option("#f-screening", index=1)
        page.get_by_role("button", name="筛选").click()
    expect(page.locator(".summary")).to_contain_text("第 1 版")
    expect(page.locator(".interval")).to_contain_text("会再次反映")
    assert page.locator(".part-model .band").count() == 3
    assert page.locator(".part-spot .band").count() == 0
    expect(page.locator("main")).not_to_contain_text("A-4")
    own_only(site)


def test_filters_stand_in_the_address_and_can_be_cleared(site: Site) -> None:
    page = site.sign_in("petition_head")
    page.select_option("#f-department", "民事检察部")
    page.get_by_role("button", name="筛选").click()
    assert "department=" in page.url
    assert page.locator("tbody tr").count() == 3
    page.get_by_role("link", name="清除条件").click()
    assert page.locator("tbody tr").count() == 7
    page.select_option("#f-clock", "late")
    page.get_by_role("button", name="筛选").click()
    assert page.locator("tbody tr").count() == 2
    labels = page.locator(".filters label").all_inner_texts()
    named = {"编号或事由", "清单部分", "承办部门", "承办人", "案件类别", "诉求事由", "时限状态", "办理状态", "排序"}
    assert set(labels) == named


def test_an_office_without_a_list_is_told_what_happens_next(site: Site) -> None:
    from data.store import schema

    with site.desk.store.write() as connection:
        connection.execute(schema.entries.delete())
    page = site.sign_in("petition_head")
    expect(page.get_by_role("heading", name="还没有本院的排查清单")).to_be_visible()


def _tab_to(page: Page, text: str) -> None:
    _tab_until(page, f"document.activeElement.textContent === {text!r}")


def _tab_until(page: Page, reached: str) -> None:
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(reached):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", reached
            return
    raise AssertionError(reached)


def _decide(page: Page, arrows: int, reason: str, **fields: str) -> None:
    """Choose the decision so many arrows down, say why, fill in fields by id, and save: by keyboard alone."""
    _tab_until(page, "document.activeElement.name === 'decision'")
    page.keyboard.press("Space")
    for _ in range(arrows):
        page.keyboard.press("ArrowDown")
    for name, text in {"reason": reason, **fields}.items():
        _tab_until(page, f"document.activeElement.id === '{name}'")
        page.keyboard.type(text)
    _tab_to(page, "保存核实意见")
    page.keyboard.press("Enter")


def test_the_whole_flow_by_keyboard(site: Site) -> None:
    page = site.open()
    page.goto(f"{site.address}/")
    expect(page.locator("#user")).to_be_focused()
    page.keyboard.type("petition_head")
    page.keyboard.press("Tab")
    page.keyboard.type("a-long-test-password")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    _tab_to(page, "打开清单")
    page.keyboard.press("Enter")
    page.wait_for_url("**/list?**")
    _tab_to(page, "A-1")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("事项 A-1")
    state = page.locator("#decision .flag-now")
    _decide(page, 0, "已核实，今日作每月后续答复")
    expect(state).to_contain_text("已接受")
    _decide(page, 0, "由民事检察部办理更合适", owner="S3", plan="约定领导接访")
    expect(state).to_contain_text("已更改")
    _decide(page, 2, "已于本月答复，附文书")
    expect(state).to_contain_text("未采纳")
    expect(page.locator("#decision .steps > li")).to_have_count(3)
    # Several at once, and back, from the list.
    page.goto(f"{site.address}/list")
    for number in ("A-2", "A-3"):
        _tab_until(page, f"document.activeElement.parentElement.textContent === '选择 {number}'")
        page.keyboard.press("Space")
    _tab_until(page, "document.activeElement.tagName === 'SUMMARY' && document.activeElement.closest('.bulk')")
    page.keyboard.press("Enter")
    _tab_until(page, "document.activeElement.id === 'bulk-reason'")
    page.keyboard.type("已逐件核对台账")
    _tab_to(page, "核实：接受所选")
    page.keyboard.press("Enter")
    expect(page.locator("#bulk-done")).to_contain_text("已核实接受 2 件")
    _tab_until(page, "document.activeElement.closest('#bulk-done')")
    page.keyboard.press("Enter")
    expect(page.locator("#bulk-done")).to_contain_text("已撤销 2 件")
    own_only(site)


def test_everything_reads_without_scripts(site: Site) -> None:
    page = site.sign_in("petition_head", java_script_enabled=False)
    expect(page.locator("h1")).to_have_text("2026年10月排查清单")
    page.get_by_role("link", name="A-1").click()
    expect(page.locator("h1")).to_have_text("事项 A-1")
    assert [url for url in site.asked if url.endswith(".js")] == []


def test_the_description_opens_offline(site: Site) -> None:
    page = site.sign_in("steward")
    page.goto(f"{site.address}/docs")
    expect(page.get_by_text("/v1/score", exact=True)).to_be_visible(timeout=20_000)
    own_only(site)


def test_no_page_is_heavy(site: Site) -> None:
    page = site.open()
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    page.goto(f"{site.address}/sign-in")
    page.wait_for_load_state("networkidle")
    assert sum(sizes) < 150_000


def test_at_twice_the_size_nothing_is_cut(site: Site) -> None:
    page = site.sign_in("petition_head", width=683, height=384)
    no_sideways(page, 683)
    page.get_by_role("link", name="A-1").click()
    no_sideways(page, 683)
