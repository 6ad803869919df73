"""The batch an invented register comes in by."""

from typing import Any

from data.contract import Register
from data.store.batches import Batch


def batch_of(made: Register, **changes: Any) -> Batch:
    """The whole of a register, as far as it reaches, by nobody in particular; `changes` are fields of the batch."""
    fields: dict[str, Any] = {
        "source": "test",
        "file_sha256": "0" * 64,
        "mapping_name": "ledger",
        "mapping_sha256": "0" * 64,
        "coverage": "full",
        "observed_until": made.observed_until,
        "time_zone": made.time_zone,
        "recorded_at": made.observed_until,
        "recorded_by": "test",
    }
    return Batch(**fields | changes)
