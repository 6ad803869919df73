"""The verbs that watch: monitor; mute, which keeps a finding quiet until a day; sunset, the yearly report."""

from pathlib import Path
from typing import Annotated

import typer

from data.errors import EXIT_SEVERE, UsageError
from serving.cli.options import Json
from serving.cli.session import Session, parse_day


def monitor(
    context: typer.Context,
    as_of: Annotated[str, typer.Option(help="截止日（含当日）/ the last day seen, YYYY-MM-DD")],
    as_json: Json = False,
) -> None:
    """监测：数据、漂移、到期清单 / monitor data, drift and matured lists (exit 20 on severe findings)."""
    from datetime import timedelta

    from data.times import cutoff_instant, local_date
    from monitoring.check import Severity
    from monitoring.report import to_markdown
    from serving.after_sweep import keep_in_time
    from serving.clock import now
    from serving.monitor_run import run_monitor
    from serving.muting import LATEST, name_of
    from serving.unusual import look_over

    session: Session = context.obj
    settings = session.settings
    day = parse_day(as_of, "--as-of")
    with session.steps() as step:
        step("监测", "monitor")
        report = run_monitor(
            session.store,
            settings,
            session.state_dir,
            session.key,
            as_of=cutoff_instant(day, settings.time_zone),
            now=now(),
            by=session.operator,
        )
        step("存入模型库", "keep it beside the model")
        if not keep_in_time(session.state_dir, report):
            session.say(
                "监测结果未能存入模型库；监测报告本身已写好",
                "what the monitors found could not be kept beside the model; the report itself is written",
            )
        step("查看记录", "how matters were looked at")
        today = local_date(now(), settings.time_zone)
        look_over(
            session.store,
            session.key,
            settings.looks,
            settings.time_zone,
            first=today - timedelta(days=31),
            last=today,
            now=now(),
            by=session.operator,
        )
    if (name := name_of(session.state_dir, report.as_of)) != LATEST.stem:
        session.say(
            f"最近一次监测在此之后：本报告写在 monitor/{name}.json 和网页，页面和指标仍以最近一次为准",
            f"the latest look is of a later day: this report is in monitor/{name}.json and its pages; pages and gauges "
            "go on telling the latest",
        )
    session.report(report.as_dict(), [to_markdown(report, session.language)], as_json=as_json)
    if report.severity is Severity.SEVERE:
        raise typer.Exit(EXIT_SEVERE)


def mute(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="发现的代码 / the code of a finding of the latest report")] = "",
    user: Annotated[str, typer.Option("--as", help="以哪个账号 / the account that mutes")] = "",
    until: Annotated[str, typer.Option(help="至（含当日）/ to this day, YYYY-MM-DD")] = "",
    reason: Annotated[str, typer.Option(help="理由 / reason")] = "",
    subject: Annotated[str | None, typer.Option(help="同一代码有多项时指明其一 / which of several")] = None,
    lift: Annotated[int | None, typer.Option(help="恢复第几号的提醒 / lift the mute of this number")] = None,
    password_file: Annotated[Path | None, typer.Option(help="口令文件 / file with the password")] = None,
    as_json: Json = False,
) -> None:
    """对监测发现暂不提醒，或恢复提醒 / mute a finding until a day, or lift a mute; without either, list them."""
    from uuid import uuid4

    from data.store.mutes import standing_mutes
    from data.times import local_date
    from serving import muting
    from serving.cli.models import kept_reason, sign_in_as
    from serving.clock import now

    session: Session = context.obj
    store, zone = session.store, session.settings.time_zone
    if code and lift is not None:
        raise UsageError("mute_what", "代码与 --lift 只能用其一", "give a code or --lift, not both")
    if lift is not None:
        muting.lift(store, session.key, sign_in_as(session, user, password_file), lift, now=now())
    elif code:
        day = parse_day(until, "--until")
        account = sign_in_as(session, user, password_file)
        muting.mute(
            store,
            session.key,
            session.state_dir,
            account,
            code=code,
            subject=subject,
            until=day,
            reason=kept_reason(session, account, reason),
            now=now(),
            time_zone=zone,
            once=str(uuid4()),
        )
    standing = standing_mutes(store, local_date(now(), zone))
    none = "没有暂不提醒的发现" if session.language == "zh" else "nothing is muted"
    rows = [
        {
            "mute_id": one.mute_id,
            "code": one.code,
            "subject": one.subject,
            "severity": one.severity,
            "until": one.until.isoformat(),
            "reason": one.reason,
            "by": one.by,
        }
        for one in standing
    ]
    lines = [
        f"{row['mute_id']} · {row['code']} {row['subject']} → {row['until']} · {row['by']} · {row['reason']}"
        for row in rows
    ]
    session.report({"muted": rows}, lines or [none], as_json=as_json)


def sunset(
    context: typer.Context,
    year: Annotated[int, typer.Option(min=2000, max=2099, help="评估哪一年的清单 / the year of the lists")],
    as_json: Json = False,
) -> None:
    """年度评估：按清单办理是否有用 / the yearly report: did acting on the lists help."""
    from monitoring.sunset_page import to_markdown
    from serving.clock import now
    from serving.sunset import make_sunset

    session: Session = context.obj
    with session.steps() as step:
        step("年度评估", "yearly report")
        report = make_sunset(
            session.store, session.settings, session.state_dir, session.key, year=year, now=now(), by=session.operator
        )
    session.report(report, [to_markdown(report, session.language)], as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    for verb in (monitor, mute, sunset):
        app.command()(verb)
