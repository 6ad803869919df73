"""Pages for steward and approver: model versions with their figures."""

import json
import re
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from data.errors import NotFound
from data.store import models, shadows
from data.store.models import ModelVersion
from data.store.users import UserRole
from serving import journal, shadow
from serving.deps import Caller, ModelCaller, Service, service_of
from serving.markdown import to_html
from serving.model_card import Chart, charts, standing_of
from serving.model_transfer import read_card
from serving.row_numbers import RowNumber
from serving.web import render, views
from serving.web.model_view import (
    Attempt,
    FigureView,
    ModelView,
    contest_view,
    decision_view,
    shadow_lines,
    side_by_side,
)
from serving.web.text import TEXTS, translator
from serving.web.views import Translate

router = APIRouter(include_in_schema=False)


#: Recall of a group with fewer episodes is not shown (G13).
_LEAST = 10
_SIZES = ("small", "middle", "large")
#: How the gate names a group in its stored reasons.
_GROUP = re.compile(r"^(?P<before>recall for |)(?P<column>[a-z_]+)=(?P<value>.+?)(?P<after>的召回| \[| \()")


@router.get("/models")
def models_page(request: Request, caller: ModelCaller) -> Response:
    """All versions, side by side and one by one, what may be decided about them, and what served when."""
    return answer(request, caller)


def answer(request: Request, caller: Caller, *, attempt: Attempt | None = None) -> Response:
    """The page, with what was refused where a form was not saved."""
    service = service_of(request)
    t, zone = translator(caller.language), service.settings.time_zone
    serving = models.champion(service.store)
    approvals = models.read_approvals(service.store)
    shown = [_model(model, approvals, caller, t, service) for model in models.read_models(service.store)]
    served = [
        {
            "version": t("list.by_rules") if span.version is None else t("models.number", version=span.version),
            "since": views.moment(span.since, zone),
            "until": views.moment(span.until, zone) or t("models.history.still"),
        }
        for span in reversed(models.served(service.store))
    ]
    service.journal.record(caller.entry(journal.VIEW_MODELS, caller.person.office_id))
    light = serving is not None and not service.settings.rules_only
    stack = models.champions(service.store)
    return render.page(
        request,
        caller,
        "models.html",
        status=200 if attempt is None else attempt.refused.status,
        models=shown,
        beside=side_by_side(shown, t),
        served=served,
        light=light,
        in_use=t("models.in_use", version=serving.version) if serving and light else t("models.in_use_rules"),
        alone=_alone(service, stack),
        back_to=t("models.number", version=stack[-2]) if len(stack) > 1 else t("list.by_rules"),
        decided=[decision_view(service, one, t) for one in reversed(approvals)],
        attempt=attempt,
    )


def _alone(service: Service, stack: list[int]) -> list[str]:
    """What one person may do now: roll back and stop what two approved, or resume what was stopped."""
    if not stack:
        return []
    return ["rollback", "resume" if models.is_killed(service.store) else "stop"]


def _proposer(model: ModelVersion, approvals: list[models.Approval]) -> str:
    """Who proposed a version last; empty where nobody did."""
    asked = [one.approver for one in approvals if one.action == "propose" and one.version == model.version]
    return asked[-1] if asked else ""


def _acts(model: ModelVersion, approvals: list[models.Approval], caller: Caller) -> list[str]:
    """What the caller may decide about a version as it stands: nobody approves what they proposed (G21)."""
    if caller.person.role is UserRole.STEWARD:
        passed = bool(model.gate.get("passed")) and not model.bench_only
        return ["propose"] if passed and model.state in ("challenger", "retired") else []
    if model.state != "proposed":
        return []
    if _proposer(model, approvals) == caller.person.user_id:
        return []
    # Where most times are assumed the head of the petition department approves, by the command.
    return ["refuse"] if model.gate.get("needs_acceptance") else ["approve", "refuse"]


@router.get("/models/{version}/card")
def card_page(request: Request, caller: ModelCaller, version: RowNumber) -> Response:
    """The card of a version with a drawing of every feature that weighs anything."""
    service = service_of(request)
    language = caller.language
    standing = standing_of(service.store, service.settings, service.state_dir, version)
    text = read_card(service.state_dir, version)[language]
    drawn = charts(standing.scorecard, language)
    service.journal.record(caller.entry(journal.VIEW_MODEL_CARD, caller.person.office_id))
    body = "\n".join(text.splitlines()[1:])
    return render.page(
        request,
        caller,
        "card.html",
        version=version,
        body=Markup(to_html(body)),  # noqa: S704 - escaped by to_html; a test tries markup in a card
        steps=_drawings([chart for chart in drawn if not chart.pair]),
        pairs=_drawings([chart for chart in drawn if chart.pair]),
    )


def _drawings(drawn: list[Chart]) -> list[dict[str, Any]]:
    return [{"caption": chart.caption, "svg": Markup(chart.svg)} for chart in drawn]  # noqa: S704 - made by us


def _has_card(service: Service, version: int) -> bool:
    try:
        read_card(service.state_dir, version)
    except NotFound:
        return False
    return True


def _shadow(service: Service, model: ModelVersion, t: Translate) -> tuple[str, list[tuple[str, str]]]:
    """Where a model from elsewhere came from, and how it does beside the list in use; empty for our own."""
    found = shadows.find_import(service.store, model.version)
    if found is None:
        return "", []
    told = t("shadow.from", version=found.origin_version)
    if model.state not in ("challenger", "proposed"):
        return told, []
    path = service.state_dir / shadow.KEPT.format(version=model.version)
    compared = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"lists": 0}
    until = t("shadow.until", day=views.day(found.shadow_until, service.settings.time_zone))
    return f"{told}{t('semicolon')}{until}", shadow_lines(compared, t)


def _model(
    model: ModelVersion, approvals: list[models.Approval], caller: Caller, t: Translate, service: Service
) -> ModelView:
    language, zone = caller.language, service.settings.time_zone
    gate = model.gate
    passed = gate.get("passed")
    code = "none" if passed is None else "passed" if passed else "failed"
    decided = [one for one in approvals if one.action in ("promote", "refuse") and one.version == model.version]
    people = "—" if not decided else f"{decided[-1].proposer} / {decided[-1].approver}"
    side = 0 if language == "zh" else 1
    came_from, compared = _shadow(service, model, t)
    brought = shadows.find_import(service.store, model.version)
    return ModelView(
        version=model.version,
        state=model.state,
        state_text=t(f"models.state.{model.state}"),
        gate=code,
        gate_text=t(f"models.gate.{code}"),
        trained=views.moment(model.created_at, zone),
        label=t("models.label.primary") if model.label == "unresolved_return_90d" else model.label,
        by=model.created_by,
        people=people,
        assumed=f"{model.assumed_share:.0%}",
        fingerprint=model.feature_fingerprint[:16],
        scorecard=model.scorecard_sha256[:16],
        demo=model.demo,
        reasons=[_named_group((reason["zh"], reason["en"])[side], language, t) for reason in gate.get("reasons", [])],
        figures=[_difference(name, found, t) for name, found in gate.get("differences", {}).items()],
        groups=[_group(group, language, t) for group in gate.get("groups", [])],
        has_card=_has_card(service, model.version),
        came_from=came_from,
        shadow=compared,
        contest=contest_view(gate["comparison"], t, side) if "comparison" in gate else None,
        early=brought is not None and caller.now < brought.shadow_until,
        proposer=_proposer(model, approvals),
        assumed_too=bool(gate.get("needs_acceptance")),
        acts=_acts(model, approvals, caller),
    )


def _difference(baseline: str, found: Mapping[str, float | None], t: Translate) -> FigureView:
    low, high = found.get("low"), found.get("high")
    if low is None or high is None or low <= 0 <= high:
        verdict, good = t("models.not_shown"), None
    else:
        verdict, good = (t("models.ahead"), True) if low > 0 else (t("models.behind"), False)
    key = f"models.baseline.{baseline.lower()}"
    name = t("models.against", baseline=t(key) if key in TEXTS else baseline, code=baseline.upper())
    return FigureView(name=name, value=_points(found, signed=True), verdict=verdict, good=good)


def _group(group: Mapping[str, Any], language: str, t: Translate) -> FigureView:
    name = _group_name(str(group["column"]), str(group["value"]), language, t)
    if int(group["episodes"]) < _LEAST:
        return FigureView(name=name, value=t("models.masked"), verdict=t("models.verdict.small"))
    good = {"ok": True, "below": False}.get(str(group["verdict"]))
    return FigureView(
        name=name, value=_points(group["recall"]), verdict=t(f"models.verdict.{group['verdict']}"), good=good
    )


def _group_name(column: str, value: str, language: str, t: Translate) -> str:
    named = value
    if column in ("category", "registered_as"):
        named = views.category(value, language)
    elif column == "office_size" and value in _SIZES:
        named = t(f"models.size.{value}")
    key = f"models.group.{column}"
    return f"{t(key) if key in TEXTS else column} {named}"


def _named_group(reason: str, language: str, t: Translate) -> str:
    """A reason of the gate with the group it speaks of (stored as COLUMN=VALUE) in words."""

    def in_words(found: re.Match[str]) -> str:
        return f"{found['before']}{_group_name(found['column'], found['value'], language, t)}{found['after']}"

    return _GROUP.sub(in_words, reason)


def _points(found: Mapping[str, float | None], *, signed: bool = False) -> str:
    """A share with its 95 % interval, in percent."""

    def said(value: float | None) -> str:
        return "—" if value is None else f"{100 * value:+.1f}" if signed else f"{100 * value:.1f}"

    return f"{said(found.get('value'))} ({said(found.get('low'))} – {said(found.get('high'))}) %"
