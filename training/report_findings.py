"""The parts of a back-test report on what was found out: leaks, what is listed and missed, the rule's price, clocks."""

from collections.abc import Sequence

from data.vocabulary import CATEGORIES
from training.analysis import Analysis
from training.contrasts import Contrast, Missed, Price
from training.document import Block, Heading, Table, Text
from training.evaluate import Backtest
from training.leakage import Leak
from training.metrics import verdict
from training.report_tables import name_of
from training.report_words import (
    MEASURE_NAMES,
    STRATUM_NAMES,
    interval,
    number,
    percent,
    percent_range,
    pick,
    told,
)
from training.secondary import TOLD


def leak_blocks(leaks: Sequence[Leak], language: str) -> list[Block]:
    """Every leak with how grave it is."""
    heading = Heading(pick(("泄漏检查", "Leakage check"), language))
    if not leaks:
        return [
            heading,
            Text(
                pick(
                    (
                        "未发现事后填写、事后改动或单项过准的列。",
                        "No column was found that foretells the outcome, changes after it or is too good alone.",
                    ),
                    language,
                )
            ),
        ]
    grave = pick(("严重：不得启用", "severe: must not go live"), language)
    mild = pick(("请核对", "to be checked"), language)
    return [
        heading,
        Table(
            ("列", "程度", "发现") if language == "zh" else ("column", "how grave", "finding"),
            tuple((leak.name, grave if leak.severe else mild, pick((leak.zh, leak.en), language)) for leak in leaks),
        ),
    ]


def contrast_blocks(found: Analysis, language: str) -> list[Block]:
    """The list against the rest, and the missed episodes against the caught."""
    lost = found.missed
    zh = language == "zh"
    return [
        Heading(pick(("清单上的与其余的", "The top of the list against the rest"), language)),
        *_contrast(
            found.top,
            ("清单上", "其余候选") if zh else ("on the list", "other candidates"),
            language,
        ),
        Heading(pick(("清单漏掉了什么", "What the list misses"), language)),
        Text(_missed_words(lost, zh=zh)),
        *_contrast(lost.contrast, ("漏掉的", "列入的") if zh else ("missed", "caught"), language),
    ]


def _missed_words(lost: Missed, *, zh: bool) -> str:
    place = percent(lost.median_place)
    if zh:
        return (
            f"候选事项的再次反映{lost.episodes}次，清单列入{lost.caught}次。漏掉的之中，{percent_range(lost.near)}"
            f"曾排在清单线下一个清单长度之内，{percent_range(lost.first)}为首次再反映；最好名次的中位数在前{place}处。"
        )
    return (
        f"Of {lost.episodes} episodes of candidates the list caught {lost.caught}. Of the missed, "
        f"{percent_range(lost.near)} once stood within another list's length below the line, "
        f"{percent_range(lost.first)} were first returns; the median of their best place is the top {place}."
    )


def _contrast(found: Contrast, names: tuple[str, str], language: str) -> list[Block]:
    head = ("特征", *names, "相差（标准差）") if language == "zh" else ("feature", *names, "apart (SD)")
    blocks: list[Block] = [
        Table(
            head,
            tuple(
                (pick((one.zh, one.en), language), f"{one.one:.2f}", f"{one.other:.2f}", f"{one.apart:+.2f}")
                for one in found.features
            ),
        )
    ]
    if found.shares:
        counted = (f"{names[0]}（{found.one}）", f"{names[1]}（{found.other}）")
        blocks.append(
            Table(
                (pick(("分类", "class"), language), *counted),
                tuple(
                    (
                        _class_name(one.column, one.value, language),
                        _counted(one.one, found.one),
                        _counted(one.other, found.other),
                    )
                    for one in found.shares
                ),
            )
        )
    return blocks


def _counted(count: int | None, of: int) -> str:
    return "—" if count is None else f"{count} ({percent(count / of if of else None)})"


def _class_name(column: str, value: str, language: str) -> str:
    names = STRATUM_NAMES if column == "stratum" else CATEGORIES
    return pick(names.get(value, (value, value)), language)


def price_blocks(found: Price, language: str) -> list[Block]:
    """What the signed-list rule gives away."""
    zh = (
        f"既无欠办事项、也无未提供帮助的事项不进签批清单。检验月份因此让出{found.kept_off}个清单位置；"
        f"不设此条件时召回的差为{number(found.difference.value, signed=True)} {interval(found.difference)}"
        f"（{verdict(found.difference)[0]}）。"
    )
    en = (
        "A matter with neither an unmet duty nor help not yet offered is on no signed list. In the test months that "
        f"passed over {found.kept_off} places; recall without the rule differs by "
        f"{number(found.difference.value, signed=True)} {interval(found.difference)} ({verdict(found.difference)[1]})."
    )
    return [
        Heading(pick(("签批清单条件的代价", "The price of the list rule"), language)),
        Text(pick((zh, en), language)),
    ]


def clock_blocks(test: Backtest, language: str) -> list[Block]:
    """The secondary target in the same table."""
    head = pick(("方法", "order by"), language)
    return [
        Heading(
            pick(("另一观察结果：30天内将有时限逾期", "The other target: a clock missed within 30 days"), language)
        ),
        Text(
            pick(
                (
                    "clock_miss_30d：只计截止时尚未逾期的时限；救济申请的时限不计。用同样的特征和方向约束另行拟合，"
                    "只作说明，不决定启用。",
                    "clock_miss_30d counts only clocks not yet missed at the cutoff, none that a remedy starts. Fitted "
                    "anew with the same features and signs; for information, it never gates.",
                ),
                language,
            )
        ),
        Table(
            (head, *(pick(MEASURE_NAMES[name], language) for name in TOLD)),
            tuple(
                (name_of(result, language), *(told(result.pooled[name]) for name in TOLD)) for result in test.results
            ),
        ),
    ]
