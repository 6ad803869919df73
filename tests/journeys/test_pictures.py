"""The demonstration in a browser, as the manual shows it: each page opens for its person, and is drawn when asked.

`make pictures` draws docs/pictures again, for docs/manual.md.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from data.settings import Settings
from data.store import users
from data.store.engine import open_store
from serving.app import create_app
from serving.clock import now
from serving.sessions import start_session
from tests.journeys.conftest import Served, listening
from tests.journeys.test_desk import own_only
from tests.journeys.test_month_end import petition_risk

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A page of the manual: for whom, where, and what its heading says."""

    name: str
    user: str
    path: str
    heading: str
    width: int = 1366
    height: int = 768


#: In the order of docs/manual.md; "first" stands for the first matter of the person's list.
PICTURES = (
    Picture(name="today", user="handler", path="/today", heading="今日待办"),
    Picture(name="list", user="petition_head", path="/list", heading="2026年10月排查清单", height=1100),
    Picture(name="matter", user="handler", path="first", heading="事项", height=1400),
    Picture(name="matters", user="handler", path="/matters", heading="事项目录"),
    Picture(name="tasks", user="petition_head", path="/tasks", heading="本月排查任务", height=900),
    Picture(name="import", user="petition_head", path="/import", heading="导入台账"),
    Picture(name="sign", user="leader", path="/sign", heading="签批排查清单", height=900),
    Picture(name="board", user="leader", path="/board", heading="2026年履职情况", height=1100),
    Picture(name="models", user="steward", path="/models", heading="模型版本", height=900),
    Picture(name="monitor", user="steward", path="/monitor", heading="运行监测", height=900),
    Picture(name="log", user="auditor", path="/log", heading="操作记录"),
    Picture(name="phone", user="handler", path="/today", heading="今日待办", width=360, height=740),
)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "state"
    petition_risk("demo", "--no-serve", "--json", state=folder)
    return folder


def test_every_picture_of_the_manual_can_be_drawn_again(state: Path, browser: Browser) -> None:
    store = open_store(f"sqlite:///{state / 'petition-risk.db'}")
    settings = Settings()
    with listening(create_app(store, settings, state, now)) as address:
        site = Served(address=address, browser=browser)
        for picture in PICTURES:
            person = users.find_user(store, picture.user)
            assert person is not None
            page = site.open(width=picture.width, height=picture.height, locale="zh-CN")
            kept = start_session(store, person, settings.service, now=now())
            page.context.add_cookies([{"name": "pr_session", "value": kept, "url": site.address}])
            if picture.path == "first":
                page.goto(f"{site.address}/list")
                page.locator("tbody th a[href^='/matters/']").first.click()
            else:
                page.goto(site.address + picture.path)
            expect(page.locator("h1")).to_contain_text(picture.heading)
            if folder := os.environ.get("PICTURES"):
                page.screenshot(path=Path(folder) / f"{picture.name}.png")
            page.context.close()
        own_only(site)
    store.close()
