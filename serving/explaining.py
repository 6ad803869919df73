"""What people do when somebody asks how the work on their matter was ordered: record it, make the paper, hand it over.

The request is a clock of fifteen days at most (G23).  What was made is kept word for word; what was handed over stays.
"""

from datetime import date, timedelta
from typing import Any

from data.errors import InputRefused, NotFound
from data.store import explanations, users
from data.store.explanations import WAYS, Explanation, ExplanationRequest, Given, Paper, Way
from data.store.signing import canonical_hash
from data.times import local_date
from serving import acts, journal
from serving.acts import NotNow, check_can_decide
from serving.card import place_of
from serving.deps import Caller, Service
from serving.explanation_paper import Language, paper_content
from serving.matters import find, open_matter, place_seen, some_seen
from serving.permissions import MatterPlace

_DAY = timedelta(days=1)


def ask(service: Service, caller: Caller, matter_id: str, *, asked_on: str, once: str) -> None:
    """Record that an explanation of a matter was asked for on a day (YYYY-MM-DD, today where empty).

    Raises NotFound out of scope, NotAllowed for who only reads, InputRefused for a day that cannot be, NotNow where a
    request about the matter is open.
    """
    place = acts.place_to_decide(service, caller, matter_id)
    today = local_date(caller.now, service.settings.time_zone)
    day = _day(asked_on, today)
    with service.store.write():
        if explanations.request_sent(service.store, caller.person.user_id, once):
            return
        if any(one.given is None for one in explanations.explanations_of_matter(service.store, matter_id)):
            raise NotNow("explanation_open", "此事项已有待出具的说明", "a request about this matter is open already")
        number = explanations.add_request(
            service.store,
            ExplanationRequest(
                office_id=place.office_id,
                matter_id=matter_id,
                asked_on=day,
                due_on=day + service.settings.correction.explanation_days * _DAY,
                recorded_by=caller.person.user_id,
                role=caller.person.role,
                recorded_at=caller.now,
                once=once,
            ),
        )
        acts.on_record(
            service, caller.entry(journal.EXPLANATION_ASKED, place.office_id, {"request": number}, matter_id)
        )


def make_paper(service: Service, caller: Caller, request_id: int, *, language: Language) -> int:
    """Make the paper of a request from the matter as it stands, keep it, and return its number.

    Raises as `ask`, NotAllowed once one was handed over.
    """
    one, place = _mine(service, caller, request_id)
    matter_id = one.request.matter_id
    card, found = open_matter(service, caller, matter_id)
    offices = {row["office_id"]: row["name"] for row in found.offices.iter_rows(named=True)}
    content = paper_content(
        service,
        card,
        found,
        office=offices.get(place.office_id, place.office_id),
        serial=f"{place.office_id}-{request_id}-{len(one.papers) + 1}",
        asked_on=one.request.asked_on,
        made_on=local_date(caller.now, service.settings.time_zone),
        maker=caller.person,
        people=users.read_users(service.store),
        language=language,
    )
    paper = Paper(
        request_id=request_id,
        matter_id=matter_id,
        content=content,
        sha256=canonical_hash(content),
        made_by=caller.person.user_id,
        role=caller.person.role,
        made_at=caller.now,
    )
    with service.store.write():
        number = explanations.add_paper(service.store, paper)
        detail = {"request": request_id, "paper": number, "sha256": paper.sha256}
        acts.on_record(service, caller.entry(journal.EXPLANATION_MADE, place.office_id, detail, matter_id))
    return number


def open_paper(service: Service, caller: Caller, paper_id: int) -> Paper:
    """A paper of a matter in the caller's scope, recorded as printed. Raises NotFound for any other."""
    paper = explanations.find_paper(service.store, paper_id)
    place = place_seen(service, caller, paper.matter_id)
    if place.office_id != caller.person.office_id:
        raise explanations.no_such_explanation()
    detail = {"request": paper.request_id, "paper": paper_id}
    service.journal.record(caller.entry(journal.EXPLANATION_PRINTED, place.office_id, detail, paper.matter_id))
    return paper


def hand_over(service: Service, caller: Caller, request_id: int, *, way: Way | str, given_on: str) -> str:
    """Record that the newest paper of a request was handed over (`given_on` today where empty); returns the matter.

    Raises as `ask`; NotNow before a paper was made, InputRefused for an unknown way or a day that cannot be.
    """
    one, place = _mine(service, caller, request_id)
    zone = service.settings.time_zone
    if not one.papers:
        raise NotNow("explanation_no_paper", "请先出具说明，再登记送达", "make the paper before recording it as given")
    if way not in WAYS:
        raise InputRefused("explanation_way", "请选择送达方式", "choose how it was handed over")
    paper = one.papers[0]
    day = _day(given_on, local_date(caller.now, zone))
    if day < local_date(paper.made_at, zone):
        raise InputRefused(
            "explanation_given_before",
            "送达日期不能早于说明出具日期",
            "it cannot have been handed over before it was made",
        )
    given = Given(
        request_id=request_id,
        paper_id=paper.paper_id,
        matter_id=paper.matter_id,
        given_on=day,
        way=way,
        given_by=caller.person.user_id,
        role=caller.person.role,
        at=caller.now,
    )
    with service.store.write():
        explanations.add_given(service.store, given)
        detail = {"request": request_id, "paper": paper.paper_id, "way": way}
        acts.on_record(service, caller.entry(journal.EXPLANATION_GIVEN, place.office_id, detail, paper.matter_id))
    return paper.matter_id


def waiting(service: Service, caller: Caller) -> list[tuple[Explanation, dict[str, Any]]]:
    """The explanations the caller's office owes within their scope, with the matter's row, due first at the top."""
    found = explanations.open_explanations(service.store, [caller.person.office_id or ""])
    matters = some_seen(service.store, caller.matters, {one.request.matter_id for one in found})
    return [(one, matters[one.request.matter_id]) for one in found if one.request.matter_id in matters]


def _mine(service: Service, caller: Caller, request_id: int) -> tuple[Explanation, MatterPlace]:
    one = explanations.find_explanation(service.store, request_id)
    try:
        place = place_of(find(service, caller, one.request.matter_id).matters.row(0, named=True))
        check_can_decide(caller, place)
    except NotFound:
        raise explanations.no_such_explanation() from None
    return one, place


def _day(text: str, today: date) -> date:
    if not text:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputRefused("explanation_day", "日期请写成 2026-03-05", "write the date as 2026-03-05") from None
    if day > today or day < today - 366 * _DAY:
        raise InputRefused(
            "explanation_day_range", "日期须在过去一年之内，不能晚于今天", "the day must lie within the past year"
        )
    return day
