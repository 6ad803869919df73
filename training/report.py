"""What a back-test found: as plain data, as Markdown, and as one self-contained page, in Chinese or English."""

from data.times import cutoff_day
from training.analysis import Analysis
from training.document import Block, Heading, Points, Text, to_html, to_markdown
from training.estimators import READABLE
from training.evaluate import Backtest
from training.labels import ALIAS, PRIMARY
from training.metrics import verdict
from training.report_data import as_dict
from training.report_more import more_blocks
from training.report_tables import calibration_blocks, difference_blocks, scorer_blocks, stratum_blocks
from training.report_words import MEASURE_NAMES, Facts, percent, percent_range, pick
from training.select import GateResult

__all__ = ["MEASURE_NAMES", "Facts", "as_dict", "gate_lines", "markdown", "page"]


def markdown(test: Backtest, gate: GateResult, facts: Facts, language: str, analysis: Analysis | None = None) -> str:
    """The report as Markdown, `language` zh or en; without `analysis` only its main tables (as the card prints it)."""
    return to_markdown(blocks(test, gate, facts, language, analysis))


def page(test: Backtest, gate: GateResult, facts: Facts, language: str, analysis: Analysis | None = None) -> str:
    """The report as one HTML page with its charts, that needs no script, font or network."""
    title = pick(("回溯检验报告", "Back-test"), language)
    return to_html(blocks(test, gate, facts, language, analysis), title=title, language=language)


def blocks(test: Backtest, gate: GateResult, facts: Facts, language: str, analysis: Analysis | None) -> list[Block]:
    """All parts in reading order: what it comes to, the gate, then the tables."""
    made: list[Block] = [
        Heading(pick(("回溯检验报告", "Back-test"), language), 1),
        *_opening(test, facts, language),
        *_summary(test, language),
        *_gate(gate, language),
        *scorer_blocks(test, language),
        *difference_blocks(test, language),
        *stratum_blocks(test, language),
        *calibration_blocks(test, language),
    ]
    return made if analysis is None else [*made, *more_blocks(analysis, language)]


def gate_lines(gate: GateResult, language: str) -> list[str]:
    """The gate's verdict with every ground against, as lines of Markdown."""
    return to_markdown(_gate(gate, language)).rstrip("\n").split("\n")


def _opening(test: Backtest, facts: Facts, language: str) -> list[Block]:
    first, last = test.folds[0].test[0], test.folds[-1].test[-1]
    span = f"{cutoff_day(first, facts.time_zone)} … {cutoff_day(last, facts.time_zone)}"
    name = f"{facts.label}（{ALIAS}）" if facts.label == PRIMARY else facts.label
    support = facts.support
    made: list[Block] = [
        Text(
            pick(
                (
                    f"观察结果 {name}，{facts.horizon_days}天；检验月份 {span}，共{len(test.folds)}段；"
                    f"快照{support.snapshots}个，其中有结果的占{support.coverage:.0%}，"
                    f"再次反映事项{support.positive_matters}件。",
                    f"Label {name}, {facts.horizon_days} days; test months {span} in {len(test.folds)} folds; "
                    f"{support.snapshots} snapshots, {support.coverage:.0%} with a label, {support.positive_matters} "
                    "matters raised again.",
                ),
                language,
            )
        )
    ]
    if facts.assumed_share > 0.5:
        made.append(
            Text(
                pick(
                    (
                        f"时间点为推定：{facts.assumed_share:.0%}的获知时间按时滞推定。",
                        f"Times are assumed for {facts.assumed_share:.0%} of the events.",
                    ),
                    language,
                ),
                strong=True,
            )
        )
    if facts.bench_only:
        made.append(
            Text(
                pick(("仅供检验，不得启用。", "Bench only: never promoted, screened with or served."), language),
                strong=True,
            )
        )
    return made


def _summary(test: Backtest, language: str) -> list[Block]:
    """What it comes to, for a head of department."""
    codes = [result.scorer.code for result in test.results]
    if READABLE not in codes:
        return []
    mine = test.result(READABLE).pooled
    places = int(test.above[READABLE].sum())
    lists = int(test.panel.k.size)
    zh = [
        f"检验月份共{lists}份清单、{places}个清单位置；每100个位置约{_per_hundred(mine['precision_at_k'].low)}–"
        f"{_per_hundred(mine['precision_at_k'].high)}个其后再次反映。",
        f"候选事项的每100次再次反映，清单事先列入了{percent_range(mine['episode_recall'])}。",
    ]
    en = [
        f"{lists} lists with {places} places in the test months; of 100 places about "
        f"{_per_hundred(mine['precision_at_k'].low)}–{_per_hundred(mine['precision_at_k'].high)} came back later.",
        f"Of the episodes of candidates the lists held {percent_range(mine['episode_recall'])} beforehand.",
    ]
    for code in ("B1", "B6"):
        for item in test.differences:
            if item.against == code and item.measure == "episode_recall":
                name = test.result(code).scorer
                words = verdict(item.figure)
                share = percent(test.result(code).pooled["episode_recall"].value)
                zh.append(f"与{code}（{name.zh}，{share}）相比：{words[0]}。")
                en.append(f"Against {code} ({name.en}, {share}): {words[1]}.")
    return [Heading(pick(("要点", "In short"), language)), Points(tuple(zh if language == "zh" else en))]


def _per_hundred(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.0f}"


def _gate(gate: GateResult, language: str) -> list[Block]:
    made: list[Block] = [Heading(pick(("启用检验", "Gate"), language))]
    if gate.passed:
        made.append(
            Text(
                pick(("通过：可以提出启用，仍须两人批准。", "Passed: it may be proposed; two people decide."), language)
            )
        )
    else:
        made.append(Text(pick(("未通过：排查按规则运行。", "Not passed: the sweep goes on by rules."), language)))
        made.append(Points(tuple(pick(reason, language) for reason in gate.reasons)))
    if gate.needs_acceptance:
        made.append(
            Text(
                pick(("过半时间点为推定，启用须另经接受。", "Most times are assumed: this must be accepted."), language)
            )
        )
    return made
