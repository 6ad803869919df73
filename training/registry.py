"""Where models are kept: MLflow's own database and artefacts in the state directory; scorecards as plain data."""

import hashlib
import logging
import os
import tempfile
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version as installed
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlparse

from data.errors import StoreError
from features.feature import FeatureSet
from training import plain_json
from training import scorecard as cards
from training.scorecard import Scorecard

NAME = "petition-risk"
CHAMPION = "champion"
CHALLENGER = "challenger"
SCORECARD_FILE = "scorecard.json"
#: All that the stock boosting holds beyond skops' own list; models are read with this list, never with their own.
TRUSTED_TYPES = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)

_EXPERIMENT = "petition-risk"
_QUIET = ("mlflow", "alembic")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One MLflow run: a candidate in a fold, or the final fit; `files` (name → text) are its plots and documents."""

    name: str
    params: Mapping[str, str | int | float]
    metrics: Mapping[str, float]
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A version in the registry; `scorecard_path` is relative to the state directory, whatever that is called later."""

    version: int
    run_id: str
    model_id: str
    scorecard_path: str
    scorecard_sha256: str


def register_model(
    state: Path,
    model: Any,
    scorecard: Scorecard,
    feature_set: FeatureSet,
    *,
    final: RunRecord,
    others: Sequence[RunRecord] = (),
) -> Registered:
    """Log every run, store the stock estimator (skops) with its scorecard, and point `challenger` at the new version.

    `model` is what the scorecard was collapsed from.
    """
    with _mlflow(state) as mlflow:
        client = mlflow.MlflowClient()
        experiment = _experiment(client, state)
        for record in others:
            run = client.create_run(experiment, run_name=record.name, tags=dict(record.tags))
            for name, text in record.files.items():
                client.log_text(run.info.run_id, text, name)
            _finish(client, run, record)
        with tempfile.TemporaryDirectory() as folder, mlflow.start_run(experiment_id=experiment, run_name=final.name):
            run = mlflow.active_run()
            mlflow.set_tags(dict(final.tags))
            client.log_batch(run.info.run_id, **_entities(mlflow, final))
            for name, text in final.files.items():
                mlflow.log_text(text, name)
            file = Path(folder) / SCORECARD_FILE
            file.write_bytes(cards.to_json(scorecard))
            logged = mlflow.sklearn.log_model(
                model,
                name="model",
                serialization_format="skops",
                skops_trusted_types=list(TRUSTED_TYPES),
                signature=_signature(mlflow, feature_set),
                pyfunc_predict_fn="predict_proba",
                extra_files=[str(file)],
                pip_requirements=[f"{name}=={installed(name)}" for name in ("scikit-learn", "skops", "numpy")],
                metadata={"scorecard_sha256": cards.sha256(scorecard), "feature_set": feature_set.fingerprint},
            )
            number = _new_version(client, logged.model_uri, str(run.info.run_id), logged.model_id)
            client.set_registered_model_alias(NAME, CHALLENGER, str(number))
            path = _relative(state, logged.artifact_path) / "extra_files" / SCORECARD_FILE
            found = Registered(
                version=number,
                run_id=str(run.info.run_id),
                model_id=str(logged.model_id),
                scorecard_path=str(path),
                scorecard_sha256=cards.sha256(scorecard),
            )
    load_scorecard(state, found.scorecard_path, found.scorecard_sha256)
    return found


def register_imported(state: Path, scorecard: Scorecard, *, record: RunRecord) -> Registered:
    """Give a scorecard from elsewhere a number and a run of its own; plain data only, no estimator comes with it."""
    content = cards.to_json(scorecard).decode("utf-8")
    with _mlflow(state) as mlflow:
        client = mlflow.MlflowClient()
        run = client.create_run(_experiment(client, state), run_name=record.name, tags=dict(record.tags))
        run_id = str(run.info.run_id)
        client.log_text(run_id, content, SCORECARD_FILE)
        for name, text in record.files.items():
            client.log_text(run_id, text, name)
        _finish(client, run, record)
        made = _new_version(client, f"{run.info.artifact_uri}/{SCORECARD_FILE}", run_id, None)
        client.set_registered_model_alias(NAME, CHALLENGER, str(made))
        path = _relative(state, run.info.artifact_uri) / SCORECARD_FILE
    sha256 = cards.sha256(scorecard)
    load_scorecard(state, str(path), sha256)
    return Registered(version=made, run_id=run_id, model_id="", scorecard_path=str(path), scorecard_sha256=sha256)


def record_monitored(state: Path, version: int, record: RunRecord) -> str:
    """Keep what the monitors found as a run of its own beside a version; returns the run's id.

    The version is tagged with the record's tags and the run, so that its latest look stands beside it.  A version
    MLflow does not know (the state directory is another) has the run alone.  Raises StoreError where MLflow's own store
    cannot be written.
    """
    with _mlflow(state) as mlflow:
        client = mlflow.MlflowClient()
        tags = {**record.tags, "monitored_version": str(version)}
        try:
            run = client.create_run(_experiment(client, state), run_name=record.name, tags=tags)
            run_id = str(run.info.run_id)
            for name, text in record.files.items():
                client.log_text(run_id, text, name)
            _finish(client, run, record)
            if str(version) in {str(one.version) for one in client.search_model_versions(f"name = '{NAME}'")}:
                for key, value in {**record.tags, "monitor_run_id": run_id}.items():
                    client.set_model_version_tag(NAME, str(version), key, value)
        except mlflow.exceptions.MlflowException as problem:
            raise StoreError(
                "monitored_not_kept",
                "监测结果未能存入模型库；监测报告本身已写好",
                "what the monitors found could not be kept beside the model; the report itself is written",
            ) from problem
    return run_id


def set_champion(state: Path, version: int | None) -> None:
    """Let the alias follow a decision that is recorded already: `version` serves, None: the rules do. Idempotent."""
    with _mlflow(state) as mlflow:
        client = mlflow.MlflowClient()
        current = _alias(client, CHAMPION)
        if version is None:
            if current is not None:
                client.delete_registered_model_alias(NAME, CHAMPION)
        elif current != version:
            client.set_registered_model_alias(NAME, CHAMPION, str(version))


def champion_alias(state: Path) -> int | None:
    """The version MLflow's alias `champion` points at; None where there is none."""
    with _mlflow(state) as mlflow:
        return _alias(mlflow.MlflowClient(), CHAMPION)


def load_scorecard(state: Path, path: str, sha256: str) -> Scorecard:
    """The scorecard at `path` (relative to `state`), whose bytes must have the SHA-256 recorded at approval.

    Reads plain JSON: no MLflow, no unpickling.  Raises StoreError when the file is missing, outside the state
    directory or altered, NotAllowed when it is no scorecard.
    """
    relative = PurePosixPath(path)
    root = state.resolve()
    file = (root / relative).resolve()
    if relative.is_absolute() or not file.is_relative_to(root) or not file.is_file():
        raise StoreError(
            "scorecard_missing",
            "找不到评分卡文件；请从备份恢复状态目录，排查按规则运行",
            "the scorecard file is missing; restore the state directory from a backup, the sweep goes on by rules",
        )
    content = b"" if file.stat().st_size > plain_json.LARGEST_BYTES else file.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise StoreError(
            "scorecard_altered",
            "评分卡文件与批准时登记的SHA-256不一致，未启用；请从备份恢复，排查按规则运行",
            "the scorecard file differs from the SHA-256 recorded at its approval and is not used; "
            "restore it from a backup, the sweep goes on by rules",
        )
    return cards.from_json(content)


def tracking_uri(state: Path) -> str:
    """MLflow's database in the state directory."""
    return f"sqlite:///{state.resolve() / 'mlflow.db'}"


def page_application(state: Path) -> Any:
    """MLflow's own page on this state directory, as an ASGI application for one process of the caller's.

    The settings MLflow reads from the environment are set for the rest of the process: call it in one that does
    nothing else.  No worker processes, no job runner and no telemetry are started; MLflow answers to no other host
    name than this machine's.
    """
    state.mkdir(parents=True, exist_ok=True)
    place = (state.resolve() / "mlflow").as_uri()
    os.environ |= {
        "_MLFLOW_SERVER_FILE_STORE": tracking_uri(state),
        "_MLFLOW_SERVER_REGISTRY_STORE": tracking_uri(state),
        "_MLFLOW_SERVER_ARTIFACT_ROOT": place,
        "MLFLOW_SERVER_ALLOWED_HOSTS": "localhost,localhost:*,127.0.0.1,127.0.0.1:*",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow.server.fastapi_app import app
    return app


@contextmanager
def _mlflow(state: Path) -> Generator[Any]:
    """MLflow on this state directory, silent and without telemetry; what was set before comes back."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    levels = {name: logging.getLogger(name).level for name in _QUIET}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow
        import mlflow.sklearn  # pyright: ignore[reportUnusedImport]

        for name in _QUIET:
            logging.getLogger(name).setLevel(logging.ERROR)
        state.mkdir(parents=True, exist_ok=True)
        before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
        try:
            mlflow.set_tracking_uri(tracking_uri(state))
            mlflow.set_registry_uri(tracking_uri(state))
            yield mlflow
        finally:
            mlflow.set_tracking_uri(before[0])
            mlflow.set_registry_uri(before[1])
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)


def _experiment(client: Any, state: Path) -> str:
    """The experiment whose artefacts lie in this state directory; a moved directory begins another one.

    MLflow keeps absolute places and cannot change them: new runs must not go to where the directory was before.
    """
    place = (state.resolve() / "mlflow").as_uri()
    number = 1
    while True:
        name = _EXPERIMENT if number == 1 else f"{_EXPERIMENT}-{number}"
        found = client.get_experiment_by_name(name)
        if found is None:
            return str(client.create_experiment(name, artifact_location=place))
        if found.artifact_location == place:
            return str(found.experiment_id)
        number += 1


def _new_version(client: Any, source: str, run_id: str, model_id: str | None) -> int:
    # Through the client: `registered_model_name` would announce each version on stderr.
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(NAME)
    except MlflowException as problem:
        if problem.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    made = client.create_model_version(NAME, source, run_id=run_id, model_id=model_id)
    return int(made.version)


def _relative(state: Path, location: str) -> PurePosixPath:
    parsed = urlparse(location)
    place = Path(unquote(parsed.path) if parsed.scheme == "file" else location).resolve()
    return PurePosixPath(place.relative_to(state.resolve()).as_posix())


def _alias(client: Any, alias: str) -> int | None:
    from mlflow.exceptions import MlflowException

    try:
        return int(client.get_model_version_by_alias(NAME, alias).version)
    except MlflowException as problem:
        if problem.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def _entities(mlflow: Any, record: RunRecord) -> dict[str, Any]:
    now = int(mlflow.active_run().info.start_time) if mlflow.active_run() else 0
    return {
        "params": [mlflow.entities.Param(name, str(value)) for name, value in record.params.items()],
        "metrics": [mlflow.entities.Metric(name, float(value), now, 0) for name, value in record.metrics.items()],
    }


def _finish(client: Any, run: Any, record: RunRecord) -> None:
    import mlflow

    client.log_batch(run.info.run_id, **_entities(mlflow, record))
    client.set_terminated(run.info.run_id)


def _signature(mlflow: Any, feature_set: FeatureSet) -> Any:
    import numpy as np

    schema = mlflow.types.Schema([mlflow.types.ColSpec("double", name) for name in feature_set.names])
    output = mlflow.types.Schema([mlflow.types.TensorSpec(np.dtype(np.float64), (-1, 2))])
    return mlflow.models.ModelSignature(inputs=schema, outputs=output)
