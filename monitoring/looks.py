"""All that the checks look at in a part of a register, so that it need be gone through only once."""

from collections.abc import Callable

import polars as pl

from monitoring.check import Look, Watch
from monitoring.cohorts import helped_after, listed_in
from monitoring.data_quality import tallied
from monitoring.follow_through import held_since, times_of_help
from monitoring.gaming import pressed
from monitoring.groups import first_contacts, received
from monitoring.harm import chosen_of, deeds
from monitoring.inflow import alive, happened
from monitoring.lists import loads
from monitoring.missingness import cells, described
from monitoring.volume import registered

LOOKS: tuple[Look, ...] = (
    tallied,
    registered,
    cells,
    described,
    happened,
    alive,
    helped_after,
    times_of_help,
    held_since,
    loads,
    received,
    first_contacts,
    pressed,
    deeds,
)

#: What looks read of the lists, the same for every part.
PREPARED: tuple[Callable[[Watch], pl.DataFrame], ...] = (listed_in, chosen_of)
