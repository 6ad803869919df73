"""A made-up model in use, for benches: its cost is that of a trained one, its ranking means nothing."""

from pathlib import Path

import numpy as np

from data.store import models
from data.store.engine import Store
from features.catalog import CATALOG
from features.feature import Feature
from training import scorecard as cards
from training.labels import PRIMARY
from training.scorecard import Bands, Calibration, Scorecard, Step

_THRESHOLDS = np.array([0.5, 1.5, 3.5, 7.5, 15.5, 30.5, 60.5, 90.5])
_STEP = 40_000_000


def use_any_model(store: Store, folder: Path, *, proposer: str, approver: str, at: int) -> int:
    """Register a scorecard over every feature of the catalog, propose and approve it; its version."""
    card = _any_scorecard()
    path = folder / "any-model.json"
    path.write_bytes(cards.to_json(card))
    version = models.add_model(
        store,
        models.ModelVersion(
            name="scorecard",
            scorecard_sha256=cards.sha256(card),
            scorecard_path=path.name,
            feature_fingerprint=card.feature_set,
            label=card.label,
            bench_only=False,
            demo=True,
            assumed_share=0.0,
            created_at=at,
            created_by=proposer,
            gate={"passed": True, "reasons": []},
        ),
    )
    models.propose(store, version, proposer=proposer, at=at, reason="bench")
    models.promote(store, version, approver=approver, at=at + 1, reason="bench")
    return version


def _any_scorecard() -> Scorecard:
    return Scorecard(
        steps=tuple(_step(feature) for feature in CATALOG),
        intercept=-1_500_000_000,
        feature_set=CATALOG.fingerprint,
        calibration=Calibration(
            a=0.0,
            b=1.0,
            knots=np.array([-2_000_000_000, 0, 2_000_000_000], dtype=np.int64),
            low=np.array([50_000, 200_000, 500_000], dtype=np.int64),
            high=np.array([90_000, 300_000, 700_000], dtype=np.int64),
        ),
        bands=Bands(larger=0, major=1_000_000_000),
        label=PRIMARY,
        horizon_days=90,
        bench_only=False,
        cohort="bench",
    )


def _step(feature: Feature) -> Step:
    values = (feature.sign or 1) * _STEP * np.arange(len(_THRESHOLDS) + 1, dtype=np.int64)
    return Step(
        name=feature.name,
        sign=feature.sign,
        empty=float(feature.empty),
        contact_term=feature.contact_term,
        thresholds=_THRESHOLDS,
        values=values - values[_THRESHOLDS.searchsorted(float(feature.empty))],
    )
