"""The verbs about what was imported: batches lists it, undo takes one import back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import UsageError
from serving.cli.options import Json
from serving.cli.session import Session

if TYPE_CHECKING:
    from data.store.batches import StoredBatch

_ACTS = {
    "link": ("人工确认的编号关联", "a link a person confirmed"),
    "correction": ("人工更正", "a correction by a person"),
    "event": ("接口写入的办理记录", "events written through the API"),
}


def batches(
    context: typer.Context,
    show: Annotated[int | None, typer.Option(help="某批次的数据质量报告 / the report of one import")] = None,
    out: Annotated[Path | None, typer.Option(help="报告写到 / write it to (.md .html)")] = None,
    as_json: Json = False,
) -> None:
    """列出导入批次，或某批次的数据质量报告 / list the imports, or show the data-quality report of one."""
    from data.store.batches import read_batches

    session: Session = context.obj
    if show is not None:
        _show(session, show, out, as_json=as_json)
        return
    stored = read_batches(session.store)
    undone = {one.undoes for one in stored}
    body = [_described(one, in_effect=one.batch_id not in undone) for one in stored]
    lines = [_line(one, zh=session.language == "zh") for one in body]
    nothing = "尚未导入" if session.language == "zh" else "nothing was imported yet"
    session.report({"batches": body}, lines or [nothing], as_json=as_json)


def _show(session: Session, batch: int, out: Path | None, *, as_json: bool) -> None:
    from data.ingest.quality_text import html, markdown
    from data.store.batches import batch_report

    found = batch_report(session.store, batch)
    if out is not None and out.exists():
        raise UsageError("report_exists", f"{out.name} 已存在，未覆盖", f"{out.name} exists and was not overwritten")
    text = markdown(found.body, session.language)
    if out is not None:
        page = html(found.body, session.language) if out.suffix in (".html", ".htm") else text
        out.write_text(page, encoding="utf-8")
    version = None if found.mapping_version is None else list(found.mapping_version)
    session.report(
        {"batch": batch, "mapping_version": version, "report": dict(found.body)},
        text.splitlines() if out is None else [f"+ {out}"],
        as_json=as_json,
    )


def undo(
    context: typer.Context,
    batch: Annotated[int, typer.Argument(help="批次号 / number of the import")],
    reason: Annotated[str, typer.Option(help="撤销原因 / why, at most 500 characters")],
    as_json: Json = False,
) -> None:
    """撤销一次导入，不删除任何记录 / take an import back; nothing is deleted."""
    from data.store.audit import Entry, append_many
    from data.store.batches import undo_batch
    from serving.clock import now
    from serving.retention import clear_vault

    session: Session = context.obj
    why = _gated(reason)
    store, at, by = session.store, now(), session.operator
    with store.write():
        number = undo_batch(store, batch, by=by, at=at, reason=why)
        # The reason stands with the batch; the audit holds no typed text.
        append_many(
            store, session.key, [Entry(at=at, user_id=by, action="undo", detail={"batch": number, "undoes": batch})]
        )
    clear_vault(store, session.state_dir, session.settings, now=at)
    session.report(
        {"batch": number, "undoes": batch},
        [
            f"已撤销批次 {batch}（记为批次 {number}）；此前的清单仍可重现"
            if session.language == "zh"
            else f"batch {batch} was taken back (recorded as batch {number}); earlier lists can still be reproduced"
        ],
        as_json=as_json,
    )


def _gated(reason: str) -> str:
    """The reason, through the gate of typed texts (G2). Raises UsageError; what was typed is not repeated."""
    from data.forbidden import check_text

    why = reason.strip()
    if not why:
        raise UsageError("undo_reason", "请写明撤销原因", "say why the import is taken back")
    found = check_text(why)
    if found:
        raise UsageError(
            "undo_reason_refused",
            "撤销原因未通过文字检查，未作任何更改",
            "the reason did not pass the check of typed texts; nothing was changed",
            [
                (
                    f"{one.zh}；{one.offer_zh}" if one.offer_zh else one.zh,
                    f"{one.en}; {one.offer_en}" if one.offer_en else one.en,
                )
                for one in found
            ],
        )
    return why


def _described(one: "StoredBatch", *, in_effect: bool) -> dict[str, Any]:
    from data.times import cutoff_day, local_date

    batch = one.batch
    return {
        "batch": one.batch_id,
        "mapping": batch.mapping_name,
        "coverage": batch.coverage,
        "offices": list(batch.offices),
        "recorded_on": local_date(batch.recorded_at, batch.time_zone).isoformat(),
        "recorded_by": batch.recorded_by,
        "observed_through": cutoff_day(batch.observed_until, batch.time_zone).isoformat(),
        "assumed_share": round(one.assumed_share, 4),
        "counts": dict(batch.counts),
        "act": batch.act,
        "undoes": one.undoes,
        "reason": one.reason,
        "in_effect": in_effect and one.undoes is None,
        "demo": batch.demo,
        "bench_only": batch.bench_only,
    }


def _line(one: dict[str, Any], *, zh: bool) -> str:
    head = f"{one['batch']:>4}  {one['recorded_on']}  {one['recorded_by']}  "
    if one["undoes"] is not None:
        return head + (
            f"撤销批次 {one['undoes']}：{one['reason']}" if zh else f"takes back batch {one['undoes']}: {one['reason']}"
        )
    if one["act"] != "import":
        zh_act, en_act = _ACTS[one["act"]]
        where = "、".join(one["offices"])
        return head + (
            f"{zh_act}（{where}）" + ("" if one["in_effect"] else "（已撤销）")
            if zh
            else f"{en_act} ({where})" + ("" if one["in_effect"] else " (taken back)")
        )
    matters, events = one["counts"].get("matters", 0), one["counts"].get("events", 0)
    if zh:
        rest = f"{one['mapping']}  事项 {matters} 件，记录 {events} 条，数据截至 {one['observed_through']}"
        return head + rest + ("" if one["in_effect"] else "（已撤销）")
    rest = f"{one['mapping']}  {matters} matters, {events} events, data through {one['observed_through']}"
    return head + rest + ("" if one["in_effect"] else " (taken back)")


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    for verb in (batches, undo):
        app.command()(verb)
