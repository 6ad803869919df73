"""What an office's ledger says about its year, row by row: everything a board counts, whoever looks at it."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from data.contract import Register
from data.times import local_date, local_midnight
from data.vocabulary import Role
from features.timing import Timing
from monitoring.look_back import looked_back
from serving.board_clocks import make_clocks
from serving.board_steps import make_steps
from serving.led import with_led

#: The clocks leaders count: answered in seven days, in three months, and every month after that.
DUTIES = ("procedural_reply", "substantive_reply", "monthly_follow_up")
#: Acts of ours that are counted one by one.
ACTS: dict[str, tuple[str, ...]] = {
    "receptions": ("leader_reception", "video_reception", "field_visit"),
    "letters": ("leader_letter",),
    "hearings": ("hearing_held", "simple_hearing_held"),
    "aid": ("aid_paid",),
    "lawyers": ("lawyer_present",),
    "explanations": ("explanation",),
    "clues": ("clue_referred",),
}
#: The acts leaders do in person, told by the level of the office, the rank and the form.
LED_ACTS = ("receptions", "letters")
ENDS = ("resolved", "accepted_by_person", "moved_to_procedure", "closed", "terminated", "withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Rows of one year; `matter` is a place in `matters`, days are local, `money` in fen.

    `until` (UTC microseconds) is where the year or the ledger ends, which reaches to `observed_until`; `closed` the
    first day of the month not over by then, `begun` the first month the ledger tells of.

    matters: the register's, the level of the office, what serving.led says, and whether it is open now
    rows: code, matter, day, state (one for each thing a number counts) · ended: matter, kind · came: matter, day
    led: matter, act, rank, form · paid: matter, amount, people (at least so many), untold
    steps: see serving.board_steps · owed: matter, code, day (duties of ours that run or are overdue now)
    """

    year: int
    until: int
    observed_until: int
    closed: date
    begun: date
    time_zone: str
    matters: pl.DataFrame
    rows: pl.DataFrame
    ended: pl.DataFrame
    came: pl.DataFrame
    led: pl.DataFrame
    paid: pl.DataFrame
    steps: pl.DataFrame
    owed: pl.DataFrame


def make_facts(register: Register, year: int, *, timing: Timing) -> Facts:
    """The facts of a calendar year, as far as the ledger reaches; clocks are judged by all that is known now."""
    zone = register.time_zone
    begin = local_midnight(date(year, 1, 1), zone)
    until = min(local_midnight(date(year + 1, 1, 1), zone), register.observed_until)
    closed = local_date(until, zone).replace(day=1)
    events = _standing(register, until)
    during = events.filter(pl.col("day") >= local_date(begin, zone))
    clocks, raised = make_clocks(register, timing), _raised(register, events)
    judged = clocks.judged
    last = events.filter(pl.col("kind").is_in([*ENDS, "reopened"])).unique("matter", keep="last", maintain_order=True)
    standing = last.filter(pl.col("kind") != "reopened")
    ended = standing.filter(pl.col("occurred_at") >= begin)
    first, final = local_date(begin, zone), local_date(until - 1, zone)
    came = events.filter(pl.col("kind").is_in(["registered", "transferred_in"])).unique(
        "matter", keep="first", maintain_order=True
    )
    rows = [
        judged.filter(pl.col("code").is_in(DUTIES), pl.col("day").is_between(first, final)),
        *(_rows(code, during.filter(pl.col("kind").is_in(kinds)), "done") for code, kinds in ACTS.items()),
        *_resolved(events, ended),
        *_backlog(events, standing),
        *_received(during, standing),
        *_chief(during),
        *_looked_back(events, raised, begin, until),
    ]
    return Facts(
        year=year,
        until=until,
        observed_until=register.observed_until,
        closed=closed,
        begun=closed if events.is_empty() else events["day"].min().replace(day=1),  # type: ignore[union-attr]
        time_zone=zone,
        matters=_matters(register).with_columns(is_open=clocks.is_open),
        rows=pl.concat(rows).sort("code", "day", "matter", "state"),
        ended=ended.select("matter", "kind"),
        came=came.select("matter", "day"),
        led=_led(during),
        owed=clocks.owed,
        paid=during.filter(pl.col("kind") == "aid_paid").select(
            "matter", "amount", people=_at_least(), untold=pl.col("people_band") == 0
        ),
        steps=make_steps(judged, events, raised, closed, local_date(until, zone)),
    )


def _standing(register: Register, until: int) -> pl.DataFrame:
    """The events that stand and happened before `until`, in order, with the place of their matter and local day."""
    day = pl.from_epoch("occurred_at", "us").dt.replace_time_zone("UTC").dt.convert_time_zone(register.time_zone)
    columns = ("kind", "occurred_at", "seq", "rank", "form", "amount", "caused_by", "people_band", "parts_missing")
    return (
        register.events.lazy()
        .filter(pl.col("known_until").is_null(), pl.col("occurred_at") < until)
        .join(register.matters.lazy().select("matter_id").with_row_index("matter"), on="matter_id")
        .select("matter", *columns, day=day.dt.date())
        .sort("matter", "occurred_at", "seq")
        .collect()
    )


def _matters(register: Register) -> pl.DataFrame:
    return with_led(register).join(
        register.offices.select("office_id", "level"), on="office_id", how="left", maintain_order="left"
    )


def _at_least() -> pl.Expr:
    """At least so many people were aided by one payment: a ledger keeps bands (one, two to four, five and more)."""
    return pl.col("people_band").replace_strict({0: 1, 1: 1, 2: 2, 3: 5}, return_dtype=pl.Int64)


def _raised(register: Register, events: pl.DataFrame) -> pl.DataFrame:
    """When a matter was raised again, by no act of ours: matter, again (day)."""
    kinds = [kind for kind, role in register.roles.items() if role in (Role.CONTACT, Role.FROM_ABOVE)]
    return events.filter(pl.col("kind").is_in(kinds), pl.col("caused_by").is_null()).select("matter", again="day")


def _rows(code: str, found: pl.DataFrame, state: str | pl.Expr) -> pl.DataFrame:
    return found.select(
        code=pl.lit(code), matter="matter", day="day", state=pl.lit(state) if isinstance(state, str) else state
    )


def _split(
    code: str, whole: pl.DataFrame, inside: pl.Expr, states: tuple[str, str] = ("done", "not_done")
) -> pl.DataFrame:
    return _rows(code, whole, pl.when(inside).then(pl.lit(states[0])).otherwise(pl.lit(states[1])))


def _of(found: pl.DataFrame) -> pl.Expr:
    return pl.col("matter").is_in(found["matter"].unique().implode())


def _resolved(events: pl.DataFrame, ended: pl.DataFrame) -> list[pl.DataFrame]:
    """Resolved of all ended; and of those resolved, the ones handled with a superior or subordinate office."""
    resolved = ended.filter(pl.col("kind") == "resolved")
    together = events.filter(pl.col("kind") == "joint_handling")
    return [
        _split("resolved", ended, pl.col("kind") == "resolved"),
        _split("resolved_together", resolved, _of(together)),
    ]


def _backlog(events: pl.DataFrame, standing: pl.DataFrame) -> list[pl.DataFrame]:
    """Matters ever listed as backlog: standing resolved, or not."""
    listed = events.filter(pl.col("kind") == "backlog_listed").unique("matter", keep="last", maintain_order=True)
    return [_split("backlog", listed, _of(standing.filter(pl.col("kind") == "resolved")))]


def _received(during: pl.DataFrame, standing: pl.DataFrame) -> list[pl.DataFrame]:
    """Matters a leader took up in the year, by reception or letter: standing resolved, or not."""
    kinds = [kind for act in LED_ACTS for kind in ACTS[act]]
    met = during.filter(pl.col("kind").is_in(kinds)).unique("matter", keep="last", maintain_order=True)
    return [_split("received_resolved", met, _of(standing.filter(pl.col("kind") == "resolved")))]


def _chief(during: pl.DataFrame) -> list[pl.DataFrame]:
    """Receptions and letters of which the ledger says the rank: by the chief prosecutor, or not."""
    kinds = [kind for act in LED_ACTS for kind in ACTS[act]]
    ranked = during.filter(pl.col("kind").is_in(kinds), pl.col("rank").is_not_null())
    return [_split("chief_share", ranked, pl.col("rank") == "chief")]


def _looked_back(events: pl.DataFrame, raised: pl.DataFrame, begin: int, until: int) -> list[pl.DataFrame]:
    looked = looked_back(events, raised, begin, until)
    return [_split("look_back", looked, ~pl.col("came"), ("held", "again"))]


def _led(during: pl.DataFrame) -> pl.DataFrame:
    acts = {kind: act for act in LED_ACTS for kind in ACTS[act]}
    return during.filter(pl.col("kind").is_in(list(acts))).select(
        "matter", "rank", "form", act=pl.col("kind").replace_strict(acts, return_dtype=pl.String)
    )
