"""What the page of a matter shows of its place on the list: state, history, and the form for who may decide."""

from dataclasses import dataclass, field
from uuid import uuid4

from data.store import flags, screenings, users
from data.store.flags import Decision
from data.times import cutoff_day
from serving import bulk
from serving.card import Card, place_of
from serving.deps import Caller, Service
from serving.standing import OnList
from serving.web import views
from serving.web.list_view import PART_OF
from serving.web.text import translator
from serving.web.views import Translate
from serving.workflow import can_decide, moves, state_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What was sent and not saved, to be mended: `problem` in words, `lines` one for each thing at fault."""

    form: str
    problem: str
    lines: list[str] = field(default_factory=list[str])
    decision: str = ""
    reason: str = ""
    owner: str = ""
    plan: str = ""
    back: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing a person did: what (with its state), when, who, why, and what was changed."""

    state: str
    text: str
    when: str
    who: str
    where: str
    reason: str
    changes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagCard:
    """Everything the template reads; `state` is empty for a matter that is not on the latest list.

    `number` names the decision the caller may still take back, for `minutes` more; empty for none.
    """

    state: str
    place: str
    screening_id: str
    offered: tuple[str, ...]
    may_put: bool
    history: list[Step]
    once: str
    attempt: Attempt
    number: str
    minutes: int


def flag_card(service: Service, caller: Caller, card: Card, stands: OnList, attempt: Attempt | None) -> FlagCard:
    """How a matter in the caller's scope stands on the latest list of its office, and what the caller may do."""
    t, zone = translator(caller.language), service.settings.time_zone
    matter_id, place = card.matter["matter_id"], place_of(card.matter)
    latest, found = stands.latest, stands.lines
    line = found[0] if found else None
    may = can_decide(caller.person, place) and latest is not None
    where = ""
    if line is not None and latest is not None:
        names = dict.fromkeys(t(f"list.part.{PART_OF[one.entry.part]}") for one in found)
        where = t("flag.on_list", day=cutoff_day(latest.cutoff, zone).isoformat(), part=t("comma").join(names))
    own = None
    if line is not None and line.decision is not None and may and not stands.closed:
        own = bulk.own_alone(service, caller, line.decision)
    return FlagCard(
        state="" if line is None else state_of(line.decision),
        place=where,
        screening_id="" if latest is None else latest.screening_id,
        offered=moves(caller.person, line.decision) if may and line is not None and not stands.closed else (),
        may_put=may and line is None,
        history=_history(service, matter_id, caller.language, t),
        once=str(uuid4()),
        attempt=attempt or Attempt(form="", problem=""),
        number="" if own is None else own[0].bulk,
        minutes=0 if own is None else own[1],
    )


def _history(service: Service, matter_id: str, language: str, t: Translate) -> list[Step]:
    zone = service.settings.time_zone
    undone = flags.undone_of_matter(service.store, matter_id)
    decided = [(one, None) for one in flags.decisions_of_matter(service.store, matter_id)] + undone
    put = flags.put_forward_of_matter(service.store, matter_id)
    days = {
        one.screening_id: cutoff_day(one.cutoff, zone).isoformat()
        for one in (screenings.read_screenings(service.store) if decided else ())
    }
    steps = [
        (
            one.at,
            Step(
                state=state_of(one),
                text=t(f"flag.state.{state_of(one)}"),
                when=views.moment(one.at, zone),
                who=who(service, one.decided_by, one.role, t),
                where=t("flag.history_list", day=days[one.screening_id]),
                reason=one.reason,
                changes=[
                    *changes(one, t),
                    *([] if back is None else [t("bulk.was_undone", when=views.moment(back, zone))]),
                ],
            ),
        )
        for one, back in decided
    ]
    steps += [
        (
            one.at,
            Step(
                state="put",
                text=t("flag.put"),
                when=views.moment(one.at, zone),
                who=who(service, one.put_by, "", t),
                where=t("flag.history_list", day=cutoff_day(one.cutoff, zone).isoformat()),
                reason=one.reason,
                changes=[],
            ),
        )
        for one in put
    ]
    return [step for _, step in sorted(steps, key=lambda pair: -pair[0])]


def who(service: Service, user_id: str, role: str, t: Translate) -> str:
    """The name of a person with the role they acted in (now, where none is given)."""
    found = users.find_user(service.store, user_id)
    name = user_id if found is None else found.display_name
    acted = role or ("" if found is None else found.role)
    return t("flag.by", name=name, role=t(f"role.{acted}")) if acted else name


def changes(one: Decision, t: Translate) -> list[str]:
    """What a decision changed, in words."""
    told: list[str] = []
    if one.owner:
        told.append(f"{t('flag.owner')}{t('colon')}{one.owner}")
    if one.plan:
        told.append(f"{t('flag.plan')}{t('colon')}{one.plan}")
    return told
