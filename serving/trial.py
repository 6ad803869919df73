"""What a card would say of an invented history: the steward's trial mode, marked, on record and capped (G25)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from data.contract import Attributes, Events, Matters, OfficeContext, Offices, Register, event_uuid, matter_uuid
from data.errors import InputRefused
from data.store import volume
from data.times import local_date, local_midnight
from data.vocabulary import KINDS
from serving import journal
from serving.card import Card, make_card
from serving.daily_caps import capped, seconds_to_midnight
from serving.deps import Caller, Service
from serving.problems import TooManyRequests

#: The office of every trial: it stands in no tree.
OFFICE = "trial"
_OLDEST_DAYS = 3660


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEvent:
    """One event of an invented history, by day; known the same day."""

    kind: str
    occurred_on: date
    due_on: date | None = None
    documented: bool = False


def try_history(service: Service, caller: Caller, events: Sequence[TrialEvent], category: str | None) -> Card:
    """The card of an invented matter at the caller's instant, by the model in use or by rules.

    Nothing of it is stored but that a trial was made.  Raises InputRefused for a history without a registration or
    with days out of range, TooManyRequests beyond the day's trials.
    """
    made = _register(service, caller, events, category)
    limit = service.settings.service.daily_trials
    zone = service.settings.time_zone
    today = local_date(caller.now, zone)
    whose = f"trial:{caller.person.user_id}"
    if not volume.take_call(service.store, whose, local_day=today, count=1, limit=limit):
        refusal = TooManyRequests(
            "trial_volume",
            f"今日试算已达上限（{limit}次），已记录；明日恢复",
            f"today's cap of {limit} trials is reached; this was put on record; it lifts tomorrow",
            retry_after=seconds_to_midnight(caller.now, zone),
        )
        raise capped(service, caller, journal.VOLUME_CAPPED, caller.person.office_id, limit, refusal)
    champion = service.champions.current()
    card = make_card(made, service.settings, champion, OfficeContext.create_empty(), now=caller.now)
    detail = {"events": len(events), "version": card.version}
    service.journal.record(caller.entry(journal.TRIAL_SCORE, caller.person.office_id, detail))
    return card


def _register(service: Service, caller: Caller, events: Sequence[TrialEvent], category: str | None) -> Register:
    zone = service.settings.time_zone
    today = local_date(caller.now, zone)
    roles = {kind.code: str(kind.role) for kind in KINDS}
    wrong: list[tuple[str, str]] = []
    if sum(one.kind == "registered" for one in events) != 1:
        wrong.append(("须有且只有一次登记", "there is exactly one registration"))
    for number, one in enumerate(events):
        if one.kind not in roles:
            wrong.append((f"events.{number}：没有这个环节", f"events.{number}: no such kind of event"))
        if not 0 <= (today - one.occurred_on).days <= _OLDEST_DAYS:
            wrong.append(
                (
                    f"events.{number}：日期应在过去十年内，不晚于今天",
                    f"events.{number}: the day lies within ten years, today at the latest",
                )
            )
    if wrong:
        raise InputRefused("trial_invalid", "试算内容有误", "the trial is off", wrong)
    matter_id = matter_uuid(OFFICE, OFFICE, OFFICE)
    rows: list[dict[str, Any]] = []
    for seq, one in enumerate(sorted(events, key=lambda event: event.occurred_on)):
        at = local_midnight(one.occurred_on, zone)
        times = {"occurred_at": at, "known_at": at, "known_from": at, "recorded_at": caller.now}
        rows.append(
            {
                **times,
                "event_id": event_uuid(OFFICE, matter_id, one.kind, str(seq)),
                "matter_id": matter_id,
                "kind": one.kind,
                "batch_id": 0,
                "seq": seq,
                "assumed": False,
                "people_band": 0,
                "due_at": None if one.due_on is None else local_midnight(one.due_on, zone),
                "document_no": "1" if one.documented else None,
            }
        )
    matter = {"matter_id": matter_id, "source": OFFICE, "office_id": OFFICE, "matter_no": OFFICE, "category": category}
    facts: list[dict[str, Any]] = []
    if category is not None:
        began = min(row["occurred_at"] for row in rows if row["kind"] == "registered")
        facts.append(
            {
                "matter_id": matter_id, "name": "category", "text": category, "occurred_at": began, "known_at": began,
                "known_from": began, "recorded_at": caller.now, "batch_id": 0, "seq": 0, "assumed": False,
                "usable": True,
            }
        )  # fmt: skip
    office = {"office_id": OFFICE, "name": OFFICE, "parent_id": None, "level": "county"}
    return Register(
        offices=pl.DataFrame([office], schema=Offices.create_empty().schema),
        matters=pl.DataFrame([matter], schema=Matters.create_empty().schema),
        events=pl.DataFrame(rows, schema=Events.create_empty().schema),
        attributes=pl.DataFrame(facts, schema=Attributes.create_empty().schema),
        observed_until=caller.now,
        time_zone=zone,
        roles=roles,
    )
