"""The back-test bench: seeds pooled as independent provinces, the visible oracle, refusals in words."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from data.settings import LearningSettings, Settings
from data.synthetic import SyntheticPlan, make_register
from serving.bench import backtest as bench
from training.estimators import READABLE
from training.metrics import Sample
from training.run import train

SETTINGS = Settings(demo=True, learning=LearningSettings(bootstrap=100))


def _run(ours: float, theirs: float, spread: float) -> Any:
    draws = np.random.default_rng(1).normal(0.0, spread, 400)
    fixed = Sample(value=theirs, draws=np.full(400, theirs))
    mine = Sample(value=ours, draws=ours + draws)
    return bench.Run(
        figures=(),
        visible=None,
        grounds="",
        samples={
            READABLE: dict.fromkeys(("precision_at_k", "episode_recall"), mine),
            **{f"B{number}": dict.fromkeys(("precision_at_k", "episode_recall"), fixed) for number in range(7)},
        },
        probability=np.full(100, 0.2),
        label=np.repeat([1.0, 0.0], [20, 80]),
        passed=True,
    )


@pytest.mark.parametrize(("lead", "verdict"), [(0.10, "ahead"), (0.01, "not shown to differ"), (-0.10, "behind")])
def test_the_lead_over_the_best_baseline_is_judged_over_all_seeds(lead: float, verdict: str) -> None:
    found = bench.over_seeds([_run(0.2 + lead, 0.2, 0.02) for _ in range(3)])
    lines = {figure.name: figure for figure in found}
    pooled = lines["scorecard - best baseline B0: episode_recall, 3 seeds"]
    assert pooled.value == pytest.approx(lead)
    assert pooled.note.startswith(verdict)
    assert lines["lower bound of that lead: episode_recall"].met is (verdict == "ahead")
    assert lines["registers whose gate passed"].value == 3


def test_calibration_is_pooled_and_says_how_few_snapshots_there_are() -> None:
    found = bench.calibration_of([_run(0.3, 0.2, 0.01), _run(0.3, 0.2, 0.01)])
    assert found.value == pytest.approx(0.0, abs=0.5)
    assert "200 snapshots, fewer than the 50,000 asked for" in found.note


@pytest.mark.slow
def test_the_visible_oracle_fills_whole_lists_and_the_refusals_are_said() -> None:
    made = make_register(SyntheticPlan(seed=2, cities=1, counties_per_city=3))
    data = bench.province(made, SETTINGS)
    outcome = train(data, SETTINGS, seed=1, candidates=(READABLE,))
    matters, learnt, episodes = (figure.value for figure in bench._sizes(2, made, data, outcome.test))
    assert matters == made.register.matters.height
    assert learnt is not None
    assert 0 < learnt < matters
    assert episodes == outcome.test.panel.episode_matter.size > 0
    seen = bench.visible(made, outcome, 20)
    assert 1.0 <= seen.effective <= 20.0
    kept = [replace(_run(0.2, 0.1, 0.01), visible=seen)] * 2
    found = {figure.name: figure for figure in bench.against_visible(kept, 20)}
    assert found["visible oracle: snapshots replayed"].value == 2 * seen.snapshots
    ratio = found["scorecard / visible oracle: episode_recall"]
    assert ratio.value is not None
    assert 0.3 < ratio.value < 2.0
    assert ratio.goal == 0.90
    said = bench.refusals(SETTINGS)
    assert [figure.met for figure in said] == [True, True]
    assert "not shown to be better than B6" in said[0].note
    assert "fewer than 50" in said[1].note
