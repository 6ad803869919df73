"""Whether there is enough to learn from at all (G10)."""

from dataclasses import dataclass

import polars as pl

from data.errors import TooLittleData
from data.settings import LearningSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What a register can support: mature snapshots, those with a label, positives, and matters that had one."""

    snapshots: int
    labelled: int
    positive_snapshots: int
    positive_matters: int

    @property
    def coverage(self) -> float:
        """Share of mature cohort snapshots whose label is known."""
        return self.labelled / self.snapshots if self.snapshots else 0.0


def measure_support(mature: pl.DataFrame) -> Support:
    """Count what the mature snapshots of the cohort hold; `mature` has columns matter_id and label."""
    positive = mature.filter(pl.col("label") == 1)
    return Support(
        snapshots=mature.height,
        labelled=mature["label"].drop_nulls().len(),
        positive_snapshots=positive.height,
        positive_matters=positive["matter_id"].n_unique(),
    )


def check_support(support: Support, learning: LearningSettings) -> None:
    """Raise TooLittleData, with the numbers, below either floor.

    Positives are counted by matter: one return seen from three cutoffs is one thing to learn from, not three.
    """
    details: list[tuple[str, str]] = []
    if support.positive_matters < learning.min_positives:
        details.append(
            (
                f"再次反映的事项{support.positive_matters}件，少于{learning.min_positives}件",
                f"{support.positive_matters} matters raised again, fewer than {learning.min_positives}",
            )
        )
    if support.coverage < learning.min_label_coverage:
        details.append(
            (
                f"有观察结果的快照占{support.coverage:.0%}（{support.labelled}/{support.snapshots}），"
                f"低于{learning.min_label_coverage:.0%}",
                f"{support.coverage:.0%} of snapshots have a label ({support.labelled}/{support.snapshots}), "
                f"below {learning.min_label_coverage:.0%}",
            )
        )
    if details:
        raise TooLittleData(
            "too_little_data",
            "数据不足，不训练模型；排查按规则运行，其他功能不变",
            "too little data to train a model; the sweep goes on by rules, everything else is unchanged",
            details,
        )
