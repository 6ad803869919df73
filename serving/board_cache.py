"""The facts of the boards people look at, made once for each batch, offices and year, and shared by all readers."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from data.errors import TooLittleData
from data.settings import Settings
from data.store import erasure, register
from data.store.engine import Store
from data.times import local_date
from features.timing import timing_of
from serving.board_facts import Facts, make_facts
from serving.boards import Board, held_by, make_board, seen_by
from serving.permissions import Scope

#: What one process keeps: a county's facts are some kilobytes, a province of 100,000 matters about 60 MB.
_KEPT = 24
_KEPT_ROWS = 4_000_000

_Key = tuple[int, int, tuple[str, ...], int | None]


@dataclass(slots=True)
class Boards:
    """The facts of one process, the latest asked for kept longest."""

    _facts: OrderedDict[_Key, Facts] = field(default_factory=OrderedDict[_Key, Facts])
    _boards: OrderedDict[tuple[int, Scope], tuple[Facts, Board]] = field(
        default_factory=OrderedDict[tuple[int, Scope], tuple[Facts, Board]]
    )
    _making: dict[_Key, threading.Lock] = field(default_factory=dict[_Key, threading.Lock])
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def facts(self, store: Store, settings: Settings, offices: Sequence[str], year: int | None) -> Facts:
        """The facts of some offices' year (None, or one to come: the latest) by all that is stored now.

        Nothing is kept across an import, a correction, a link or an erasure.  Two readers who ask at once wait for one
        another instead of both reading the register.  Raises TooLittleData where nothing is stored.
        """
        key = (register.latest_batch(store), erasure.erasures(store), tuple(sorted(offices)), year)
        with self._gate:
            turn = self._making.setdefault(key, threading.Lock())
        with turn:
            found = self._kept(key)
            if found is None:
                whole = register.read_register(store, offices=offices)
                latest = local_date(whole.observed_until - 1, whole.time_zone).year
                found = make_facts(whole, min(year or latest, latest), timing=timing_of(settings.clock))
                self._keep(key, found)
        return found

    def board(self, facts: Facts, scope: Scope) -> Board:
        """The board of kept facts for a scope, made once as long as the facts are kept."""
        key = (id(facts), scope)
        found = self._boards.get(key)
        if found is None or found[0] is not facts:
            mine = seen_by(facts, held_by(scope, facts.matters))
            found = (facts, make_board(mine))
            with self._gate:
                while len(self._boards) >= _KEPT:
                    self._boards.popitem(last=False)
                self._boards[key] = found
        return found[1]

    def own(self, store: Store, settings: Settings, scope: Scope) -> Board | None:
        """The board of the scope's own office and the latest year; None while no ledger stands."""
        try:
            return self.board(self.facts(store, settings, scope.offices[:1], None), scope)
        except TooLittleData:
            return None

    def _kept(self, key: _Key) -> Facts | None:
        with self._gate:
            if key in self._facts:
                self._facts.move_to_end(key)
            return self._facts.get(key)

    def _keep(self, key: _Key, found: Facts) -> None:
        with self._gate:
            if any(one[:2] != key[:2] for one in self._facts):
                self._facts.clear()
                self._boards.clear()
            self._facts[key] = found
            while len(self._facts) > 1 and (
                len(self._facts) > _KEPT or sum(len(one.rows) for one in self._facts.values()) > _KEPT_ROWS
            ):
                self._facts.popitem(last=False)
            self._making = {one: lock for one, lock in self._making.items() if one[:2] == key[:2]}
