"""Which offices, handlers, working days and loads the invented province has, before any matter is handled."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.synthetic.constants import ARRIVAL_SEASON, CATEGORY_SHARES, CONDUCT, DEPARTMENTS, HAZARD, TRAPS
from data.synthetic.plan import SyntheticPlan

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Days simulated beyond the end for the oracle's 90-day windows.
BEYOND = 100
_COUNTED = "一二三四五六七八九"
_STEMS = "甲乙丙丁戊己庚辛壬癸"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What matters share; day tables hold one entry per local day, from the plan's start to `BEYOND` past its end."""

    plan: SyntheticPlan
    offices: pl.DataFrame
    yearly: Floats  # (offices,) matters a year
    workday: Flags
    last_workday_before: Ints
    next_workday: Ints
    month: Ints
    month_of_year: Ints
    rushed: Flags
    contact_factor: Floats
    flat: Floats  # share of the return rate that is independent of handling
    winter: Flags
    arrivals: Ints  # (offices, days)
    load: Floats  # (offices, months)
    effort: Floats  # (offices × departments, months)
    unlucky: Flags  # (offices, categories)
    seat_first: Ints  # (offices,) index of an office's first seat
    seat_count: Ints
    holder: Ints  # (seats, days) staff index
    staff: tuple[str, ...]
    tact: Floats  # (staff,)
    planted: dict[str, int]  # the traps that change what happens, with their first day


def build_world(plan: SyntheticPlan, rng: np.random.Generator) -> World:
    """Draw the province; the order of draws is part of the plan's meaning (same seed, same province)."""
    length = plan.days + BEYOND + 1
    dates = [plan.start + timedelta(days=k) for k in range(length)]
    workday = np.array([_works(day) for day in dates])
    number = np.arange(length, dtype=np.int32)
    month = np.array([(d.year - plan.start.year) * 12 + d.month - plan.start.month for d in dates], dtype=np.int32)
    month_of_year = np.array([d.month for d in dates], dtype=np.int32)
    before = np.concatenate(([-1], np.maximum.accumulate(np.where(workday, number, -1))[:-1])).astype(np.int32)
    after = np.minimum.accumulate(np.where(workday, number, length - 1)[::-1])[::-1].astype(np.int32)
    rushed = np.array([(d + timedelta(days=3)).month != d.month for d in dates])
    weekend = np.array([d.weekday() >= 5 for d in dates])
    season = np.array(HAZARD.season)[month_of_year - 1]
    drift = np.exp(HAZARD.drift_per_year * number / 365.25)
    planted = plan.traps.days(plan.start)
    shift = np.where(number >= planted.get("label_shift", length), TRAPS.label_shift, 1.0)
    faded = np.clip((number - planted.get("slow_decay", length)) / TRAPS.decay_days, 0.0, 1.0) * TRAPS.decay_to

    offices, yearly = _offices(plan, rng)
    arrivals = _arrivals(yearly, workday, month_of_year, rng)
    months = int(month[-1]) + 1
    load = _load(arrivals, yearly, month, months)
    seat_count = np.maximum(2, np.round(yearly / CONDUCT.handlers_per_matters)).astype(np.int32)
    seat_first = (np.cumsum(seat_count) - seat_count).astype(np.int32)
    holder, staff = _staff(seat_count, length, rng)
    return World(
        plan=plan,
        offices=offices,
        yearly=yearly,
        workday=workday,
        last_workday_before=before,
        next_workday=after,
        month=month,
        month_of_year=month_of_year,
        rushed=rushed,
        contact_factor=season * drift * np.where(weekend, HAZARD.weekend_factor, 1.0) * shift,
        flat=plan.noise + (1.0 - plan.noise) * faded,
        winter=(month_of_year == 12) | (month_of_year == 1),
        arrivals=arrivals,
        load=load,
        effort=_effort(load, months, rng),
        unlucky=_unlucky(offices),
        seat_first=seat_first,
        seat_count=seat_count,
        holder=holder,
        staff=staff,
        tact=rng.standard_normal(len(staff)),
        planted=planted,
    )


def _works(day: date) -> bool:
    """Monday to Friday, outside the fixed public holidays."""
    holiday = (day.month, day.day) == (1, 1) or (day.month == 5 and day.day <= 3) or (day.month == 10 and day.day <= 7)
    return day.weekday() < 5 and not holiday


def _offices(plan: SyntheticPlan, rng: np.random.Generator) -> tuple[pl.DataFrame, Floats]:
    rows: list[tuple[str, str, str | None, str]] = [("P00", "示例省院", None, "province")]
    yearly: list[float] = [float(plan.province_year)]
    for city in range(plan.cities):
        city_id = f"M{city + 1:02d}"
        rows.append((city_id, f"示例{_count(city + 1)}市院", "P00", "city"))
        yearly.append(float(plan.city_year))
        for county in range(plan.counties_per_city):
            name = f"{_count(city + 1)}市{_stem(county)}县院"
            rows.append((f"C{city + 1:02d}{county + 1:02d}", name, city_id, "county"))
            yearly.append(float(rng.integers(plan.county_year[0], plan.county_year[1] + 1)))
    yearly[-1] = float(plan.small_office_year)
    levels = pl.Enum(["province", "city", "county"])
    schema = {"office_id": pl.String, "name": pl.String, "parent_id": pl.String, "level": levels}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame, np.array(yearly)


def _count(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else _count(tens) + "十")
    return head + ("" if ones == 0 else _COUNTED[ones - 1])


def _stem(index: int) -> str:
    return _STEMS[index] if index < 10 else f"第{_count(index + 1)}"


def _arrivals(yearly: Floats, workday: Flags, month_of_year: Ints, rng: np.random.Generator) -> Ints:
    """Matters registered per office and working day."""
    weight = np.array(ARRIVAL_SEASON)[month_of_year - 1] * workday
    weight[-BEYOND - 1 :] = 0.0
    lively = weight[weight > 0]
    if lively.size == 0:
        return np.zeros((yearly.size, workday.size), dtype=np.int32)
    rate = yearly[:, None] * (lively.size / 249.0 / lively.sum()) * weight[None, :]
    return rng.poisson(rate).astype(np.int32)


def _load(arrivals: Ints, yearly: Floats, month: Ints, months: int) -> Floats:
    """Log of the last three months' arrivals over the usual number, within ±1, per office and month."""
    counts = np.zeros((yearly.size, months))
    for index in range(yearly.size):
        counts[index] = np.bincount(month, weights=arrivals[index], minlength=months)
    running = np.cumsum(np.concatenate((np.zeros((yearly.size, 3)) + yearly[:, None] / 12, counts), axis=1), axis=1)
    recent = running[:, 2:-1] - np.concatenate((np.zeros((yearly.size, 1)), running[:, :-4]), axis=1)
    return np.clip(np.log((recent + 3.0) / (yearly[:, None] / 4 + 3.0)), -1.0, 1.0)


def _effort(load: Floats, months: int, rng: np.random.Generator) -> Floats:
    """How promptly a department works in a month, around 1; row = office × departments + department."""
    offices = load.shape[0]
    office = rng.normal(0.0, CONDUCT.office_spread, offices)
    department = rng.normal(0.0, CONDUCT.department_spread, (offices, len(DEPARTMENTS)))
    steps = rng.normal(0.0, CONDUCT.month_spread, (offices, months))
    wander = np.zeros((offices, months))
    for index in range(1, months):
        wander[:, index] = 0.9 * wander[:, index - 1] + steps[:, index]
    trend = CONDUCT.effort_drift_per_year * np.arange(months) / 12
    monthly = office[:, None] + wander + trend[None, :] - CONDUCT.load_effect * load
    level = monthly[:, None, :] + department[:, :, None]
    return np.clip(np.exp(level), 0.3, 2.2).reshape(offices * len(DEPARTMENTS), months)


def _unlucky(offices: pl.DataFrame) -> Flags:
    """One category in one county (the second) waits longer than its like."""
    flags = np.zeros((offices.height, len(CATEGORY_SHARES)), dtype=np.bool_)
    counties = np.flatnonzero((offices["level"] == "county").to_numpy())
    flags[counties[min(1, counties.size - 1)], list(CATEGORY_SHARES).index(CONDUCT.unlucky_category)] = True
    return flags


def _staff(seat_count: Ints, length: int, rng: np.random.Generator) -> tuple[Ints, tuple[str, ...]]:
    """Who holds each seat on each day; a seat changes hands after an exponential stay."""
    holder = np.zeros((int(seat_count.sum()), length), dtype=np.int32)
    staff: list[str] = []
    for seat in range(holder.shape[0]):
        day = 0
        while day < length:
            stay = 60 + int(rng.exponential(CONDUCT.seat_years * 365))
            holder[seat, day : day + stay] = len(staff)
            staff.append(f"S{len(staff) + 1:04d}")
            day += stay
    return holder, tuple(staff)
