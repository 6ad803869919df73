"""The verb that proposes a mapping for a ledger nobody has read before: map."""

from pathlib import Path
from typing import Annotated

import typer

from data.errors import InputRefused, UsageError
from serving.cli.options import Json
from serving.cli.session import Session
from serving.cli.upstream import Query, given


def propose_mapping(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="台账 / ledger: .xlsx .xls .xlsb .ods .csv .tsv .parquet .xes")
    ] = None,
    query: Query = None,
    out: Annotated[Path | None, typer.Option(help="映射写到 / write the mapping to (.toml)")] = None,
    name: Annotated[
        str, typer.Option(help="映射名，事项身份的一部分 / name of the mapping, part of every matter's identity")
    ] = "office_ledger",
    office: Annotated[
        str | None, typer.Option(help="台账没有单位列时的办理单位 / the office of a ledger that names none")
    ] = None,
    owner: Annotated[str | None, typer.Option(help="属性申明部门 / who declares the attributes")] = None,
    confirmed_by: Annotated[str | None, typer.Option(help="属性确认部门 / who confirms them")] = None,
    as_json: Json = False,
) -> None:
    """为陌生台账提出映射 / propose a mapping for an unknown ledger."""
    from data.forbidden import check_text
    from data.ingest.propose import propose
    from data.mapping import parse_mapping
    from data.store.register import read_offices

    session: Session = context.obj
    source, fetch = given(file, query)
    if any(text is not None and check_text(text) for text in (owner, confirmed_by)):
        raise UsageError(
            "declared_by", "请写部门名称，不写个人信息", "name a department or a post, without personal details"
        )
    if out is not None and out.exists():
        raise UsageError("mapping_exists", f"{out.name} 已存在，未覆盖", f"{out.name} exists and was not overwritten")
    with session.steps() as step:
        step("读取台账", "read the ledger")
        found = propose(source, offices=read_offices(session.store), name=name, office_id=office, fetch=fetch)
    lines = found.lines(session.language)
    if found.problems:
        for line in lines:
            print(line)  # noqa: T201
        raise InputRefused(
            "mapping_open",
            f"{found.file}：尚不能提出完整的映射，未写出文件",
            f"{found.file}: no whole mapping can be proposed yet; nothing was written",
            found.problems,
        )
    text = found.toml(owner=owner, confirmed_by=confirmed_by)
    parse_mapping(text)
    body = found.as_dict() | {"mapping": None}
    if out is not None:
        out.write_text(text, encoding="utf-8")
        body["mapping"] = str(out)
        lines.append(f"+ {out}")
    session.report(body, lines, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("map")(propose_mapping)
