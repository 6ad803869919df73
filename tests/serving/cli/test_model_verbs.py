"""The verbs that decide about models, with wrong inputs: refused in words before anything changes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.errors import InputRefused, NotAllowed, StoreError
from data.settings import ImpactSettings
from data.store import audit, models, users
from serving.cli.models import step_forward
from serving.cli.session import Session
from tests.serving.cli.test_account import run as run_
from tests.serving.conftest import NOW, Desk, make_scorecard
from training import promote
from training.scorecard import Scorecard

KEY = b"k" * 32
run = run_


def said(run: Any, *words: str) -> tuple[int, str]:
    code, out, err = run(*words, "--json")
    assert "Traceback" not in out + err
    lines = out.strip().splitlines()
    return code, json.loads(lines[-1])["error"] if lines and lines[-1].startswith("{") else ""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("promote",), (2, "promote_what")),
        (("promote", "1", "--kill"), (2, "promote_what")),
        (("promote", "--rollback", "--refuse"), (2, "promote_version")),
        (("promote", "--kill", "--accept-assumed"), (2, "promote_version")),
        (("promote", "1"), (2, "as_missing")),
        (("promote", "1", "--as", "wang", "--password-file", "none"), (2, "password_file")),
        (("promote", "first", "--as", "wang"), (2, "")),
        (("train", "--seed", "-1"), (2, "")),
        (("model", "export", "7", "--out", "m.json"), (2, "no_such_model")),
        (("model", "card", "7", "--out", "cards"), (2, "no_such_model")),
        (("model", "shadow", "7"), (2, "no_such_model")),
        (("model", "import", "none.json", "--sha256", "0"), (11, "package_unreadable")),
        (("model", "import", ".", "--sha256", "0"), (11, "package_unreadable")),
    ],
)
def test_a_wrong_input_is_told_and_changes_nothing(run: Any, words: tuple[str, ...], expected: tuple[int, str]) -> None:
    assert said(run, *words) == expected


def test_what_was_done_and_what_is_in_use_is_told_in_the_language_asked_for() -> None:
    from serving.cli.models import told

    assert told("propose", 3, None, "zh") == ["v3 已提出，须由另一人批准", "当前按规则运行"]
    assert told("approve", 3, 3, "en") == ["v3 approved", "in use: v3"]
    assert told("kill", None, None, "en") == ["the model is stopped, rules order the work", "in use: rules, no model"]


@pytest.fixture
def session(desk: Desk) -> Session:
    made = Session(config=None, state=str(desk.state_dir), lang="zh")
    impact = ImpactSettings(assessment_id="PIA-2026-1", approver="leader")
    made.__dict__.update(store=desk.store, settings=desk.settings.model_copy(update={"impact": impact}), key=KEY)
    return made


def test_g2_a_reason_is_asked_for_and_passes_the_gate(session: Session, desk: Desk) -> None:
    from serving.cli.models import kept_reason

    steward = users.find_user(desk.store, "steward")
    assert kept_reason(session, steward, " 优于现行做法 ") == "优于现行做法"
    for text, code in (("  ", "reason_missing"), ("来电 13800138000", "text_refused"), ("长" * 501, "text_refused")):
        with pytest.raises(InputRefused) as caught:
            kept_reason(session, steward, text)
        assert caught.value.code == code
    last = audit.read_entries(desk.store)[-1].entry
    assert (last.action, last.user_id) == ("text_refused", "steward")
    assert "13800138000" not in str(last.detail)


def test_g21_what_was_proposed_can_be_turned_down_by_another_person(
    desk: Desk, approve: Callable[[Scorecard], int]
) -> None:
    champion = approve(make_scorecard())
    version = _challenger(desk, champion)
    promote.propose(desk.store, KEY, version, proposer="steward", now=NOW, reason="r")
    with pytest.raises(NotAllowed) as caught:
        promote.refuse(desk.store, KEY, version, approver="steward", now=NOW, reason="r")
    assert caught.value.code == "two_people"
    promote.refuse(desk.store, KEY, version, approver="approver", now=NOW, reason="证据不足")
    assert models.find_model(desk.store, version).state == "refused"
    assert models.champion(desk.store).version == champion  # type: ignore[union-attr]


def test_assumed_times_are_accepted_by_the_head_as_the_second_person(session: Session, desk: Desk) -> None:
    gate = {"passed": True, "needs_acceptance": True, "reasons": []}
    version = _challenger(desk, None, gate=gate)
    given: dict[str, Any] = {"now": NOW, "reason": "r"}
    who = {name: users.find_user(desk.store, name) for name in ("steward", "approver", "petition_head")}
    assert step_forward(session, who["steward"], version, accept_assumed=False, **given) == "propose"
    for name, accepts, code in (
        ("approver", False, "assumed_times"),
        ("approver", True, "role"),
        ("petition_head", False, "role"),
    ):
        with pytest.raises(NotAllowed) as caught:
            step_forward(session, who[name], version, accept_assumed=accepts, **given)
        assert caught.value.code == code
    (desk.state_dir / models.find_model(desk.store, version).scorecard_path).unlink()
    with pytest.raises(StoreError):  # the head's step is open: what is looked for now is the scorecard
        step_forward(session, who["petition_head"], version, accept_assumed=True, **given)


def _challenger(desk: Desk, like: int | None, *, gate: dict[str, Any] | None = None) -> int:
    from dataclasses import replace

    from tests.training.test_package import model
    from training import scorecard as cards

    card = make_scorecard()
    path = Path(desk.state_dir) / "challenger.json"
    path.write_bytes(cards.to_json(card))
    made = model(
        version=0,
        scorecard_sha256=cards.sha256(card),
        scorecard_path=path.name,
        feature_fingerprint=card.feature_set,
        state="challenger",
        **({} if gate is None else {"gate": gate}),
    )
    return models.add_model(desk.store, replace(made, demo=False) if like else made)
