"""How large an invented province is, how long it is watched, with which seed, and which traps are planted in it."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Literal

from data.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Traps:
    """What the monitors should find, each from its first local day on (None: not planted); `TRAPS` has the sizes.

    `flagged` names matters with the local day of their flag: what our office does for them comes later from then
    on.  It is given rather than drawn, because only the product knows which matters it listed.
    """

    policy_change: date | None = None  # more is sent on or refused, people are led to the website
    new_code: date | None = None  # one channel is entered under a code no mapping knows (in written ledgers only)
    silent_channel: date | None = None  # what comes by one channel no longer reaches the ledger
    label_shift: date | None = None  # everything comes back more often, whatever was done
    slow_decay: date | None = None  # over a year the handling tells less and less about what comes back
    silent_office: date | None = None  # one county registers nothing any more
    unlucky_group: date | None = None  # one category waits longer in the whole province
    hasty_end: date | None = None  # nearly all that aid was paid for is accepted by the person within days
    flagged: tuple[tuple[str, date], ...] = ()

    def days(self, start: date) -> dict[str, int]:
        """The planted traps by name, with their first day counted from `start`."""
        dates = ((one.name, getattr(self, one.name)) for one in fields(self) if one.name != "flagged")
        return {name: (day - start).days for name, day in dates if day is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticPlan:
    """What `make_register` builds; equal plans give equal registers.

    `start` is the first local day, `end` the day after the last one: `observed_until` is 00:00 of `end`.
    Each county receives a number of matters a year between `county_year` bounds; the last county receives
    `small_office_year`.  `noise` in [0, 1] is the share of the return rate that is made independent of
    handling and frailty (1 = no signal at all).  `oracle_draws` = 0 leaves the full-hazard oracle out.  Under
    `numbering` "per_contact" a share of the letters that raise a matter again gets a number of its own.
    """

    seed: int
    cities: int = 3
    counties_per_city: int = 4
    county_year: tuple[int, int] = (85, 210)
    city_year: int = 80
    province_year: int = 60
    small_office_year: int = 8
    start: date = date(2022, 11, 1)
    end: date = date(2026, 11, 1)
    time_zone: str = "Asia/Shanghai"
    noise: float = 0.0
    oracle_draws: int = 2
    entry_errors: bool = True
    numbering: Literal["per_matter", "per_contact"] = "per_matter"
    traps: Traps = Traps()

    def __post_init__(self) -> None:
        wrong: list[tuple[str, str]] = []
        if self.end <= self.start:
            wrong.append(("结束日期应晚于开始日期", "end must be later than start"))
        if not 0 <= self.noise <= 1:
            wrong.append(("noise 应在 0 到 1 之间", "noise must lie between 0 and 1"))
        if self.cities < 1 or self.counties_per_city < 1:
            wrong.append(("至少要有一个市级院和一个基层院", "at least one city and one county are needed"))
        if self.county_year[0] > self.county_year[1] or self.county_year[0] < 1:
            wrong.append(("county_year 的上下限有误", "the bounds of county_year are wrong"))
        late = [name for name, day in self.traps.days(self.start).items() if not 0 <= day < self.days]
        if late:
            names = ", ".join(late)
            wrong.append((f"陷阱日期不在观察期内：{names}", f"traps planted outside the watch: {names}"))
        if self.oracle_draws < 0:
            wrong.append(("oracle_draws 不能为负", "oracle_draws cannot be negative"))
        if wrong:
            raise UsageError(
                "synthetic_plan", "合成登记册的参数有误", "the plan of the synthetic register is wrong", wrong
            )

    @property
    def days(self) -> int:
        """How many local days are simulated."""
        return (self.end - self.start).days


def demo_plan(seed: int = 7) -> SyntheticPlan:
    """One province, 3 cities, 12 counties, four years ending with October 2026; about 8,000 matters."""
    return SyntheticPlan(seed=seed)


def small_plan(seed: int = 7) -> SyntheticPlan:
    """Four offices, about 300 matters in 18 months: for tests."""
    return SyntheticPlan(
        seed=seed,
        cities=1,
        counties_per_city=2,
        county_year=(90, 110),
        city_year=55,
        province_year=40,
        start=date(2025, 5, 1),
    )


def bench_plan(seed: int = 7, matters: int = 200_000) -> SyntheticPlan:
    """About `matters` matters in four years, without the oracle; from 6,000 on, counties keep their usual size."""
    per_city = 4 * (10 * 147 + 80)
    cities = max(1, round(matters / per_city))
    scale = matters / (cities * per_city + 4 * 60)
    return SyntheticPlan(
        seed=seed,
        cities=cities,
        counties_per_city=10,
        county_year=(max(1, round(85 * scale)), max(2, round(210 * scale))),
        city_year=round(80 * scale),
        province_year=round(60 * scale),
        oracle_draws=0,
    )
