"""What the page of a matter shows of its reasons: the clock each names with its article, and what each rests on."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data.contract import Register
from data.times import local_date
from data.vocabulary import Role
from features.feature import FeatureSet
from features.made_by import Made
from features.timing import Timing
from serving.beside_cards import beside
from serving.by_sweep import clock_of
from serving.card import Card
from serving.resting import rests_on
from serving.web import views
from serving.web.matter_view import NOT_OURS, Kinds, event_anchor, named_kind, our_steps, seen_events, step_view
from serving.web.views import StepView, Translate, said, wall_day

#: Steps named below one reason, the latest of the day its clock began.
_MOST = 3
#: Roles of which no reason says the kind.
_RAISED = frozenset({Role.CONTACT, Role.FROM_ABOVE, Role.NEUTRAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonView:
    """One reason: our office is its subject; the article and the beginning of the clock it names.

    `steps` are our own of that day, or, where it names no clock, what was recorded and the reason rests on.
    """

    text: str
    article: str = ""
    started: str = ""
    rests: str = ""
    steps: tuple[StepView, ...] = ()


def reason_views(
    card: Card,
    found: Register,
    kinds: Kinds,
    features: FeatureSet | None,
    timing: Timing,
    *,
    timeline: bool,
    language: str,
    t: Translate,
) -> list[ReasonView]:
    """The card's reasons, in order; their steps only for who sees the timeline (`timeline`), to which they lead.

    `features` are those of the model the card was made by, None by rules.
    """
    events = seen_events(card, found.events)
    unmet = [row for row in card.clocks if row["state"] in ("running", "overdue")]
    # Of several times a clock ran: the one owed longest, else the last.
    clocks = {row["clock"]: row for row in (*card.clocks, *reversed(unmet))}
    others = [code for reason in card.reasons if clock_of(code := str(reason["feature"])) not in clocks]
    resting = (
        beside(card, "reasons", None, lambda: rests_on(card, found, events, others, features, timing))
        if timeline
        else {}
    )
    told: list[ReasonView] = []
    for reason in card.reasons:
        code, article, started = str(reason["feature"]), "", ""
        that = events.clear()
        clock = clocks.get(clock_of(code))
        if clock is not None:
            article, started = views.article_of(clock), wall_day(int(clock["started"]))
            that_day = [local_date(at, card.time_zone).isoformat() == started for at in events["occurred_at"]]
            if timeline:
                that = events.filter(pl.Series(that_day, dtype=pl.Boolean))
        told.append(
            ReasonView(
                text=said(reason, language),
                article=article,
                started="" if started == "" else f"{t('matter.clock.started')} {started}",
                rests=t("matter.reason_steps" if clock is not None else "matter.reason_rests"),
                steps=tuple(step_view(row, kinds, card.time_zone, language) for row in our_steps(that, kinds)[:_MOST])
                if clock is not None
                else _rests(resting.get(code, []), events, kinds, card.time_zone, language, t),
            )
        )
    return told


def _rests(
    made: Sequence[Made], events: pl.DataFrame, kinds: Kinds, zone: str, language: str, t: Translate
) -> tuple[StepView, ...]:
    """The latest of what a reason rests on; of who turned to us only that they did, never how."""
    anchors = {(row["kind"], row["occurred_at"], row["known_from"]): row for row in events.iter_rows(named=True)}
    told: list[StepView] = []
    for one in reversed(made):
        role, name = named_kind(one.kind, kinds, language)
        if role == Role.REMEDY or one.kind in NOT_OURS:
            continue
        told.append(
            StepView(
                date=views.day(one.occurred_at, zone),
                name=t("matter.raised") if role in _RAISED else name,
                anchor=event_anchor(anchors[one.kind, one.occurred_at, one.known_from]),
            )
        )
    return tuple(told[:_MOST])
