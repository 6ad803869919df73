"""What pages say about a version's card, its shadow and where it came from, Chinese and English."""

MODEL_TEXTS: dict[str, tuple[str, str]] = {
    "card.link": ("模型卡", "Model card"),
    "card.record": ("公开记录", "Public record"),
    "card.title": ("第 {version} 版 模型卡", "Model card of version {version}"),
    "card.back": ("返回模型版本", "Back to the versions"),
    "card.charts": ("各项特征的作用", "What each feature adds"),
    "card.charts_help": (
        "纵轴为对数几率：特征取某值时，比没有该情况时加减多少。各图相加即得办理风险分，没有别的来源。",
        "Log-odds: what a value adds or takes off against having nothing of the kind. The drawings sum to the margin.",
    ),
    "card.charts_empty": ("评分卡中没有起作用的特征。", "No feature of this scorecard weighs anything."),
    "card.pairs_help": (
        "色块：两项特征合看时加（橙）减（蓝）多少；纵向为前一项，由下而上增大。",
        "Cells: what two features add together (orange) or take off (blue); the first runs from the bottom up.",
    ),
    "notice.title": ("告知文本", "Notice"),
    "notice.link": ("可张贴、可交付的告知文本", "The notice to hang up or hand out"),
    "shadow.title": ("试跑（不向承办人显示）", "In the shadow (shown on no list)"),
    "shadow.from": (
        "来源：他院第 {version} 版，两人批准",
        "From another office: its version {version}, approved by two people",
    ),
    "shadow.until": ("试跑至 {day}；之后由两人启用", "Runs until {day}; then two people switch it on"),
    "semicolon": ("；", "; "),
    "shadow.none": ("还没有一期清单可比。", "No list to compare with yet."),
    "shadow.caption": (
        "同样的月份、同样的件数，与在用清单比较；只有合计，不含事项。",
        "Same months, same length, beside the list in use; totals only, no matters.",
    ),
    "shadow.lists": ("可比清单期数", "lists compared"),
    "shadow.listed": ("试跑模型会列入", "the model would have listed"),
    "shadow.in_both": ("两份清单都有", "on both lists"),
    "shadow.matured": ("已满观察期", "outcome known"),
    "shadow.shadow": ("试跑模型：再次反映占比", "model in the shadow: share raised again"),
    "shadow.in_use": ("在用清单：再次反映占比", "list in use: share raised again"),
    "shadow.difference": ("差值", "difference"),
    "shadow.too_few": ("满观察期的不足10件，暂不显示", "under 10 with a known outcome; not shown yet"),
    "log.action.model_exported": ("导出模型", "exported a model"),
    "log.action.model_imported": ("导入模型", "imported a model"),
    "log.action.view_model_card": ("查看模型卡", "viewed a model card"),
}
