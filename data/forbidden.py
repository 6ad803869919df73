"""Which columns, values and words are kept out, and what may be shown in their place.

The gate of G2, G4 and G5: column names, values by content, and text a user types.  A site may add to it
(`Additions`), nothing switches any of it off.  No function here returns, logs or stores a value it refuses.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from data.vocabulary import CATEGORIES, CAUSES, KINDS, PROCEDURES, REMARKS

TYPED_LIMIT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """What a site keeps out in addition: words of column names, (rule, expression) for values, control words."""

    columns: tuple[str, ...] = ()
    patterns: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a typed text is refused and what to write instead; `start`, `length`: where in the text, in characters."""

    rule: str
    zh: str
    en: str
    start: int
    length: int
    offer_zh: str = ""
    offer_en: str = ""


#: rule → what it keeps out, in both languages.
RULES: dict[str, tuple[str, str]] = {
    "name": ("姓名", "personal name"),
    "id_number": ("身份证号", "identity number"),
    "phone": ("电话号码", "phone number"),
    "plate": ("车牌", "licence plate"),
    "address": ("住址", "address"),
    "ethnicity": ("民族", "ethnicity"),
    "religion": ("宗教", "religion"),
    "health": ("健康或心理记录", "health record"),
    "movement": ("行踪出行", "movement"),
    "sex": ("性别", "sex"),
    "age": ("年龄或出生", "age or birth"),
    "occupation": ("单位职业", "employer or occupation"),
    "messenger": ("社交账号", "social account"),
    "email": ("电子邮箱", "e-mail"),
    "bank_card": ("银行卡号", "bank card"),
    "photo": ("照片或生物特征", "photo or biometrics"),
    "family": ("亲属", "relatives"),
    "free_text": ("自由文本", "free text"),
    "control": ("管控内容", "control measures"),
    "site": ("本院另设的禁止内容", "kept out by this site"),
    "too_long": ("超过长度", "too long"),
    "not_a_code": ("不是编号", "not a code"),
}

# Chinese header parts, tried on the normalised header; the order decides which rule is named.
_HEADERS_ZH: tuple[tuple[str, str], ...] = (
    ("control", r"稳控|管控|布控|动向|重点人|包保|盯防|盯办|劝返|截访|训诫|约束措施|维稳|人员等级|危险等级"
                r"|缠访|闹访|非访|赴省|进京|越级"),
    ("id_number", r"身份证|身份号|公民身份|证件号|证件类型|护照|户口|社保号|统一信用"),
    ("phone", r"手机|电话|联系方式|联络方式|座机|(?:^|联系)号码$"),
    ("plate", r"车牌|号牌|车辆号"),
    ("address", r"住址|地址|住所|居住|籍贯|户籍|门牌|村组|小区|所在地|现住"),
    ("ethnicity", r"民族|族别"),
    ("religion", r"宗教|信仰"),
    ("health", r"健康|病史|病情|疾病|心理|精神|残疾|医疗|诊断|用药|血型"),
    ("movement", r"行踪|轨迹|出行|去向地|车次|航班|酒店|住宿|定位|位置|活动规律|行程"),
    ("sex", r"性别"),
    ("age", r"年龄|出生|(?<!发)生日|周岁"),
    ("occupation", r"工作单位|所在单位|单位职业|职业|职务|雇主|学校|从业|就业|收入"),
    ("messenger", r"微信|微博|抖音|快手|qq|网名|社交|账号"),
    ("email", r"邮箱|电邮|邮件"),
    ("bank_card", r"银行|卡号|账户"),
    ("photo", r"照片|相片|头像|人脸|指纹|声纹|虹膜"),
    ("family", r"亲属|家庭|配偶|子女|父母|婚姻|政治面貌"),
    ("name", r"姓名|名字|姓氏|曾用名|别名|绰号|称呼"
             r"|(?:信访|来访|来信|当事|申请|反映|举报|控告|申诉|上访|联系|代理|代表|投诉|被告|原告|报告)人(?!数|次|员数)"),
    ("free_text", r"内容|情况|经过|摘要|简述|详情|描述|备注$|说明$|诉求$|事由描述|评价理由"),
)  # fmt: skip
_HEADERS_EN: tuple[tuple[str, str], ...] = (
    ("control", r"(?:stability|control) measure|key person|watch ?list|recent movements"),
    ("id_number", r"\b(?:id card|id no|id number|identity|passport|national id|ssn)\b"),
    ("phone", r"\b(?:phone|mobile|tel|telephone|cell ?phone|contact no)\b"),
    ("plate", r"\b(?:plate|licen[cs]e plate)\b"),
    ("email", r"\be ?mail\b"),
    ("address", r"\b(?:address|street|residence|domicile|zip|postcode)\b"),
    ("ethnicity", r"\b(?:ethnic|ethnicity|race|nationality)\b"),
    ("religion", r"\b(?:religion|religious|faith)\b"),
    ("health", r"\b(?:health|medical|illness|disease|mental|psychological|disability|diagnosis)\b"),
    ("movement", r"\b(?:travel|trip|location|whereabouts|trajectory|gps|itinerary|flight|hotel)\b"),
    ("sex", r"\b(?:sex|gender)\b"),
    ("age", r"\b(?:age|birth|birthday|birthdate|dob)\b"),
    ("occupation", r"\b(?:occupation|employer|profession|workplace|job|school|income)\b"),
    ("messenger", r"\b(?:wechat|weixin|weibo|qq|social media|username)\b"),
    ("bank_card", r"\b(?:bank|card no|account no|iban)\b"),
    ("photo", r"\b(?:photo|picture|face|fingerprint|biometric)\b"),
    ("family", r"\b(?:family|spouse|marital|children|relatives)\b"),
    ("name", r"^name$|\b(?:full|first|last|given|family|sur|person|citizen|applicant|complainant) ?name\b"
             r"|\bpetitioner\b"),
    ("free_text", r"\b(?:text|narrative|description|comments?|remarks?|notes?)\b"),
)  # fmt: skip

_ZERO_WIDTH = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_PROVINCES = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_ID18 = re.compile(rf"(?<!\d)({_PROVINCES}\d{{4}})(\d{{8}})(\d{{3}}[\dXx])(?!\d)")
_ID15 = re.compile(rf"(?<!\d){_PROVINCES}\d{{4}}(\d{{6}})\d{{3}}(?!\d)")
_ID_SPLIT = re.compile(rf"(?<!\d){_PROVINCES}\d{{4}}[\s\-.](?:19|20)\d{{2}}[\s\-.]?\d{{4}}[\s\-.]\d{{3}}[\dXx](?!\d)")
_MOBILE = re.compile(r"(?<!\d)(?:(?:\+|00)?86[\s\-]?)?1[3-9]\d[\s\-.]?\d{4}[\s\-.]?\d{4}(?!\d)")
_LANDLINE = re.compile(
    r"(?<!\d)(?:\(?(?:010|02[0-9]|0[3-9]\d{2})\)?[\s\-]?[2-9]\d{6,7}|400[\s\-]\d{3,4}[\s\-]\d{3,4})(?!\d)"
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Za-hj-np-z][·•\s]?"
    r"[A-HJ-NP-Za-hj-np-z0-9]{4,5}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳](?![A-Za-z0-9])"
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
_MESSENGER = re.compile(r"(?:qq|微信|weixin|wechat|wx)\s*(?:号|号码|id)?\s*[:：]?\s*[A-Za-z0-9_\-]{5,}", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?:路|街|巷|弄|里|大道|胡同|村|组|屯|庄)[^\W\dA-Za-z检]{0,5}[0-9零一二三四五六七八九十百]+\s*(?:号(?!文|令)|栋|幢|弄)"
    r"|(?:小区|花园|公寓|新村|家园|家属院|苑|大厦|广场)[^，,。;；]{0,8}?[0-9A-Za-z零一二三四五六七八九十]+\s*(?:栋|幢|座|号楼|单元|室|号|楼)"
    r"|[0-9A-Za-z零一二三四五六七八九十]+\s*(?:栋|幢|号楼|单元)[^，,。;；]{0,8}?[0-9零一二三四五六七八九十]+\s*(?:室|号|楼|单元|层)"
    r"|[县区市镇乡][^，,。;；]{1,10}(?:村|社区)[^，,。;；]{0,6}?(?:组|屯|湾|队)"
)
_CARD = re.compile(r"(?<!\d)\d(?:[\s\-]?\d){15,18}(?!\d)")
# One cheap look before the dozen dear ones; everything the rules above can find contains one of these.
_SUSPECT = re.compile(
    r"\d(?:[\s\-.()]*\d){6}|@|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z]"
    r"|[号栋幢座楼室弄组屯湾队元]|qq|微信|weixin|wechat|wx",
    re.IGNORECASE,
)

_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙胡朱林何郭罗梁宋郑谢韩唐冯董萧曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范石姚谭廖邹熊"
    "陆郝孔白崔康毛邱秦江史顾侯邵孟龙段雷钱汤尹黎易武乔贺赖龚文庞樊兰殷施陶洪翟颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂焦柳邢骆岳齐梅庄涂"
    "谷祁耿詹卓莫于马高程安方万金左欧柯甘路纪关苗凌费包司边卞裴覃冉肖单褚仇祝栾阮柴窦宫鲍盛向房池丛鹿连时常应"
)
_COMPOUND = ("欧阳", "上官", "司马", "诸葛", "皇甫", "尉迟", "司徒", "令狐", "东方", "慕容", "夏侯", "长孙", "公孙")
# Such characters stand in codes and labels of the ledger, hardly ever in a given name.
_LABEL_CHARACTERS = frozenset("检院字号第控诉访督赔部科局室处组庭案件书复函报告答审受理办登记转交回见质序网的")
# In a number even these are not enough; what stands between two parties is no part of a name.
_NUMBER_CHARACTERS = frozenset("检院字号第控访督办函")
_BETWEEN = re.compile("[诉案与等的]")
_NAME_STOP = frozenset("时地人可多何于上面度序是以已将的了在对与和等有无不未应须要请向被某先后曾还也认说就都")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_NAME_DOT = re.compile(r"[\u3400-\u9fff]{2,}[·•.][\u3400-\u9fff]{2,}")
_COMMON = "".join(sorted(_SURNAMES - set("于马高程安方万向连时常应关单任何白文石路包边左司宫盛")))
_NAMED = re.compile(
    rf"(?:姓名|名叫|叫做|信访人|来访人|当事人|申请人|反映人|举报人|控告人|申诉人)(?:名?[:：为是叫])?\s*([{_COMMON}][\u3400-\u9fff]{{1,2}})"
)
_HONORIFIC = re.compile(rf"[{_COMMON}][\u3400-\u9fff]{{0,2}}(?:先生|女士|大爷|大妈|阿姨|老汉|大娘)")
_OFFICE = re.compile(r"[\u3400-\u9fff]{2,17}检察院")
_LABELS = frozenset(
    [kind.zh for kind in KINDS]
    + [zh for table in (CATEGORIES, CAUSES, PROCEDURES) for zh, _ in table.values()]
    + list(REMARKS)
)
_VOCABULARY = frozenset("".join(_LABELS))
_CODE = re.compile(r"[A-Za-z]{0,6}[-_.]?\d{1,12}(?:[-_.]\d{1,6})?")

#: Words a typed text may not contain, with the wording of help to use instead.
CONTROL_WORDS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("稳控", "管控", "布控", "盯防", "包保", "维稳", "控制措施", "约束", "看护", "看管"),
        ("请写本院要做的事，如：释法说理、公开听证、领导接访", "say what our office will do: explain, hold a hearing"),
    ),
    **dict.fromkeys(
        ("劝返", "截访", "拦访", "接返", "遣返"),
        ("请写：约定接访时间，当面答复，告知救济途径", "say: agree a reception, answer, tell of the remedies"),
    ),
    **dict.fromkeys(
        ("训诫", "打击处理", "处置方案", "思想教育", "批评教育"),
        ("请写：释法说理，说明依据和救济途径", "say: explain the decision, its legal basis and the remedies"),
    ),
    **dict.fromkeys(
        ("重点人员", "重点人", "上访户", "老上访", "高危", "名单人员"),
        ("请写事项编号和本院欠办的事项", "name the matter number and what our office still owes"),
    ),
    **dict.fromkeys(
        ("赴省", "进京", "赴京", "越级", "非访", "缠访", "闹访", "缠诉", "滥诉", "扬言", "集体访"),
        ("请写：再次反映，以及本院未作的答复", "say: raised again, and which reply our office still owes"),
    ),
    **dict.fromkeys(
        ("动向", "行踪", "轨迹"),
        ("请只写本院的办理情况和下一步措施", "write only of our handling and its next step"),
    ),
}  # fmt: skip


def normalised(text: str) -> str:
    """Full-width and compatibility forms folded, invisible characters dropped, ends stripped."""
    return _ZERO_WIDTH.sub("", unicodedata.normalize("NFKC", text)).strip()


def header_key(header: str) -> str:
    """A column name as it is compared: folded, without blanks, asterisks and a trailing remark in brackets."""
    key = re.sub(r"[\s*:：]+", "", normalised(header)).lower()
    return re.sub(r"(?<=.)[(\[【<].*[)\]】>]$", "", key)


def forbidden_header(header: str, additions: Additions | None = None) -> str | None:
    """The rule that keeps a column out by its name, or None; `control` also calls for an audited finding."""
    chinese = re.sub(r"[\s_\-/\\()（）\[\]【】:：*·.,，、]+", "", normalised(header)).lower()
    english = re.sub(r"[\s_\-/.]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", normalised(header))).strip().lower()
    for word in additions.columns if additions else ():
        if header_key(word) in chinese:
            return "site"
    for table, key in ((_HEADERS_ZH, chinese), (_HEADERS_EN, english)):
        for rule, pattern in table:
            if re.search(pattern, key):
                return rule
    return None


def forbidden_value(text: str, additions: Additions | None = None) -> str | None:
    """The first rule a value breaks by its content, or None.

    Finds identity numbers (18 characters with their check digit; of people born before 2013 also mistyped or
    cut off by a spreadsheet; 15 digits), mobile and landline numbers, plates, cards (Luhn), e-mail, social
    accounts and addresses, in full-width digits or with blanks between them too.
    """
    plain = normalised(text)
    if additions:
        for rule, pattern in additions.patterns:
            if re.search(pattern, plain):
                return rule
    if not _SUSPECT.search(plain):
        return None
    tight = re.sub(r"\s+", "", plain)
    for form in (plain,) if tight == plain else (plain, tight):
        for rule, finds in _FINDERS:
            if finds(form):
                return rule
    return None


def gate(values: pl.Series, additions: Additions | None = None) -> pl.Series:
    """The rule each value breaks, null where none. Shape (n,), String; each distinct value is looked at once."""
    known = values.drop_nulls().unique()
    verdicts = pl.Series(values.name, [forbidden_value(value, additions) for value in known.to_list()], dtype=pl.String)
    broken = pl.DataFrame({"value": known, "rule": verdicts}).drop_nulls()
    if broken.is_empty():
        return pl.repeat(None, len(values), dtype=pl.String, eager=True).alias(values.name)
    return values.replace_strict(broken["value"], broken["rule"], default=None, return_dtype=pl.String)


def is_code(text: str) -> bool:
    """Whether a cell holds a staff or unit code like S0012, not a name."""
    return bool(_CODE.fullmatch(normalised(text))) and forbidden_value(text) is None


def name_runs(text: str) -> tuple[str, ...]:
    """The runs of Chinese characters in a number or code that read as a personal name (errs towards too many)."""
    plain = normalised(text)
    runs = (part for run in _HAN.findall(plain) for part in _BETWEEN.split(run))
    return (*_NAME_DOT.findall(plain), *(run for run in runs if _is_name(run)))


def may_show(text: str) -> bool:
    """Whether a value may be repeated in a report: short, through the gate, and nothing in it can be a name.

    Chinese is repeated only where it is written with the characters of our own vocabulary, or names an office:
    the rarest surname is not on any list.
    """
    plain = normalised(text)
    if plain in _LABELS:
        return True
    if len(plain) > (20 if _HAN.search(plain) else 60) or forbidden_value(plain) or _NAME_DOT.search(plain):
        return False
    runs = _HAN.findall(plain)
    if any(not set(run) <= _VOCABULARY for run in runs):
        return bool(_OFFICE.fullmatch(plain))
    return not any(
        (sign in _SURNAMES or run[i : i + 2] in _COMPOUND)
        and len(run) - i >= 2
        and not _LABEL_CHARACTERS & set(run[i : i + 3])
        for run in runs
        for i, sign in enumerate(run)
    )


def may_show_header(header: str) -> bool:
    """Whether a column name may be repeated in a report: a word for what is kept out, or harmless and no name."""
    plain = normalised(header)
    if len(plain) > 20 or forbidden_value(plain):
        return False
    return forbidden_header(plain) is not None or not name_runs(plain)


def masked(rule: str, text: str) -> str:
    """What stands in a report in place of a refused value: the rule and the length, nothing of the value."""
    return f"〔{rule} · {len(text)}〕"


def shown(text: str | None) -> str:
    """A value as a report may show it: itself where harmless, else only its length."""
    if text is None:
        return ""
    return text if may_show(text) else masked(forbidden_value(text) or "hidden", text)


def check_text(text: str, additions: Additions | None = None) -> list[Refusal]:
    """Why a text a user types is refused, empty where it passes: length, identities, control words.

    The caller logs only how many refusals there were, never the text.
    """
    found: list[Refusal] = []
    if len(text) > TYPED_LIMIT:
        found.append(
            Refusal(
                rule="too_long",
                zh=f"文字超过{TYPED_LIMIT}字，请精简",
                en=f"longer than {TYPED_LIMIT} characters; please shorten",
                start=TYPED_LIMIT,
                length=len(text) - TYPED_LIMIT,
            )
        )
    rule = forbidden_value(text, additions) or ("name" if _names_someone(text) else None)
    if rule is not None:
        zh, en = RULES.get(rule, RULES["site"])
        found.append(
            Refusal(
                rule=rule,
                zh=f"含有{zh}，不能保存",
                en=f"contains a {en}; it cannot be kept",
                start=0,
                length=len(text),
                offer_zh="请用事项编号指代，不写个人信息",
                offer_en="refer to the matter number, without personal details",
            )
        )
    folded = unicodedata.normalize("NFKC", text)
    bare = re.sub(r"[\s·.\-_*]+", "", _ZERO_WIDTH.sub("", folded))
    offers = CONTROL_WORDS | dict.fromkeys(
        additions.words if additions else (), ("请写本院的办理措施", "say what our office will do")
    )
    for word, (offer_zh, offer_en) in offers.items():
        if word in bare:
            at = text.find(word)
            found.append(
                Refusal(
                    rule="control",
                    zh=f"不使用“{word}”一词",
                    en="a word of control is not used here",
                    start=max(at, 0),
                    length=len(word) if at >= 0 else len(text),
                    offer_zh=offer_zh,
                    offer_en=offer_en,
                )
            )
    return found


def _names_someone(text: str) -> bool:
    plain = normalised(text)
    called = any(not _NAME_STOP & set(match.group(1)) for match in _NAMED.finditer(plain))
    return called or bool(_HONORIFIC.search(plain))


def _is_name(run: str) -> bool:
    if not 2 <= len(run) <= 4 or _NUMBER_CHARACTERS & set(run):
        return False
    return run[:2] in _COMPOUND if len(run) == 4 else run[0] in _SURNAMES or run[:2] in _COMPOUND


def _is_day(text: str, first: int, last: int) -> bool:
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return first <= day.year <= last


def _check_digit(number: str) -> bool:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(sign) * weight for sign, weight in zip(number[:17], weights, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def _finds_id(text: str) -> bool:
    # Matter numbers are often place code + date + serial, 18 digits too: recent days need the check digit.
    for place, day, rest in _ID18.findall(text):
        if _is_day(day, 1900, 2012) or (_is_day(day, 2013, 2020) and _check_digit(place + day + rest)):
            return True
    if _ID_SPLIT.search(text):
        return True
    return any(_is_day("19" + day, 1930, 1999) for day in _ID15.findall(text))


def _finds_card(text: str) -> bool:
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        issuer = digits.startswith("62") and not (len(digits) == 18 and _is_day(digits[6:14], 1900, 2099))
        if (issuer or (len(digits) == 16 and digits[0] in "45")) and _luhn(digits):
            return True
    return False


def _luhn(digits: str) -> bool:
    doubled = (int(sign) * 2 for sign in digits[-2::-2])
    return (sum(int(sign) for sign in digits[-1::-2]) + sum(n // 10 + n % 10 for n in doubled)) % 10 == 0


_FINDERS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("id_number", _finds_id),
    ("phone", lambda text: _MOBILE.search(text) or _LANDLINE.search(text)),
    ("bank_card", _finds_card),
    ("email", _EMAIL.search),
    ("plate", _PLATE.search),
    ("messenger", _MESSENGER.search),
    ("address", _ADDRESS.search),
)
