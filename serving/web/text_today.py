"""What the page of the day says, Chinese and English."""

TODAY_TEXTS: dict[str, tuple[str, str]] = {
    "nav.today": ("今日", "Today"),
    "today.title": ("今日待办", "Today"),
    "today.basis": (
        "在办 {n} 件，依据截至 {day} 的台账。",
        "{n} open matters, by the ledger up to {day}.",
    ),
    "today.behind": (
        "台账落后 {n} 天：已办而未登记的，请先核对再办。",
        "The ledger is {n} days behind: check what was done and not yet entered.",
    ),
    "today.bare_title": ("没有事项", "No matters"),
    "today.bare": (
        "没有由您承办的事项，或台账尚未导入；控申部门在“导入台账”页导入。",
        "Nothing stands with you, or no ledger was imported yet; the petition department imports it.",
    ),
    "today.nothing_title": ("没有待办", "Nothing is due"),
    "today.nothing": (
        "七天内没有到期的义务，清单上没有待核实的事项。",
        "No duty is due within seven days and no entry waits to be verified.",
    ),
    "today.follow_ups": ("每月后续答复", "Monthly follow-ups"),
    "today.follow_ups_help": (
        "逾期和七天内到期的，请向信访人答复办理进展或结果。",
        "Overdue or due within seven days: tell the person the progress or the result.",
    ),
    "today.duties": ("其他到期义务", "Other duties due"),
    "today.duties_help": (
        "逾期和七天内到期的，按到期先后。",
        "Overdue or due within seven days, the first due on top.",
    ),
    "today.unanswered": ("再次反映、待我院答复", "Raised again, waiting for our answer"),
    "today.unanswered_help": (
        "再次反映后我院尚未作实质答复。",
        "Our office has not yet given a substantive answer since.",
    ),
    "today.unanswered_days": ("我院已{n}天未作实质答复", "our office has not answered in substance for {n} days"),
    "today.flags": ("本月清单待核实", "This month's list, to verify"),
    "today.flags_help": (
        "打开事项，接受、更改或不采纳，并写明理由。",
        "Open the matter; accept, change or reject, with a reason.",
    ),
    "today.steps": ("预案步骤到期", "Steps of plans due"),
    "today.steps_help": (
        "逾期和七天内到期的步骤；办完请登记措施。",
        "Steps overdue or due within seven days; record the measure when done.",
    ),
    "today.more": ("另有 {n} 件，见排查清单", "{n} more, see the sweep list"),
    "today.asked": ("申请", "Requests"),
    "today.corrections": ("{n} 件更正申请待答复", "{n} requests for correction to answer"),
    "today.explanations": ("{n} 件说明待出具", "{n} explanations to give"),
    "log.action.view_today": ("查看今日待办", "viewed what is due today"),
}
