"""Models are kept as data with a hash, found again after a move, and go live by two accounts only."""

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.errors import NotAllowed, StoreError
from data.settings import ImpactSettings, LearningSettings, Settings
from data.store import audit, models, users
from data.store.engine import Store, migrate, open_store
from training import promote, records, registry, run, score
from training import scorecard as cards
from training.estimators import READABLE, log_odds
from training.fit import matrix
from training.run import TrainingOutcome

SETTINGS = Settings(demo=False, learning=LearningSettings(bootstrap=100))
KEY = b"k" * 32
IMPACT = ImpactSettings(assessment_id="PIA-2024-7", approver="head")


@pytest.fixture(scope="module")
def outcome(invented: Any) -> TrainingOutcome:
    return run.train(invented, SETTINGS, seed=1, candidates=(READABLE,))


@pytest.fixture(scope="module")
def template(outcome: TrainingOutcome, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainingOutcome]:
    state = tmp_path_factory.mktemp("state")
    store = new_store(state)
    registered = records.register(outcome, store, state, now=1_000, created_by="steward", batch_id=None)
    store.close()
    return state, registered


def new_store(state: Path) -> Store:
    store = open_store(f"sqlite:///{state / 'register.db'}")
    migrate(store)
    for name, role in (("steward", users.UserRole.STEWARD), ("approver", users.UserRole.APPROVER)):
        users.add_user(store, users.User(user_id=name, display_name=name, role=role, password_hash="x"))
    return store


@pytest.fixture
def place(template: tuple[Path, TrainingOutcome], tmp_path: Path) -> Any:
    state = tmp_path / "elsewhere"
    shutil.copytree(template[0], state)
    store = open_store(f"sqlite:///{state / 'register.db'}")
    yield state, store, template[1]
    store.close()


def test_a_moved_state_directory_scores_the_same(place: Any, template: Any, invented: Any) -> None:
    state, store, outcome = place
    model = models.find_model(store, outcome.version)
    assert not Path(model.scorecard_path).is_absolute()
    card = registry.load_scorecard(state, model.scorecard_path, model.scorecard_sha256)
    frame = invented.rows.head(200)
    ours = score.score(card, frame, invented.feature_set)
    assert ours.equals(score.score(outcome.scorecard, frame, invented.feature_set))
    # and training goes on where the directory is now, not where it was
    before = sum(1 for _ in template[0].rglob("*"))
    again = records.register(outcome, store, state, now=2_000, created_by="steward", batch_id=None)
    assert again.version == outcome.version + 1
    assert registry.load_scorecard(state, again.registered.scorecard_path, again.registered.scorecard_sha256)
    assert sum(1 for _ in template[0].rglob("*")) == before


def test_the_stored_estimator_is_stock_and_equals_the_scorecard(place: Any, invented: Any) -> None:
    import skops.io

    state, _, outcome = place
    file = next(state.glob(f"mlflow/models/{outcome.registered.model_id}/artifacts/*.skops"))
    assert zipfile.is_zipfile(file)
    assert set(skops.io.get_untrusted_types(file=file)) == set(registry.TRUSTED_TYPES)
    model = skops.io.load(file, trusted=list(registry.TRUSTED_TYPES))
    x = matrix(invented.rows.head(300), invented.feature_set)
    assert np.abs(log_odds(model, x) - cards.margin(outcome.scorecard, x) / cards.NANO).max() < 1e-8
    described = (file.parent / "MLmodel").read_text(encoding="utf-8")
    assert "predict_proba" in described
    assert outcome.registered.scorecard_sha256 in described


def test_loading_a_scorecard_imports_neither_mlflow_nor_sklearn(place: Any) -> None:
    state, _, outcome = place
    code = (
        "import sys; from pathlib import Path; from training.registry import load_scorecard; "
        "import training.score; "
        f"load_scorecard(Path({str(state)!r}), {outcome.registered.scorecard_path!r}, "
        f"{outcome.registered.scorecard_sha256!r}); "
        "print([name for name in ('mlflow', 'sklearn', 'skops', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_registration_is_silent(outcome: TrainingOutcome, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    store = new_store(tmp_path)
    records.register(outcome, store, tmp_path, now=1, created_by="steward", batch_id=None)
    store.close()
    written = capfd.readouterr()
    assert written.out == ""
    assert written.err == ""


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


@pytest.mark.parametrize(
    "harm",
    [
        _flip,
        lambda file: file.unlink(),
        lambda file: file.write_bytes(b"\x80\x04N."),
        lambda file: file.write_bytes(file.read_bytes() + b"\n"),
    ],
)
def test_an_altered_artefact_is_refused(place: Any, harm: Callable[[Path], None]) -> None:
    state, _, outcome = place
    file = state / outcome.registered.scorecard_path
    harm(file)
    with pytest.raises(StoreError):
        registry.load_scorecard(state, outcome.registered.scorecard_path, outcome.registered.scorecard_sha256)


def test_two_hundred_flipped_bytes_are_each_refused_and_the_right_file_still_serves(place: Any) -> None:
    state, _, outcome = place
    path, sha = outcome.registered.scorecard_path, outcome.registered.scorecard_sha256
    right = (state / path).read_bytes()
    rng = np.random.default_rng(5)
    for _ in range(200):
        content = bytearray(right)
        content[rng.integers(len(content))] ^= int(rng.integers(1, 256))
        (state / path).write_bytes(bytes(content))
        with pytest.raises(StoreError):
            registry.load_scorecard(state, path, sha)
    (state / path).write_bytes(right)
    assert cards.sha256(registry.load_scorecard(state, path, sha)) == sha


@pytest.mark.parametrize("path", ["../outside.json", "/etc/hostname", "mlflow", ""])
def test_paths_outside_the_state_directory_are_refused(place: Any, path: str) -> None:
    with pytest.raises(StoreError):
        registry.load_scorecard(place[0], path, "0" * 64)


def test_g21_two_accounts_promote_and_the_alias_follows(place: Any) -> None:
    state, store, outcome = place
    version = outcome.version
    assert outcome.gate.passed, outcome.gate.reasons
    with pytest.raises(NotAllowed):
        approve(store, state, version)  # nobody proposed it
    promote.propose(store, KEY, version, proposer="steward", now=10, reason="better than B1 and B6")
    with pytest.raises(NotAllowed) as caught:
        approve(store, state, version, approver="steward")
    assert caught.value.code == "two_people"
    assert registry.champion_alias(state) is None
    approve(store, state, version)
    assert models.champion(store).version == version  # type: ignore[union-attr]
    assert registry.champion_alias(state) == version
    promote.kill(store, KEY, state, by="approver", now=30, reason="stop")
    assert models.champion(store) is None
    assert registry.champion_alias(state) is None
    promote.unkill(store, KEY, state, by="approver", now=40, reason="go on")
    assert registry.champion_alias(state) == version
    assert promote.rollback(store, KEY, state, by="approver", now=50, reason="back") is None
    assert registry.champion_alias(state) is None
    actions = [stored.entry.action for stored in audit.read_entries(store)]
    assert actions == ["model_proposed", "model_promoted", "model_stopped", "model_resumed", "model_rolled_back"]


def test_a_crash_between_record_and_alias_is_mended(place: Any) -> None:
    state, store, outcome = place
    promote.propose(store, KEY, outcome.version, proposer="steward", now=10, reason="r")
    models.promote(store, outcome.version, approver="approver", at=20, reason="r", impact_id="PIA")
    assert registry.champion_alias(state) is None
    promote.reconcile(store, state)
    assert registry.champion_alias(state) == outcome.version
    promote.reconcile(store, state)


def test_g20_no_impact_assessment_no_promotion_outside_a_demo(place: Any) -> None:
    state, store, outcome = place
    promote.propose(store, KEY, outcome.version, proposer="steward", now=10, reason="r")
    with pytest.raises(NotAllowed) as caught:
        approve(store, state, outcome.version, impact=ImpactSettings())
    assert caught.value.code == "impact_missing"
    approve(store, state, outcome.version, impact=ImpactSettings(), demo=True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"bench_only": True}, "bench_only"),
        ({"gate": {"passed": False, "reasons": [{"zh": "差", "en": "worse"}]}}, "gate_not_passed"),
        ({"gate": {"passed": True, "needs_acceptance": True}}, "assumed_times"),
        ({"demo": True}, "demo_model"),
        ({"scorecard_sha256": "0" * 64}, "scorecard_altered"),
    ],
)
def test_g26_and_other_grounds_keep_a_model_from_going_live(place: Any, change: dict[str, Any], code: str) -> None:
    state, store, outcome = place
    base = models.find_model(store, outcome.version)
    version = models.add_model(store, replace(base, version=0, **change))
    with pytest.raises((NotAllowed, StoreError)) as caught:
        _go_live(store, state, version)
    assert caught.value.code == code
    assert models.champion(store) is None


def _go_live(store: Store, state: Path, version: int) -> None:
    promote.propose(store, KEY, version, proposer="steward", now=10, reason="r")
    approve(store, state, version)


def approve(store: Store, state: Path, version: int, **changes: Any) -> None:
    given: dict[str, Any] = {"approver": "approver", "impact": IMPACT, "demo": False}
    promote.approve(store, KEY, state, version, now=20, reason="approved", **(given | changes))


def test_every_run_says_what_it_was_made_of_and_shows_its_plots(place: Any) -> None:
    import xml.dom.minidom

    from mlflow import MlflowClient

    from training.code_version import code_version

    state, _, outcome = place
    client = MlflowClient(tracking_uri=registry.tracking_uri(state), registry_uri=registry.tracking_uri(state))
    runs = client.search_runs([one.experiment_id for one in client.search_experiments()])
    names = {run_.info.run_name for run_ in runs}
    assert names == {f"{READABLE}-final", *(f"{READABLE}-fold{fold.index}" for fold in outcome.test.folds)}
    for one in runs:
        tags, params = one.data.tags, one.data.params
        assert (tags["data"], tags["feature_set"]) == (outcome.facts.data, outcome.facts.feature_set)
        assert tags["code"] == code_version()
        assert {"seed": "1", "candidate": READABLE}.items() <= params.items()
        assert "average_precision" in one.data.metrics
    fold = next(one for one in runs if one.info.run_name == f"{READABLE}-fold0")
    assert int(fold.data.params["fit_rows"]) > 0
    drawn = list((state / "mlflow" / fold.info.run_id / "artifacts" / "plots").glob("*.svg"))
    assert sorted(file.name for file in drawn) == ["gain.svg", "reliability.svg"]
    for file in drawn:
        shown = xml.dom.minidom.parse(str(file)).documentElement
        assert shown is not None
        assert shown.namespaceURI == "http://www.w3.org/2000/svg"


def test_the_code_version_changes_with_any_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import training as package
    from training import code_version

    before = code_version.code_version.__wrapped__()
    (tmp_path / "one.py").write_text("VALUE = 1\n", encoding="utf-8")
    monkeypatch.setattr(package, "__file__", str(tmp_path / "__init__.py"))
    after = code_version.code_version.__wrapped__()
    assert before == code_version.code_version()
    assert before.split("+")[0] == after.split("+")[0]
    assert before != after


def test_a_start_asks_mlflow_only_where_its_store_has_changed(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    state, store, outcome = place
    promote.propose(store, KEY, outcome.version, proposer="steward", now=10, reason="r")
    approve(store, state, outcome.version)
    asked: list[int | None] = []
    monkeypatch.setattr(registry, "set_champion", lambda _state, version: asked.append(version))
    promote.reconcile(store, state)
    assert asked == []
    (state / "mlflow.db").touch()
    promote.reconcile(store, state)
    assert asked == [outcome.version]
    models.kill(store, by="approver", at=30, reason="stop")
    promote.reconcile(store, state)
    assert asked == [outcome.version, None]
