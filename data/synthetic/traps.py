"""What the planted traps change in a finished register: what is no longer entered, comes later, or is added."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

from data.contract import Register
from data.synthetic.constants import TRAPS
from data.synthetic.frames import identified, in_order
from data.synthetic.plan import SyntheticPlan
from data.times import DAY_US, local_midnight
from data.vocabulary import KIND, Role

#: What our office does for a matter, and how it ends: what comes later once a flag slows the matter down.
_OURS = [kind.code for kind in KIND.values() if kind.role in (Role.REPLY, Role.RATING, Role.END)]


def plant(register: Register, plan: SyntheticPlan) -> Register:
    """The register with the traps of `plan` that the simulation itself does not carry; without any, as it is.

    The other traps (policy_change, label_shift, slow_decay, unlucky_group) change what happens and are already in
    it; new_code shows only where a ledger is written.
    """
    traps = plan.traps
    if traps.silent_channel is not None:
        register = _silent_channel(register, _instant(traps.silent_channel, plan))
    if traps.silent_office is not None:
        register = _silent_office(register, _instant(traps.silent_office, plan))
    if traps.hasty_end is not None:
        register = _hasty_ends(register, _instant(traps.hasty_end, plan), plan)
    if traps.flagged:
        register = _delayed(register, plan)
    return register


def _instant(day: date, plan: SyntheticPlan) -> int:
    return local_midnight(day, plan.time_zone)


def _silent_channel(register: Register, since: int) -> Register:
    """Nothing by the channel is entered any more; matters first raised by it are never registered."""
    contacts = register.events.filter(pl.col("occurred_at") >= since, pl.col("kind") == TRAPS.silent_channel)
    first = register.events.filter(pl.col("kind") == "registered", pl.col("occurred_at") >= since)
    lost = first.join(contacts, on=["matter_id"], how="inner").filter(
        pl.col("occurred_at_right") <= pl.col("occurred_at")
    )
    kept = register.events.join(contacts, on=["event_id", "known_from"], how="anti", maintain_order="left")
    return _without(replace(register, events=kept), lost["matter_id"].unique())


def _silent_office(register: Register, since: int) -> Register:
    """The first county registers nothing from `since` on; what it has registered it goes on handling."""
    office = register.offices.filter(pl.col("level") == "county")["office_id"][0]
    late = register.events.filter(pl.col("kind") == "registered", pl.col("occurred_at") >= since)["matter_id"]
    mine = register.matters.filter(pl.col("office_id") == office)["matter_id"]
    return _without(register, mine.filter(mine.is_in(late.implode())))


def _without(register: Register, gone: pl.Series) -> Register:
    stays = ~pl.col("matter_id").is_in(gone.implode())
    return replace(
        register,
        matters=register.matters.filter(stays),
        events=register.events.filter(stays),
        attributes=register.attributes.filter(stays),
    )


def _hasty_ends(register: Register, since: int, plan: SyntheticPlan) -> Register:
    """Nearly every payment of aid is followed within days by the person's own statement, entered with it."""
    rng = np.random.default_rng([plan.seed, 1])
    low, high = TRAPS.hasty_days
    paid = register.events.filter(
        pl.col("kind") == "aid_paid", pl.col("occurred_at") >= since, pl.col("known_until").is_null()
    )
    drawn = paid.filter(pl.Series(rng.random(paid.height) < TRAPS.hasty_share, dtype=pl.Boolean))
    after = pl.Series(rng.integers(low, high + 1, drawn.height)) * DAY_US
    said = drawn.with_columns(
        pl.lit("accepted_by_person").alias("kind"),
        pl.col("occurred_at") + after,
        pl.max_horizontal(pl.col("known_from"), pl.col("occurred_at") + after).alias("known_from"),
        pl.lit(None, pl.Int64).alias("amount"),
        pl.lit(None, pl.String).alias("document_no"),
    ).with_columns(pl.col("known_from").alias("known_at"))
    said = identified(said, plan.time_zone).filter(pl.col("known_from") < register.observed_until)
    new = said.join(register.events, on="event_id", how="anti")
    return replace(register, events=in_order(pl.concat([register.events, new]), register.matters))


def _delayed(register: Register, plan: SyntheticPlan) -> Register:
    """From its flag on, every reply, rating and end of a flagged matter comes `TRAPS.flagged_days` later."""
    flags = pl.DataFrame(
        {
            "matter_id": [matter for matter, _ in plan.traps.flagged],
            "flagged_at": [_instant(day, plan) for _, day in plan.traps.flagged],
        },
        schema={"matter_id": pl.String, "flagged_at": pl.Int64},
    ).unique("matter_id", keep="first", maintain_order=True)
    joined = register.events.join(flags, on="matter_id", how="left", maintain_order="left")
    late = (pl.col("kind").is_in(_OURS) & (pl.col("occurred_at") >= pl.col("flagged_at"))).fill_null(value=False)
    shift = TRAPS.flagged_days * DAY_US
    columns = register.events.columns
    moved = (
        joined.filter(late)
        .select(columns)
        .with_columns(pl.col("occurred_at", "known_at", "known_from", "known_until") + shift)
    )
    moved = moved.with_columns(
        pl.when(pl.col("known_until") < register.observed_until).then("known_until").alias("known_until")
    ).filter(pl.col("known_from") < register.observed_until)
    kept = joined.filter(~late).select(columns)
    new = identified(moved, plan.time_zone)
    # Two events of one kind on one day are one: where another stands already, nothing is added.
    everything = pl.concat([kept, new.join(kept, on="event_id", how="anti")])
    return replace(register, events=in_order(everything, register.matters))
