"""What a model learns from: snapshots of past months with features, label and everything a back-test ranks by."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from data.contract import Register
from data.errors import TooLittleData
from data.links import standing
from data.mapping import Task
from data.settings import Settings
from data.times import DAY_US
from features.build import build_features, split_facts
from features.cohort import cohort
from features.feature import FeatureSet
from features.practice import practice
from features.timing import timing_of
from training import labels as outcomes
from training.clock_misses import clock_misses
from training.fit import matrix
from training.help_given import help_columns
from training.leakage import Leak, attribute_leaks

#: What stands for our duties where a log has none: none is urgent, and every matter may be listed.
NO_DUTIES = {
    "must_act": pl.lit(value=False),
    "unmet_duty": pl.lit(value=True),
    "help_open": pl.lit(value=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Snapshots (n rows) and the return episodes of all offices.

    `rows`: matter_id, office_id, cutoff (UTC µs), label (Int8, null where unknown), first_return (never returned
    before), category, the columns of `features.facts` and `features.practice`, those of `feature_set`; of an office's
    register also `clock_label` (the secondary target), `listed` (stood on an issued list) and those of `help_given`.
    `episodes`: matter_id, office_id, episode_start (UTC µs), first.  `dropped` counts snapshots left out, by why.
    """

    rows: pl.DataFrame
    episodes: pl.DataFrame
    feature_set: FeatureSet
    observed_until: int
    horizon_us: int
    time_zone: str
    assumed_share: float
    label_name: str
    bench_only: bool
    dropped: dict[str, int]
    leaks: tuple[Leak, ...] = ()


def make_dataset(
    register: Register,
    context: pl.DataFrame | None,
    task: Task,
    settings: Settings,
    *,
    feature_set: FeatureSet,
    cutoffs: Sequence[int],
    bench_only: bool,
    kept: pl.DataFrame | None = None,
) -> Dataset:
    """The snapshots of `cutoffs` (UTC microseconds) by the task's cohort, with labels as known at the register's end.

    The primary label does not exist for an office where fewer numbers were checked for links than the setting asks:
    its snapshots stay, without one.  Raises TooLittleData where that is every office.  A number that turned out to be
    a later one of a matter counts as that matter, once a cutoff.
    `kept` (matter_id, cutoff, listed, helped_after or null) is what earlier screenings kept of their snapshots; None
    where none was made.  Of others, and where it is not known yet, help is read off the register; they were not listed.
    """
    least = settings.learning.min_link_checks
    blind = register.unchecked_offices(least) if task.label is None else ()
    offices = register.matters["office_id"].n_unique()
    share = register.links_checked
    if task.label is None and (len(blind) == offices > 0 or (not register.checked_by_office and share < least)):
        raise TooLittleData(
            "links_unchecked",
            f"仅{share:.0%}的事项编号查过重复关联（要求{least:.0%}），无法判断是否再次反映；请先完成关联确认，排查按规则运行",
            f"only {share:.0%} of the matter numbers were checked for links ({least:.0%} needed), so whether a matter "
            "came back is unknown; confirm links first, the sweep goes on by rules",
        )
    members = cohort(register, cutoffs, task, settings.cohort)
    found = outcomes.labels(register, members, task, settings.label)
    usable = found.rows.filter(~pl.col("returned_unseen"))
    snapshots = members.join(usable, on=["matter_id", "cutoff"], how="inner").sort("cutoff", "office_id", "matter_id")
    columns, facts = split_facts(
        build_features(
            register,
            snapshots,
            feature_set,
            context=context,
            with_facts=True,
            also=practice,
            timing=timing_of(settings.clock),
        )
    )
    without = snapshots.filter(pl.col("office_id").is_in(list(blind))).height
    if blind:
        unknown = pl.col("office_id").is_in(list(blind))
        snapshots = snapshots.with_columns(label=pl.when(~unknown).then("label"))
    clashing = [name for name in facts.columns if name in feature_set.names]
    rows = (
        snapshots.select("matter_id", "office_id", "cutoff", "label", first_return=~pl.col("returned_before"))
        .join(_categories(register), on="matter_id", how="left", maintain_order="left")
        .join(facts.drop(clashing), on=["matter_id", "cutoff"], how="left", maintain_order="left")
        .join(columns, on=["matter_id", "cutoff"], how="left", maintain_order="left")
    )
    if task.label is not None:
        # Another domain's log: our duties are not theirs, so everyone is a candidate of the ranking.
        rows = rows.with_columns(**NO_DUTIES)
    matter_of = standing(register.links)
    if matter_of:
        owner = pl.col("matter_id").replace(matter_of)
        rows = (
            rows.with_columns(_own=owner == pl.col("matter_id"), matter_id=owner)
            .sort("cutoff", "office_id", "matter_id", "_own", descending=[False, False, False, True])
            .unique(["matter_id", "cutoff"], keep="first", maintain_order=True)
            .drop("_own")
        )
    if task.label is None:
        here = rows.select("matter_id", "cutoff")
        rows = rows.join(
            clock_misses(register, here, settings.label, timing=timing_of(settings.clock)),
            on=["matter_id", "cutoff"],
            how="left",
            maintain_order="left",
        ).join(
            help_columns(register, here, task, settings.label),
            on=["matter_id", "cutoff"],
            how="left",
            maintain_order="left",
        )
        rows = _as_kept(rows, kept, matter_of)
    events = register.events
    return Dataset(
        rows=rows,
        episodes=outcomes.episodes(register, task).filter(~pl.col("office_id").is_in(list(blind))),
        feature_set=feature_set,
        observed_until=register.observed_until,
        horizon_us=task.horizon_days * DAY_US,
        time_zone=register.time_zone,
        assumed_share=float(events["assumed"].sum()) / max(len(events), 1),
        label_name=outcomes.label_name(task),
        bench_only=bench_only,
        dropped={"returned_unseen": found.returned_unseen, **({"links_unchecked": without} if without else {})},
        leaks=attribute_leaks(register, task),
    )


def data_fingerprint(rows: pl.DataFrame, feature_set: FeatureSet) -> str:
    """SHA-256 over ids, cutoffs, labels and features, independent of the order of the rows."""
    ordered = rows.sort("cutoff", "matter_id")
    digest = hashlib.sha256("\n".join(feature_set.names).encode())
    digest.update("\n".join(ordered["matter_id"]).encode())
    digest.update(np.ascontiguousarray(ordered["cutoff"].to_numpy()).tobytes())
    digest.update(ordered["label"].cast(pl.Int8).fill_null(-1).to_numpy().tobytes())
    digest.update(matrix(ordered, feature_set).tobytes())
    return digest.hexdigest()


def _as_kept(rows: pl.DataFrame, kept: pl.DataFrame | None, matter_of: Mapping[str, str]) -> pl.DataFrame:
    """The rows with `listed`, and with `helped_after` as it was kept; a number that was linked since is its matter."""
    if kept is None:
        return rows.with_columns(listed=pl.lit(value=False))
    said = (
        kept.with_columns(matter_id=pl.col("matter_id").replace(dict(matter_of)))
        .group_by("matter_id", "cutoff")
        .agg(pl.col("listed").any(), pl.col("helped_after").max().alias("_helped"))
    )
    return (
        rows.join(said, on=["matter_id", "cutoff"], how="left", maintain_order="left")
        .with_columns(
            pl.col("listed").fill_null(value=False), helped_after=pl.coalesce(pl.col("_helped"), pl.col("helped_after"))
        )
        .drop("_helped")
    )


def _categories(register: Register) -> pl.DataFrame:
    """What each matter was registered as, for strata in reports; columns matter_id, category."""
    return (
        register.attributes.filter(pl.col("name") == "category")
        .sort("known_from", "seq", "text")
        .unique("matter_id", keep="first", maintain_order=True)
        .select("matter_id", pl.col("text").alias("category"))
    )
