"""The words about what machines, trials and outside reviewers do, Chinese first."""

API_TEXTS: dict[str, tuple[str, str]] = {
    "role.reviewer": ("外部监督人员", "outside reviewer"),
    "nav.digest": ("月度摘要", "Monthly digest"),
    "digest.title": ("月度摘要", "Monthly digest"),
    "digest.help": (
        "本院系统当月各类操作的次数，不含任何事项、人员或文字。查看本页也会留下记录。",
        "How often what was done in a closed month: no matter, no person, no text. Looking here is on record too.",
    ),
    "digest.count": ("次数", "Times"),
    "digest.by_office": ("各单位", "By office"),
    "digest.masked": ("各单位少于10次的不显示。", "Counts under ten are not shown by office."),
    "digest.none": ("没有达到10次的。", "None reaches ten."),
    "digest.empty": ("该月没有记录。", "Nothing was logged in that month."),
    "digest.month": ("月份", "Month"),
    "digest.show": ("查看", "Show"),
    "digest.none_yet": (
        "还没有已结束的月份。这里将按月显示各类操作的次数、各单位的次数，以及月末操作记录的编号和校验值。",
        "No month has closed yet. Month by month this page will tell how often what was done, by office, and where the "
        "log stood at the month's end, with its hash.",
    ),
    "digest.when": ("{month} 的摘要从 {day} 起可以查看。", "The digest of {month} can be read from {day} on."),
    "digest.other": ("其他", "other"),
    "digest.head": (
        "月末操作记录到第{seq}条，其校验值如下；可与检查点核对：",
        "At the month's end the log stood at entry {seq}, with this hash, to be held against the checkpoints:",
    ),
    "log.action.view_digest": ("查看月度摘要", "viewed a monthly digest"),
    "log.action.unusual_looks": ("发现异常查看", "found unusual looks"),
    "log.action.token_created": ("新建机器令牌", "made a token"),
    "log.action.token_revoked": ("停用机器令牌", "revoked a token"),
    "log.action.events_told": ("写入办理记录", "wrote events"),
    "log.action.view_clocks": ("查看时限", "viewed clocks"),
    "log.action.view_matters": ("查看事项目录", "viewed the matters of an office"),
    "log.action.volume_capped": ("用量超出上限", "beyond the day's volume"),
    "log.action.trial_score": ("试算虚构事项", "scored an invented matter on trial"),
}
