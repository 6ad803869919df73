"""A handler clears the flags of the month in a browser, and a head puts a matter forward by hand."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from data.store import flags, schema
from tests.journeys.conftest import Site
from tests.journeys.test_desk import no_sideways, own_only

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False])
def test_g9_a_handler_clears_the_flags(site: Site, scripts: bool) -> None:
    page = site.sign_in("handler", java_script_enabled=scripts)
    page.get_by_role("link", name="排查清单", exact=True).click()
    expect(page.locator(".summary")).to_contain_text("待核实 2 件")
    # The must-act is accepted from the list.
    must = page.locator(".part-must tbody tr").first
    must.locator("summary").click()
    must.locator("textarea").fill("已核实，今日作每月后续答复")
    must.get_by_role("button", name="接受", exact=True).click()
    expect(page.locator("h1")).to_have_text("2026年10月排查清单")
    expect(page.locator(".part-must .state")).to_contain_text("已接受")
    expect(page.locator(".summary")).to_contain_text("待核实 1 件")
    # A slip of the hand is taken back at once, and done again.
    page.locator("#bulk-done").get_by_role("button").click()
    expect(page.locator("#bulk-done")).to_contain_text("事项 A-1：已撤销，恢复到之前的状态")
    expect(page.locator(".part-must .state")).to_contain_text("待核实")
    page.get_by_role("link", name="A-1", exact=True).click()
    page.get_by_label("接受", exact=True).check()
    page.get_by_label("理由", exact=True).fill("已核实，今日作每月后续答复")
    page.get_by_role("button", name="保存核实意见").click()
    expect(page.get_by_role("button", name="撤销")).to_be_visible()
    page.get_by_role("link", name="返回排查清单").click()
    # The other is changed on its own page; a word that is not used here is refused, and what was typed stays.
    page.get_by_role("link", name="A-4", exact=True).click()
    page.get_by_label("更改", exact=True).check()
    page.get_by_label("理由", exact=True).fill("已核实，应由二部办理，做好看护")
    page.get_by_label("改由谁承办（编号）").fill("S3")
    page.get_by_role("button", name="保存核实意见").click()
    expect(page.get_by_role("alert")).to_contain_text("请写本院要做的事")
    expect(page.get_by_label("更改", exact=True)).to_be_checked()
    page.get_by_label("理由", exact=True).fill("已核实，应由民事检察部另行指定承办人")
    page.get_by_label("拟办意见").fill("约定领导接访，当面释法说理")
    page.get_by_role("button", name="保存核实意见").click()
    expect(page.locator("#decision .flag-now")).to_contain_text("已更改")
    expect(page.locator("#decision .steps")).to_contain_text("测试handler（承办人）")
    page.get_by_role("link", name="返回排查清单").click()
    expect(page.locator(".summary")).to_contain_text("已全部核实")

    assert [said for said in site.complaints if "422" not in said] == []


def test_a_double_click_is_one_decision(site: Site) -> None:
    page = site.sign_in("handler")
    page.goto(f"{site.address}/list")
    page.get_by_role("link", name="A-1", exact=True).click()
    page.get_by_label("接受", exact=True).check()
    page.get_by_label("理由", exact=True).fill("已核实")
    page.get_by_role("button", name="保存核实意见").dblclick()
    expect(page.locator("#decision .flag-now")).to_contain_text("已接受")
    assert len(flags.decisions_of_matter(site.desk.store, site.desk.matter("A-1"))) == 1


@pytest.mark.parametrize("width", [1366, pytest.param(360, marks=pytest.mark.slow)])
def test_a_head_puts_a_matter_forward_and_everybody_entitled_sees_it(
    site: Site, axe: Callable[[Page], list[str]], width: int
) -> None:
    matter = site.desk.matter("A-2")
    with site.desk.store.write() as connection:
        connection.execute(schema.entries.delete().where(schema.entries.c.matter_id == matter))
    page = site.sign_in("department_head", width=width)
    page.goto(f"{site.address}/matters/{matter}")
    page.get_by_label("理由", exact=True).fill("承诺的答复日期临近，承办人已更换")
    assert axe(page) == []
    page.get_by_role("button", name="提报", exact=True).click()
    expect(page.locator("#decision")).to_contain_text("人工提报")
    assert axe(page) == []
    no_sideways(page, width)
    page.goto(f"{site.address}/list")
    expect(page.locator(".part-hand")).to_contain_text("承诺的答复日期临近")
    page.locator(".part-hand summary").click()
    page.locator(".part-must summary").first.click()
    assert axe(page) == []
    no_sideways(page, width)
    leader = site.sign_in("leader", width=width)
    expect(leader.locator(".part-hand")).to_contain_text("A-2")
    assert leader.locator(".quick").count() == 0
    own_only(site)


@pytest.mark.parametrize(("scripts", "width", "lang"), [(True, 1366, "zh"), (False, 360, "en")])
def test_a_head_decides_on_several_at_once_and_takes_it_back(
    site: Site, axe: Callable[[Page], list[str]], scripts: bool, width: int, lang: str
) -> None:
    zh = lang == "zh"
    page = site.sign_in("petition_head", lang=lang, width=width, java_script_enabled=scripts)
    model = page.locator(".part-model")
    if scripts:
        model.get_by_label("全选本部分").check()
        expect(page.locator(".bulk-count")).to_have_text("已选 4")
        model.get_by_label("选择 A-4", exact=True).uncheck()
        assert axe(page) == []
    else:
        for number in ("A-2", "A-3", "A-6"):
            model.get_by_label(f"Choose {number}", exact=True).check()
    page.locator(".bulk summary").click()
    page.get_by_label("理由" if zh else "Reason", exact=True).last.fill("已逐件核对台账，均需本月答复")
    if scripts:
        assert axe(page) == []
    no_sideways(page, width)
    page.get_by_role("button", name="核实：接受所选" if zh else "Accept the chosen rows").dblclick()
    done = page.locator("#bulk-done")
    expect(done).to_contain_text("已核实接受 3 件" if zh else "3 accepted")
    expect(model.locator(".state-accepted")).to_have_count(3)
    if scripts:
        assert axe(page) == []
    no_sideways(page, width)
    done.get_by_role("button").click()
    expect(page.locator("#bulk-done")).to_contain_text("已撤销 3 件" if zh else "3 taken back")
    expect(model.locator(".state-pending")).to_have_count(4)
    own_only(site)
