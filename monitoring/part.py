"""What the checks see of some whole matters: a register may be gone through in parts, each looked at once."""

from functools import cached_property

import polars as pl

from data.contract import Register
from data.times import wall


class Part:
    """Some whole matters of a register at the day looked at; views that several checks share are made once."""

    def __init__(self, register: Register, as_of: int) -> None:
        self.register = register
        self.as_of = as_of

    @cached_property
    def first(self) -> pl.DataFrame:
        """The first version of each event known by then, with its times as `on_wall`."""
        events = self.register.events.filter(pl.col("known_from") < self.as_of)
        # Only an event that a version of has ended can have several.
        changed = events.filter(pl.col("known_until").is_not_null())["event_id"].unique()
        several = pl.col("event_id").is_in(changed.implode())
        earliest = events.filter(several).sort("known_from", maintain_order=True)
        found = pl.concat(
            [events.filter(~several), earliest.unique("event_id", keep="first", maintain_order=True)], how="vertical"
        )
        return on_wall(found, self.register.time_zone)

    @cached_property
    def registrations(self) -> pl.DataFrame:
        """Of `first` the registrations: `matter_id`, `occurred` and `known`."""
        told = self.first.select("matter_id", "kind", "occurred", "known")
        return told.filter(pl.col("kind").is_in(["registered", "transferred_in"])).drop("kind")

    @cached_property
    def standing(self) -> pl.DataFrame:
        """The versions that stood then, `at` and `known` (since when they were) in wall-clock microseconds."""
        until = pl.col("known_until")
        events = self.register.events.filter(
            (pl.col("known_from") < self.as_of) & (until.is_null() | (until >= self.as_of))
        )
        zone = self.register.time_zone
        return events.with_columns(at=wall(events["occurred_at"], zone), known=wall(events["known_from"], zone))

    @cached_property
    def offices(self) -> pl.DataFrame:
        """The office of each matter."""
        return self.register.matters.select("matter_id", "office_id")


def on_wall(events: pl.DataFrame, zone: str) -> pl.DataFrame:
    """With `occurred` and `known` (since when it was), in wall-clock microseconds."""
    return events.with_columns(occurred=wall(events["occurred_at"], zone), known=wall(events["known_from"], zone))
