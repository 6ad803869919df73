"""The verbs about the log: is it whole, and a signed mark outside the database of how far it has come."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import EXIT_SEVERE, InputRefused, SettingsError
from serving.cli.options import Json
from serving.cli.session import Session

if TYPE_CHECKING:
    from data.store.audit import Checkpoint

audit = typer.Typer(help="操作记录 / the log of who did and saw what", no_args_is_help=True, rich_markup_mode=None)
_SHOWN = 20
FileOption = Annotated[
    Path | None,
    typer.Option("--file", help="检查点文件，最好放在另一台机器或介质上 / checkpoints, best kept on another machine"),
]


@audit.command()
def verify(context: typer.Context, file: FileOption = None, as_json: Json = False) -> None:
    """核验操作记录是否完整；有改动则退出码 20 / is the log whole? exit 20 where it is not."""
    from data.store import audit as chain
    from serving.journal import CHECKPOINTS_SIGNED

    session: Session = context.obj
    path = _path(session, file)
    if file is not None and not path.is_file():
        raise _bad_file(path)
    # A key made just now would call every entry forged.
    _require_key(session)
    signed = _read(session.state_dir / CHECKPOINTS_SIGNED) if file is None else []
    verdict = chain.verify(session.store, session.key, [*_read(path), *signed])
    body = {
        "intact": verdict.intact,
        "entries": verdict.entries,
        "proven_until": verdict.proven_until,
        "breaks": [asdict(one) for one in verdict.breaks],
    }
    session.report(body, _lines(session, body), as_json=as_json)
    if not verdict.intact:
        raise typer.Exit(EXIT_SEVERE)


@audit.command()
def checkpoint(context: typer.Context, file: FileOption = None, as_json: Json = False) -> None:
    """把记录当前的末尾签名写到数据库之外 / sign the log's head into a file outside the database."""
    from data.store import audit as chain
    from serving.clock import now
    from serving.journal import AUDIT_CHECKPOINT

    session: Session = context.obj
    path = _path(session, file)
    _read(path)
    if chain.head_seq(session.store):
        _require_key(session)
    at = now()
    chain.append_many(
        session.store, session.key, [chain.Entry(at=at, user_id=session.operator, action=AUDIT_CHECKPOINT)]
    )
    try:
        written = chain.write_checkpoint(session.store, session.key, path, at=at)
    except OSError as problem:
        raise InputRefused(
            "checkpoint_unwritable",
            f"无法写入检查点文件 {path.name}：{problem.strerror}",
            f"cannot write the checkpoints {path.name}: {problem.strerror}",
        ) from None
    zh = session.language == "zh"
    lines = [
        f"检查点已写入 {path}：至第 {written.seq} 条" if zh else f"checkpoint in {path}: up to entry {written.seq}",
        written.hash,
    ]
    session.report(asdict(written) | {"file": str(path)}, lines, as_json=as_json)


@audit.command()
def looks(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=366, help="回看天数 / days to look back over")] = 31,
    as_json: Json = False,
) -> None:
    """查找异常查看并记为发现 / find unusual looks at matters and put them on record."""
    from datetime import timedelta

    from data.times import local_date
    from serving.clock import now
    from serving.unusual import WORDS, look_over

    session: Session = context.obj
    at, zone = now(), session.settings.time_zone
    today = local_date(at, zone)
    found = look_over(
        session.store,
        session.key,
        session.settings.looks,
        zone,
        first=today - timedelta(days=days),
        last=today,
        now=at,
        by=session.operator,
    )
    side = 0 if session.language == "zh" else 1
    lines = [
        f"{one.day}\t{WORDS[one.kind][side]}\t{one.user_id or one.office_id or '-'}\t{one.count} > {one.limit}"
        for one in found
    ]
    session.report(
        {"found": [asdict(one) for one in found]},
        lines or [("没有异常查看", "nothing unusual")[side]],
        as_json=as_json,
    )


def _path(session: Session, file: Path | None) -> Path:
    from serving.journal import CHECKPOINTS

    return session.state_dir / CHECKPOINTS if file is None else file


def _read(path: Path) -> "list[Checkpoint]":
    from data.store.audit import read_checkpoints

    try:
        return read_checkpoints(path)
    except (ValueError, TypeError, OSError):
        raise _bad_file(path) from None


def _bad_file(path: Path) -> InputRefused:
    return InputRefused(
        "checkpoint_file", f"检查点文件 {path.name} 无法读取", f"the checkpoints {path.name} cannot be read"
    )


def _require_key(session: Session) -> None:
    given = "PETITION_RISK_AUDIT_KEY" in os.environ or "PETITION_RISK_AUDIT_KEY_FILE" in os.environ
    if not given and not (session.state_dir / "audit.key").is_file():
        raise SettingsError(
            "audit_key_missing",
            f"找不到审计密钥 {session.state_dir / 'audit.key'}；没有它无法核验",
            f"there is no audit key {session.state_dir / 'audit.key'}; nothing can be verified without it",
        )


def _lines(session: Session, found: dict[str, Any]) -> list[str]:
    zh = session.language == "zh"
    count, proven, breaks = found["entries"], found["proven_until"], found["breaks"]
    if found["intact"]:
        lines = [f"记录完整：{count} 条" if zh else f"the log is whole: {count} entries"]
    else:
        lines = [f"记录不完整：{count} 条，{len(breaks)} 处不符" if zh else f"{count} entries, {len(breaks)} breaks"]
        lines += [f"  - {one['zh' if zh else 'en']}" for one in breaks[:_SHOWN]]
        if len(breaks) > _SHOWN:
            lines.append(f"  … {len(breaks) - _SHOWN}")
    if proven:
        lines.append(
            f"检查点证明到第 {proven} 条；此后是否被截去无法排除"
            if zh
            else f"proven by a checkpoint up to entry {proven}; truncation after it cannot be excluded"
        )
    else:
        lines.append(
            "没有可用的检查点，无法排除末尾被截去（petition-risk audit checkpoint）"
            if zh
            else "no checkpoint: truncation at the end cannot be excluded (petition-risk audit checkpoint)"
        )
    return lines


def add_to(app: typer.Typer) -> None:
    """Register the verb with its three."""
    app.add_typer(audit, name="audit")
