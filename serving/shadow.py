"""How a model from elsewhere would have done beside the list in use: its own list, kept apart, compared in totals."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data.contract import Register
from data.errors import PetitionRiskError
from data.mapping import Task
from data.settings import Settings
from data.store import models, shadows
from data.store.engine import Store
from data.store.screenings import Screening, read_entries, read_screenings
from data.store.shadows import ShadowEntry
from data.whole_file import write_whole
from features.build import build_features, split_facts
from features.feature import FeatureSet
from features.timing import timing_of
from serving.champion import Champion, load_champion
from training import metrics
from training.labels import labels
from training.score import score
from training.sweep_list import CANDIDATE_COLUMNS, MODEL, POINTS, make_list

#: Totals over fewer listed matters say nothing and are not shown.
LEAST = 10
#: Where the comparison of a version is kept, from the state directory on.
KEPT = "models/{version}/shadow.json"
_DRAWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A model's lists in the shadow beside those in use, over the same months and lengths.

    `matured` counts listed matters whose outcome is known; the shares raised again are None below LEAST of them.
    """

    lists: int
    listed: int
    in_both: int
    matured: int
    shadow: metrics.Figure | None
    in_use: metrics.Figure | None
    difference: metrics.Figure | None

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        body: dict[str, Any] = {name: getattr(self, name) for name in ("lists", "listed", "in_both", "matured")}
        for name in ("shadow", "in_use", "difference"):
            found = getattr(self, name)
            body[name] = None if found is None else found.as_dict()
        return body


def shadow_lists(
    store: Store,
    settings: Settings,
    state: Path,
    register: Register,
    log: pl.DataFrame,
    *,
    used: FeatureSet,
    context: pl.DataFrame,
) -> tuple[dict[int, list[ShadowEntry]], dict[str, Any]]:
    """The list each model in the shadow would have made of a screening's `log` (features and facts), by version.

    A model with another feature set than the log's `used` one (declared features) gets its own matrix of the same
    snapshots, from the same `register` and `context`.  Nothing of it reaches an entry, a page or an export of the
    screening.  A model that is refused is named in the second value (for the summary) and keeps nothing from being
    screened.
    """
    lists: dict[int, list[ShadowEntry]] = {}
    told: dict[str, str] = {}
    for version in shadows.in_shadow(store):
        try:
            model = load_champion(state, models.find_model(store, version))
        except PetitionRiskError as problem:
            told[str(version)] = problem.code
            continue
        matrix, facts = split_facts(log.drop("margin_nano", strict=False))
        if model.feature_set.fingerprint != used.fingerprint:
            here, timing = log.select("matter_id", "cutoff"), timing_of(settings.clock)
            own = build_features(register, here, model.feature_set, context=context, timing=timing)
            matrix = here.join(own, on=["matter_id", "cutoff"], how="left", maintain_order="left")
        lists[version] = shadow_list(register, settings, matrix, facts, model)
        told[str(version)] = "ranked"
    return lists, {"shadow": told} if told else {}


def shadow_list(
    register: Register, settings: Settings, matrix: pl.DataFrame, facts: pl.DataFrame, model: Champion
) -> list[ShadowEntry]:
    """The model part of the list `model` would have made: must-acts and lengths as in the list in use."""
    offices = register.matters.select("matter_id", "office_id")
    candidates = facts.join(offices, on="matter_id", how="left", maintain_order="left").select(CANDIDATE_COLUMNS)
    scored = score(model.scorecard, matrix, model.feature_set).drop("cutoff")
    entries = make_list(
        candidates.join(scored, on="matter_id", how="left", maintain_order="left"), settings.sweep, "model"
    )
    chosen = entries.filter(pl.col("part") == MODEL).select("matter_id", "office_id", "rank", "margin_nano")
    return [ShadowEntry(**row) for row in chosen.iter_rows(named=True)]


def compare(store: Store, settings: Settings, register: Register, version: int) -> Compared:
    """All months a version ran in the shadow; of several lists for one cutoff and scope the last made counts."""
    kept = shadows.read_shadow(store, version)
    latest: dict[tuple[int, str], Screening] = {}
    for screening in sorted(read_screenings(store), key=lambda one: (one.cutoff, one.created_at)):
        if screening.screening_id in kept:
            latest[screening.cutoff, screening.scope] = screening
    rows: list[dict[str, Any]] = []
    for screening in latest.values():
        ours = {entry.matter_id for entry in kept[screening.screening_id]}
        theirs = {entry.matter_id for entry in read_entries(store, screening.screening_id, parts=[POINTS, MODEL])}
        rows += [
            {"matter_id": matter, "cutoff": screening.cutoff, "shadow": matter in ours, "in_use": matter in theirs}
            for matter in sorted(ours | theirs)
        ]
    schema = {"matter_id": pl.String, "cutoff": pl.Int64, "shadow": pl.Boolean, "in_use": pl.Boolean}
    frame = pl.DataFrame(rows, schema=schema)
    counts = {
        "lists": len(latest),
        "listed": int(frame["shadow"].sum()),
        "in_both": frame.filter("shadow", "in_use").height,
    }
    if not rows:
        return Compared(**counts, matured=0, shadow=None, in_use=None, difference=None)
    known = labels(register, frame.select("matter_id", "cutoff"), Task(), settings.label).rows
    done = frame.join(known.select("matter_id", "cutoff", "label"), on=["matter_id", "cutoff"]).drop_nulls("label")
    matured = int(done["shadow"].sum())
    if min(matured, int(done["in_use"].sum())) < LEAST:
        return Compared(**counts, matured=matured, shadow=None, in_use=None, difference=None)
    matter = np.unique(done["matter_id"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    weights = metrics.matter_weights(int(matter.max()) + 1, _DRAWS, seed=version)
    again = done["label"].cast(pl.Float64).to_numpy()
    shares = [
        metrics.ratio(again * listed, listed, matter, weights)
        for listed in (done[name].cast(pl.Float64).to_numpy() for name in ("shadow", "in_use"))
    ]
    return Compared(
        **counts,
        matured=matured,
        shadow=metrics.figure(shares[0]),
        in_use=metrics.figure(shares[1]),
        difference=metrics.figure(shares[0].minus(shares[1])),
    )


def keep_comparisons(store: Store, settings: Settings, state: Path, register: Register) -> None:
    """Put the comparison of each model in the shadow beside it, where the steward's page reads it."""
    for version in shadows.in_shadow(store):
        path = state / KEPT.format(version=version)
        write_whole(path, json.dumps(compare(store, settings, register, version).as_dict()).encode())
