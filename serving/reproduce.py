"""Whether a list made earlier comes out again: by the model, batch and settings of then, to the same hash."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from data.settings import Settings
from data.store import desk_grades, models
from data.store.by_part import Parts, read_parts
from data.store.engine import Store
from data.store.register import office_tree
from data.store.screenings import Screening, find_screening, read_screenings
from data.times import cutoff_day
from serving.champion import load_champion
from serving.histories import Histories
from serving.office_rows import ensure_context
from serving.permissions import offices_below
from serving.ranking import Asked, look_at, ranked
from training.sweep_list import list_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduced:
    """The hash an earlier list was issued with, and the one of the list made again."""

    screening_id: str
    cutoff: int
    scope: str
    batch_id: int
    model_version: int | None
    issued: str
    again: str

    @property
    def same(self) -> bool:
        """Whether it came out again."""
        return self.issued == self.again

    def as_dict(self, time_zone: str) -> dict[str, Any]:
        """The outcome for JSON."""
        return {
            "screening_id": self.screening_id,
            "cutoff": cutoff_day(self.cutoff, time_zone).isoformat(),
            "scope": self.scope,
            "batch_id": self.batch_id,
            "model_version": self.model_version,
            "list_hash": self.issued,
            "again": self.again,
            "same": self.same,
        }


def reproduce(store: Store, settings: Settings, state: Path, which: str) -> Reproduced:
    """Make the list of an issued screening (its id, or the hash it was issued with) again and compare.

    Nothing is written.  Cohort, list and clock settings are those stored with it, the register is that of its batch,
    and the model its own: retired ones are kept and held to the SHA-256 of their approval.  Raises NotFound for an
    unknown screening, StoreError or NotAllowed where its model is missing or altered.
    """
    named = [one.screening_id for one in read_screenings(store) if one.list_hash == which]
    done = find_screening(store, named[0] if named else which)
    return Reproduced(
        screening_id=done.screening_id,
        cutoff=done.cutoff,
        scope=done.scope,
        batch_id=done.batch_id,
        model_version=done.model_version,
        issued=done.list_hash or "",
        again=list_hash(made_again(store, settings, state, done)[0]),
    )


def made_again(
    store: Store, settings: Settings, state: Path, done: Screening, parts: Parts | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The entries and the feature log that the register, model and settings of a screening give; raises alike.

    `parts`: the register of its batch, where it is held already.
    """
    histories = Histories(read_parts(store, batch_id=done.batch_id) if parts is None else parts)
    asked, context = asked_again(store, settings, state, done, histories)
    looked = [look_at(part, context, asked, history=history) for part, history in histories]
    found = ranked(histories.head, [one.candidates for one in looked], asked)
    return found.entries, pl.concat([one.log for one in looked])


def asked_again(
    store: Store, settings: Settings, state: Path, done: Screening, histories: Histories
) -> tuple[Asked, pl.DataFrame]:
    """What the list of a screening was asked for, and the office context of then; `histories` are of its batch.

    Raises NotAllowed or StoreError where its model is missing or altered.
    """
    kept = Settings.model_validate(settings.model_dump() | dict(done.settings))
    version = done.model_version
    champion = None if version is None else load_champion(state, models.find_model(store, version))
    context = ensure_context(store, kept, batch_id=done.batch_id, histories=histories, keep=False)
    offices = (done.scope, *offices_below(office_tree(store), done.scope))
    graded = int((done.summary or {}).get("desk_grades", 0))
    desk = desk_grades.standing_before(store, done.cutoff, up_to=graded)
    return Asked(cutoff=done.cutoff, offices=offices, champion=champion, settings=kept, desk=desk), context
