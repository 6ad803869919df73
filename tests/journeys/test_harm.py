"""A leader sees that the model is out of service and why; the approver answers, and it serves again."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from data.store import models
from monitoring.harm import check_harm
from serving.harm import hold_where_it_hurts
from serving.journal import audit_key
from tests.journeys.conftest import Site
from tests.journeys.test_desk import no_sideways, own_only
from tests.monitoring.test_harm import flagged_watch
from tests.serving.conftest import CUTOFF, make_scorecard

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "lang"), [(1366, "zh"), pytest.param(360, "en", marks=pytest.mark.slow)])
def test_g24_found_told_and_answered(
    site: Site, approve: Callable[..., int], axe: Callable[[Page], list[str]], width: int, lang: str
) -> None:
    desk = site.desk
    version = approve(make_scorecard())
    found = tuple(check_harm(flagged_watch(hurt="withdrawn")).findings)
    key = audit_key(desk.state_dir)
    assert hold_where_it_hurts(desk.store, key, found, as_of=CUTOFF, now=desk.clock(), by="operator")
    leader = site.sign_in("leader", lang=lang, width=width)
    expect(leader.get_by_role("note").first).to_contain_text("模型已停用" if lang == "zh" else "out of service")
    leader.goto(f"{site.address}/harm")
    assert axe(leader) == []
    no_sideways(leader, width)
    expect(leader.locator("textarea")).to_have_count(0)

    approver = site.sign_in("approver", lang=lang, width=width)
    approver.goto(f"{site.address}/harm")
    approver.locator("textarea").fill("承办人等待签批，已改为先办后签")
    approver.get_by_role("button", name="具名答复" if lang == "zh" else "Answer in my name").click()
    expect(approver.locator("section.card")).to_contain_text("已答复" if lang == "zh" else "answered")
    assert axe(approver) == []
    serving = models.champion(desk.store)
    assert serving is not None
    assert serving.version == version
    own_only(site)
