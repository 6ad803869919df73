"""What the page of a matter shows of the sweeps it stood in: band by band in words, and what our handling changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.contract import Register
from data.store import flags, plans
from data.store.plans import Measure, Plan, Result
from data.store.screenings import ListEntry, Screening
from data.times import cutoff_day
from data.vocabulary import ACTIONS, OUTCOMES, RESULTS, SUBSTANTIVE
from features.timing import timing_of
from serving import by_sweep
from serving.beside_cards import beside
from serving.by_sweep import Between, Gone, Stood, Turned
from serving.card import Card
from serving.deps import Caller, Service
from serving.web import views
from serving.web.list_view import PART_OF
from serving.web.matter_view import Kinds, event_anchor, our_steps, seen_events, step_view
from serving.web.text import translator
from serving.web.views import StepView, Translate, last_day, said, wall_day
from serving.workflow import state_of

#: Steps of ours named below one change, the latest.
_MOST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One change of our handling: its kind (came, owed, gone, kept, late, missed, step, act), words, and our steps."""

    kind: str
    label: str
    text: str
    steps: tuple[StepView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepView:
    """One sweep: the last day it looked at, the list, the band or why there is none, and what changed before it."""

    day: str
    made: str
    band: str | None
    note: str
    done: list[ChangeView]
    changes: list[ChangeView]
    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepsCard:
    """What has changed since the latest sweep, and the sweeps, the latest first; empty for a matter never listed."""

    since: list[ChangeView]
    sweeps: list[SweepView]
    more: bool


def sweeps_card(
    service: Service,
    caller: Caller,
    card: Card,
    found: Register,
    kinds: Kinds,
    entries: Sequence[tuple[Screening, ListEntry]],
    *,
    timeline: bool,
) -> SweepsCard:
    """The sweeps a matter in the caller's scope stood in; our steps only for who sees the `timeline` they lead to."""
    stood = by_sweep.stood(service.store, caller.person.role, card, entries)
    if not stood:
        return SweepsCard(since=[], sweeps=[], more=False)
    t = translator(caller.language)
    lists = tuple((one.screening.screening_id, one.entry is None) for one in stood)
    told = beside(
        card, "sweeps", lists, lambda: by_sweep.between(stood, card, found, timing_of(service.settings.clock))
    )
    steps = our_steps(seen_events(card, found.events), kinds) if timeline else []
    words = _Words(steps=steps, zone=card.time_zone, kinds=kinds, language=caller.language, t=t)
    acts = _acts(service, card, words)
    drafts = [one.screening.screening_id for one in stood]
    return SweepsCard(
        since=words.changes(told[0]),
        sweeps=[
            SweepView(
                day=cutoff_day(one.screening.cutoff, card.time_zone).isoformat(),
                made=_made(one, t),
                band=_band(one),
                note=_note(one, t),
                done=[*_put(one, words), *acts.get(one.screening.screening_id, [])],
                changes=words.changes(change),
                first=one.screening.screening_id == drafts[-1],
            )
            for one, change in zip(stood, told[1:], strict=True)
        ],
        more=len(stood) == by_sweep.MOST,
    )


def _band(one: Stood) -> str | None:
    return None if one.entry is None or one.entry.part == "spot" else one.entry.band


def _made(one: Stood, t: Translate) -> str:
    version = one.screening.model_version
    made = t("sweeps.by_rules") if one.by_rules or version is None else t("sweeps.by_model", version=version)
    return made if one.drafts == 1 else f"{made}{t('comma')}{t('sweeps.draft', n=one.drafts)}"


def _note(one: Stood, t: Translate) -> str:
    """In which part it stood, or that it did not."""
    if one.entry is not None:
        return t(f"list.part.{PART_OF[one.entry.part]}")
    return t("list.part.hand") if one.put is not None else t("sweeps.not_listed")


def _put(one: Stood, words: "_Words") -> list[ChangeView]:
    if one.put is None:
        return []
    return [words.act("put", "sweeps.act.put", day=views.day(one.put.at, words.zone), reason=one.put.reason)]


def _acts(service: Service, card: Card, words: "_Words") -> dict[str, list[ChangeView]]:
    """What people of ours did on each list, by the list's id, in order of time."""
    matter_id, language, t = card.matter["matter_id"], words.language, words.t
    found: list[tuple[int, str, ChangeView]] = []
    for one in flags.decisions_of_matter(service.store, matter_id):
        state, day = t(f"flag.state.{state_of(one)}"), views.day(one.at, words.zone)
        found.append((one.at, one.screening_id, words.act("act", "sweeps.act.decided", state=state, day=day)))
    for plan in plans.of_matter(service.store, Plan, matter_id):
        actions = t("comma").join(dict.fromkeys(views.of_code(ACTIONS, line.action, language) for line in plan.lines))
        day = views.day(plan.at, words.zone)
        found.append((plan.at, plan.screening_id, words.act("act", "sweeps.act.plan", actions=actions, day=day)))
    for measure in plans.of_matter(service.store, Measure, matter_id):
        said_ = words.act(
            "act",
            "sweeps.act.measure",
            action=views.of_code(ACTIONS, measure.action, language),
            outcome=views.of_code(OUTCOMES, measure.outcome, language),
            day=measure.done_on.isoformat(),
        )
        found.append((measure.at, measure.screening_id, said_))
    for result in plans.of_matter(service.store, Result, matter_id):
        told = views.of_code(RESULTS, result.result, language)
        day = views.day(result.at, words.zone)
        found.append((result.at, result.screening_id, words.act("act", "sweeps.act.result", result=told, day=day)))
    by_list: dict[str, list[ChangeView]] = {}
    for _, screening_id, view in sorted(found, key=lambda row: row[0]):
        by_list.setdefault(screening_id, []).append(view)
    return by_list


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """How changes are said: our steps (rows of contract.Events, the newest first), the zone and the language."""

    steps: Sequence[Mapping[str, Any]]
    zone: str
    kinds: Kinds
    language: str
    t: Translate

    def act(self, kind: str, key: str, **values: object) -> ChangeView:
        return ChangeView(kind=kind, label=self.t("sweeps.kind.act"), text=self.t(key, **values))

    def changes(self, between: Between) -> list[ChangeView]:
        """Everything that changed, in order: what came, what went, clocks, and what else our office recorded."""
        since = [one for one in self.steps if between.since <= one["known_from"] < between.until]
        owed = [self._said("owed", self.t("sweeps.owed", duty=said(row, self.language))) for row in between.owed]
        new = "told" if between.other_basis else "came"
        came = [self._said(new, said(row, self.language)) for row in between.came]
        gone = [self._gone(one, since) for one in between.gone]
        ended = {one.row["code"] for one in between.gone if one.duty}
        turned = [self._turned(some) for some in _gathered(between.turned, ended)]
        told = [*owed, *came, *gone, *turned]
        if between.other_basis:
            told.append(self._said("basis", self.t("sweeps.other_basis")))
        named = {step.anchor for view in told for step in view.steps}
        rest = self._links(one for one in since if event_anchor(one) not in named)
        return [*told, *([self._said("step", self.t("sweeps.recorded"), rest)] if rest else [])]

    def _said(self, kind: str, text: str, steps: tuple[StepView, ...] = ()) -> ChangeView:
        return ChangeView(kind=kind, label=self.t(f"sweeps.kind.{kind}"), text=text, steps=steps)

    def _links(self, rows: Iterable[Mapping[str, Any]]) -> tuple[StepView, ...]:
        return tuple(step_view(row, self.kinds, self.zone, self.language) for row in list(rows)[:_MOST])

    def _ended(self, kinds: Sequence[str], since: Sequence[Mapping[str, Any]]) -> tuple[StepView, ...]:
        return self._links(one for one in since if _ends(one, kinds))

    def _gone(self, one: Gone, since: Sequence[Mapping[str, Any]]) -> ChangeView:
        steps = self._ended(one.ended_by, since)
        key = ("sweeps.gone_duty" if one.duty else "sweeps.gone_reason") + ("_because" if steps else "")
        return self._said("gone", self.t(key, text=said(one.row, self.language)), steps)

    def _turned(self, turned: Sequence[Turned]) -> ChangeView:
        first = turned[0]
        due = self.t("comma").join(last_day(one.due) for one in turned)
        met = "" if first.met is None else wall_day(first.met)
        duty = first.zh if self.language == "zh" else first.en
        key = f"sweeps.{first.how}" + ("_on" if met and first.how == "kept" else "")
        return self._said(first.how, self.t(key, duty=duty, due=due, **({"met": met} if met else {})))


def _gathered(turned: Iterable[Turned], without: set[str]) -> list[list[Turned]]:
    """Duties of one kind that went one way, together, without those that are told as owed no more."""
    found: dict[tuple[str, str], list[Turned]] = {}
    for one in turned:
        if one.code not in without or one.how == "missed":
            found.setdefault((one.code, one.how if one.met is None else f"{one.how} {one.met}"), []).append(one)
    return list(found.values())


def _ends(row: Mapping[str, Any], kinds: Sequence[str]) -> bool:
    if row["kind"] in kinds:
        return True
    documented = row["kind"] == "progress_reply" and bool(row["document_no"])
    return "substantive_contact" in kinds and (row["kind"] in SUBSTANTIVE or documented)
