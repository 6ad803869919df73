"""What the page of a matter shows of its point sheet: each factor by ledger and desk, the sum, and who graded why."""

from dataclasses import dataclass
from uuid import uuid4

from data.contract import Register
from features.point_sheet import FACTORS
from serving.card import Card, place_of
from serving.deps import Caller, Service
from serving.desk_sheet import sheet_of
from serving.web import views
from serving.web.flag_view import who
from serving.web.text import translator
from serving.web.views import Option
from serving.web.work_view import WorkAttempt
from serving.workflow import can_decide


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRow:
    """One factor: its name, the ledger's grade, the desk's (empty for none) and what counts."""

    name: str
    ledger: int
    desk: str
    grade: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRow:
    """One grade given at the desk: which and why, and by whom when."""

    text: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetCard:
    """Everything the template reads."""

    rows: list[FactorRow]
    points: int
    band: str | None
    given: list[GivenRow]
    may: bool
    factors: list[Option]
    grades: list[Option]
    once: str
    attempt: WorkAttempt


def sheet_card(
    service: Service, caller: Caller, card: Card, found: Register, attempt: WorkAttempt | None, *, hidden: bool
) -> SheetCard | None:
    """The sheet of a matter in the caller's scope; None where it has none: outside the sweep, or `hidden` (G14)."""
    if hidden or not card.in_sweep:
        return None
    t, side = translator(caller.language), 0 if caller.language == "zh" else 1
    sheet = sheet_of(service, card, found)
    names = {one.code: (one.zh, one.en)[side] for one in FACTORS}
    return SheetCard(
        rows=[
            FactorRow(
                name=names[row.code],
                ledger=row.ledger,
                desk="" if row.desk is None else str(row.desk.grade),
                grade=row.grade,
            )
            for row in sheet.rows
        ],
        points=sheet.points,
        band=card.band if card.rules_only else None,
        given=[
            GivenRow(
                text=t("sheet.given" if one.grade else "sheet.taken_back", factor=names[one.factor], grade=one.grade),
                reason=one.reason,
                by=f"{who(service, one.by, one.role, t)} {views.moment(one.at, card.time_zone)}",
            )
            for one in sheet.given
        ],
        may=can_decide(caller.person, place_of(card.matter)),
        factors=[Option(value=code, label=name) for code, name in names.items()],
        grades=[Option(value=str(grade), label=t(f"sheet.grade.{grade}")) for grade in (2, 1, 0)],
        once=str(uuid4()),
        attempt=attempt if attempt is not None and attempt.form == "sheet" else WorkAttempt(form="", problem=""),
    )
