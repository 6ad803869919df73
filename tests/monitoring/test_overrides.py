"""Are decisions on lists counted by nobody's name, and is who was right told only where the figures show it."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from data.contract import Register
from data.settings import Settings
from data.times import cutoff_instant
from monitoring.check import Outcome, PastList, Watch
from monitoring.overrides import check_overrides

ZONE = "Asia/Shanghai"
CUTOFF = cutoff_instant(date(2026, 1, 31), ZONE)
IDS = [f"m{i:03}" for i in range(600)]


def _look(
    register: Register, decisions: dict[str, str], hits: set[str], *, offices: int = 1, chance: float = 0.6
) -> Outcome:
    """One matured list of the first 200 of 600 matters, all with the same estimate; the rest nobody was pointed to."""
    listed = IDS[:200]
    entries = pl.DataFrame({"matter_id": listed, "part": "model"}).with_columns(inclusion=pl.lit(None, pl.Float64))
    candidates = pl.DataFrame({"matter_id": IDS, "office_id": "a", "margin": np.zeros(600)}).with_columns(
        chance=pl.lit(chance), chance_low=pl.lit(chance), chance_high=pl.lit(chance)
    )
    past = PastList(screening_id="s1", cutoff=CUTOFF, entries=entries, candidates=candidates, version=1)
    tree = pl.DataFrame({"office_id": list("ab"[:offices]), "name": list("甲乙"[:offices]), "level": "county"})
    made = [{"screening_id": "s1", "matter_id": one, "decision": code} for one, code in decisions.items()]
    watch = Watch(
        register=replace(register, offices=tree, observed_until=cutoff_instant(date(2026, 12, 31), ZONE)),
        settings=Settings(),
        as_of=cutoff_instant(date(2026, 12, 31), ZONE),
        past=(past,),
        labels=pl.DataFrame({"matter_id": IDS, "cutoff": CUTOFF, "label": [int(one in hits) for one in IDS]}),
        decisions=pl.DataFrame(made, schema=dict.fromkeys(("screening_id", "matter_id", "decision"), pl.String)),
    )
    return check_overrides(watch)


def _row(outcome: Outcome, name: str) -> dict[str, Any]:
    return next(row for row in outcome.rows if row["name"] == name)


DOWN = dict.fromkeys(IDS[:80], "reject") | dict.fromkeys(IDS[80:160], "accept") | dict.fromkeys(IDS[160:180], "change")
#: Of those off the list every tenth came back.
FREE = set(IDS[200::10])


def test_the_rate_is_that_of_the_decisions_that_count_and_its_interval_scipy_s(empty_register: Register) -> None:
    row = _row(_look(empty_register, DOWN, FREE), "rejected")
    interval = stats.binomtest(80, 180).proportion_ci(method="wilson")
    assert (row["share"]["hits"], row["share"]["of"]) == (80, 180)
    assert row["share"]["interval"] == pytest.approx([interval.low, interval.high])
    assert "采纳 80，变更 20" in row["said_zh"]


@pytest.mark.parametrize(
    ("came", "said", "told"),
    [
        (60, "the list was right", ["overrides_missed"]),
        (8, "the officers were right", []),  # a tenth, as off the list; six in ten were estimated
        (0, "the officers were right", []),
    ],
)
def test_who_was_right_is_told_where_the_figures_show_it(
    empty_register: Register, came: int, said: str, told: list[str]
) -> None:
    outcome = _look(empty_register, DOWN, FREE | set(IDS[:came]))
    assert said in _row(outcome, "turned_down")["said_en"]
    assert [one.code for one in outcome.findings] == told


def test_neither_is_shown_right_where_the_estimate_was_right_and_others_came_as_often(empty_register: Register) -> None:
    outcome = _look(empty_register, DOWN, FREE | set(IDS[:8]), chance=0.1)
    assert "Not shown to differ" in _row(outcome, "turned_down")["said_en"]
    assert outcome.findings == []


def test_few_turned_down_tell_nothing(empty_register: Register) -> None:
    few = dict.fromkeys(IDS[:12], "reject") | dict.fromkeys(IDS[12:60], "accept")
    outcome = _look(empty_register, few, FREE | set(IDS[:12]))
    assert "Too few to tell" in _row(outcome, "turned_down")["said_en"]
    assert outcome.findings == []


@pytest.mark.parametrize(
    ("down", "taken", "told"), [(100, 20, ["overrides_many"]), (62, 58, []), (0, 120, ["overrides_none"]), (1, 119, [])]
)
def test_a_list_turned_down_or_taken_blindly_is_told(
    empty_register: Register, down: int, taken: int, told: list[str]
) -> None:
    made = dict.fromkeys(IDS[:down], "reject") | dict.fromkeys(IDS[down : down + taken], "accept")
    assert [one.code for one in _look(empty_register, made, set(IDS[:down:10]) | FREE).findings] == told


def test_g13_small_counts_across_offices_are_not_shown(empty_register: Register) -> None:
    made = dict.fromkeys(IDS[:7], "reject") | dict.fromkeys(IDS[7:60], "accept")
    outcome = _look(empty_register, made, FREE | set(IDS[:5]), offices=2)
    for name in ("rejected", "turned_down"):
        row = _row(outcome, name)
        assert row["share"]["masked"]
        assert not any(figure in row["said_en"] for figure in ("53", "7", "%"))


def test_without_decisions_there_is_nothing_to_say(empty_register: Register) -> None:
    assert _look(empty_register, {}, FREE).rows == []
