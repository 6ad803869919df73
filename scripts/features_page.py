"""What each feature, clock and must-act rule is: writes docs/features-dictionary.md from the catalog."""

from pathlib import Path

from features.catalog import CATALOG
from features.clock_rules import CLOCKS, ClockRule
from features.dictionary import GROUPS, sign_words
from features.rules import HELP_RULES, MUST_ACT

PAGE = Path(__file__).parent.parent / "docs" / "features-dictionary.md"
_COUNTS = {"calendar": "", "working": "工作日 working", "setting": "自然日或工作日（设置） by setting"}
_KINDS = {"duty": "义务 duty", "chance": "可不用的期限 a chance", "right": "信访人的权利 the person's right"}


def page() -> str:
    """The whole page as Markdown."""
    lines = [
        "# 特征词典 · Dictionary of features",
        "",
        "<!-- written by `make docs` from features/catalog, features/clock_rules.py and features/rules.py -->",
        "",
        f"共 {len(CATALOG)} 项特征。每项只看截止时点前本院已知的、该事项自己的记录；方向“+”表示值越大风险分不会越低，",
        "“−”表示不会越高，“±”不作限制。没有理由词的特征不对任何人作为理由展示。",
        "救济、听证救助等帮助、领导接访包案都不是特征，人的任何信息都不是。",
        "用例见 [features-by-example.md](features-by-example.md)，增加特征见 [features.md](features.md)。",
        "",
        f"{len(CATALOG)} features. Each looks at the matter's own records known to the office before the cutoff.",
        "“+”: a larger value never lowers the margin, “−”: never raises it, “±”: unconstrained. What has no words is",
        "never given as a reason. Remedies, help such as hearings or aid, and what leaders did are no features;",
        "nothing of a person is.",
        "",
    ]
    for group, (zh, en) in GROUPS.items():
        lines += [
            f"## {zh} · {en}",
            "",
            "| 特征 feature | 名称 | meaning | 单位 unit | 空值 empty | 方向 sign | 范围 range "
            "| 依据 source | 负责 owner | 理由 reason |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        for one in CATALOG:
            if one.group == group:
                told = "；".join(reason for reason in (one.reason_zh, one.reason_en) if reason) or "–"
                reason = told.replace("{value}", "N")
                lines.append(
                    f"| `{one.name}` | {one.zh} | {one.en} | {one.unit} | {one.empty:g} | {sign_words(one)} "
                    f"| {one.low:g} … {one.high:g} | {one.source} | {one.owner} | {reason} |"
                )
        lines.append("")
    lines += [
        "## 时限 · Clocks",
        "",
        "程序类别的时限在设置里，见 [settings.md](settings.md)。 The clocks of procedure paths are settings.",
        "",
        "| 时限 clock | 名称 | meaning | 期限 time | 起算 starts | 完成 met by | 性质 kind | 特征 | 依据 article |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for rule in CLOCKS:
        starts = ", ".join(rule.starts) or "收件 receipt"
        lines.append(
            f"| `{rule.code}` | {rule.zh} | {rule.en} | {_time(rule)} | {starts} | {', '.join(rule.met_by)} "
            f"| {_KINDS[rule.kind]} | {'是 yes' if rule.feature else '否 no'} | {rule.article} |"
        )
    lines += ["", "## 必办与帮助规则 · Must-act and help rules", "", "| 规则 rule | 名称 | meaning | 依据 article |"]
    lines.append("| --- | --- | --- | --- |")
    lines += [f"| `{rule.code}` | {rule.zh} | {rule.en} | {rule.article} |" for rule in (*MUST_ACT, *HELP_RULES)]
    return "\n".join(lines) + "\n"


def _time(rule: ClockRule) -> str:
    if rule.monthly_after is not None:
        return "每月 monthly"
    if rule.months is not None:
        return f"{rule.months}个月 months"
    if rule.days is None:
        return "按其到期日 its own date"
    return f"{rule.days}日 days {_COUNTS[rule.counts]}".strip()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
