"""What one matter looks like at an instant: clocks, duties, help, band and reasons, by the path sweeps take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import polars as pl

from data.contract import Register, event_uuid
from data.errors import NotAllowed, UsageError
from data.settings import Settings
from data.store import register as register_store
from data.store.engine import Store
from data.task import Task
from data.times import cutoff_instant, local_date, local_midnight
from data.vocabulary import BANDS
from features.aid_check import AidPaid, aid_paid
from features.build import one_matter
from features.clocks import clock_frame
from features.cohort import cohort
from features.facts import since_contact
from features.history import make_history
from features.point_sheet import point_sheet
from features.proposals import proposals
from features.reasons import parts_of, reasons
from features.rules import duties, help_open, unmet_duty
from features.snapshots import view_of
from features.stored_context import stored_context
from features.timing import timing_of
from features.told import grade_code, helps
from serving.champion import Champion
from serving.permissions import MatterPlace
from serving.why import rule_reasons
from training.score import score_one

#: Duties of ours that may be supposed in a what-if; contacts, remedies, ends and help never.
WhatIfKind = Literal[
    "accepted",
    "transfer_told",
    "procedural_reply",
    "progress_reply",
    "substantive_reply",
    "explanation",
    "follow_up_call",
    "promise_made",
    "promise_kept",
    "error_corrected",
]


class NotYetRegistered(NotAllowed):
    """There is no score before a matter's registration (G1)."""

    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """One duty of ours supposed to be done: never stored. `due_on` belongs to promises."""

    kind: WhatIfKind
    occurred_on: date
    due_on: date | None = None
    document_no: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One matter at `as_of` (UTC microseconds).

    `band` is None where the matter is outside the sweep (`in_sweep` false); `per_hundred` and `version` are None by
    rules.  `registered` is a local wall-clock instant in microseconds.  `clocks` and `duties` are rows of
    features.clocks and features.rules, with such instants; `reasons` and `help` are plain rows with zh and en,
    `proposals` those of features.proposals, `aid_paid` what was paid before (a note, no condition).
    """

    matter: dict[str, Any]
    as_of: int
    observed_until: int
    time_zone: str
    registered: int
    in_sweep: bool
    is_open: bool
    band: str | None
    per_hundred: tuple[int, int] | None
    version: int | None
    reasons: list[dict[str, Any]]
    duties: list[dict[str, Any]]
    help: list[dict[str, Any]]
    clocks: list[dict[str, Any]]
    proposals: list[dict[str, Any]]
    aid_paid: AidPaid | None

    @property
    def rules_only(self) -> bool:
        """Whether rules alone gave the band."""
        return self.version is None


def place_of(matter: dict[str, Any]) -> MatterPlace:
    """Where a matter stands, for permissions."""
    return MatterPlace(
        office_id=matter["office_id"],
        department=matter["department"],
        handler=matter["handler"],
        respondent_post=matter["respondent_post"],
    )


def read_matter(store: Store, matter_id: str) -> Register:
    """The register of one matter. Raises NotFound."""
    return register_store.matter_register(store, matter_id)


def make_card(
    register: Register,
    settings: Settings,
    champion: Champion | None,
    context: pl.DataFrame,
    *,
    now: int,
    supposed: Sequence[Supposed] = (),
    desk: Mapping[str, int] = MappingProxyType({}),
) -> Card:
    """The card of a one-matter register at `now`, or at the latest instant to which it is known if that is earlier.

    `desk` holds the grades given at the desk, by factor: they raise the band by rules.

    Raises NotYetRegistered before the matter's registration (G1), UsageError for supposed duties before it or after
    today.
    """
    matter = register.matters.row(0, named=True)
    if matter["office_id"] in register.unchecked_offices(settings.learning.min_link_checks):
        champion = None  # nobody knows what came back there: rules serve that office
    as_of = min(now, register.seen_until(matter["matter_id"]))
    if supposed:
        register, as_of = _suppose(register, supposed, as_of=as_of, now=now)
    snapshot = pl.DataFrame({"matter_id": [matter["matter_id"]], "cutoff": [as_of]})
    history, timing = make_history(register), timing_of(settings.clock)
    member = cohort(register, [as_of], Task(), settings.cohort, history=history)
    view, _ = view_of(history, snapshot, timing=timing)
    if view.receipt()[0] < 0:
        raise NotYetRegistered(
            "not_registered_yet", "该事项此时尚未登记，不测算", "the matter is not registered yet; nothing is scored"
        )
    band, per_hundred, version = None, None, None
    sheet = point_sheet(view, {factor: np.array([grade], dtype=np.int64) for factor, grade in desk.items()})
    told: list[dict[str, Any]] = []
    if member.height:
        if champion is None:
            band = str(sheet["band"][0])
        else:
            features = champion.feature_set
            stored = stored_context(register.matters, history, context)
            found = one_matter(history, as_of, features, stored=stored, timing=timing)
            said = score_one(champion.scorecard, found, features)
            band, per_hundred, version = said.band, said.per_hundred, champion.version
            values = dict(zip(features.names, found.tolist(), strict=True))
            parts = parts_of(features, champion.scorecard.pair_names)
            told = [reason.as_dict() for reason in reasons(parts, said.added, values)]
    owed = duties(view).drop("row").to_dicts()
    counted = int(grade_code({name: sheet[name].to_numpy() for name in sheet.columns}, 1)[0])
    told = told or rule_reasons(owed, counted, float(since_contact(view)[0]))
    helping = helps({code: bool(open_[0]) for code, open_ in help_open(view).items()})
    if band == BANDS[-1] and not (bool(unmet_duty(view)[0]) or helping):
        band = BANDS[-2]  # nothing of ours is open: never the top band (G8)
    return Card(
        matter=matter,
        as_of=as_of,
        observed_until=register.observed_until,
        time_zone=register.time_zone,
        registered=int(view.first_time(["registered", "transferred_in"])[0]),
        in_sweep=bool(member.height),
        is_open=bool(member.height) and bool(member["is_open"][0]),
        band=band,
        per_hundred=per_hundred,
        version=version,
        reasons=told,
        duties=owed,
        help=helping,
        clocks=clock_frame(view).drop("row").to_dicts(),
        proposals=proposals(view)[0],
        aid_paid=aid_paid(view)[0],
    )


def _suppose(register: Register, supposed: Sequence[Supposed], *, as_of: int, now: int) -> tuple[Register, int]:
    """The register with supposed duties of ours, and the instant that sees all of them (at most the end of today)."""
    zone = register.time_zone
    today = local_date(now, zone)
    began = register.events.filter(pl.col("kind").is_in(["registered", "transferred_in"]))["occurred_at"].min()
    first = local_date(int(str(began)), zone) if began is not None else today
    days = [item.occurred_on for item in supposed]
    if max(days) > today or min(days) < first:
        raise UsageError(
            "what_if_date",
            "假设的办理日期须在登记日与今天之间",
            "supposed duties must lie between the registration and today",
        )
    matter_id = register.matters["matter_id"][0]
    rows: list[dict[str, Any]] = []
    for number, item in enumerate(supposed):
        at = local_midnight(item.occurred_on, zone)
        rows.append(
            {
                "event_id": event_uuid("what-if", matter_id, item.kind, str(number)),
                "matter_id": matter_id,
                "kind": item.kind,
                "occurred_at": at,
                "known_at": at,
                "known_from": at,
                "recorded_at": now,
                "batch_id": register.batch_id,
                "seq": 1_000_000 + number,
                "assumed": False,
                "people_band": 0,
                "due_at": None if item.due_on is None else local_midnight(item.due_on, zone),
                "document_no": item.document_no,
            }
        )
    added = pl.DataFrame(rows, schema_overrides=register.events.schema)
    events = pl.concat([register.events, added.select(pl.all())], how="diagonal").select(register.events.columns)
    seen = max(as_of, cutoff_instant(max(days), zone))
    return replace(register, events=events, observed_until=max(register.observed_until, seen)), seen
