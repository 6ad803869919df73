"""What the page of a matter shows: duties, help, clocks, and the timeline with our own silences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from data.times import DAY_US, local_date
from data.vocabulary import CAUSED_BY, FORMS, KIND, PEOPLE_BANDS, RANKS, REPLY_PARTS, SOLVED, Role
from serving.card import Card
from serving.web import views
from serving.web.list_view import clock_words
from serving.web.views import ClockView, LineView, StepView, Translate, last_day, said, wall_day

#: (role, zh, en) of the kinds a mapping added, by code.
Kinds = Mapping[str, tuple[str, str, str]]
#: So many days without a record of our work are shown as a silence.
SILENCE_DAYS = 30
#: Steps of these roles are our handling.
OURS = frozenset({Role.INTAKE, Role.REPLY, Role.HELP, Role.PROMISE, Role.END})
#: Ends that are the person's own steps.
NOT_OURS = frozenset({"withdrawn", "accepted_by_person"})
_SIDES: dict[str, str] = {
    Role.CONTACT: "person",
    Role.FROM_ABOVE: "person",
    Role.NEUTRAL: "person",
    Role.RATING: "person",
    Role.REMEDY: "remedy",
    Role.INTAKE: "ours",
    Role.REPLY: "ours",
    Role.HELP: "ours",
    Role.PROMISE: "ours",
}
_STATES = {"met": "met", "met_late": "was_late", "waived": "none", "missed": "was_late"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineItem:
    """One event, or a silence of ours (`silence` filled, the rest empty)."""

    silence: str = ""
    anchor: str = ""
    date: str = ""
    name: str = ""
    side: str = "other"
    side_text: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A labelled fact of the matter."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterPage:
    """Everything the template reads."""

    number: str
    band: str | None
    band_note: str
    per_hundred: str
    basis: str
    facts: list[Fact]
    duties: list[LineView]
    help: list[LineView]
    clocks: list[ClockView]
    timeline: list[TimelineItem] | None


def matter_page(
    card: Card,
    events: pl.DataFrame | None,
    *,
    office: str,
    hidden_band: bool,
    kinds: Kinds,
    now: int,
    language: str,
    t: Translate,
) -> MatterPage:
    """The page of a card. `events` (contract.Events) None: no timeline for this reader.

    `kinds` gives (role, zh, en) of kinds a mapping added; `hidden_band`: a spot check is seen without its band (G14).
    """
    zone = card.time_zone
    shift = max(0, (local_date(now, zone) - local_date(card.as_of, zone)).days)
    band = None if hidden_band else card.band
    return MatterPage(
        number=card.matter["matter_no"],
        band=band,
        band_note=t("matter.spot") if hidden_band else t("matter.band_none"),
        per_hundred=_per_hundred(card, t) if band is not None else "",
        basis=t("matter.by_rules") if card.rules_only else t("matter.by_model", version=card.version),
        facts=_facts(card, office=office, language=language, t=t),
        duties=[_duty(row, shift, language, t) for row in card.duties],
        help=[LineView(text=said(row, language), article=views.article_of(row)) for row in card.help],
        clocks=[_clock(row, shift, language, t) for row in reversed(card.clocks)],
        timeline=None if events is None else timeline(card, events, kinds, language, t),
    )


def _per_hundred(card: Card, t: Translate) -> str:
    if card.per_hundred is None:
        return ""
    return t("matter.per_hundred", low=card.per_hundred[0], high=card.per_hundred[1])


def _facts(card: Card, *, office: str, language: str, t: Translate) -> list[Fact]:
    matter = card.matter
    state = "open" if card.is_open else "ended" if card.in_sweep else "outside"
    found = [
        ("list.col.category", views.category(matter["category"], language)),
        ("list.col.cause", views.cause(matter["cause"], language)),
        ("matter.procedure", views.procedure(matter["procedure_path"], language)),
        ("matter.office", office),
        ("list.col.department", matter["department"] or "—"),
        ("list.col.handler", matter["handler"] or "—"),
        ("matter.registered", wall_day(card.registered)),
        ("matter.state", t(f"matter.state.{state}")),
        ("matter.as_of", views.day(card.as_of - 1, card.time_zone)),
    ]
    return [Fact(label=t(key), value=value) for key, value in found]


def _duty(row: Mapping[str, Any], shift: int, language: str, t: Translate) -> LineView:
    text, article = said(row, language), views.article_of(row)
    if row.get("days_left") is None:
        return LineView(text=text, article=article, state="soon")
    state, words, _ = clock_words(int(row["days_left"]), bool(row.get("missed")), shift, t)
    return LineView(text=text, due=last_day(int(row["due"])), days=words, state=state, article=article)


def _clock(row: Mapping[str, Any], shift: int, language: str, t: Translate) -> ClockView:
    name, check = said(row, language), False
    if row["state"] in ("running", "overdue"):
        state, words, check = clock_words(int(row["days_left"]), row["state"] == "overdue", shift, t)
    else:
        state = _STATES[str(row["state"])]
        words = t(f"matter.clock.{row['state']}")
        if row["met"] is not None:
            words = f"{words} {wall_day(int(row['met']))}"
    if int(row["times"]) > 1:
        words = f"{words} {t('matter.clock.times', n=row['times'])}"
    return ClockView(
        name=name,
        article=views.article_of(row),
        started=wall_day(int(row["started"])),
        due=last_day(int(row["due"])),
        state=state,
        days=words,
        check=check,
    )


def seen_events(card: Card, events: pl.DataFrame) -> pl.DataFrame:
    """Those of a matter's events (contract.Events) that are visible at the card's instant."""
    begun = pl.col("known_from") < card.as_of
    return events.filter(begun & (pl.col("known_until").is_null() | (pl.col("known_until") >= card.as_of)))


def timeline(card: Card, events: pl.DataFrame, kinds: Kinds, language: str, t: Translate) -> list[TimelineItem]:
    """Newest first: the events visible at the card's instant, and between two steps of ours the days without one."""
    visible = seen_events(card, events).sort("occurred_at", "seq")
    items: list[TimelineItem] = []
    last_ours: int | None = None
    place_of_last = 0
    for row in visible.iter_rows(named=True):
        role, name = named_kind(row["kind"], kinds, language)
        if role in OURS:
            if last_ours is not None:
                _add_silence(items, place_of_last, last_ours, row["occurred_at"], t)
            last_ours = row["occurred_at"]
        items.append(_event(row, role, name, card.time_zone, language, t))
        if role in OURS:
            place_of_last = len(items)
    if last_ours is not None and card.is_open:
        _add_silence(items, place_of_last, last_ours, card.as_of, t)
    return items[::-1]


def _add_silence(items: list[TimelineItem], place: int, begin: int, end: int, t: Translate) -> None:
    days = (end - begin) // DAY_US
    if days >= SILENCE_DAYS:
        items.insert(place, TimelineItem(silence=t("matter.silence", days=days)))


def named_kind(kind: str, kinds: Kinds, language: str) -> tuple[str, str]:
    """The role of a kind of event and what it is called."""
    known = KIND.get(kind)
    role, zh, en = kinds.get(kind, (Role.RECORD, kind, kind)) if known is None else (known.role, known.zh, known.en)
    return role, zh if language == "zh" else en


def our_steps(events: pl.DataFrame, kinds: Kinds) -> list[dict[str, Any]]:
    """Our own steps among a matter's events (rows of contract.Events), the newest first."""
    rows = events.sort("occurred_at", "seq", descending=True).to_dicts()
    return [row for row in rows if named_kind(row["kind"], kinds, "zh")[0] in OURS and row["kind"] not in NOT_OURS]


def step_view(row: Mapping[str, Any], kinds: Kinds, zone: str, language: str) -> StepView:
    """A row of contract.Events as a link into the timeline."""
    return StepView(
        date=views.day(row["occurred_at"], zone),
        name=named_kind(row["kind"], kinds, language)[1],
        anchor=event_anchor(row),
    )


def event_anchor(row: Mapping[str, Any]) -> str:
    """Where the timeline has an event."""
    return f"event-{row['event_id']}"


def _event(row: Mapping[str, Any], role: str, name: str, zone: str, language: str, t: Translate) -> TimelineItem:
    side = _SIDES.get(role, "other")
    return TimelineItem(
        anchor=event_anchor(row),
        date=views.day(row["occurred_at"], zone),
        name=name,
        side=side,
        side_text=t(f"matter.side.{side}"),
        notes=tuple(_notes(row, zone, language, t)),
    )


def _notes(row: Mapping[str, Any], zone: str, language: str, t: Translate) -> Sequence[str]:
    notes: list[str] = []
    if row["document_no"]:
        notes.append(f"{t('matter.document')} {row['document_no']}")
    if row["due_at"] is not None:
        notes.append(f"{views.day(row['due_at'], zone)} {t('matter.due')}")
    for table, column in ((RANKS, "rank"), (FORMS, "form"), (SOLVED, "solved"), (CAUSED_BY, "caused_by")):
        if row[column]:
            notes.append(views.of_code(table, row[column], language))
    if row["kind"] == "joint_submission" and row["people_band"]:
        zh, en = PEOPLE_BANDS[row["people_band"]]
        notes.append(zh if language == "zh" else en)
    if row["parts_missing"]:
        lacking = [zh if language == "zh" else en for bit, zh, en in REPLY_PARTS.values() if row["parts_missing"] & bit]
        notes.append(t("matter.parts_missing", parts=t("comma").join(lacking)))
    late = (row["known_at"] - row["occurred_at"]) // DAY_US
    if late >= SILENCE_DAYS and not row["assumed"]:
        notes.append(t("matter.recorded_late", date=views.day(row["known_at"], zone)))
    return notes
