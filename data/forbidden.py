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

from data.distinct import each_once
from data.forbidden_words import (
    COMPOUND,
    CONTROL_WORDS,
    HEADERS_EN,
    HEADERS_ZH,
    LABEL_CHARACTERS,
    NAME_STOP,
    NUMBER_CHARACTERS,
    RULES,
    SURNAMES,
)
from data.vocabulary import CATEGORIES, CAUSES, KINDS, PROCEDURES, REMARKS

__all__ = [
    "CONTROL_WORDS",
    "RULES",
    "Additions",
    "Refusal",
    "check_text",
    "folded",
    "forbidden_header",
    "forbidden_value",
    "gate",
    "header_key",
    "is_code",
    "masked",
    "may_show",
    "may_show_header",
    "name_runs",
    "normalised",
    "shown",
]

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


_ZERO_WIDTH = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PROVINCES = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_OF_PROVINCE = re.compile(_PROVINCES)
_ID18 = re.compile(r"(?<!\d)(\d{6})(\d{8})(\d{3}[\dXx])(?!\d)")
#: Inside a longer run of digits, where only the check digit tells it from serials; overlapping places are all tried.
_ID_GLUED = re.compile(rf"(?=({_PROVINCES}\d{{4}})(\d{{8}})(\d{{3}}[\dXx]))\d")
_ID15 = re.compile(rf"(?<!\d){_PROVINCES}\d{{4}}(\d{{6}})\d{{3}}(?!\d)")
_ID_SPLIT = re.compile(r"(?<!\d)(\d{6})[\s\-.]((?:19|20)\d{2})[\s\-.]?(\d{4})[\s\-.](\d{3}[\dXx])(?!\d)")
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

# What stands between two parties is no part of a name.
_BETWEEN = re.compile("[诉案与等的]")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_NAME_DOT = re.compile(r"[\u3400-\u9fff]{2,}[·•.][\u3400-\u9fff]{2,}")
_COMMON = "".join(sorted(SURNAMES - set("于马高程安方万向连时常应关单任何白文石路包边左司宫盛")))
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


def normalised(text: str) -> str:
    """Full-width and compatibility forms folded, invisible characters dropped, ends stripped."""
    return _ZERO_WIDTH.sub("", unicodedata.normalize("NFKC", text)).strip()


def folded(values: pl.Series) -> pl.Series:
    """`normalised` of a whole column, ends not stripped; shape (n,)."""
    return values.str.normalize("NFKC").str.replace_all(_ZERO_WIDTH.pattern, "")


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
    for table, key in ((HEADERS_ZH, chinese), (HEADERS_EN, english)):
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
    """The rule each value (String or CELL) breaks, null where none. Shape (n,), String; each distinct one is looked at
    once."""
    return each_once(values, lambda texts: _verdicts(texts, additions))


def _verdicts(texts: pl.Series, additions: Additions | None) -> pl.Series:
    """`forbidden_value` of each text; shape (n,)."""
    suspect = pl.repeat(True, len(texts), eager=True) if additions and additions.patterns else _suspects(texts)
    found: list[str | None] = [None] * len(texts)
    for at in suspect.arg_true().to_list():
        found[at] = forbidden_value(texts[at], additions)
    return pl.Series(found, dtype=pl.String)


def _suspects(values: pl.Series) -> pl.Series:
    """Whether any rule can find anything in a value, errs towards yes: one look at a whole column. Shape (n,)."""
    plain = folded(values)
    tight = plain.str.replace_all(r"[\s\x1c-\x1f\x85]+", "")
    return plain.str.contains(_LOOSE) | tight.str.contains(_LOOSE)


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
        (sign in SURNAMES or run[i : i + 2] in COMPOUND)
        and len(run) - i >= 2
        and not LABEL_CHARACTERS & set(run[i : i + 3])
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
        text = text[: 2 * TYPED_LIMIT]
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
    called = any(not NAME_STOP & set(match.group(1)) for match in _NAMED.finditer(plain))
    return called or bool(_HONORIFIC.search(plain))


def _is_name(run: str) -> bool:
    if not 2 <= len(run) <= 4 or NUMBER_CHARACTERS & set(run):
        return False
    return run[:2] in COMPOUND if len(run) == 4 else run[0] in SURNAMES or run[:2] in COMPOUND


def _is_day(text: str, first: int, last: int) -> bool:
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return first <= day.year <= last


def check_digit(body: str) -> str:
    """The last sign of an identity number of 18, from the 17 digits before it (GB 11643)."""
    return "10X98765432"[sum(int(sign) * weight for sign, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def _fits(place: str, day: str, rest: str) -> bool:
    """Whether the parts of a number hold a day of birth and end in the check digit, whatever the place."""
    return _is_day(day, 1900, 2020) and check_digit(place + day + rest[:3]) == rest[3].upper()


def _finds_id(text: str) -> bool:
    # The number of a resident from abroad, or one with a slip in its first digits, has no province: where the check
    # digit fits a number with a day of birth in it, it is an identity all the same.
    # Matter numbers are often place code + date + serial, 18 digits too: recent days need the check digit.
    for place, day, rest in _ID18.findall(text):
        if (_is_day(day, 1900, 2012) and _OF_PROVINCE.match(place)) or _fits(place, day, rest):
            return True
    for place, year, day, rest in _ID_SPLIT.findall(text):
        if _OF_PROVINCE.match(place) or _fits(place, year + day, rest):
            return True
    if any(_fits(place, day, rest) for place, day, rest in _ID_GLUED.findall(text)):
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


# What the finders need at least, for polars, whose expressions know no looking around.
_GAP = r"[\s\x1c-\x1f\-.]?"
_LOOSE = "(?i)" + "|".join(
    (
        r"\d{15}",
        rf"\d{{6}}{_GAP}\d{{4}}{_GAP}\d{{4}}{_GAP}\d{{3}}",
        rf"1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}",
        rf"(?:010|02[0-9]|0[3-9]\d{{2}})\)?{_GAP}[2-9]\d{{6}}",
        rf"400{_GAP}\d{{3,4}}{_GAP}\d{{3}}",
        rf"(?:\d{_GAP}){{16}}",
        "@|qq|微信|weixin|wechat|wx",
        "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z]",
        # An address names a way, an estate, a building or a village, and a number or a group in it.
        "[路街巷弄里道同村组屯庄区园寓院苑厦场栋幢楼元].*[号栋幢座楼室弄组屯湾队元层]",
        r"[县市镇乡].*(?:村|社区).*[组屯湾队]",
    )
)
_FINDERS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("id_number", _finds_id),
    ("phone", lambda text: _MOBILE.search(text) or _LANDLINE.search(text)),
    ("bank_card", _finds_card),
    ("email", _EMAIL.search),
    ("plate", _PLATE.search),
    ("messenger", _MESSENGER.search),
    ("address", _ADDRESS.search),
)
