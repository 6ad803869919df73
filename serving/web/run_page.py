"""The page from which the monthly job is run now: its form, how far a run has come, and the runs before."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from data.errors import InputRefused, LeaseHeld, NotAllowed, NotFound
from data.store import register
from data.times import cutoff_day, month_before
from serving import run_now
from serving.deps import Caller, RunCaller, service_of
from serving.permissions import Right, can_use
from serving.run_now import Seen
from serving.stages import SCREEN
from serving.web import forms, render, views
from serving.web.text import translator

router = APIRouter(include_in_schema=False)
_Text = Annotated[str, Form(max_length=80)]
_REFRESH_S = "5"


@router.get("/run")
def run_page(request: Request, caller: RunCaller) -> Response:
    """The form, and the runs so far."""
    return _answer(request, caller)


@router.post("/run")
def run_now_asked(
    request: Request, caller: RunCaller, csrf: _Text = "", cutoff: _Text = "", scope: _Text = ""
) -> Response:
    """Start the job; a second click finds it running."""
    service = service_of(request)

    def start() -> None:
        try:
            day = date.fromisoformat(cutoff)
        except ValueError:
            raise InputRefused("run_day", "截止日请写成 2026-10-31", "write the last day like 2026-10-31") from None
        offices = run_now.scopes_of(caller, register.office_tree(service.store))
        run_now.ask(service, caller, day=day, scope=scope, scopes=offices)

    refused = forms.tried(request, caller, csrf, start, refusals=(InputRefused, NotAllowed, NotFound, LeaseHeld))
    if refused is not None:
        return _answer(request, caller, problem=refused.problem, status=refused.status, cutoff=cutoff, scope=scope)
    return Response(status_code=303, headers={"Location": "/run"})


def _answer(
    request: Request, caller: Caller, *, problem: str = "", status: int = 200, cutoff: str = "", scope: str = ""
) -> Response:
    service = service_of(request)
    zone = service.settings.time_zone
    scopes = run_now.scopes_of(caller, register.office_tree(service.store))
    names = {row["office_id"]: row["name"] for row in register.read_offices(service.store).iter_rows(named=True)}
    found = run_now.seen(service, scopes, now=caller.now)
    starting = run_now.starting()
    running = starting or any(one.run.state == "running" and not one.died for one in found)
    response = render.page(
        request,
        caller,
        "run.html",
        status=status,
        problem=problem,
        offices=[(office, names.get(office, office)) for office in scopes],
        scope=scope or (scopes[0] if scopes else ""),
        cutoff=cutoff or month_before(caller.now, zone).isoformat(),
        running=running,
        starting=starting,
        may_list=can_use(caller.person, Right.LISTS),
        rows=[_row(one, caller, names, zone) for one in found],
    )
    if running and request.method == "GET":
        response.headers["Refresh"] = _REFRESH_S
    return response


def _row(one: Seen, caller: Caller, names: dict[str, str], zone: str) -> dict[str, Any]:
    t, side = translator(caller.language), caller.language
    run, stage, outcome = one.run, one.run.stage or {}, one.run.outcome or {}
    place = next((stage_ for stage_ in SCREEN if stage_.code == stage.get("code")), None)
    told = ""
    if run.state == "failed":
        told = str(outcome.get(side, ""))
    elif run.state == "running" and place is not None and not one.died:
        told = t("run.stage", n=stage["number"], of=stage["of"], what=place.zh if side == "zh" else place.en)
        if stage.get("left_s") is not None:
            told += t("run.left", n=max(1, round(stage["left_s"])))
    elif run.state == "done" and not outcome.get("made"):
        told = t("run.same")
    return {
        "cutoff": cutoff_day(run.cutoff, zone).isoformat(),
        "office": names.get(run.scope, run.scope),
        "by": run.asked_by,
        "begun": views.moment(run.begun_at, zone),
        "state": "died" if one.died else run.state,
        "told": told,
        "screening": outcome.get("screening_id"),
    }
