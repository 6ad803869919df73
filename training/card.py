"""What a model is for, what it rests on and what it cannot know: the model card, written from the run."""

from data.times import cutoff_day
from features.feature import FeatureSet
from training.evaluate import Backtest
from training.report import Facts, markdown
from training.scorecard import NANO, Scorecard, Step, sha256
from training.select import GateResult

_INTENDED = {
    "zh": (
        "按月排列本院办理工作的先后：哪件事项的欠办事项、释法说理和帮助应当先做，由承办人核实决定。",
        "不得用于：评价信访人；受理、接待、复查、听证、救助的拒绝、拖延或排后；考核；提供给公安、综治、单位、学校、征信或交通系统；预测何人、何时、何地反映。",
    ),
    "en": (
        "It orders this office's own monthly work: which duty, explanation or help comes first; the handler decides.",
        "Never for: judging the person who petitions; refusing, delaying or down-ranking registration, reception, "
        "review, hearing or aid; appraising an office; police, local-security, employer, school, credit or travel "
        "systems; predicting who will petition, when or where.",
    ),
}
_OUTSIDE = {
    "zh": (
        "有数据库权限的运维人员可以读到数据。",
        "“化解”可能被逼出来。",
        "只有外部制约有用：公开的记录、检查，能查阅审计日志的律师和监督员，由承办人以外的人收集的评价。",
    ),
    "en": (
        "An operator with database access can read the data.",
        "“Resolved” may be pressed out of somebody.",
        "Only outside controls help: a published record, inspection, lawyers and supervisors with access to the audit "
        "log, ratings collected by someone other than the handler.",
    ),
}


_LEAST_SHOWN = 10
_GROUP_NAMES = {
    "category": ("类别", "category"),
    "office_id": ("单位", "office"),
    "office_size": ("单位规模", "office size"),
}
_VERDICTS = {
    "ok": ("达到下限", "above its floor"),
    "below": ("低于下限", "below its floor"),
    "small": ("件数太少，无法判断", "too small to tell"),
}


def model_card(
    scorecard: Scorecard,
    feature_set: FeatureSet,
    test: Backtest,
    gate: GateResult,
    facts: Facts,
    *,
    version: int | None,
    language: str,
) -> str:
    """The card as Markdown, `language` zh or en: use, data, features with their steps, back-test, limits."""
    zh = language == "zh"
    use, never = _INTENDED[language]
    title = "模型卡" if zh else "Model card"
    number = "—" if version is None else str(version)
    lines = [
        f"# {title}: petition-risk {number}",
        "",
        f"- SHA-256: `{sha256(scorecard)}`",
        f"- {'特征集' if zh else 'Feature set'}: `{scorecard.feature_set}`",
        f"- {'数据指纹' if zh else 'Data fingerprint'}: `{facts.data}`",
        f"- {'种子' if zh else 'Seed'}: {facts.seed}",
    ]
    if facts.demo:
        lines.append(
            "- **演示数据训练，只能用于演示**"
            if zh
            else "- **Trained on demonstration data; serves demonstrations only**"
        )
    lines += [
        "",
        "## 用途" if zh else "## Use",
        "",
        use,
        "",
        never,
        "",
        "## 数据" if zh else "## Data",
        "",
        scorecard.cohort,
        "",
        _data_line(facts, zh=zh),
        "",
        "## 特征" if zh else "## Features",
        "",
        (
            "每项特征的作用是阶梯函数，单位为对数几率；与空值相比，各项相加即得办理风险分。"
            if zh
            else "Each feature is a step function in log-odds against its empty value; the parts sum to the margin."
        ),
        "",
        "| 特征 | 方向 | 来源 | 从低到高 |" if zh else "| feature | sign | source | lowest to highest |",
        "|---|---|---|---|",
    ]
    by_name = {feature.name: feature for feature in feature_set}
    for step in scorecard.steps:
        feature = by_name[step.name]
        sign = {1: "+", -1: "−", 0: "±"}[step.sign]
        lines.append(f"| {feature.zh if zh else feature.en} | {sign} | {feature.source} | {_steps(step)} |")
    lines += _pairs(scorecard, feature_set, zh=zh)
    lines += [
        "",
        markdown(test, gate, facts, language).replace("\n## ", "\n### ").replace("# ", "## ", 1).rstrip(),
        "",
        *_groups(gate, zh=zh),
        "## 局限" if zh else "## Limits",
        "",
        *(f"- {line}" for line in _limits(facts, zh=zh)),
        "",
        "## 代码之外" if zh else "## What remains outside the code",
        "",
        *(f"- {line}" for line in _OUTSIDE[language]),
    ]
    return "\n".join(lines) + "\n"


def _pairs(scorecard: Scorecard, feature_set: FeatureSet, *, zh: bool) -> list[str]:
    """What two features say together; the tables themselves are drawn by whoever renders the card."""
    if not scorecard.pairs:
        return []
    lines = [
        "",
        (
            "两项特征合看的表（训练月份内经检验确有所增，不含反映次数类特征）："
            if zh
            else "Tables of two features (earned beyond chance within the training months; none holds a contact):"
        ),
        "",
        "| 特征 | 特征 | 从低到高 |" if zh else "| feature | feature | lowest to highest |",
        "|---|---|---|",
    ]
    for (first, second), pair in zip(scorecard.pair_names, scorecard.pairs, strict=True):
        names = [feature.zh if zh else feature.en for feature in (feature_set.get(first), feature_set.get(second))]
        low, high = pair.values.min() / NANO, pair.values.max() / NANO
        shape = " × ".join(str(side) for side in pair.values.shape)
        lines.append(f"| {names[0]} | {names[1]} | {low:+.2f} … {high:+.2f} ({shape}) |")
    return lines


def _groups(gate: GateResult, *, zh: bool) -> list[str]:
    """Recall by group; groups of fewer than ten episodes are counted, not shown (G13)."""
    shown = [group for group in gate.groups if group.episodes >= _LEAST_SHOWN]
    lines = ["## 分组召回" if zh else "## Recall by group", ""]
    if shown:
        lines += ["| 分组 | 召回 | 下限 | 结论 |" if zh else "| group | recall | floor | |", "|---|---|---|---|"]
    for group in shown:
        recall = group.recall
        span = "" if recall.low is None or recall.high is None else f" [{recall.low:.3f}, {recall.high:.3f}]"
        value = "—" if recall.value is None else f"{recall.value:.3f}{span}"
        verdict = _VERDICTS[group.verdict][0 if zh else 1]
        lines.append(f"| {_group_name(group.column, zh=zh)} {group.value} | {value} | {group.floor:.3f} | {verdict} |")
    hidden = len(gate.groups) - len(shown)
    if hidden or not shown:
        lines += [
            "",
            f"少于{_LEAST_SHOWN}次的分组{hidden}个，不显示。"
            if zh
            else f"{hidden} groups under {_LEAST_SHOWN} episodes are not shown.",
        ]
    return [*lines, ""]


def _group_name(column: str, *, zh: bool) -> str:
    return _GROUP_NAMES.get(column, (column, column))[0 if zh else 1]


def _data_line(facts: Facts, *, zh: bool) -> str:
    until = cutoff_day(facts.observed_until, facts.time_zone)
    dropped = sum(facts.dropped.values())
    if zh:
        return f"数据覆盖到{until}；{facts.assumed_share:.0%}的时间点为推定；未用于学习的快照{dropped}个。"
    return f"Data reach {until}; {facts.assumed_share:.0%} of times are assumed; {dropped} snapshots were left out."


def _limits(facts: Facts, *, zh: bool) -> list[str]:
    if zh:
        return [
            "只见台账所记：未登记的沟通、口头答复不在内。",
            "再次反映是权利；分值说的是本院办理，不是人。",
            "办理帮助是否有效，不能由本模型推断；被列入清单后的结果受清单影响。",
            f"观察期{facts.horizon_days}天，之后的情况未检验。",
        ]
    return [
        "It sees what the ledger records: contacts and replies that were not entered are not there.",
        "Raising a matter again is a right; the margin speaks of our handling, not of a person.",
        "Whether help works cannot be read from this model; results after listing are shaped by the list.",
        f"The horizon is {facts.horizon_days} days; nothing later was tested.",
    ]


def _steps(step: Step) -> str:
    if not step.thresholds.size:
        return "0"
    lowest, highest = step.values.min() / NANO, step.values.max() / NANO
    first, last = step.thresholds[0], step.thresholds[-1]
    return f"{lowest:+.2f} … {highest:+.2f} ({step.values.size}; {first:g} … {last:g})"
