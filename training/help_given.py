"""What became of matters that were given help and of those that were not: never a causal claim."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.contract import Register
from data.mapping import Task
from data.settings import LabelSettings
from data.times import DAY_US, wall_us
from data.vocabulary import LEADER_KINDS
from features.feature import FeatureSet
from training import estimators
from training import labels as outcomes
from training.fit import matrix
from training.metrics import Figure, Flags, Floats, figure, matter_weights, ratio

#: Help counts when it was given in so many days from the cutoff on; the outcome is looked at after that.
WINDOW_DAYS = 30
#: Help actually given, by group; what was only screened or offered is not among it.
GIVEN: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "hearing": ("公开听证", "hearing", ("hearing_held", "simple_hearing_held")),
    "aid": ("救助", "aid", ("aid_paid", "social_aid_referred")),
    "lawyer": ("律师参与", "lawyer", ("lawyer_present",)),
    "mediation": ("调解、疏导", "mediation, counselling", ("mediation_held", "counselling_arranged")),
    "meeting": ("会商、下访、视频接访", "meetings and visits", ("joint_meeting", "field_visit", "video_reception")),
    "leader": ("领导接访、办信", "seen by a leader", tuple(kind for kind in LEADER_KINDS if kind != "leader_assigned")),
}
_LEAST = 30
_FOLDS = 2
_DRAWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One kind of help: snapshots with it, and how many of those with and without it came back later."""

    code: str
    snapshots: int
    with_help: Figure
    without: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """Any help, snapshots made alike by overlap weights, and how much they could not be made alike.

    `off_support`: share of helped snapshots whose chance of help was under 5 % or over 95 %; `effective_*`: how many
    snapshots the weighted ones amount to; `worst_before` / `worst_after`: the largest standardised difference.
    """

    difference: Figure
    off_support: float
    effective_with: float
    effective_without: float
    worst_before: float
    worst_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpGiven:
    """The raw comparison by kind, and the adjusted one where there is enough of both (else None)."""

    rows: tuple[Given, ...]
    adjusted: Adjusted | None


def help_columns(register: Register, snapshots: pl.DataFrame, task: Task, settings: LabelSettings) -> pl.DataFrame:
    """For each (matter_id, cutoff): `helped_after`, one `helped_*` a group, and `returned_later` (Int8).

    Help given in [cutoff, cutoff + 30 d), by what stands at the register's end.  `returned_later`: the matter came
    back in the horizon after those 30 days; null where that is not mature.
    """
    zone, groups = register.time_zone, [f"helped_{code}" for code in GIVEN]
    made = _given(register, snapshots)
    made = _next(made, outcomes.returns(register, task), zone, "later", WINDOW_DAYS, task.horizon_days)
    needed = (WINDOW_DAYS + task.horizon_days + settings.reporting_lag_days) * DAY_US
    ripe = pl.col("wall") + needed <= wall_us(register.observed_until, zone)
    return made.select(
        "matter_id",
        "cutoff",
        *groups,
        helped_after=pl.any_horizontal(groups),
        returned_later=pl.when(ripe).then(pl.col("later").cast(pl.Int8)),
    ).sort("matter_id", "cutoff")


def helped_after(register: Register, snapshots: pl.DataFrame) -> pl.DataFrame:
    """For each (matter_id, cutoff): `helped_after`, any help given in [cutoff, cutoff + 30 d)."""
    return _given(register, snapshots).select(
        "matter_id", "cutoff", helped_after=pl.any_horizontal(f"helped_{code}" for code in GIVEN)
    )


def is_over(register: Register, cutoff: int, settings: LabelSettings) -> bool:
    """Whether help after a cutoff can be known: its 30 days and the reporting lag have passed in the data."""
    until = wall_us(cutoff, register.time_zone) + (WINDOW_DAYS + settings.reporting_lag_days) * DAY_US
    return until <= wall_us(register.observed_until, register.time_zone)


def _given(register: Register, snapshots: pl.DataFrame) -> pl.DataFrame:
    """matter_id, cutoff, its wall time, and one `helped_*` a group."""
    zone = register.time_zone
    made = (
        snapshots.select("matter_id", "cutoff").unique().with_columns(wall=outcomes.wall_column(pl.col("cutoff"), zone))
    )
    standing = register.events.filter(pl.col("known_until").is_null())
    for code, (_, _, kinds) in GIVEN.items():
        given = standing.filter(pl.col("kind").is_in(list(kinds)))
        made = _next(made, given, zone, f"helped_{code}", 0, WINDOW_DAYS)
    return made


def _next(rows: pl.DataFrame, events: pl.DataFrame, zone: str, name: str, start: int, days: int) -> pl.DataFrame:
    """`rows` with whether an event lies in [wall + start, wall + start + days) on the local wall clock."""
    at = events.select("matter_id", found=outcomes.wall_column(pl.col("occurred_at"), zone)).sort("found")
    joined = rows.with_columns(begin=pl.col("wall") + start * DAY_US).sort("begin")
    joined = joined.join_asof(
        at, left_on="begin", right_on="found", by="matter_id", strategy="forward", check_sortedness=False
    )
    inside = (pl.col("found") - pl.col("begin") < days * DAY_US).fill_null(value=False)
    return joined.with_columns(inside.alias(name)).drop("begin", "found", strict=False)


def help_given(rows: pl.DataFrame, feature_set: FeatureSet, *, seed: int) -> HelpGiven | None:
    """The comparison over the mature snapshots of a `Dataset`; None where it holds no help at all.

    Chances of help are a logistic regression on the features at the cutoff (before the help), fitted on other
    matters; weights are 1 - chance for the helped and chance for the others (overlap weights).  Intervals (95 %) are
    drawn over matters with the chances held fixed.
    """
    if "returned_later" not in rows.columns:
        return None
    known = rows.filter(pl.col("returned_later").is_not_null())
    if not known.height or not known["helped_after"].any():
        return None
    matter = np.unique(known["matter_id"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    weights = matter_weights(int(matter.max()) + 1, _DRAWS, seed)
    outcome = known["returned_later"].cast(pl.Float64).to_numpy()
    ones = np.ones(outcome.size)
    shown: list[Given] = []
    for code in GIVEN:
        helped = known[f"helped_{code}"].to_numpy()
        shown.append(
            Given(
                code=code,
                snapshots=int(helped.sum()),
                with_help=figure(ratio(outcome * helped, ones * helped, matter, weights)),
                without=figure(ratio(outcome * ~helped, ones * ~helped, matter, weights)),
            )
        )
    helped = known["helped_after"].to_numpy()
    adjusted = None
    if min(int(helped.sum()), int((~helped).sum())) >= _LEAST:
        x = matrix(known, feature_set)
        chance = _chance(x, helped, matter, feature_set, seed)
        treated, control = np.where(helped, 1 - chance, 0.0), np.where(helped, 0.0, chance)
        difference = ratio(outcome * treated, treated, matter, weights).minus(
            ratio(outcome * control, control, matter, weights)
        )
        adjusted = Adjusted(
            difference=figure(difference),
            off_support=float(((chance < 0.05) | (chance > 0.95))[helped].mean()),
            effective_with=_effective(treated),
            effective_without=_effective(control),
            worst_before=_worst(x, helped * 1.0, ~helped * 1.0),
            worst_after=_worst(x, treated, control),
        )
    return HelpGiven(rows=tuple(shown), adjusted=adjusted)


def _chance(x: Floats, helped: Flags, matter: np.ndarray, feature_set: FeatureSet, seed: int) -> Floats:
    """The chance of help of every snapshot, from a model that has not seen its matter. Shape (n,)."""
    part = np.random.default_rng([seed, 0x4E1F]).integers(0, _FOLDS, int(matter.max()) + 1)[matter]
    chance = np.full(helped.size, float(helped.mean()))
    for fold in range(_FOLDS):
        learn, here = part != fold, part == fold
        if helped[learn].all() or not helped[learn].any():
            continue
        model = estimators.fit(estimators.logistic_regression(feature_set), x[learn], helped[learn].astype(np.int8))
        chance[here] = 1.0 / (1.0 + np.exp(-estimators.log_odds(model, x[here])))
    return chance


def _effective(weight: Floats) -> float:
    total = float((weight**2).sum())
    return float(weight.sum()) ** 2 / total if total else 0.0


def _worst(x: Floats, one: Floats, other: Floats) -> float:
    """The largest difference of two weighted means, in standard deviations of the column."""
    spread = x.std(axis=0)
    kept = spread > 0
    apart = one @ x[:, kept] / one.sum() - other @ x[:, kept] / other.sum()
    return float(np.abs(apart / spread[kept]).max()) if kept.any() else 0.0
