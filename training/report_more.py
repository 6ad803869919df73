"""The further parts of a back-test report, joined: findings, small offices, help given, feature groups."""

from collections.abc import Sequence

from training.ablation import GroupPart
from training.analysis import Analysis, Unlisted
from training.charts import interval_chart
from training.document import Block, Chart, Heading, Points, Table, Text
from training.help_given import GIVEN, HelpGiven
from training.metrics import verdict
from training.offices import OfficeLevel, Support
from training.report_findings import clock_blocks, contrast_blocks, leak_blocks, price_blocks
from training.report_words import LEAST_SHOWN, MEASURE_NAMES, interval, number, percent, pick, told


def more_blocks(found: Analysis, language: str) -> list[Block]:
    """Every further part, in reading order."""
    blocks = [
        *leak_blocks(found.leaks, language),
        *contrast_blocks(found, language),
        *price_blocks(found.price, language),
        *_offices(found.support, found.level, language),
    ]
    if found.clocks is not None:
        blocks += clock_blocks(found.clocks, language)
    if found.help is not None:
        blocks += _help(found.help, language)
    if found.unlisted is not None:
        blocks += _unlisted(found.unlisted, language)
    if found.groups is not None:
        blocks += _groups(found.groups, language)
    return blocks


def _offices(support: Sequence[Support], level: OfficeLevel | None, language: str) -> list[Block]:
    zh = language == "zh"
    blocks: list[Block] = [
        Heading(pick(("小单位能说明什么", "What a small office can and cannot support"), language)),
        Text(
            pick(
                (
                    "下表按全部单位合计的准确率推算：一个单位只凭自己一年的清单，其准确率的95%区间会有多宽，"
                    "要多少年才能与不排序（随机抽取）区分。所以模型由各单位合并训练，单个单位不训练、不单独评价模型。",
                    "Worked out at the precision of all offices together: how wide the 95 % interval of one office's "
                    "own precision is after a year of lists, and how many years it takes to tell it from drawing at "
                    "random. So the model learns from all offices together; none trains or judges a model alone.",
                ),
                language,
            )
        ),
        Table(
            ("单位", "每年事项", "每年清单位置", "其中不同事项", "一年的95%区间", "区分所需年数")
            if zh
            else (
                "office",
                "matters a year",
                "list places a year",
                "different matters",
                "95 % after a year",
                "years to tell",
            ),
            tuple(
                (
                    one.office or pick(("（假设的单位）", "(a supposed office)"), language),
                    f"{one.matters:.0f}",
                    f"{one.places:.0f}",
                    f"{one.different:.0f}",
                    f"{100 * one.low:.0f}–{100 * one.high:.0f}%",
                    _years(one.years, zh=zh),
                )
                for one in support
            ),
        ),
    ]
    if level is not None:
        gain = f"{number(level.gain.value, signed=True, digits=5)} {interval(level.gain, 5)}"
        blocks.append(
            Text(
                pick(
                    (
                        f"各单位自身水平（在树之外，向总体收缩）：单位间标准差{level.spread:.2f}（对数几率）；"
                        f"加入后对数损失的改善{gain}（{'有帮助' if level.helps else '未显示有帮助'}）。"
                        "它不改变任何单位清单内的先后，全省等级线统一，故不用于评分，只在此报告。",
                        "The offices' own levels (outside the trees, shrunk to the whole): standard deviation "
                        f"{level.spread:.2f} in log-odds; the log loss improves by {gain} "
                        f"({'it helps' if level.helps else 'not shown to help'}). "
                        "It changes no order within an office and bands are the same in the whole province, so it is "
                        "reported here and used in no score.",
                    ),
                    language,
                )
            )
        )
    return blocks


def _years(years: float | None, *, zh: bool) -> str:
    if years is None or years > 50:
        return "无法区分" if zh else "cannot tell"
    return f"{max(years, 0.1):.1f}"


def _help(given: HelpGiven, language: str) -> list[Block]:
    zh = language == "zh"
    blocks: list[Block] = [
        Heading(pick(("提供帮助之后", "After help was given"), language)),
        Text(
            pick(
                (
                    "两列不可相比：帮助总是先给最难的事项。数字不说明帮助有效或无效。",
                    "The two columns are not comparable: help goes to the hardest matters first. They say neither that "
                    "help works nor that it does not.",
                ),
                language,
            ),
            strong=True,
        ),
        Table(
            ("截止后30天内提供的帮助", "快照", "其后再次反映（有）", "其后再次反映（无）")
            if zh
            else ("help in the 30 days after the cutoff", "snapshots", "came back later, with", "without"),
            tuple(
                (
                    pick(GIVEN[one.code][:2], language),
                    str(one.snapshots) if one.snapshots >= LEAST_SHOWN else f"<{LEAST_SHOWN}",
                    told(one.with_help) if one.snapshots >= LEAST_SHOWN else "—",
                    told(one.without),
                )
                for one in given.rows
            ),
        ),
    ]
    adjusted = given.adjusted
    if adjusted is None:
        return blocks
    words = (
        f"按重叠权重使两组在所记特征上相近后，差为{number(adjusted.difference.value, signed=True)} "
        f"{interval(adjusted.difference)}（{verdict(adjusted.difference)[0]}）。"
        if zh
        else f"With overlap weights, which make both groups alike in what the ledger records, the difference is "
        f"{number(adjusted.difference.value, signed=True)} {interval(adjusted.difference)} "
        f"({verdict(adjusted.difference)[1]})."
    )
    points = (
        (
            "不是因果结论：只有当决定给不给帮助的一切都已记入特征时才可以这样读，而这不可能核实。",
            f"重叠不足：{percent(adjusted.off_support)}的有帮助快照，其获得帮助的机会低于5%或高于95%。",
            f"加权后相当于{adjusted.effective_with:.0f}个有帮助、{adjusted.effective_without:.0f}个无帮助的快照。",
            f"两组最大的差别由{adjusted.worst_before:.2f}个标准差降到{adjusted.worst_after:.2f}个。",
            "区间按事项抽样，获得帮助的机会视为已知，故偏窄；一事项的多个快照都算在内。",
        )
        if zh
        else (
            "No causal claim: it could be read as one only if everything that decides who is given help were among the "
            "features, which nobody can check.",
            f"Lack of overlap: {percent(adjusted.off_support)} of the snapshots with help had a chance of help under "
            "5 % or over 95 %.",
            f"The weighted snapshots amount to {adjusted.effective_with:.0f} with and {adjusted.effective_without:.0f} "
            "without.",
            f"The largest difference between the groups falls from {adjusted.worst_before:.2f} to "
            f"{adjusted.worst_after:.2f} standard deviations.",
            "Intervals are drawn over matters with the chances of help taken as known, so they are too narrow; a "
            "matter counts with all its snapshots.",
        )
    )
    return [*blocks, Text(words), Points(points)]


def _unlisted(found: Unlisted, language: str) -> list[Block]:
    zh = (
        f"检验月份有{found.listed}个快照曾列入已下达的清单并已采取措施，其结果不再衡量模型。"
        f"除去它们：召回{told(found.episode_recall)}，准确率{told(found.precision_at_k)}。"
    )
    en = (
        f"{found.listed} snapshots of the test months stood on an issued list and were acted on; what became of them "
        f"no longer measures the model. Without them: recall {told(found.episode_recall)}, precision "
        f"{told(found.precision_at_k)}."
    )
    return [Heading(pick(("不计曾列入清单的", "Without listed snapshots"), language)), Text(pick((zh, en), language))]


def _groups(groups: Sequence[GroupPart], language: str) -> list[Block]:
    names = list(groups[0].lost or groups[0].alone) if groups else []
    first = names[0] if names else "episode_recall"
    chart = interval_chart(
        [(group.group, group.lost[first]) for group in groups if first in group.lost],
        title=pick(("去掉一组特征后的损失", "Lost without a group"), language),
        zero=True,
    )
    return [
        Heading(pick(("各组特征的作用", "What each group of features adds"), language)),
        Text(
            pick(
                (
                    "去掉一组后重新拟合的损失（成对差值），以及只用这一组时的数值。",
                    "What is lost when the model is refitted without a group (paired), and what the group has alone.",
                ),
                language,
            )
        ),
        *([Chart(chart, pick(MEASURE_NAMES[first], language))] if chart else []),
        Table(
            (
                pick(("组", "group"), language),
                pick(("特征数", "features"), language),
                pick(("指标", "measure"), language),
                pick(("去掉后的损失", "lost without"), language),
                pick(("结论", "verdict"), language),
                pick(("只用这一组", "alone"), language),
            ),
            tuple(
                (
                    group.group,
                    str(group.features),
                    pick(MEASURE_NAMES[name], language),
                    told(group.lost[name]) if name in group.lost else "—",
                    _lost(group, name, language),
                    told(group.alone[name]),
                )
                for group in groups
                for name in names
            ),
        ),
    ]


def _lost(group: GroupPart, name: str, language: str) -> str:
    if name not in group.lost:
        return "—"
    found = group.lost[name]
    if not found.shown or found.value is None:
        return pick(("未显示有差别", "not shown to differ"), language)
    return pick(("有贡献", "adds") if found.value > 0 else ("不加更好", "better without"), language)
