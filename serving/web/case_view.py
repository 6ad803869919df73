"""What pages show of links between numbers and of corrections: plain words in one language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import polars as pl

from data.store import disputes, links, register
from data.store.disputes import REASONS, Case
from data.times import local_date
from data.vocabulary import CATEGORIES, CAUSES, KIND
from serving import cases, lookups
from serving.acts import can_decide
from serving.card import Card, place_of
from serving.deps import Caller, Service
from serving.permissions import MatterPlace, Right, can_use
from serving.web import views
from serving.web.flag_view import who
from serving.web.text import translator
from serving.web.views import Option, Translate


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One earlier number offered for a later one."""

    value: str
    number: str
    facts: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A later number, with the earlier ones it may belong to."""

    matter_id: str
    number: str
    facts: str
    choices: list[Choice]
    once: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A request for correction, open or answered."""

    dispute_id: int
    matter_id: str
    number: str
    subject: str
    change: str
    reason: str
    text: str
    raised: str
    state: str
    state_text: str
    answer: str
    answered: str
    may_answer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAttempt:
    """What was sent and not saved: which form, the problem in words, and what had been written."""

    form: str = ""
    problem: str = ""
    lines: list[str] = field(default_factory=list[str])
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpForm:
    """The question to the vault: its purposes, how often the caller may still ask, and what was found, in words."""

    purposes: list[Option]
    left: str
    told: str
    once: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCard:
    """Everything the two sections of a matter's page read."""

    aliases: list[tuple[str, str]]
    proposal: LinkRow | None
    look_up: LookUpForm | None
    may_dispute: bool
    about: list[Option]
    kinds: list[Option]
    categories: list[Option]
    causes: list[Option]
    reasons: list[Option]
    history: list[CaseRow]
    once: str
    attempt: CaseAttempt


def link_row(pair: cases.Pair, caller: Caller, zone: str) -> LinkRow:
    """A proposal in words; `zone` for its dates."""
    t = translator(caller.language)
    return LinkRow(
        matter_id=pair.later["matter_id"],
        number=pair.later["matter_no"],
        facts=_facts(pair.later, caller.language),
        choices=[
            Choice(
                value=one.matter["matter_id"],
                number=one.matter["matter_no"],
                facts=_facts(one.matter, caller.language)
                if one.registered_at is None
                else f"{views.cause(one.matter['cause'], caller.language)} · {views.day(one.registered_at, zone)}",
                evidence=t(f"links.evidence.{one.evidence}", days=one.days_apart),
            )
            for one in pair.candidates
        ],
        once=str(uuid4()),
    )


def case_row(
    service: Service, caller: Caller, case: Case, number: str, names: Mapping[str, str], *, may_answer: bool
) -> CaseRow:
    """A request in words; `names` gives the numbers of aliases."""
    t, zone = translator(caller.language), service.settings.time_zone
    one, answer = case.dispute, case.answer
    state, words = "accepted", t("cases.accepted")
    if answer is None:
        late = (local_date(caller.now, zone) - local_date(one.due_at, zone)).days
        state = "late" if late > 0 else "open"
        due = views.day(one.due_at, zone)
        words = t("cases.overdue", n=late) if late > 0 else t("cases.due", day=due)
    elif answer.answer == "refuse":
        state, words = "refused", t("cases.refused")
    return CaseRow(
        dispute_id=one.dispute_id,
        matter_id=one.matter_id,
        number=number,
        subject=t(f"cases.subject.{one.subject}"),
        change=_change(case, names, zone, caller.language, t),
        reason=t(f"cases.reason.{one.reason_class}"),
        text=one.text,
        raised=t("cases.raised", who=who(service, one.raised_by, one.role, t), when=views.moment(one.raised_at, zone)),
        state=state,
        state_text=words,
        answer="" if answer is None else answer.text,
        answered=""
        if answer is None
        else t(
            "cases.answered",
            who=who(service, answer.answered_by, answer.role, t),
            when=views.moment(answer.at, zone),
        ),
        may_answer=may_answer and answer is None,
    )


def case_card(
    service: Service, caller: Caller, card: Card, events: pl.DataFrame | None, attempt: CaseAttempt | None
) -> CaseCard:
    """Links and corrections of a matter in the caller's scope. `events` None: no timeline for this reader."""
    t, zone, language = translator(caller.language), service.settings.time_zone, caller.language
    matter_id, place = card.matter["matter_id"], place_of(card.matter)
    standing = [one for one in links.standing_links(service.store, numbers=[matter_id]) if one.matter_id == matter_id]
    rows = register.some_matters(service.store, [one.alias_id for one in standing]).to_dicts()
    names = {row["matter_id"]: row["matter_no"] for row in rows}
    own = place.office_id == caller.person.office_id
    may_link = own and can_use(caller.person, Right.LINKS)
    offered = cases.pair_of(service, caller, matter_id) if may_link else None
    may_answer = own and can_use(caller.person, Right.ANSWER)
    side = 0 if language == "zh" else 1
    found = disputes.cases_of_matter(service.store, [matter_id, *names])
    return CaseCard(
        aliases=[
            (names[one.alias_id], t("links.since", day=views.day(one.known_from, zone)))
            for one in standing
            if one.alias_id in names
        ],
        proposal=None if offered is None else link_row(offered, caller, zone),
        look_up=_look_up(service, caller, place, matter_id, t) if may_link else None,
        may_dispute=can_decide(caller.person, place) and events is not None,
        about=[] if events is None else _about(card, events, names, language, t),
        kinds=[Option(value=kind.code, label=kind.zh if language == "zh" else kind.en) for kind in KIND.values()],
        categories=[Option(value=code, label=labels[side]) for code, labels in CATEGORIES.items()],
        causes=[Option(value=code, label=labels[side]) for code, labels in CAUSES.items()],
        reasons=[Option(value=code, label=t(f"cases.reason.{code}")) for code in REASONS],
        history=[
            case_row(service, caller, one, card.matter["matter_no"], names, may_answer=may_answer) for one in found
        ],
        once=str(uuid4()),
        attempt=attempt or CaseAttempt(),
    )


def _look_up(service: Service, caller: Caller, place: MatterPlace, matter_id: str, t: Translate) -> LookUpForm | None:
    if not lookups.is_offered(service, caller, place, matter_id):
        return None
    found = lookups.told(service, caller, matter_id)
    told = "" if found is None else t("vault.found", n=len(found)) if found else t("vault.nothing")
    return LookUpForm(
        purposes=[Option(value=code, label=t(f"vault.purpose.{code}")) for code in lookups.PURPOSES],
        left=t("vault.left", n=lookups.left_today(service, caller)),
        told=told,
        once=str(uuid4()),
    )


def _about(card: Card, events: pl.DataFrame, names: Mapping[str, str], language: str, t: Translate) -> list[Option]:
    """What may be disputed: the events seen on the page, the two classes, and the links."""
    seen = events.filter(pl.col("known_until").is_null() & (pl.col("known_from") < card.as_of)).sort(
        "occurred_at", "seq", descending=True
    )
    found = [
        Option(
            value=f"event:{row['event_id']}",
            label=f"{views.day(row['occurred_at'], card.time_zone)} {_kind(row['kind'], language)}",
        )
        for row in seen.iter_rows(named=True)
    ]
    found += [Option(value=name, label=t(f"cases.subject.{name}")) for name in ("category", "cause")]
    found += [
        Option(value=f"link:{alias}", label=f"{t('cases.subject.link')} {number}") for alias, number in names.items()
    ]
    return found


def _kind(code: str, language: str) -> str:
    kind = KIND.get(code)
    return code if kind is None else kind.zh if language == "zh" else kind.en


def _facts(matter: Mapping[str, Any], language: str) -> str:
    return " · ".join((views.category(matter["category"], language), views.cause(matter["cause"], language)))


def _change(case: Case, names: Mapping[str, str], zone: str, language: str, t: Translate) -> str:
    one = case.dispute
    if one.subject == "link":
        return t("cases.unlink", number=names.get(one.target, "—"))
    told: list[str] = []
    for value in (one.before, one.wanted):
        if one.subject == "event":
            told.append(f"{views.day(value['occurred_at'], zone)} {_kind(value['kind'], language)}")
        else:
            table = CATEGORIES if one.subject == "category" else CAUSES
            told.append(views.of_code(table, value["code"], language))
    return t("cases.change", before=told[0], after=told[1])
