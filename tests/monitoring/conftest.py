"""Small invented registers for the monitors."""

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from data.contract import Attributes, Events, Matters, Register
from data.times import DAY_US, local_midnight

ZONE = "Asia/Shanghai"


def register_of(
    registrations: list[tuple[str, date]], *, lag: int = 0, observed: date, assumed: bool = False
) -> Register:
    """A register holding only `registered` events: (office, day), each known `lag` days later."""
    matters, events = [], []
    for number, (office, day) in enumerate(registrations):
        occurred = local_midnight(day, ZONE)
        matters.append({"matter_id": f"m{number}", "source": "test", "office_id": office, "matter_no": str(number)})
        events.append(
            {
                "event_id": f"e{number}",
                "matter_id": f"m{number}",
                "kind": "registered",
                "occurred_at": occurred,
                "known_at": occurred + lag * DAY_US,
                "known_from": occurred + lag * DAY_US,
                "recorded_at": occurred + lag * DAY_US,
                "batch_id": 1,
                "seq": number,
                "assumed": assumed,
                "people_band": 0,
            }
        )
    offices = sorted({office for office, _ in registrations})
    return Register(
        offices=pl.DataFrame(
            {"office_id": offices, "name": [f"{office}院" for office in offices], "level": ["county"] * len(offices)},
            schema_overrides={"office_id": pl.String, "name": pl.String},
        ),
        matters=pl.DataFrame(matters, schema=dict.fromkeys(Matters.column_names(), pl.String)),
        events=pl.DataFrame(events, schema=Events.create_empty().schema),
        attributes=Attributes.create_empty(),
        observed_until=local_midnight(observed, ZONE),
        time_zone=ZONE,
        roles={"registered": "intake"},
    )


@pytest.fixture
def build() -> Callable[..., Register]:
    """Builds a register of registrations; see `register_of`."""
    return register_of


@pytest.fixture
def empty_register() -> Register:
    """A register of no offices and no matters."""
    return register_of([], observed=date(2026, 1, 1))
