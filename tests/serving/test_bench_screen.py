"""The bench of the monthly job says what it measured, on a register small enough for a test."""

import pytest

from serving.bench.screen import run_screen


@pytest.mark.slow
def test_the_job_is_timed_stage_by_stage_with_workbooks_and_pages() -> None:
    result = run_screen(seed=5, matters=300, full=False, pages=True, base=600, at_least=5)
    named = {figure.name: figure for figure in result.figures}
    assert named["300 open: end to end"].goal == 30.0
    assert named["300 open: peak memory"].value is not None
    assert {"read", "features", "entries", "write", "issue"} <= {name.split(": ")[1] for name in named}
    listed = named["300 open: listed"]
    assert listed.value is not None
    assert listed.value > 10
    assert named["300 open: xlsx"].note.endswith("workbooks")
    beside = [figure.value for name, figure in named.items() if "job beside" in name]
    assert len(beside) == 2
    assert all(value is not None and value > 0 for value in beside)
