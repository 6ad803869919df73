"""A challenger is trained again when the rule proposes it or a person says why, and never twice for nothing."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from data.errors import NotAllowed, TooLittleData
from data.mapping import load_mapping
from data.settings import Settings
from data.store import models, schema
from data.store.batches import latest_batch
from serving.muting import LATEST
from serving.retraining import COMPARISON, learnt_until, retrain
from tests.serving.conftest import NOW, Desk, make_scorecard
from training import promote
from training.scorecard import Scorecard

KEY = b"k" * 32
Approve = Callable[[Scorecard], int]


@pytest.fixture(autouse=True)
def by_the_shipped_mapping(desk: Desk) -> None:
    """The register as one that came in by the shipped mapping, which training asks for."""
    with desk.store.write() as connection:
        connection.execute(schema.batches.update().values(mapping_sha256=load_mapping("ledger").sha256))


def _ask(desk: Desk, reason: str = "", *, now: int = NOW) -> Any:
    return retrain(desk.store, Settings(), desk.state_dir, KEY, now=now, by="steward", seed=1, reason=reason)


def _refused(desk: Desk, reason: str = "", *, now: int = NOW) -> NotAllowed:
    with pytest.raises(NotAllowed) as caught:
        _ask(desk, reason, now=now)
    return caught.value


def _report(desk: Desk, version: int, *, met: bool, lacking: tuple[str, ...] = ()) -> None:
    row = {
        "name": "proposal",
        "met": met,
        "lacking": [{"zh": one, "en": one} for one in lacking],
        "grounds": [["训练以来 2 项", "drift in 2"]],
    }
    path = desk.state_dir / LATEST
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {"model": f"petition-risk v{version}", "tables": {"retraining": [row]}, "findings": []}
    path.write_text(json.dumps(body), encoding="utf-8")


def _trained(desk: Desk, like: int, *, batch: int | None, at: int = NOW) -> int:
    """A challenger as an earlier run left it."""
    found = models.find_model(desk.store, like)
    comparison = {"against": like, "seed": 1, "behind": False, "asked": "r", "due": []}
    gate = {"passed": True, COMPARISON: comparison}
    return models.add_model(
        desk.store, replace(found, version=0, gate=gate, batch_id=batch, created_at=at, state="challenger")
    )


def test_by_rules_there_is_no_champion_to_compare_with(desk: Desk) -> None:
    problem = _refused(desk, "年度复核")
    assert problem.code == "retrain_no_champion"
    assert "petition-risk train" in problem.en


def test_without_the_rule_it_says_what_is_lacking(desk: Desk, approve: Approve) -> None:
    version = approve(make_scorecard())
    problem = _refused(desk)
    assert problem.code == "retrain_not_due"
    assert "petition-risk monitor" in problem.details[0][1]
    _report(desk, version, met=False, lacking=("drift in 0", "12 new"))
    assert [en for _, en in _refused(desk).details] == ["drift in 0", "12 new"]
    _report(desk, version + 1, met=True)  # of another version: says nothing of this one
    assert _refused(desk).code == "retrain_not_due"


@pytest.mark.parametrize("reason", ["", "年度复核"])
def test_g10_too_little_data_is_refused_and_nothing_registered(desk: Desk, approve: Approve, reason: str) -> None:
    version = approve(make_scorecard())
    _report(desk, version, met=not reason)
    with pytest.raises(TooLittleData):
        _ask(desk, reason)
    assert [one.version for one in models.read_models(desk.store)] == [version]
    assert not (desk.state_dir / "mlflow.db").exists()


def test_while_one_waits_for_approval_none_is_trained(desk: Desk, approve: Approve) -> None:
    champion = approve(make_scorecard())
    version = _trained(desk, champion, batch=None)
    promote.propose(desk.store, KEY, version, proposer="steward", now=NOW, reason="r")
    problem = _refused(desk, "年度复核")
    assert problem.code == "retrain_waiting"
    assert f"promote {version} --refuse" in problem.en


def test_a_second_run_on_the_same_batch_finds_the_first(desk: Desk, approve: Approve) -> None:
    champion = approve(make_scorecard())
    version = _trained(desk, champion, batch=latest_batch(desk.store))
    for reason in ("", "年度复核"):
        found = _ask(desk, reason)
        assert (found.version, found.made, found.as_dict()["proposed"]) == (version, False, False)
    assert len(models.read_models(desk.store)) == 2


def test_twice_in_a_month_takes_a_reason(desk: Desk, approve: Approve) -> None:
    champion = approve(make_scorecard())
    _trained(desk, champion, batch=None)
    _report(desk, champion, met=True)
    assert _refused(desk).code == "retrain_this_month"
    with pytest.raises(TooLittleData):  # the next month it goes on to train
        _ask(desk, now=NOW + 30 * 86_400_000_000)
    with pytest.raises(TooLittleData):
        _ask(desk, "换了台账系统")


def test_what_a_version_learnt_until_is_read_off_its_files(desk: Desk, approve: Approve) -> None:
    version = approve(make_scorecard())
    model = models.find_model(desk.store, version)
    assert learnt_until(desk.state_dir, model) == model.created_at
    path = desk.state_dir / "models" / str(version) / "reference.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"fit_until": 42}), encoding="utf-8")
    assert learnt_until(desk.state_dir, model) == 42


@pytest.mark.parametrize("language", ["zh", "en"])
def test_g21_both_people_are_shown_the_comparison(desk: Desk, approve: Approve, language: str) -> None:
    champion = approve(make_scorecard())
    figure = {"value": 0.31, "low": 0.25, "high": 0.37}
    lead = {"value": 0.08, "low": 0.02, "high": 0.14}
    names = ("episode_recall", "precision_at_k", "average_precision")
    standings = [
        {
            "who": "challenger",
            "over": "unseen",
            "figures": dict.fromkeys(names, figure),
            "lead": dict.fromkeys(names, lead),
        },
        {"who": "champion", "over": "unlisted", "figures": dict.fromkeys(names, figure), "lead": {}},
    ]
    told = {"against": champion, "months": 12, "seen": 4, "listed": 30, "listed_learnt": 20, "standings": standings}
    told |= {"decisive": "unseen", "behind": False, "asked": None, "due": [["训练以来 2 项", "drift in 2"]], "seed": 1}
    other = models.find_model(desk.store, champion)
    kept = models.add_model(desk.store, replace(other, version=0, gate={"passed": True, COMPARISON: told}))
    promote.propose(desk.store, KEY, kept, proposer="steward", now=NOW, reason="r")
    words = {
        "zh": ("+8.0 (+2.0 – +14.0)", "领先", "训练以来 2 项", "其中在用模型没有学过的月份", "其中不曾列入清单的"),
        "en": (
            "+8.0 (+2.0 – +14.0)",
            "ahead",
            "drift in 2",
            "months the champion has not learnt from",
            "never listed",
        ),
    }[language]
    for who in ("steward", "approver"):
        page = desk.client(who).get(f"/models?lang={language}").text
        assert [word for word in words if word not in page] == []
