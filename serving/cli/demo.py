"""The verb demo: the whole product on an invented province, from ledger to pages, through the ordinary doors."""

import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import NotAllowed, TooLittleData
from serving.cli.options import Json
from serving.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from serving.accounts import DemoAccount

#: Two lists by rules, as an office without a model has them; they have matured by the time of the model's list.
BY_RULES = (date(2026, 5, 31), date(2026, 6, 30))
CUTOFF = date(2026, 10, 31)
DEMO_STATE = Path("data") / "var" / "demo"
#: Steps of the progress bar.
STEPS = 11


@dataclass(kw_only=True)
class Told:
    """What the demonstration has to show at its end."""

    accounts: list["DemoAccount"]
    figures: dict[str, Any]


def demo(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="状态目录 / state directory", metavar="DIR")] = None,
    seed: Annotated[int, typer.Option()] = 7,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="最后启动网页 / serve at the end")] = True,
    port: Annotated[int | None, typer.Option()] = None,
    as_json: Json = False,
) -> None:
    """演示：仿真台账→导入→训练→审批→排查→监测→网页 / the whole product on an invented province."""
    from serving.cli.serve import run_service
    from serving.listening import refuse_taken

    session: Session = context.obj
    session.state = state or session.state or str(DEMO_STATE)
    session.settings = session.settings.model_copy(update={"demo": True})
    refuse_real(session)
    address = session.settings.service.host, session.settings.service.port if port is None else port
    if serve:
        refuse_taken(*address)  # before accounts get new passwords
    began = time.monotonic()
    with session.steps(STEPS) as step:
        told = prepare(session, seed, step)
    seconds = round(time.monotonic() - began, 1)
    where = "http://{}:{}".format(*address)
    lines = closing_lines(session, told, where, seconds)
    body = {
        "state": str(session.state_dir),
        "seconds": seconds,
        "address": where,
        "accounts": [{"user": made.user_id, "role": str(made.role)} for made in told.accounts],
        **told.figures,
    }
    session.report(body, lines, as_json=as_json)
    if serve:
        session.say(f"正在提供服务：{where} （Ctrl+C 结束）", f"serving at {where} (Ctrl+C ends)")
        run_service(session, port=port)


def refuse_real(session: Session) -> None:
    """A demonstration never touches a store that holds a real ledger."""
    from data.store.batches import read_batches

    stored = read_batches(session.store)
    if any(batch.undoes is None and not batch.batch.demo for batch in stored):
        raise NotAllowed(
            "demo_on_real",
            f"{session.state_dir} 中已有正式台账，演示不会使用；请用 --state 指定另一目录",
            f"{session.state_dir} holds a real ledger; the demonstration keeps off it, give another --state",
        )


def prepare(session: Session, seed: int, step: "Callable[[str, str], None]") -> Told:
    """Everything up to serving; a second run on the same state finds what is there and changes nothing."""
    from data.store import models
    from data.store.batches import latest_batch
    from serving.accounts import create_demo_accounts
    from serving.clock import now
    from serving.training_run import train_challenger

    figures: dict[str, Any] = {}
    if latest_batch(session.store) == 0:
        figures["ledger"] = ledger(session, seed, step)
    step("建立演示账号", "demo accounts")
    accounts = create_demo_accounts(session.store)
    fresh = models.champion(session.store) is None and not models.read_models(session.store)
    if fresh:
        for day in BY_RULES:
            step(f"按规则排查 {day}", f"list by rules {day}")
            sweep(session, day)
        step("训练与回溯检验", "train and back-test")
        try:
            done = train_challenger(
                session.store,
                session.settings,
                session.state_dir,
                session.key,
                now=now(),
                by=session.operator,
                seed=seed,
                progress=step,
            )
        except TooLittleData as problem:
            figures["training"] = problem.en
        else:
            step("提出与批准（两个账号）", "propose and approve (two accounts)")
            figures["promotion"] = sign_by_two(session, accounts, done.version)
    step(f"月排查 {CUTOFF}", f"monthly sweep {CUTOFF}")
    figures["screening"] = sweep(session, CUTOFF)
    step("监测", "monitor")
    figures["monitor"] = watch(session)
    return Told(accounts=accounts, figures=figures)


def ledger(session: Session, seed: int, step: "Callable[[str, str], None]") -> dict[str, Any]:
    """An invented province's Excel ledger, made and then read in through the ordinary door."""
    from data.ingest.run import ingest
    from data.mapping import load_mapping
    from data.store.imports import write_offices
    from data.synthetic import demo_plan, make_register, write_ledger, write_oracle
    from serving.clock import now

    step("生成仿真台账", "make an invented register")
    made = make_register(demo_plan(seed))
    folder = session.state_dir / "synthetic"
    folder.mkdir(parents=True, exist_ok=True)
    write_ledger(made.register, folder / "ledger.xlsx")
    write_oracle(made, folder / "oracle.parquet")
    write_offices(session.store, made.register.offices)
    step("导入台账", "ingest the ledger")
    report = ingest(
        session.store,
        folder / "ledger.xlsx",
        load_mapping("ledger"),
        now=now(),
        user=session.operator,
        observed_until=made.register.observed_until,
        demo=True,
        audit_key=session.key,
    )
    return {
        "file": str(folder / "ledger.xlsx"),
        "matters": len(made.register.matters),
        "rejected_rows": report.rejected_rows,
    }


def sign_by_two(session: Session, accounts: "list[DemoAccount]", version: int | None) -> dict[str, Any]:
    """Promote as the seeded steward and approver, each signing in with their password; the gate decides."""
    from serving.accounts import sign_in
    from serving.cli.models import step_forward
    from serving.clock import now
    from serving.journal import Journal

    assert version is not None  # noqa: S101
    book = Journal(store=session.store, key=session.key)
    by_role = {str(made.role): made for made in accounts}
    try:
        for role in ("steward", "approver"):
            made = by_role[role]
            account = sign_in(session.store, book, made.user_id, made.password, now=now(), request_id="demo")
            step_forward(session, account, version, accept_assumed=False, now=now(), reason="演示 / demonstration")
    except NotAllowed as refused:
        return {"version": version, "promoted": False, "why": {"zh": refused.zh, "en": refused.en}}
    return {"version": version, "promoted": True}


def sweep(session: Session, day: date) -> dict[str, Any]:
    """Screen the whole province at a day's end."""
    from data.times import cutoff_instant
    from serving.cli.reminders import top_office
    from serving.clock import now
    from serving.screening import screen

    zone = session.settings.time_zone
    found = screen(
        session.store,
        session.settings,
        session.state_dir,
        session.key,
        cutoff=cutoff_instant(day, zone),
        scope=top_office(session),
        clock=now,
        by=session.operator,
    )
    return {name: value for name, value in found.as_dict(zone).items() if name != "offices"}


def watch(session: Session) -> dict[str, Any]:
    """Run the monitors up to the last list."""
    from data.times import cutoff_instant
    from serving.clock import now
    from serving.monitor_run import run_monitor
    from serving.monitored import keep_beside_model

    report = run_monitor(
        session.store,
        session.settings,
        session.state_dir,
        session.key,
        as_of=cutoff_instant(CUTOFF, session.settings.time_zone),
        now=now(),
        by=session.operator,
    )
    keep_beside_model(session.state_dir, report)
    severity = report.severity
    return {"findings": len(report.findings), "severity": None if severity is None else severity.value}


def closing_lines(session: Session, told: Told, where: str, seconds: float) -> list[str]:
    """What a person reads at the end: how it went, the address and the accounts."""
    zh = session.language == "zh"
    found = told.figures["screening"]
    mode = ("按模型" if found["mode"] == "model" else "按规则") if zh else f"by {found['mode']}"
    lines = [
        f"演示就绪（{seconds} 秒）：{CUTOFF} 清单{mode}，排查范围 {found['cohort']} 件，列出 {found['entries']} 件"
        if zh
        else f"demo ready in {seconds} s: list of {CUTOFF} {mode}, cohort {found['cohort']}, listed {found['entries']}",
    ]
    promotion = told.figures.get("promotion")
    if promotion is not None and not promotion["promoted"]:
        lines.append(promotion["why"]["zh" if zh else "en"])
    lines += ["", where, "", "账号\t口令\t身份" if zh else "account\tpassword\twho"]
    lines += [f"{made.user_id}\t{made.password}\t{made.display_name}" for made in told.accounts]
    lines.append(
        "演示账号与数据均为虚构，仅供本机试用" if zh else "accounts and data are invented, for this machine only"
    )
    return lines


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command()(demo)
