"""The monthly verbs: screen, reproduce, reminders."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from data.errors import EXIT_SEVERE, UsageError
from serving.cli.options import Json
from serving.cli.reminders import offices_of, reminders, top_office, unsigned_lines
from serving.cli.serve import serve
from serving.cli.session import Session, parse_day


def screen(
    context: typer.Context,
    cutoff: Annotated[
        str, typer.Option(help="截止日（含当日），或 last-month（上月末）/ the last day seen, YYYY-MM-DD or last-month")
    ],
    scope: Annotated[str | None, typer.Option(help="单位及其下级 / an office and those below it")] = None,
    out: Annotated[Path | None, typer.Option(help="清单 xlsx 输出目录 / folder for the workbooks")] = None,
    purpose: Annotated[str, typer.Option(help="导出用途 / purpose of the export")] = "信访隐患月排查",
    recipient: Annotated[str, typer.Option(help="petition_department | case_department | own_leaders")] = (
        "petition_department"
    ),
    department: Annotated[str | None, typer.Option(help="承办部门（case_department）/ department")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="输出 PDF / PDF in place of xlsx")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只算不写 / compute, write nothing")] = False,
    watch: Annotated[bool, typer.Option("--monitor/--no-monitor", help="随后监测 / run the monitors after it")] = True,
    as_json: Json = False,
) -> None:
    """月排查：生成清单草案并监测 / the monthly sweep: make the draft lists, then run the monitors."""
    from data.times import cutoff_instant, month_before
    from serving.clock import now
    from serving.reminders import unsigned_lists
    from serving.screening import screen as run

    session: Session = context.obj
    settings = session.settings
    day = month_before(now(), settings.time_zone) if cutoff == "last-month" else parse_day(cutoff, "--cutoff")
    office = scope or top_office(session)
    # Before the new list takes the place of one that nobody signed.
    waiting = unsigned_lists(session.store, settings, offices_of(session, office), now())
    with session.steps() as step:
        found = run(
            session.store,
            settings,
            session.state_dir,
            session.key,
            cutoff=cutoff_instant(day, settings.time_zone),
            scope=office,
            clock=now,
            by=session.operator,
            dry_run=dry_run,
            progress=lambda reached: step(reached.zh, reached.en),
        )
    body = found.as_dict(settings.time_zone)
    lines = [*sweep_lines(session, body), *unsigned_lines(session, waiting)]
    body["unsigned"] = [asdict(one) for one in waiting]
    if out is not None and not dry_run:
        files = write_files(
            session,
            found.screening.screening_id,
            body["offices"],
            out,
            recipient=recipient,
            purpose=purpose,
            department=department,
            pdf=pdf,
        )
        body["files"] = files
        lines += [f"+ {name}" for name in files]
    if watch and found.made and not dry_run:
        body["monitor"] = watched(session, found.screening.cutoff)
        lines.append(watched_line(session, body["monitor"]))
    session.report(body, lines, as_json=as_json)


def watched(session: Session, cutoff: int) -> dict[str, object]:
    """What the monitors say after a sweep, as `serving.after_sweep.watch` tells it."""
    from serving.after_sweep import watch
    from serving.clock import now

    with session.steps() as step:
        step("监测", "monitor")
        return watch(
            session.store,
            session.settings,
            session.state_dir,
            session.key,
            cutoff=cutoff,
            now=now(),
            by=session.operator,
        )


def watched_line(session: Session, told: dict[str, object]) -> str:
    """The same for people."""
    zh = session.language == "zh"
    if "error" in told:
        return f"监测未完成：{told['zh']}" if zh else f"not monitored: {told['en']}"
    lost = "" if told["kept"] else ("；未能存入模型库" if zh else "; not kept beside the model")
    if not told["findings"]:
        return ("监测：没有发现" if zh else "monitors: nothing to act on") + lost
    worst = told["severity"]
    return (
        f"监测：{told['findings']} 项发现，最高程度 {worst}；见“运行监测”页"
        if zh
        else f"monitors: {told['findings']} findings, gravest {worst}; see the page Monitoring"
    ) + lost


def sweep_lines(session: Session, body: dict[str, object]) -> list[str]:
    """The outcome in words: what was made and the parts of each office's list."""
    zh = session.language == "zh"
    mode = ("按模型" if body["mode"] == "model" else "按规则") if zh else f"by {body['mode']}"
    verb = (
        ("已生成草案" if body["made"] else "未重新生成（已有同一清单，或试算）")
        if zh
        else ("draft made" if body["made"] else "nothing made (the same list exists, or a dry run)")
    )
    lines = [f"{body['cutoff']} {body['scope']} {mode} v{body['model_version'] or '-'}：{verb}", str(body["list_hash"])]
    notice = body.get("notice")
    if isinstance(notice, dict):
        lines.append(str(notice["zh" if zh else "en"]))
    offices = body["offices"]
    assert isinstance(offices, dict)  # noqa: S101
    head = (
        ("单位", "范围", "必办", "模型", "规则", "抽查", "回看")
        if zh
        else (
            "office",
            "cohort",
            "must",
            "model",
            "rules",
            "spot",
            "review",
        )
    )
    lines.append("\t".join(head))
    for name, counts in offices.items():
        parts = [counts[part] for part in ("cohort", "must_act", "model", "points", "spot", "review")]
        lines.append("\t".join([str(name), *map(str, parts)]))
    if not offices:
        lines.append(
            "排查范围内没有事项：清单为空，无须办理"
            if zh
            else "no matter in the cohort: the list is empty, nothing to do"
        )
    return lines


def write_files(
    session: Session,
    screening_id: str,
    offices: Mapping[str, Mapping[str, int]],
    out: Path,
    *,
    recipient: str,
    purpose: str,
    department: str | None,
    pdf: bool,
) -> list[str]:
    """One file an office of a screening's summary, each export on record; returns the files' names."""
    from serving.clock import now
    from serving.export import RECIPIENTS
    from serving.workbooks import Copies, entries_of, write_workbooks

    if recipient not in RECIPIENTS:
        raise UsageError(
            "recipient", f"没有接收对象 {recipient}", f"no recipient {recipient}; one of {', '.join(RECIPIENTS)}"
        )
    copies = Copies(
        screening_id=screening_id,
        recipient=RECIPIENTS[recipient],
        purpose=purpose,
        user=session.operator,
        now=now(),
        language="zh" if session.language == "zh" else "en",
        time_zone=session.settings.time_zone,
        department=department,
        form="pdf" if pdf else "xlsx",
    )
    return [str(path) for path in write_workbooks(session.store, session.key, entries_of(offices), out, copies)]


def reproduce(
    context: typer.Context,
    which: Annotated[str, typer.Argument(help="清单指纹或排查编号 / the list's hash, or its screening's id")],
    as_json: Json = False,
) -> None:
    """复核往期清单：用当时的模型、批次和设置再算 / make an earlier list again, by the model of then."""
    from serving.reproduce import reproduce as run

    session: Session = context.obj
    found = run(session.store, session.settings, session.state_dir, which)
    zh = session.language == "zh"
    model = f"v{found.model_version}" if found.model_version is not None else ("规则" if zh else "rules")
    if found.same:
        verdict = "一致：清单可重现" if zh else "the same: the list comes out again"
    else:
        verdict = (
            "不一致：台账经删除或到期清理，或程序已更新"
            if zh
            else "not the same: matters were erased or have expired since, or the program is another"
        )
    lines = [f"{found.issued} {model}", f"{found.again}", verdict]
    session.report(found.as_dict(session.settings.time_zone), lines, as_json=as_json)
    if not found.same:
        raise typer.Exit(EXIT_SEVERE)


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    for verb in (screen, reproduce, reminders, serve):
        app.command()(verb)
