"""Which column names and labels of other offices' ledgers mean the same as ours.

Only what can mean one thing stands here: 交办 alone, say, does not tell by whom, and is left to a person.
"""

import re
from collections.abc import Iterable, Mapping

from data.forbidden import normalised
from data.ingest.header_grammar import date_stem, plain_header, read_header
from data.ingest.word_forms import cores, plain_forms, same_words
from data.mapping import load_mapping
from data.vocabulary import CATEGORIES, CAUSES, KINDS, PROCEDURES, Role

#: How surely a column is what its name, or only its cells, say: times the share of the cells that fit.
OURS, SYNONYM, BY_PARTS, BY_CONTENT = 1.0, 0.9, 0.8, 0.7

#: field → our own column name first, then those that mean the same. A name's 时间 is read as 日期.
MATTER_HEADERS: dict[str, tuple[str, ...]] = {
    "matter": ("事项编号", "信访事项编号", "信访编号", "信访件编号", "信访号", "登记编号", "登记号", "受理编号",
               "案件编号", "案号", "编号", "统一编号", "来信来访编号"),
    "office": ("办理单位", "承办单位", "办理院", "承办院", "受理单位", "受理院", "责任单位", "办案单位", "单位名称"),
    "registered": ("登记日期", "信访登记日期", "事项登记日期", "登记日"),
    "known": ("录入日期", "系统录入日期", "录入系统日期", "录入日"),
    "department": ("承办部门", "办理部门", "承办科室", "责任部门", "承办处室", "办案部门", "经办部门"),
    "handler": ("承办人编号", "承办人工号", "承办人员编号", "承办检察官编号", "经办人编号", "办理人编号",
                "承办人代码", "工号", "承办人"),
    "category": ("案件类别", "信访类别", "事项类别", "诉求类别", "案件类型", "信访事项类别", "业务类别", "控申类别"),
    "cause": ("诉求事由", "事由", "信访事由", "反映事由", "反映问题类别", "问题类别", "案由"),
    "procedure_path": ("程序类别", "程序类型", "办理程序", "适用程序"),
    "earlier": ("原事项编号", "原信访编号", "原信访事项编号", "前次信访编号", "首次信访编号", "关联事项编号"),
}  # fmt: skip
EVENT_HEADERS: dict[str, tuple[str, ...]] = {
    "matter": MATTER_HEADERS["matter"],
    "kind": ("环节", "办理环节", "流程环节", "流程节点", "办理节点", "节点", "事件", "事件类型", "操作", "动作",
             "办理步骤", "业务环节", "工作环节", "记录类型"),
    "occurred": ("发生日期", "办理日期", "环节日期", "操作日期", "事件日期", "节点日期", "日期", "记录日期"),
    "known": ("录入日期", "系统录入日期", "录入系统日期", "录入日", "更新日期"),
    "people": ("涉及人数", "人数", "来访人数", "反映人数"),
    "document_no": ("文书号", "文书编号", "文号", "文书文号", "发文字号"),
    "due": ("到期日", "到期日期", "应办结日期", "届满日期"),
    "remarks": ("备注类别", "类别代码"),
}  # fmt: skip
#: Attributes our own ledger declares, with their column names.
ATTRIBUTE_HEADERS: dict[str, tuple[str, ...]] = {
    "first_time": ("首次反映", "是否首次", "是否首次反映", "首次信访", "是否初次反映"),
    "reply_possible": ("可否答复", "能否答复", "是否可答复", "可否回复", "能否回复"),
    "received_on": ("收件日期", "收信日期", "收到日期", "接收日期", "接件日期"),
}

_KINDS: dict[str, str] = {
    "letter": "收到来信 接收来信 信件 书信 信函 书面来信 邮寄来信 寄信",
    "visit": "接待来访 走访 当面反映 来院反映 来院上访 上门反映 当面来访",
    "online": "网络 网上信访 网上来信 网络信访 网络来信 网上投诉 网信 12309网络平台 12309网站 12309小程序",
    "call": "来电 电话 电话反映 电话来访 来电反映 热线 热线电话 12309电话 12309热线 热线来电 接听来电",
    "joint_submission": "联名来信 联名信 联名反映 多人来访 多人来信",
    "assigned_from_above": "上级院交办 上级机关交办",
    "forwarded_from_above": "上级院转送 上级转办 上级院转办 上级机关转送",
    "progress_query": "查询进度 进展查询 进度咨询",
    "new_material": "补充证据 提交新证据 提交补充材料 新材料",
    "material_supplied": "收到补正材料",
    "registered": "信访登记",
    "material_requested": "一次性告知 告知补正 补正告知 要求补正 补正通知",
    "accepted": "决定受理 予以受理",
    "not_accepted": "不受理 决定不予受理",
    "transferred_out": "移送 分流 分流移送 移送有权处理机关",
    "transfer_told": "告知移送 移送告知 告知去向",
    "handler_changed": "变更承办人 承办人变更 承办人更换",
    "extended": "延长期限 延长办理期限 办理延期 延期办理",
    "suspended": "中止办理 中止审查",
    "resumed": "恢复办理 恢复审查",
    "urged": "催办 督办",
    "procedural_reply": "7日回复 七日回复 7日内回复 七日内回复 程序回复 程序性答复 7日程序性回复 七日程序性回复 "
    "7日内程序性回复 七日内程序性回复",
    "progress_reply": "后续答复 每月答复 按月答复 月度答复 每月后续回复",
    "substantive_reply": "3个月答复 三个月内答复 3个月内答复 实体答复 实体性答复 结果答复 办理结果答复",
    "explanation": "释法",
    "follow_up_call": "回访 电话回访",
    "hearing_held": "听证会 召开听证会 举行听证 公开听证会",
    "aid_paid": "发放救助金 救助金发放 发放司法救助金 司法救助金发放",
    "leader_reception": "院领导接访 检察长接访 副检察长接访",
    "leader_letter": "院领导办信",
    "leader_assigned": "院领导包案 检察长包案",
    "joint_meeting": "联席会 联席会议",
    "video_reception": "视频接访 远程接访",
    "promise_kept": "兑现承诺 履行承诺",
    "review_requested": "复查申请 提出复查申请",
    "recheck_requested": "复核申请 提出复核申请",
    "reconsideration_requested": "复议申请 提出复议申请",
    "rated": "群众评价 满意度测评",
    "resolved": "已化解 矛盾化解 实质性化解",
    "accepted_by_person": "息诉罢访 服判息诉 息诉息访",
    "moved_to_procedure": "转入法律程序 导入司法程序 导入程序",
    "closed": "结案 已办结 办理完毕",
    "terminated": "信访终结",
    "withdrawn": "撤回申诉 撤回申请 撤回信访",
    "clue_referred": "线索移送 移送线索",
}
#: What a bare word means as the name of a column of dates, where it means nothing certain as a code.
_DATED: dict[str, str] = {
    "substantive_reply": "答复",
    "hearing_held": "听证",
    "visit": "首次来访 初次来访 再次来访",
    "letter": "首次来信 初次来信 再次来信",
}
_CATEGORIES: dict[str, str] = {
    "against_procuratorate": "涉检信访 涉检事项",
    "supervision": "监督申请 诉讼监督 申请法律监督 检察监督申请",
    "accusation": "控告申诉控告",
    "criminal_appeal": "刑申 刑事申诉案 不服刑事裁判申诉 不服检察机关决定申诉",
    "judicial_aid": "司法救助 司法救助申请 国家救助 救助",
    "state_compensation": "国赔 赔偿 刑事赔偿 国家赔偿申请",
    "civil_appeal": "民申 民事诉讼监督 民事检察监督 民事监督 民事监督申请 不服民事裁判申诉",
    "administrative_appeal": "行申 行政诉讼监督 行政检察监督 行政监督 行政监督申请 不服行政裁判申诉",
    "public_interest": "公益诉讼线索 公益诉讼举报 公益",
    "minors": "未检 未成年人检察 涉未成年人 未成年人",
    "other": "其它",
}
_CAUSES: dict[str, str] = {
    "demolition": "房屋拆迁 拆迁补偿",
    "wages": "拖欠工资 农民工工资 拖欠农民工工资 讨薪 劳动报酬 欠薪问题",
    "maintenance": "赡养纠纷 赡养费",
    "enterprise": "涉企业 涉企问题",
    "land": "土地征收 征地补偿",
    "traffic": "交通事故纠纷",
    "injury": "人身伤害 人身损害赔偿",
    "contract": "合同",
    "execution": "法院执行 执行问题",
    "environment": "环境污染 环境保护",
    "fraud": "电信诈骗 诈骗案",
    "other": "其它",
}
_PROCEDURES: dict[str, str] = {
    "civil_admin_supervision": "民行监督 民事行政检察监督",
    "no_filing": "不立案",
    "other": "其他 其它",
}
_TIMES = re.compile(r"^第[二三四五六七八九十2-9]次(来访|来信|来电|网上反映)$")
_DATE_WORD = re.compile(r"(?:日期|时间|日)$")
#: Letters that stand for the ways a matter is raised, where two of them at least share a column.
_LETTERS = {"信": "letter", "访": "visit", "网": "online", "电": "call"}
#: Names of matter numbers: what is numbered, and a word for a number. 原编号 or 关联编号 name another one.
_MATTER_NO = re.compile(
    r"(?:(?:全国|本院|统一|部门|信访|来信来访|来信|来访|控申|案件|事项|登记|受理|受案|收案|收件)+件?|件)(?:编号|编码|号码?)"
)


def header_field(header: str, fields: Mapping[str, tuple[str, ...]]) -> tuple[str, float] | None:
    """The field a column name means, and how surely: our own name, one of those above, or read by its parts."""
    key = plain_header(header)
    plain = _DATE_WORD.sub("日期", key) if key.endswith("时间") else key
    for field, names in fields.items():
        if plain in names:
            return field, OURS if plain == names[0] else SYNONYM
    if "matter" in fields and _MATTER_NO.fullmatch(plain):
        return "matter", SYNONYM
    read = read_header(header, frozenset(fields))
    return None if read is None else (read, BY_PARTS)


def date_kind(header: str) -> tuple[str, float] | None:
    """The kind of event whose date a column names, and how surely: 受理日期, 第二次来访时间; None: not certain."""
    stem = date_stem(header)
    if stem == plain_header(header) or not stem:
        return None
    again = _TIMES.fullmatch(stem)
    kind = _DATE_KINDS.get(again.group(1) if again else stem)
    if kind is not None:
        return kind, SYNONYM
    kind = _peeled(stem, _DATE_KINDS)
    return None if kind is None else (kind, BY_PARTS)


def code_of(label: str, table: Mapping[str, str]) -> str | None:
    """The code a label means: as it stands, without a leading number, a trailing count or 类; None: not certain.

    Last, without what stands around a word and changes nothing: 案件受理, 来信件, 已作出程序性答复, 执行案件.
    """
    forms = plain_forms(label)
    found = next((table[word] for word in forms if word in table), None)
    return _peeled(forms[-2], table) if found is None else found


def _peeled(word: str, table: Mapping[str, str]) -> str | None:
    """The code of a word written otherwise (回复 for 答复), or with a verb or noun around it that changes nothing.

    拟, 未, 不, 申请 … are no such word.  An end of a matter, and a remedy, are taken only as they are written.
    """
    found: set[str] = set()
    for form in cores(word):
        code = table.get(form) or table.get(same_words(form))
        if code is not None and (form == word or code not in _AS_WRITTEN):
            found.add(code)
    return found.pop() if len(found) == 1 else None


def labels_of(labels: Iterable[str], table: Mapping[str, str]) -> dict[str, str]:
    """The code of each label that means one."""
    return {label: code for label in labels if (code := code_of(label, table)) is not None}


def kinds_of(labels: Iterable[str]) -> dict[str, str]:
    """The kind of each label of a column that means one; single letters (信 访 网 电) only in one another's company."""
    known = list(labels)
    letters = {label: _LETTERS[form] for label in known if (form := re.sub(r"\s+", "", normalised(label))) in _LETTERS}
    found = labels_of(known, KIND_LABELS)
    return found | letters if len(set(letters.values())) > 1 else found


def _table(ours: Iterable[tuple[str, str]], more: Mapping[str, str]) -> dict[str, str]:
    table = {word: code for code, words in more.items() for word in words.split()}
    return _with_same_words(table | {zh: code for code, zh in ours})


def _with_same_words(table: Mapping[str, str]) -> dict[str, str]:
    """The table, and each of its words in the one way of writing it, where that means one thing only."""
    meant: dict[str, set[str]] = {}
    for word, code in table.items():
        meant.setdefault(same_words(word), set()).add(code)
    return {word: next(iter(codes)) for word, codes in meant.items() if len(codes) == 1} | dict(table)


KIND_LABELS = _with_same_words(
    _table(((kind.code, kind.zh) for kind in KINDS), _KINDS)
    | {code: rule.kind for code, rule in load_mapping("ledger").kinds.items()}
)
#: Which vocabulary turns a column's labels into codes, synonyms included.
LABELS: dict[str, dict[str, str]] = {
    "category": _table(((code, zh) for code, (zh, _) in CATEGORIES.items()), _CATEGORIES),
    "cause": _table(((code, zh) for code, (zh, _) in CAUSES.items()), _CAUSES),
    "procedure_path": _table(((code, zh) for code, (zh, _) in PROCEDURES.items()), _PROCEDURES),
}
_DATE_KINDS = {
    **{word: kind for word, kind in KIND_LABELS.items() if kind != "registered"},
    **{word: kind for kind, words in _DATED.items() for word in words.split()},
}
_AS_WRITTEN = {
    kind.code
    for kind in KINDS
    if kind.role in (Role.END, Role.REMEDY, Role.RATING, Role.PROMISE) and kind.code != "closed"
}
