"""A model that reads what a site declared: its features lie beside it, prove themselves, and serve everywhere alike."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from data.errors import NotAllowed
from data.settings import ImpactSettings
from data.store import models
from features.declared_plain import known_set
from features.feature import FeatureSet
from serving.champion import DECLARED, load_champion
from serving.screening import screen
from tests.serving.conftest import CUTOFF, Desk, body_of, make_scorecard
from training.scorecard import Scorecard, Step

PLAIN = [
    {
        "name": "phone_check_ever",
        "zh": "电话核实次数",
        "en": "times checked by phone",
        "unit": "times",
        "empty": 0.0,
        "low": 0.0,
        "high": 1000.0,
        "owner": "控申部门",
        "source": "办理规程",
        "categorical": False,
        "levels": [],
        "measure": {"kind": "Count", "kinds": ["procedural_reply"], "days": None},
    }
]


def _card(features: FeatureSet) -> Scorecard:
    plain = make_scorecard()
    step = Step(
        name="phone_check_ever",
        sign=0,
        empty=0.0,
        contact_term=True,
        thresholds=np.array([0.5]),
        values=np.array([0, 2_000_000_000], dtype=np.int64),
    )
    return replace(plain, steps=(*plain.steps, step), feature_set=features.fingerprint)


def _beside(desk: Desk, version: int, text: str) -> None:
    folder = desk.state_dir / "models" / str(version)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DECLARED).write_text(text, encoding="utf-8")


@pytest.fixture
def version(desk: Desk, approve: Callable[[Scorecard], int]) -> int:
    return approve(_card(known_set(PLAIN)))


def test_g26_a_declared_model_serves_a_page_and_a_sweep_and_lifts_nothing_by_itself(desk: Desk, version: int) -> None:
    _beside(desk, version, json.dumps(PLAIN))
    # Every matter has one procedural reply, so all gain two by what was declared; G8 leaves the band where it was.
    answer = body_of(desk.client("petition_head").get(f"/v1/matters/{desk.matter('A-2')}"))
    assert answer["model_version"] == version
    assert answer["band"]["code"] == "general"
    settings = desk.settings.model_copy(update={"impact": ImpactSettings(assessment_id="PIA-1", approver="甲")})
    swept = screen(
        *(desk.store, settings, desk.state_dir, b"k" * 32),
        cutoff=CUTOFF,
        scope="P1",
        clock=lambda: CUTOFF + 1,
        by="operator",
        dry_run=True,
    )
    assert swept.screening.model_version == version


@pytest.mark.parametrize(
    "text",
    [None, "[]", "not json", json.dumps([PLAIN[0] | {"high": 1.0, "measure": {"kind": "Count", "kinds": ["visit"]}}])],
    ids=["missing", "emptied", "broken", "altered"],
)
def test_without_the_features_it_was_fitted_on_the_rules_go_on(desk: Desk, version: int, text: str | None) -> None:
    if text is not None:
        _beside(desk, version, text)
    with pytest.raises(NotAllowed):
        load_champion(desk.state_dir, models.find_model(desk.store, version))
    answer = body_of(desk.client("petition_head").get(f"/v1/matters/{desk.matter('A-2')}"))
    assert answer["model_version"] is None
