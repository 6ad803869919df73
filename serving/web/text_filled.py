"""What the pages say that read a filled-in list back, Chinese and English."""

FILLED_TEXTS: dict[str, tuple[str, str]] = {
    "filled.title": ("回读已填的清单", "Read back a filled-in list"),
    "filled.link": ("回读已填的清单（xlsx）", "Read back a filled-in list (xlsx)"),
    "filled.help": (
        "上传从本系统导出、填好措施、完成日期、结果的 xlsx。先看将登记什么，"
        "确认后以您的名义登记为办理措施；其他单元格不读取。",
        "Upload the xlsx exported here with measure, date and result filled in. You see first what would be recorded; "
        "on confirmation it is recorded as measures in your name. No other cell is read.",
    ),
    "filled.file": ("已填的清单（xlsx）", "Filled-in list (xlsx)"),
    "filled.file_hint": ("不超过 {limit} MB；文件不保存。", "At most {limit} MB; the file is not kept."),
    "filled.upload": ("查看将登记的内容", "See what would be recorded"),
    "filled.problem": ("没有登记", "Nothing recorded"),
    "filled.new": ("将登记", "To be recorded"),
    "filled.asked": ("请核对后勾选", "Check these and tick"),
    "filled.asked_help": (
        "勾选的行一并登记；不勾选的不登记，事项页上的记录不变。",
        "What is ticked is recorded along; what is not stays as the matter's page has it.",
    ),
    "filled.not": ("不能登记", "Cannot be recorded"),
    "filled.same": ("已登记过、无需再登记的 {n} 行。", "{n} rows are recorded already; nothing to do."),
    "filled.blank": ("未填写的 {n} 行。", "{n} rows are not filled in."),
    "filled.missing": (
        "导出时的第 {rows} 行（按导出顺序）不在文件里：不影响其他行；需要登记的请在事项页登记。",
        "Rows {rows} of the export (in its order) are not in the file: the others are not affected; record on the "
        "matter's page what is needed.",
    ),
    "filled.without_key": (
        "工作表 {sheets} 缺“回读标识”列，没有读取；请重新导出后填写。",
        "Sheet {sheets} has lost its column “Row key” and was not read; export again and fill that in.",
    ),
    "filled.none": ("没有可登记的内容。", "There is nothing to record."),
    "filled.save": ("登记", "Record"),
    "filled.done": ("已登记 {n} 项。", "{n} recorded."),
    "filled.again": ("再传一份", "Upload another"),
    "filled.back": ("回到排查清单", "Back to the list"),
    "filled.where": ("位置", "Place"),
    "filled.matter": ("事项编号", "Matter no."),
    "filled.says": ("填写内容", "What is written"),
    "filled.why": ("说明", "Note"),
    "filled.tick": ("仍登记 {number}", "Record {number} all the same"),
    "filled.fit.new": ("未登记过。", "Not recorded yet."),
    "filled.fit.same": ("已登记。", "Recorded."),
    "filled.fit.changed": (
        "导出以后，该事项在系统里又有了核实、预案或措施；请先看事项页，再决定是否仍登记。",
        "Since the export somebody decided, planned or recorded on this matter; look at its page first.",
    ),
    "filled.fit.older": (
        "这一行来自 {day} 的清单，不是最新一期；该事项仍在最新清单上，可以登记在最新一期。",
        "This row is of the list up to {day}, not the latest; the matter is still listed, so it can be recorded there.",
    ),
    "filled.fit.wrong": ("请在表中改正后再传：", "Mend it in the sheet and upload again: "),
    "filled.fit.mixed": (
        "这一行的事项编号与“回读标识”对不上，行可能被打乱（例如只排序了部分列）；请重新导出，或在事项页登记。",
        "The matter number of this row is not that of its row key: columns were probably sorted apart. Export again, "
        "or record it on the matter's page.",
    ),
    "filled.fit.twice": (
        "同一事项有两行，结果不同；请只留一行。",
        "Two rows of the same matter give different results; leave one of them.",
    ),
    "filled.fit.no_key": (
        "这一行没有有效的“回读标识”（自己加的行，或标识被改动）；请在事项页登记。",
        "This row has no valid row key (added by hand, or changed); record it on the matter's page.",
    ),
    "filled.fit.other_office": ("这一行属于其他单位的清单。", "This row is of another office's list."),
    "filled.fit.not_yours": (
        "这一行的事项不在您的权限范围内；请由承办人或其部门负责人上传。",
        "This matter is not within your scope; let its handler or head of department upload it.",
    ),
    "filled.fit.not_listed": (
        "该事项不在最新一期清单上，不能按清单登记。",
        "This matter is not on the latest list, so nothing is recorded for it there.",
    ),
    "log.action.filled_looked": ("核对已填清单", "looked at a filled-in list"),
    "log.action.filled_recorded": ("回读登记措施", "recorded from a filled-in list"),
}
