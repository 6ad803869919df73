"""Every page, in a browser: no violation axe-core knows, no wider than the screen, quiet, and asking nobody else.

With PICTURES=<folder> each page is also drawn there, named by its address, person, language and width.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data.store import views
from tests.journeys.conftest import Site
from tests.journeys.test_desk import no_sideways, own_only
from tests.serving.conftest import Desk
from tests.serving.test_languages import full, pages, values_of
from tests.serving.test_model_card import with_card

__all__ = ["full"]
pytestmark = pytest.mark.browser

SCREENS = [("zh", 1366), ("en", 360), ("en", 1366), ("zh", 360)]


def opened(site: Site, user: str, lang: str, width: int) -> Page:
    """A window with a session of `user` in a language (to sign in by the form has its own journeys)."""
    page = site.open(width=width)
    cookies = site.desk.client(user).cookies
    page.context.add_cookies([{"name": name, "value": kept, "url": site.address} for name, kept in cookies.items()])
    page.goto(f"{site.address}/about?lang={lang}")
    return page


def visits(desk: Desk) -> Iterator[tuple[str, str]]:
    """(user, address) of every page for each role that may open it, and of pages that differ by what is asked."""
    matter = desk.matter("A-1")
    for name, path, address in pages(desk, values_of(desk)):
        if not path.endswith(".html"):  # a report to take along, not a page
            yield name, address
    yield "petition_head", "/matters?number=A&cause=injury"
    yield "petition_head", "/matters?number=nothing-like-it"
    yield "petition_head", "/list?department=nowhere"
    yield "petition_head", "/nothing"
    yield "handler", f"/matters/{matter}?clock=soon&page=x"
    yield "other_head", "/run"
    yield "other_head", "/board"


def draw(page: Page, user: str, address: str, lang: str, width: int) -> None:
    if folder := os.environ.get("PICTURES"):
        name = re.sub(r"\W+", "-", re.sub(r"[0-9a-f-]{36}", "id", address)).strip("-") or "home"
        page.screenshot(path=Path(folder) / f"{name}.{user}.{lang}.{width}.png", full_page=True)


def look(site: Site, axe: Callable[[Page], list[str]], lang: str, width: int, *, once: bool) -> None:
    """Open the pages, each for one person or for everybody who may, and gather what is wrong with them."""
    desk = site.desk
    for place in ("list", "matters"):
        views.add(desk.store, user_id="petition_head", page=place, name="民事 到期先后", query={"sort": "due"}, at=1)
    windows: dict[str, Page] = {}
    seen: set[str] = set()
    wrong: dict[str, list[str]] = {}
    for user, address in visits(desk):
        if once and address in seen:
            continue
        if user not in windows:
            windows[user] = opened(site, user, lang, width)
        page = windows[user]
        answer = page.goto(site.address + address)
        assert answer is not None
        assert answer.status < 500, address
        if answer.status != 404:  # an upload, say, is shown to who sent it
            seen.add(address)
        expect(page.locator("h1").first).to_be_attached()
        if page.locator("#swagger").count():  # drawn by its script, a moment later than the page
            expect(page.locator("#swagger .json-schema-2020-12-head").last).to_be_attached(timeout=20_000)
        if found := axe(page):
            wrong[address] = found
        no_sideways(page, width)
        draw(page, user, address, lang, width)
    assert wrong == {}
    assert len(seen) > 40
    own_only(site)


@pytest.mark.parametrize(("lang", "width"), SCREENS[:2])
def test_every_page_is_accessible_and_fits(
    full: Desk, site: Site, axe: Callable[[Page], list[str]], lang: str, width: int
) -> None:
    assert site.desk is full
    look(site, axe, lang, width, once=True)


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "width"), SCREENS)
def test_every_page_is_accessible_and_fits_for_everybody(
    full: Desk, site: Site, axe: Callable[[Page], list[str]], lang: str, width: int
) -> None:
    assert site.desk is full
    look(site, axe, lang, width, once=False)


def test_a_card_and_a_token_just_made_are_accessible(site: Site, axe: Callable[[Page], list[str]]) -> None:
    page = opened(site, "steward", "en", 360)
    page.goto(f"{site.address}/models/{with_card(site.desk)}/card")
    expect(page.locator("h1")).to_be_visible()
    assert axe(page) == []
    no_sideways(page, 360)
    page = opened(site, "admin", "zh", 360)
    page.goto(f"{site.address}/tokens")
    page.fill("#purpose", "12309热线")
    page.get_by_role("checkbox").first.check()
    page.locator("main form[action='/tokens'] button").click()
    expect(page.locator("code.token")).to_contain_text("prt_")
    assert axe(page) == []
    no_sideways(page, 360)
    own_only(site)
