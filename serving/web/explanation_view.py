"""What pages show of explanations asked for: plain words in one language."""

from dataclasses import dataclass
from uuid import uuid4

from data.store.explanations import WAYS, Explanation, explanations_of_matter
from data.times import local_date
from serving.acts import can_decide
from serving.card import Card, place_of
from serving.deps import Caller, Service
from serving.web import views
from serving.web.case_view import CaseAttempt
from serving.web.flag_view import who
from serving.web.text import translator
from serving.web.views import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRow:
    """A paper that was made."""

    paper_id: int
    serial: str
    made: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationRow:
    """A request for an explanation, owed or given; `state` late, open or given."""

    request_id: int
    matter_id: str
    number: str
    state: str
    state_text: str
    asked: str
    given: str
    papers: list[PaperRow]
    may: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationCard:
    """Everything the section of a matter's page reads."""

    rows: list[ExplanationRow]
    may_ask: bool
    today: str
    once: str
    ways: list[Option]
    attempt: CaseAttempt


def explanation_row(service: Service, caller: Caller, one: Explanation, number: str, *, may: bool) -> ExplanationRow:
    """A request in words."""
    t, zone = translator(caller.language), service.settings.time_zone
    asked, given = one.request, one.given
    left = (asked.due_on - local_date(caller.now, zone)).days
    state, words = "late", t("explained.overdue", n=-left)
    if given is not None:
        state, words = "given", t("explained.given")
    elif left >= 0:
        state, words = "open", t("explained.due", day=asked.due_on.isoformat())
    return ExplanationRow(
        request_id=asked.request_id,
        matter_id=asked.matter_id,
        number=number,
        state=state,
        state_text=words,
        asked=t(
            "explained.asked",
            day=asked.asked_on.isoformat(),
            who=who(service, asked.recorded_by, asked.role, t),
            when=views.moment(asked.recorded_at, zone),
        ),
        given=""
        if given is None
        else t(
            "explained.given_by",
            day=given.given_on.isoformat(),
            way=t(f"explained.way.{given.way}"),
            who=who(service, given.given_by, given.role, t),
        ),
        papers=[
            PaperRow(
                paper_id=paper.paper_id,
                serial=str(paper.content["serial"]),
                made=t(
                    "explained.made",
                    who=who(service, paper.made_by, paper.role, t),
                    when=views.moment(paper.made_at, zone),
                ),
            )
            for paper in one.papers
        ],
        may=may and given is None,
    )


def explanation_card(service: Service, caller: Caller, card: Card, attempt: CaseAttempt | None) -> ExplanationCard:
    """The explanations asked for about a matter in the caller's scope; only its own office sees them."""
    t, place = translator(caller.language), place_of(card.matter)
    own = place.office_id == caller.person.office_id
    may = can_decide(caller.person, place)
    found = explanations_of_matter(service.store, card.matter["matter_id"]) if own else []
    return ExplanationCard(
        rows=[explanation_row(service, caller, one, card.matter["matter_no"], may=may) for one in found],
        may_ask=may and all(one.given is not None for one in found),
        today=local_date(caller.now, service.settings.time_zone).isoformat(),
        once=str(uuid4()),
        ways=[Option(value=way, label=t(f"explained.way.{way}")) for way in WAYS],
        attempt=attempt if attempt is not None and attempt.form == "explanations" else CaseAttempt(),
    )
