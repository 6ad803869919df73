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

#: The latest batch, how many matters were ever erased, and some offices: what all facts of a register's year go by.
_State = tuple[int, int, tuple[str, ...]]
_Key = tuple[_State, int]


@dataclass(slots=True)
class Boards:
    """The facts and boards of one process, the latest asked for kept longest; `_latest` years by state."""

    _facts: OrderedDict[_Key, Facts] = field(default_factory=OrderedDict[_Key, Facts])
    _boards: OrderedDict[tuple[_Key, Scope], Board] = field(default_factory=OrderedDict[tuple[_Key, Scope], Board])
    _latest: dict[_State, int] = field(default_factory=dict[_State, int])
    _making: dict[tuple[_State, int | None], threading.Lock] = field(
        default_factory=dict[tuple[_State, int | None], threading.Lock]
    )
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def board(
        self, store: Store, settings: Settings, scope: Scope, offices: Sequence[str], year: int | None = None
    ) -> Board:
        """The board of some offices' year (None, or one to come: the latest) by all that is stored now, for a scope.

        Nothing is kept across an import, a correction, a link or an erasure.  Two readers who ask at once wait for one
        another instead of both reading the register.  Raises TooLittleData where nothing is stored.
        """
        state = (register.latest_batch(store), erasure.erasures(store), tuple(sorted(offices)))
        with self._gate:
            turn = self._making.setdefault((state, year), threading.Lock())
        with turn:
            facts = self._kept(state, year) or self._made(store, settings, state, year)
        key = ((state, facts.year), scope)
        with self._gate:
            found = self._boards.get(key)
            if found is not None:
                self._boards.move_to_end(key)
                return found
        made = make_board(seen_by(facts, held_by(scope, facts.matters)))
        with self._gate:
            self._boards[key] = made
            while len(self._boards) > _KEPT:
                self._boards.popitem(last=False)
        return made

    def own(self, store: Store, settings: Settings, scope: Scope) -> Board | None:
        """The board of the scope's own office and the latest year; None while no ledger stands."""
        try:
            return self.board(store, settings, scope, scope.offices[:1])
        except TooLittleData:
            return None

    def _kept(self, state: _State, year: int | None) -> Facts | None:
        with self._gate:
            latest = self._latest.get(state)
            if latest is None:
                return None
            key = (state, min(year or latest, latest))
            if key in self._facts:
                self._facts.move_to_end(key)
            return self._facts.get(key)

    def _made(self, store: Store, settings: Settings, state: _State, year: int | None) -> Facts:
        whole = register.read_register(store, offices=state[2])
        latest = local_date(whole.observed_until - 1, whole.time_zone).year
        made = make_facts(whole, min(year or latest, latest), timing=timing_of(settings.clock))
        with self._gate:
            if any(one[:2] != state[:2] for one in self._latest):
                self._facts.clear()
                self._boards.clear()
                self._latest.clear()
            self._latest[state] = latest
            self._facts[state, made.year] = made
            while len(self._facts) > 1 and (
                len(self._facts) > _KEPT or sum(len(one.rows) for one in self._facts.values()) > _KEPT_ROWS
            ):
                self._facts.popitem(last=False)
            self._making = {one: lock for one, lock in self._making.items() if one[0][:2] == state[:2]}
        return made
