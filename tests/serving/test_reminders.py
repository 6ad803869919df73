"""What waits is told where it is seen: to the scheduler, the superior office, the monitors and the people who work."""

import json
from pathlib import Path
from typing import Any

import pytest

from data.settings import Settings
from data.times import local_date
from monitoring.check import Severity, Watch
from monitoring.unsigned import check_unsigned
from serving.reminders import office_reminders, steps_due, unsigned_lists
from tests.histories import event, register_of
from tests.serving.conftest import CUTOFF, Desk, issue
from tests.serving.test_signing import act, measure, plan, post, submit, verified

ALL = ("P1", "M1", "C1", "C2")


def waiting(desk: Desk, *offices: str) -> list[tuple[str, int, str]]:
    found = unsigned_lists(desk.store, desk.settings, offices or ALL, desk.clock())
    return [(one.office_id, one.days, one.state) for one in found]


def test_a_list_is_unsigned_until_every_entry_is_signed(desk: Desk) -> None:
    assert waiting(desk) == []
    desk.clock.forward(hours=24 * 4)
    assert waiting(desk, "C1", "C2") == [("C1", 6, "draft"), ("C2", 6, "draft")]
    verified(desk)
    submit(desk)
    assert waiting(desk, "C1") == [("C1", 6, "sent")]
    act(desk, "leader")
    assert waiting(desk, "C1") == [("C1", 6, "partly")]
    act(desk, "city_leader")
    assert waiting(desk, "C1") == []


def test_an_office_with_nothing_to_verify_has_nothing_to_sign(desk: Desk) -> None:
    import sqlalchemy as sa

    from data.store import schema

    desk.clock.forward(hours=24 * 9)
    counts = {"offices": {"C1": {"cohort": 9, "model": 0, "points": 0}, "C2": {"cohort": 9, "model": 0, "points": 1}}}
    with desk.store.write() as connection:
        connection.execute(sa.update(schema.screenings).values(summary=counts))
    assert [office for office, *_ in waiting(desk, "C1", "C2")] == ["C2"]


def test_the_superior_offices_leader_sees_which_lists_lie_unsigned_and_nothing_of_them(desk: Desk) -> None:
    assert "下级院清单尚未签批" not in desk.client("city_leader").get("/list").text
    desk.clock.forward(hours=24 * 4)
    page = desk.client("city_leader").get("/list?office=M1").text
    assert "示例甲县院：成稿 6 天" in page
    assert "示例乙县院：成稿 6 天" in page
    assert "下级院清单" not in desk.client("petition_head").get("/list").text


def test_steps_overdue_or_due_within_a_week_are_reminded_of_until_done(desk: Desk) -> None:
    plan(desk, "petition_head", "A-2", ("reply", "2026-11-04"), ("hearing", "2026-11-09"), ("lawyer", "2026-12-20"))
    today = local_date(desk.clock(), "Asia/Shanghai")
    due = steps_due(desk.store, "C1", today, "zh")
    assert [(step.row.text, step.row.state) for step in due] == [("回复", "soon"), ("公开听证", "soon")]
    head = desk.client("petition_head").get("/list").text
    assert "预案措施逾期或7天内到期 2 项" in head
    # Neither the handler of another matter nor another office is reminded of it.
    assert "预案措施逾期" not in desk.client("handler").get("/list").text
    assert "预案措施逾期" not in desk.client("other_head").get("/list").text
    desk.clock.forward(hours=48)
    found = office_reminders(desk.store, desk.settings, ["C1", "C2"], desk.clock())
    assert [(one.office_id, one.steps_late, one.steps_soon) for one in found] == [("C1", 1, 1)]
    measure(desk, "petition_head", "A-2", action="reply", outcome="not_possible")
    assert len(steps_due(desk.store, "C1", today, "zh")) == 2  # tried is not done
    measure(desk, "petition_head", "A-2", action="reply")
    assert len(steps_due(desk.store, "C1", today, "zh")) == 1
    post(desk, "petition_head", f"/matters/{desk.matter('A-2')}/result", result="answered")
    assert steps_due(desk.store, "C1", today, "zh") == []


def test_a_plan_whose_work_ended_is_not_carried_to_the_next_list(desk: Desk) -> None:
    verified(desk)
    measure(desk, "petition_head", "A-2", action="reply")
    post(desk, "petition_head", f"/matters/{desk.matter('A-2')}/result", result="answered")
    # On its own list the plan stands to the end.
    assert desk.client("petition_head").get("/list").text.count("已附预案") == 4
    later = issue(desk.store, desk.ids, cutoff=CUTOFF + 30 * 86_400_000_000)
    page = desk.client("petition_head").get(f"/list?screening={later}").text
    assert page.count("已附预案") == 3
    assert "尚无化解预案" in desk.client("petition_head").get(f"/matters/{desk.matter('A-2')}").text
    desk.clock.forward(hours=1)
    plan(desk, "petition_head", "A-2", ("reply", "2026-11-20"))
    matter = desk.client("petition_head").get(f"/matters/{desk.matter('A-2')}").text
    # What was done under the plan before does not count for the new one.
    assert "plan-done" not in matter


@pytest.mark.parametrize(("days", "severity"), [(6, Severity.WARNING), (31, Severity.SEVERE)])
def test_the_monitors_report_lists_that_lie_unsigned(days: int, severity: Severity) -> None:
    register = register_of({"A": [event("2026-06-01", "registered")]}, observed_until="2026-11-01")
    quiet = Watch(register=register, settings=Settings(), as_of=CUTOFF)
    assert check_unsigned(quiet).findings == []
    loud = Watch(register=register, settings=Settings(), as_of=CUTOFF, unsigned=(("示例甲县院", days),))
    found = check_unsigned(loud).findings[0]
    assert (found.code, found.severity) == ("list_unsigned", severity)
    assert f"示例甲县院 {days} 天" in found.text_zh


def test_the_scheduler_is_told_by_json_and_exit_code(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import typer

    from serving import clock
    from serving.cli import reminders as verb

    class Told:
        store, settings, language, body = desk.store, desk.settings, "zh", None

        def report(self, body: Any, lines: list[str], *, as_json: bool) -> None:
            print(json.dumps(body) if as_json else "\n".join(lines))  # noqa: T201

    context: Any = type("Context", (), {"obj": Told()})()
    monkeypatch.setattr(clock, "now", desk.clock)
    verb.reminders(context, scope="M1", as_json=False)
    assert "没有未签批的清单" in capsys.readouterr().out
    desk.clock.forward(hours=24 * 4)
    with pytest.raises(typer.Exit) as ended:
        verb.reminders(context, scope="M1", as_json=True)
    assert ended.value.exit_code == 20
    body = json.loads(capsys.readouterr().out)
    assert [one["office_id"] for one in body["offices"]] == ["M1", "C1", "C2"]
    assert body["offices"][1]["unsigned"] == {"office_id": "C1", "cutoff": "2026-10-31", "days": 6, "state": "draft"}


def test_proposals_stand_with_their_rule_and_fill_the_form_only_when_asked(desk: Desk) -> None:
    from data.store import plans
    from data.store.plans import Plan

    client = desk.client("handler")
    address = f"/matters/{desk.matter('A-1')}"
    page = client.get(address).text
    assert "可以列入预案的措施" in page
    assert "我院尚未完成每月后续答复" in page
    form = page.split('action="' + address + "/plan")[1].split("</form>")[0]
    assert " selected" not in form
    filled = client.get(f"{address}?propose=1").text
    form = filled.split('action="' + address + "/plan")[1].split("</form>")[0]
    assert '<option value="monthly_follow_up" selected>' in form
    assert 'value="2026-11-10"' in form  # overdue: a week from today
    assert plans.latest(desk.store, Plan, [desk.matter("A-1")]) == {}
    assert client.get(f"{address}?propose=perhaps").status_code == 422
