"""What the page of a matter says of its sweeps, of what our handling changed, and of who saw it, zh and en."""

SWEEP_TEXTS: dict[str, tuple[str, str]] = {
    "sweeps.title": ("历次排查与本院办理变化", "Sweep by sweep: what our handling changed"),
    "sweeps.help": (
        "按期列出本院当期给出的办理风险等级，以及两期之间本院办了什么、还欠什么。等级只排列本院工作先后；时限按今日台账所知。",
        "Each sweep with the handling-risk band our office gave, and what our office did or still owed between two of "
        "them. A band only orders our own work; clocks are as the ledger knows them today.",
    ),
    "sweeps.none": (
        "该事项还没有列入过排查清单。列入后，这里逐期显示等级和本院办理的变化。",
        "This matter has not stood on a sweep list yet. Once it does, each sweep stands here with its band and what "
        "our handling changed.",
    ),
    "sweeps.since": ("最近一期之后", "Since the latest sweep"),
    "sweeps.since_none": ("最近一期之后，本院没有新的办理记录。", "Our office has recorded nothing new since."),
    "sweeps.day": ("截至 {day} 的排查", "Sweep up to {day}"),
    "sweeps.not_listed": ("未列入清单", "Not listed"),
    "sweeps.by_rules": ("按规则", "by rules"),
    "sweeps.by_model": ("模型第 {version} 版", "model version {version}"),
    "sweeps.draft": ("当期第 {n} 稿", "draft {n} of that sweep"),
    "sweeps.no_change": (
        "与上一期之间，本院没有新的办理记录。",
        "Our office recorded nothing new since the sweep before.",
    ),
    "sweeps.changed": ("上一期以来", "Since the sweep before"),
    "sweeps.first": ("首次列入。", "First time on a list."),
    "sweeps.more": ("只显示最近 {n} 期。", "Only the latest {n} sweeps are shown."),
    "sweeps.kind.came": ("新列理由", "New reason"),
    "sweeps.kind.told": ("当期理由", "Reason given"),
    "sweeps.kind.owed": ("新欠办", "Newly owed"),
    "sweeps.kind.gone": ("已消除", "No longer"),
    "sweeps.kind.kept": ("按时", "In time"),
    "sweeps.kind.late": ("迟办", "Late"),
    "sweeps.kind.missed": ("逾期", "Missed"),
    "sweeps.kind.step": ("办理", "Recorded"),
    "sweeps.kind.act": ("清单办理", "On the list"),
    "sweeps.kind.basis": ("排列方式", "Way of ranking"),
    "sweeps.owed": ("我院新增欠办事项：{duty}", "our office came to owe: {duty}"),
    "sweeps.gone_duty": ("我院不再欠办：{text}", "our office no longer owes: {text}"),
    "sweeps.gone_duty_because": (
        "我院不再欠办：{text}，因已记录",
        "our office no longer owes: {text}, since it recorded",
    ),
    "sweeps.gone_reason": ("我院清单不再列此理由：{text}", "our list no longer gives the reason: {text}"),
    "sweeps.gone_reason_because": (
        "我院清单不再列此理由：{text}，因已记录",
        "our list no longer gives the reason: {text}, since our office recorded",
    ),
    "sweeps.kept": ("我院按时完成“{duty}”，期限 {due}", "our office did \u201c{duty}\u201d in time, due {due}"),
    "sweeps.kept_on": (
        "我院 {met} 按时完成“{duty}”，期限 {due}",
        "our office did \u201c{duty}\u201d in time on {met}, due {due}",
    ),
    "sweeps.late": (
        "我院 {met} 才完成“{duty}”，期限 {due}",
        "our office did \u201c{duty}\u201d late, on {met}, due {due}",
    ),
    "sweeps.missed": ("我院逾期未完成“{duty}”，期限 {due}", "our office let \u201c{duty}\u201d pass, due {due}"),
    "sweeps.recorded": ("我院其间记录", "our office recorded"),
    "sweeps.other_basis": (
        "我院两期的排列方式不同（规则或模型版本），理由的说法不逐条比较。",
        "our office ranked the two lists in different ways (rules or model version), so reasons are not compared.",
    ),
    "seen.title": ("谁看过、办过", "Who saw and did what"),
    "seen.help": (
        "查看和办理都留下记录，包括本次查看。本院人员列姓名，其他单位只列单位和身份；完整记录由审计员查阅。",
        "Looking and acting are on record, this view included. People of your own office are named, others by office "
        "and role; the whole log is read by the auditor.",
    ),
    "seen.open": ("最近的记录（{n} 条）", "Newest records ({n})"),
    "seen.times": ("当日 {n} 次", "{n} times that day"),
    "seen.more": ("更早的记录请由审计员查阅。", "For older records ask the auditor."),
    "seen.machine": ("系统接口", "a machine or job"),
    "seen.elsewhere": ("{office}（{role}）", "{office} ({role})"),
    "sweeps.act.put": ("我院 {day} 人工提报：{reason}", "our office put it forward by hand on {day}: {reason}"),
    "sweeps.act.decided": ("我院 {day} 核实：{state}", "our office decided on {day}: {state}"),
    "sweeps.act.plan": ("我院 {day} 拟定化解预案：{actions}", "our office planned on {day}: {actions}"),
    "sweeps.act.measure": ("我院 {day} 办理{action}：{outcome}", "our office acted on {day}: {action}, {outcome}"),
    "sweeps.act.result": ("我院 {day} 登记办毕：{result}", "our office recorded it as done on {day}: {result}"),
}
