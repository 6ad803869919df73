"""What a printed list says: every text of the workbook in Chinese and English, beyond the words the pages share."""

from collections.abc import Callable
from typing import Literal

from data.vocabulary import OUTCOMES, RESULTS
from serving.paper_text import PAPER_TEXTS
from serving.web.text import TEXTS

Language = Literal["zh", "en"]

#: Stands on every sheet, in Chinese whatever the language of the rest (G17).
SENTENCE = "本清单只列事项与本院义务，不得转送公安、综治、信访人所在单位或村(社区)"
SENTENCE_EN = (
    "This list holds matters and our own duties only; it must not be passed to police, public-security coordination "
    "offices, the person's employer, village or community."
)
#: The measures an entry may be answered with: help and duties of ours, a closed list (red line 5).
MEASURES: tuple[str, ...] = (
    "回复",
    "每月后续答复",
    "释法说理",
    "一次性告知",
    "公开听证",
    "司法救助",
    "律师参与",
    "联席会商",
    "领导接访",
    "领导约访",
    "领导办信",
    "领导包案",
    "复查",
    "纠错",
    "移送并告知",
)
#: What may stand under 结果: how the measure ended, or how the work on the matter ended.
ANSWERS: tuple[str, ...] = tuple(zh for zh, _ in (*OUTCOMES.values(), *RESULTS.values()))

_SHEETS: dict[str, tuple[str, str]] = {
    "recipient.own_leaders": ("本院领导", "leaders of the office"),
    "recipient.petition_department": ("控申部门", "petition department"),
    "recipient.case_department": ("承办部门（{department}）", "case department ({department})"),
    "who.office": ("本院", "the office"),
    "who.department": ("本部门", "the department"),
    "month": ("{year}年{month}月", "{year}-{month:02d}"),
    "title": ("{office} {month}排查清单 · {part}", "{office} · sweep list {month} · {part}"),
    "demo_mark": ("【演示数据，内容均为虚构】", "[demonstration, all invented] "),
    "count": ("（{n}件）", " ({n})"),
    "line.serial": ("编号 {serial}", "No. {serial}"),
    "line.recipient": ("发往 {recipient}", "For: {recipient}"),
    "line.exported": ("导出 {user} {moment}", "Exported by {user} {moment}"),
    "line.cutoff": ("数据截至 {day}", "Data up to {day}"),
    "page": ("第&P页 共&N页", "page &P of &N"),
    "days_note": (
        "剩余天数从{day}起算，负数为已逾期天数。",
        "Days left are counted on {day}; a negative number is days late.",
    ),
    "leader_note": (
        "只列较大、重大事项；另有一般{n}件由承办部门负责人办理。序号为本院清单中的序号。",
        "Only larger and major entries; {n} general ones end with the heads of department. "
        "Numbers are those of the office's list.",
    ),
    "department_note": (
        "只列{department}承办的事项，序号为本院清单中的序号。",
        "Only matters of {department}; numbers are those of the office's list.",
    ),
    "empty.must_act": (
        "没有必办事项：截至{day}，{who}没有已逾期、告急或承诺未兑现的义务。",
        "No must-acts: up to {day} {who} has no duty overdue, nothing urgent and no promise broken.",
    ),
    "empty.middle": (
        "没有提示事项：本月排列在前的事项中没有{who}承办的。各项时限照常办理。",
        "No flags: none of the matters ordered first this month is handled by {who}. All clocks go on as usual.",
    ),
    "empty.middle_leader": (
        "没有需要签批的事项：本月提示中没有较大或重大的；一般{n}件由承办部门负责人办理。",
        "Nothing to sign: none of this month's flags is larger or major; {n} general ones end with the heads.",
    ),
    "empty.spot": (
        "没有抽查事项：本月随机抽取没有抽到{who}承办的其他事项。",
        "No spot checks: none was drawn this month among the other matters of {who}.",
    ),
    "empty.spot_leader": (
        "抽查{n}件由控申部门和承办部门办理，不在签批的清单上逐件列出。",
        "The {n} spot checks are handled by the departments; they are not listed among what a leader signs.",
    ),
    "empty.review": (
        "没有需要回看的事项：排列在前的事项都有欠办事项或尚未筛查的帮助。",
        "Nothing to look at again: every matter ordered first owes a duty or has help still to be screened.",
    ),
    "sign.own_leaders": ("分管副检察长签批", "Signed by the deputy chief prosecutor"),
    "sign.own_leaders_major": ("检察长签批（重大事项）", "Signed by the chief prosecutor (major entries)"),
    "sign.petition_department": ("控申部门负责人签批", "Signed by the head of the petition department"),
    "sign.case_department": ("承办部门负责人签批", "Signed by the head of the case department"),
    "sign.date": ("日期", "Date"),
    "col.rank": ("序号", "No."),
    "col.matter": ("事项编号", "Matter no."),
    "col.department": ("承办部门", "Department"),
    "col.handler": ("承办人编号", "Handler"),
    "col.category": ("案件类别", "Category"),
    "col.cause": ("诉求事由", "Cause"),
    "col.band": ("办理风险等级", "Handling-risk band"),
    "col.per_hundred": ("每100件区间", "Of 100 (range)"),
    "col.reasons": ("理由与依据", "Reasons"),
    "col.duties": ("欠办事项(最近到期)", "Unmet duty (nearest)"),
    "col.due": ("到期日", "Due"),
    "col.days_left": ("剩余天数", "Days left"),
    "col.help": ("可提供的帮助", "Help available"),
    "col.state": ("核实状态", "State"),
    "col.plan": ("化解预案", "Plan"),
    "col.row_key": ("回读标识", "Row key"),
    "col.measure": ("措施", "Measure"),
    "col.done_on": ("完成日期", "Done on"),
    "col.result": ("结果", "Result"),
    "basis_of": ("依据：{articles}", "Article: {articles}"),
    "due_by": ("{duty}（{day}）", "{duty} ({day})"),
    "planned": ("{action}（{due}前）", "{action} (by {due})"),
    "planned_by": ("{owner}：{plan}", "{owner}: {plan}"),
    "join": ("；", "; "),
    "measure.title": ("办理措施", "Measure"),
    "measure.help": (
        "从列表选一项；多项可改写。只写本院的办理和帮助，不写个人信息。",
        "Choose one, or write several: our handling and help only, no personal details.",
    ),
    "result.title": ("结果", "Result"),
    "result.help": (
        "从列表选一项。“已办”等说明措施的情况；“已化解”等表示清单要求的工作已办毕。",
        "Choose one: how the measure ended, or, where the work the list asked for is done, with what result.",
    ),
    "done_on.title": ("完成日期", "Done on"),
    "done_on.help": ("请填写日期，如 2026-11-15。", "Please enter a date, like 2026-11-15."),
}

_NOTES: dict[str, tuple[str, str]] = {
    "notes": ("说明", "Notes"),
    "notes.office": ("办理单位", "Office"),
    "notes.recipient": ("发往", "For"),
    "notes.purpose": ("用途", "Purpose"),
    "notes.exported_by": ("导出人", "Exported by"),
    "notes.exported_at": ("导出时间", "Exported at"),
    "notes.serial": ("编号", "Serial"),
    "notes.cutoff": ("数据截至", "Data up to"),
    "notes.made_at": ("清单生成时间", "List made at"),
    "notes.basis": ("排序依据", "Ordered by"),
    "notes.batch": ("数据批次", "Data batch"),
    "notes.hash": ("清单校验值", "List hash"),
    "notes.standing": ("送签与下达", "Sending up and issuing"),
    "notes.version_hash": ("送签版本校验码", "Hash of the version sent up"),
    "notes.signed_by": ("签批", "Signed"),
    "notes.k": ("提示名额（k）", "Size of the list (k)"),
    "notes.scope": ("本表范围", "What is listed"),
    "notes.scope_all": ("全部三个部分，未作筛选", "all three parts, unfiltered"),
    "notes.scope_leader": (
        "必办事项，以及提示中的较大、重大事项",
        "must-acts, and the larger and major among the flags",
    ),
    "notes.scope_department": ("{department}承办的事项", "matters of {department}"),
    "notes.listed": ("本表列出：{part}", "Listed here: {part}"),
    "notes.bands": ("其中 重大 / 较大 / 一般", "of these major / larger / general"),
    "notes.bands_value": ("{major} / {larger} / {general}", "{major} / {larger} / {general}"),
    "notes.how": ("怎样看", "How to read it"),
    "notes.interval": ("每100件区间", "Of 100 (range)"),
    "notes.interval_text": (
        "“a–b”读作：每100件同类事项约a–b件会再次反映。这是同类事项的范围（95%），不是对某件事项、更不是对某个人的判断。",
        "“a–b” reads: of 100 matters like this about a–b are raised again. It is a range (95 %) for matters of the "
        "kind, no verdict on one matter, still less on a person.",
    ),
    "notes.rules": ("按规则运行", "Rules-only"),
    "notes.rules_text": (
        "没有使用模型：先排已逾期的义务，再排一个月内到期的、逾期的承诺、距上次实质沟通最久的；等级来自办理情况记分表，不给区间。",
        "No model was used: duties missed first, then those due within a month, promises overdue, and the longest "
        "since our last substantive contact; bands come from the point sheet and no range is given.",
    ),
    "notes.again": ("再次反映", "Raised again"),
    "notes.again_text": (
        "同一事项在截止日后90天内再次提出，或评价为未解决；不区分以何种方式，也不保存方式。依法申请复查、复核、申诉等不算。",
        "The same matter comes back within 90 days of the cutoff, or is rated not solved; in whatever way, and the way "
        "is not kept. Using a lawful remedy does not count.",
    ),
    "notes.band": ("办理风险等级", "Handling-risk band"),
    "notes.band_text": (
        "一般、较大、重大，说的是本院办理工作的先后，不是对信访人的评价；等级低不减少登记、接待、复查、听证和救助。",
        "General, larger, major: the order of our own work, no judgement of the person; a low band lessens no "
        "registration, reception, review, hearing or aid.",
    ),
    "notes.duty": ("欠办事项", "Unmet duty"),
    "notes.duty_text": (
        "截止日时仍由本院承担的义务，最近到期的在前；到期日为按期办理的最后一天。导出后请先核对是否已办。",
        "What our office still owed at the cutoff, the nearest first; the due date is the last day in time. Check "
        "first whether it has been done since.",
    ),
    "notes.help": ("可提供的帮助", "Help available"),
    "notes.help_text": (
        "按规则应筛查而尚无记录的听证、救助、律师参与；由承办人提出，信访人自愿。",
        "Hearing, aid or lawyer that a rule asks to be screened and nobody has recorded; offered by a person, "
        "taken freely.",
    ),
    "notes.fill": ("填写", "To fill in"),
    "notes.fill_text": (
        "只有措施、完成日期、结果三列和签批栏可以填写。措施限：{measures}；一格可写多项，用顿号隔开。结果限：{answers}。",
        "Only measure, date and result, and the signature block, can be filled in. Measures: {measures}; several in "
        "one cell are split by 、. Results: {answers}.",
    ),
    "notes.read_back": ("回读", "Reading back"),
    "notes.read_back_text": (
        "填好后在“排查清单”页“回读已填的清单”上传：先显示将登记的内容和有出入的行，确认后以上传人名义登记为办理措施。"
        "只取措施、完成日期、结果；可以排序、筛选、加列，请勿删改隐藏的“回读标识”列。同一文件传两次不会重复登记。",
        "When filled in, upload it under “Read back a filled-in list” on the list page: what will be recorded and what "
        "does not fit is shown first; on confirmation it is recorded as measures in the name of who uploads. Only "
        "measure, date and result are taken; rows may be sorted and filtered and columns added, but leave the hidden "
        "column “Row key” as it is. The same file twice records nothing twice.",
    ),
    "notes.correct": ("更正", "Correction"),
    "notes.correct_text": (
        "对编号、日期或类别有异议的，提出更正申请；更正后重新测算，两个版本都保留。",
        "A wrong number, date or class can be corrected on request; the result is then made anew and both are kept.",
    ),
}

EXPORT_TEXTS: dict[str, tuple[str, str]] = {**_SHEETS, **_NOTES}


def wording(language: Language) -> Callable[..., str]:
    """`t(key, **values)` over the workbook's own texts and those of the pages; a missing key is an error."""
    side = 0 if language == "zh" else 1

    def t(key: str, **values: object) -> str:
        text = (EXPORT_TEXTS.get(key) or PAPER_TEXTS.get(key) or TEXTS[key])[side]
        return text.format(**values) if values else text

    return t


def sentence(language: Language) -> str:
    """The sentence of G17, with its translation where the reader's language is English."""
    return SENTENCE if language == "zh" else f"{SENTENCE} / {SENTENCE_EN}"
