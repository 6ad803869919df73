"""What followed a cutoff: whether a matter came back unresolved, exactly as the decisions on semantics word it."""

from dataclasses import dataclass, replace

import polars as pl

from data import vocabulary
from data.contract import Register
from data.links import standing
from data.mapping import Task
from data.settings import LabelSettings
from data.times import DAY_US, wall_us

PRIMARY = "unresolved_return_90d"
#: The name under which the field knows the primary label, printed beside it.
ALIAS = "escalation_90d"
#: A contact counts from this local date after registration on (day 0 is registration).
FIRST_DAY = 8
#: The first copy forwarded from above within so many days of registration is the first letter, not a return.
COPY_DAYS = 30
EPISODE_DAYS = 30
#: What a label is read from.
_READ = (
    "event_id", "matter_id", "kind", "occurred_at", "known_from", "known_until", "seq", "solved", "caused_by",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Labels of snapshots, and how many could not be used.

    `rows`: the given (matter_id, cutoff) with `label` (Int8; null while not mature), `returned_unseen` (it came
    back before the cutoff but the office knew only after it: not for training) and `returned_before`.
    """

    rows: pl.DataFrame
    returned_unseen: int
    immature: int


def label_name(task: Task) -> str:
    """The label's name: that of the product, or one made of a mapping's own kinds."""
    if task.label is None:
        return PRIMARY if task.horizon_days == 90 else f"unresolved_return_{task.horizon_days}d"
    return (
        f"first_{'_or_'.join(task.label)}_{task.horizon_days}d"
        if len(task.label) == 1
        else (f"any_of_{len(task.label)}_kinds_{task.horizon_days}d")
    )


def returns(register: Register, task: Task) -> pl.DataFrame:
    """Every event that makes a label positive, as known at the end: matter_id, occurred_at, known_from.

    `known_from` is since when some version of the event said so: a correction of a detail makes nothing news.
    """
    register = replace(register, events=register.events.select(_READ))
    found = _of_mapping(register, task) if task.label is not None else _primary(register)
    standing = found.filter(pl.col("known_until").is_null()).select("event_id", "matter_id", "occurred_at", "seq")
    # A linked number's letter is news to the matter only since the link: the same event, another history.
    known = found.group_by("event_id", "matter_id").agg(pl.col("known_from").min())
    return (
        standing.join(known, on=["event_id", "matter_id"], how="left")
        .sort("matter_id", "occurred_at", "seq", "event_id")
        .select("matter_id", "occurred_at", "known_from")
    )


def _of_mapping(register: Register, task: Task) -> pl.DataFrame:
    """The versions of a mapping's own label kinds; with `first_only` those of each matter's first event."""
    chosen = register.events.filter(pl.col("kind").is_in(list(task.label or ())))
    if not task.first_only:
        return chosen
    return chosen.filter(pl.col("event_id").is_in(_first(chosen)["event_id"].implode()))


def _primary(register: Register) -> pl.DataFrame:
    """The versions of events that count as the matter raised again or rated not solved."""
    role_of = {kind.code: kind.role.value for kind in vocabulary.KINDS} | register.roles
    raised = [code for code, role in role_of.items() if role in ("contact", "from_above")]
    own_will = pl.col("caused_by").is_null()
    local_day = _local_day(pl.col("occurred_at"), register.time_zone)
    registered = (
        register.events.filter(pl.col("known_until").is_null() & pl.col("kind").is_in(["registered", "transferred_in"]))
        .group_by("matter_id")
        .agg(local_day.min().alias("registered_day"))
    )
    telling = register.events.filter(pl.col("kind").is_in([*raised, "forwarded_from_above", "rated"]))
    events = telling.join(registered, on="matter_id", how="inner").with_columns(day=local_day)
    since = pl.col("day") - pl.col("registered_day")
    copies = (pl.col("kind") == "forwarded_from_above") & own_will & (since < COPY_DAYS)
    never = _first(events.filter(copies))["event_id"].implode()
    again = pl.col("kind").is_in(raised) & own_will & (since >= FIRST_DAY) & ~pl.col("event_id").is_in(never)
    unsolved = (pl.col("kind") == "rated") & (pl.col("solved") == "no")
    return events.filter(again | unsolved)


def _first(events: pl.DataFrame) -> pl.DataFrame:
    """The first standing event of each matter."""
    return (
        events.filter(pl.col("known_until").is_null())
        .sort("occurred_at", "seq", "event_id")
        .unique("matter_id", keep="first", maintain_order=True)
    )


def labels(register: Register, snapshots: pl.DataFrame, task: Task, settings: LabelSettings) -> Labels:
    """The label of each (matter_id, cutoff): any return with `occurred_at` in [cutoff, cutoff + horizon).

    Null until `cutoff + horizon + reporting lag` lies within what the batches cover, never the wall clock.  A number
    that turned out to be a later one of a matter has that matter's label: links confirmed by now count.
    """
    return labels_by(returns(register, task), snapshots, register, task, settings)


def labels_by(
    found: pl.DataFrame, snapshots: pl.DataFrame, head: Register, task: Task, settings: LabelSettings
) -> Labels:
    """As `labels`, by what `returns` found in the parts of a register; `head` says its links and how far it reaches."""
    given = snapshots.select("matter_id", "cutoff").unique()
    matter_of = standing(head.links)
    if matter_of:
        owner = pl.col("matter_id").replace(matter_of)
        aliased = given.with_columns(owner.alias("_owner"))
        same = labels_by(
            found,
            aliased.select("cutoff", matter_id="_owner"),
            replace(head, links=head.links.clear()),
            task,
            settings,
        )
        rows = (
            aliased.join(same.rows.rename({"matter_id": "_owner"}), on=["_owner", "cutoff"], how="left")
            .drop("_owner")
            .sort("matter_id", "cutoff")
        )
        # The number itself was raised where it stood: only its matter did not know of it yet.
        rows = rows.with_columns(
            returned_unseen=pl.col("returned_unseen") & ~pl.col("matter_id").is_in(list(matter_of))
        )
        return Labels(
            rows=rows.select(same.rows.columns),
            returned_unseen=int(rows["returned_unseen"].sum()),
            immature=int(rows["label"].null_count()),
        )
    horizon = task.horizon_days * DAY_US
    zone = head.time_zone
    rows = given.sort("matter_id", "cutoff")
    wall = rows.with_columns(wall=wall_column(pl.col("cutoff"), zone))
    walls = found.with_columns(wall=wall_column(pl.col("occurred_at"), zone)).sort("wall")
    after = (
        wall.sort("wall")
        .join_asof(
            walls.select("matter_id", pl.col("wall"), pl.col("wall").alias("next")),
            on="wall",
            by="matter_id",
            strategy="forward",
            check_sortedness=False,
        )
        .select("matter_id", "cutoff", positive=(pl.col("next") - pl.col("wall") < horizon).fill_null(value=False))
    )
    earlier = (
        rows.join(found, on="matter_id", how="inner")
        .filter(pl.col("occurred_at") < pl.col("cutoff"))
        .group_by("matter_id", "cutoff")
        .agg(
            (pl.col("known_from") >= pl.col("cutoff")).any().alias("returned_unseen"),
            (pl.col("known_from") < pl.col("cutoff")).any().alias("returned_before"),
        )
    )
    needed = horizon + settings.reporting_lag_days * DAY_US
    ripe = wall_column(pl.col("cutoff"), zone) + needed <= wall_us(head.observed_until, zone)
    done = (
        rows.join(after, on=["matter_id", "cutoff"], how="left")
        .join(earlier, on=["matter_id", "cutoff"], how="left")
        .select(
            "matter_id",
            "cutoff",
            pl.when(ripe).then(pl.col("positive").cast(pl.Int8)).alias("label"),
            pl.col("returned_unseen").fill_null(value=False),
            pl.col("returned_before").fill_null(value=False),
        )
        .sort("matter_id", "cutoff")
    )
    return Labels(
        rows=done,
        returned_unseen=int(done["returned_unseen"].sum()),
        immature=int(done["label"].null_count()),
    )


def episodes(register: Register, task: Task) -> pl.DataFrame:
    """Returns gathered into episodes: those within 30 days of the one before are one.

    Columns matter_id, office_id, episode_start (UTC µs), first (the matter never returned before).
    """
    found = returns(register, task).sort("matter_id", "occurred_at")
    gap = wall_column(pl.col("occurred_at"), register.time_zone).diff().over("matter_id")
    starts = found.filter(gap.is_null() | (gap >= EPISODE_DAYS * DAY_US))
    return (
        starts.with_columns(first=pl.int_range(pl.len()).over("matter_id") == 0)
        .join(register.matters.select("matter_id", "office_id"), on="matter_id", how="left")
        .select("matter_id", "office_id", pl.col("occurred_at").alias("episode_start"), "first")
    )


def month_ends(first: int, last: int, zone: str) -> list[int]:
    """The month-end cutoffs (00:00 local on the first of a month) in [first, last], UTC microseconds."""
    span = pl.datetime_range(
        pl.from_epoch(pl.lit(first), "us").dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.month_start(),
        pl.from_epoch(pl.lit(last), "us").dt.replace_time_zone("UTC").dt.convert_time_zone(zone),
        interval="1mo",
        eager=False,
    )
    found = pl.select(span.dt.truncate("1d").dt.convert_time_zone("UTC").dt.epoch("us")).to_series()
    return [instant for instant in found.to_list() if first <= instant <= last]


def months_of(register: Register, *, from_day: int = 0) -> list[int]:
    """The month-end cutoffs from a register's first event, or so many days after it, to its end.

    The register holds an event.
    """
    first = int(str(register.events["occurred_at"].min())) + from_day * DAY_US
    return month_ends(first, register.observed_until, register.time_zone)


def wall_column(column: pl.Expr, zone: str) -> pl.Expr:
    """Local wall-clock microseconds of a column of instants (UTC microseconds)."""
    local = pl.from_epoch(column, "us").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return local.dt.replace_time_zone(None).dt.epoch("us")


def _local_day(column: pl.Expr, zone: str) -> pl.Expr:
    return wall_column(column, zone) // DAY_US
