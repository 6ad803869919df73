"""The verb that says what nobody has signed and which steps of plans are due, for a scheduler and for people."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from data.errors import EXIT_SEVERE, NotFound, UsageError
from serving.cli.options import Json
from serving.cli.session import Session

if TYPE_CHECKING:
    from serving.reminders import Unsigned


def top_office(session: Session) -> str:
    """The one office without a parent. Raises UsageError where the scope must be named."""
    from data.store.register import office_tree

    tops = [office for office, above in office_tree(session.store) if not above]
    if not tops:
        raise NotFound(
            "no_offices",
            "尚未登记办理单位；请先运行 petition-risk init --offices",
            "no offices yet; run petition-risk init --offices first",
        )
    if len(tops) > 1:
        raise UsageError(
            "scope", f"请用 --scope 指明单位：{'、'.join(tops)}", f"name the office by --scope: {', '.join(tops)}"
        )
    return tops[0]


def offices_of(session: Session, office: str) -> list[str]:
    """An office and all below it."""
    from data.store.register import office_tree
    from serving.permissions import offices_below

    return [office, *offices_below(office_tree(session.store), office)]


def unsigned_lines(session: Session, waiting: Sequence["Unsigned"]) -> list[str]:
    """The lists nobody has signed, in words."""
    said = {
        "zh": "! {office}：截止 {cutoff} 的清单成稿已 {days} 天，尚未签批",
        "en": "! {office}: the list up to {cutoff} was drafted {days} days ago and is not signed",
    }
    text = said["zh" if session.language == "zh" else "en"]
    return [text.format(office=one.office_id, cutoff=one.cutoff, days=one.days) for one in waiting]


def reminders(
    context: typer.Context,
    scope: Annotated[str | None, typer.Option(help="单位及其下级 / an office and those below it")] = None,
    as_json: Json = False,
) -> None:
    """催办：未签批的清单、预案到期的措施 / lists unsigned (exit 20) and steps of plans due."""
    from serving.clock import now
    from serving.reminders import as_rows, office_reminders

    session: Session = context.obj
    office = scope or top_office(session)
    found = office_reminders(session.store, session.settings, offices_of(session, office), now())
    lines = unsigned_lines(session, [one.unsigned for one in found if one.unsigned is not None])
    said = {
        "zh": "{office}：预案措施逾期 {late} 项，7天内到期 {soon} 项",
        "en": "{office}: {late} steps of plans overdue, {soon} due within 7 days",
    }["zh" if session.language == "zh" else "en"]
    lines += [
        said.format(office=one.office_id, late=one.steps_late, soon=one.steps_soon)
        for one in found
        if one.steps_late or one.steps_soon
    ]
    nothing = "没有未签批的清单和到期的措施" if session.language == "zh" else "no list lies unsigned and no step is due"
    session.report({"scope": office, "offices": as_rows(found)}, lines or [nothing], as_json=as_json)
    if any(one.unsigned is not None for one in found):
        raise typer.Exit(EXIT_SEVERE)
