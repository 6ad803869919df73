"""Which factors of the point sheet people graded at the desk, and why; rows are only added, the latest counts."""

from dataclasses import asdict, dataclass

import sqlalchemy as sa

from data.store.engine import Store
from data.store.schema_work import desk_grades


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskGrade:
    """A factor's grade 0–2 as `by` gave it in `role` at `at` (UTC microseconds); 0 takes back the one before.

    `factor` is a code of features.point_sheet; `reason` is typed text that passed the gate.
    """

    matter_id: str
    office_id: str
    factor: str
    grade: int
    reason: str
    by: str
    role: str
    at: int
    once: str


def add_grade(store: Store, made: DeskGrade) -> None:
    """Add a grade; never changes one that is there."""
    with store.write() as connection:
        connection.execute(desk_grades.insert().values(**asdict(made)))


def grade_sent(store: Store, person: str, once: str) -> DeskGrade | None:
    """The grade this person already gave under `once`, None for none."""
    table = desk_grades
    return next(iter(_grades(store, (table.c.by == person) & (table.c.once == once))), None)


def grades_of_matter(store: Store, matter_id: str) -> list[DeskGrade]:
    """Every grade given on a matter, the newest first."""
    return _grades(store, desk_grades.c.matter_id == matter_id)


def standing(found: list[DeskGrade]) -> dict[str, DeskGrade]:
    """The grade that counts for each factor of one matter, of its grades newest first; none where it was taken back."""
    latest: dict[str, DeskGrade] = {}
    for one in found:
        latest.setdefault(one.factor, one)
    return {factor: one for factor, one in latest.items() if one.grade}


def last_grade(store: Store) -> int:
    """The number of the grade given last, 0 where there is none: what a screening pins, whatever the clock says."""
    with store.read() as connection:
        return connection.execute(sa.select(sa.func.max(desk_grades.c.id))).scalar_one() or 0


def standing_before(store: Store, instant: int, *, up_to: int) -> dict[str, dict[str, int]]:
    """The grades that counted just before an instant, of those up to a number: matter id → factor → grade."""
    by_matter: dict[str, list[DeskGrade]] = {}
    for one in _grades(store, (desk_grades.c.at < instant) & (desk_grades.c.id <= up_to)):
        by_matter.setdefault(one.matter_id, []).append(one)
    return {
        matter_id: {factor: one.grade for factor, one in standing(found).items()}
        for matter_id, found in by_matter.items()
    }


def _grades(store: Store, wanted: sa.ColumnElement[bool]) -> list[DeskGrade]:
    table = desk_grades
    columns = [table.c[name] for name in DeskGrade.__dataclass_fields__]
    with store.read() as connection:
        rows = connection.execute(sa.select(*columns).where(wanted).order_by(table.c.id.desc())).mappings()
        return [DeskGrade(**row) for row in rows]
