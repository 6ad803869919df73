"""A steward and an approver let a version serve and go back, in a browser; neither can let it serve alone (G21)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from data.settings import ImpactSettings
from data.store import models
from tests.journeys.conftest import Site
from tests.journeys.test_desk import no_sideways, own_only
from tests.serving.conftest import Desk, make_scorecard, register_card
from training.scorecard import Scorecard

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The desk of an office with an impact assessment: without one no model serves (G20)."""
    return desk.with_settings(impact=ImpactSettings(assessment_id="PIA-2026-1", approver="leader"))


def decide(page: Page, act: str, version: int, reason: str) -> None:
    form = page.locator(f"form[action='/models/{version}/decide']")
    form.get_by_label("理由", exact=True).fill(reason)
    form.get_by_role("button", name=f"{act}：第 {version} 版").click()


def serves(page: Page, said: str) -> None:
    page.reload()
    expect(page.locator(".light-line")).to_contain_text(said)


@pytest.mark.parametrize("width", [1366, pytest.param(360, marks=pytest.mark.slow)])
def test_g21_a_steward_and_an_approver_promote_and_roll_back(
    site: Site, axe: Callable[[Page], list[str]], approve: Callable[[Scorecard], int], width: int
) -> None:
    first, second = approve(make_scorecard()), register_card(site.desk, make_scorecard())
    steward = site.sign_in("steward", width=width)
    steward.goto(f"{site.address}/models")
    expect(steward.locator(".light-line")).to_contain_text(f"现由第 {first} 版排列先后")
    beside = steward.get_by_role("region", name="版本比较")
    expect(beside.locator("thead th")).to_have_text([f"第 {second} 版", f"第 {first} 版"])
    expect(beside.locator("tr", has_text="状态").locator("td")).to_have_text(["备选", "在用"])
    expect(beside.locator("tr", has_text="以往反映次数").locator("td").first).to_contain_text("领先")
    assert axe(steward) == []
    no_sideways(steward, width)
    # What may not be kept is told beside the form, and nothing is decided.
    decide(steward, "提议启用", second, "联系张小明先生13800138000")
    expect(steward.get_by_role("alert")).to_contain_text("没有保存")
    decide(steward, "提议启用", second, "回溯检验领先，建议启用")
    waiting = steward.locator("section", has=steward.locator(f"#model-{second}"))
    expect(waiting).to_contain_text("由 steward 提议，等待另一人（模型审批人）批准")
    # The steward alone cannot: there is no button, and a form made by hand is refused.
    expect(steward.get_by_role("button", name="批准启用")).to_have_count(0)
    csrf = steward.locator("#in-use ~ details [name=csrf]").input_value()
    forged = steward.request.post(
        f"{site.address}/models/{second}/decide",
        form={"act": "approve", "reason": "自行批准", "csrf": csrf},
        headers={"Origin": site.address},
    )
    assert (forged.status, "您的角色没有此项权限" in forged.text()) == (403, True)
    serves(steward, f"现由第 {first} 版排列先后")

    approver = site.sign_in("approver", width=width)
    approver.goto(f"{site.address}/models")
    assert axe(approver) == []
    no_sideways(approver, width)
    decide(approver, "批准启用", second, "已核对模型卡和分组召回，同意")
    serves(steward, f"现由第 {second} 版排列先后")
    expect(steward.locator("section", has=steward.locator("#decisions"))).to_contain_text(
        "已核对模型卡和分组召回，同意"
    )

    # Back to the first by two people, as it was let in ...
    decide(steward, "提议启用", first, "新版分组召回下降，建议恢复前一版")
    serves(approver, f"现由第 {second} 版排列先后")
    decide(approver, "批准启用", first, "同意恢复")
    serves(steward, f"现由第 {first} 版排列先后")
    # ... and in one step by one of them, for it only leads to what two had approved.
    steward.locator("summary", has_text="回退").click()
    steward.locator("#in-use-reason").fill("恢复前一版系误判")
    steward.get_by_role("button", name=f"回退到：第 {second} 版").click()
    serves(approver, f"现由第 {second} 版排列先后")
    assert [span.version for span in models.served(site.desk.store)] == [first, second, first, second]
    assert axe(steward) == []
    approver.locator("summary", has_text="停用模型").click()
    approver.locator("#in-use-reason").fill("核对数据")
    approver.get_by_role("button", name="停用模型").click()
    serves(steward, "现按规则排列先后")
    site.complaints = [said for said in site.complaints if "422" not in said]
    own_only(site)
