"""How a report names and writes its figures, in Chinese and English."""

from collections.abc import Mapping
from dataclasses import dataclass

from training.floors import Support
from training.metrics import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the data were and how the run was made; times in UTC microseconds, fingerprints are SHA-256."""

    label: str
    horizon_days: int
    bench_only: bool
    demo: bool
    assumed_share: float
    observed_until: int
    time_zone: str
    seed: int
    feature_set: str
    data: str
    support: Support
    dropped: Mapping[str, int]


#: Counts under this are not shown across offices (G13).
LEAST_SHOWN = 10
#: Measure → (zh, en).
MEASURE_NAMES: dict[str, tuple[str, str]] = {
    "episode_recall": ("再次反映召回（按次）", "episode recall"),
    "first_time_recall": ("首次再反映召回", "recall of first returns"),
    "snapshot_recall": ("召回（按快照）", "snapshot recall"),
    "precision_at_k": ("清单内准确率", "precision at k"),
    "lift": ("提升倍数", "lift"),
    "lead_days": ("提前天数（首次列入至再次反映）", "lead time in days"),
    "stability": ("逐月重合率", "listed again a month later"),
    "tied_share": ("由同分规则决定的比例", "places given by the tie rule"),
    "recall_without_signed_rule": ("不设欠办条件时的召回", "recall without the signed-list rule"),
    "precision_top_percent": ("最高1%的准确率", "precision in the top 1 %"),
    "average_precision": ("平均精度", "average precision"),
    "roc_auc": ("ROC AUC", "ROC AUC"),
}
STRATUM_NAMES: dict[str, tuple[str, str]] = {
    "unanswered": ("答复之前", "before any reply"),
    "answered": ("答复之后", "after a reply"),
    "missed": ("曾有逾期", "after a missed duty"),
}


def pick(words: tuple[str, str], language: str) -> str:
    """The Chinese or the English one."""
    return words[0] if language == "zh" else words[1]


def told(found: Figure, digits: int = 3) -> str:
    """A value with its interval."""
    return "—" if found.value is None else f"{number(found.value, digits=digits)} {interval(found, digits)}"


def interval(found: Figure, digits: int = 3) -> str:
    """The interval alone."""
    return "—" if found.low is None or found.high is None else f"[{found.low:.{digits}f}, {found.high:.{digits}f}]"


def number(value: float | None, *, signed: bool = False, digits: int = 3) -> str:
    """A value, with its sign where it is a difference."""
    if value is None:
        return "—"
    return f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"


def percent(value: float | None) -> str:
    """A share as whole per cent."""
    return "—" if value is None else f"{100 * value:.0f}%"


def percent_range(found: Figure) -> str:
    """A share with its interval, as whole per cent."""
    if found.value is None:
        return "—"
    if found.low is None or found.high is None:
        return percent(found.value)
    return f"{100 * found.value:.0f}%（{100 * found.low:.0f}–{100 * found.high:.0f}%）"
