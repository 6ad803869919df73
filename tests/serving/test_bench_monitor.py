"""The bench of the monitors says what it measured beside its goals, over real lists of a register small enough."""

import pytest

from serving.bench.monitor import run_bench


@pytest.mark.slow
def test_the_monitors_are_timed_over_real_lists_with_the_goal_in_proportion() -> None:
    result = run_bench(seed=5, matters=300, lists=3, base=600)
    named = {figure.name: figure for figure in result.figures}
    assert named["monitors end to end"].goal == pytest.approx(60 * 300 / 1_000_000)
    assert "3 lists" in named["monitors end to end"].note
    assert named["peak memory"].goal == 3072
    assert named["lists looked at"].value == 3
    for name in ("monitors end to end", "of both cores", "peak memory"):
        assert (named[name].value or 0) > 0
