"""What a register held at an earlier instant: what came to be known later, and what ended later, is not there."""

from dataclasses import replace

import polars as pl

from data.contract import Register


def as_known(register: Register, until: int) -> Register:
    """The register as a batch that ends at the instant `until` holds it; done twice it changes nothing more.

    Versions known from `until` on are gone, those that ended from then on stand, links confirmed since are not there,
    and a number none of whose events was known is none.  What is not dated stays as it is: the offices, and which
    share of the numbers was checked for links.
    """
    events = _cut(register.events, until)
    matters = register.matters
    if events is not register.events:
        matters = matters.filter(pl.col("matter_id").is_in(events["matter_id"].unique().implode()))
    return replace(
        register,
        matters=matters,
        events=events,
        attributes=_cut(register.attributes, until),
        links=_cut(register.links, until),
        observed_until=min(register.observed_until, until),
    )


def _cut(frame: pl.DataFrame, until: int) -> pl.DataFrame:
    """The versions known before `until`; the very frame where nothing is later."""
    last = frame.select(pl.max_horizontal(pl.col("known_from").max(), pl.col("known_until").max())).item()
    if last is None or last < until:
        return frame
    ended = pl.col("known_until") < until
    return frame.filter(pl.col("known_from") < until).with_columns(known_until=pl.when(ended).then("known_until"))
