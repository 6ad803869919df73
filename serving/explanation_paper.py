"""What the paper says that answers who asks how the work on a matter was ordered (G23).

It speaks of our office and of this one matter: that a tool ordered the work, what it used and never uses, on which
lists the matter stood and why, who decided, and how to have something corrected.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from data.contract import Register
from data.store import flags, screenings, signing
from data.store.flags import Decision
from data.store.screenings import ListEntry, Screening
from data.store.users import User
from data.times import cutoff_day, local_date
from features.build import one_matter
from features.dictionary import GROUPS
from features.history import make_history
from features.point_sheet import FACTORS
from features.stored_context import stored_context
from features.timing import timing_of
from serving.card import Card
from serving.deps import Service
from serving.desk_sheet import sheet_of
from serving.matters import SPOT, context_of
from serving.workflow import state_of
from training.notice import NEVER, RIGHTS, weights

Language = Literal["zh", "en"]
#: Parts of a list as they are told to somebody outside, by the stored name.
_PARTS: dict[str, tuple[str, str]] = {
    "must_act": ("必办事项（规则）", "must act (by rule)"),
    "model": ("本月提示", "flagged this month"),
    "points": ("本月提示（按规则）", "flagged this month (by rules)"),
    "hand": ("人工提报", "put forward by hand"),
    "spot": ("随机抽查", "spot check"),
    "review": ("说理质量回看", "review of our explanations"),
}
_BANDS = {"general": ("一般", "general"), "larger": ("较大", "larger"), "major": ("重大", "major")}
_STATES = {
    "accepted": ("接受", "accepted"),
    "changed": ("更改后接受", "changed"),
    "rejected": ("未采纳", "not taken up"),
}
_ROLES = {
    "handler": ("承办人", "handler"),
    "department_head": ("承办部门负责人", "head of case department"),
    "petition_head": ("控申部门负责人", "head of petition department"),
    "leader": ("院领导", "leader"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The display names of accounts by id, for who decided."""

    of: dict[str, str]

    def person(self, user_id: str, role: str, side: int) -> str:
        """Name and, where known, the role acted in."""
        name = self.of.get(user_id, user_id)
        if role not in _ROLES:
            return name
        return f"{name}（{_ROLES[role][0]}）" if side == 0 else f"{name} ({_ROLES[role][1]})"


def paper_content(
    service: Service,
    card: Card,
    found: Register,
    *,
    office: str,
    serial: str,
    asked_on: date,
    made_on: date,
    maker: User,
    people: Sequence[User],
    language: Language,
) -> dict[str, Any]:
    """The paper as plain data: title, facts as (label, value), sections as (title, lines), and who signs.

    `people` are all accounts, for the names of who decided.
    """
    side = 0 if language == "zh" else 1
    names = Names(of={one.user_id: one.display_name for one in people})
    number = str(card.matter["matter_no"])
    return {
        "language": language,
        "title": (f"关于{number}号信访事项办理排序的说明", f"How our work on matter {number} was ordered")[side],
        "serial": serial,
        "facts": _facts(number, office, serial, asked_on, made_on, side),
        "sections": [
            [("是否使用工具", "Whether a tool was used")[side], _whether(card, service, side)],
            [("用了什么", "What it used")[side], _used(service, card, found, side)],
            [("从不用什么", "What it never uses or does")[side], list(NEVER[language])],
            [("列入清单的情况、理由和决定", "Lists, reasons and decisions")[side], _lists(service, card, names, side)],
            [("目前的理由", "Reasons as of now")[side], _now(card, side)],
            [("如何更正、如何救济", "How to have it corrected, and remedies")[side], _rights(service, language, side)],
        ],
        "signed": [
            [("出具单位（盖章）", "Issued by (seal)")[side], office],
            [("出具人", "Made by")[side], names.person(maker.user_id, maker.role, side)],
            [("日期", "Date")[side], made_on.isoformat()],
            [("收到人签名、日期", "Received (signature, date)")[side], ""],
        ],
    }


def _facts(number: str, office: str, serial: str, asked: date, made: date, side: int) -> list[list[str]]:
    return [
        [("事项编号", "Matter")[side], number],
        [("单位", "Office")[side], office],
        [("申请日期", "Asked for on")[side], asked.isoformat()],
        [("出具日期", "Made on")[side], made.isoformat()],
        [("说明编号", "No.")[side], serial],
    ]


def _whether(card: Card, service: Service, side: int) -> list[str]:
    zone = service.settings.time_zone
    day = cutoff_day(card.as_of, zone).isoformat()
    by = (
        ("目前由规则排列，没有使用模型。", "Rules order the work now; no model is used.")
        if card.version is None
        else (
            f"目前使用模型第{card.version}版。",
            f"Model version {card.version} is in use now.",
        )
    )
    return [
        (
            "我院每月使用排序工具排列本院办理工作的先后。工具只给出先后和理由，由承办人核实决定；不影响登记、接待、复查、听证和救助。",
            "Once a month our office uses a tool to order its own work. It gives an order and reasons; a named "
            "handler verifies and decides. It affects no registration, reception, review, hearing or aid.",
        )[side],
        by[side],
        (f"以下内容依据截至{day}的登记。", f"What follows rests on what was registered up to {day}.")[side],
    ]


def _used(service: Service, card: Card, found: Register, side: int) -> list[str]:
    lead = (
        "只用本事项自身的登记类别和办理经过，不用其他事项、其他人的信息：",
        "Only this matter's own registration and handling; nothing of another matter or of anybody else:",
    )[side]
    champion = None if card.version is None else service.champions.current()
    history, timing = make_history(found), timing_of(service.settings.clock)
    if champion is None:
        return [lead, *_graded(service, card, found, side)]
    stored = stored_context(found.matters, history, context_of(service, found))
    values = one_matter(history, card.as_of, champion.feature_set, stored=stored, timing=timing)
    at = dict(zip(champion.feature_set.names, values.tolist(), strict=True))
    lines: dict[str, list[str]] = {}
    for name, _ in weights(champion.scorecard):
        feature = champion.feature_set.get(name)
        value = at[name]
        shown = feature.levels[int(value)] if feature.categorical and feature.levels else f"{value:g}"
        lines.setdefault(feature.group, []).append(f"{(feature.zh, feature.en)[side]} {shown}")
    joint = ("、", ", ")[side]
    return [
        lead,
        *(
            f"{GROUPS.get(group, (group, group))[side]}{('：', ': ')[side]}{joint.join(told)}"
            for group, told in lines.items()
        ),
    ]


def _graded(service: Service, card: Card, found: Register, side: int) -> list[str]:
    """What rules look at: the factors of the point sheet, those that count for this matter first."""
    graded = {row.code: row.grade for row in sheet_of(service, card, found).rows}
    names = {one.code: (one.zh, one.en)[side] for one in FACTORS}
    counted = [names[code] for code, grade in graded.items() if grade > 0]
    others = [names[code] for code, grade in graded.items() if grade == 0]
    joint = ("、", ", ")[side]
    none = ("没有", "none")[side]
    return [
        ("本事项计入的：", "Counted for this matter: ")[side] + (joint.join(counted) or none),
        ("看过、未计入的：", "Looked at, not counted: ")[side] + (joint.join(others) or none),
    ]


def _lists(service: Service, card: Card, names: Names, side: int) -> list[str]:
    matter_id, zone = card.matter["matter_id"], service.settings.time_zone
    stood = screenings.entries_of_matter(service.store, matter_id)
    decided = flags.decisions_of_matter(service.store, matter_id)
    put = flags.put_forward_of_matter(service.store, matter_id)
    signed = signing.signatures_of_matter(service.store, matter_id)
    lines = [line for screening, entry in stood for line in _stood(screening, entry, decided, names, zone, side)]
    for one in put:
        day, who = cutoff_day(one.cutoff, zone).isoformat(), names.person(one.put_by, "", side)
        lines.append((f"{day}清单：由{who}人工提报。", f"List of {day}: put forward by hand by {who}.")[side])
    for _, signature in signed:
        day, who = local_date(signature.at, zone).isoformat(), names.person(signature.by, signature.role, side)
        lines.append((f"{day}由{who}签批。", f"Signed by {who} on {day}.")[side])
    return lines or [("本事项没有列入过排查清单。", "This matter has not stood on a sweep list.")[side]]


def _stood(
    screening: Screening, entry: ListEntry, decided: Sequence[Decision], names: Names, zone: str, side: int
) -> list[str]:
    day = cutoff_day(screening.cutoff, zone).isoformat()
    part = _PARTS.get(entry.part, (entry.part, entry.part))[side]
    # A spot check is drawn, not ordered: it has no band to tell (G14).
    band = "" if entry.band is None or entry.part == SPOT else _BANDS[entry.band][side]
    head = f"{day} · {part}" + (f" · {band}" if band else "")
    key = "zh" if side == 0 else "en"
    told = [str(reason[key]) for reason in (entry.reasons or entry.duties)]
    lines = [head + ("：", ": ")[side] + (("；", "; ")[side].join(told) or ("随机抽取", "drawn at random")[side])]
    for one in reversed(decided):
        if one.screening_id == screening.screening_id:
            on = local_date(one.at, zone).isoformat()
            state = _STATES.get(state_of(one), (state_of(one), state_of(one)))[side]
            lines.append(
                (f"　{on} {names.person(one.decided_by, one.role, 0)}核实：{state}。")
                if side == 0
                else f"  {on} verified by {names.person(one.decided_by, one.role, 1)}: {state}."
            )
    return lines


def _now(card: Card, side: int) -> list[str]:
    key = "zh" if side == 0 else "en"
    if not card.in_sweep:
        return [("本事项目前不在排查范围内。", "This matter is not in the sweep now.")[side]]
    told = [str(reason[key]) for reason in card.reasons]
    return told or [
        ("我院目前没有使其提前办理的理由。", "Our office has no reason now that would bring it forward.")[side]
    ]


def _rights(service: Service, language: Language, side: int) -> list[str]:
    days = service.settings.correction.answer_days
    return [
        RIGHTS[language][1],
        (
            f"凭事项编号向我院12309检察服务中心或承办人提出更正，我院在{days}日内答复。",
            f"Ask our 12309 service centre or the handler for a correction by the number of your matter; our office "
            f"answers within {days} days.",
        )[side],
        (
            "依法申请复查、申诉等救济途径不受本说明影响，也不会使事项的等级升高。",
            "Review, appeal and other lawful remedies are not affected by this paper and never raise a matter's band.",
        )[side],
    ]
