"""Which invented matters, people and events the messy ledgers of one office tell of."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from data.contract import Register
from data.synthetic.write import standing
from data.vocabulary import KIND

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张"
_GIVEN = "甲乙丙丁戊己庚辛壬癸"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An invented person: what stands in columns a ledger should not be read for.

    The identity number names a district there is not; the telephone number is nobody's.
    """

    name: str
    id_number: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event of a case as a clerk sees it."""

    kind: str
    day: date
    entered: date
    people: int | None
    document: str | None
    due: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One matter as a clerk sees it: its attributes as codes of the vocabulary, its events in order."""

    number: int
    year: int
    office: str
    department: str
    handler: str
    category: str
    cause: str
    path: str
    first_time: bool
    reply_possible: bool
    received: date
    registered: date
    entered: date
    person: Person
    steps: tuple[Step, ...]

    def day(self, *kinds: str, nth: int = 0) -> date | None:
        """The day of the nth event of some kinds."""
        days = [step.day for step in self.steps if step.kind in kinds]
        return days[nth] if len(days) > nth else None

    def document(self, kind: str) -> str | None:
        """The document number of the first event of a kind."""
        return next((step.document for step in self.steps if step.kind == kind), None)


Words = Callable[[str], str]


def cases_of(register: Register, office_id: str, rng: random.Random) -> list[Case]:
    """The cases of one office in the order of their registration."""
    seen = standing(register.events, register.observed_until, register.time_zone)
    facts = register.attributes.filter(pl.col("name").is_in(["first_time", "reply_possible", "received_on"]))
    wide = facts.pivot("name", index="matter_id", values="number")
    matters = register.matters.filter(pl.col("office_id") == office_id).join(wide, on="matter_id")
    names = dict(register.offices.select("office_id", "name").iter_rows())
    people = {0: None, 1: 1, 2: 3, 3: 8}
    found: list[Case] = []
    for place, row in enumerate(matters.iter_rows(named=True), start=1):
        events = seen.filter(pl.col("matter_id") == row["matter_id"]).sort("occurred_at", "seq")
        began = next((one for one in events.iter_rows(named=True) if one["kind"] == "registered"), None)
        if began is None:
            continue
        steps = [
            Step(
                kind=one["kind"],
                day=one["occurred"],
                entered=one["known"],
                people=people[one["people_band"]],
                document=one["document_no"],
                due=one["due"],
            )
            for one in events.iter_rows(named=True)
            if one["kind"] != "registered"
        ]
        found.append(
            Case(
                number=place,
                year=began["occurred"].year,
                office=names[office_id],
                department=row["department"],
                handler=row["handler"],
                category=row["category"],
                cause=row["cause"],
                path=row["procedure_path"],
                first_time=row["first_time"] == 1,
                reply_possible=row["reply_possible"] == 1,
                received=date.fromordinal(date(1970, 1, 1).toordinal() + row["received_on"]),
                registered=began["occurred"],
                entered=began["known"],
                person=_person(rng),
                steps=tuple(steps),
            )
        )
    return found


def _person(rng: random.Random) -> Person:
    born = date(1945, 1, 1).toordinal() + rng.randrange(20_000)
    digits = f"119999{date.fromordinal(born):%Y%m%d}{rng.randrange(1000):03d}"
    number = digits + rng.choice("0123456789X")
    # Several spellings, as they are found: plain, in groups, with a small x, in full-width digits.
    spelt = (
        number,
        f"{number[:6]} {number[6:14]} {number[14:]}",
        number.lower(),
        number.translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789X"}),
    )
    phone = f"1990000{rng.randrange(10_000):04d}"
    return Person(
        name=rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, rng.choice((1, 2)))),
        id_number=rng.choice(spelt),
        phone=rng.choice((phone, f"{phone[:3]}-{phone[3:7]}-{phone[7:]}", f"+86 {phone}")),
        address=f"示例县第{rng.randrange(1, 30)}镇某某村{rng.randrange(1, 9)}组{rng.randrange(1, 90)}号",
    )


def words(**named: str) -> Words:
    """The labels of a style: its own word where it has one, ours elsewhere."""
    ours = {code: kind.zh for code, kind in KIND.items()} | named
    return lambda code: ours[code]


def labels(table: dict[str, tuple[str, str]], **named: str) -> Words:
    """The labels of a category, cause or procedure: the style's own word where it has one, ours elsewhere."""
    ours = {code: str(zh) for code, (zh, _) in table.items()} | named
    return lambda code: ours[code]
