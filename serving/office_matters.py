"""The matters of an office as people look them up: read once in a process, and again after the register changed."""

import threading
from collections import OrderedDict
from weakref import WeakKeyDictionary

import polars as pl

from data.store import register
from data.store.engine import Store
from data.store.mark import register_mark
from data.vocabulary import CATEGORIES, CAUSES
from serving.permissions import Scope

#: Matters one process keeps, some 200 bytes each; the office asked for longest ago goes first.
MOST = 200_000
_KEPT: WeakKeyDictionary[object, OrderedDict[str, tuple[tuple[int, ...], pl.DataFrame]]] = WeakKeyDictionary()
_GATE = threading.Lock()
#: Held while an office's matters are read, so that those who ask at once read them once.
_READING = threading.RLock()


def office_matters(store: Store, office_id: str) -> pl.DataFrame:
    """All matters of an office as they stand now (contract.Matters), by number; nobody changes the frame."""
    mark = register_mark(store)
    if mark is None:
        return _read(store, office_id)
    found = _held(store, office_id, mark)
    if found is not None:
        return found
    with _READING:
        found = _held(store, office_id, mark)
        return _kept(store, office_id, mark) if found is None else found


def _held(store: Store, office_id: str, mark: tuple[int, ...]) -> pl.DataFrame | None:
    with _GATE:
        held = _KEPT.setdefault(store.engine, OrderedDict())
        found = held.get(office_id)
        if found is None or found[0] != mark:
            return None
        held.move_to_end(office_id)
        return found[1]


def _kept(store: Store, office_id: str, mark: tuple[int, ...]) -> pl.DataFrame:
    read = _read(store, office_id)
    with _GATE:
        held = _KEPT[store.engine]
        held[office_id] = (mark, read)
        held.move_to_end(office_id)
        while len(held) > 1 and sum(frame.height for _, frame in held.values()) > MOST:
            held.popitem(last=False)
    return read


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
    wanted = typed.strip().casefold()
    if not wanted:
        return pl.lit(True)
    found = pl.col("matter_no").str.to_lowercase().str.contains(wanted, literal=True)
    for column, table in (("cause", CAUSES), ("category", CATEGORIES)):
        named = [code for code, words in table.items() if any(wanted in word.casefold() for word in words)]
        other = ~pl.col(column).is_in(list(table)) & pl.col(column).str.to_lowercase().str.contains(
            wanted, literal=True
        )
        found |= (pl.col(column).is_in(named) | other).fill_null(value=False)
    return found


def _read(store: Store, office_id: str) -> pl.DataFrame:
    return register.matters_of_office(store, office_id).sort("matter_no", "matter_id")
