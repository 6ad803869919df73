"""Which field a column name means that nobody listed: what it speaks of, and the word for a number, a date or a class.

A name is read as a whole: one unknown part (原…, 拟…, 上一…) and it means nothing here.
"""

import re

from data.forbidden import header_key

#: A group over a column in a header of two rows: 案件情况 over 案件类别.
_GROUP = re.compile(r"^(.{1,6}?)(?:基本)?(?:情况|信息|概况|要素)(?=.)")
#: Names too bare to mean under a group what they mean alone: 听证情况 over 日期 is no date of just anything.
_BARE = ("日期", "时间", "人数", "文号", "文书号", "编号", "类别代码", "备注类别")
_MARK = "★☆●○◆◇■□▲△※√#"
#: 3、登记日期 · （三）登记日期 · ★登记日期; not 7日内回复.
_FRONT = re.compile(
    rf"^(?:[(\[【](?:\d{{1,2}}|[一二三四五六七八九十]{{1,3}})[)\]】]|\d{{1,2}}[.、,_-]|[{_MARK}])+(?=\D)"
)
#: What tells how to fill a column in, wherever it stands; anything else in brackets may change what it means.
_HOW = re.compile(r"[(\[【](?:必填|选填|非必填|必录|可空|全称|年月日|日期|yyyy.*?|格式.*?|单位.*?)[)\]】]")
_DATE_END = re.compile(r"(?:年月日|日期时间|日期|时间|时点|之日|日)$")

_THING = "(?:信访|来信来访|来信|来访|来件|控申|控告申诉|案件|事项|诉求)(?:事项|案件|件)?"
_DOES = "(?:具体|承办|主办|办理|办案|经办|处理|责任|负责)"
_NUMBER = "(?:编号|编码|流水号|号码?|id)"
_FORMS: dict[str, str] = {
    "matter": rf"(?:(?:全国|本院|统一|部门)?(?:{_THING}|登记|受理|受案|收案|收件))+{_NUMBER}",
    "office": rf"(?:{_DOES}|受理)+(?:单位|检察院|院|机关|机构)(?:名称|代码|编码)?|(?:单位|检察院|院)(?:名称|代码)",
    "registered": rf"(?:{_THING}|收件|收信|接访)?登记(?:入册|造册|建档)?日期",
    "known": r"(?:系统|数据|信息|台账|记录)*(?:录入|入库|补录|填报|填录|采集|上传|导入|创建|更新)"
             r"(?:系统|平台|台账|数据)*日期",
    "department": rf"{_DOES}+(?:内设|业务)?(?:部门|科室|处室|科|处)(?:名称)?",
    "handler": rf"(?:{_DOES}+(?:人员?|检察官|检察人员|干警|员)|检察官|干警)(?:编号|编码|工号|代码|代号|警号|号)"
               rf"|{_DOES}+(?:人员?|检察官|员)",
    "category": rf"(?:{_THING}|业务)+(?:所属)?(?:类别|类型|种类|分类|大类)(?:名称)?",
    "cause": rf"(?:{_THING}|反映|主要|具体)*(?:事由|案由|(?:问题|事由|原因)(?:类别|类型|种类|分类)?|小类)(?:名称)?",
    "procedure_path": r"(?:办理|适用|办案|案件|所属)*程序(?:类别|类型|种类|路径)?",
    "kind": rf"(?:{_THING}|{_DOES}|业务|流程|工作|处理|操作|事件|记录)*"
            r"(?:环节|节点|步骤|动作|事件|进展|进度|流程|操作|活动|任务)(?:名称|类型|类别)?",
    "occurred": rf"(?:{_DOES}|发生|操作|环节|节点|处置|步骤|流程|流转|记载|事件|业务|开展|实施|实际|活动|动作)+日期",
    "people": rf"(?:{_THING}|涉及|反映|参与|到访|署名|联名|人员)*(?:人数|人次|人员数量?)",
    "document_no": r"(?:法律|答复|回复|告知|相关|对应|制作|出具|发出)*(?:文书|公文|文件|函件?|发文|发函)"
                   r"(?:编号|编码|文号|字号|号码?)",
    "due": r"(?:办理|答复|回复|办结|完成|承诺|法定)?(?:到期|届满|期满|截止|限办|限期|应办结|应答复|应回复|应完成|"
           r"(?:时限|期限)(?:届满|截止|到期)?)日期",
    "first_time": rf"(?:是否)?(?:为|系|属)?(?:首次|初次|第一次)(?:{_THING}|反映|提出)?",
    "reply_possible": r"(?:是否)?(?:可以?|能否?|能够|可否|具备)(?:答复|回复)(?:条件)?",
    "received_on": r"(?:来信|来访|来件|信件|信访件)?(?:收件|收信|收到|接收|接件|来件|收悉)(?:信件|来信)?日期",
}  # fmt: skip
_GRAMMAR = {field: re.compile(form) for field, form in _FORMS.items()}
#: What a number stands for that is no matter of ours, or a matter under another number.
_OTHER_NUMBER = re.compile(
    "原|前|曾|关联|上级|下级|序|行号|批|页|卷|档|柜|箱|邮|寄|快递|单号|条码|房|门|楼|车|户|证|账|卡|电话|手机|传真|热线"
    "|文|函|书|法院|公安|判决|裁定|裁判|立案|人|官|警|部门|单位|科|院|类|次|号召|信号|型号|版本"
)
_OTHER_MATTER = re.compile("原|前|首|初|曾|上次|后|关联|合并|并入|重复|相关|来源")
_NUMBER_END = re.compile(rf"{_NUMBER}$")
#: A date that is no record of something done: planned, asked for, of the paper or of the person.
_OTHER_DATE = re.compile(
    "原|前|上一|下一|上次|下次|计划|预计|预定|拟|应|期|限|截止|届满|提醒|打印|导出|统计|填表|制表|下载|报送|上报|归档"
    "|录入|入库|更新|修改|登记|收件|收信|收到|出生|判决|裁定|裁判|生效|案发|签发|签收|送达|申请|审批|审核|批准|约定|交办|要求|承诺"
)
_UNIT_END = re.compile(r"(?:单位|检察院|院|机关|机构)(?:名称|全称|简称)?$")
#: Whose office: the one it came from or goes to, the one above, the court, the one complained about.
_OTHER_UNIT = re.compile(
    "原|前|曾|交|移|转|送|发|来|接收|上级|下级|上一|协|会|配合|联|法院|审|判|公安|被|反映|涉|生效|填|报|登记|录入|制|包|督|帮"
    "|工作单位|所在"
)


def plain_header(header: str) -> str:
    """A column name as it is compared: without numbering, marks, how to fill it in and the group it stands under.

    A bare date or number takes its group's name.
    """
    # What stands in brackets behind is a remark (header_key); in front and within, only what changes no meaning goes.
    key = _FRONT.sub("", _HOW.sub("", header_key(header)).strip(_MARK))
    group = _GROUP.match(key)
    if group is None:
        return key
    rest = key[group.end() :]
    return key if rest in _BARE[2:] else group.group(1) + rest if rest in _BARE else rest


def date_stem(header: str) -> str:
    """The name of a column of dates without its word for a date."""
    return _DATE_END.sub("", plain_header(header))


def read_header(header: str, fields: frozenset[str]) -> str | None:
    """The one of some fields a column name means by its parts; None where it means none, or could mean two."""
    key = plain_header(header)
    stem = _DATE_END.sub("", key)
    whole = key if stem == key else stem + "日期"
    found = [field for field, form in _GRAMMAR.items() if field in fields and form.fullmatch(whole)]
    return found[0] if len(found) == 1 else None


def may_number_matters(header: str) -> bool:
    """Whether a column of numbers, the only one of a sheet, can be that of its matters by its name."""
    key = plain_header(header)
    return bool(_NUMBER_END.search(key)) and not _OTHER_NUMBER.search(key)


def may_refer_to_matters(header: str) -> bool:
    """Whether a column of matters' numbers can say which matter its row is of: not an earlier or a linked one."""
    return not _OTHER_MATTER.search(plain_header(header))


def may_date_events(header: str) -> bool:
    """Whether a column of dates, the only one left of a sheet of events, can be when they happened by its name."""
    return not _OTHER_DATE.search(plain_header(header))


def may_be_office(header: str) -> bool:
    """Whether a column of registered offices can be the one that handles the matter by its name."""
    key = plain_header(header)
    return bool(_UNIT_END.search(key)) and not _OTHER_UNIT.search(key)
