"""The measures over what a matter is and where it stands: dated attributes, and its office's stored context."""

from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from data.errors import SettingsError
from features.kernel import Floats, View
from features.order import Ints


@dataclass(frozen=True, slots=True)
class AttributeNumber:
    """A dated attribute's number as last known at the cutoff, `empty` before; times `scale`."""

    name: str
    empty: float = 0.0
    scale: float = 1.0

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,)."""
        last = view.last((f"attribute:{self.name}",))
        return view.at(view.history.number, last, 0) * self.scale + np.where(last >= 0, 0.0, self.empty)


@dataclass(frozen=True, slots=True)
class AttributeMax:
    """The largest number a dated attribute has had by the cutoff, `empty` where it had none; times `scale`."""

    name: str
    empty: float = 0.0
    scale: float = 1.0

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,)."""
        row, version = view.pairs_of((f"attribute:{self.name}",))
        largest = np.full(view.rows, np.iinfo(np.int64).min)
        np.maximum.at(largest, row, view.history.number[version])
        return np.where(largest > np.iinfo(np.int64).min, largest * self.scale, self.empty)


@dataclass(frozen=True, slots=True)
class AttributeCode:
    """A dated attribute's text as 1 + its place in `levels`, 0 where it has none or an unlisted one."""

    name: str
    levels: tuple[str, ...]

    def evaluate(self, view: View) -> Ints:
        """Shape (rows,), 0..len(levels)."""
        place = {text: number for number, text in enumerate(self.levels, start=1)}
        table = np.array([0, *(place.get(text, 0) for text in view.history.texts)], dtype=np.int64)
        return table[view.at(view.history.code, view.last((f"attribute:{self.name}",)), -1).astype(np.int64) + 1]


@dataclass(frozen=True, slots=True)
class Office:
    """A column of the stored row of (office, category, month) that stands at the cutoff; joined at the door."""

    column: str

    def evaluate(self, view: View) -> Floats:
        """Shape (rows,); refused where `build_features` was given no context."""
        return view.keep(("office", self.column), no_context)


def no_context() -> NoReturn:
    """Raise SettingsError: a feature needs the stored office context and nobody gave it."""
    raise SettingsError(
        "office_context_missing",
        "特征需要办理单位月度背景数据，调用时未提供",
        "these features need the stored office context, and none was given",
    )
