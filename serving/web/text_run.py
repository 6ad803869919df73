"""What the page that runs the monthly job says, Chinese and English."""

RUN_TEXTS: dict[str, tuple[str, str]] = {
    "nav.run": ("运行月排查", "Run the sweep"),
    "run.title": ("运行月排查", "Run the monthly sweep"),
    "run.help": (
        "通常由定时任务每月运行。补做或更正台账后可在此立即运行；同一截止日、同一数据再次运行不会产生第二份清单。",
        "A timer runs it every month. Run it here after a late or corrected ledger; the same day and data never give a "
        "second list.",
    ),
    "run.cutoff": ("截止日（含当日）", "Last day seen"),
    "run.scope": ("单位（含下级）", "Office, with those below"),
    "run.go": ("立即运行", "Run now"),
    "run.problem": ("没有开始", "Not started"),
    "run.under_way": (
        "正在运行，本页每5秒自动更新；成稿前任何人都看不到清单。",
        "A run is under way; this page updates every 5 seconds. Nobody sees a list before it is whole.",
    ),
    "run.past": ("运行记录", "Runs"),
    "run.none": (
        "还没有在本页运行过；定时任务的清单见“排查清单”。",
        "Nothing has been run from this page; lists of the monthly job stand under “Sweep list”.",
    ),
    "run.begun": ("开始", "Begun"),
    "run.by": ("由谁", "By"),
    "run.state": ("状态", "State"),
    "run.state.running": ("运行中", "running"),
    "run.state.done": ("已成稿", "done"),
    "run.state.failed": ("未成稿", "no list"),
    "run.state.died": ("中断，再运行即可", "cut off; run it again"),
    "run.stage": ("第{n}步，共{of}步：{what}", "step {n} of {of}: {what}"),
    "run.left": ("，约还需{n}秒", ", about {n} s left"),
    "run.same": ("已有同一清单，未另做", "the same list was there already"),
    "run.open": ("打开清单", "Open the list"),
    "log.action.run_asked": ("运行月排查", "had the sweep run"),
}
