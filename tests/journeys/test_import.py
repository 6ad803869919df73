"""A head of the petition department brings the ledger in with a browser, with and without scripts, wide and narrow."""

import os
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from data.store import batches
from tests.journeys.conftest import Site
from tests.journeys.test_desk import no_sideways, own_only

pytestmark = pytest.mark.browser
HEAD = ["信访编号", "登记时间", "受理时间", "答复时间", "来访人", "备注情况"]


def ledger(path: Path, *, replied: str = "2026-03-20") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEAD)
    for number in range(1, 9):
        sheet.append([f"L{number}", "2026-03-05", "2026-03-06", replied if number == 1 else "2026-03-20", "王芳", "无"])
    sheet.append(["L9", "2026-03-05", "不详", "2026-03-01", "赵金丝", "13800138000"])
    book.save(path)
    return path


def look(page: Page, name: str) -> None:
    """A picture of the page, where somebody asked for pictures."""
    folder = os.environ.get("PETITION_RISK_SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "scripts"), [(1366, False), pytest.param(360, True, marks=pytest.mark.slow)])
def test_the_ledger_goes_in_comes_back_red_and_the_next_month_asks_nothing(
    site: Site, axe: Callable[[Page], list[str]], tmp_path: Path, width: int, scripts: bool
) -> None:
    def seen(name: str) -> None:
        if scripts:
            assert axe(page) == [], name
            no_sideways(page, width)
        look(page, f"import_{name}_{width}")

    page = site.sign_in("petition_head", width=width, java_script_enabled=scripts)
    page.get_by_role("link", name="导入台账").click()
    seen("start")
    page.set_input_files("#file", ledger(tmp_path / "台账.xlsx"))
    page.get_by_role("button", name="上传并预览").click()
    expect(page.locator("h1")).to_contain_text("核对映射")
    expect(page.locator("main")).to_contain_text("已屏蔽")
    for secret in ("王芳", "赵金丝", "13800138000"):
        expect(page.locator("body")).not_to_contain_text(secret)
    seen("map")
    page.get_by_role("button", name="保存并试运行").click()
    expect(page.locator("main")).to_contain_text("试运行：未写入任何内容")
    expect(page.locator("main")).to_contain_text("答复日期早于登记日期")
    seen("check")
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.locator("h1")).to_contain_text("已导入")
    seen("done")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载退回表").click()
    download.value.save_as(tmp_path / "returned.xlsx")
    back = openpyxl.load_workbook(tmp_path / "returned.xlsx")
    red = [cell for row in back.worksheets[0].iter_rows() for cell in row if cell.comment]
    assert [(cell.row, cell.column) for cell in red] == [(10, 3), (10, 4)]

    # The red cells are mended and the workbook goes in again: nothing is asked, and nothing comes back.
    red[0].value, red[1].value = "2026-03-06", "2026-03-21"
    back.save(tmp_path / "again.xlsx")
    page.get_by_role("link", name="返回导入页").click()
    page.set_input_files("#file", tmp_path / "again.xlsx")
    page.get_by_role("button", name="上传并预览").click()
    expect(page.locator("main")).to_contain_text("沿用记住的映射第 1 版")
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.locator("h1")).to_contain_text("已导入")
    assert page.get_by_role("link", name="下载退回表").count() == 0
    number = batches.latest_batch(site.desk.store)

    page.get_by_role("link", name="返回导入页").click()
    page.get_by_role("link", name=f"批次 {number}").click()
    seen("batch")
    page.get_by_label("撤销原因").fill("交来的是旧台账")
    page.get_by_role("button", name="撤销此次导入").click()
    expect(page.locator("main")).to_contain_text(f"撤销批次 {number}")
    seen("past")
    page.get_by_role("link", name="台账映射").click()
    seen("mappings")
    own_only(site)
