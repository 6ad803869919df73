"""Which figures an order of matters gets over past months: one list of them, pooled and per fold, all drawn alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training import metrics, panel
from training.metrics import Bin, Figure, Flags, Floats, Sample, figure
from training.panel import Panel

#: What is drawn for every scorer, in the order of the report.
MEASURES: tuple[str, ...] = (
    "episode_recall",
    "first_time_recall",
    "snapshot_recall",
    "precision_at_k",
    "lift",
    "lead_days",
    "stability",
    "tied_share",
    "recall_without_signed_rule",
    "precision_top_percent",
    "average_precision",
    "roc_auc",
)
#: What paired differences are given for.
COMPARED: tuple[str, ...] = ("episode_recall", "precision_at_k", "average_precision", "precision_top_percent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """How true a model's probabilities were on the test months, beside a perfect model on as many snapshots."""

    brier: Figure
    expected_error: float
    perfect_error: float
    snapshots: int
    bins: tuple[Bin, ...]


def samples(
    made: Panel, score: Floats, above: Flags, weights: NDArray[np.uint8], rows: Flags | None = None
) -> dict[str, Sample]:
    """Every one of `MEASURES` for a score (n,) whose middle part is `above`; `rows` (n,) restricts what counts."""
    everyone = np.ones(score.size, dtype=bool) if rows is None else rows
    known = made.known & everyone
    label, matter = made.label[known], made.matter[known]
    precise = panel.precision(made, above, weights, everyone)
    percent = metrics.top_of_groups(
        score, made.ties, np.zeros(score.size, dtype=np.int64), np.array([-(-int(known.sum()) // 100)]), known
    )
    free = panel.above_line(made, score, signed_rule=False)
    average, area = metrics.ranking(score[known], label, matter, weights)
    return {
        "episode_recall": panel.episode_recall(made, above, weights, rows=rows),
        "first_time_recall": panel.episode_recall(made, above, weights, rows=rows, episodes=made.episode_first),
        "snapshot_recall": panel.snapshot_recall(made, above, weights, rows),
        "precision_at_k": precise,
        "lift": precise.over(panel.precision(made, np.ones(score.size, dtype=bool), weights, everyone)),
        "lead_days": panel.lead_days(made, above, weights, rows),
        "stability": panel.stability(made, above, weights, rows),
        "tied_share": panel.tied_share(made, score, above, weights, rows),
        "recall_without_signed_rule": panel.episode_recall(made, free, weights, rows=rows),
        "precision_top_percent": panel.precision(made, percent, weights, everyone),
        "average_precision": average,
        "roc_auc": area,
    }


def calibrated(made: Panel, score: Floats, weights: NDArray[np.uint8], seed: int) -> Calibrated:
    """How true the probabilities of calibrated log-odds (n,) were, over the candidates whose label is known."""
    known = made.known
    probability = 1.0 / (1.0 + np.exp(-np.clip(score[known], -500, 500)))
    label, matter = made.label[known], made.matter[known]
    return Calibrated(
        brier=figure(metrics.brier(probability, label, matter, weights)),
        expected_error=metrics.expected_calibration_error(probability, label),
        perfect_error=metrics.perfect_calibration_error(probability, seed=seed),
        snapshots=int(known.sum()),
        bins=metrics.reliability(probability, label, matter, weights),
    )
