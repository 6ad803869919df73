"""The matters of an office as people look them up: read once in a process, and again after the register changed."""

from weakref import WeakKeyDictionary

import polars as pl

from data.store import register
from data.store.engine import Store
from data.store.mark import register_mark
from data.vocabulary import CATEGORIES, CAUSES
from serving.kept import Kept
from serving.permissions import Scope
from serving.seek import wanted

#: Matters one process keeps, some 200 bytes each; the office asked for longest ago goes first.
MOST = 200_000
_KEPT: WeakKeyDictionary[object, Kept[str, pl.DataFrame]] = WeakKeyDictionary()


def office_matters(store: Store, office_id: str) -> pl.DataFrame:
    """All matters of an office as they stand now (contract.Matters), by number; nobody changes the frame."""
    kept = _KEPT.setdefault(store.engine, Kept(most=MOST, weigh=lambda frame: frame.height))
    return kept.of(office_id, register_mark(store), lambda: _read(store, office_id))


def seen_by(scope: Scope) -> pl.Expr:
    """Which rows of contract.Matters a scope holds: `Scope.holds` of each row's place."""
    held = pl.col("office_id").is_in(list(scope.offices))
    if scope.department is not None:
        held &= pl.col("department").eq_missing(pl.lit(scope.department))
    if scope.handler is not None:
        held &= pl.col("handler").eq_missing(pl.lit(scope.handler))
    if scope.not_post is not None:
        own = (pl.col("office_id") == scope.offices[0]) & (pl.col("respondent_post").eq_missing(pl.lit(scope.not_post)))
        held &= ~own
    return held


def sought_by(typed: str) -> pl.Expr:
    """Which rows of contract.Matters answer to what was typed: `seek.sought` of each row."""
    asked = wanted(typed)
    if not asked:
        return pl.lit(True)
    found = pl.col("matter_no").str.to_lowercase().str.contains(asked, literal=True)
    for column, table in (("cause", CAUSES), ("category", CATEGORIES)):
        named = [code for code, words in table.items() if any(asked in word.casefold() for word in words)]
        other = ~pl.col(column).is_in(list(table)) & pl.col(column).str.to_lowercase().str.contains(asked, literal=True)
        found |= (pl.col(column).is_in(named) | other).fill_null(value=False)
    return found


def _read(store: Store, office_id: str) -> pl.DataFrame:
    return register.matters_of_office(store, office_id).sort("matter_no", "matter_id")
