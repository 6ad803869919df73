"""Which integer a kind of event or a dated attribute has in a history, and which integers a group of kinds means."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data import vocabulary
from data.contract import Register

T = TypeVar("T")

#: Contacts that our own act or a remedy brought about: on the timeline, in no measure.
CAUSED = "caused_contact"
#: A progress reply with a document number; without one it is no substantive contact.
DOCUMENTED = "progress_reply_documented"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindIndex:
    """Which integer a kind has, and which integers a group of kinds means."""

    ids: dict[str, int]
    groups: dict[str, tuple[int, ...]]
    _kept: dict[Any, Any] = field(default_factory=dict[Any, Any])

    def keep(self, key: Any, make: Callable[[], T]) -> T:
        """The value under `key`, made once for these kinds: tables that many views share."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def of(self, names: Sequence[str]) -> tuple[int, ...]:
        """The sorted ids of kinds, groups (role names, `substantive_contact`) and `attribute:NAME`s; unknown: none."""
        found: set[int] = set()
        for name in names:
            if name in self.groups:
                found.update(self.groups[name])
            elif name in self.ids:
                found.add(self.ids[name])
        return tuple(sorted(found))

    def flags(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """For each kind id whether it is one of `names`; made once a set of names. Shape (kinds,)."""
        key = tuple(names)

        def make() -> NDArray[np.bool_]:
            chosen = np.zeros(len(self.ids), dtype=bool)
            chosen[list(self.of(names))] = True
            return chosen

        return self.keep(key, make)

    def table(self, groups: tuple[tuple[str, ...], ...]) -> NDArray[np.bool_]:
        """The flags of several groups of names. Shape (groups, kinds)."""
        return self.keep(("table", groups), lambda: np.array([self.flags(names) for names in groups]))


def register_kinds(register: Register) -> KindIndex:
    """The kinds of a register and its dated attributes; the same object for registers that have the same."""
    names = register.attributes.lazy().filter("usable").select(pl.col("name").unique().sort()).collect()
    return kind_index(tuple(sorted(register.roles.items())), tuple(names["name"]))


@lru_cache(maxsize=64)
def kind_index(role_items: tuple[tuple[str, str], ...], attributes: tuple[str, ...]) -> KindIndex:
    """Ids and groups for some kinds (pairs of kind and role) and dated attributes, made once."""
    roles = role_of(dict(role_items))
    codes = sorted(roles)
    names = [*codes, CAUSED, DOCUMENTED, *(f"attribute:{name}" for name in attributes)]
    ids = {name: number for number, name in enumerate(names)}
    groups: dict[str, tuple[int, ...]] = {
        role.value: tuple(ids[code] for code in codes if roles[code] == role.value) for role in vocabulary.Role
    }
    # A documented progress reply is a reply like any other; a caused contact is no contact.
    groups["reply"] = (*groups["reply"], ids[DOCUMENTED])
    groups["progress_reply"] = (ids["progress_reply"], ids[DOCUMENTED])
    groups["substantive_contact"] = (*(ids[code] for code in vocabulary.SUBSTANTIVE), ids[DOCUMENTED])
    groups["raised_again"] = (*groups["contact"], *groups["from_above"])
    # Being urged is no step of the one who is urged.
    groups["own_step"] = (*(one for one in groups["intake"] if one != ids["urged"]), *groups["reply"])
    groups["remedy_started"] = tuple(one for one in groups["remedy"] if one != ids["remedy_answered"])
    groups["closers"] = tuple(ids[code] for code in vocabulary.CLOSERS)
    return KindIndex(ids=ids, groups=groups)


def raised_kinds(roles: Mapping[str, str]) -> list[str]:
    """The kinds by which a matter is raised again, of the shipped ones and those a register adds (code and role)."""
    return [code for code, role in role_of(roles).items() if role in ("contact", "from_above")]


def role_of(roles: Mapping[str, str]) -> dict[str, str]:
    """The role of every shipped kind and of those a register adds."""
    return {kind.code: kind.role.value for kind in vocabulary.KINDS} | dict(roles)
