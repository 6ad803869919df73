"""What one feature of one matter was over time, and which events made it: seen by whom the matter's page is seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from data.contract import Register
from data.errors import NotAllowed, UsageError
from data.settings import Settings
from data.store import register
from data.store.audit import Entry
from data.store.engine import Store
from data.store.users import User, UserRole
from data.times import cutoff_day, cutoff_instant, local_date
from data.vocabulary import KIND
from features.feature import Feature
from features.made_by import Answered, Made, answers, feature_answer
from features.timing import timing_of
from serving import journal
from serving.card import place_of, read_matter
from serving.journal import Journal
from serving.permissions import Right, can_see_matter, check_can_use, matter_not_found, offices_below, scope_of

#: What dated attributes are called where they made a value.
_ATTRIBUTES = {
    "category": ("案件类别", "category"),
    "cause": ("诉求事由", "cause"),
    "procedure_path": ("程序类别", "procedure path"),
    "first_time": ("首次反映", "first time"),
    "reply_possible": ("可否答复", "reply possible"),
    "received_on": ("收件日期", "date of receipt"),
    "case_class": ("案件分类", "class of case"),
}
#: Units that grow by themselves from day to day: only an event, or a month's end, is worth a line.
_GROWING = frozenset({"days", "share"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureHistory:
    """One feature of a matter at month-ends and whenever it changed; `made_by` is empty where the timeline is shut."""

    matter: dict[str, Any]
    feature: Feature
    points: tuple[Answered, ...]
    with_events: bool
    time_zone: str
    kinds: dict[str, tuple[str, str]]

    def lines(self, language: str) -> list[str]:
        """The history for people, oldest first; `language` is zh or en."""
        zh = language == "zh"
        one = self.feature
        lines = [f"{self.matter['matter_no']} · {one.zh if zh else one.en} ({one.name}, {one.unit})"]
        for point in self.points:
            told = ("；" if zh else "; ").join(self._made(made, language) for made in point.made_by)
            day = cutoff_day(point.cutoff, self.time_zone)
            lines.append(f"{day}  {shown(point.value):>8}" + (f"  ← {told}" if told else ""))
        if not self.with_events:
            lines.append(
                "事件只向本院承办人、负责人和签批领导展示" if zh else "events are shown within the office only"
            )
        return lines

    def as_dict(self) -> dict[str, Any]:
        """The history for JSON."""
        return {
            "matter_id": self.matter["matter_id"],
            "feature": self.feature.name,
            "with_events": self.with_events,
            "points": [
                {
                    "date": cutoff_day(point.cutoff, self.time_zone).isoformat(),
                    "value": point.value,
                    "made_by": [
                        {
                            "what": made.kind,
                            "value": made.value,
                            "occurred": local_date(made.occurred_at, self.time_zone).isoformat(),
                            "known": local_date(made.known_from, self.time_zone).isoformat(),
                            "without": made.without,
                        }
                        for made in point.made_by
                    ],
                }
                for point in self.points
            ],
        }

    def name_of(self, made: Made, language: str) -> str:
        """What the event or attribute is called, with the attribute's value."""
        names = self.kinds.get(made.kind, (made.kind, made.kind))
        return names[0 if language == "zh" else 1] + (f"={made.value}" if made.attribute else "")

    def _made(self, made: Made, language: str) -> str:
        name = self.name_of(made, language)
        without = shown(made.without)
        said = f"没有它则为 {without}" if language == "zh" else f"without it {without}"
        return f"{local_date(made.occurred_at, self.time_zone)} {name}（{said}）"


def feature_history(
    store: Store,
    settings: Settings,
    book: Journal,
    person: User,
    feature: Feature,
    *,
    matter_no: str,
    office_id: str | None,
    now: int,
) -> FeatureHistory:
    """As `history_of`, for a matter by its number: the person's right and scope are looked at first.

    Raises NotAllowed for a role without matters, NotFound for a matter that is not there or not the person's,
    UsageError where the number is that of several of the person's matters.
    """
    check_can_use(person, Right.MATTERS)
    found = _find(store, person, matter_no, office_id)
    return history_of(store, settings, book, person, found, feature, now=now, request_id="cli")


def history_of(
    store: Store,
    settings: Settings,
    book: Journal,
    person: User,
    found: Register,
    feature: Feature,
    *,
    now: int,
    request_id: str,
) -> FeatureHistory:
    """The history of a feature of a matter the person may see (`found`), put on record as a view before it is shown.

    Who has no timeline of the matter sees values without events, and none of a feature that says how a matter came
    back (red line 7): NotAllowed.
    """
    matter = found.matters.row(0, named=True)
    with_events = person.office_id == matter["office_id"]
    if not with_events and feature.says_how:
        raise NotAllowed(
            "feature_says_how",
            "该特征涉及反映方式，只在本院事项页面展示",
            "this feature says how the matter was raised; it is shown within the matter's own office only",
        )
    book.record(
        Entry(
            at=now,
            user_id=person.user_id,
            action=journal.VIEW_MATTER,
            office_id=matter["office_id"],
            matter_id=matter["matter_id"],
            detail={"feature": feature.name},
            request_id=request_id,
        )
    )
    answer = feature_answer(
        feature,
        context=register.read_context(store, offices=[matter["office_id"]]),
        timing=timing_of(settings.clock),
    )
    days = _days(found, min(now, found.observed_until))
    given = answer(found, pl.DataFrame({"matter_id": [matter["matter_id"]] * len(days), "cutoff": days}))
    chosen = [days[place] for place in _worth_a_line(found, feature, days, given)]
    points = answers(found, chosen, answer) if with_events else _bare(days, given, chosen)
    added = {kind.code: (kind.zh, kind.en) for kind in register.read_kinds(store)}
    return FeatureHistory(
        matter=matter,
        feature=feature,
        points=tuple(points),
        with_events=with_events,
        time_zone=found.time_zone,
        kinds=_ATTRIBUTES | {code: (kind.zh, kind.en) for code, kind in KIND.items()} | added,
    )


def _find(store: Store, person: User, matter_no: str, office_id: str | None) -> Register:
    below: tuple[str, ...] = ()
    if person.role is UserRole.LEADER:
        below = offices_below(register.office_tree(store), person.office_id or "")
    scope = scope_of(person, below)
    rows = register.find_matter(store, matter_no=matter_no, office_id=office_id).iter_rows(named=True)
    seen = [row["matter_id"] for row in rows if can_see_matter(scope, place_of(row))]
    if not seen:
        raise matter_not_found()
    if len(seen) > 1:
        raise UsageError(
            "matter_ambiguous",
            "您可见的事项中有多件使用该编号；请用 --office 指明办理单位",
            "several matters you can see have this number; say which office by --office",
        )
    return read_matter(store, seen[0])


def _days(found: Register, until: int) -> list[int]:
    """The cutoffs that see each day from the first record on to `until`, which comes last."""
    zone = found.time_zone
    known = pl.concat([found.events["known_from"], found.attributes["known_from"]])
    if known.is_empty() or int(str(known.min())) >= until:
        return [until]
    day, found_days = local_date(int(str(known.min())), zone), list[int]()
    while (cutoff := cutoff_instant(day, zone)) < until:
        found_days.append(cutoff)
        day += timedelta(days=1)
    return [*found_days, until]


def _worth_a_line(found: Register, feature: Feature, days: Sequence[int], given: Sequence[float]) -> list[int]:
    """The places of month-ends, of the last day, and of changes that time alone did not bring."""
    zone = found.time_zone
    frames = (found.events, found.attributes)
    moved = {
        int(value) for frame in frames for name in ("known_from", "known_until") for value in frame[name].drop_nulls()
    }
    eventful = {local_date(instant, zone) for instant in moved}
    chosen: list[int] = []
    for place, cutoff in enumerate(days):
        day = cutoff_day(cutoff, zone)
        changed = place > 0 and given[place] != given[place - 1]
        if feature.unit in _GROWING:
            changed = changed and day in eventful
        if changed or place == len(days) - 1 or (day + timedelta(days=1)).day == 1:
            chosen.append(place)
    return chosen


def _bare(days: Sequence[int], given: Sequence[float], chosen: Sequence[int]) -> list[Answered]:
    values = dict(zip(days, given, strict=True))
    return [Answered(cutoff=cutoff, value=values[cutoff], made_by=()) for cutoff in chosen]


def shown(value: float) -> str:
    """A value for people, at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
