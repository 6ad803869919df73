"""The matters of a past list whose outcome is known: what became of each, and where the list had it."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.times import DAY_US, wall, wall_us
from data.vocabulary import SUBSTANTIVE
from monitoring.check import PastList, Watch
from monitoring.part import Part
from training.metrics import Flags, Ints, top_of_groups
from training.sweep_list import RANKED

_NOT_BASELINES = frozenset(
    {"matter_id", "office_id", "margin", "label", "part", "inclusion", "chance", "chance_low", "chance_high"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The matters of one past cohort whose label is known, by matter id; arrays of shape (n,).

    `frame` has `matter_id`, `margin`, `inclusion` and where known the chances of `PastList.candidates`.
    `listed`: among the k of the list; `free`: off the list, or drawn at random from what was off it; `acted`: how
    many listed ones were helped in the horizon; `baselines`: what each would have listed.
    """

    frame: pl.DataFrame
    hit: Flags
    listed: Flags
    must: Flags
    spot: Flags
    free: Flags
    acted: int
    baselines: dict[str, Flags]


def is_mature(cutoff: int, observed_until: int, time_zone: str, *, horizon_days: int, lag_days: int) -> bool:
    """Whether the labels of a cutoff can be known: the horizon and the reporting lag lie before `observed_until`."""
    return wall_us(cutoff, time_zone) + (horizon_days + lag_days) * DAY_US <= wall_us(observed_until, time_zone)


def has_matured(watch: Watch, cutoff: int, *, by: int | None = None) -> bool:
    """Whether the labels of a cutoff could be known at the instant `by`; None: at the end of the register."""
    return is_mature(
        cutoff,
        watch.register.observed_until if by is None else by,
        watch.register.time_zone,
        horizon_days=watch.horizon_days,
        lag_days=watch.settings.label.reporting_lag_days,
    )


def listed_in(watch: Watch) -> pl.DataFrame:
    """Every matter among the k of a list: matter_id, cutoff, and the cutoff on the wall (`since`)."""
    zone = watch.register.time_zone
    parts = [pl.DataFrame(schema={"matter_id": pl.String, "cutoff": pl.Int64, "since": pl.Int64})]
    parts += [
        past.entries.filter(pl.col("part").is_in(RANKED)).select(
            "matter_id", cutoff=pl.lit(past.cutoff, pl.Int64), since=pl.lit(wall_us(past.cutoff, zone), pl.Int64)
        )
        for past in watch.past
    ]
    return pl.concat(parts)


def helped_after(part: Part, watch: Watch) -> pl.DataFrame:
    """The listed matters in which our office answered on the substance, or gave help, in the horizon: with `cutoff`."""
    register = part.register
    helps = [code for code, role in register.roles.items() if role == "help"]
    given = register.events.filter(pl.col("kind").is_in([*helps, *SUBSTANTIVE]) & pl.col("known_until").is_null())
    given = given.select("matter_id", "occurred_at", at=pl.Series(wall(given["occurred_at"], register.time_zone)))
    after = given.join(watch.made(listed_in), on="matter_id").filter(
        (pl.col("occurred_at") >= pl.col("cutoff")) & (pl.col("at") < pl.col("since") + watch.horizon_days * DAY_US)
    )
    return after.select("cutoff", "matter_id").unique()


def matured_cohort(past: PastList, watch: Watch) -> Cohort:
    """The matters of a matured list whose label is known; raises ValueError for a watch without labels."""
    if past.screening_id in watch.cohorts:
        return watch.cohorts[past.screening_id]
    labels = watch.labels
    if labels is None:
        raise ValueError("a cohort needs labels")
    known = labels.filter((pl.col("cutoff") == past.cutoff) & pl.col("label").is_not_null())
    frame = (
        past.candidates.join(known.select("matter_id", "label"), on="matter_id", how="inner")
        .join(past.entries.select("matter_id", "part", "inclusion"), on="matter_id", how="left")
        .sort("matter_id")
    )
    part = frame["part"]
    listed = part.is_in(RANKED).fill_null(value=False).to_numpy()
    must = (part == "must_act").fill_null(value=False).to_numpy()
    spot = (part == "spot").fill_null(value=False)
    office = frame["office_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    helped = watch.found(helped_after).filter(pl.col("cutoff") == past.cutoff)["matter_id"]
    kept = ("matter_id", "margin", "inclusion", *(name for name in frame.columns if name.startswith("chance")))
    return Cohort(
        frame=frame.select(kept),
        hit=frame["label"].cast(pl.Boolean).to_numpy(),
        listed=listed,
        must=must,
        spot=spot.to_numpy(),
        free=(spot | part.is_null()).to_numpy(),
        acted=int((listed & frame["matter_id"].is_in(helped.implode()).to_numpy()).sum()),
        baselines=_baselines(frame, office, listed, ~must),
    )


def _baselines(frame: pl.DataFrame, office: Ints, listed: Flags, allowed: Flags) -> dict[str, Flags]:
    """What each baseline would have listed: as many per office as the list had, from the same candidates."""
    lengths = np.bincount(office[listed], minlength=int(office.max(initial=-1)) + 1)
    # Ties at the line go by matter id, which says nothing about the matter.
    ties = np.arange(frame.height)
    return {
        name: top_of_groups(
            frame[name].cast(pl.Float64).fill_null(float("-inf")).to_numpy(), ties, office, lengths, allowed
        )
        for name in sorted(set(frame.columns) - _NOT_BASELINES)
    }
