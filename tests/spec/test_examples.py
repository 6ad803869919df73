"""Every example of the manual holds, and every feature, clock and must-act rule has one."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from features.assure import check
from features.catalog import CATALOG
from features.clock_rules import CLOCKS
from features.rules import MUST_ACT

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "features_by_example.py"))
CASES: list[dict[str, Any]] = [case for _, group in SCRIPT["groups"]() for case in group["case"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["en"][:40])
def test_an_example_holds(case: dict[str, Any]) -> None:
    found, expected = SCRIPT["read"](case)
    assert [verdict.sentence("en") for verdict in check(found, expected) if not verdict.holds] == []


def test_every_feature_clock_and_rule_has_an_example() -> None:
    told = {one.what for case in CASES for one in SCRIPT["read"](case)[1]}
    # The stored office context has no history of its own: tests/spec/test_office_context.py.
    assert [feature.name for feature in CATALOG if feature.group != "office" and feature.name not in told] == []
    by_feature = {feature.name for feature in CATALOG}
    unseen = [rule.code for rule in CLOCKS if rule.zh not in told and not {f"{rule.code}_missed"} & by_feature]
    assert unseen == ["promise"], "a promise is told by promises_broken"
    assert {rule.code for rule in MUST_ACT} - told == {"overdue", "urgent"}, "told as 必办"
