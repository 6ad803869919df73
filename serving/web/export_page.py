"""The form by which a head or leader gets their own office's list as a file, with a purpose and on record."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response

from data.errors import InputRefused, NotAllowed
from serving import lists
from serving.deps import ExportCaller, service_of
from serving.export import export_list
from serving.export_rights import COPY_OF
from serving.web import list_page
from serving.web.forms import tried
from serving.web.work_view import WorkAttempt

router = APIRouter(include_in_schema=False)
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


@router.post("/lists/{screening_id}/export")
def export_form(
    request: Request,
    caller: ExportCaller,
    screening_id: str,
    form: Annotated[Literal["xlsx", "pdf"], Form()],
    purpose: Annotated[str, Form(max_length=4000)] = "",
    csrf: Annotated[str, Form(max_length=128)] = "",
) -> Response:
    """The file, or the list again with what to mend."""
    service = service_of(request)
    screening = lists.find(service.store, caller.matters, screening_id)
    office_id = caller.matters.offices[0]
    made: list[bytes] = []

    def save() -> None:
        made.append(
            export_list(
                service.store,
                service.journal.key,
                screening_id,
                office_id=office_id,
                recipient=COPY_OF[caller.person.role],
                purpose=purpose,
                user=caller.person.user_id,
                now=caller.now,
                language=caller.language,
                time_zone=service.settings.time_zone,
                form=form,
            )
        )

    refused = tried(request, caller, csrf, save, refusals=(InputRefused, NotAllowed))
    if refused is None:
        name = f"{office_id}-{screening.list_hash or screening_id}"[:40]
        where = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
        return Response(made[0], media_type=_TYPES[form], headers=where)
    attempt = WorkAttempt(form="export", problem=refused.problem, lines=refused.lines, values={"purpose": purpose})
    return list_page.answer(request, caller, screening_id=screening_id, attempt=attempt, status=refused.status)
