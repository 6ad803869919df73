"""How the point sheet of a matter stands, by the ledger and by the desk, and how a person grades a factor of it.

The ledger's grade is never lowered here: a grade of the desk adds what the ledger cannot know, and can be taken back.
"""

from dataclasses import dataclass

import polars as pl

from data.contract import Register
from data.errors import InputRefused
from data.store import desk_grades, screenings
from data.store.desk_grades import DeskGrade
from features.history import make_history
from features.point_sheet import FACTORS, Factor, point_sheet
from features.snapshots import view_of
from features.timing import timing_of
from serving import acts, journal, matters
from serving.acts import LEVELS, NotNow
from serving.card import Card, make_card, place_of
from serving.deps import Caller, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One factor: the grade the ledger gives, and the one given at the desk that stands."""

    factor: Factor
    ledger: int
    desk: DeskGrade | None

    @property
    def code(self) -> str:
        """The factor's code."""
        return self.factor.code

    @property
    def grade(self) -> int:
        """What counts: the higher of the two."""
        return self.ledger if self.desk is None else max(self.ledger, self.desk.grade)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The sheet of a matter as the next sweep would fill it, and every grade given at the desk, the newest first."""

    rows: list[SheetRow]
    given: list[DeskGrade]

    @property
    def points(self) -> int:
        """The sum of what counts."""
        return sum(row.grade for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentGrade:
    """A grade as it is sent."""

    factor: str
    grade: str
    reason: str
    once: str


def sheet_of(service: Service, card: Card, found: Register) -> Sheet:
    """The sheet of a card's matter at its instant; `found` is the matter's register."""
    snapshot = pl.DataFrame({"matter_id": [card.matter["matter_id"]], "cutoff": [card.as_of]})
    view, _ = view_of(make_history(found), snapshot, timing=timing_of(service.settings.clock))
    ledger = point_sheet(view).row(0, named=True)
    given = desk_grades.grades_of_matter(service.store, card.matter["matter_id"])
    standing = desk_grades.standing(given)
    rows = [SheetRow(factor=one, ledger=int(ledger[one.code]), desk=standing.get(one.code)) for one in FACTORS]
    return Sheet(rows=rows, given=given)


def give_grade(service: Service, caller: Caller, matter_id: str, sent: SentGrade) -> DeskGrade:
    """Grade a factor at the desk, with its audit entry; the same `once` again gives back the first.

    Raises as `acts.check_can_decide`; InputRefused for an unknown factor, a grade that is not above the ledger's, and a
    missing or refused reason; NotNow for a matter outside the sweep, a spot check (G14) and what a head graded before.
    """
    found = matters.find(service, caller, matter_id)
    place = place_of(found.matters.row(0, named=True))
    acts.check_can_decide(caller, place)
    acts.check_reason(sent.reason)
    acts.check_texts(service, caller, [sent.reason], office_id=place.office_id, matter_id=matter_id)
    card = make_card(found, service.settings, None, matters.context_of(service, found), now=caller.now)
    if not card.in_sweep or matters.is_spot_check(screenings.entries_of_matter(service.store, matter_id)):
        raise NotNow(
            "sheet_closed",
            "该事项不在排查范围内，或为随机抽查，不记分",
            "the matter is outside the sweep or a spot check; it is not graded",
        )
    with service.store.write():
        before = desk_grades.grade_sent(service.store, caller.person.user_id, sent.once)
        if before is not None:
            acts.check_same((before.matter_id, before.factor), (matter_id, sent.factor))
            return before
        rows = {row.code: row for row in sheet_of(service, card, found).rows}
        made = DeskGrade(
            matter_id=matter_id,
            office_id=place.office_id,
            factor=sent.factor,
            grade=_grade(caller, rows.get(sent.factor), sent.grade),
            reason=sent.reason.strip(),
            by=caller.person.user_id,
            role=caller.person.role,
            at=caller.now,
            once=sent.once,
        )
        desk_grades.add_grade(service.store, made)
        detail = {"factor": made.factor, "grade": made.grade}
        acts.on_record(service, caller.entry(journal.DESK_GRADED, place.office_id, detail, matter_id))
    return made


def _grade(caller: Caller, row: SheetRow | None, sent: str) -> int:
    """The grade, where it may be given. Raises as `give_grade`."""
    if row is None:
        raise InputRefused("factor_unknown", "请选择记分项", "choose a factor")
    if sent not in ("0", "1", "2"):
        raise InputRefused("grade_unknown", "请选择0、1或2分", "choose 0, 1 or 2")
    if row.desk is not None and LEVELS[row.desk.role] > LEVELS[caller.person.role]:
        raise NotNow("graded_above", "该项已由负责人记分", "a head has graded this factor")
    if sent == "0" and row.desk is None:
        raise InputRefused(
            "nothing_to_take_back", "该项没有人工记分可撤回", "this factor has no grade of the desk to take back"
        )
    if sent != "0" and int(sent) <= row.ledger:
        raise InputRefused(
            "grade_not_above",
            f"台账已记{row.ledger}分，人工记分只能更高",
            f"the ledger gives {row.ledger} already; a grade of the desk can only be higher",
        )
    return int(sent)
