"""A month's list from draft to issued, in a browser, as handler, heads and leader; then done and looked back on."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.journeys.test_desk import no_sideways, own_only

pytestmark = pytest.mark.browser
FLAGGED = ("A-2", "A-3", "A-4", "A-6")


def decide_and_plan(page: Page, address: str, matter: str) -> None:
    page.goto(f"{address}/matters/{matter}")
    page.get_by_label("接受", exact=True).check()
    page.get_by_label("理由", exact=True).fill("已核实，答复未作说明")
    page.get_by_role("button", name="保存核实意见").click()
    page.locator("#work summary", has_text="拟订预案").click()
    page.get_by_label("承办人（编号）").fill("S2")
    page.get_by_label("措施 1").select_option("explanation")
    page.get_by_label("完成日期 1").fill("2026-11-20")
    page.get_by_role("button", name="保存预案").click()
    expect(page.locator("#work")).to_contain_text("2026-11-20 前完成")


@pytest.mark.parametrize("width", [1366, pytest.param(360, marks=pytest.mark.slow)])
def test_a_list_from_draft_to_issued(site: Site, axe: Callable[[Page], list[str]], width: int) -> None:
    head = site.sign_in("petition_head", width=width)
    expect(head.locator("#standing")).to_contain_text("草案")
    expect(head.locator("#standing")).to_contain_text("尚未核实：A-2、A-3、A-4、A-6")
    for number in FLAGGED:
        decide_and_plan(head, site.address, site.desk.matter(number))
    assert axe(head) == []
    head.goto(f"{site.address}/list")
    expect(head.locator("#standing")).to_contain_text("可以送签")
    assert axe(head) == []
    no_sideways(head, width)
    head.get_by_label("汇总意见（可不填）").fill("本期重点为释法说理")
    head.get_by_role("button", name="送签").click()
    expect(head.locator("#standing")).to_contain_text("已送签，待签批")

    leader = site.sign_in("leader", width=width)
    leader.get_by_role("link", name="签批").click()
    expect(leader.locator("h1")).to_have_text("签批排查清单")
    assert axe(leader) == []
    no_sideways(leader, width)
    leader.get_by_role("button", name="退回").click()
    expect(leader.get_by_role("alert")).to_contain_text("请写明理由")
    leader.get_by_role("button", name="签批 3 件").click()
    expect(leader.locator(".part")).to_contain_text("部分已签批")
    above = site.sign_in("city_leader", width=width)
    above.goto(f"{site.address}/sign")
    above.get_by_role("button", name="签批 1 件").click()
    expect(above.locator(".part")).to_contain_text("已签批下达")

    handler = site.sign_in("handler", width=width)
    handler.goto(f"{site.address}/matters/{site.desk.matter('A-4')}")
    handler.locator("#work summary", has_text="登记一项措施").click()
    handler.locator("#measure-action").select_option("explanation")
    handler.get_by_label("办理日期").fill("2026-11-02")
    handler.get_by_role("button", name="登记措施").click()
    expect(handler.locator("#work")).to_contain_text("2026-11-02、释法说理、已办")
    handler.locator("#work summary", has_text="登记办毕").click()
    handler.locator("#result").select_option("answered")
    handler.get_by_role("button", name="登记办毕").click()
    expect(handler.locator("#work")).to_contain_text("90天回看")
    assert axe(handler) == []
    no_sideways(handler, width)
    site.complaints = [said for said in site.complaints if "422" not in said]
    own_only(site)
