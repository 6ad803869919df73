"""Which events a value comes from: those without which it would be another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from data.contract import Register
from features.build import build_features
from features.feature import Feature, FeatureSet
from features.timing import SHIPPED, Timing

#: The answers at snapshots (matter_id, cutoff), in the order of both: one for each snapshot, each given once.
Answer = Callable[[Register, pl.DataFrame], Sequence[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One event, or dated attribute, and what the value would be had it not been.

    `kind` is a kind's code or an attribute's name, `value` its number or text, instants UTC microseconds.
    """

    kind: str
    attribute: bool
    value: str
    occurred_at: int
    known_from: int
    without: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The value at a cutoff (UTC microseconds), with the events it comes from in order of time."""

    cutoff: int
    value: Any
    made_by: tuple[Made, ...]


def feature_answer(feature: Feature, *, context: pl.DataFrame, timing: Timing = SHIPPED) -> Answer:
    """How a feature answers; `context` is the stored office context (contract.OfficeContext)."""
    chosen = FeatureSet(features=(feature,))

    def answer(register: Register, snapshots: pl.DataFrame) -> Sequence[float]:
        return build_features(register, snapshots, chosen, context=context, timing=timing)[feature.name].to_list()

    return answer


def answers(register: Register, cutoffs: Sequence[int], answer: Answer) -> list[Answered]:
    """The answers for a register of one matter at ascending `cutoffs`, each with the events it comes from.

    The matter is asked once as it is, and once without each version it holds, all in one pass.
    """
    held = [_numbered(frame) for frame in (register.events, register.attributes.filter("usable"))]
    sizes = [frame.height for frame in held]
    base = register.matters.head(1)
    names = [f"{number:06d}" for number in range(sum(sizes) + 1)]
    tried = pl.DataFrame({"try": list(range(len(names))), "matter_id": names})
    parts: list[pl.DataFrame] = []
    for first, frame in zip((1, 1 + sizes[0]), held, strict=True):
        crossed = frame.drop("matter_id").join(tried, how="cross")
        parts.append(crossed.filter(pl.col("try") != pl.col("version") + first))
    matters = base.drop("matter_id").join(tried.select("matter_id"), how="cross").select(register.matters.columns)
    events, attributes = (
        part.select(frame.columns) for part, frame in zip(parts, (register.events, register.attributes), strict=True)
    )
    many = replace(register, matters=matters, events=events, attributes=attributes)
    grid = pl.DataFrame({"cutoff": list(cutoffs)}, schema={"cutoff": pl.Int64})
    snapshots = tried.select("matter_id").join(grid, how="cross").sort("matter_id", "cutoff")
    given = answer(many, snapshots)
    facts = [(row, False) for row in held[0].iter_rows(named=True)] + [
        (row, True) for row in held[1].iter_rows(named=True)
    ]
    width, found = len(cutoffs), list[Answered]()
    for place, cutoff in enumerate(cutoffs):
        value = given[place]
        made = [
            _made(row, attribute=attribute, without=given[(number + 1) * width + place])
            for number, (row, attribute) in enumerate(facts)
            if given[(number + 1) * width + place] != value
        ]
        ordered = sorted(made, key=lambda one: (one.occurred_at, one.known_from, one.kind))
        found.append(Answered(cutoff=cutoff, value=value, made_by=tuple(ordered)))
    return found


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(version=pl.int_range(pl.len(), dtype=pl.Int64))


def _made(row: dict[str, Any], *, attribute: bool, without: Any) -> Made:
    said = (row["text"] if row["text"] is not None else row["number"]) if attribute else None
    return Made(
        kind=row["name"] if attribute else row["kind"],
        attribute=attribute,
        value="" if said is None else str(said),
        occurred_at=row["occurred_at"],
        known_from=row["known_from"],
        without=without,
    )
