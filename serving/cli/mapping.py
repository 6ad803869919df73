"""The verb that proposes a mapping for a ledger nobody has read before: map."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import InputRefused, UsageError
from serving.cli.options import Json
from serving.cli.session import Session
from serving.cli.upstream import Query, given

if TYPE_CHECKING:
    from data.ingest.sources import Fetch


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
    if office is not None:
        text, said = _from_remembered(session, source, office, text, fetch)
        lines += said
    parse_mapping(text)
    body = found.as_dict() | {"mapping": None}
    if out is not None:
        out.write_text(text, encoding="utf-8")
        body["mapping"] = str(out)
        lines.append(f"+ {out}")
    session.report(body, lines, as_json=as_json)


def _from_remembered(
    session: Session, path: Path, office: str, text: str, fetch: "Fetch | None"
) -> tuple[str, list[str]]:
    """The office's remembered mapping with this proposal's answers for what changed; else the proposal."""
    import tomllib

    from data.ingest.remembered import merged, missing_columns
    from data.ingest.sources import all_sources
    from data.mapping import parse_mapping
    from data.mapping_text import write_toml
    from data.store.mappings import read_mappings

    stored = read_mappings(session.store, office_id=office)
    if not stored:
        return text, []
    latest = stored[-1]
    remembered = parse_mapping(latest.mapping.toml, remembered=True)
    gone = missing_columns(path, remembered, latest.mapping.columns, all_sources(path, fetch))
    made = merged(tomllib.loads(latest.mapping.toml), tomllib.loads(text), gone)
    said = (
        f"以 {office} 记住的映射第 {latest.version} 版为底，沿用其名称、时滞、覆盖范围、时区和申明"
        if session.language == "zh"
        else f"starts from version {latest.version} of {office}'s mapping: name, lag, coverage, zone, declarations stay"
    )
    return write_toml(made), [said]


def mappings(
    context: typer.Context,
    office: Annotated[str | None, typer.Option(help="单位 / office")] = None,
    show: Annotated[int | None, typer.Option(help="打印某一版 / print a version")] = None,
    propose: Annotated[Path | None, typer.Option(help="提出一版待确认的映射 / propose a version (.toml)")] = None,
    confirm: Annotated[int | None, typer.Option(help="由另一人确认某一版 / a second person confirms")] = None,
    user: Annotated[str, typer.Option("--as", help="以哪个账号 / the account that decides")] = "",
    password_file: Annotated[Path | None, typer.Option(help="口令文件 / file with the password")] = None,
    as_json: Json = False,
) -> None:
    """列出、提出或确认各单位的映射（两人）/ list, propose or confirm the offices' mappings (two people)."""
    from data.store.mappings import read_mappings

    session: Session = context.obj
    if (show is not None) + (propose is not None) + (confirm is not None) > 1 or (
        office is None and (show is not None or propose is not None or confirm is not None)
    ):
        raise UsageError(
            "mappings_what",
            "请用 --office 指明单位，再给出 --show、--propose、--confirm 之一",
            "name the office with --office, and one of --show, --propose, --confirm",
        )
    if propose is not None or confirm is not None:
        _decide(session, office or "", propose, confirm, user, password_file)
    stored = read_mappings(session.store, office_id=office)
    if show is not None:
        stored = [one for one in stored if one.version == show]
    body = [
        {
            "office": one.mapping.office_id,
            "version": one.version,
            "name": one.mapping.name,
            "sha256": one.mapping.sha256,
            "declares": list(one.mapping.declares),
            "proposed_by": one.proposed_by,
            "confirmed_by": one.confirmed_by,
            "usable": one.usable,
        }
        for one in stored
    ]
    zh = session.language == "zh"
    lines = [_line(one, zh=zh) for one in body] or ["尚无记住的映射" if zh else "no mapping is remembered yet"]
    if show is not None and stored:
        from data.ingest.remembered import declaration_lines
        from data.mapping import parse_mapping

        toml = stored[0].mapping.toml
        said = [pair[0 if zh else 1] for pair in declaration_lines(parse_mapping(toml, remembered=True))]
        lines += [*said, "", toml]
        body[0] |= {"toml": toml, "declared": said}
    session.report({"mappings": body}, lines, as_json=as_json)


def _line(one: dict[str, Any], *, zh: bool) -> str:
    if not one["declares"]:
        state = "无须确认" if zh else "nothing to confirm"
    elif one["usable"]:
        state = f"已由 {one['confirmed_by']} 确认" if zh else f"confirmed by {one['confirmed_by']}"
    else:
        state = f"待确认：{'、'.join(one['declares'])}" if zh else f"to be confirmed: {', '.join(one['declares'])}"
    return f"{one['office']}  v{one['version']}  {one['name']}  {one['proposed_by']}  {state}"


def _decide(
    session: Session, office: str, propose: Path | None, confirm: int | None, user: str, password_file: Path | None
) -> None:
    import tomllib

    from data.ingest.remembered import declarations
    from data.mapping import mapping_text, parse_mapping
    from data.mapping_text import refuse_personal
    from data.store.audit import Entry, append_many
    from data.store.mappings import NewMapping, confirm_mapping, remember
    from data.store.register import office_tree
    from serving.cli.models import sign_in_as
    from serving.clock import now
    from serving.permissions import check_import_office

    account = sign_in_as(session, user, password_file)
    check_import_office(account, office_tree(session.store), office)
    at = now()
    with session.store.write():
        if propose is not None:
            text = mapping_text(propose)
            chosen = parse_mapping(text)
            refuse_personal(tomllib.loads(text))
            new = NewMapping(
                office_id=office,
                name=chosen.name,
                toml=text,
                sha256=chosen.sha256,
                columns=(),
                declares=declarations(chosen),
            )
            stored, action = remember(session.store, new, by=account.user_id, at=at), "mapping_proposed"
        else:
            assert confirm is not None  # noqa: S101
            stored = confirm_mapping(session.store, office, confirm, by=account.user_id, at=at)
            action = "mapping_confirmed"
        entry = Entry(
            at=at,
            user_id=account.user_id,
            action=action,
            office_id=office,
            detail={"version": stored.version, "declares": list(stored.mapping.declares)},
        )
        append_many(session.store, session.key, [entry])


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.command("map")(propose_mapping)
    app.command()(mappings)
