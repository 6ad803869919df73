"""What the page of a matter shows of its reasons: the clock each names, with its article and our steps of that day."""

from dataclasses import dataclass

import polars as pl

from data.contract import Register
from data.times import local_date
from serving.card import Card
from serving.web import views
from serving.web.matter_view import OURS, Kinds, event_anchor, named_kind, seen_events
from serving.web.views import StepView, Translate, said, wall_day

#: Steps named below one reason, the latest of the day its clock began.
_MOST = 3
#: Ends that are the person's own steps.
NOT_OURS = frozenset({"withdrawn", "accepted_by_person"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonView:
    """One reason: our office is its subject; the article and the beginning of the clock it names, and our steps."""

    text: str
    article: str = ""
    started: str = ""
    steps: tuple[StepView, ...] = ()


def reason_views(
    card: Card, found: Register, kinds: Kinds, *, timeline: bool, language: str, t: Translate
) -> list[ReasonView]:
    """The card's reasons, in order; their steps only for who sees the timeline (`timeline`), to which they lead."""
    events = seen_events(card, found.events)
    unmet = [row for row in card.clocks if row["state"] in ("running", "overdue")]
    # Of several times a clock ran: the one owed longest, else the last.
    clocks = {row["clock"]: row for row in (*card.clocks, *reversed(unmet))}
    told: list[ReasonView] = []
    for reason in card.reasons:
        code, article, started = str(reason["feature"]), "", ""
        rests_on = events.clear()
        clock = clocks.get(code.removesuffix("_missed").removesuffix("_overdue_days"))
        if clock is not None:
            article, started = views.article_of(clock), wall_day(int(clock["started"]))
            that_day = [local_date(at, card.time_zone).isoformat() == started for at in events["occurred_at"]]
            if timeline:
                rests_on = events.filter(pl.Series(that_day, dtype=pl.Boolean))
        told.append(
            ReasonView(
                text=said(reason, language),
                article=article,
                started="" if started == "" else f"{t('matter.clock.started')} {started}",
                steps=_steps(rests_on, kinds, card.time_zone, language),
            )
        )
    return told


def _steps(events: pl.DataFrame, kinds: Kinds, zone: str, language: str) -> tuple[StepView, ...]:
    rows = events.sort("occurred_at", "seq", descending=True).to_dicts()
    named = [(row, *named_kind(row["kind"], kinds, language)) for row in rows]
    ours = [(row, name) for row, role, name in named if role in OURS and row["kind"] not in NOT_OURS][:_MOST]
    return tuple(
        StepView(date=views.day(row["occurred_at"], zone), name=name, anchor=event_anchor(row)) for row, name in ours
    )
