"""The verbs that bring data in: init, synth, ingest."""

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import InputRefused, UsageError
from serving.cli import batches, mapping
from serving.cli.options import Json
from serving.cli.session import Session, parse_day
from serving.cli.upstream import Query, given

if TYPE_CHECKING:
    import polars as pl

    from data.contract import Register
    from data.ingest.run import Source
    from data.ingest.sources import Fetch
    from data.mapping import Mapping
    from data.synthetic import Traps


def init(
    context: typer.Context,
    offices: Annotated[
        Path | None, typer.Option(help="办理单位表 / offices: CSV with office_id,name,parent_id,level")
    ] = None,
    settings: Annotated[bool, typer.Option(help="写出带说明的设置文件 / write a commented settings file")] = False,
    as_json: Json = False,
) -> None:
    """建库并登记办理单位 / create the store, register offices."""
    from data.store.imports import write_offices
    from data.store.register import read_offices

    session: Session = context.obj
    known = 0
    table = None if offices is None else read_office_file(offices)
    store = session.store
    _ = session.key
    if table is not None:
        write_offices(store, table)
    known = len(read_offices(store))
    written = None
    if settings:
        written = write_settings_file(Path("petition-risk.toml"))
    session.report(
        {"state": str(session.state_dir), "offices": known, "settings": written},
        [
            f"已建库，办理单位 {known} 个" if session.language == "zh" else f"store ready, {known} offices",
            *([] if written is None else [f"+ {written}"]),
        ],
        as_json=as_json,
    )


def read_office_file(path: Path) -> "pl.DataFrame":
    """The offices of a CSV file by contract; raises InputRefused saying what is wrong with it."""
    import polars as pl
    from dataframely.exc import SchemaError, ValidationError

    from data.contract import Offices

    wanted = ["office_id", "name", "parent_id", "level"]
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError):
        raise InputRefused(
            "offices_unreadable",
            f"无法读取 {path.name}；须为 UTF-8 的 CSV，列为 {'、'.join(wanted)}",
            f"cannot read {path.name}; it must be a UTF-8 CSV with the columns {', '.join(wanted)}",
        ) from None
    absent = [name for name in wanted if name not in table.columns]
    if absent:
        raise InputRefused(
            "offices_columns",
            f"{path.name} 缺少列：{'、'.join(absent)}",
            f"{path.name} lacks the columns {', '.join(absent)}",
        )
    try:
        return Offices.validate(table.select(wanted), cast=True)
    except (ValidationError, SchemaError, pl.exceptions.PolarsError) as problem:
        raise InputRefused(
            "offices_invalid",
            f"{path.name} 有误：level 须为 province、city、county 之一，office_id 不得重复",
            f"{path.name} is not valid: level is province, city or county, and office_id is unique ({problem})",
        ) from None


def write_settings_file(path: Path) -> str:
    """Write every setting with its default as a commented TOML file; an existing file is never overwritten."""
    from data.settings import Settings

    if path.exists():
        raise UsageError(
            "settings_exist",
            f"{path.name} 已存在，未覆盖",
            f"{path.name} exists already and was not overwritten",
        )
    defaults = Settings().model_dump(mode="json")
    lines = ["# petition-risk：去掉行首 # 即可修改 / remove the leading # to change a setting"]
    lines += [f"# {name} = {toml(value)}" for name, value in defaults.items() if not isinstance(value, dict)]
    for name, value in defaults.items():
        if isinstance(value, dict):
            lines += ["", f"[{name}]", *(f"# {key} = {toml(inner)}" for key, inner in value.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path.name


def toml(value: object) -> str:
    """A value as TOML writes it; None as an empty string (the line is a comment)."""
    if value is None:
        return '""'
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)


def synth(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="输出目录 / output folder")] = Path("data/var/synthetic"),
    seed: Annotated[int, typer.Option()] = 7,
    size: Annotated[str, typer.Option(help="demo | small | <matters>")] = "demo",
    form: Annotated[str, typer.Option(help="ledger | csv | database")] = "ledger",
    numbering: Annotated[str, typer.Option(help="per_matter | per_contact")] = "per_matter",
    trap: Annotated[
        list[str] | None, typer.Option(help="供监测发现的异常 / planted for the monitors: NAME=YYYY-MM-DD")
    ] = None,
    messy: Annotated[
        bool, typer.Option("--messy", help="各种杂乱台账，另附答案 / ledgers as offices keep them, truth apart")
    ] = False,
    as_json: Json = False,
) -> None:
    """生成仿真台账 / make a synthetic register."""
    from dataclasses import replace

    from data.synthetic import bench_plan, demo_plan, make_register, small_plan, write_csv, write_ledger, write_oracle

    session: Session = context.obj
    if form not in ("ledger", "csv", "database"):
        raise UsageError("form", f"没有输出形式 {form}", f"no form {form}; ledger, csv or database")
    if size not in ("demo", "small") and not size.isdecimal():
        raise UsageError(
            "size", f"size 须为 demo、small 或件数，收到 {size}", f"size is demo, small or a number: {size}"
        )
    if numbering not in ("per_matter", "per_contact"):
        raise UsageError(
            "numbering", f"没有编号方式 {numbering}", f"no numbering {numbering}; per_matter or per_contact"
        )
    plan = {"demo": demo_plan, "small": small_plan}[size](seed) if not size.isdecimal() else bench_plan(seed, int(size))
    plan = replace(
        plan,
        numbering="per_contact" if numbering == "per_contact" else "per_matter",
        traps=parse_traps(trap or []),
    )
    with session.steps() as step:
        step("生成仿真台账", "make the register")
        made = make_register(plan)
        out.mkdir(parents=True, exist_ok=True)
        made.register.offices.write_csv(out / "offices.csv")
        step("写出文件", "write the files")
        if form == "ledger":
            write_ledger(
                made.register,
                out / "ledger.xlsx",
                same_matter=made.same_matter if plan.numbering == "per_contact" else None,
                new_code=plan.traps.new_code,
            )
        elif form == "csv":
            write_csv(made.register, out)
        else:
            store_synthetic(session, made.register)
        write_oracle(made, out / "oracle.parquet")
        if plan.numbering == "per_contact":
            made.same_matter.write_parquet(out / "same_matter.parquet")
    body: dict[str, Any] = {
        "folder": str(out),
        "form": form,
        "seed": seed,
        "matters": len(made.register.matters),
        "events": len(made.register.events),
        "offices": len(made.register.offices),
    }
    if messy:
        body["ledgers"] = write_messy_ledgers(made.register, out / "messy", seed)
    session.report(
        body,
        [
            f"{out}: {body['matters']} 件事项，{body['events']} 条记录 / matters, events",
            *([f"+ {out / 'messy'}: {len(body['ledgers'])} 种台账 / ledgers"] if messy else []),
        ],
        as_json=as_json,
    )


def write_messy_ledgers(register: "Register", folder: Path, seed: int) -> list[str]:
    """Write the messy ledgers of a register with their truth; returns the names of their files."""
    from data.synthetic.messy import write_messy

    return [ledger.path.name for ledger in write_messy(register, folder, seed=seed)]


def parse_traps(named: list[str]) -> "Traps":
    """The traps given as NAME=YYYY-MM-DD; raises UsageError for a name or date there is not."""
    from dataclasses import fields, replace

    from data.synthetic import Traps

    names = [one.name for one in fields(Traps) if one.name != "flagged"]
    planted: dict[str, date] = {}
    for text in named:
        name, _, day = text.partition("=")
        if name not in names:
            known = "、".join(names)
            raise UsageError("trap", f"没有陷阱 {name}；可用：{known}", f"no trap {name}; there are {known}")
        planted[name] = parse_day(day, "--trap")
    return replace(Traps(), **planted)


def store_synthetic(session: Session, register: "Register") -> None:
    """Write a synthetic register straight into the store, versions and all, marked demo."""
    import hashlib

    from data.mapping import load_mapping
    from data.store.batches import Batch
    from data.store.imports import write_offices, write_register
    from serving.clock import now

    mapping = load_mapping("ledger")
    write_offices(session.store, register.offices)
    write_register(
        session.store,
        register,
        Batch(
            source=mapping.name,
            file_sha256=hashlib.sha256(b"".join(map(str.encode, register.events["event_id"]))).hexdigest(),
            mapping_name=mapping.name,
            mapping_sha256=mapping.sha256,
            coverage="append",
            observed_until=register.observed_until,
            time_zone=register.time_zone,
            recorded_at=now(),
            recorded_by=session.operator,
            demo=True,
        ),
    )


def ingest(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="台账 / ledger: .xlsx .xls .xlsb .ods .csv .tsv .parquet .xes")
    ] = None,
    query: Query = None,
    mapping: Annotated[
        str | None,
        typer.Option(help="映射名或 TOML，缺省用记住的 / name or file; else the remembered one"),
    ] = None,
    office: Annotated[str | None, typer.Option(help="台账所属单位 / whose ledger it is")] = None,
    dry_run: Annotated[bool, typer.Option(help="只出报告，不写入 / report only, write nothing")] = False,
    observed_until: Annotated[str | None, typer.Option(help="数据截至日 / data reach, YYYY-MM-DD")] = None,
    coverage: Annotated[str | None, typer.Option(help="full | append")] = None,
    confirm: Annotated[bool, typer.Option(help="确认关闭超过5%的记录 / confirm closing more than 5 %")] = False,
    rejects: Annotated[Path | None, typer.Option(help="退回行写到 / write rejected rows to (.xlsx)")] = None,
    demo: Annotated[bool, typer.Option(help="标为演示数据 / mark as demonstration data")] = False,
    as_json: Json = False,
) -> None:
    """导入台账 / ingest a ledger."""
    from data.ingest.returned import returned_workbook
    from data.ingest.run import ingest as run
    from data.times import cutoff_instant
    from serving.clock import now

    session: Session = context.obj
    if coverage not in (None, "full", "append"):
        raise UsageError(
            "coverage", f"coverage 须为 full 或 append，收到 {coverage}", f"coverage is full or append: {coverage}"
        )
    path, fetch = given(file, query)
    is_demo = demo or session.settings.demo
    chosen, source, said = choose_mapping(session, path, mapping, office, fetch, demo=is_demo)
    until: date | None = None if observed_until is None else parse_day(observed_until, "--observed-until")
    with session.steps() as step:
        step("读取并校验", "read and check")
        try:
            found = run(
                session.store,
                path,
                chosen,
                now=now(),
                user=session.operator,
                observed_until=None if until is None else cutoff_instant(until, chosen.time_zone),
                coverage=None if coverage is None else "full" if coverage == "full" else "append",
                confirm=confirm,
                demo=is_demo,
                audit_key=None if dry_run else session.key,
                source=source,
                dry_run=dry_run,
                fetch=fetch,
                vault=session.vault,
            )
        except InputRefused as refused:
            if mapping is None and source is None:
                raise for_want_of_a_mapping(path, refused) from None
            raise
    lines = [*said, *found.lines(session.language)]
    if rejects is not None and (found.rejected_rows or found.drafts.blanked.height):
        write_private(rejects, returned_workbook(path, chosen, found.drafts) or found.reject_workbook())
        lines.append(f"+ {rejects}")
    session.report(found.as_dict(), lines, as_json=as_json)
    if found.outcome is None:
        raise typer.Exit(InputRefused.exit_code)


def for_want_of_a_mapping(path: Path, refused: InputRefused) -> InputRefused:
    """What to say where our own ledger's mapping was tried for want of another: a ledger of another form needs one."""
    if refused.code not in ("sheet_missing", "sheets_needed", "column_missing"):
        return refused
    return InputRefused(
        "mapping_needed",
        f"{path.name}：没有记住的映射适用，也不是本系统格式的台账，未导入任何内容。"
        f"请先运行 petition-risk map {path.name} --out 映射.toml，核对后运行 "
        f"petition-risk ingest {path.name} --mapping 映射.toml",
        f"{path.name}: no remembered mapping fits and it is no ledger of our own form; nothing was written. Run "
        f"petition-risk map {path.name} --out mapping.toml, check it, then "
        f"petition-risk ingest {path.name} --mapping mapping.toml",
        [(refused.zh, refused.en), *refused.details],
    )


def write_private(path: Path, content: bytes) -> None:
    """Write a file for its owner's eyes alone."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)


def choose_mapping(
    session: Session, path: Path, mapping: str | None, office: str | None, fetch: "Fetch | None", *, demo: bool
) -> "tuple[Mapping, Source | None, list[str]]":
    """The mapping named, else the remembered one that fits, else our own ledger's; with what to say about it."""
    from data.ingest.remembered import choose
    from data.ingest.run import Source
    from data.mapping import load_mapping, mapping_text, parse_mapping, shipped
    from data.store.register import read_offices

    zh = session.language == "zh"
    offices = read_offices(session.store)
    if office is not None and office not in offices["office_id"].to_list():
        raise UsageError("no_such_office", f"没有单位 {office}", f"there is no office {office}")
    if mapping is None:
        found = choose(session.store, path, offices=offices, office_id=office, demo=demo, fetch=fetch)
        if found is None:
            return load_mapping("ledger"), None, []
        whose, version = found.stored.mapping.office_id, found.stored.version
        said = f"采用 {whose} 记住的映射第 {version} 版" if zh else f"by version {version} of {whose}'s mapping"
        return found.mapping, Source(toml=found.stored.mapping.toml, office_id=whose), [said]
    text = mapping_text(mapping)
    # What ships with the product changes with it, and is not remembered.
    source = None if mapping in shipped() else Source(toml=text, office_id=office)
    return parse_mapping(text), source, []


def add_to(app: typer.Typer) -> None:
    """Register the verbs, and those of its sister modules."""
    for verb in (init, synth, ingest):
        app.command()(verb)
    mapping.add_to(app)
    batches.add_to(app)
