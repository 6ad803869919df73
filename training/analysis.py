"""What a back-test says beyond its main table: other target, leaks, offices, help, contrasts, groups of features."""

from dataclasses import dataclass

import polars as pl

from data.settings import Settings
from training import ablation, contrasts, help_given, leakage, offices, secondary
from training.dataset import Dataset
from training.estimators import READABLE
from training.evaluate import Backtest
from training.metrics import Figure, figure
from training.panel import episode_recall, precision


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlisted:
    """The readable model on the snapshots no issued list held (listed ones were acted on), and how many were listed."""

    listed: int
    episode_recall: Figure
    precision_at_k: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The further parts of a report; None where the data do not hold what a part needs, or it was not asked for."""

    leaks: tuple[leakage.Leak, ...]
    clocks: Backtest | None
    level: offices.OfficeLevel | None
    support: tuple[offices.Support, ...]
    help: help_given.HelpGiven | None
    top: contrasts.Contrast
    missed: contrasts.Missed
    price: contrasts.Price
    unlisted: Unlisted | None
    groups: tuple[ablation.GroupPart, ...] | None

    @property
    def severe(self) -> tuple[leakage.Leak, ...]:
        """The leaks that keep a model from passing the gate."""
        return tuple(leak for leak in self.leaks if leak.severe)


def analyse(
    rows: pl.DataFrame, dataset: Dataset, test: Backtest, settings: Settings, *, seed: int, full: bool
) -> Analysis:
    """The further parts, on `rows` (the mature ones of `dataset`) and a back-test of the readable model.

    `full` also refits the model without each group of features, and on each alone: twice as many fits as groups.
    """
    feature_set = dataset.feature_set
    return Analysis(
        leaks=(*dataset.leaks, *leakage.feature_leaks(rows, feature_set, test.folds)),
        clocks=secondary.clock_backtest(
            rows, dataset.episodes, feature_set, test.folds, settings, time_zone=dataset.time_zone, seed=seed
        ),
        level=offices.office_level(rows, test, feature_set),
        support=offices.office_support(test, settings.sweep),
        help=help_given.help_given(rows, feature_set, seed=seed),
        top=contrasts.top_and_rest(test, feature_set),
        missed=contrasts.missed(test, feature_set),
        price=contrasts.price_of_rule(test),
        unlisted=_unlisted(test),
        groups=ablation.ablate(rows, test, feature_set, seed=seed) if full else None,
    )


def _unlisted(test: Backtest) -> Unlisted | None:
    if "listed" not in test.panel.rows.columns or not test.panel.rows["listed"].any():
        return None
    free = ~test.panel.rows["listed"].to_numpy()
    above = test.above[READABLE]
    return Unlisted(
        listed=int((~free).sum()),
        episode_recall=figure(episode_recall(test.panel, above, test.weights, rows=free)),
        precision_at_k=figure(precision(test.panel, above, test.weights, free)),
    )
