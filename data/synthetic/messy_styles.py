"""In which ways offices keep their ledgers: columns, words, dates and disorder of each style, and what they mean."""

# ruff: noqa: E501, S311 - a ledger reads better with its rows unbroken; its disorder is no secret

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from data.synthetic.messy_cases import Case, Step, Words, labels, words
from data.synthetic.messy_files import Cell
from data.vocabulary import CATEGORIES as CATEGORY
from data.vocabulary import CAUSES as CAUSE
from data.vocabulary import PROCEDURES as PROCEDURE

#: Column meanings that are no field: kept out by the gate; not read; only a person can say.
KEPT_OUT, UNREAD, ASK = "kept_out", "unread", "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Col:
    """A column: its name (of two rows: group and name), what it truly means, and what stands in it.

    `meaning` is a field of the mapping, `dates.KIND`, `document_of.COLUMN`, or one of the three above.
    """

    header: str
    meaning: str
    of: Callable[[Case, Step | None, int], Cell]
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet: a row per case (`matters`) or per event, of some kinds or all; `codes` are the words of its kinds."""

    name: str
    rows: Literal["matters", "events"]
    columns: Sequence[Col]
    title: str = ""
    codes: Words = field(default_factory=words)
    kinds: frozenset[str] | None = None
    by_year: bool = False
    two_rows: bool = False
    total: str = ""
    header_again: int = 0
    errors: float = 0.0
    read: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A way to keep a ledger; `asked` are words only a person can explain, and which stand in the kind column.

    `held_out`: nothing in the table of synonyms was written with this style in sight.
    """

    name: str
    ending: str
    sheets: Sequence[Sheet]
    labels: Mapping[str, Words]
    held_out: bool = False
    asked: Mapping[str, str] = field(default_factory=dict[str, str])


def plain(day: date | None) -> Cell:
    """A date as the spreadsheet keeps it."""
    return day


def written(day: date | None, rng: random.Random) -> Cell:
    """A date as people write it: no two cells alike."""
    if day is None:
        return None
    wide = f"{day:%Y-%m-%d}".translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789"}).replace("-", "／")
    forms = (
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        f"{day:%Y-%m-%d}",
        f"{day.year}/{day.month}/{day.day}",
        wide.replace("／", "/"),
    )
    return rng.choice(forms)


def _number(form: str) -> Callable[[Case, Step | None, int], Cell]:
    return lambda case, step, at: form.format(year=case.year, n=case.number)


def _day(*kinds: str, nth: int = 0) -> Callable[[Case, Step | None, int], Cell]:
    return lambda case, step, at: case.day(*kinds, nth=nth)


def _of(name: str) -> Callable[[Case, Step | None, int], Cell]:
    return lambda case, step, at: getattr(case, name)


def _person(name: str) -> Callable[[Case, Step | None, int], Cell]:
    return lambda case, step, at: getattr(case.person, name)


def _step(name: str) -> Callable[[Case, Step | None, int], Cell]:
    return lambda case, step, at: None if step is None else getattr(step, name)


def _yes(name: str, yes: str = "是", no: str = "否") -> Callable[[Case, Step | None, int], Cell]:
    return lambda case, step, at: yes if getattr(case, name) else no


def _said(*texts: str) -> Callable[[Case, Step | None, int], Cell]:
    return lambda case, step, at: texts[(case.number * 7 + at) % len(texts)] or None


#: Placeholders: the writer puts the style's own words there.
KIND_CELL, CATEGORY_CELL, CAUSE_CELL, PATH_CELL = _step("kind"), _of("category"), _of("cause"), _of("path")
_SERIAL: Col = Col(header="序号", meaning=UNREAD, of=lambda case, step, at: at + 1)
_NAME = Col(header="来访人姓名", meaning=KEPT_OUT, of=_person("name"))
_ID = Col(header="身份证号码", meaning=KEPT_OUT, of=_person("id_number"))
_PHONE = Col(header="联系电话", meaning=KEPT_OUT, of=_person("phone"))
_HOME = Col(header="家庭住址", meaning=KEPT_OUT, of=_person("address"))
_DOING = Col(header="近期动向", meaning=KEPT_OUT, of=_said("无", "正常", "在家务农"))
_TALK = _said("", "已电话联系", "材料已转办案部门", "待补正", "来访人情绪平稳", "见卷")
_STAFF = _said("王甲", "李乙丙", "陈丁")

_SLANG = labels(
    CATEGORY, criminal_appeal="刑申", civil_appeal="民申", administrative_appeal="行申", state_compensation="国赔",
    judicial_aid="司法救助", against_procuratorate="涉检信访", supervision="监督申请", minors="未检",
)  # fmt: skip
_PEOPLES = labels(
    CAUSE, demolition="拆迁补偿", wages="拖欠工资", land="征地补偿", injury="人身损害赔偿", traffic="交通事故纠纷",
    execution="执行问题", environment="环境污染", contract="合同", enterprise="涉企问题",
)  # fmt: skip
_LONG = labels(
    CATEGORY, accusation="控告类", report="举报类", criminal_appeal="刑事申诉类", civil_appeal="民事申诉类",
    administrative_appeal="行政申诉类", judicial_aid="国家司法救助类", state_compensation="国家赔偿类",
    public_interest="公益诉讼类", other="其他类",
)  # fmt: skip
_FLOW = words(
    letter="群众来信", visit="群众来访", online="12309网络", call="12309热线", joint_submission="联名来信",
    procedural_reply="七日回复", progress_reply="每月答复", substantive_reply="结果答复", explanation="释法",
    closed="结案", transferred_out="分流移送", handler_changed="变更承办人", rated="满意度测评",
    follow_up_call="电话回访", hearing_held="召开听证会", aid_paid="发放救助金", leader_reception="院领导接访",
    leader_assigned="院领导包案", registered="信访登记", material_requested="告知补正",
)  # fmt: skip
_SHORT = words(
    letter="信", visit="访", online="网", call="电", registered="登记", accepted="受理", procedural_reply="7日回复",
    substantive_reply="三个月内答复", progress_reply="月度答复", closed="办结", explanation="释法说理", not_accepted="不受理",
    transferred_out="移送", hearing_held="听证会", rated="群众评价", leader_reception="检察长接访", resolved="已化解",
)  # fmt: skip
_NUMBERED = words(
    registered="01登记", letter="02来信", visit="03来访", online="04网上信访", call="05来电", accepted="06受理",
    procedural_reply="07程序性答复", substantive_reply="08答复", progress_reply="09后续答复", closed="10办结",
    explanation="11释法说理", hearing_held="12公开听证",
)  # fmt: skip
_SYSTEM = words(
    registered="案件登记", accepted="案件受理", procedural_reply="七日内答复", substantive_reply="办理结果答复",
    progress_reply="办理进展答复", explanation="答疑说理", closed="案件办结", transferred_out="移送其他机关",
    material_requested="补正材料通知", handler_changed="承办人变更", hearing_held="公开听证", extended="期限延长",
    letter="来信", visit="来访", online="网络", call="电话",
)  # fmt: skip
_BOOK = words(
    letter="来信件", visit="来访件", online="网信件", call="电话件", registered="登记", accepted="受理",
    procedural_reply="程序性答复", substantive_reply="实体答复", explanation="释法", closed="结案",
    progress_reply="进展告知", transferred_out="转有关单位",
)  # fmt: skip
_COMMON = frozenset(
    [
        "registered",
        "letter",
        "visit",
        "online",
        "call",
        "accepted",
        "procedural_reply",
        "substantive_reply",
        "progress_reply",
        "explanation",
        "closed",
        "transferred_out",
        "handler_changed",
        "hearing_held",
        "rated",
        "not_accepted",
        "material_requested",
        "leader_reception",
        "extended",
    ]
)


def _c(header: str, meaning: str, of: Callable[[Case, Step | None, int], Cell], group: str = "") -> Col:
    return Col(header=header, meaning=meaning, of=of, group=group)


STYLES: tuple[Style, ...] = (
    Style(
        name="一案一行",
        ending=".xlsx",
        labels={"category": _SLANG, "cause": _PEOPLES},
        sheets=(
            Sheet(
                name="信访台账",
                rows="matters",
                title="控告申诉信访台账",
                total="合计",
                columns=(
                    _SERIAL,
                    _c("信访编号", "matter", _number("控申{year}{n:04d}")),
                    _c("登记日期", "registered", _of("registered")),
                    _NAME,
                    _ID,
                    _PHONE,
                    _HOME,
                    _c("信访类别", "category", CATEGORY_CELL),
                    _c("反映事由", "cause", CAUSE_CELL),
                    _c("承办部门", "department", _of("department")),
                    _c("承办人", KEPT_OUT, _STAFF),
                    _c("受理日期", "dates.accepted", _day("accepted")),
                    _c("程序性回复日期", "dates.procedural_reply", _day("procedural_reply")),
                    _c("三个月答复日期", "dates.substantive_reply", _day("substantive_reply")),
                    _c(
                        "三个月答复文号",
                        "document_of.三个月答复日期",
                        lambda case, step, at: case.document("substantive_reply"),
                    ),
                    _c("办结日期", "dates.closed", _day("closed")),
                    _DOING,
                    _c("备注", UNREAD, _TALK),
                ),
            ),
        ),
    ),
    Style(
        name="流水账",
        ending=".xlsx",
        labels={},
        asked={"case_checked": "碰头", "joint_meeting": "会商"},
        sheets=(
            Sheet(
                name="办理流水",
                rows="events",
                codes=_FLOW,
                columns=(
                    _c("信访件编号", "matter", _number("{year}-{n}")),
                    _c("办理环节", "kind", KIND_CELL),
                    _c("办理时间", "occurred", _step("day")),
                    _c("录入时间", "known", _step("entered")),
                    _c("涉及人数", "people", _step("people")),
                    _c("文书文号", "document_no", _step("document")),
                    _NAME,
                    _c("备注", UNREAD, _TALK),
                ),
            ),
        ),
    ),
    Style(
        name="两行表头",
        ending=".xlsx",
        labels={"category": _LONG, "cause": labels(CAUSE)},
        sheets=(
            Sheet(
                name="信访登记",
                rows="matters",
                title="信访事项登记表",
                two_rows=True,
                columns=(
                    _SERIAL,
                    _c("编号", "matter", _number("L{year}{n:05d}")),
                    _c("登记日期", "registered", _of("registered")),
                    _c("姓名", KEPT_OUT, _person("name"), "信访人情况"),
                    _c("身份证号", KEPT_OUT, _person("id_number"), "信访人情况"),
                    _c("手机", KEPT_OUT, _person("phone"), "信访人情况"),
                    _c("住址", KEPT_OUT, _person("address"), "信访人情况"),
                    _c("案件类别", "category", CATEGORY_CELL, "案件情况"),
                    _c("诉求事由", "cause", CAUSE_CELL, "案件情况"),
                    _c("承办部门", "department", _of("department"), "办理情况"),
                    _c("是否首次", "first_time", _yes("first_time"), "案件情况"),
                ),
            ),
            Sheet(
                name="办理记录",
                rows="events",
                kinds=_COMMON,
                columns=(
                    _c("编号", "matter", _number("L{year}{n:05d}")),
                    _c("环节", "kind", KIND_CELL),
                    _c("发生日期", "occurred", _step("day")),
                    _c("录入日期", "known", _step("entered")),
                    _c("文号", "document_no", _step("document")),
                ),
            ),
        ),
    ),
    Style(
        name="分年工作表",
        ending=".xlsx",
        labels={"category": _SLANG, "cause": _PEOPLES},
        sheets=(
            Sheet(
                name="{year}年",
                rows="matters",
                by_year=True,
                total="本年合计",
                columns=(
                    _c("编号", "matter", _number("{year}信{n}")),
                    _c("收信日期", "received_on", _of("received")),
                    _c("登记时间", "registered", _of("registered")),
                    _c("信访人", KEPT_OUT, _person("name")),
                    _c("证件号码", KEPT_OUT, _person("id_number")),
                    _c("来信来访方式", UNREAD, _said("信", "访", "网", "电")),
                    _c("案件类别", "category", CATEGORY_CELL),
                    _c("案由", "cause", CAUSE_CELL),
                    _c("受理时间", "dates.accepted", _day("accepted")),
                    _c("答复时间", "dates.substantive_reply", _day("substantive_reply")),
                    _c("听证时间", "dates.hearing_held", _day("hearing_held")),
                    _c("结案时间", "dates.closed", _day("closed")),
                ),
            ),
        ),
    ),
    Style(
        name="老式表格",
        ending=".xls",
        labels={},
        asked={"urged": "交办", "co_handling_started": "会办"},
        sheets=(
            Sheet(
                name="Sheet1",
                rows="events",
                title="来信来访办理情况登记",
                codes=_NUMBERED,
                kinds=_COMMON | {"urged"},
                columns=(
                    _c("登记编号", "matter", _number("{year}年第{n}号")),
                    _c("日期", "occurred", _step("day")),
                    _c("办理步骤", "kind", KIND_CELL),
                    _c("经办人", KEPT_OUT, _STAFF),
                    _c("来访人数", "people", _step("people")),
                    _c("性别", KEPT_OUT, _said("男", "女")),
                    _c("年龄", KEPT_OUT, lambda case, step, at: 30 + case.number % 40),
                    _c("民族", KEPT_OUT, _said("汉", "苗", "壮")),
                    _c("情况说明", UNREAD, _TALK),
                ),
            ),
        ),
    ),
    Style(
        name="开放格式",
        ending=".ods",
        labels={"category": labels(CATEGORY), "cause": labels(CAUSE), "procedure_path": labels(PROCEDURE)},
        sheets=(
            Sheet(
                name="登记",
                rows="matters",
                columns=(
                    _c("受理编号", "matter", _number("{n:04d}/{year}")),
                    _c("承办单位", "office", _of("office")),
                    _c("登记日期", "registered", _of("registered")),
                    _c("录入日期", "known", _of("entered")),
                    _c("案件类型", "category", CATEGORY_CELL),
                    _c("事由", "cause", CAUSE_CELL),
                    _c("办理程序", "procedure_path", PATH_CELL),
                    _c("承办人工号", "handler", _of("handler")),
                    _c("能否答复", "reply_possible", _yes("reply_possible", "能", "否")),
                    _c("当事人", KEPT_OUT, _person("name")),
                ),
            ),
            Sheet(
                name="流程",
                rows="events",
                codes=_FLOW,
                kinds=_COMMON,
                columns=(
                    _c("受理编号", "matter", _number("{n:04d}/{year}")),
                    _c("流程节点", "kind", KIND_CELL),
                    _c("节点日期", "occurred", _step("day")),
                    _c("更新日期", "known", _step("entered")),
                    _c("应办结日期", "due", _step("due")),
                ),
            ),
        ),
    ),
    Style(
        name="国标编码",
        ending=".csv",
        labels={},
        asked={"returned": "退", "urged": "催"},
        sheets=(
            Sheet(
                name="",
                rows="events",
                title="信访办理明细",
                codes=_SHORT,
                header_again=40,
                errors=0.02,
                kinds=_COMMON | {"resolved", "returned", "urged"},
                columns=(
                    _c("信访号", "matter", _number("X{year}{n:04d}")),
                    _c("事件", "kind", KIND_CELL),
                    _c(
                        "办理日期",
                        "occurred",
                        lambda case, step, at: None if step is None else written(step.day, random.Random(at)),
                    ),
                    _c(
                        "录入日",
                        "known",
                        lambda case, step, at: None if step is None else written(step.entered, random.Random(at + 1)),
                    ),
                    _c("人数", "people", lambda case, step, at: f"{step.people}人" if step and step.people else None),
                    _c("手机号码", KEPT_OUT, _person("phone")),
                    _c("处理意见", UNREAD, _TALK),
                ),
            ),
        ),
    ),
    Style(
        name="错误值",
        ending=".xlsx",
        labels={"category": _LONG, "cause": _PEOPLES},
        sheets=(
            Sheet(
                name="台账",
                rows="matters",
                title="信访案件统计",
                total="小计",
                header_again=30,
                errors=0.03,
                columns=(
                    _c("案号", "matter", _number("〔{year}〕控申{n}号")),
                    _c("承办院", "office", _of("office")),
                    _c("登记日", "registered", lambda case, step, at: written(case.registered, random.Random(at))),
                    _c("申诉人", KEPT_OUT, _person("name")),
                    _c("业务类别", "category", CATEGORY_CELL),
                    _c("问题类别", "cause", CAUSE_CELL),
                    _c("首次来访日期", "dates.visit", _day("visit")),
                    _c("第二次来访日期", "dates.visit", _day("visit", nth=1)),
                    _c(
                        "受理日期",
                        "dates.accepted",
                        lambda case, step, at: written(case.day("accepted"), random.Random(at + 2)),
                    ),
                    _c("7日内回复日期", "dates.procedural_reply", _day("procedural_reply")),
                    _c("移送日期", "dates.transferred_out", _day("transferred_out")),
                    _c("处理日期", ASK, _day("explanation", "substantive_reply")),
                    _c("办结时间", "dates.closed", _day("closed")),
                    _c("包保责任人", KEPT_OUT, _said("无", "某某村干部")),
                ),
            ),
        ),
    ),
    Style(
        name="另设来访簿",
        ending=".xlsx",
        labels={"category": _SLANG, "cause": labels(CAUSE)},
        sheets=(
            Sheet(
                name="信访事项",
                rows="matters",
                columns=(
                    _c("统一编号", "matter", _number("{year}{n:06d}")),
                    _c("信访登记日期", "registered", _of("registered")),
                    _c("诉求类别", "category", CATEGORY_CELL),
                    _c("信访事由", "cause", CAUSE_CELL),
                    _c("责任部门", "department", _of("department")),
                    _c("通讯地址", KEPT_OUT, _person("address")),
                ),
            ),
            Sheet(
                name="办理过程",
                rows="events",
                codes=_FLOW,
                kinds=_COMMON - {"visit"},
                columns=(
                    _c("统一编号", "matter", _number("{year}{n:06d}")),
                    _c("工作环节", "kind", KIND_CELL),
                    _c("记录日期", "occurred", _step("day")),
                    _c("文书编号", "document_no", _step("document")),
                ),
            ),
            Sheet(
                name="来访登记簿",
                rows="events",
                kinds=frozenset({"visit"}),
                read=False,
                columns=(
                    _SERIAL,
                    _c("来访日期", UNREAD, _step("day")),
                    _NAME,
                    _ID,
                    _c("来访事由", UNREAD, CAUSE_CELL),
                    _c("接待人", KEPT_OUT, _STAFF),
                    _c("接待情况", UNREAD, _TALK),
                ),
            ),
        ),
    ),
    Style(
        name="系统导出",
        ending=".xlsx",
        labels={"category": _LONG, "cause": labels(CAUSE)},
        held_out=True,
        asked={"rated": "案件评价结果回填"},
        sheets=(
            Sheet(
                name="案件",
                rows="matters",
                columns=(
                    _c("部门受案号", "matter", _number("示检控申受〔{year}〕{n}号")),
                    _c("受案单位", "office", _of("office")),
                    _c("登记时间", "registered", _of("registered")),
                    _c("案件类别名称", "category", CATEGORY_CELL),
                    _c("案由名称", "cause", CAUSE_CELL),
                    _c("办案部门", "department", _of("department")),
                    _c("承办检察官工号", "handler", _of("handler")),
                    _c("当事人姓名", KEPT_OUT, _person("name")),
                    _c("创建时间", "known", _of("entered")),
                ),
            ),
            Sheet(
                name="节点",
                rows="events",
                codes=_SYSTEM,
                kinds=_COMMON,
                columns=(
                    _c("部门受案号", "matter", _number("示检控申受〔{year}〕{n}号")),
                    _c("节点名称", "kind", KIND_CELL),
                    _c("完成时间", "occurred", _step("day")),
                    _c("创建时间", "known", _step("entered")),
                    _c("文书文号", "document_no", _step("document")),
                    _c("办理人", KEPT_OUT, _STAFF),
                ),
            ),
        ),
    ),
    Style(
        name="基层登记本",
        ending=".csv",
        labels={"category": _SLANG, "cause": _PEOPLES},
        held_out=True,
        sheets=(
            Sheet(
                name="",
                rows="matters",
                title="来信来访登记本",
                columns=(
                    _c("顺序号", UNREAD, lambda case, step, at: at + 1),
                    _c("信访件号", "matter", _number("{year}—{n}")),
                    _c("登记日期", "registered", lambda case, step, at: written(case.registered, random.Random(at))),
                    _c("反映人", KEPT_OUT, _person("name")),
                    _c("电话", KEPT_OUT, _person("phone")),
                    _c("案别", "category", CATEGORY_CELL),
                    _c("反映事项", "cause", CAUSE_CELL),
                    _c("受理日", "dates.accepted", _day("accepted")),
                    _c("七日回复日期", "dates.procedural_reply", _day("procedural_reply")),
                    _c("实体答复日期", "dates.substantive_reply", _day("substantive_reply")),
                    _c("释法说理日期", "dates.explanation", _day("explanation")),
                    _c("结案日期", "dates.closed", _day("closed")),
                    _c("处理结果", UNREAD, _said("已答复", "办理中", "已移送")),
                ),
            ),
        ),
    ),
    Style(
        name="乡音流水",
        ending=".xlsx",
        labels={},
        held_out=True,
        asked={"leader_reception": "领导见面"},
        sheets=(
            Sheet(
                name="流水",
                rows="events",
                codes=_BOOK,
                kinds=_COMMON,
                title="信访件办理流水",
                columns=(
                    _c("件号", "matter", _number("{year}{n:04d}")),
                    _c("办理事项", "kind", KIND_CELL),
                    _c(
                        "办理日期",
                        "occurred",
                        lambda case, step, at: None if step is None else written(step.day, random.Random(at)),
                    ),
                    _c("登录日期", "known", _step("entered")),
                    _c("人次", "people", _step("people")),
                    _c("承办检察官", KEPT_OUT, _STAFF),
                    _c("户籍地", KEPT_OUT, _person("address")),
                ),
            ),
        ),
    ),
)
