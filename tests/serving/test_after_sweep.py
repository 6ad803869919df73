"""After a sweep the monitors look, and MLflow, whatever its state, neither stops nor holds up the job."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from monitoring.report import MonitorReport
from serving.after_sweep import keep_in_time, watch
from serving.muting import LATEST
from tests.serving.conftest import CUTOFF, NOW, Desk, make_scorecard
from training.scorecard import Scorecard

KEY = b"k" * 32
REPORT = MonitorReport(as_of="2026-10-31", model="petition-risk v1", findings=(), outcomes=(), version=1)


def _watched(desk: Desk) -> dict[str, Any]:
    return watch(desk.store, desk.settings, desk.state_dir, KEY, cutoff=CUTOFF, now=NOW, by="operator")


@pytest.mark.parametrize("damaged", [pytest.param(False, marks=pytest.mark.slow), True])
def test_the_monitors_look_and_mlflow_keeps_it_if_it_can(
    desk: Desk, approve: Callable[[Scorecard], int], *, damaged: bool
) -> None:
    version = approve(make_scorecard())
    if damaged:
        (desk.state_dir / "mlflow.db").write_bytes(b"no database at all" * 100)
    told = _watched(desk)
    assert told["kept"] is not damaged
    report = json.loads((desk.state_dir / LATEST).read_text(encoding="utf-8"))
    assert report["model"] == f"petition-risk v{version}"
    assert told["findings"] == len(report["findings"])


def test_by_rules_nothing_is_kept_and_mlflow_not_asked(desk: Desk) -> None:
    told = _watched(desk)
    assert told["kept"] is True
    assert not (desk.state_dir / "mlflow.db").exists()


def test_what_takes_too_long_is_given_up(desk: Desk) -> None:
    began = time.monotonic()
    assert keep_in_time(desk.state_dir, REPORT, within_s=0.05) is False
    assert time.monotonic() - began < 30


def test_where_the_monitors_cannot_look_it_is_told(desk: Desk) -> None:
    later = CUTOFF + 400 * 86_400_000_000
    told = watch(desk.store, desk.settings, desk.state_dir, KEY, cutoff=later, now=NOW, by="operator")
    assert told["error"] == "cutoff_in_future"
    assert told["zh"]
