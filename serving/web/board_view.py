"""What the pages and the table of an office's year show: numbers with their words, nothing computed anew."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from data.times import local_date
from data.vocabulary import CASE_CLASSES, FORMS, KIND, LEVELS, RANKS
from serving.board_causes import Share, Surge
from serving.board_facts import ACTS, DUTIES, ENDS
from serving.boards import RATES, Board, Figure
from serving.led import LedMatter
from serving.web import views
from serving.web.views import Translate

#: Acts beside which a target of the year may stand.
TARGETS = ("receptions", "letters")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A step gone wrong, as shown; `code` opens the rows of the office's."""

    code: str
    name: str
    where: str
    whole: bool
    matters: int
    wrong: str
    right: str
    told: str
    more: bool

    @property
    def shown(self) -> bool:
        """Whether it stands in the first table: the whole office's, and what stood out."""
        return self.whole or self.more


def board_values(board: Board, targets: dict[str, int | None], language: str, t: Translate) -> dict[str, Any]:
    """What board.html shows of a board; `targets` are those of the year, by act."""
    facts = board.facts
    first, last = board.months[0], board.months[1] - timedelta(days=1)
    return {
        "title": t("board.title", year=facts.year),
        "year": facts.year,
        "until": local_date(facts.until - 1, facts.time_zone).isoformat(),
        "empty": not any(figure.rows for figure in board.figures.values()) and not board.causes,
        "duties": [board.figures[code] for code in DUTIES],
        "acts": [(board.figures[code], _target(board.figures[code], targets.get(code), t)) for code in ACTS],
        "rates_": [board.figures[code] for code in RATES],
        "ends": [(kind, board.ends[kind]) for kind in ENDS],
        "money": yuan(board.money),
        "aided": aided(board, t),
        "led": [
            (
                t(f"board.{one.act}"),
                views.of_code(LEVELS, one.level, language),
                views.of_code(RANKS, one.rank, language),
                views.of_code(FORMS, one.form, language),
                one.count,
            )
            for one in board.led
        ],
        "causes": [
            {
                "cause": views.cause(one.cause, language),
                "department": one.department or t("none"),
                "registered": t("board.few") if one.registered is None else one.registered,
                "missed": one.missed,
            }
            for one in board.causes
        ],
        "surges": [_surge(one, language, t) for one in board.surges],
        "steps": [
            StepRow(
                code=f"step_{one.step}",
                name=t(f"board.step_{one.step}"),
                where=t("board.whole_office")
                if one.whole_office
                else " · ".join((views.cause(one.cause, language), one.department or t("none"))),
                whole=one.whole_office,
                matters=one.matters,
                wrong=share_told(one.wrong, t),
                right=share_told(one.right, t),
                told=t("board.more") if one.more else t("board.not_shown") if one.wrong and one.right else t("none"),
                more=one.more,
            )
            for one in board.steps
        ],
        "months": t("board.months", first=f"{first:%Y-%m}", last=f"{last:%Y-%m}"),
        "share": share,
    }


def led_row(one: LedMatter, language: str, t: Translate) -> dict[str, Any]:
    """One matter of the register of led matters, as shown."""
    matter = one.matter
    return {
        "matter_id": matter["matter_id"],
        "number": matter["matter_no"],
        "department": matter["department"] or t("none"),
        "handler": matter["handler"] or t("none"),
        "class_": views.of_code(CASE_CLASSES, one.case_class, language),
        "leader": views.of_code(RANKS, one.rank, language)
        if one.led_on is not None
        else t("board.led_planned" if one.planned else "board.led_open"),
        "led_on": "" if one.led_on is None else one.led_on.isoformat(),
        "days": [(name, "" if day is None else day.isoformat()) for name, day in one.days.items()],
        "end": "" if one.end is None else KIND[one.end].zh if language == "zh" else KIND[one.end].en,
    }


def share(figure: Figure) -> str:
    """The share in per cent with one decimal, a dash where there is nothing to divide by."""
    return "—" if not figure.whole else f"{100 * figure.part / figure.whole:.1f}%"


def share_told(found: Share | None, t: Translate) -> str:
    """So many of so many, with the interval of the share in whole per cent."""
    if found is None:
        return t("board.few")
    return t(
        "board.share_told",
        again=found.again,
        whole=found.whole,
        low=f"{100 * found.low:.0f}",
        high=f"{100 * found.high:.0f}",
    )


def yuan(fen: int) -> str:
    """Money in yuan."""
    return f"{fen / 100:,.2f}"


def aided(board: Board, t: Translate) -> str:
    """How many people were aided, as far as the ledger says."""
    told = t("board.at_least", n=board.aided) if board.aided else "0"
    return told + t("board.untold", n=board.aided_untold) if board.aided_untold else told


def _target(figure: Figure, target: int | None, t: Translate) -> str:
    if not target:
        return t("none")
    return t("board.target_told", target=target, share=f"{100 * figure.part / target:.1f}")


def _surge(one: Surge, language: str, t: Translate) -> str:
    where = " · ".join((views.cause(one.cause, language), one.department or t("none")))
    what = t("board.registered") if one.step is None else t(f"board.step_{one.step}")
    return t("board.surge", where=where, what=what, now=one.now, before=f"{one.before:.1f}")
