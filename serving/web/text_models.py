"""What pages say about a version's card, its shadow and where it came from, Chinese and English."""

MODEL_TEXTS: dict[str, tuple[str, str]] = {
    "nav.harm": ("提示是否有害", "Do flags hurt"),
    "harm.title": ("提示是否使办理变差", "Do flags make our handling worse"),
    "harm.help": (
        "每月比较被提示的事项与相近而未提示的事项：答复天数、不予受理、退回、终结、撤回、提供帮助。差距非偶然时停用模型、按规则运行，直至具名负责人说明原因。",
        "Each month flagged matters are compared with like unflagged ones: days to a reply, not accepted, returned, "
        "terminated, withdrawn, help offered. Worse beyond chance takes the model out of service until a named person "
        "has answered why.",
    ),
    "harm.none_title": ("没有发现", "Nothing found"),
    "harm.none": (
        "至今未发现被提示的事项受到更差的对待。",
        "So far flagged matters were not found to fare worse.",
    ),
    "harm.up_to": ("截至 {day} 的已满观察期清单", "Matured lists up to {day}"),
    "harm.found": ("{when} 发现", "found {when}"),
    "harm.state.open": ("待答复，按规则运行", "to be answered; rules-only"),
    "harm.state.answered": ("已答复", "answered"),
    "harm.text": ("原因和改进措施", "Why, and what is done about it"),
    "harm.hint": (
        "不超过500字，不写个人信息。答复后模型恢复使用。",
        "At most 500 characters, nobody's particulars. The model serves again once answered.",
    ),
    "harm.answer": ("具名答复", "Answer in my name"),
    "harm.answered": ("{who} 于 {when} 答复", "answered by {who}, {when}"),
    "harm.banner": (
        "监测发现被提示的事项办理反而更差：模型已停用，按规则运行，待负责人说明原因。",
        "Flagged matters were found to fare worse: the model is out of service and rules order the work until a named "
        "person has answered why.",
    ),
    "log.action.harm_found": ("发现提示有害，停用模型", "found that flags hurt; rules-only"),
    "log.action.harm_answered": ("答复提示有害的发现", "answered that flags hurt"),
    "log.action.view_harm": ("查看提示是否有害", "viewed whether flags hurt"),
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
    "record.title": ("公开记录", "Public record"),
    "record.link": ("在用模型的公开记录（登录后）", "The public record of the model in use (signed in)"),
    "record.none": (
        "目前没有在用的模型：每月的工作先后只按规则排列。",
        "No model is in use: each month's work is ordered by rules alone.",
    ),
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
