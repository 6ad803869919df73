"""Do matters and scores still look like those the model was trained on, and like those of the month before."""

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.times import cutoff_day
from monitoring.check import Finding, Outcome, Severity, Watch

#: What a finding tells of a feature.
_FIGURES = ("psi", "usual", "ks", "p_corrected", "mean_then", "mean_now", "outside")
#: Months with every season among them.
_YEAR = 12
_GRID = 1000
_LEAST = 5
#: From so many on the exact distribution of the KS distance takes a second a column, and its limit is within 2 %.
_MANY = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The distinct values of a column, ascending, and how many rows have each; both of shape (distinct,)."""

    values: NDArray[np.float64]
    counts: NDArray[np.int64]

    @property
    def size(self) -> int:
        """How many rows there are."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        """The mean over the rows."""
        return float(self.values @ self.counts) / self.size

    def below(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """The share of rows at or below each point."""
        total = np.concatenate([[0], np.cumsum(self.counts)])
        return total[np.searchsorted(self.values, points, "right")] / self.size

    def in_bins(self, edges: NDArray[np.float64]) -> NDArray[np.int64]:
        """How many rows fall in (-inf, e0], (e0, e1], … (e_last, inf)."""
        places = np.searchsorted(edges, self.values, "left")
        return np.bincount(places, weights=self.counts, minlength=len(edges) + 1).astype(np.int64)

    def quantiles(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """As `numpy.quantile` of the rows."""
        return np.quantile(np.repeat(self.values, self.counts), shares)


def spread_of(column: pl.Series) -> Spread:
    """The spread of a column's values; those missing are left out."""
    found = column.drop_nulls().value_counts().sort(column.name)
    return Spread(
        values=found[column.name].cast(pl.Float64).to_numpy(), counts=found["count"].cast(pl.Int64).to_numpy()
    )


def reference_summary(features: pl.DataFrame, margins: NDArray[np.float64]) -> dict[str, Any]:
    """What must be kept of the training window to tell later whether its distribution has moved.

    `features` is the training matrix: `matter_id`, `cutoff` (may be left out) and one column per feature; `margins` has
    shape (rows,).  The result is plain JSON: a few kilobytes per feature, no matter in it.  Snapshots of one matter
    resemble each other, so the sample size that significance uses is the number of matters, not of rows.  Months
    differ by their holidays and by what happened to come: `usual` is how far at most one of the last twelve lay from
    all, `step` how far from the one before.
    """
    columns = {name: features[name] for name in features.columns if features[name].dtype.is_numeric()}
    cutoffs = columns.pop("cutoff", None)
    columns["margin"] = pl.Series("margin", margins)
    months = None if cutoffs is None else cutoffs.rank("dense").cast(pl.Int64).to_numpy() - 1
    return {
        "matters": features["matter_id"].n_unique(),
        "snapshots": features.height,
        "columns": {
            name: (summary := _summary(spread_of(column))) | _between_months(summary, column, months)
            for name, column in columns.items()
        },
    }


def _between_months(summary: dict[str, Any], column: pl.Series, months: NDArray[np.int64] | None) -> dict[str, float]:
    """Of the last twelve months: the largest PSI of one against all (`usual`), and against the one before it (`step`).

    A year has every season, and a register's first months are like none that come after.  Only months at least half as
    large as is usual count; 0 where there are no two.
    """
    if months is None or int(months.max(initial=0)) == 0:
        return {"usual": 0.0, "step": 0.0}
    there = column.is_not_null().to_numpy()
    edges = np.asarray(summary["edges"], dtype=np.float64)
    places = np.searchsorted(edges, column.drop_nulls().cast(pl.Float64).to_numpy(), "left")
    bins, many = len(edges) + 1, int(months.max()) + 1
    counts = np.bincount(months[there] * bins + places, minlength=many * bins).reshape(many, bins)
    sizes = counts.sum(axis=1)
    large = counts[sizes >= np.median(sizes) / 2][-_YEAR:]
    whole = np.asarray(summary["counts"])
    steps = (stability_index(before, month) for before, month in itertools.pairwise(large))
    return {"usual": max(stability_index(whole, month) for month in large), "step": max(steps, default=0.0)}


def _summary(spread: Spread) -> dict[str, Any]:
    """Bin edges with their counts (for PSI) and a fine cumulative distribution (for the KS distance)."""
    distinct = spread.values
    edges = distinct[:-1] if len(distinct) <= 10 else np.unique(spread.quantiles(np.arange(1, 10) / 10))
    grid = distinct if len(distinct) <= _GRID else np.unique(spread.quantiles(np.linspace(0, 1, _GRID)))
    return {
        "edges": edges.tolist(),
        "counts": spread.in_bins(edges).tolist(),
        "grid": grid.tolist(),
        "below": spread.below(grid).tolist(),
        "mean": spread.mean,
        "distinct": len(distinct),
    }


def stability_index(reference: NDArray[np.int64], current: NDArray[np.int64]) -> float:
    """The population stability index of two sets of bin counts; half a count is added to each bin."""
    p = (reference + 0.5) / (reference + 0.5).sum()
    q = (current + 0.5) / (current + 0.5).sum()
    return float(((q - p) * np.log(q / p)).sum())


def ks_distance(summary: dict[str, Any], current: Spread) -> float:
    """The largest gap between the two cumulative distributions.

    Exact where the training values had at most a thousand distinct values, else to one part in a thousand.
    """
    grid = np.asarray(summary["grid"])
    below = np.asarray(summary["below"])
    # Between grid points the stored curve is flat, so its gap is largest at a point of either sample.
    points = np.union1d(grid, current.values)
    stored = np.concatenate([[0.0], below])[np.searchsorted(grid, points, "right")]
    return float(np.abs(stored - current.below(points)).max())


def ks_chance(distance: float, size: int) -> float:
    """How likely a KS distance at least so large is by chance, at an effective sample of `size`.

    That of `scipy.stats.ks_2samp(method="asymp")`; of large samples the limit (Kolmogorov), which is no smaller.
    """
    from scipy import stats  # most verbs never come here

    if size >= _MANY:
        return float(stats.kstwobign.sf(distance * np.sqrt(size)))
    return float(stats.kstwo.sf(distance, size))


def drift_rows(
    reference: dict[str, Any], current: pl.DataFrame, of_office: frozenset[str] = frozenset(), offices: int = 1
) -> list[dict[str, Any]]:
    """One row per feature, and one for the margin: PSI, KS distance, corrected significance, values outside.

    `current` has one row per matter.  Significance is that of the two-sample Kolmogorov–Smirnov test at the
    numbers of matters, corrected over all columns (Benjamini–Hochberg).  A feature in `of_office` is one figure
    for many matters, and an office's figures resemble each other: there no more count than there are `offices`, and
    below five of them nothing is judged.
    """
    from scipy import stats  # most verbs never come here

    names = [
        name for name in reference["columns"] if name in current.columns and current[name].null_count() < current.height
    ]
    rows: list[dict[str, Any]] = []
    for name in names:
        summary = reference["columns"][name]
        spread = spread_of(current[name])
        distance = ks_distance(summary, spread)
        then, now = int(reference["matters"]), spread.size
        if name in of_office:
            then, now = min(offices, summary["distinct"]), min(offices, len(spread.values))
        size = max(1, round(then * now / (then + now)))
        judged = min(then, now) >= _LEAST
        beyond = (spread.values < summary["grid"][0]) | (spread.values > summary["grid"][-1])
        outside = int(spread.counts[beyond].sum())
        rows.append(
            {
                "name": name,
                "psi": stability_index(
                    np.asarray(summary["counts"]), spread.in_bins(np.asarray(summary["edges"], dtype=np.float64))
                ),
                "ks": distance,
                "p": ks_chance(distance, size) if judged else 1.0,
                "usual": summary.get("usual", 0.0),
                "mean_then": summary["mean"],
                "mean_now": spread.mean,
                "outside": outside / spread.size,
            }
        )
    if rows:
        corrected = stats.false_discovery_control([row["p"] for row in rows])
        for row, p in zip(rows, corrected, strict=True):
            row["p_corrected"] = float(p)
    return rows


def check_drift(watch: Watch) -> Outcome:
    """Feature and score drift of the latest screening against the training window."""
    if watch.reference is None or watch.current is None or watch.current.is_empty():
        return Outcome(name="drift", rows=[], findings=[_no_model()])
    since = _Since(
        zh="训练期",
        en="in training",
        of_zh="整个训练期",
        of_en="all learnt from",
        least=watch.settings.monitor.psi_warning,
    )
    rows, findings = _compared(watch, watch.reference, watch.current, since)
    missing = sorted(set(watch.reference["columns"]) - {row["name"] for row in rows})
    if missing:
        findings.append(_gone(missing))
    return Outcome(name="drift", rows=sorted(rows, key=lambda row: -row["psi"]), findings=findings)


def check_month_drift(watch: Watch) -> Outcome:
    """The same of the latest screening against the one before it by the same model, of the same offices.

    Most matters stand in both months.  Two samples that share matters are alike more often than chance has it for two
    that do not, so that the significance is on the safe side.
    """
    before, now = watch.previous, watch.current
    if before is None or now is None or before.is_empty() or now.is_empty() or watch.previous_cutoff is None:
        return Outcome(name="month_drift", rows=[], findings=[])
    margins = before["margin"].cast(pl.Float64).to_numpy()
    day = cutoff_day(watch.previous_cutoff, watch.register.time_zone).isoformat()
    least = watch.settings.monitor.psi_severe
    since = _Since(
        zh=f"上期（{day}）", en=f"in the month before ({day})", of_zh="其上月", of_en="the month before it", least=least
    )
    learnt = {} if watch.reference is None else watch.reference["columns"]
    summary = reference_summary(before.drop("margin"), margins)
    for name, column in summary["columns"].items():
        column["usual"] = learnt.get(name, {}).get("step", 0.0)
    rows, findings = _compared(watch, summary, now, since)
    told = [
        replace(
            one,
            code="score_month" if one.code == "score_drift" else "feature_month",
        )
        for one in findings
    ]
    return Outcome(name="month_drift", rows=sorted(rows, key=lambda row: -row["psi"]), findings=told)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Since:
    """What the present is held against, as it is called."""

    zh: str
    en: str
    #: What a month learnt from was held against alike.
    of_zh: str
    of_en: str
    #: From which PSI on a feature is told; one month differs from the next by its holidays.
    least: float


def _compared(
    watch: Watch, reference: dict[str, Any], current: pl.DataFrame, since: _Since
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """The rows with their names, and what moved by more than the settings allow, beyond chance."""
    rows = drift_rows(reference, current, watch.of_office, watch.register.offices.height)
    limits = watch.settings.monitor
    findings: list[Finding] = []
    for row in rows:
        zh, en = watch.feature_names.get(row["name"], (row["name"], row["name"]))
        if row["name"] == "margin":
            zh, en = "办理风险分", "score"
        row["zh"], row["en"] = zh, en
        least = limits.psi_warning if row["name"] == "margin" else since.least
        # Samples are of matters, and say nothing of how months differ: what was learnt from differed, too.
        if row["psi"] >= max(least, row["usual"]) and row["p_corrected"] < limits.false_share:
            findings.append(_moved(row, since, severe=row["psi"] >= limits.psi_severe))
    return rows, findings


def _moved(row: dict[str, Any], since: _Since, *, severe: bool) -> Finding:
    of_score = row["name"] == "margin"
    figures = f"PSI {row['psi']:.2f}, KS {row['ks']:.2f}, p {row['p_corrected']:.1g}"
    usual_zh, usual_en = "", ""
    if row["usual"]:
        usual_zh = f"；训练期最后一年各月与{since.of_zh}相比，PSI 最大为 {row['usual']:.2f}"
        usual_en = f"; of the last year learnt from no month lay further from {since.of_en} than PSI {row['usual']:.2f}"
    return Finding(
        code="score_drift" if of_score else "feature_drift",
        # One feature that moved is a question; the score that moved is an answer.
        severity=Severity.SEVERE if severe and of_score else Severity.WARNING,
        title_zh=f"{row['zh']}的分布与{since.zh}不同",
        title_en=f"{row['en']}: the distribution is not what it was {since.en}",
        text_zh=f"{figures.replace(', ', '，')}；{since.zh}平均 {row['mean_then']:.3g}，"
        f"本期平均 {row['mean_now']:.3g}，超出{since.zh}范围的占 {row['outside']:.1%}{usual_zh}。",
        text_en=f"{figures}; mean {row['mean_then']:.3g} {since.en}, {row['mean_now']:.3g} now; "
        f"{row['outside']:.1%} lie outside the range it had{usual_en}.",
        remedy_zh="先核对录入与编码是否有变化，再看政策或分工是否调整；原因不明时训练备选模型比较。",
        remedy_en="Check first whether entry or codes changed, then policy or the division of work; "
        "if neither explains it, train a challenger and compare.",
        numbers={key: row[key] for key in ("name", *_FIGURES)},
    )


def _gone(missing: list[str]) -> Finding:
    return Finding(
        code="feature_missing",
        severity=Severity.SEVERE,
        title_zh="部分特征本期没有值",
        title_en="some features have no values this month",
        text_zh=f"缺少：{'、'.join(missing)}。",
        text_en=f"Missing: {', '.join(missing)}.",
        remedy_zh="本期评分与训练时不一致，请停用该模型、按规则运行，并联系系统管理员。",
        remedy_en="Scores are not those the model was trained for: go rules-only and call the operator.",
        numbers={"missing": missing},
    )


def _no_model() -> Finding:
    return Finding(
        code="drift_not_measured",
        severity=Severity.INFO,
        title_zh="未比较分布",
        title_en="drift was not measured",
        text_zh="本期按规则运行，或模型没有保存训练期概要。",
        text_en="This month runs by rules, or no summary of the training window was kept.",
        remedy_zh="无需处理；有在用模型后自动比较。",
        remedy_en="Nothing to do; it is measured once a model is in use.",
    )
