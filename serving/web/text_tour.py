"""What the tour of a demonstration says at each page, Chinese and English."""

TOUR_TEXTS: dict[str, tuple[str, str]] = {
    "tour.title": ("导览", "Tour"),
    "tour.of": ("第 {step} 步，共 {steps} 步", "step {step} of {steps}"),
    "tour.next": ("下一步", "Next"),
    "tour.done": ("完成", "Done"),
    "tour.back": ("上一步", "Back"),
    "tour.skip": ("跳过导览", "Skip the tour"),
    "tour.go_on": ("继续导览", "Go on with the tour"),
    "tour.again": ("重看导览", "Take the tour again"),
    "tour.stop.today": (
        "一天从这里开始：先是欠作的每月后续答复，再是到期和逾期的义务。办完并记入台账，这里就不再出现。",
        "The day starts here: first the monthly follow-ups owed, then duties due and overdue. What is done and in the "
        "ledger is gone from here.",
    ),
    "tour.stop.sign": (
        "待您签批的事项，连同预案和承办人，在一页上看完；可以签批，也可以写明意见退回。",
        "What waits for your signature, with plan and owner, on one page; sign it, or return it with an opinion.",
    ),
    "tour.stop.tasks": (
        "本月排查还差什么：各部门待核实几件、缺几件预案，数字点开就是那几件。",
        "What the month's sweep still lacks, by department; every number opens its matters.",
    ),
    "tour.stop.list": (
        "排查清单只排列本院工作先后。每件由具名人员接受、更改或不采纳，并写明理由；可以筛选、保存视图、成批核实。",
        "The list only orders our own work. A named person accepts, changes or turns down each entry and says why; "
        "filter it, keep a view, decide on several at once.",
    ),
    "tour.stop.matters": (
        "您范围内的全部事项。点开一件：欠办事项、理由与依据、可提供的帮助、时限和办理经过都在一页。",
        "All matters within your scope. Open one: duties, reasons, help, clocks and timeline stand on one page.",
    ),
    "tour.stop.board": (
        "本院履职情况：七日和三个月答复、后续答复、听证、救助、接访。每个数都写明口径。",
        "How our office keeps its duties: replies, follow-ups, hearings, aid, receptions; every figure says what it "
        "counts.",
    ),
    "tour.stop.notices": (
        "右上角的提醒只说义务、预案步骤和签批，办完即消失。",
        "The bell tells of duties, steps of plans and signatures only; each goes when it is done.",
    ),
    "tour.stop.models": (
        "模型版本并列在这里。提议和审批必须是两个人；随时可以退回或改按规则运行。",
        "The model versions side by side. Proposer and approver are two people; roll back or go by rules at any time.",
    ),
    "tour.stop.monitor": (
        "运行监测：数据、特征分布、往期清单和分组情况有没有变化。",
        "Monitoring: whether data, features, past lists and groups still are what they were.",
    ),
    "tour.stop.log": (
        "谁在何时看了什么、做了什么，都在这里，由哈希链核对。",
        "Who saw and did what, and when, proved by a hash chain.",
    ),
    "tour.stop.digest": (
        "一个月的工作，只有件数，没有具体事项。",
        "A month of work in counts, without any matter.",
    ),
    "tour.stop.tokens": (
        "热线、窗口等系统凭令牌写入办理记录；在这里新建（只显示一次）、查看和停用。",
        "The hotline's and the desks' systems write with a token: make one here (shown once), see them, end any.",
    ),
    "tour.stop.import": (
        "台账从这里导入：先试运行，看清会写入什么，再确认。个人信息列不读入。",
        "The ledger comes in here: a dry run first, then the import. Columns with personal data are left unread.",
    ),
    "tour.stop.about": (
        "最后：本工具做什么、从不做什么。对外告知的文字也在这里。",
        "Last: what this tool does and never does, and the text of the public notice.",
    ),
}
