"""Numbers are linked, an earlier one is looked for, and a wrong date is disputed and answered, in a browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from data.settings import VaultSettings
from data.store import links
from tests.journeys.conftest import Site
from tests.journeys.test_desk import no_sideways, own_only
from tests.serving.conftest import Desk
from tests.serving.test_cases import name_earlier
from tests.serving.test_vault import KEYS, PERSON, fill, hex_lines

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The ledger names an earlier number of A-2, and the vault is on: A-3, A-6 and A-7 are one person's."""
    name_earlier(desk)
    monkeypatch.setenv("PETITION_RISK_VAULT_KEYS", hex_lines(KEYS))
    on = desk.with_settings(vault=VaultSettings(enabled=True))
    fill(on, dict.fromkeys(("A-3", "A-6", "A-7"), PERSON))
    return on


@pytest.mark.parametrize(
    ("width", "lang"), [(1366, "zh"), pytest.param(360, "en", marks=pytest.mark.slow)], ids=["desk", "telephone"]
)
def test_a_head_links_numbers_looks_one_up_and_answers_a_correction(
    site: Site, axe: Callable[[Page], list[str]], width: int, lang: str
) -> None:
    zh = lang == "zh"
    matter = site.desk.matter
    page = site.sign_in("petition_head", lang=lang, width=width)
    page.goto(f"{site.address}/links")
    expect(page.locator("main")).to_contain_text("台账写明原编号" if zh else "the ledger names the earlier number")
    assert axe(page) == []
    no_sideways(page, width)
    card = page.locator("section.card", has_text="A-2")
    card.locator(f"input[value='{matter('A-1')}']").check()
    card.get_by_role("button", name="保存" if zh else "Save").dblclick()
    expect(page.locator("main")).not_to_contain_text("A-2")
    assert [one.alias_id for one in links.standing_links(site.desk.store)] == [matter("A-2")]

    page.goto(f"{site.address}/matters/{matter('A-7')}#links")
    expect(page.locator("#links")).not_to_contain_text("A-6")
    page.get_by_label("查询原因" if zh else "Purpose", exact=True).select_option("new_letter")
    page.get_by_role("button", name="查找" if zh else "Look up", exact=True).click()
    expect(page.locator("#links")).to_contain_text("查到更早编号 2 件" if zh else "2 earlier numbers found")
    expect(page.locator("#links")).to_contain_text("2026-06-06")
    assert axe(page) == []
    no_sideways(page, width)
    page.locator(f"#links input[value='{matter('A-3')}']").check()
    page.locator("#links").get_by_role("button", name="保存" if zh else "Save").click()
    page.wait_for_url(f"**/matters/{matter('A-3')}#links")
    expect(page.locator("#links")).to_contain_text("A-7")

    handler = site.sign_in("handler", lang=lang, width=width)
    handler.goto(f"{site.address}/matters/{matter('A-1')}")
    handler.locator("#corrections summary").click()
    handler.get_by_label("正确日期（环节）" if zh else "Right date (event)").fill("2026-06-19")
    handler.locator("#case-text").fill("受理通知书落款为六月十九日")
    assert axe(handler) == []
    no_sideways(handler, width)
    handler.get_by_role("button", name="提交更正申请" if zh else "Send the request").click()
    expect(handler.locator("#corrections")).to_contain_text("应于" if zh else "to be answered by")
    page.goto(f"{site.address}/corrections")
    expect(page.locator("main")).to_contain_text("A-1")
    assert axe(page) == []
    no_sideways(page, width)
    page.get_by_role("button", name="接受并更正" if zh else "Accept and correct").click()
    expect(page.locator("main")).to_contain_text("没有待答复的更正申请" if zh else "No request is open")
    own_only(site)
