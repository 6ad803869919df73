"""What the pages of matters and of kept filters say, Chinese and English."""

VIEW_TEXTS: dict[str, tuple[str, str]] = {
    "nav.matters": ("事项目录", "Matters"),
    "matters.title": ("事项目录", "Matters"),
    "matters.help": (
        "您权限范围内的事项，按编号排列；可按编号或事由查找。查看会留下记录。",
        "The matters within your scope, by number; search by number or cause. Looking is recorded.",
    ),
    "matters.total": ("共 {n} 件", "{n} in all"),
    "matters.none_title": ("没有符合条件的事项", "No matter answers to this"),
    "matters.none": (
        "请核对编号，或清除条件后重试。不在您权限范围内的事项不会显示。",
        "Check the number, or clear the filters. Matters outside your scope are not shown.",
    ),
    "matters.empty_title": ("还没有您的事项", "There are no matters of yours yet"),
    "matters.empty": (
        "台账由控申部门导入；导入后，分给您的事项会显示在这里。",
        "The petition department brings the ledger in; the matters given to you are then shown here.",
    ),
    "matters.month": ("登记月份", "Registered"),
    "matters.on_list": ("最新清单", "Latest list"),
    "matters.not_on_list": ("不在清单", "not on it"),
    "views.title": ("已存视图", "Saved views"),
    "views.manage": ("管理视图", "Manage views"),
    "views.save": ("保存当前条件", "Save these filters"),
    "views.name": ("视图名称", "Name of the view"),
    "views.name_hint": (
        "不超过20个字，只有您自己能看到。不保存查找的文字。",
        "At most 20 characters; only you see it. What was typed into the search is not kept.",
    ),
    "views.keep": ("保存", "Save"),
    "views.rename": ("改名", "Rename"),
    "views.remove": ("删除", "Remove"),
    "views.page.list": ("排查清单", "Sweep list"),
    "views.page.matters": ("事项目录", "Matters"),
    "views.help": (
        "筛选和排序可以用一个名称保存，只有您自己能看到，最多 {most} 个。",
        "Filters and order can be kept under a name, for yourself alone; at most {most}.",
    ),
    "views.none_title": ("还没有保存视图", "No view is kept yet"),
    "views.none": (
        "在排查清单或事项目录选择条件后，点“保存当前条件”。",
        "Choose filters on the sweep list or the matters, then “Save these filters”.",
    ),
    "notices.title": ("待办提醒", "Notices"),
    "notices.bell": ("待办提醒：{n} 条未读", "Notices: {n} unread"),
    "notices.help": (
        "只提醒本院的义务、预案步骤和签批；办完即消失，标为已读只是不再计数。",
        "Duties of our office, steps of plans and signatures only; each goes when it is done, and marking it as read "
        "only takes it off the count.",
    ),
    "notices.kind.duty": ("欠办事项", "Duties"),
    "notices.kind.plan": ("预案步骤", "Steps of plans"),
    "notices.kind.signature": ("签批", "Signatures"),
    "notices.late": ("已逾期或须处理", "overdue, or to be done now"),
    "notices.soon": ("临近", "coming up"),
    "notices.read": ("标为已读", "Mark as read"),
    "notices.read_all": ("全部标为已读", "Mark all as read"),
    "notices.is_read": ("已读", "read"),
    "notices.none_title": ("没有待办提醒", "Nothing waits"),
    "notices.none": (
        "有义务临期、预案步骤到期或清单待签批时，会在这里提醒。",
        "When a duty or a step falls due, or a list waits for a signature, it is told here.",
    ),
    "log.action.view_notices": ("查看待办提醒", "viewed the notices"),
    "views.back": ("返回", "Back"),
}
