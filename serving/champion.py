"""Which model serves at this moment: the approved scorecard, checked, loaded once, swapped on a promotion."""

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from data.errors import NotAllowed, PetitionRiskError
from data.settings import Settings
from data.store import models
from data.store.engine import Store
from features.catalog import CATALOG
from features.declared_plain import known_set
from features.feature import FeatureSet
from serving.metrics import Metrics
from training import registry
from training.score import check_features
from training.scorecard import Scorecard

#: How long an answer about who is champion holds; a promotion or the kill switch takes effect within it.
_FRESH_S = 1.0
#: The declared features of a version, in its folder; no file where there are none.
DECLARED = "declared.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Champion:
    """The version that serves, its scorecard, and the features it was fitted on: the catalog and what was declared."""

    version: int
    scorecard: Scorecard
    feature_set: FeatureSet = CATALOG


@dataclass(slots=True, kw_only=True)
class Champions:
    """The champion of one process. `current()` is None where rules alone serve; `problem` says why a model cannot."""

    store: Store
    settings: Settings
    state_dir: Path
    metrics: Metrics
    problem: PetitionRiskError | None = None
    _champion: Champion | None = None
    _looked_at: float = float("-inf")
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def current(self) -> Champion | None:
        """The champion, or None: none approved, the kill switch, the setting `rules_only`, or a scorecard refused.

        A scorecard that is missing, altered or made for another feature set never serves: rules go on and
        readiness fails with its code. Raises StoreError where the store cannot be asked.
        """
        with self._gate:
            if time.monotonic() - self._looked_at >= _FRESH_S:
                self._look()
                self._looked_at = time.monotonic()
            return self._champion

    def _look(self) -> None:
        found = None if self.settings.rules_only else models.champion(self.store)
        if found is None:
            self._champion, self.problem = None, None
        elif self._champion is None or self._champion.version != found.version:
            try:
                self._champion, self.problem = load_champion(self.state_dir, found), None
            except PetitionRiskError as problem:
                self._champion, self.problem = None, problem
        self.metrics.champion.set(0 if self._champion is None else self._champion.version)
        self.metrics.rules_only.set(self._champion is None)


def load_champion(state_dir: Path, model: models.ModelVersion) -> Champion:
    """An approved version, its scorecard held to its recorded hash and its features to the scorecard's fingerprint.

    Raises NotAllowed or StoreError.
    """
    card = registry.load_scorecard(state_dir, model.scorecard_path, model.scorecard_sha256)
    if card.bench_only or model.bench_only:
        raise NotAllowed("bench_only", "该模型仅限评测使用，按规则运行", "the model is bench only; rules serve")
    features = features_of(state_dir, model.version)
    check_features(card, features)
    return Champion(version=model.version, scorecard=card, feature_set=features)


def features_of(state_dir: Path, version: int) -> FeatureSet:
    """The catalog with what was declared beside a version. Raises NotAllowed for a file that is none of ours."""
    path = state_dir / "models" / str(version) / DECLARED
    try:
        plain = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    except (OSError, ValueError):
        plain = [{}]  # refused below, in its words
    return known_set(plain)
