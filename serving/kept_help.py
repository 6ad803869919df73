"""Which matters were helped after the screenings of the past, kept once the time for it has passed."""

from dataclasses import dataclass, field

import polars as pl

from data.contract import Register
from data.settings import LabelSettings
from data.store import snapshots
from data.store.engine import Store
from training.help_given import helped_after, is_over

#: Stands for a screening that has no id yet.
_THIS = ""
_NOTHING = pl.DataFrame(schema={"matter_id": pl.String, "helped_after": pl.Boolean})


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The matters of screenings of which it can be known by now whether they were helped, by screening.

    `now` is the cutoff of one not yet issued that is looked back on already: all matters are looked at for it.
    `seen` are the answers found so far, part by part of the register.
    """

    store: Store
    matters: dict[str, pl.DataFrame]
    now: int | None
    seen: dict[str, list[pl.DataFrame]] = field(default_factory=dict[str, list[pl.DataFrame]])

    def look_at(self, part: Register) -> None:
        """Find who was helped among the matters of a part."""
        here = part.matters["matter_id"]
        asked = {one: rows.filter(pl.col("matter_id").is_in(here.implode())) for one, rows in self.matters.items()}
        if self.now is not None:
            asked[_THIS] = here.to_frame().with_columns(cutoff=pl.lit(self.now, pl.Int64))
        for screening_id, rows in asked.items():
            if rows.height:
                self.seen.setdefault(screening_id, []).append(helped_after(part, rows))

    def keep(self, screening_id: str | None = None, rows: pl.DataFrame | None = None) -> int:
        """Keep what was found, also of the screening just issued with the matters it looked at (`rows`).

        A matter that is no more was not helped.  Returns of how many screenings.
        """
        kept = dict(self.matters)
        if self.now is not None and screening_id is not None and rows is not None:
            kept[screening_id] = rows
            self.seen[screening_id] = self.seen.pop(_THIS, [])
        for one, looked_at in kept.items():
            found = pl.concat([_NOTHING, *(part.select(_NOTHING.columns) for part in self.seen.get(one, []))])
            helped = looked_at.select("matter_id").join(found, on="matter_id", how="left")
            snapshots.keep_helped(self.store, one, helped.with_columns(pl.col("helped_after").fill_null(value=False)))
        return len(kept)


def waiting_for_help(store: Store, settings: LabelSettings, head: Register, *, cutoff: int | None = None) -> Waiting:
    """The screenings whose help can be known by now; `head` says how far the register reaches.

    `cutoff`: of a screening about to be made, which may lie so far back that its help is known too.
    """
    ready = [found for found in snapshots.waiting_for_help(store) if is_over(head, found[1], settings)]
    return Waiting(
        store=store,
        matters={
            screening_id: pl.DataFrame(
                {"matter_id": snapshots.unhelped_yet(store, screening_id)}, schema={"matter_id": pl.String}
            ).with_columns(cutoff=pl.lit(cutoff_, pl.Int64))
            for screening_id, cutoff_ in ready
        },
        now=cutoff if cutoff is not None and is_over(head, cutoff, settings) else None,
    )
