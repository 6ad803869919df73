"""What pages say about the dictionary of features and one feature of one matter, Chinese and English."""

FEATURE_TEXTS: dict[str, tuple[str, str]] = {
    "features.title": ("特征词典", "Dictionary of features"),
    "features.lead": (
        "共 {n} 项。每项只看截止时点前本院已知的、该事项自己的记录。"
        "人的任何信息、救济、听证救助等帮助和领导接访包案都不是特征。",
        "{n} features. Each looks at the matter's own records, known to the office before the cutoff. Nothing of a "
        "person, no remedy, no help such as hearings or aid, and nothing a leader did is a feature.",
    ),
    "features.signs": (
        "方向“+”：值越大办理风险分不会越低；“−”：不会越高；“±”：不作限制。没有理由词的特征不作为理由展示。",
        "“+”: a larger value never lowers the margin; “−”: never raises it; “±”: unconstrained. What has no words "
        "is never given as a reason.",
    ),
    "features.declared": ("本院申明的特征", "Declared by the office"),
    "features.of_model": (
        "在用模型所附，不单独提高等级。",
        "Beside the serving model; they lift no band by themselves.",
    ),
    "features.name": ("特征", "Feature"),
    "features.unit": ("单位", "Unit"),
    "features.empty": ("空值", "Empty"),
    "features.sign": ("方向", "Direction"),
    "features.range": ("范围", "Range"),
    "features.source": ("依据", "Source"),
    "features.owner": ("归口", "Owner"),
    "features.reason": ("理由词", "Words as a reason"),
    "features.link": ("特征词典", "Features"),
    "features.matter_link": ("各项特征的由来", "Where each feature comes from"),
    "features.matter_title": ("事项 {number} 各项特征的由来", "Where the features of matter {number} come from"),
    "features.matter_lead": (
        "选一项，看它在各月末和每次变化时的值，以及没有某条记录时会是多少。反映方式只在事项时间线上看。",
        "Choose one: its value at month-ends and at each change, and what it would be without each record. How a "
        "matter was raised is seen on its timeline alone.",
    ),
    "features.back": ("返回事项 {number}", "Back to matter {number}"),
    "features.back_all": ("各项特征", "All features"),
    "features.points": ("各日的值", "Values by day"),
    "features.day": ("截至", "Up to"),
    "features.value": ("值", "Value"),
    "features.made_by": ("由哪些记录形成", "Made by"),
    "features.without": ("没有它则为 {value}", "without it {value}"),
    "features.known": ("{day} 录入", "known {day}"),
    "features.none_made": ("无记录改变此值", "no record moves it"),
    "features.no_events": (
        "记录只向本院承办人、负责人和签批领导展示；此处只有值。",
        "Records are shown within the matter's own office only; here are the values.",
    ),
    "unit.times": ("次", "times"),
    "unit.days": ("天", "days"),
    "unit.yes/no": ("是/否", "yes/no"),
    "unit.share": ("比例", "share"),
    "unit.step": ("步", "step"),
    "unit.band": ("档", "band"),
    "unit.duties": ("项", "duties"),
    "unit.parts": ("项", "parts"),
    "unit.matters": ("件", "matters"),
    "unit.‰": ("‰", "‰"),
    "unit.category": ("类别", "category"),
    "unit.money": ("元", "yuan"),
    "unit.number": ("数", "number"),
    "unit.flag": ("是/否", "yes/no"),
    "owner.petition department": ("控申部门", "petition department"),
}
