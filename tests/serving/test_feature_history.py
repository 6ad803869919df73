"""One feature of one matter over time: with its events, for whom the matter's page is, and always on record."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from data.errors import NotAllowed, NotFound, UsageError
from data.store import users
from features.catalog import CATALOG
from features.declared_plain import to_plain
from features.feature import FeatureSet
from serving.champion import DECLARED
from serving.cli import dictionary, entry
from serving.feature_history import FeatureHistory, feature_history
from serving.journal import Journal
from tests.serving.conftest import PASSWORD, Desk, log_of, make_scorecard
from training.scorecard import Scorecard

KEY = b"k" * 32


def _asked(
    desk: Desk, user: str, number: str, feature: str = "raised_again_ever", office: str = "C1"
) -> FeatureHistory:
    person = users.find_user(desk.store, user)
    assert person is not None
    return feature_history(
        desk.store,
        desk.settings,
        Journal(store=desk.store, key=KEY),
        person,
        CATALOG.get(feature),
        matter_no=number,
        office_id=office,
        now=desk.clock(),
    )


def test_values_stand_at_month_ends_and_at_each_change_with_what_made_them(desk: Desk) -> None:
    told = _asked(desk, "petition_head", "A-1").lines("zh")
    assert told[0] == "A-1 · 累计再次反映次数 (raised_again_ever, times)"
    days = {line.split()[0]: line for line in told[1:]}
    assert list(days) == [
        "2026-06-30",
        "2026-07-20",
        "2026-07-31",
        "2026-08-10",
        "2026-08-31",
        "2026-09-30",
        "2026-10-31",
    ]
    assert days["2026-06-30"].split() == ["2026-06-30", "0"]
    assert "2026-07-20 来访（没有它则为 0）" in days["2026-07-20"]
    assert "2026-08-10 多人反映（没有它则为 1）" in days["2026-10-31"]


def test_what_grows_by_itself_changes_only_with_an_event(desk: Desk) -> None:
    points = _asked(desk, "petition_head", "A-2", "days_since_substantive_contact").as_dict()["points"]
    assert [point["date"] for point in points][:4] == ["2026-06-05", "2026-06-20", "2026-06-30", "2026-07-31"]
    answered = next(point for point in points if point["date"] == "2026-08-28")
    assert [made["what"] for made in answered["made_by"]] == ["substantive_reply"]


@pytest.mark.parametrize(
    ("user", "number", "office"),
    [
        ("handler", "A-2", "C1"),
        ("handler", "A-5", "C1"),
        ("leader", "A-4", "C1"),
        ("petition_head", "B-1", "C2"),
        ("petition_head", "Z-9", "C1"),
    ],
)
def test_g16_a_matter_that_is_not_yours_does_not_exist(desk: Desk, user: str, number: str, office: str) -> None:
    with pytest.raises(NotFound) as refused:
        _asked(desk, user, number, office=office)
    assert refused.value.code == "matter_not_found"
    assert log_of(desk) == []


@pytest.mark.parametrize("user", ["steward", "approver", "auditor", "admin", "operator"])
def test_g16_roles_without_matters_see_none(desk: Desk, user: str) -> None:
    with pytest.raises(NotAllowed):
        _asked(desk, user, "A-1")
    assert log_of(desk) == []


def test_a_superior_office_sees_values_without_events_and_nothing_of_how(desk: Desk) -> None:
    told = _asked(desk, "city_leader", "A-1")
    assert not told.with_events
    assert all(not point.made_by for point in told.points)
    assert [point.value for point in told.points][-1] == 2
    for feature in ("visits_90d", "joint_ever", "from_above_ever"):
        with pytest.raises(NotAllowed) as refused:
            _asked(desk, "city_leader", "A-1", feature)
        assert refused.value.code == "feature_says_how"


def test_g15_the_view_is_on_record_before_anything_is_shown(desk: Desk) -> None:
    _asked(desk, "handler", "A-1")
    [entry_made] = log_of(desk)
    assert (entry_made.action, entry_made.user_id, entry_made.matter_id) == (
        "view_matter",
        "handler",
        desk.matter("A-1"),
    )
    assert entry_made.detail == {"feature": "raised_again_ever"}


def _run(desk: Desk, monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    monkeypatch.setenv("PETITION_RISK_DATABASE", str(desk.store.engine.url))
    app = typer.Typer()
    app.callback()(entry.options)
    dictionary.add_to(app)
    app.command()(entry.main)
    result = CliRunner().invoke(app, ["--lang", "en", "--state", str(desk.state_dir), "features", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_the_verb_asks_who_asks(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    words = ("raised_again_ever", "--matter", "A-1", "--as", "handler", "--password-file", str(secret))
    assert "2026-07-20 visit" in _run(desk, monkeypatch, *words)
    secret.write_text("wrong")
    with pytest.raises(NotAllowed):
        _run(desk, monkeypatch, *words)


def test_the_dictionary_names_every_feature(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    output = _run(desk, monkeypatch)
    assert all(feature.name in output for feature in CATALOG)
    assert "source: " in _run(desk, monkeypatch, "returned_times")


def test_a_name_that_is_none_is_answered_with_those_like_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="returned_times"):
        _run(desk, monkeypatch, "returned_time")
    with pytest.raises(UsageError, match="petition-risk features lists them"):
        _run(desk, monkeypatch, "zzz")


def test_the_dictionary_names_what_was_declared_beside_the_serving_model(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, approve: Callable[[Scorecard], int]
) -> None:
    own = replace(CATALOG.get("returned_times"), name="phone_check_ever", zh="电话核实次数", owner="控申部门")
    folder = desk.state_dir / "models" / str(approve(make_scorecard()))
    folder.mkdir(parents=True)
    (folder / DECLARED).write_text(json.dumps(to_plain(FeatureSet(features=(own,)))), encoding="utf-8")
    assert "phone_check_ever" in _run(desk, monkeypatch)
    assert "owner: 控申部门" in _run(desk, monkeypatch, "电话核实次数")
