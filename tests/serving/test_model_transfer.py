"""From province to county: exported as data, in the shadow first, switched on by two; a refusal changes nothing."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.errors import NotAllowed, PetitionRiskError
from data.mapping import parse_mapping
from data.settings import GateSettings, ImpactSettings, Settings
from data.store import impact as impacts
from data.store import models, screenings, shadows, users
from data.store.engine import Store
from data.times import DAY_US
from features.declared_plain import known_set
from serving import champion, model_transfer, shadow
from serving.champion import Champions
from serving.metrics import make_metrics
from serving.model_transfer import export_model, import_model
from serving.screening import screen
from tests.features.test_declared import OWN
from tests.serving.conftest import CUTOFF, NOW, Desk, log_of, make_scorecard
from tests.training.test_package import CARD, FOREIGN, RIGHT, approvals, flipped, model
from training import package, plain_json, promote, registry
from training import scorecard as cards
from training.scorecard import Scorecard

KEY = b"k" * 32
IMPACT = ImpactSettings(assessment_id="PIA-2026-1", approver="leader")
SETTINGS = Settings(impact=IMPACT)


def take_in(desk: Desk, content: bytes, *, sha256: str | None = None, now: int = NOW) -> Any:
    told = hashlib.sha256(content).hexdigest() if sha256 is None else sha256
    return import_model(desk.store, desk.settings, KEY, desk.state_dir, content, sha256=told, now=now, by="operator")


def run(desk: Desk, cutoff: int = CUTOFF) -> Any:
    return screen(
        desk.store, SETTINGS, desk.state_dir, KEY, cutoff=cutoff, scope="P1", clock=lambda: NOW, by="operator"
    )


def test_an_export_is_read_again_and_is_on_record(desk: Desk, approve: Callable[[Scorecard], int]) -> None:
    version = approve(make_scorecard())
    folder = desk.state_dir / "models" / str(version)
    folder.mkdir(parents=True)
    for language in ("zh", "en"):
        (folder / f"card.{language}.md").write_text(f"# card {language}\n", encoding="utf-8")
    content = export_model(desk.store, KEY, desk.state_dir, version, now=NOW, by="operator")
    tree = json.loads(content)
    assert tree["scorecard_sha256"] == models.find_model(desk.store, version).scorecard_sha256
    assert not any(number in content.decode() for number in (*desk.ids, *desk.ids.values()))
    assert [entry.action for entry in log_of(desk)][-1] == "model_exported"


def test_an_import_lands_as_challenger_in_the_shadow_once(desk: Desk) -> None:
    done = take_in(desk, RIGHT)
    again = take_in(desk, RIGHT, now=NOW + DAY_US)
    assert (done.made, again.made) == (True, False)
    assert (again.version, again.shadow_until) == (done.version, done.shadow_until)
    model = models.find_model(desk.store, done.version)
    assert model.state == "challenger"
    assert registry.load_scorecard(desk.state_dir, model.scorecard_path, model.scorecard_sha256)
    found = shadows.find_import(desk.store, done.version)
    assert found is not None
    assert [one["approver"] for one in found.origin_approvals] == ["steward", "approver"]
    assert 88 * DAY_US < found.shadow_until - NOW < 93 * DAY_US
    assert models.champion(desk.store) is None


def test_the_shadow_ranks_beside_the_list_and_nobody_who_works_on_matters_sees_it(desk: Desk) -> None:
    plain = run(desk)
    done = take_in(desk, RIGHT)
    with_shadow = run(desk, CUTOFF - 31 * DAY_US)
    assert "shadow" not in plain.summary
    assert with_shadow.summary["shadow"] == {str(done.version): "ranked"}
    assert with_shadow.screening.mode == "rules"
    kept = shadows.read_shadow(desk.store, done.version)[with_shadow.screening.screening_id]
    assert kept
    entries = screenings.read_entries(desk.store, with_shadow.screening.screening_id)
    assert all(entry.margin_nano is None for entry in entries)
    for user in ("handler", "department_head", "petition_head", "leader"):
        page = desk.client(user).get("/list").text
        assert "试跑" not in page
        assert "models" not in page
    compared = shadow.compare(desk.store, desk.settings, _register(desk), done.version)
    assert compared.lists == 1
    assert compared.listed == len(kept)
    assert compared.difference is None  # under ten have an outcome
    page = desk.client("steward").get("/models").text
    assert "试跑" in page
    assert not any(number in page for number in desk.ids)


def test_an_altered_shadow_stops_no_screening(desk: Desk) -> None:
    done = take_in(desk, RIGHT)
    model = models.find_model(desk.store, done.version)
    (desk.state_dir / model.scorecard_path).write_bytes(b"{}")
    assert run(desk, CUTOFF - 31 * DAY_US).summary["shadow"] == {str(done.version): "scorecard_altered"}


def _register(desk: Desk) -> Any:
    from data.store.by_part import in_one
    from data.store.register import read_register

    return in_one(read_register(desk.store))


def test_g21_it_is_switched_on_by_two_people_after_its_time(desk: Desk) -> None:
    done = take_in(desk, RIGHT)
    given: dict[str, Any] = {"impact": IMPACT, "demo": False, "reason": "r"}
    promote.propose(desk.store, KEY, done.version, proposer="leader", now=NOW, reason="r")

    def switch_on(by: str, now: int, **more: Any) -> None:
        promote.approve(desk.store, KEY, desk.state_dir, done.version, approver=by, now=now, **given, **more)

    with pytest.raises(NotAllowed) as caught:
        switch_on("petition_head", NOW + 30 * DAY_US)
    assert caught.value.code == "shadow_not_over"
    with pytest.raises(NotAllowed) as caught:
        switch_on("leader", done.shadow_until)
    assert caught.value.code == "two_people"
    assert models.champion(desk.store) is None
    switch_on("petition_head", done.shadow_until)
    assert models.champion(desk.store).version == done.version  # type: ignore[union-attr]
    assert registry.champion_alias(desk.state_dir) == done.version
    assert shadows.in_shadow(desk.store) == []
    serving = Champions(store=desk.store, settings=SETTINGS, state_dir=desk.state_dir, metrics=make_metrics())
    assert serving.current() is not None


def test_before_its_time_only_where_the_approver_says_so_and_that_is_on_record(desk: Desk) -> None:
    done = take_in(desk, RIGHT)
    promote.propose(desk.store, KEY, done.version, proposer="leader", now=NOW, reason="r")
    promote.approve(
        desk.store,
        KEY,
        desk.state_dir,
        done.version,
        approver="petition_head",
        now=NOW,
        reason="the point sheet failed",
        impact=IMPACT,
        demo=False,
        accept_early=True,
    )
    assert dict(log_of(desk)[-1].detail)["before_its_time"] is True


def test_two_hundred_bad_files_are_refused_and_the_old_champion_keeps_serving(
    desk: Desk, approve: Callable[[Scorecard], int]
) -> None:
    version = approve(make_scorecard())
    serving = Champions(store=desk.store, settings=SETTINGS, state_dir=desk.state_dir, metrics=make_metrics())
    before = sorted(path for path in desk.state_dir.rglob("*") if path.is_file())
    told = hashlib.sha256(RIGHT).hexdigest()
    codes: list[str] = []
    for content in (*flipped(), *flipped()):
        with pytest.raises(PetitionRiskError) as caught:
            take_in(desk, content, sha256=told)
        codes.append(caught.value.code)
    for content in FOREIGN.values():
        with pytest.raises(PetitionRiskError) as caught:
            take_in(desk, content)
        codes.append(caught.value.code)
    assert len(codes) > 200
    assert set(codes) == {"package_altered", "package_refused"}
    assert [model.version for model in models.read_models(desk.store)] == [version]
    assert serving.current().version == version  # type: ignore[union-attr]
    after = sorted(path for path in desk.state_dir.rglob("*") if path.is_file())
    assert [path for path in after if path not in before and "register.db" not in path.name] == []


@pytest.mark.parametrize("bad", ["pickle", "NaN", "deep object", "empty", "another feature set"])
def test_a_champion_s_file_that_turned_bad_is_not_read_and_rules_serve(
    desk: Desk, approve: Callable[[Scorecard], int], bad: str
) -> None:
    """The file of the version in use, changed in place: a running service keeps what it has read, a new one refuses."""
    version = approve(make_scorecard())
    running = Champions(store=desk.store, settings=SETTINGS, state_dir=desk.state_dir, metrics=make_metrics())
    assert running.current() is not None
    path = desk.state_dir / models.find_model(desk.store, version).scorecard_path
    path.write_bytes(FOREIGN.get(bad, path.read_bytes().replace(b'"feature_set":"', b'"feature_set":"0')))
    fresh = Champions(store=desk.store, settings=SETTINGS, state_dir=desk.state_dir, metrics=make_metrics())
    assert fresh.current() is None
    assert fresh.problem is not None
    assert fresh.problem.code == "scorecard_altered"
    running._looked_at = float("-inf")
    assert running.current().version == version  # type: ignore[union-attr]


def test_g20_a_change_of_label_source_or_purpose_asks_for_a_new_assessment(store: Store) -> None:
    given = impacts.Basis(label="unresolved_return_90d", sources=["ledger"], purpose="order of work")
    impacts.require(store, IMPACT, given, at=1)
    impacts.require(store, IMPACT, given, at=2)
    for change in ({"label": "other"}, {"sources": ["ledger", "hotline"]}, {"purpose": "appraisal"}):
        other = impacts.Basis(**({"label": given.label, "sources": given.sources, "purpose": given.purpose} | change))
        with pytest.raises(NotAllowed) as caught:
            impacts.require(store, IMPACT, other, at=3)
        assert caught.value.code == "impact_changed"
        assert len(caught.value.details) == 1
    impacts.require(store, IMPACT, impacts.Basis(label=given.label, sources=[], purpose=given.purpose), at=4)
    anew = IMPACT.model_copy(update={"assessment_id": "PIA-2026-2"})
    impacts.require(store, anew, impacts.Basis(label="other", sources=["hotline"], purpose="order of work"), at=5)


def test_g20_screening_asks_again_when_the_purpose_changes(desk: Desk) -> None:
    run(desk, CUTOFF - 31 * DAY_US)
    changed = Settings(impact=IMPACT.model_copy(update={"purpose": "something else"}))
    with pytest.raises(NotAllowed) as caught:
        screen(desk.store, changed, desk.state_dir, KEY, cutoff=CUTOFF, scope="P1", clock=lambda: NOW, by="operator")
    assert caught.value.code == "impact_changed"


def test_a_time_in_the_shadow_is_a_setting() -> None:
    assert Settings().gate.shadow_months == 3
    assert GateSettings(shadow_months=1).shadow_months == 1


def test_accounts_of_heads_and_leaders_switch_on_only_what_came_from_elsewhere(desk: Desk, tmp_path: Path) -> None:
    from serving.cli.models import step_forward
    from serving.cli.session import Session

    done = take_in(desk, RIGHT)
    session = Session(config=None, state=str(desk.state_dir), lang="zh")
    session.__dict__.update(store=desk.store, settings=SETTINGS, key=KEY)
    people = {name: users.find_user(desk.store, name) for name in ("leader", "petition_head", "handler")}
    given: dict[str, Any] = {"accept_assumed": False, "now": NOW, "reason": "r"}
    with pytest.raises(NotAllowed) as caught:
        step_forward(session, people["handler"], done.version, **given)
    assert caught.value.code == "role"
    assert step_forward(session, people["petition_head"], done.version, **given) == "propose"
    assert step_forward(session, people["leader"], done.version, early=True, **given) == "approve"


def own_feature(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "name": "amount",
        "zh": "涉及金额",
        "en": "amount",
        "unit": "money",
        "empty": -1.0,
        "low": -1e12,
        "high": 1e12,
        "owner": "控申部门",
        "source": "登记办法",
        "categorical": False,
        "levels": (),
        "measure": {"kind": "AttributeNumber", "name": "amount", "empty": -1.0, "scale": 0.01},
    }
    return given | changes


def with_declared(*plain: dict[str, Any]) -> bytes:
    """A package as an office sends it whose model reads one feature more than the catalog has."""
    features = known_set(plain)
    base = make_scorecard()
    own = [
        replace(base.steps[0], name=one.name, sign=0, empty=float(one.empty), contact_term=True, **_flat())
        for one in list(features)[len(base.steps) :]
    ]
    card = replace(base, steps=(*base.steps, *own), feature_set=features.fingerprint)
    sent = model(scorecard_sha256=cards.sha256(card), feature_fingerprint=card.feature_set)
    return package.make_package(sent, card, approvals(), CARD, plain)


def _flat() -> dict[str, Any]:
    return {"thresholds": np.array([1000.0]), "values": np.array([0, 700_000_000], dtype=np.int64)}


def test_a_model_with_declared_features_is_taken_in_where_the_ledger_declares_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = with_declared(own_feature())
    assert json.loads(content)["format"] == "petition-risk-model/2"
    with pytest.raises(NotAllowed) as refused:
        take_in(desk, content)
    assert refused.value.code == "package_declared"
    assert "amount" in refused.value.en
    assert not models.read_models(desk.store)

    def declares(dtype: str) -> None:
        mapping = parse_mapping(OWN.replace('dtype = "money"', f'dtype = "{dtype}"'))
        monkeypatch.setattr(model_transfer, "mapping_of", lambda *_: mapping)

    declares("number")  # of the same name, counted in another unit
    with pytest.raises(NotAllowed):
        take_in(desk, content)
    declares("money")
    done = take_in(desk, content)
    swept = run(desk, CUTOFF - 31 * DAY_US)
    assert swept.summary["shadow"] == {str(done.version): "ranked"}
    assert shadows.read_shadow(desk.store, done.version)[swept.screening.screening_id]
    loaded = champion.load_champion(desk.state_dir, models.find_model(desk.store, done.version))
    assert loaded.feature_set.names[-1] == "amount"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"measure": {"kind": "Gap", "kinds": ["letter"], "empty": 0.0}}, "declared_refused"),
        ({"measure": {"kind": "Count", "kinds": ["hearing_held"]}}, "feature_set_differs"),
        ({"empty": 5.0}, "feature_set_differs"),
    ],
)
def test_declared_features_that_are_others_than_the_model_s_are_refused(
    desk: Desk, change: dict[str, Any], code: str
) -> None:
    tree = json.loads(with_declared(own_feature()))
    tree["declared"][0] |= change
    with pytest.raises(NotAllowed) as refused:
        take_in(desk, plain_json.canonical(tree))
    assert refused.value.code == code
    assert not models.read_models(desk.store)
