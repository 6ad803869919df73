"""What a bench prints: figures beside their goals, one JSON line."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

_VERSIONS = ("polars", "numpy", "scikit-learn", "mlflow", "sqlalchemy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One figure; `goal` is what it should reach (None: for the record) and `above` whether larger is better."""

    name: str
    value: float | None
    unit: str
    goal: float | None = None
    above: bool = True
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none or nothing was measured."""
        if self.goal is None or self.value is None:
            return None
        return self.value >= self.goal if self.above else self.value <= self.goal

    def as_dict(self) -> dict[str, Any]:
        """The figure as the JSON line has it."""
        body: dict[str, Any] = {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "goal": self.goal,
            "met": self.met,
        }
        if self.low is not None and self.high is not None:
            body["interval"] = [self.low, self.high]
        if self.note:
            body["note"] = self.note
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchResult:
    """A bench with its figures."""

    bench: str
    seed: list[int]
    figures: Sequence[Measured]

    def as_dict(self) -> dict[str, Any]:
        """The one JSON line."""
        return {
            "bench": self.bench,
            "machine": {"cores": os.cpu_count(), "cpu": platform.machine(), "python": platform.python_version()},
            "versions": {name: version(name) for name in _VERSIONS},
            "seed": self.seed,
            "figures": [figure.as_dict() for figure in self.figures],
        }

    def lines(self) -> list[str]:
        """The figures for people, one a line."""
        lines: list[str] = []
        for figure in self.figures:
            value = "-" if figure.value is None else f"{figure.value:.4g}"
            span = "" if figure.low is None or figure.high is None else f" [{figure.low:.4g}, {figure.high:.4g}]"
            goal = "" if figure.goal is None else f"  goal {'≥' if figure.above else '≤'} {figure.goal:g}"
            met = {True: "  met", False: "  MISSED", None: ""}[figure.met]
            lines.append(f"{figure.name:<60}{value}{span} {figure.unit}{goal}{met}  {figure.note}".rstrip())
        return lines
