"""Which matters were helped after the screenings of the past, kept once the time for it has passed."""

import polars as pl

from data.contract import Register
from data.settings import LabelSettings
from data.store import snapshots
from data.store.engine import Store
from training.help_given import helped_after, is_over


def keep_help(store: Store, settings: LabelSettings, register: Register) -> int:
    """Keep who was helped after each screening whose help can be known by now; returns of how many screenings.

    What was kept before stays, whatever the ledger says later; a second run finds nothing left to do.
    """
    kept = 0
    for screening_id, cutoff in snapshots.waiting_for_help(store):
        if not is_over(register, cutoff, settings):
            continue
        rows = pl.DataFrame({"matter_id": snapshots.unhelped_yet(store, screening_id)}).with_columns(cutoff=cutoff)
        snapshots.keep_helped(store, screening_id, helped_after(register, rows))
        kept += 1
    return kept
