"""A finding is muted by an authorised person with reason and date, on record, shown as muted, and comes back."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from data.errors import InputRefused, NotAllowed, NotFound
from data.store import mutes, users
from data.store.users import User
from serving.journal import audit_key
from serving.muting import LATEST, latest_report, lift, mute, told
from tests.serving.conftest import Desk, log_of, token_of

DAY = date(2026, 11, 20)


def _finding(code: str, severity: str, **numbers: Any) -> dict[str, Any]:
    words = {"zh": f"{code}的说明", "en": f"about {code}"}
    return {"code": code, "severity": severity, "numbers": numbers, "title": words, "text": words, "remedy": words}


def _report(desk: Desk, *findings: dict[str, Any]) -> None:
    path = desk.state_dir / LATEST
    path.parent.mkdir(exist_ok=True)
    body = {"as_of": "2026-10-31", "model": None, "severity": None, "findings": list(findings), "tables": {}}
    path.write_text(json.dumps(body), encoding="utf-8")


@pytest.fixture
def watched(desk: Desk) -> Desk:
    """A desk whose latest report has a warning, a severe finding of the data and a severe one of fairness."""
    _report(
        desk,
        _finding("registrations_fall", "warning", office_id="C1"),
        _finding("registrations_fall", "warning", office_id="C2"),
        _finding("data_behind", "severe", days=40),
        _finding("group_behind", "severe", dimension="category", group="report"),
    )
    return desk


def person(desk: Desk, user: str) -> User:
    found = users.find_user(desk.store, user)
    assert found is not None
    return found


def quiet(desk: Desk, user: str, code: str, *, until: date = DAY, once: str = "1", **more: Any) -> int | None:
    return mute(
        desk.store,
        audit_key(desk.state_dir),
        desk.state_dir,
        person(desk, user),
        code=code,
        subject=more.get("subject"),
        until=until,
        reason="台账更换，下月恢复",
        now=desk.clock(),
        time_zone=desk.settings.time_zone,
        once=once,
    )


def told_on(desk: Desk, day: date) -> list[str]:
    report = latest_report(desk.state_dir)
    assert report is not None
    return [one["code"] for one, muted in told(desk.store, report, day) if muted is None]


def test_a_mute_is_on_record_and_ends_with_its_day(watched: Desk) -> None:
    assert quiet(watched, "approver", "data_behind") == 1
    assert quiet(watched, "approver", "data_behind") is None  # the same form once more
    assert "data_behind" not in told_on(watched, DAY)
    assert "data_behind" in told_on(watched, date(2026, 11, 21))
    logged = [one for one in log_of(watched) if one.action == "finding_muted"]
    assert [(one.user_id, one.detail["code"], one.detail["until"]) for one in logged] == [
        ("approver", "data_behind", "2026-11-20")
    ]
    key = audit_key(watched.state_dir)
    lift(watched.store, key, person(watched, "steward"), 1, now=watched.clock())
    assert "data_behind" in told_on(watched, DAY)
    assert log_of(watched)[-1].action == "mute_lifted"
    with pytest.raises(NotAllowed, match="lifted already"):
        lift(watched.store, key, person(watched, "steward"), 1, now=watched.clock())


def test_one_of_several_is_named_and_comes_back_when_it_grows_graver(watched: Desk) -> None:
    with pytest.raises(InputRefused, match="several"):
        quiet(watched, "steward", "registrations_fall")
    quiet(watched, "steward", "registrations_fall", subject="office_id=C1")
    assert told_on(watched, DAY).count("registrations_fall") == 1
    _report(watched, _finding("registrations_fall", "severe", office_id="C1"))
    assert told_on(watched, DAY) == ["registrations_fall"]


@pytest.mark.parametrize(
    ("user", "code", "until", "refusal"),
    [
        ("steward", "data_behind", DAY, NotAllowed),  # severe: the approver's
        ("approver", "group_behind", DAY, NotAllowed),  # nobody's
        ("leader", "data_behind", DAY, NotAllowed),
        ("operator", "data_behind", DAY, NotAllowed),
        ("approver", "data_behind", date(2026, 11, 2), InputRefused),  # past
        ("approver", "data_behind", date(2027, 11, 2), InputRefused),  # for too long
        ("approver", "late_entry", DAY, NotFound),
    ],
)
def test_who_may_mute_what_until_when(
    watched: Desk, user: str, code: str, until: date, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        quiet(watched, user, code, until=until)
    assert mutes.read_mutes(watched.store) == []
    assert [one for one in log_of(watched) if one.action == "finding_muted"] == []


def send(desk: Desk, user: str, **form: str) -> Any:
    client = desk.client(user)
    token = token_of(client.get("/password").text)
    return client.post("/monitor/mute", data={"csrf": token, "once": str(uuid4()), **form})


def test_the_page_mutes_shows_and_lifts(watched: Desk) -> None:
    page = watched.client("steward").get("/monitor").text
    assert "“须处理”的发现只能由审批人暂不提醒" in page
    assert "此项不能暂不提醒，须处理" in page
    form = {"code": "registrations_fall", "subject": "office_id=C1", "until": "2026-11-20"}
    assert send(watched, "steward", **form).status_code == 422
    assert send(watched, "steward", **form, reason="台账更换", once="").status_code == 422
    refused = send(watched, "steward", **form, reason="电话 13800138000")
    assert refused.status_code == 422
    assert 'value="2026-11-20"' in refused.text
    assert send(watched, "steward", **form, reason="台账更换", csrf="none").status_code == 403
    assert send(watched, "leader", **form, reason="台账更换").status_code == 403
    assert send(watched, "steward", **(form | {"until": "soon"}), reason="台账更换").status_code == 422
    assert send(watched, "steward", **form, reason="台账更换").status_code == 303
    page = watched.client("approver").get("/monitor").text
    assert "测试steward" in page
    assert "台账更换" in page
    found = watched.client("steward").get("/v1/monitoring").json()
    assert [one["muted_until"] for one in found["findings"]] == ["2026-11-20", None, None, None]
    gauges = watched.client().get("/metrics").text
    assert "petition_risk_findings_muted 1.0" in gauges
    assert 'petition_risk_findings{severity="warning"} 1.0' in gauges

    client = watched.client("approver")
    token = token_of(client.get("/password").text)
    assert client.post("/monitor/mutes/1/lift", data={"csrf": token}).status_code == 303
    assert client.post("/monitor/mutes/1/lift", data={"csrf": token}).status_code == 403  # lifted already
    assert client.post("/monitor/mutes/9/lift", data={"csrf": token}).status_code == 404
    assert "petition_risk_findings_muted 0.0" in client.get("/metrics").text


def test_without_a_report_there_is_nothing_to_mute(desk: Desk, approve: Callable[..., int]) -> None:
    with pytest.raises(NotFound):
        quiet(desk, "approver", "data_behind")
    assert "还没有监测报告" in desk.client("approver").get("/monitor").text
