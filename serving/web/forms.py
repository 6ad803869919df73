"""Which fields forms have, and what becomes of one that was sent: saved, or refused with what to mend."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form, Request

from data.errors import InputRefused, PetitionRiskError
from serving.acts import NotNow
from serving.deps import Caller, service_of
from serving.sessions import check_form
from serving.web.text import translator

#: Fields of forms: what people write, what is chosen or short, and what names one filling-in of a form.
Text = Annotated[str, Form(max_length=4000)]
Short = Annotated[str, Form(max_length=128)]
Once = Annotated[str, Form(pattern=r"^[0-9a-f-]{36}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why a form was not saved, in the caller's language: the problem, a line for each thing at fault, the status."""

    problem: str
    lines: list[str]
    status: int


def tried(
    request: Request,
    caller: Caller,
    csrf: str,
    save: Callable[[], None],
    *,
    refusals: tuple[type[PetitionRiskError], ...] = (InputRefused, NotNow),
) -> Refused | None:
    """Save what a form of this browser asks for; None where it was saved.

    A form of another browser or of an ended session is refused; of what `save` raises only `refusals` are told beside
    the form, the rest is an error page's.
    """
    side = 0 if caller.language == "zh" else 1
    if not check_form(service_of(request).settings.service, request.cookies, csrf):
        return Refused(problem=translator(caller.language)("flag.expired"), lines=[], status=403)
    try:
        save()
    except refusals as refused:
        lines = [line[side] for line in refused.details]
        return Refused(problem=(refused.zh, refused.en)[side], lines=lines, status=refused.status)
    return None
