"""The main tables of a back-test report: who ranked how well, pooled, per fold, in strata, and how truly."""

from collections.abc import Sequence

from training.charts import interval_chart, reliability_chart
from training.document import Block, Chart, Heading, Table, Text
from training.evaluate import Backtest, Result
from training.metrics import Figure, verdict
from training.report_words import MEASURE_NAMES, STRATUM_NAMES, interval, number, pick, told

_MAIN = ("episode_recall", "precision_at_k", "lift", "average_precision", "precision_top_percent", "roc_auc")
_MORE = ("first_time_recall", "snapshot_recall", "lead_days", "stability", "tied_share", "recall_without_signed_rule")
_BY_FOLD = ("episode_recall", "precision_at_k", "average_precision")


def name_of(result: Result, language: str) -> str:
    """How a scorer is called in a table."""
    scorer = result.scorer
    name = pick((scorer.zh, scorer.en), language)
    return f"{scorer.code} {name}" if scorer.kind == "baseline" else name


def scorer_blocks(test: Backtest, language: str) -> list[Block]:
    """The two pooled tables, the chart, and the figures of every fold."""
    made = test.panel
    count, must, outside = made.episode_matter.size, made.episodes_must_act, made.episodes_outside
    return [
        Heading(pick(("谁排得好", "Who orders how well"), language)),
        Text(
            pick(
                (
                    "同一批候选事项、同一清单长度；必办事项不参加排序。方括号为95%区间，按事项抽样。"
                    "同分时先到期者在前，再按事项编号（内部）排；“由同分规则决定的比例”说明同分有多少。",
                    "The same candidates and the same list length for all; must-acts are ranked by nobody. Brackets "
                    "are 95 % intervals drawn over matters. Equal scores go by the nearest due date, then by "
                    "the internal matter id; “places given by the tie rule” says how much that decides.",
                ),
                language,
            )
        ),
        _scorers(test.results, _MAIN, language),
        _chart(test.results, "episode_recall", language),
        _scorers(test.results, _MORE, language),
        Text(
            pick(
                (
                    f"再次反映{count + must + outside}次：候选事项{count}次，必办事项{must}次，排查范围外{outside}次。",
                    f"{count + must + outside} episodes: {count} of candidates, {must} of must-acts, {outside} outside "
                    "any cohort.",
                ),
                language,
            )
        ),
        Heading(pick(("各时间段", "Fold by fold"), language), 3),
        Table(
            (
                pick(("方法", "order by"), language),
                pick(("指标", "measure"), language),
                *(str(fold.index + 1) for fold in test.folds),
            ),
            tuple(
                (
                    name_of(result, language),
                    pick(MEASURE_NAMES[name], language),
                    *(told(fold[name]) for fold in result.fold_figures),
                )
                for result in test.results
                for name in _BY_FOLD
            ),
        ),
    ]


def difference_blocks(test: Backtest, language: str) -> list[Block]:
    """The readable model minus every other, paired over matters."""
    rows = tuple(
        (
            pick(MEASURE_NAMES[item.measure], language),
            item.against,
            number(item.figure.value, signed=True),
            interval(item.figure),
            pick(verdict(item.figure), language),
        )
        for item in test.differences
    )
    head = ("指标", "对照", "差值", "95%区间", "结论")
    english = ("measure", "against", "difference", "95 % interval", "")
    return [
        Heading(pick(("与现行做法比较（成对差值）", "Paired differences"), language)),
        Table(head if language == "zh" else english, rows),
    ]


def stratum_blocks(test: Backtest, language: str) -> list[Block]:
    """The readable model before any reply, after one, after a missed duty."""
    if not test.strata:
        return []
    head = ("分层", "快照", "再次反映", "召回", "准确率")
    english = ("stratum", "snapshots", "positive", "recall", "precision")
    return [
        Heading(pick(("分层", "Strata"), language)),
        Table(
            head if language == "zh" else english,
            tuple(
                (
                    pick(STRATUM_NAMES.get(item.name, (item.name, item.name)), language),
                    str(item.snapshots),
                    str(item.positives),
                    told(item.episode_recall),
                    told(item.precision_at_k),
                )
                for item in test.strata
            ),
        ),
    ]


def calibration_blocks(test: Backtest, language: str) -> list[Block]:
    """Brier and ECE of models and baselines beside a perfect model, and the reliability curve of the first model."""
    models = [result for result in test.results if result.calibration is not None]
    if not models:
        return []
    head = ("方法", "Brier", "ECE", "完美模型的ECE", "快照")
    english = ("order by", "Brier", "ECE", "ECE, perfect", "snapshots")
    rows: list[tuple[str, ...]] = []
    for result in models:
        found = result.calibration
        if found is not None:
            rows.append(
                (
                    name_of(result, language),
                    told(found.brier),
                    f"{found.expected_error:.4f}",
                    f"{found.perfect_error:.4f}",
                    str(found.snapshots),
                )
            )
    first = models[0].calibration
    title = pick(("说的与来的：可读评分卡", "Said and came: the readable scorecard"), language)
    blocks: list[Block] = [
        Heading(pick(("校准", "Calibration"), language)),
        Table(head if language == "zh" else english, tuple(rows)),
    ]
    if first is not None and first.snapshots < 50_000:
        blocks.append(
            Text(
                pick(
                    (
                        f"快照只有{first.snapshots}个，不足50,000：ECE受偶然影响，请与完美模型的数字比较。",
                        f"Only {first.snapshots} snapshots, fewer than 50,000: chance alone moves the ECE; compare it "
                        "with the perfect model's.",
                    ),
                    language,
                )
            )
        )
    if first is not None and first.bins:
        said, came = pick(("模型所说", "said"), language), pick(("实际再次反映", "came back"), language)
        blocks += [
            Chart(
                reliability_chart(first.bins, said=said, came=came, title=title),
                pick(
                    (
                        "每点为十分之一的快照；虚线为完美模型；竖线为95%区间。",
                        "Each point is a tenth of the snapshots; dashed, a perfect model; bars, 95 % intervals.",
                    ),
                    language,
                ),
            ),
            Table(
                (said, came, pick(("快照", "snapshots"), language)),
                tuple((f"{one.said:.3f}", told(one.came), str(one.snapshots)) for one in first.bins),
            ),
        ]
    return blocks


def _scorers(results: Sequence[Result], names: Sequence[str], language: str) -> Table:
    return Table(
        (pick(("方法", "order by"), language), *(pick(MEASURE_NAMES[name], language) for name in names)),
        tuple(
            (name_of(result, language), *(told(result.pooled[name], _digits(name)) for name in names))
            for result in results
        ),
    )


def _chart(results: Sequence[Result], name: str, language: str) -> Chart:
    rows: list[tuple[str, Figure]] = [(name_of(result, language), result.pooled[name]) for result in results]
    title = pick(MEASURE_NAMES[name], language)
    words = pick(("点为数值，横线为95%区间", "points are values, bars 95 % intervals"), language)
    return Chart(interval_chart(rows, title=title), f"{title}：{words}" if language == "zh" else f"{title}: {words}")


def _digits(name: str) -> int:
    return 1 if name == "lead_days" else 3
