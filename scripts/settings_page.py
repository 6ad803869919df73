"""What every setting means: writes docs/settings.md from data/settings.py and the explanations below."""

import sys
from pathlib import Path

from data.settings import Settings, known_keys

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"

MEANINGS: dict[str, tuple[str, str]] = {
    "language": ("界面语言；不设则看 LANG", "language of messages; unset: by LANG"),
    "time_zone": ("办理单位所在时区，日、月的起止以此为准", "the offices' time zone; days and months begin there"),
    "database": ("数据库地址；不设则用状态目录中的 SQLite", "database URL; unset: SQLite in the state directory"),
    "demo": ("演示标记：清单与导出注明“演示”", "marks lists and exports as a demonstration"),
    "rules_only": ("停用模型，只按规则运行", "no model: the list runs by rules"),
    "label.reporting_lag_days": (
        "观察期满后再等几天才认定结果",
        "days added to the horizon before a label is mature",
    ),
    "cohort.max_age_days": ("登记超过多少天的不再排查；不设则不限", "leave out matters older than this; unset: none"),
    "cohort.exclude_stale": ("不排查久无记录的事项（仍计数）", "leave out stale matters (still counted)"),
    "cohort.stale_days": ("多少天没有记录算久无记录", "days without an event that make a matter stale"),
    "cohort.after_end_days": ("办结后继续排查的天数", "days a matter stays in the cohort after its end"),
    "sweep.k": ("每个单位清单件数；不设则按比例", "length of each office's list; unset: by share"),
    "sweep.share": ("按排查范围的比例定清单件数", "length as a share of the cohort"),
    "sweep.least": ("清单最少件数", "at least so many"),
    "sweep.spot_share": (
        "随机抽查占清单件数的比例，每单位至少1件",
        "spot checks as a share of k, at least one an office",
    ),
    "sweep.seed": ("抽查用的随机种子", "seed of the spot checks"),
    "board.receptions": ("院领导接访年度目标；不设则不显示", "receptions by leaders aimed at in a year; unset: none"),
    "board.letters": ("院领导办信年度目标；不设则不显示", "letters by leaders aimed at in a year; unset: none"),
    "work.unsigned_days": ("清单成稿多少天未签批即提示", "days after which an unsigned list is reported"),
    "work.undo_minutes": (
        "核实（单件或成批）后多少分钟内本人可撤销；0 为不可",
        "minutes in which a decision, on one matter or many, can be taken back; 0: never",
    ),
    "learning.min_positives": ("少于多少件再次反映就不训练", "fewer raised again than this: no training"),
    "learning.min_label_coverage": ("结果可判定的最低比例", "least share of snapshots whose label can be told"),
    "learning.min_link_checks": ("编号查重关联的最低比例", "least share of numbers checked for links"),
    "learning.folds": ("回测的时间折数", "folds in time of the back-test"),
    "learning.train_months": ("训练用的月数", "months used for training"),
    "learning.bootstrap": ("区间估计的重抽样次数", "bootstrap draws for intervals"),
    "gate.max_assumed_share": (
        "推定时间超过此比例，启用须负责人书面接受",
        "above this share of assumed times a promotion needs a recorded acceptance",
    ),
    "gate.recall_floor": ("各组召回不低于总体的多少倍", "floor of a group's recall, as a share of the overall"),
    "gate.shadow_months": (
        "从别处导入的模型在记分表旁试跑几个月后才能启用",
        "months a model from elsewhere runs beside the point sheet before it may be switched on",
    ),
    "gate.worst_fold": ("任一折不得差过多少", "no fold may be worse by more"),
    "gate.group_min_positives": ("少于此件数的组不下结论", "smaller groups are too small to tell"),
    "clock.calendar": ("时限按自然日或工作日计", "clocks count calendar or working days"),
    "clock.reply_from": (
        "三个月自收件（receipt）或受理（acceptance）起算；未受理的仍自收件起",
        "the three months run from receipt or from acceptance; from receipt where none was accepted",
    ),
    "clock.rest_days": ("节假日表之外另休的日期", "days off that the calendar of holidays does not have"),
    "clock.work_days": ("节假日表之外另上班的日期", "working days that the calendar of holidays does not have"),
    "clock.paths": ("各程序类别的时限，见下表", "the clocks of procedure paths, see the table below"),
    "service.host": ("网页服务监听地址", "address the pages listen on"),
    "service.port": ("网页服务端口；0 为任选", "port of the pages; 0: any free one"),
    "service.idle_minutes": ("多少分钟不操作须重新登录", "minutes of quiet that end a session"),
    "service.session_hours": ("一次登录最长小时数", "hours after which a session ends"),
    "service.proxies": (
        "可信代理的地址或网段，只相信它们说明的来访地址和登录人；空：不相信任何代理",
        "addresses or networks of the proxies believed about a browser's address and who signs on; empty: none",
    ),
    "sign_on.header": (
        "可信代理用哪个请求头给出登录人的账号，如 X-Remote-User；不设则不用",
        "header in which a trusted proxy names the account of who signs on, such as X-Remote-User; unset: none",
    ),
    "sign_on.issuer": (
        "统一身份（OpenID Connect）服务的地址；不设则不用",
        "address (issuer) of the office's OpenID provider; unset: none",
    ),
    "sign_on.client_id": ("本系统在统一身份服务登记的编号", "our name with the provider"),
    "sign_on.claim": ("身份令牌中哪一项是本系统账号", "which claim of the ID token is the account's name"),
    "sign_on.address": (
        "浏览器打开本系统的地址，登录后回到其 /sign-on/answer",
        "the address browsers reach us by; the provider leads back to its /sign-on/answer",
    ),
    "service.secure_cookies": ("只经 HTTPS 发送会话（有 HTTPS 时请打开）", "session cookie over HTTPS only"),
    "vault.enabled": (
        "查重库：台账证件号只在内存中算成密钥散列，仅供提出关联建议；缺省关闭",
        "identity vault: identity numbers become keyed hashes in memory, only to propose links; off by default",
    ),
    "vault.keep_days": ("散列自登记起保存多少天", "days after registration a hash is kept"),
    "vault.daily_lookups": ("每人24小时内最多查重次数", "look-ups a person may make in 24 hours"),
    "imports.upload_mb": ("网页上传台账的最大兆字节数", "largest ledger uploaded on the pages, in megabytes"),
    "imports.keep_hours": (
        "上传的文件和退回表最多保留几小时",
        "hours an upload, and what came back of it, waits before it is removed",
    ),
    "looks.people": (
        "一天内查看同一事项超过多少人为异常",
        "people looking at one matter in a day beyond which it is unusual",
    ),
    "looks.night": ("每人每晚查看超过多少次为异常", "looks of one person in a night beyond which it is unusual"),
    "looks.night_from": ("夜间自几点起", "hour at which the night begins"),
    "looks.night_to": ("夜间至几点止", "hour at which the night ends"),
    "looks.matters": (
        "每人每天查看超过多少件不同事项为异常",
        "different matters a person opens in a day beyond which it is unusual",
    ),
    "service.daily_trials": (
        "模型管理员每日试算虚构事项的次数",
        "how many invented matters a steward may score on trial a day",
    ),
    "service.daily_volume_factor": (
        "单位每日评分上限为未结事项数的几倍",
        "scores a day per office, as a multiple of its open matters",
    ),
    "correction.answer_days": ("更正申请须在多少天内答复", "days in which a request for correction is to be answered"),
    "correction.explanation_days": (
        "说明申请须在多少天内出具书面说明（最长15天，G23）",
        "days in which an explanation asked for is to be given on paper (at most 15, G23)",
    ),
    "retention.after_close_days": (
        "事项办结多少天后清理其测算结果、清单条目和特征存档",
        "days after a matter closed when its scores, entries and feature rows are removed",
    ),
    "impact.assessment_id": (
        "个人信息保护影响评估编号；非演示排查前必填",
        "number of the impact assessment; needed before a real screening",
    ),
    "impact.purpose": ("评估所涉用途；变更后须重新评估", "the purpose assessed; a change asks for a new assessment"),
    "impact.approver": ("影响评估的批准人", "who approved the assessment"),
    "monitor.psi_warning": ("PSI 达到此值且统计显著：需核查", "PSI from which a significant drift is a warning"),
    "monitor.psi_severe": ("风险分 PSI 达到此值：须处理", "PSI from which a drift of the score is severe"),
    "monitor.false_share": (
        "各组、各单位、前后比较中允许的误报比例",
        "share of false findings allowed when groups, offices or periods are compared",
    ),
    "monitor.waiting_ratio": (
        "某组等待达到其余各组的几倍：需核查",
        "times the others' wait from which a group waits long",
    ),
    "monitor.rise_not_counted": ("不计入的反映占比比前一年上升", "rise of the share of contacts not counted"),
    "monitor.rise_unrated": ("办结后未评价占比上升", "rise of the share of ended matters without a rating"),
    "monitor.rise_terminated": ("终结占比上升", "rise of the share of ends that are terminations"),
    "monitor.rise_undocumented": ("化解而无答复文书占比上升", "rise of the share resolved with no reply document"),
    "monitor.rise_hasty": (
        "救助（接访）7日内息诉、撤回的占比上升",
        "rise of the share of aid, or receptions, given up after within 7 days",
    ),
    "monitor.limit_undocumented": ("化解而无答复文书占比上限", "limit of the share resolved with no reply document"),
    "monitor.limit_hasty": (
        "救助（接访）7日内息诉、撤回的占比上限",
        "limit of the share of aid, or receptions, given up after within 7 days",
    ),
    "monitor.retrain_drifted": (
        "建议重新训练：至少多少项特征或分数的分布有变化",
        "training again is proposed: features or scores that moved, at least",
    ),
    "monitor.retrain_fall": (
        "建议重新训练：未列入事项的排序能力至少下降多少，且非偶然",
        "training again is proposed: fall of the order among unlisted matters, beyond chance, at least",
    ),
    "monitor.retrain_positives": (
        "建议重新训练：训练之后至少多少件已满观察期的再次反映",
        "training again is proposed: matters raised again since, with their time passed, at least",
    ),
    "monitor.sunset_least": (
        "年度评估：随机抽查至少多少件次才下结论",
        "yearly report: spot checks, at least, for a conclusion",
    ),
    "monitor.harm_least": (
        "提示与对照各至少多少件才比较",
        "least flagged, and least compared, for the question of harm",
    ),
}


def page() -> str:
    """The whole page as Markdown. Raises SystemExit naming settings that only one side knows."""
    keys = known_keys()
    if unexplained := sorted(set(keys) ^ set(MEANINGS)):
        sys.exit(f"settings and their meanings differ: {', '.join(unexplained)}")
    lines = [
        "# 设置 · Settings",
        "",
        "<!-- written by `make docs` from data/settings.py -->",
        "",
        "来源由弱到强：默认值、TOML 文件（当前目录的 `petition-risk.toml`，或 `--config` 指定的）、环境变量。",
        "不认识的键一律拒绝（退出码 10）。",
        "",
        "From weak to strong: defaults, a TOML file (`petition-risk.toml` in the current directory, or that of",
        "`--config`), the environment. Unknown keys are refused (exit code 10). In the environment a key is written",
        "`PETITION_RISK_SWEEP__SHARE=0.1`; in the file:",
        "",
        "```toml",
        "[sweep]",
        "share = 0.1",
        "```",
        "",
        "| 键 key | 默认 default | 含义 | meaning |",
        "| --- | --- | --- | --- |",
    ]
    defaults = Settings()
    for key in keys:
        value: object = defaults
        for part in key.split("."):
            value = getattr(value, part)
        if key == "clock.paths":
            shown = "see below"
        elif value is None or value == ():
            shown = "–"
        else:
            shown = f"`{str(value).lower() if isinstance(value, bool) else value}`"
        lines.append(f"| `{key}` | {shown} | {MEANINGS[key][0]} | {MEANINGS[key][1]} |")
    return "\n".join([*lines, *path_clocks(defaults)]) + "\n"


def path_clocks(defaults: Settings) -> list[str]:
    """The shipped clocks of procedure paths, and how a site writes its own."""
    lines = [
        "",
        "## 程序类别的时限 · Clocks of procedure paths",
        "",
        "各程序的期限由办理单位按现行规定核对后写在设置里，每条有起止日期和依据；",
        "写了 `[[clock.paths]]` 就整体替换内置的这几条。",
        "它们照常显示、到期必办，但不进入模型。",
        "",
        "The office checks these against the rules in force and writes them into its settings, each dated and with its",
        "article; writing any `[[clock.paths]]` replaces the shipped ones as a whole. They are shown and must be acted",
        "on, and no model reads them.",
        "",
        "| code | 名称 | procedure_path | starts | met_by | restarts | 期限 | 依据 |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for path in defaults.clock.paths:
        time = f"{path.months} months" if path.months is not None else f"{path.days} days"
        starts, met, restarts = (", ".join(kinds) or "–" for kinds in (path.starts, path.met_by, path.restarts))
        lines.append(
            f"| `{path.code}` | {path.zh} | `{path.procedure_path}` | {starts} | {met} | {restarts} | {time} "
            f"| {path.article} |"
        )
    return [
        *lines,
        "",
        "```toml",
        "[clock]",
        "rest_days = [2027-02-05, 2027-02-06]",
        "work_days = [2027-02-20]",
        "",
        "[[clock.paths]]",
        'code = "supervision_review"',
        'zh = "民事行政监督审查"',
        'en = "review of a supervision request"',
        'article = "人民检察院民事诉讼监督规则"',
        'procedure_path = "civil_admin_supervision"',
        'starts = ["accepted"]',
        'met_by = ["substantive_reply"]',
        "months = 3           # days = …, working = true: working days",
        "restarts = []        # the last such event begins the time anew",
        "waived_by = []       # such an event before the due date ends the duty",
        "pauses = true        # time suspended or ended does not count",
        "valid_from = 2021-08-01",
        "```",
    ]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
