"""A head exports the list, fills it in as Excel would save it, and reads it back in the browser."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.journeys.test_desk import no_sideways, own_only
from tests.serving.test_read_back import fill
from tests.serving.test_signing import measure

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1366, pytest.param(360, marks=pytest.mark.slow)])
def test_the_exported_list_is_filled_in_and_read_back(
    site: Site, axe: Callable[[Page], list[str]], width: int, tmp_path: Path
) -> None:
    head = site.sign_in("petition_head", width=width)
    head.locator("#standing summary", has_text="导出本院清单").click()
    head.locator("#purpose").fill("月排查")
    with head.expect_download() as loading:
        head.get_by_role("button", name="Excel").click()
    path = tmp_path / "list.xlsx"
    loading.value.save_as(path)
    book = openpyxl.load_workbook(path)
    fill(book, "A-1", "回复", "2026-11-01", "已答复说理")
    fill(book, "A-2", "公开听证", "2026-11-02")
    fill(book, "A-3", "很快", "2026-11-02")
    book.save(path)
    measure(site.desk, "petition_head", "A-2", action="reply", done_on="2026-11-01", outcome="done")

    head.get_by_role("link", name="回读已填的清单").click()
    assert axe(head) == []
    head.get_by_label("已填的清单（xlsx）").set_input_files(path)
    head.get_by_role("button", name="查看将登记的内容").click()
    expect(head.locator("main")).to_contain_text("回复、2026-11-01、已办、已答复说理")
    expect(head.locator("main")).to_contain_text("措施不在可选项中")
    assert axe(head) == []
    no_sideways(head, width)
    head.get_by_label("仍登记 A-2").check()
    head.get_by_role("button", name="登记", exact=True).dblclick()
    expect(head.get_by_role("status")).to_contain_text("已登记")
    assert axe(head) == []
    head.goto(f"{site.address}/matters/{site.desk.matter('A-2')}")
    expect(head.locator("#work")).to_contain_text("2026-11-02、公开听证、已办 测试petition_head")
    own_only(site)
