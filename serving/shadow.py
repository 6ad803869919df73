"""How a model from elsewhere would have done beside the list in use: its own list, kept apart, compared in totals."""

import json
from collections.abc import Mapping, Sequence
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
from data.store.by_part import Parts
from data.store.engine import Store
from data.store.screenings import Screening, read_entries, read_screenings
from data.store.shadows import ShadowEntry
from data.whole_file import write_whole
from features.build import build_features
from features.history import History
from serving.champion import Champion, load_champion
from serving.ranking import Asked, Looked
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


@dataclass(frozen=True, slots=True, kw_only=True)
class InShadow:
    """The models in the shadow that a screening is also scored with; `told`: what became of each, by version.

    Nothing of them reaches an entry, a page or an export of the screening.  A model that is refused is named in `told`
    and keeps nothing from being screened.
    """

    models: list[Champion]
    told: dict[str, str]

    def scores(
        self, part: Register, history: History, looked: Looked, asked: Asked, context: pl.DataFrame
    ) -> dict[int, pl.DataFrame]:
        """What each model says of the matters of a part, by version: matter_id and the columns that rank.

        A model with another feature set than the screening's (declared features) gets its own matrix of the same
        snapshots.
        """
        found: dict[int, pl.DataFrame] = {}
        here = looked.log.select("matter_id", "cutoff")
        for model in self.models:
            features, matrix = model.feature_set, looked.log
            if features.fingerprint != asked.features.fingerprint:
                own = build_features(part, here, features, context=context, timing=asked.timing, history=history)
                matrix = here.join(own, on=["matter_id", "cutoff"], how="left", maintain_order="left")
            found[model.version] = score(model.scorecard, matrix, features).drop("cutoff")
        return found

    def lists(
        self, candidates: pl.DataFrame, scores: Sequence[Mapping[int, pl.DataFrame]], settings: Settings
    ) -> dict[int, list[ShadowEntry]]:
        """The model part of the list each would have made: must-acts and lengths as in the list in use."""
        plain = candidates.select(CANDIDATE_COLUMNS)
        lists: dict[int, list[ShadowEntry]] = {}
        for model in self.models:
            scored = pl.concat([part[model.version] for part in scores])
            entries = make_list(
                plain.join(scored, on="matter_id", how="left", maintain_order="left"), settings.sweep, "model"
            )
            chosen = entries.filter(pl.col("part") == MODEL).select("matter_id", "office_id", "rank", "margin_nano")
            lists[model.version] = [ShadowEntry(**row) for row in chosen.iter_rows(named=True)]
        return lists

    @property
    def summary(self) -> dict[str, Any]:
        """What became of each, for the summary of the screening."""
        return {"shadow": self.told} if self.told else {}


def in_shadow(store: Store, state: Path) -> InShadow:
    """The models that run in the shadow."""
    running: list[Champion] = []
    told: dict[str, str] = {}
    for version in shadows.in_shadow(store):
        try:
            running.append(load_champion(state, models.find_model(store, version)))
            told[str(version)] = "ranked"
        except PetitionRiskError as problem:
            told[str(version)] = problem.code
    return InShadow(models=running, told=told)


def compare(store: Store, settings: Settings, parts: Parts, version: int) -> Compared:
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
    known = pl.concat(_labels(part, frame, settings) for part in parts.read())
    done = frame.join(known, on=["matter_id", "cutoff"]).drop_nulls("label")
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


def _labels(part: Register, frame: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """matter_id, cutoff, label of the rows whose matters stand in a part."""
    here = frame.filter(pl.col("matter_id").is_in(part.matters["matter_id"].implode()))
    found = labels(part, here.select("matter_id", "cutoff"), Task(), settings.label).rows
    return found.select("matter_id", "cutoff", "label")


def keep_comparisons(store: Store, settings: Settings, state: Path, parts: Parts) -> None:
    """Put the comparison of each model in the shadow beside it, where the steward's page reads it."""
    for version in shadows.in_shadow(store):
        path = state / KEPT.format(version=version)
        write_whole(path, json.dumps(compare(store, settings, parts, version).as_dict()).encode())
