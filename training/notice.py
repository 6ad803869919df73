"""What the public is told about a model: the record of the tool, and the notice to hang up or hand out."""

from dataclasses import dataclass

from data.mapping import DESCRIBES
from data.store.models import Approval, ModelVersion
from data.times import local_date
from features.feature import FeatureSet
from training.labels import PRIMARY
from training.scorecard import NANO, Scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A version with the decisions about it; `impact_id` is that of the settings, None in a demonstration."""

    model: ModelVersion
    scorecard: Scorecard
    approvals: tuple[Approval, ...]
    impact_id: str | None
    time_zone: str


NEVER = {
    "zh": (
        "不对任何人打分、排序或建档；姓名、证件号、电话、住址、民族、宗教、健康等不读入。",
        "不预测何人、何时、何地反映；不用行踪、人脸、电话、社交媒体信息。",
        "不因分值低而拒绝、拖延或排后登记、接待、复查、听证或救助。",
        "依法使用复查、复核、申诉等救济途径，不会使事项的等级升高。",
        "不提供给公安、综治、单位、学校、征信或交通系统；不用于考核。",
    ),
    "en": (
        "It scores, ranks and files no person; names, document numbers, phones, addresses, ethnicity, religion and "
        "health are not read in.",
        "It predicts neither who will petition, nor when, nor where; it uses no travel, face or phone data.",
        "A low score refuses, delays or down-ranks no registration, reception, review, hearing or aid.",
        "Using review, re-examination, appeal or another lawful remedy never raises a matter's band.",
        "Nothing goes to police, local-security, employer, school, credit or travel systems; it appraises nobody.",
    ),
}
_DOES = {
    "zh": "每月排列本院办理工作的先后：哪件事项的答复、释法说理或帮助应当先做。每一条由承办人核实决定，并写明理由。",
    "en": "Once a month it orders our office's own work: which matter's reply, explanation or help comes first. A "
    "named handler decides each entry and says why.",
}
RIGHTS = {
    "zh": (
        "凭事项编号可以书面申请说明：本月工作先后是否由工具排列、用了什么、从不用什么、理由、由谁决定（15日内答复）。",
        "发现日期、类别或关联有误，可以申请更正；更正后重新计算，前后两版均保留。",
    ),
    "en": (
        "By the number of your matter you may ask for an explanation on paper: whether a tool ordered the work, what "
        "it used and never uses, the reasons, and who decided (answered within 15 days).",
        "A wrong date, class or link can be corrected on request; the matter is computed again, both versions kept.",
    ),
}


def notice(model: ModelVersion | None, language: str) -> str:
    """The notice text as Markdown: one page for those who petition, `language` zh or en; None: rules alone order."""
    zh = language == "zh"
    lines = [
        "# 告知：本院使用排序工具办理信访事项" if zh else "# Notice: our office uses a tool that orders its work",
        "",
        _DOES[language],
        "",
        "## 它从不做什么" if zh else "## What it never does",
        "",
        *(f"- {line}" for line in NEVER[language]),
        "",
        "## 您可以要求什么" if zh else "## What you may ask for",
        "",
        *(f"- {line}" for line in RIGHTS[language]),
        "",
        _ordering(model, zh=zh),
    ]
    return "\n".join(lines) + "\n"


def _ordering(model: ModelVersion | None, *, zh: bool) -> str:
    if model is None:
        return (
            "目前没有使用模型：按规则（逾期、到期的义务）排列。"
            if zh
            else "No model is in use now: rules order the work, by duties overdue and due."
        )
    return (
        f"目前使用模型第{model.version}版，评分卡SHA-256：`{model.scorecard_sha256}`"
        if zh
        else f"In use now: model version {model.version}, scorecard SHA-256: `{model.scorecard_sha256}`"
    )


def _label(label: str, *, zh: bool) -> str:
    """The label in words with its name in the code; one a site named itself has only that."""
    if label != PRIMARY:
        return f"`{label}`"
    return f"{'未化解再反映（90天）' if zh else 'raised again, unresolved (90 days)'} `{label}`"


def public_record(standing: Standing, feature_set: FeatureSet, language: str) -> str:
    """The public record as Markdown: purpose, data, what weighs, who approved when, figures, limits."""
    zh = language == "zh"
    model, side = standing.model, 0 if zh else 1
    lines = [
        "# 公开记录：信访事项排序工具" if zh else "# Public record: the tool that orders petition work",
        "",
        _DOES[language],
        "",
        f"- {'模型版本' if zh else 'Model version'}: {model.version}",
        f"- {'评分卡SHA-256' if zh else 'SHA-256 of the scorecard'}: `{model.scorecard_sha256}`",
        f"- {'训练日期' if zh else 'Trained on'}: {local_date(model.created_at, standing.time_zone)}",
        f"- {'观察结果' if zh else 'Label'}: {_label(model.label, zh=zh)}",
        f"- {'推定时间点占比' if zh else 'Share of assumed times'}: {model.assumed_share:.0%}",
        f"- {'个人信息保护影响评估' if zh else 'Impact assessment'}: {_assessment(standing, zh=zh)}",
    ]
    if model.demo:
        lines.append("- **演示数据训练，只能用于演示**" if zh else "- **Trained on demonstration data**")
    lines += ["", "## 由谁决定" if zh else "## Who decided", ""]
    lines += _decisions(standing, zh=zh) or ["未批准启用。" if zh else "Not approved for use."]
    lines += ["", "## 用了什么" if zh else "## What it uses", ""]
    lines.append(
        "只用事项自身的办理经过和登记类别，按作用大小列出；其余特征没有作用："
        if zh
        else "Only a matter's own handling and what it was registered as, by weight; all others weigh nothing:"
    )
    lines.append("")
    for name, spread in weights(standing.scorecard):
        feature = feature_set.get(name)
        about = DESCRIBES.get(feature.describes, ("", ""))[side]
        lines.append(f"- {(feature.zh, feature.en)[side]} ({spread:.2f}{f', {about}' if about else ''})")
    lines += ["", "## 它从不做什么" if zh else "## What it never does", "", *(f"- {line}" for line in NEVER[language])]
    lines += ["", "## 检验" if zh else "## Test", ""]
    for code, found in sorted(model.gate.get("differences", {}).items()):
        lines.append(f"- {_difference(code, found, zh=zh)}")
    passed = bool(model.gate.get("passed"))
    verdict = (
        ("启用检验：通过" if passed else "启用检验：未通过") if zh else f"Gate: {'passed' if passed else 'not passed'}"
    )
    lines += [f"- {verdict}", "", "## 您可以要求什么" if zh else "## What may be asked for", ""]
    lines += [f"- {line}" for line in RIGHTS[language]]
    return "\n".join(lines) + "\n"


def _assessment(standing: Standing, *, zh: bool) -> str:
    used = [one.impact_id for one in standing.approvals if one.action == "promote" and one.impact_id]
    if used:
        return str(used[-1])
    return standing.impact_id or ("未登记（演示）" if zh else "none (demonstration)")


def _decisions(standing: Standing, *, zh: bool) -> list[str]:
    words = {"propose": ("提出", "proposed"), "promote": ("批准", "approved"), "refuse": ("未批准", "turned down")}
    lines: list[str] = []
    for one in standing.approvals:
        if one.version == standing.model.version and one.action in words:
            day = local_date(one.at, standing.time_zone)
            lines.append(f"- {day} {words[one.action][0]}" if zh else f"- {day} {words[one.action][1]}")
    if any(one.action == "promote" and one.version == standing.model.version for one in standing.approvals):
        lines.append("- 提出人与批准人是不同的两人" if zh else "- proposer and approver are two different people")
    return lines


def weights(scorecard: Scorecard) -> list[tuple[str, float]]:
    """Features by how far they move the log-odds, alone or in their widest table."""
    spread = {step.name: float(step.values.max() - step.values.min()) / NANO for step in scorecard.steps}
    for (first, second), pair in zip(scorecard.pair_names, scorecard.pairs, strict=True):
        for name, axis in ((first, 0), (second, 1)):  # along the feature's own side
            reach = float((pair.values.max(axis=axis) - pair.values.min(axis=axis)).max()) / NANO
            spread[name] = max(spread[name], reach)
    return sorted(((name, one) for name, one in spread.items() if one > 0), key=lambda found: (-found[1], found[0]))


def _difference(code: str, found: dict[str, float | None], *, zh: bool) -> str:
    value, low, high = found.get("value"), found.get("low"), found.get("high")
    if value is None or low is None or high is None:
        return f"{code}: —"
    ahead = low > 0
    words = ("领先" if ahead else "未显示有差别") if zh else ("ahead" if ahead else "not shown to differ")
    return (
        f"与{code}相比，再次反映召回相差{100 * value:+.1f}个百分点"
        f"（95%区间 {100 * low:+.1f} 至 {100 * high:+.1f}）：{words}"
        if zh
        else f"Against {code}: episode recall {100 * value:+.1f} points (95 % interval {100 * low:+.1f} to "
        f"{100 * high:+.1f}): {words}"
    )
