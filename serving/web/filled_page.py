"""The pages that read a filled-in list back: upload, see what would be recorded and what does not fit, record."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from starlette.concurrency import run_in_threadpool

from data.errors import InputRefused, NotAllowed
from data.forbidden import forbidden_value, name_runs
from data.vocabulary import ACTIONS, OUTCOMES, RESULTS
from serving import read_back, uploads
from serving.deps import Caller, DecideCaller, Service, service_of
from serving.filled_book import Intent, read_filled
from serving.frame import FILLED_MB
from serving.problems import Unreadable
from serving.read_back import ASKED, Fit, Looked, Preview, Proposal
from serving.row_keys import read_key
from serving.web import render, views
from serving.web.forms import tried
from serving.web.text import translator
from serving.web.views import Translate

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as the page shows it; `tick` is the value of its box, empty for none."""

    where: str
    number: str
    matter_id: str
    says: str
    why: str
    tick: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledPage:
    """Everything the template reads; `rows` is what the recording form sends along."""

    new: list[Row]
    asked: list[Row]
    refused: list[Row]
    notes: list[str]
    rows: str


@router.get("/filled")
def filled_page(request: Request, caller: DecideCaller) -> Response:
    """Where a filled-in list is uploaded."""
    return _page(request, caller)


@router.post("/filled")
async def upload(request: Request, caller: DecideCaller) -> Response:
    """Show what a workbook would record; the file is read and let go."""
    service = service_of(request)
    fields, name, content = await uploads.read_form(request)
    found: list[Preview] = []

    def see() -> None:
        book = read_filled(_shown(name), content, service.journal.key)
        found.append(read_back.look(service, caller, book))

    refused = await run_in_threadpool(tried, request, caller, fields.get("csrf", ""), see)
    if refused is not None:
        told = [refused.problem, *refused.lines]
        return await run_in_threadpool(_page, request, caller, problem=told, status=refused.status)
    return await run_in_threadpool(_page, request, caller, preview=found[0])


@router.post("/filled/record")
def record(
    request: Request,
    caller: DecideCaller,
    rows: Annotated[str, Form(max_length=1 << 20)] = "[]",
    tick: Annotated[list[str] | None, Form(max_length=5000)] = None,
    csrf: Annotated[str, Form(max_length=128)] = "",
) -> Response:
    """Record what fits and what was ticked, and show how the rows stand now."""
    service = service_of(request)
    sent = _proposals(service, rows)
    done: list[tuple[int, Preview]] = []

    def save() -> None:
        done.append(read_back.record(service, caller, sent, set(tick or ())))

    refused = tried(request, caller, csrf, save, refusals=(InputRefused, NotAllowed))
    if refused is not None:
        return _page(request, caller, problem=[refused.problem, *refused.lines], status=refused.status)
    count, preview = done[0]
    return _page(request, caller, preview=preview, recorded=count)


def _page(
    request: Request,
    caller: Caller,
    *,
    preview: Preview | None = None,
    recorded: int | None = None,
    problem: Sequence[str] = (),
    status: int = 200,
) -> Response:
    t = translator(caller.language)
    shown = None if preview is None else _view(preview, caller.language, t)
    return render.page(
        request,
        caller,
        "filled.html",
        status=status,
        page=shown,
        recorded=recorded,
        problem=list(problem),
        limit=FILLED_MB,
    )


def _view(preview: Preview, language: str, t: Translate) -> FilledPage:
    rows = {
        "new": [_row(row, language, t) for row in preview.rows if row.fit is Fit.NEW],
        "asked": [_row(row, language, t) for row in preview.rows if row.fit in ASKED],
        "refused": [
            _row(row, language, t)
            for row in preview.rows
            if row.fit not in (Fit.NEW, Fit.SAME) and row.fit not in ASKED
        ],
    }
    same = sum(row.fit is Fit.SAME for row in preview.rows)
    notes: list[str] = []
    if same:
        notes.append(t("filled.same", n=same))
    if preview.blank:
        notes.append(t("filled.blank", n=preview.blank))
    if preview.missing:
        notes.append(t("filled.missing", rows=t("comma").join(map(str, preview.missing))))
    if preview.without_key:
        notes.append(t("filled.without_key", sheets=t("comma").join(preview.without_key)))
    return FilledPage(
        new=rows["new"], asked=rows["asked"], refused=rows["refused"], notes=notes, rows=_sent(preview.recordable)
    )


def _row(row: Looked, language: str, t: Translate) -> Row:
    side = 0 if language == "zh" else 1
    told = [pair[side] for pair in row.told]
    why = t(f"filled.fit.{row.fit}", day=told[0]) if row.fit is Fit.OLDER else t(f"filled.fit.{row.fit}")
    if row.fit is Fit.WRONG:
        why += t("semicolon").join(told)
    return Row(
        where=row.where,
        number=row.number,
        matter_id=row.proposal.key.matter_id if row.proposal is not None else "",
        says=_says(row.intent, language, t),
        why=why,
        tick=row.proposal.sealed if row.proposal is not None and row.fit in ASKED else "",
    )


def _says(intent: Intent, language: str, t: Translate) -> str:
    told = [views.of_code(ACTIONS, action, language) for action in intent.actions]
    if intent.done_on is not None:
        told.append(intent.done_on.isoformat())
    if intent.outcome:
        told.append(views.of_code(OUTCOMES, intent.outcome, language))
    if intent.result:
        told.append(views.of_code(RESULTS, intent.result, language))
    return t("comma").join(told)


def _sent(proposals: Sequence[Proposal]) -> str:
    return json.dumps(
        [
            [
                one.sealed,
                list(one.intent.actions),
                "" if one.intent.done_on is None else one.intent.done_on.isoformat(),
                one.intent.outcome,
                one.intent.result,
            ]
            for one in proposals
        ],
        ensure_ascii=False,
    )


def _proposals(service: Service, rows: str) -> list[Proposal]:
    """The rows a preview sent along. Raises Unreadable for anything it did not make."""
    try:
        found: list[Any] = json.loads(rows)
        made: list[Proposal] = []
        for sealed, actions, day, outcome, result in found:
            key = read_key(sealed, service.journal.key)
            known = set(actions) <= set(ACTIONS) and outcome in ("", *OUTCOMES) and result in ("", *RESULTS)
            if key is None or not known or bool(actions) != bool(day and outcome):
                raise ValueError(sealed)
            intent = Intent(
                actions=tuple(actions),
                done_on=date.fromisoformat(day) if day else None,
                outcome=outcome,
                result=result,
            )
            made.append(Proposal(sealed=sealed, key=key, intent=intent))
    except (ValueError, TypeError, AttributeError):
        raise Unreadable(
            "filled_rows", "表单内容有误，请重新上传文件", "the form is off; upload the file again"
        ) from None
    return made


def _shown(name: str) -> str:
    """The file's name as it may be said back."""
    plain = name.replace("\\", "/").rsplit("/", 1)[-1]
    return plain[:80] if forbidden_value(plain) is None and not name_runs(plain) else "xlsx"
