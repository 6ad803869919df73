"""Small invented histories, written as one reads them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from data import vocabulary
from data.contract import Attributes, Events, Matters, Offices, Register, event_uuid, matter_uuid
from data.times import cutoff_instant, local_midnight

ZONE = "Asia/Shanghai"
OFFICE = "T01"
EMPTY: dict[str, Any] = {
    "people_band": 0,
    "due_at": None,
    "amount": None,
    "solved": None,
    "caused_by": None,
    "document_no": None,
    "parts_missing": None,
    "rank": None,
    "form": None,
    "officer_level": None,
}


def at(text: str, zone: str = ZONE) -> int:
    """The instant a local day begins, UTC microseconds."""
    return local_midnight(date.fromisoformat(text), zone)


def seen(text: str, zone: str = ZONE) -> int:
    """The cutoff that sees all of a day."""
    return cutoff_instant(date.fromisoformat(text), zone)


def event(day: str, kind: str, *, known: str | None = None, until: str | None = None, **payload: Any) -> dict[str, Any]:
    """One version of an event: its day, kind, the day the office knew (default the same), payload fields."""
    due = payload.pop("due", None)
    row = EMPTY | payload
    if due is not None:
        row["due_at"] = at(due)
    return {"kind": kind, "day": day, "known": known or day, "until": until, **row}


def register_of(
    matters: Mapping[str, Sequence[dict[str, Any]]],
    *,
    attributes: Sequence[tuple[str, str, str | int, str]] = (),
    observed_until: str = "2030-01-01",
    zone: str = ZONE,
    offices: Mapping[str, str] | None = None,
    roles: Mapping[str, str] | None = None,
) -> Register:
    """A register of the given matters (number → events); attributes are (matter no., name, value, known day)."""
    office_of = offices or {}
    ids = {no: matter_uuid("test", office_of.get(no, OFFICE), no) for no in matters}
    events: list[dict[str, Any]] = []
    for no, rows in matters.items():
        for seq, row in enumerate(rows):
            kept = {key: value for key, value in row.items() if key not in ("day", "known", "until")}
            events.append(
                {
                    "event_id": row.get("event_id") or event_uuid("test", ids[no], row["kind"], f"{row['day']}#{seq}"),
                    "matter_id": ids[no],
                    **kept,
                    "occurred_at": at(row["day"], zone),
                    "known_at": at(row["known"], zone),
                    "known_from": at(row["known"], zone),
                    "known_until": None if row["until"] is None else at(row["until"], zone),
                    "recorded_at": 0,
                    "batch_id": 1,
                    "seq": seq,
                    "assumed": False,
                }
            )
    facts = [
        {
            "matter_id": ids[no],
            "name": name,
            "text": value if isinstance(value, str) else None,
            "number": value if isinstance(value, int) else None,
            "occurred_at": at(day, zone),
            "known_at": at(day, zone),
            "known_from": at(day, zone),
            "known_until": None,
            "recorded_at": 0,
            "batch_id": 1,
            "seq": seq,
            "assumed": False,
            "usable": True,
        }
        for seq, (no, name, value, day) in enumerate(attributes)
    ]
    names = sorted({office_of.get(no, OFFICE) for no in matters} | {OFFICE})
    event_schema = Events.create_empty().schema
    return Register(
        offices=Offices.validate(
            pl.DataFrame([{"office_id": name, "name": name, "parent_id": None, "level": "county"} for name in names]),
            cast=True,
        ),
        matters=Matters.validate(
            pl.DataFrame(
                [
                    {
                        "matter_id": ids[no],
                        "source": "test",
                        "office_id": office_of.get(no, OFFICE),
                        "matter_no": no,
                        "department": None,
                        "handler": None,
                        "category": None,
                        "cause": None,
                        "procedure_path": None,
                        "respondent_post": None,
                    }
                    for no in matters
                ],
                schema=Matters.create_empty().schema,
            )
        ),
        events=Events.validate(
            pl.DataFrame([{name: row[name] for name in event_schema} for row in events], schema=event_schema)
        ),
        attributes=Attributes.validate(pl.DataFrame(facts, schema=Attributes.create_empty().schema)),
        observed_until=at(observed_until, zone),
        time_zone=zone,
        roles={kind.code: kind.role.value for kind in vocabulary.KINDS} | dict(roles or {}),
    )


def snapshots(register: Register, *cutoffs: int) -> pl.DataFrame:
    """Every matter of the register at every cutoff."""
    return register.matters.select("matter_id").join(
        pl.DataFrame({"cutoff": list(cutoffs)}, schema={"cutoff": pl.Int64}), how="cross"
    )


def day_after(text: str, days: int) -> str:
    """The day `days` later."""
    return (date.fromisoformat(text) + timedelta(days=days)).isoformat()
