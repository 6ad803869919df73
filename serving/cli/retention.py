"""The verbs about what is kept: retention run and verify, erase, and the list of links to look at."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from data.errors import EXIT_SEVERE, NotAllowed, UsageError
from serving.cli.options import Json
from serving.cli.session import Session

retention = typer.Typer(help="到期清理 / what expires", no_args_is_help=True, rich_markup_mode=None)
links = typer.Typer(help="编号关联 / links between numbers", no_args_is_help=True, rich_markup_mode=None)


@retention.command()
def run(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只统计 / count only")] = False,
    as_json: Json = False,
) -> None:
    """清理办结满期事项的测算结果 / remove what was computed of matters closed long ago."""
    from serving.clock import now
    from serving.retention import retain

    session: Session = context.obj
    proof = retain(
        session.store,
        session.state_dir,
        session.key,
        session.settings,
        by=session.operator,
        now=now(),
        dry_run=dry_run,
    )
    count, files = proof.tables["entries"], len(proof.files)
    zh = session.language == "zh"
    verb_zh, verb_en = ("将清理", "would remove") if dry_run else ("已清理", "removed")
    line = (
        f"{verb_zh}清单条目 {count} 条，改写特征存档 {files} 个"
        if zh
        else f"{verb_en} {count} entries, {files} feature logs rewritten"
    )
    session.report(asdict(proof) | {"dry_run": dry_run}, [line], as_json=as_json)


@retention.command()
def verify(context: typer.Context, as_json: Json = False) -> None:
    """核验每份清单的标识 / does every list still have its identity? exit 20 where not."""
    from serving.removal import broken_lists

    session: Session = context.obj
    broken = broken_lists(session.store)
    zh = session.language == "zh"
    line = ("清单标识全部相符" if zh else "every list has its identity") if not broken else "、".join(broken)
    session.report({"broken": broken}, [line], as_json=as_json)
    if broken:
        raise typer.Exit(EXIT_SEVERE)


def erase(
    context: typer.Context,
    matter: Annotated[str, typer.Option(help="事项编号 / matter number")],
    office: Annotated[str, typer.Option(help="办理单位代码 / office id")],
    reason: Annotated[str, typer.Option(help="清除原因 / why, at most 500 characters")],
    as_user: Annotated[str, typer.Option("--as", help="控申负责人或院领导 / head or leader of the office")] = "",
    password_file: Annotated[Path | None, typer.Option(help="口令文件 / file with the password")] = None,
    as_json: Json = False,
) -> None:
    """清除一件事项的全部数据并出具证明 / erase a matter everywhere, with a proof."""
    from data.forbidden import check_text
    from data.store.users import UserRole
    from serving.cli.models import sign_in_as
    from serving.clock import now
    from serving.erasing import erase as run_erase

    session: Session = context.obj
    why = reason.strip()
    if not why or check_text(why) or matter in why:
        raise UsageError(
            "erase_reason",
            "请写明清除原因，不含事项编号和个人信息",
            "say why, without the matter's number or personal details",
        )
    account = sign_in_as(session, as_user, password_file)
    if account.role not in (UserRole.PETITION_HEAD, UserRole.LEADER) or account.office_id != office:
        raise NotAllowed(
            "erase_role", "只有本院控申负责人或院领导可以清除", "only the head or a leader of that office may erase"
        )
    proof = run_erase(
        session.store,
        session.state_dir,
        session.key,
        session.settings,
        matter_no=matter,
        office_id=office,
        by=account.user_id,
        reason=why,
        now=now(),
    )
    zh = session.language == "zh"
    rows = sum(proof.tables.values())
    lines = [
        f"已清除 {rows} 行、{len(proof.files)} 个文件；证明 erasures/{proof.proof_id}.json"
        if zh
        else f"{rows} rows and {len(proof.files)} files removed; proof erasures/{proof.proof_id}.json"
    ]
    lines += [f"  ! {name}" for name in proof.left]
    session.report(asdict(proof), lines, as_json=as_json)
    if proof.left or not proof.lists_verify:
        raise typer.Exit(EXIT_SEVERE)


@links.command(name="list")
def list_links(context: typer.Context, as_json: Json = False) -> None:
    """已确认的关联，各院件数与查重比例 / confirmed links and share checked, by office."""
    from data.store.links import checked_by_office, standing_links
    from data.store.register import batch_view

    session: Session = context.obj
    counts: dict[str, int] = {}
    for one in standing_links(session.store):
        counts[one.office_id] = counts.get(one.office_id, 0) + 1
    with session.store.read() as connection:
        shares, _ = checked_by_office(connection, batch_view(session.store))
    body = {office: {"links": counts.get(office, 0), "checked": shares.get(office)} for office in {*counts, *shares}}
    lines = [
        f"{office}  {row['links']}" + ("" if row["checked"] is None else f"  {row['checked']:.0%}")
        for office, row in sorted(body.items())
    ]
    nothing = "没有关联" if session.language == "zh" else "no links"
    session.report({"offices": body}, lines or [nothing], as_json=as_json)


@links.command()
def propose(context: typer.Context, as_json: Json = False) -> None:
    """待确认的关联件数 / how many numbers wait for a person, by office."""
    from data.store.links import open_proposals
    from data.store.register import read_offices

    session: Session = context.obj
    offices = read_offices(session.store)["office_id"].to_list()
    found = open_proposals(session.store, offices)
    counts = dict(found.group_by("office_id").n_unique().select("office_id", "alias_id").sort("office_id").iter_rows())
    lines = [f"{office}  {count}" for office, count in counts.items()]
    nothing = "没有待确认的关联" if session.language == "zh" else "nothing to confirm"
    session.report({"offices": counts}, lines or [nothing], as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.add_typer(retention, name="retention")
    app.add_typer(links, name="links")
    app.command()(erase)
