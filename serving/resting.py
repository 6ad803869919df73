"""Which events of a matter the reasons of its card rest on: those without which the reason would say another figure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from data.contract import Register
from features.feature import FeatureSet, Measure
from features.made_by import Made, answers
from features.point_sheet import FACTORS
from features.snapshots import make_view
from features.timing import Timing
from serving.card import Card

#: The registration makes every figure; it is the ground of none.
_EVERY = frozenset({"registered", "transferred_in"})
_OF_SHEET = {factor.code: factor.measure for factor in FACTORS}


def rests_on(
    card: Card, found: Register, seen: pl.DataFrame, codes: Sequence[str], features: FeatureSet | None, timing: Timing
) -> dict[str, list[Made]]:
    """The events (of `seen`, contract.Events) under each of some reasons of a card, by the reason's code, oldest first.

    A code is a feature's name of `features`, two of them joined by "×", or a factor of the point sheet; for any other
    there is nothing to ask and nothing is told.
    """
    measures = {code: asked for code in codes if (asked := _measures(code, features))}
    if not measures or seen.is_empty():
        return {}
    whole = replace(found, events=seen)
    every = [measure for asked in measures.values() for measure in asked]

    def answer(register: Register, snapshots: pl.DataFrame) -> list[tuple[float, ...]]:
        view, _ = make_view(register, snapshots, timing=timing)
        columns = [measure.evaluate(view).tolist() for measure in every]
        return list(zip(*columns, strict=True))

    (told,) = answers(whole, [card.as_of], answer)
    resting: dict[str, list[Made]] = {}
    place = 0
    for code, asked in measures.items():
        mine = slice(place, place + len(asked))
        place += len(asked)
        resting[code] = [
            one
            for one in told.made_by
            if not one.attribute and one.kind not in _EVERY and one.without[mine] != told.value[mine]
        ]
    return resting


def _measures(code: str, features: FeatureSet | None) -> list[Measure]:
    known: Mapping[str, Measure] = {} if features is None else {one.name: one.measure for one in features}
    if features is None:
        measure = _OF_SHEET.get(code)
        return [] if measure is None else [measure]
    return [known[name] for name in code.split(" × ") if name in known]
