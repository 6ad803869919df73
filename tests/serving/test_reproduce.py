"""A list of last year comes out again by the model that served then, whatever serves now."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from data.errors import NotFound, StoreError
from data.settings import ImpactSettings, Settings, SweepSettings
from data.store import models
from data.store.screenings import feature_logs
from data.times import DAY_US
from serving import reproduce as reproducing
from serving.monitor_run import run_monitor
from serving.reproduce import reproduce
from serving.screening import screen
from tests.serving.conftest import CUTOFF, NOW, Desk, make_scorecard
from training.scorecard import Scorecard

KEY = b"k" * 32
SETTINGS = Settings(impact=ImpactSettings(assessment_id="PIA-2026-1", approver="leader"))


def swept(desk: Desk, settings: Settings = SETTINGS) -> Any:
    return screen(
        desk.store, settings, desk.state_dir, KEY, cutoff=CUTOFF, scope="M1", clock=lambda: NOW, by="operator"
    ).screening


def other_scorecard() -> Scorecard:
    """As the first, with the opposite taste for long silence."""
    card = make_scorecard()
    steps = [
        replace(step, thresholds=np.array([5.0]), values=np.array([0, 900_000_000], dtype=np.int64))
        if step.name == "days_since_substantive_contact"
        else step
        for step in card.steps
    ]
    return replace(card, steps=tuple(steps))


def test_the_champion_of_then_makes_the_list_of_then(desk: Desk, approve: Callable[[Scorecard], int]) -> None:
    by_rules = swept(desk)
    first = approve(make_scorecard())
    last_year = swept(desk)
    second = approve(other_scorecard())
    now = swept(desk, SETTINGS.model_copy(update={"sweep": SweepSettings(k=1)}))
    assert (by_rules.model_version, last_year.model_version, now.model_version) == (None, first, second)
    assert len({by_rules.list_hash, last_year.list_hash, now.list_hash}) == 3
    for done in (by_rules, last_year, now):
        again = reproduce(desk.store, SETTINGS, desk.state_dir, done.screening_id)
        assert again.same, again
        assert (again.again, again.model_version) == (done.list_hash, done.model_version)
    named = reproduce(desk.store, SETTINGS, desk.state_dir, last_year.list_hash)
    assert named.screening_id == last_year.screening_id
    with pytest.raises(NotFound):
        reproduce(desk.store, SETTINGS, desk.state_dir, "none")
    (desk.state_dir / models.find_model(desk.store, first).scorecard_path).write_bytes(b"{}")
    with pytest.raises(StoreError) as refused:
        reproduce(desk.store, SETTINGS, desk.state_dir, last_year.screening_id)
    assert refused.value.code == "scorecard_altered"


def test_the_monitors_build_the_newest_log_again_and_find_it_equal(
    desk: Desk, approve: Callable[[Scorecard], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    approve(make_scorecard())
    # A day before the desk's own list, which was made by hand for a larger scope and has no log.
    before = CUTOFF - DAY_US
    done = screen(
        desk.store, SETTINGS, desk.state_dir, KEY, cutoff=before, scope="M1", clock=lambda: NOW, by="operator"
    ).screening
    monkeypatch.setattr(reproducing, "read_parts", None)  # the register of the batch is read once
    report = run_monitor(desk.store, SETTINGS, desk.state_dir, KEY, as_of=before, now=NOW, by="operator").as_dict()
    logged = sum(log.rows for log in feature_logs(desk.store, done.screening_id))
    assert report["totals"]["skew"]["matters"] == logged > 0
    assert report["totals"]["skew"]["columns"] > 50
    assert report["tables"]["skew"] == []
