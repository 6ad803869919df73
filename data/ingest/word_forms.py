"""In which forms a word of a code list is compared: without numbers and neutral words around it, synonyms as one."""

import re

from data.forbidden import normalised

# A number in front, with a mark or, before a Chinese word that is no measure, without one: 03.来信, 03来信, 12309来电.
_NUMBERED = re.compile(
    r"^(?:[(\[【][0-9]{1,3}[)\]】](?=\D)|[0-9A-Za-z]{1,4}[.、\-_:)]+(?=\D)|(?:[0-9]{1,2}|12309)(?=[^\W\d_A-Za-z日天个月年次号期件人级]))"
)
# Nothing but a count: what else stands in brackets may be anything, and a code is repeated in the mapping.
_REMARK = re.compile(r"(?<=.)\([0-9一二三四五六七八九十件次人封]*\)$")
#: What stands around a word without changing what it means.
#: 案件终结, 息诉工作 or 化解阶段 would not mean what the word in them means: only these.
_AROUND = re.compile(
    r"^(?:案件|信访件?|事项)(?=登记|受理|办结|分流|移送$)|^(?:群众|信访人)(?=..)"
    r"|^(?:首次|初次|再次|重复)(?=来信|来访|来电|走访|网上)|(?<=来信|来访|来电|网信|电话|走访)件$"
)
#: Verbs that say only that it was done, and by us; nouns that say only that it is a thing done or told.
_BEFORE = re.compile(
    r"^(?:已经?|依法|完成|作出|做出|出具|制发|进行|开展|组织|召开|举行|实施|予以|决定|正式|本院|我院|涉及|关于|反映)"
)
_BEHIND = re.compile(
    r"(?:召开|举行|作出|开展|完成|完毕|决定|手续|工作|环节|步骤|节点|事项|事宜|问题|纠纷|线索|案件|信访|案|类|件)$"
)
#: Ways to say one thing, and the one way they are compared in.
_SAME = tuple(
    (re.compile(words), plain)
    for words, plain in (
        # Alone 回复 may be any of the three replies.
        (r"(?<=.)回复|回复(?=.)", "答复"),
        (r"(?:七|7)(?:日|天)之?内?", "7日"),
        (r"(?:三|3)个?月之?内?", "3月"),
        (r"每个?月|按月|月度", "每月"),
        (r"变更|更换|调换|改派", "更换"),
        (r"承办检察官|承办人员|经办人员?|办案人员?|办理人员?|承办人", "承办人"),
        (r"发放|支付|给付", "发放"),
        (r"救助(?:资金|款)", "救助金"),
        (r"互联网|网络|线上", "网上"),
        (r"(?:延长|顺延)(?:办理|办案)?(?:期限|时限)", "延长办理期限"),
        (r"检察听证", "听证"),
        (r"释法析理", "释法说理"),
    )
)


def plain_forms(label: str) -> list[str]:
    """A label as it stands, without a leading number, a trailing count, 案件 or 类, and last without a word around.

    The last but one is the bare word: without its number and its count.
    """
    plain = re.sub(r"\s+", "", normalised(label))
    bare = _REMARK.sub("", _NUMBERED.sub("", plain))
    forms = [
        form
        for word in (plain, _NUMBERED.sub("", plain), bare)
        for form in (word, word.removesuffix("案件").removesuffix("类"))
    ]
    return [*forms, bare, _AROUND.sub("", bare)]


def cores(word: str) -> set[str]:
    """A word and what is left of it when neutral words in front and behind are taken off, one after another."""
    cores, left = {word}, [word]
    while left:
        form = left.pop()
        for less in (_BEFORE.sub("", form), _BEHIND.sub("", form)):
            if less not in cores and len(less) > 1:
                cores.add(less)
                left.append(less)
    return cores


def same_words(word: str) -> str:
    """A word with each of several ways to say one thing written in one way."""
    for pattern, plain in _SAME:
        word = pattern.sub(plain, word)
    return word
