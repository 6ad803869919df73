"""Which words the product knows: event roles and kinds, categories, procedure paths, causes, remark codes.

Kinds are data: a mapping may add kinds (with one of these roles) and map its own codes.  Roles, never kinds
of contact, drive clocks and labels.  Source: domain vocabulary of the client, "Events".
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an event means to the product; every kind has exactly one."""

    CONTACT = "contact"
    FROM_ABOVE = "from_above"
    NEUTRAL = "neutral"
    INTAKE = "intake"
    REPLY = "reply"
    HELP = "help"
    PROMISE = "promise"
    REMEDY = "remedy"
    RATING = "rating"
    END = "end"
    RECORD = "record"
    BY_PRODUCT = "by_product"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of event: its code (stored), role, and label in both languages."""

    code: str
    role: Role
    zh: str
    en: str


def _kinds(role: Role, *rows: tuple[str, str, str]) -> tuple[Kind, ...]:
    return tuple(Kind(code=code, role=role, zh=zh, en=en) for code, zh, en in rows)


KINDS: tuple[Kind, ...] = (
    *_kinds(
        Role.CONTACT,
        ("letter", "来信", "letter"),
        ("visit", "来访", "visit"),
        ("online", "网上反映", "online filing"),
        ("call", "12309来电", "12309 call"),
        ("joint_submission", "多人反映", "joint submission"),
    ),
    *_kinds(
        Role.FROM_ABOVE,
        ("assigned_from_above", "上级交办", "assigned from above"),
        ("forwarded_from_above", "上级转送", "forwarded from above"),
    ),
    *_kinds(
        Role.NEUTRAL,
        ("progress_query", "进度查询", "progress query"),
        ("new_material", "补充材料", "new material"),
        ("material_supplied", "补正材料收到", "requested material supplied"),
    ),
    *_kinds(
        Role.INTAKE,
        ("registered", "登记", "registered"),
        ("material_requested", "一次性告知补正", "material requested"),
        ("accepted", "受理", "accepted"),
        ("not_accepted", "不予受理", "not accepted"),
        ("transferred_out", "移送分流", "transferred out"),
        ("transfer_told", "告知移送去向", "told of transfer"),
        ("transferred_in", "移送转入", "transferred in"),
        ("returned", "退回", "returned"),
        ("handler_changed", "更换承办人", "handler changed"),
        ("extended", "延期", "extended"),
        ("suspended", "中止", "suspended"),
        ("resumed", "恢复", "resumed"),
        ("urged", "催办督办", "urged"),
        ("case_review_opened", "立案复查", "case review opened"),
    ),
    *_kinds(
        Role.REPLY,
        ("procedural_reply", "程序性回复", "procedural reply"),
        ("progress_reply", "每月后续答复", "monthly follow-up"),
        ("substantive_reply", "三个月答复", "substantive reply"),
        ("explanation", "释法说理", "explanation"),
        ("follow_up_call", "答复回访", "follow-up call"),
    ),
    *_kinds(
        Role.HELP,
        ("hearing_screened", "听证已筛查", "hearing screened"),
        ("hearing_offered", "听证已告知", "hearing offered"),
        ("hearing_held", "公开听证", "hearing held"),
        ("simple_hearing_held", "简易公开听证", "simple hearing held"),
        ("aid_screened", "救助已筛查", "aid screened"),
        ("aid_paid", "国家司法救助", "judicial aid paid"),
        ("social_aid_referred", "社会救助转介", "social aid referred"),
        ("lawyer_offered", "律师已告知", "lawyer offered"),
        ("lawyer_present", "律师参与", "lawyer present"),
        ("counselling_arranged", "心理疏导", "counselling arranged"),
        ("mediation_held", "调解和解", "mediation held"),
        ("leader_reception", "领导接访", "leader reception"),
        ("leader_letter", "领导办信", "letter handled by leader"),
        ("leader_assigned", "领导包案", "matter led by leader"),
        ("joint_meeting", "联席会商", "joint meeting"),
        ("joint_handling", "上下级联动", "joint handling"),
        ("field_visit", "下访(约定)", "agreed field visit"),
        ("video_reception", "远程视频接访", "video reception"),
        ("case_checked", "案件评查", "case checked"),
    ),
    *_kinds(
        Role.PROMISE,
        ("promise_made", "作出承诺", "promise made"),
        ("promise_kept", "承诺兑现", "promise kept"),
        ("error_confirmed", "办案差错确认", "error confirmed"),
        ("error_corrected", "纠错", "error corrected"),
    ),
    *_kinds(
        Role.REMEDY,
        ("review_requested", "申请复查", "review requested"),
        ("recheck_requested", "申请复核", "recheck requested"),
        ("appeal_to_superior", "向上一级申诉", "appeal to superior"),
        ("superior_review_requested", "向上一级申请复查", "superior review requested"),
        ("reconsideration_requested", "申请复议", "reconsideration requested"),
        ("compensation_committee_requested", "申请赔偿委员会决定", "compensation committee requested"),
        ("supervision_requested", "申请监督", "supervision requested"),
        ("remedy_answered", "救济答复", "remedy answered"),
    ),
    *_kinds(Role.RATING, ("rated", "满意度评价", "rated")),
    *_kinds(
        Role.END,
        ("resolved", "化解", "resolved"),
        ("reopened", "重新办理", "reopened"),
        ("accepted_by_person", "息诉", "accepted by the person"),
        ("moved_to_procedure", "导入法律程序", "moved to procedure"),
        ("closed", "办结", "closed"),
        ("terminated", "终结", "terminated"),
        ("withdrawn", "撤回", "withdrawn"),
    ),
    *_kinds(
        Role.RECORD,
        ("urgent_marked", "告急", "urgent"),
        ("officer_rated", "承办人评级", "rated by officer"),
        ("jurisdiction_objected", "管辖异议", "jurisdiction objected"),
        ("co_handling_started", "协办开始", "co-handling started"),
        ("co_handling_done", "协办完成", "co-handling done"),
        ("major_reported", "重大信访信息报告", "major matter reported"),
    ),
    *_kinds(
        Role.BY_PRODUCT,
        ("clue_referred", "监督线索移送", "clue referred"),
        ("education_held", "普法活动", "legal education held"),
        ("backlog_listed", "列入积案", "listed as backlog"),
    ),
)

KIND: dict[str, Kind] = {kind.code: kind for kind in KINDS}


def codes(*roles: Role) -> tuple[str, ...]:
    """The default kind codes of some roles, in reading order."""
    return tuple(kind.code for kind in KINDS if kind.role in roles)


#: After any of these, as the last of them visible, a matter is no longer open (a later `reopened` opens it again).
CLOSERS: tuple[str, ...] = (
    "resolved",
    "closed",
    "terminated",
    "withdrawn",
    "moved_to_procedure",
    "not_accepted",
    "transferred_out",
)
#: What we say to the person about the substance; a progress reply counts only with a document number.
SUBSTANTIVE: tuple[str, ...] = ("substantive_reply", "explanation")

#: Events removed before every aggregate that feeds a model: selection and effect cannot be told apart.
LEADER_KINDS: tuple[str, ...] = ("leader_reception", "leader_letter", "leader_assigned")

CATEGORIES: dict[str, tuple[str, str]] = {
    "against_procuratorate": ("涉检", "against the procuratorate"),
    "supervision": ("申请监督", "request for supervision"),
    "report": ("举报", "report"),
    "accusation": ("控告", "accusation"),
    "criminal_appeal": ("刑事申诉", "criminal appeal"),
    "judicial_aid": ("国家司法救助", "judicial aid"),
    "state_compensation": ("国家赔偿", "state compensation"),
    "civil_appeal": ("民事申诉", "civil appeal"),
    "administrative_appeal": ("行政申诉", "administrative appeal"),
    "public_interest": ("公益诉讼", "public interest"),
    "minors": ("未成年人保护", "protection of minors"),
    "other": ("其他", "other"),
}
CAUSES: dict[str, tuple[str, str]] = {
    "demolition": ("拆迁", "demolition"),
    "wages": ("欠薪", "unpaid wages"),
    "maintenance": ("赡养", "maintenance"),
    "enterprise": ("涉企", "enterprise"),
    "land": ("征地", "land"),
    "traffic": ("交通事故", "traffic accident"),
    "injury": ("人身损害", "injury"),
    "contract": ("合同纠纷", "contract"),
    "execution": ("执行", "enforcement of judgments"),
    "environment": ("生态环境", "environment"),
    "fraud": ("诈骗", "fraud"),
    "other": ("其他", "other"),
}
PROCEDURES: dict[str, tuple[str, str]] = {
    "petition_opinion": ("信访处理意见", "petition handling opinion"),
    "criminal_appeal": ("刑事申诉", "criminal appeal"),
    "civil_admin_supervision": ("民事行政监督", "civil or administrative supervision"),
    "no_filing": ("不立案监督", "decision not to file"),
    "state_compensation": ("国家赔偿", "state compensation"),
    "other": ("一般控申", "general"),
}
#: Classes of matters that a leader of the office must lead (院领导包案); any other text is no such class.
CASE_CLASSES: dict[str, tuple[str, str]] = {
    "first_appeal": ("首次信访申诉", "first appeal"),
    "complex": ("疑难复杂", "complex"),
    "backlog": ("长期未化解积案", "long unresolved"),
}
LEVELS: dict[str, tuple[str, str]] = {
    "province": ("省级院", "province"),
    "city": ("市级院", "city"),
    "county": ("基层院", "county"),
}
BANDS: tuple[str, ...] = ("general", "larger", "major")
BAND_LABELS: dict[str, tuple[str, str]] = {
    "general": ("一般", "general"),
    "larger": ("较大", "larger"),
    "major": ("重大", "major"),
}
#: What a plan may hold: help and duties, a closed list (red line 5). The last two are proposed by a person only.
ACTIONS: dict[str, tuple[str, str]] = {
    "reply": ("回复", "reply"),
    "monthly_follow_up": ("每月后续答复", "monthly follow-up"),
    "explanation": ("释法说理", "explanation"),
    "material_told": ("一次性告知", "tell once what is needed"),
    "hearing": ("公开听证", "public hearing"),
    "aid": ("司法救助", "judicial aid"),
    "lawyer": ("律师参与", "lawyer"),
    "joint_meeting": ("联席会商", "joint meeting"),
    "leader_reception": ("领导接访·约访·办信", "reception or letter by a leader"),
    "leader_assigned": ("领导包案", "led by a leader"),
    "review": ("复查", "review"),
    "correction": ("纠错", "correct our error"),
    "transfer_told": ("移送并告知", "transfer and tell"),
    "counselling": ("心理疏导（自愿）", "counselling (voluntary)"),
    "field_visit": ("下访（约定）", "visit (by appointment)"),
}
#: Why a matter is reported to the office's leaders as a major one: a closed list about our handling and safety.
MAJOR_TRIGGERS: dict[str, tuple[str, str]] = {
    "safety": ("危及人身安全", "danger to a person's safety"),
    "deadline": ("羁押或时限紧迫", "custody or an urgent deadline"),
    "error": ("办案差错", "an error of ours"),
    "public": ("社会影响重大，需领导决定", "of public concern; a leader has to decide"),
}
#: How a measure ended; a refusal of help is kept as this and used nowhere.
OUTCOMES: dict[str, tuple[str, str]] = {
    "done": ("已办", "done"),
    "offered_closed": ("已提供，未接受", "offered, closed"),
    "not_possible": ("条件不具备，未办", "not possible"),
}
#: How the work on a listed matter ended; only the first says that it is resolved.
RESULTS: dict[str, tuple[str, str]] = {
    "resolved": ("已化解", "resolved"),
    "answered": ("已答复说理", "answered and explained"),
    "procedure": ("导入法律程序", "moved to a procedure"),
    "transferred": ("已移送并告知", "transferred and told"),
}
#: People in a joint submission are kept in bands only.
PEOPLE_BANDS: dict[int, tuple[str, str]] = {
    0: ("未载明", "not stated"),
    1: ("1人", "1"),
    2: ("2–4人", "2–4"),
    3: ("5人以上", "5+"),
}
#: The five parts a substantive answer must have; `parts_missing` is the sum of the bits of those not there.
REPLY_PARTS: dict[str, tuple[int, str, str]] = {
    "claim": (1, "诉求", "claim"),
    "facts": (2, "事实", "facts"),
    "grounds": (4, "理由", "grounds"),
    "opinion": (8, "意见", "opinion"),
    "basis": (16, "依据", "legal basis"),
}
SOLVED: dict[str, tuple[str, str]] = {
    "fully": ("已解决", "fully"),
    "partly": ("部分解决", "partly"),
    "no": ("未解决", "no"),
}
CAUSED_BY: dict[str, tuple[str, str]] = {
    "remedy": ("因救济", "a remedy"),
    "our_appointment": ("因我院约定", "our appointment"),
    "material_request": ("因补正要求", "our request for material"),
}
RANKS: dict[str, tuple[str, str]] = {
    "chief": ("检察长", "chief prosecutor"),
    "deputy": ("副检察长", "deputy chief prosecutor"),
    "team": ("班子成员", "member of the leadership"),
    "department_head": ("部门负责人", "head of department"),
}
FORMS: dict[str, tuple[str, str]] = {
    "reception": ("接访", "reception"),
    "appointment": ("约访", "by appointment"),
    "field": ("下访", "field visit"),
}

#: Codes of the ledger column 备注类别: code → (event field, value); several may stand in one cell, split by 、
REMARKS: dict[str, tuple[str, str | int]] = {
    **{zh: ("solved", code) for code, (zh, _) in SOLVED.items()},
    **{zh: ("caused_by", code) for code, (zh, _) in CAUSED_BY.items()},
    **{zh: ("rank", code) for code, (zh, _) in RANKS.items()},
    **{zh: ("form", code) for code, (zh, _) in FORMS.items()},
    **{f"缺{zh}": ("parts_missing", bit) for bit, zh, _ in REPLY_PARTS.values()},
    "要件齐全": ("parts_missing", 0),
    **{f"评为{zh}": ("officer_level", code) for code, (zh, _) in BAND_LABELS.items()},
}
