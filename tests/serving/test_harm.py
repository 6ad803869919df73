"""Where flags are found to hurt, rules alone serve until a named person has answered, and all concerned see it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from data.settings import ImpactSettings
from data.store import holds, models, users
from monitoring.check import Finding
from monitoring.harm import check_harm
from serving.harm import hold_where_it_hurts
from serving.journal import audit_key
from serving.pinned import pin
from tests.monitoring.test_harm import flagged_watch
from tests.serving.conftest import CUTOFF, Desk, log_of, make_scorecard, token_of

DAY = 86_400_000_000


@pytest.fixture(scope="module")
def hurting() -> tuple[Finding, ...]:
    """What the check says where flagged matters were answered later."""
    return tuple(check_harm(flagged_watch(hurt="days_to_reply")).findings)


def hold(desk: Desk, findings: tuple[Finding, ...], as_of: int = CUTOFF) -> bool:
    key = audit_key(desk.state_dir)
    return hold_where_it_hurts(desk.store, key, findings, as_of=as_of, now=desk.clock(), by="operator")


def answer(desk: Desk, user: str, text: str, number: int = 1) -> Any:
    client = desk.client(user)
    token = token_of(client.get("/password").text)
    return client.post(f"/harm/{number}/answer", data={"csrf": token, "text": text})


def test_g24_rules_alone_serve_until_a_named_person_answers(
    desk: Desk, approve: Callable[..., int], hurting: tuple[Finding, ...]
) -> None:
    version = approve(make_scorecard())
    assert models.champion(desk.store) == models.find_model(desk.store, version)

    assert hold(desk, hurting)
    assert models.champion(desk.store) is None
    assert models.served(desk.store)[-1].version is None
    for user, page in (("leader", "/list"), ("leader", "/sign"), ("handler", "/list")):
        assert "模型已停用，按规则运行" in desk.client(user).get(page).text
    for user in ("leader", "approver", "auditor"):
        assert "答复所用天数" in desk.client(user).get("/harm").text
    assert any(one.action == "harm_found" for one in log_of(desk))

    desk.clock.forward(hours=1)
    assert answer(desk, "approver", "承办人等待签批，已改为先办后签").status_code == 303
    assert models.champion(desk.store) == models.find_model(desk.store, version)
    assert "先办后签" in desk.client("auditor").get("/harm").text
    assert "模型已停用" not in desk.client("leader").get("/list").text
    assert [one.version for one in models.served(desk.store)] == [version, None, version]


def test_g24_a_sweep_says_why_it_goes_by_rules(
    desk: Desk, approve: Callable[..., int], hurting: tuple[Finding, ...]
) -> None:
    approve(make_scorecard())
    hold(desk, hurting)
    impact = ImpactSettings(assessment_id="PIA-1", approver="chief")
    settings = desk.settings.model_copy(update={"impact": impact})
    pinned = pin(desk.store, settings, desk.state_dir, cutoff=CUTOFF, scope="C1", now=desk.clock())
    assert pinned.champion is None
    assert pinned.notice == (
        "监测发现提示使办理变差，模型已停用，按规则运行",
        "flags were found to hurt, so the model is out of service; by rules",
    )


def test_g24_the_same_day_is_held_once_and_the_next_month_anew(
    desk: Desk, approve: Callable[..., int], hurting: tuple[Finding, ...]
) -> None:
    approve(make_scorecard())
    assert [hold(desk, hurting), hold(desk, hurting)] == [True, False]
    answer(desk, "approver", "已改进")
    assert not hold(desk, hurting)
    assert models.champion(desk.store) is not None
    assert hold(desk, hurting, CUTOFF + 30 * DAY)
    assert models.champion(desk.store) is None


def test_g24_a_clean_check_or_rules_hold_nothing(
    desk: Desk, approve: Callable[..., int], hurting: tuple[Finding, ...]
) -> None:
    assert not hold(desk, hurting)  # rules serve anyway
    approve(make_scorecard())
    assert not hold(desk, tuple(check_harm(flagged_watch()).findings))
    assert holds.read_holds(desk.store) == []
    assert "没有发现" in desk.client("leader").get("/harm").text


def test_g24_who_may_answer(desk: Desk, approve: Callable[..., int], hurting: tuple[Finding, ...]) -> None:
    approve(make_scorecard())
    hold(desk, hurting)
    for user in ("handler", "petition_head", "steward", "operator"):
        assert desk.client(user).get("/harm").status_code == 403
        assert answer(desk, user, "已改进").status_code == 403
    for user in ("leader", "city_leader", "auditor"):  # told, but not the ones who answer
        assert answer(desk, user, "已改进").status_code == 403
    leader = users.find_user(desk.store, "leader")
    assert leader is not None
    users.add_user(desk.store, replace(leader, user_id="province_leader", office_id="P1"))
    assert answer(desk, "province_leader", "").status_code == 422
    assert answer(desk, "province_leader", "某某，电话 13800138000").status_code == 422
    assert models.champion(desk.store) is None
    assert answer(desk, "province_leader", "已改为先办后签").status_code == 303
    assert answer(desk, "approver", "已改为先办后签").status_code == 403  # answered already
    assert answer(desk, "approver", "已改为先办后签", 9).status_code == 404
