"""A real Chromium in front of the running service."""

import re
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.serving.conftest import PASSWORD, Desk, approve, desk, filled, hashed

__all__ = ["approve", "desk", "filled", "hashed"]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


@dataclass(kw_only=True)
class Served:
    """An application at an address, and every address a browser asked while looking at it."""

    address: str
    browser: Browser
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, *, width: int = 1366, height: int = 768, **more: Any) -> Page:
        """A fresh browser window without cookies."""
        context = self.browser.new_context(viewport={"width": width, "height": height}, **more)
        self.contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page


@dataclass(kw_only=True)
class Site(Served):
    """The desk of the invented offices in front of a browser."""

    desk: Desk

    def sign_in(self, user: str, *, lang: str = "zh", **window: Any) -> Page:
        """A window in which `user` has signed in by the form."""
        page = self.open(**window)
        page.goto(f"{self.address}/sign-in?lang={lang}")
        page.fill("#user", user)
        page.fill("#password", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(re.compile(r"/(today|tasks|sign|list|models|log|about|import|tokens)$"))
        if page.url.endswith(("/tasks", "/sign")):  # where heads and leaders start; their journeys begin at the list
            page.goto(f"{self.address}/list")
        return page


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all journeys."""
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@contextmanager
def listening(app: Any) -> Generator[str]:
    """The address of an application on a free port of this machine."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def site(desk: Desk, browser: Browser) -> Iterator[Site]:
    """The service on a free port of this machine."""
    with listening(desk.app) as address:
        made = Site(desk=desk, address=address, browser=browser)
        yield made
        for context in made.contexts:
            context.close()


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """Run axe-core on a page: its violations, each as "rule: element"."""
    script = AXE.read_text(encoding="utf-8")

    def violations(page: Page) -> list[str]:
        page.evaluate(script)
        found: Any = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [f"{one['id']}: {node['target']}" for one in found["violations"] for node in one["nodes"]]

    return violations
