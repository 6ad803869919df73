"""How a challenger and the champion order the same held-out months, with and without the snapshots once listed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from data.errors import NotAllowed, TooLittleData
from data.times import wall_us
from features.feature import FeatureSet
from training import metrics, panel
from training.dataset import Dataset
from training.estimators import READABLE
from training.evaluate import Backtest
from training.fit import calibrated_log_odds, fit_candidate, labelled, material, matrix
from training.metrics import Figure, Flags, Floats, Sample, figure, verdict
from training.panel import Panel
from training.score import score
from training.scorecard import Scorecard

CHALLENGER, WITHOUT_LISTED, CHAMPION = "challenger", "without_listed", "champion"
#: Which held-out snapshots are counted: all, those no issued list held, those the champion cannot have learnt from.
ALL, UNLISTED, UNSEEN = "all", "unlisted", "unseen"
MEASURES: Mapping[str, tuple[str, str]] = {
    "episode_recall": ("再次反映的召回", "episode recall"),
    "precision_at_k": ("清单内再次反映的比例", "precision at k"),
    "average_precision": ("平均精度", "average precision"),
}
#: Over the last four columns of the table; the first two name the snapshots and the order.
HEADER = (
    ("指标", "Measure"),
    ("数值（95% 区间）", "Value (95 % interval)"),
    ("与在用模型相差（百分点）", "Against the champion (points)"),
    ("结论", "Verdict"),
)
NAMES: Mapping[str, tuple[str, str]] = {
    CHALLENGER: ("备选模型", "challenger"),
    WITHOUT_LISTED: ("备选模型，学习时不含曾列入的", "challenger learnt without listed snapshots"),
    CHAMPION: ("在用模型", "champion"),
    ALL: ("全部留出月份", "all held-out months"),
    UNLISTED: ("其中不曾列入清单的", "of these, never listed"),
    UNSEEN: ("其中在用模型没有学过的月份", "of these, months the champion has not learnt from"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One order over one part of the held-out snapshots; `lead` is the paired difference to the champion's."""

    who: str
    over: str
    figures: Mapping[str, Figure]
    lead: Mapping[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """The comparison with version `against`, over `months` held out, `seen` of them learnt from by the champion.

    `listed` counts the held-out candidates that had stood on an issued list, `listed_learnt` those that the challengers
    of the folds learnt from.
    """

    against: int
    months: int
    seen: int
    listed: int
    listed_learnt: int
    standings: tuple[Standing, ...]

    @property
    def decisive(self) -> Standing:
        """The challenger where it is judged: over months the champion has not learnt from, if there are any."""
        found = {one.over: one for one in self.standings if one.who == CHALLENGER}
        return found.get(UNSEEN) or found[ALL]

    @property
    def behind(self) -> bool:
        """Whether the challenger is shown to catch fewer returns where neither has learnt from the months."""
        lead = self.decisive.lead["episode_recall"]
        return self.seen < self.months and lead.high is not None and lead.high < 0

    def as_dict(self) -> dict[str, Any]:
        """The comparison for JSON."""
        return {
            "against": self.against,
            "months": self.months,
            "seen": self.seen,
            "listed": self.listed,
            "listed_learnt": self.listed_learnt,
            "decisive": self.decisive.over,
            "behind": self.behind,
            "standings": [
                {
                    "who": one.who,
                    "over": one.over,
                    "figures": {name: found.as_dict() for name, found in one.figures.items()},
                    "lead": {name: found.as_dict() for name, found in one.lead.items()},
                }
                for one in self.standings
            ],
        }


def compare(
    dataset: Dataset,
    test: Backtest,
    *,
    champion: Scorecard,
    features: FeatureSet,
    version: int,
    seen_until: int,
    seed: int,
) -> Contest:
    """The readable challenger of every fold beside the champion as it stands, on the folds of a back-test.

    `features` are the champion's; what it learnt from ended before `seen_until` (UTC microseconds).  A month counts as
    seen by it up to there plus the horizon, which favours the champion.  A third order is the challenger refitted
    without the snapshots once listed: matters we acted on come back less often because we did.  Raises NotAllowed where
    the register no longer has what the champion reads.
    """
    made = test.panel
    gone = sorted(set(features.names) - set(made.rows.columns))
    if gone:
        raise NotAllowed(
            "champion_not_comparable",
            f"台账现已没有在用模型所用的特征：{'、'.join(gone)}；请用 petition-risk train 训练",
            f"the register has no more what the champion reads: {', '.join(gone)}; use petition-risk train",
        )
    scores = {
        CHALLENGER: test.scores[READABLE],
        CHAMPION: score(champion, made.rows, features)["margin_nano"].to_numpy() / 1e9,
    }
    learnt = _listed_learnt(dataset, test)
    if learnt and (bare := _without_listed(dataset, test, seed)) is not None:
        scores[WITHOUT_LISTED] = bare
    listed = _listed(made)
    cutoffs = made.rows["cutoff"].unique().sort().to_list()
    limit = wall_us(seen_until, dataset.time_zone) + dataset.horizon_us
    fresh = [one for one in cutoffs if wall_us(one, dataset.time_zone) >= limit]
    parts: dict[str, Flags] = {ALL: np.ones(listed.size, dtype=bool)}
    if (listed & made.candidate).any():
        parts[UNLISTED] = ~listed
    if 0 < len(fresh) < len(cutoffs):
        parts[UNSEEN] = made.rows["cutoff"].is_in(fresh).to_numpy()
    standings: list[Standing] = []
    for over, rows in parts.items():
        drawn = {who: _drawn(test, given, rows) for who, given in scores.items()}
        for who, found in drawn.items():
            lead = {name: figure(found[name].minus(drawn[CHAMPION][name])) for name in MEASURES}
            figures = {name: figure(sample) for name, sample in found.items()}
            standings.append(Standing(who=who, over=over, figures=figures, lead={} if who == CHAMPION else lead))
    return Contest(
        against=version,
        months=len(cutoffs),
        seen=len(cutoffs) - len(fresh),
        listed=int((listed & made.candidate).sum()),
        listed_learnt=learnt,
        standings=tuple(standings),
    )


def markdown(contest: Mapping[str, Any], language: str) -> str:
    """A comparison as `Contest.as_dict` gives it, as Markdown in `zh` or `en`."""
    side = 0 if language == "zh" else 1
    number = contest["against"]
    heading = (f"# 与在用模型（第 {number} 版）的比较", f"# Against the champion (v{number})")[side]
    header = f"| | | {' | '.join(names[side] for names in HEADER)} |"
    lines = [heading, "", said(contest)[side], "", header, "| --- | --- | --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(cells)} |" for cells in cells_of(contest, side)]
    return "\n".join(lines) + "\n"


def said(contest: Mapping[str, Any]) -> tuple[str, str]:
    """In words, zh and en, what was compared."""
    months, seen = contest["months"], contest["seen"]
    return (
        f"留出月份 {months} 个，其中 {seen} 个在用模型可能学过（对它有利）；"
        f"留出的候选快照中 {contest['listed']} 个曾列入清单，学习所用的有 {contest['listed_learnt']} 个。"
        "比较的只是先后顺序；“每100件”的范围随新模型重新校准。",
        f"{months} months held out, {seen} of which the champion may have learnt from (in its favour); "
        f"{contest['listed']} held-out candidate snapshots had been listed, and of those learnt from "
        f"{contest['listed_learnt']}. Only the order is compared: the ranges of 100 matters are calibrated anew.",
    )


def cells_of(contest: Mapping[str, Any], side: int) -> list[list[str]]:
    """The rows of the table in words: over which snapshots, whose order, measure, value, lead, verdict."""
    return [
        [
            NAMES[one["over"]][side],
            NAMES[one["who"]][side],
            MEASURES[name][side],
            _points(found, signed=False),
            _points(one["lead"][name], signed=True) if one["lead"] else "",
            verdict(Figure(**one["lead"][name]))[side] if one["lead"] else "",
        ]
        for one in contest["standings"]
        for name, found in one["figures"].items()
    ]


def _points(found: Mapping[str, float | None], *, signed: bool) -> str:
    # Rounded first, so that nothing is called minus nothing.
    rounded = [None if value is None else round(100 * value, 1) + 0.0 for value in found.values()]
    shown = ["–" if value is None else f"{value:{'+' if signed else ''}.1f}" for value in rounded]
    return f"{shown[0]} ({shown[1]} – {shown[2]}){'' if signed else ' %'}"


def _drawn(test: Backtest, given: Floats, rows: Flags) -> dict[str, Sample]:
    """What is compared, of one order over some rows; the list is made of all, as it would have been."""
    made = test.panel
    above = panel.above_line(made, given)
    known = made.known & rows
    average, _ = metrics.ranking(given[known], made.label[known], made.matter[known], test.weights)
    return {
        "episode_recall": panel.episode_recall(made, above, test.weights, rows=rows),
        "precision_at_k": panel.precision(made, above, test.weights, rows),
        "average_precision": average,
    }


def _listed(made: Panel) -> Flags:
    rows = made.rows
    return rows["listed"].to_numpy() if "listed" in rows.columns else np.zeros(rows.height, dtype=bool)


def _listed_learnt(dataset: Dataset, test: Backtest) -> int:
    """How many snapshots once listed some fold learnt from."""
    if "listed" not in dataset.rows.columns:
        return 0
    cutoffs = {cutoff for fold in test.folds for cutoff in (*fold.train.fit, *fold.train.calibration)}
    return labelled(dataset.rows, sorted(cutoffs)).filter("listed").height


def _without_listed(dataset: Dataset, test: Backtest, seed: int) -> Floats | None:
    """The readable model of every fold, learnt without the snapshots once listed; None where too little is left."""
    made = test.panel
    given = np.full(made.label.size, -np.inf)
    learnt_from = material(dataset.rows.filter(~pl.col("listed")), dataset.feature_set)
    x = matrix(made.rows, dataset.feature_set)
    refit = partial(fit_candidate, READABLE, learnt_from, dataset.feature_set, seed=seed, pairs=test.pairs)
    for fold in test.folds:
        here = made.fold == fold.index
        try:
            given[here] = calibrated_log_odds(refit(fold.train), x[here])
        except TooLittleData:
            return None
    return given
