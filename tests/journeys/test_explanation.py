"""Somebody asks how the work on a matter was ordered: recorded, made, read, printed and handed over, in a browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.journeys.test_desk import no_sideways, own_only

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "lang"), [pytest.param(1366, "zh", marks=pytest.mark.slow), (360, "en")])
def test_g23_an_explanation_from_request_to_hand_over(
    site: Site, axe: Callable[[Page], list[str]], width: int, lang: str
) -> None:
    zh = lang == "zh"
    page = site.sign_in("handler", lang=lang, width=width)
    page.goto(f"{site.address}/matters/{site.desk.matter('A-1')}")
    card = page.locator("#explanations")
    card.locator("summary").click()
    card.get_by_role("button", name="登记" if zh else "Record", exact=True).click()
    expect(card).to_contain_text("前出具" if zh else "to be given by")
    assert axe(page) == []
    card.get_by_role("button", name="出具说明" if zh else "Make it in English", exact=True).click()
    expect(page.locator("h1")).to_contain_text("办理排序的说明" if zh else "How our work on matter A-1 was ordered")
    assert axe(page) == []
    no_sideways(page, width)
    with page.expect_download() as found:
        page.get_by_role("link", name="PDF").click()
    assert found.value.suggested_filename.endswith(".pdf")
    page.get_by_role("link", name="返回事项" if zh else "Back to the matter").click()
    card.get_by_label("送达方式" if zh else "How handed over").select_option("post")
    card.get_by_role("button", name="登记送达" if zh else "Record as handed over").click()
    expect(card).to_contain_text("已送达" if zh else "Handed over")
    no_sideways(page, width)
    own_only(site)
