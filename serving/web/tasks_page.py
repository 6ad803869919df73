"""The page heads start the sweep from: what each department still owes, what waits, and how the work is spread."""

from fastapi import APIRouter, Request, Response

from data.times import cutoff_day
from serving import journal
from serving.deps import TasksCaller, service_of
from serving.tasks import tasks
from serving.web import render, views
from serving.web.major_view import waiting_reports
from serving.web.text import translator

router = APIRouter(include_in_schema=False)
#: So many steps are shown; the rest follow as these are done.
_ROWS = 20


@router.get("/tasks")
def tasks_page(request: Request, caller: TasksCaller) -> Response:
    """What waits at the caller's office or department; recorded as a view."""
    service, t = service_of(request), translator(caller.language)
    found = tasks(service, caller)
    service.journal.record(caller.entry(journal.VIEW_TASKS, caller.person.office_id))
    zone = service.settings.time_zone
    return render.page(
        request,
        caller,
        "tasks.html",
        screening=None if found.latest is None else found.latest.screening_id,
        office=caller.matters.offices[0],
        title=""
        if found.latest is None
        else t(
            "tasks.list",
            day=cutoff_day(found.latest.cutoff, zone).isoformat(),
            state=t(f"standing.state.{found.state}"),
        ),
        departments=found.departments,
        steps=[
            {
                "matter_id": matter["matter_id"],
                "number": matter["matter_no"],
                "handler": matter["handler"] or t("none"),
                "text": step.row.text,
                "due": step.row.due,
                "state": step.row.state,
                "told": t(f"plan.{step.row.state}"),
            }
            for matter, step in found.steps[:_ROWS]
        ],
        steps_more=max(0, len(found.steps) - _ROWS),
        asked=[
            (href, t(f"tasks.{code}", n=count))
            for code, href, count in (
                ("links", "/links", found.links),
                ("disputes", "/corrections", found.disputes),
                ("explanations", "/corrections", found.explanations),
            )
            if count
        ],
        reports=waiting_reports(service, caller),
        load=found.load,
        as_of="" if found.observed_until is None else views.day(found.observed_until - 1, zone),
    )
