"""Whether a challenger may go live: better than today's practice beyond chance, and no group left behind (G11)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from data.settings import GateSettings
from training import panel
from training.baselines import GATE_BASELINES
from training.estimators import READABLE
from training.evaluate import Backtest
from training.leakage import Leak
from training.metrics import Figure, figure
from training.panel import Panel

LEAST_FOLDS = 3
#: Recall is audited within each value of these row columns (G13), and by office size.
GROUP_COLUMNS: tuple[str, ...] = ("category", "office_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRecall:
    """Episode recall within one group: `verdict` is ok, below or small (too small to tell)."""

    column: str
    value: str
    episodes: int
    recall: Figure
    floor: float
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """What the gate says. `reasons` (zh, en) hold every ground against; empty when `passed`.

    `needs_acceptance`: over half of the times are assumed, so that a promotion also needs the head's recorded word.
    """

    passed: bool
    needs_acceptance: bool
    reasons: tuple[tuple[str, str], ...]
    differences: dict[str, Figure]
    worst_folds: dict[str, float]
    groups: tuple[GroupRecall, ...]

    def as_dict(self) -> dict[str, object]:
        """Plain data for JSON and the store."""
        return {
            "passed": self.passed,
            "needs_acceptance": self.needs_acceptance,
            "reasons": [{"zh": zh, "en": en} for zh, en in self.reasons],
            "differences": {code: found.as_dict() for code, found in self.differences.items()},
            "worst_folds": {code: round(value, 6) for code, value in self.worst_folds.items()},
            "groups": [
                {
                    "column": group.column,
                    "value": group.value,
                    "episodes": group.episodes,
                    "recall": group.recall.as_dict(),
                    "floor": round(group.floor, 6),
                    "verdict": group.verdict,
                }
                for group in self.groups
            ],
        }


def decide(
    test: Backtest,
    gate: GateSettings,
    *,
    assumed_share: float,
    bench_only: bool,
    leaks: Sequence[Leak] = (),
    model: str = READABLE,
) -> GateResult:
    """Apply the gate to a back-test: severe leaks, paired episode recall against B1 and B6, folds, groups, times."""
    reasons: list[tuple[str, str]] = []
    differences: dict[str, Figure] = {}
    worst: dict[str, float] = {}
    if bench_only:
        reasons.append(
            ("该观察结果含救济途径或单独区分反映方式，仅供检验，不得启用", "this label is for benches only (G26)")
        )
    reasons.extend(
        (f"疑有泄漏，{leak.name}：{leak.zh}", f"probably a leak, {leak.name}: {leak.en}")
        for leak in leaks
        if leak.severe
    )
    if len(test.folds) < LEAST_FOLDS:
        reasons.append(
            (
                f"只有{len(test.folds)}个时间段，至少需要{LEAST_FOLDS}个",
                f"{len(test.folds)} folds, at least {LEAST_FOLDS} are needed",
            )
        )
    for code in GATE_BASELINES:
        if code not in test.samples:
            reasons.append((f"没有与{code}比较的数据", f"{code} could not be measured on these data"))
            continue
        found = figure(test.samples[model]["episode_recall"].minus(test.samples[code]["episode_recall"]))
        differences[code] = found
        if found.value is None or found.low is None or found.low <= 0:
            reasons.append(
                (f"与{code}相比未显示更好：{_range(found)}", f"not shown to be better than {code}: {_range(found)}")
            )
        by_fold = _fold_differences(test, model, code)
        if by_fold:
            worst[code] = min(by_fold)
            if worst[code] < -gate.worst_fold:
                reasons.append(
                    (
                        f"有一个时间段比{code}差{-100 * worst[code]:.1f}个百分点",
                        f"one fold is {-100 * worst[code]:.1f} points worse than {code}",
                    )
                )
    groups = _groups(test, model, gate)
    reasons.extend(
        (
            f"{group.column}={group.value}的召回{_range(group.recall)}低于下限{100 * group.floor:.0f}%",
            f"recall for {group.column}={group.value} {_range(group.recall)} is below its floor "
            f"{100 * group.floor:.0f} %",
        )
        for group in groups
        if group.verdict == "below"
    )
    return GateResult(
        passed=not reasons,
        needs_acceptance=assumed_share > gate.max_assumed_share,
        reasons=tuple(reasons),
        differences=differences,
        worst_folds=worst,
        groups=groups,
    )


def _fold_differences(test: Backtest, model: str, code: str) -> list[float]:
    found: list[float] = []
    for ours, theirs in zip(test.result(model).folds, test.result(code).folds, strict=True):
        mine, other = ours["episode_recall"], theirs["episode_recall"]
        if mine is not None and other is not None:
            found.append(mine - other)
    return found


def _groups(test: Backtest, model: str, gate: GateSettings) -> tuple[GroupRecall, ...]:
    overall = test.samples[model]["episode_recall"].value
    if not np.isfinite(overall):
        return ()
    floor = gate.recall_floor * overall
    made, above = test.panel, test.above[model]
    found: list[GroupRecall] = []
    for column, values in _group_values(made, GROUP_COLUMNS):
        for value in sorted(values.drop_nulls().unique().to_list()):
            inside = (values == value).fill_null(value=False).to_numpy()
            recall = figure(panel.episode_recall(made, above, test.weights, episodes=inside))
            count = int(inside.sum())
            verdict = "ok"
            if count < gate.group_min_positives or recall.high is None:
                verdict = "small"
            elif recall.high < floor:
                verdict = "below"
            found.append(
                GroupRecall(column=column, value=value, episodes=count, recall=recall, floor=floor, verdict=verdict)
            )
    return tuple(found)


def _group_values(made: Panel, columns: Sequence[str]) -> list[tuple[str, pl.Series]]:
    found = [
        (column, panel.episode_values(made, column).cast(pl.String))
        for column in columns
        if column in made.rows.columns
    ]
    # Office size: the candidates' mean cohort, cut in thirds over offices.
    sizes = made.rows.group_by("office_id").agg((pl.len() / pl.col("cutoff").n_unique()).alias("size"))
    cuts = sizes.select(pl.col("size").quantile(1 / 3), pl.col("size").quantile(2 / 3).alias("upper")).row(0)
    named = sizes.with_columns(
        office_size=pl.when(pl.col("size") <= cuts[0])
        .then(pl.lit("small"))
        .when(pl.col("size") <= cuts[1])
        .then(pl.lit("middle"))
        .otherwise(pl.lit("large"))
    )
    offices = panel.episode_values(made, "office_id").to_frame()
    by_episode = offices.join(named, on="office_id", how="left", maintain_order="left")["office_size"]
    return [*found, ("office_size", by_episode)]


def _range(found: Figure) -> str:
    if found.low is None or found.high is None:
        return "(—)"
    return f"[{100 * found.low:.1f}, {100 * found.high:.1f}]"
