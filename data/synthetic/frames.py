"""How simulated matters and events become the frames of the contract."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.contract import Attributes, event_uuid, matter_uuid
from data.synthetic.constants import CATEGORY_SHARES, CAUSE_SHARES, DEPARTMENTS, REMEDY_OF
from data.synthetic.entry import Entered
from data.synthetic.matters import Newcomers
from data.synthetic.plan import SyntheticPlan
from data.synthetic.state import KIND_INDEX, V
from data.synthetic.world import BEYOND, Flags, Ints, World
from data.times import local_date, local_midnight
from data.vocabulary import BANDS, CAUSED_BY, FORMS, KINDS, RANKS, SOLVED

#: The source under which a ledger is imported, so that ids agree with those of an import.
SOURCE = "ledger"
_POSTS = (None, "handler", "department", "leader")


def midnights(plan: SyntheticPlan) -> NDArray[np.int64]:
    """UTC microseconds at which each local day begins, from the plan's start to `BEYOND` days past its end."""
    days = range(plan.days + BEYOND + 1)
    return np.array([local_midnight(plan.start + timedelta(days=k), plan.time_zone) for k in days], dtype=np.int64)


def matter_frame(newcomers: Newcomers, happened: NDArray[Any], world: World) -> tuple[pl.DataFrame, Ints]:
    """The matters by contract, and each matter's running number within its office and year."""
    state = newcomers.state
    count = state.shape[1]
    office_ids = np.array(world.offices["office_id"].to_list(), dtype=object)
    office = office_ids[state[V.OFFICE]]
    year = np.array([(world.plan.start + timedelta(days=k)).year for k in range(world.plan.days)])[
        state[V.REGISTERED_ON]
    ]
    number = (
        (
            pl.DataFrame({"office": state[V.OFFICE], "year": year}).select(
                pl.int_range(1, pl.len() + 1).over("office", "year")
            )
        )
        .to_series()
        .to_numpy()
    )
    names = [f"{o}-{y}-{n:05d}" for o, y, n in zip(office, year, number, strict=True)]
    handler = state[V.HANDLER].copy()
    changes = happened[happened["kind"] == KIND_INDEX["handler_changed"]]
    handler[changes["matter"]] = changes["handler"]
    frame = pl.DataFrame(
        {
            "matter_id": [matter_uuid(SOURCE, o, n) for o, n in zip(office, names, strict=True)],
            "source": [SOURCE] * count,
            "office_id": office.tolist(),
            "matter_no": names,
            "department": _coded(state[V.CELL] % len(DEPARTMENTS), DEPARTMENTS),
            "handler": _coded(handler, world.staff),
            "category": _coded(state[V.CATEGORY], tuple(CATEGORY_SHARES)),
            "cause": _coded(state[V.CAUSE], tuple(CAUSE_SHARES)),
            "procedure_path": _coded(state[V.PATH], tuple(REMEDY_OF)),
            "respondent_post": _coded(newcomers.respondent, _POSTS),
        }
    )
    return frame, number.astype(np.int32)


def _coded(code: NDArray[Any], words: tuple[str | None, ...]) -> pl.Series:
    """Words for codes; shape of `code`."""
    return pl.Series(list(words), dtype=pl.String).gather(pl.Series(code.astype(np.int64)))


def event_frame(
    entered: Entered,
    happened: NDArray[Any],
    identity: list[str],
    midnight: NDArray[np.int64],
    plan: SyntheticPlan,
    numbers: Ints,
) -> pl.DataFrame:
    """Versions of events by contract, sorted by matter, day and the file's order."""
    event = entered.event
    # A mistaken entry (pair beyond the events) stands right behind the event at whose place it was entered.
    pair, mistaken = entered.pair % max(1, happened.size), entered.pair >= happened.size
    start = np.searchsorted(happened["matter"], np.arange(len(identity)))
    seq = 2 * (pair - start[event["matter"]] + 1) + mistaken
    seq = np.where(event["kind"] == KIND_INDEX["registered"], 0, seq)
    until = np.where((entered.until >= 0) & (entered.until < plan.days), entered.until, -1)
    frame = pl.DataFrame(
        {
            "row": np.arange(event.size),
            "matter": event["matter"],
            "kind": event["kind"],
            "day": event["day"],
            "own": event["own"],
            "pair": entered.pair,
            "rank": entered.rank,
            "known": entered.known,
            "until": until,
            "seq": seq,
        }
    ).filter(pl.col("known") < plan.days)
    # One entry per matter, kind and day (two versions of one event count as one): the true and uncaused one stays.
    kept = (
        frame.select("matter", "kind", "day", "pair", "rank", "own")
        .sort("matter", "kind", "day", "rank", "own", "pair")
        .unique(["matter", "kind", "day"], keep="first", maintain_order=True)
    )
    frame = frame.join(kept.select("matter", "kind", "day", "pair"), on=["matter", "kind", "day", "pair"], how="semi")
    frame = frame.sort("matter", "day", "seq", "known", "row")
    return _by_contract(frame, event[frame["row"].to_numpy()], identity, midnight, plan, numbers)


def _by_contract(
    frame: pl.DataFrame,
    event: NDArray[Any],
    identity: list[str],
    midnight: NDArray[np.int64],
    plan: SyntheticPlan,
    numbers: Ints,
) -> pl.DataFrame:
    matter, kind, day = event["matter"], event["kind"], event["day"]
    known = midnight[frame["known"].to_numpy()]
    until = frame["until"].to_numpy()
    codes = tuple(each.code for each in KINDS)
    dates = [f"{plan.start + timedelta(days=k)}#0" for k in range(plan.days)]
    ids = [
        event_uuid(SOURCE, identity[m], codes[k], dates[d])
        for m, k, d in zip(matter.tolist(), kind.tolist(), day.tolist(), strict=True)
    ]
    due = event["due"]
    ahead = np.array(
        [local_midnight(plan.start + timedelta(days=k), plan.time_zone) for k in range(plan.days + 120)], dtype=np.int64
    )
    return pl.DataFrame(
        {
            "event_id": ids,
            "matter_id": pl.Series(identity, dtype=pl.String).gather(pl.Series(matter.astype(np.int64))),
            "kind": _coded(kind, codes),
            "occurred_at": midnight[day],
            "known_at": known,
            "known_from": known,
            "known_until": _or_none(midnight[np.maximum(until, 0)], until < 0),
            "recorded_at": np.full(day.size, midnight[plan.days]),
            "batch_id": np.zeros(day.size, dtype=np.int64),
            "seq": frame["seq"].cast(pl.Int64),
            "assumed": np.zeros(day.size, dtype=np.bool_),
            "people_band": event["band"],
            "due_at": _or_none(ahead[np.minimum(due, ahead.size - 1)], due <= 0),
            "amount": _or_none(event["amount"], event["amount"] <= 0),
            "solved": _coded(event["solved"], (None, *SOLVED)),
            "caused_by": _coded(event["caused"], (None, *CAUSED_BY)),
            "document_no": _documents(event, day, numbers, plan),
            "parts_missing": _or_none(event["parts"], event["parts"] < 0),
            "rank": _coded(event["rank"], (None, *RANKS)),
            "form": _coded(event["form"], (None, *FORMS)),
            "officer_level": _coded(event["level"], (None, *BANDS)),
        }
    )


def identified(events: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Events with the identity of their matter, kind and local day (one of a kind a day)."""
    ids = [
        event_uuid(SOURCE, matter, kind, f"{local_date(at, zone)}#0")
        for matter, kind, at in zip(events["matter_id"], events["kind"], events["occurred_at"], strict=True)
    ]
    return events.with_columns(pl.Series("event_id", ids, dtype=pl.String))


def in_order(events: pl.DataFrame, matters: pl.DataFrame) -> pl.DataFrame:
    """Events in the order of the matters, their days and the file's order."""
    place = matters.select("matter_id", place=pl.int_range(pl.len()))
    joined = events.join(place, on="matter_id", how="left", maintain_order="left")
    return joined.sort("place", "occurred_at", "seq", "known_from", maintain_order=True).drop("place")


def _or_none(values: NDArray[Any], missing: Flags) -> pl.Series:
    return pl.Series(values).set(pl.Series(missing), None)


def _documents(event: NDArray[Any], day: Ints, numbers: Ints, plan: SyntheticPlan) -> pl.Series:
    """Invented document numbers: year, running number of the matter, and the day of the year."""
    dates = [plan.start + timedelta(days=k) for k in range(plan.days)]
    with_number = event["document"] > 0
    texts: list[str | None] = [None] * event.size
    for row in np.flatnonzero(with_number).tolist():
        when: date = dates[day[row]]
        texts[row] = f"检复〔{when.year}〕{numbers[event['matter'][row]]}-{when.timetuple().tm_yday}号"
    return pl.Series(texts, dtype=pl.String)


def attribute_frame(
    newcomers: Newcomers, matters: pl.DataFrame, midnight: NDArray[np.int64], plan: SyntheticPlan
) -> pl.DataFrame:
    """What is fixed at registration: category, cause, path, first time, reply possible, day of receipt."""
    state = newcomers.state
    known = midnight[state[V.REGISTERED_ON]]
    texts = {name: matters[name] for name in ("category", "cause", "procedure_path")}
    numbers = {
        "first_time": state[V.FIRST_TIME],
        "reply_possible": state[V.REPLY_POSSIBLE],
        "received_on": (plan.start - date(1970, 1, 1)).days + state[V.RECEIVED_ON],
    }
    common = pl.DataFrame(
        {
            "matter_id": matters["matter_id"],
            "occurred_at": known,
            "known_at": known,
            "known_from": known,
            "recorded_at": np.full(matters.height, midnight[plan.days]),
        }
    ).with_columns(
        known_until=pl.lit(None, pl.Int64),
        batch_id=pl.lit(0, pl.Int64),
        seq=pl.lit(0, pl.Int64),
        assumed=pl.lit(value=False),
        usable=pl.lit(value=True),
    )
    parts = [
        common.with_columns(
            pl.lit(name).alias("name"), texts[name].alias("text"), pl.lit(None, pl.Int64).alias("number")
        )
        for name in texts
    ]
    parts += [
        common.with_columns(
            pl.lit(name).alias("name"),
            pl.lit(None, pl.String).alias("text"),
            pl.Series("number", values.astype(np.int64)),
        )
        for name, values in numbers.items()
    ]
    return pl.concat(parts).select(*Attributes.column_names()).sort("matter_id", "name")
