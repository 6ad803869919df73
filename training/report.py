"""What a back-test found, as plain data and as Markdown in Chinese or English."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.times import cutoff_day
from training.evaluate import Backtest, Difference, Result
from training.floors import Support
from training.metrics import Figure, verdict
from training.select import GateResult


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


#: Measure → (zh, en).
MEASURE_NAMES: dict[str, tuple[str, str]] = {
    "episode_recall": ("再次反映召回（按次）", "episode recall"),
    "first_time_recall": ("首次再反映召回", "recall of first returns"),
    "precision_at_k": ("清单内准确率", "precision at k"),
    "lift": ("提升倍数", "lift"),
    "recall_without_signed_rule": ("不设欠办条件时的召回", "recall without the signed-list rule"),
    "precision_top_percent": ("最高1%的准确率", "precision in the top 1 %"),
    "average_precision": ("平均精度", "average precision"),
    "roc_auc": ("ROC AUC", "ROC AUC"),
}
_IN_TABLE = ("episode_recall", "precision_at_k", "lift", "average_precision", "precision_top_percent", "roc_auc")


def as_dict(test: Backtest, gate: GateResult, facts: Facts) -> dict[str, Any]:
    """Everything the report says, for JSON."""
    support, made = facts.support, test.panel
    return {
        "label": facts.label,
        "horizon_days": facts.horizon_days,
        "bench_only": facts.bench_only,
        "demo": facts.demo,
        "assumed_share": round(facts.assumed_share, 6),
        "assumed_mostly": facts.assumed_share > 0.5,
        "seed": facts.seed,
        "feature_set": facts.feature_set,
        "data": facts.data,
        "support": {
            "snapshots": support.snapshots,
            "labelled": support.labelled,
            "positive_snapshots": support.positive_snapshots,
            "positive_matters": support.positive_matters,
            "coverage": round(support.coverage, 6),
        },
        "dropped": dict(facts.dropped),
        "folds": [
            {
                "index": fold.index,
                "fit_cutoffs": len(fold.train.fit),
                "calibration_cutoffs": len(fold.train.calibration),
                "test_cutoffs": [str(cutoff_day(cutoff, facts.time_zone)) for cutoff in fold.test],
            }
            for fold in test.folds
        ],
        "test": {
            "snapshots": int(made.label.size),
            "candidates": int(made.candidate.sum()),
            "listed_per_scorer": int(test.above[test.results[0].scorer.code].sum()),
            "episodes_candidates": int(made.episode_matter.size),
            "episodes_must_act": made.episodes_must_act,
            "episodes_outside_cohort": made.episodes_outside,
        },
        "scorers": [_result(result) for result in test.results],
        "differences": [_difference(difference) for difference in test.differences],
        "strata": [
            {
                "name": stratum.name,
                "snapshots": stratum.snapshots,
                "positives": stratum.positives,
                "episode_recall": stratum.episode_recall.as_dict(),
                "precision_at_k": stratum.precision_at_k.as_dict(),
            }
            for stratum in test.strata
        ],
        "gate": gate.as_dict(),
    }


def markdown(test: Backtest, gate: GateResult, facts: Facts, language: str) -> str:
    """The report for people, `language` zh or en."""
    zh = language == "zh"
    made, support = test.panel, facts.support
    first, last = test.folds[0].test[0], test.folds[-1].test[-1]
    span = f"{cutoff_day(first, facts.time_zone)} … {cutoff_day(last, facts.time_zone)}"
    lines = [
        "# 回溯检验报告" if zh else "# Back-test",
        "",
        (
            f"观察结果 {facts.label}（{facts.horizon_days}天）；检验月份 {span}，共{len(test.folds)}段；"
            f"快照{support.snapshots}个，其中有结果的占{support.coverage:.0%}，再次反映事项{support.positive_matters}件。"
            if zh
            else f"Label {facts.label} ({facts.horizon_days} days); test months {span} in {len(test.folds)} folds; "
            f"{support.snapshots} snapshots, {support.coverage:.0%} with a label, {support.positive_matters} matters "
            "raised again."
        ),
    ]
    if facts.assumed_share > 0.5:
        lines.append(
            f"**时间点为推定**：{facts.assumed_share:.0%}的获知时间按时滞推定。"
            if zh
            else f"**Times are assumed** for {facts.assumed_share:.0%} of the events."
        )
    if facts.bench_only:
        lines.append("**仅供检验，不得启用。**" if zh else "**Bench only: never promoted, screened with or served.**")
    lines += ["", *_scorer_table(test.results, language), "", *_episodes(made, zh)]
    lines += ["", "## 与现行做法比较（成对差值）" if zh else "## Paired differences", ""]
    lines += _table(
        ("指标", "对照", "差值", "95%区间", "结论")
        if zh
        else ("measure", "against", "difference", "95 % interval", ""),
        [
            (
                MEASURE_NAMES[item.measure][0 if zh else 1],
                item.against,
                _number(item.figure.value, signed=True),
                _interval(item.figure),
                verdict(item.figure)[0 if zh else 1],
            )
            for item in test.differences
        ],
    )
    if test.strata:
        lines += ["", "## 分层" if zh else "## Strata", ""]
        lines += _table(
            ("分层", "快照", "再次反映", "召回", "准确率")
            if zh
            else ("stratum", "snapshots", "positive", "recall", "precision"),
            [
                (
                    item.name,
                    str(item.snapshots),
                    str(item.positives),
                    _figure(item.episode_recall),
                    _figure(item.precision_at_k),
                )
                for item in test.strata
            ],
        )
    lines += ["", "## 校准" if zh else "## Calibration", ""]
    lines += _table(
        ("模型", "Brier", "ECE", "完美模型的ECE", "快照")
        if zh
        else ("model", "Brier", "ECE", "ECE, perfect", "snapshots"),
        [
            (
                result.scorer.zh if zh else result.scorer.en,
                _figure(result.calibration.brier),
                f"{result.calibration.expected_error:.4f}",
                f"{result.calibration.perfect_error:.4f}",
                str(result.calibration.snapshots),
            )
            for result in test.results
            if result.calibration is not None
        ],
    )
    lines += ["", *gate_lines(gate, language)]
    return "\n".join(lines) + "\n"


def gate_lines(gate: GateResult, language: str) -> list[str]:
    """The gate's verdict with every ground against."""
    zh = language == "zh"
    lines = ["## 启用检验" if zh else "## Gate", ""]
    if gate.passed:
        lines.append("通过：可以提出启用，仍须两人批准。" if zh else "Passed: it may be proposed; two people decide.")
    else:
        lines.append("未通过：排查按规则运行。" if zh else "Not passed: the sweep goes on by rules.")
        lines += ["", *(f"- {reason[0] if zh else reason[1]}" for reason in gate.reasons)]
    if gate.needs_acceptance:
        lines += ["", "过半时间点为推定，启用须另经接受。" if zh else "Most times are assumed: this must be accepted."]
    return lines


def _result(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = {
        "code": result.scorer.code,
        "zh": result.scorer.zh,
        "en": result.scorer.en,
        "kind": result.scorer.kind,
        "pooled": {name: figure.as_dict() for name, figure in result.pooled.items()},
        "folds": [
            {name: None if value is None else round(value, 6) for name, value in fold.items()} for fold in result.folds
        ],
    }
    calibration = result.calibration
    if calibration is not None:
        found["calibration"] = {
            "brier": calibration.brier.as_dict(),
            "ece": round(calibration.expected_error, 6),
            "ece_perfect": round(calibration.perfect_error, 6),
            "snapshots": calibration.snapshots,
            "bins": [[round(p, 6), round(share, 6), count] for p, share, count in calibration.bins],
        }
    return found


def _difference(difference: Difference) -> dict[str, Any]:
    zh, en = verdict(difference.figure)
    return {
        "model": difference.model,
        "against": difference.against,
        "measure": difference.measure,
        **difference.figure.as_dict(),
        "verdict": {"zh": zh, "en": en},
    }


def _scorer_table(results: Sequence[Result], language: str) -> list[str]:
    at = 0 if language == "zh" else 1
    head = ("方法" if at == 0 else "order by", *(MEASURE_NAMES[name][at] for name in _IN_TABLE))
    rows = [
        (
            f"{result.scorer.code} {result.scorer.zh if at == 0 else result.scorer.en}"
            if result.scorer.kind == "baseline"
            else (result.scorer.zh if at == 0 else result.scorer.en),
            *(_figure(result.pooled[name]) for name in _IN_TABLE),
        )
        for result in results
    ]
    return _table(head, rows)


def _episodes(made: Any, zh: bool) -> list[str]:
    count, must, outside = made.episode_matter.size, made.episodes_must_act, made.episodes_outside
    if zh:
        return [f"再次反映{count + must + outside}次：候选事项{count}次，必办事项{must}次，排查范围外{outside}次。"]
    return [
        f"{count + must + outside} episodes: {count} of candidates, {must} of must-acts, {outside} outside any cohort."
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _figure(found: Figure) -> str:
    return "—" if found.value is None else f"{_number(found.value)} {_interval(found)}"


def _interval(found: Figure) -> str:
    return "—" if found.low is None or found.high is None else f"[{found.low:.3f}, {found.high:.3f}]"


def _number(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "—"
    return f"{value:+.3f}" if signed else f"{value:.3f}"
