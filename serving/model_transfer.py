"""How an approved model goes from one office to another: exported as data, imported as a challenger in the shadow."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.errors import NotAllowed, NotFound
from data.settings import Settings
from data.store import models, shadows
from data.store.audit import Entry, append_many
from data.store.batches import batch_view, latest_batch
from data.store.engine import Store
from data.store.models import ModelVersion
from data.store.shadows import Imported
from data.times import add_months
from features.catalog import CATALOG
from features.declared_plain import known_set, not_declared, to_plain
from serving.champion import DECLARED, features_of
from serving.training_run import mapping_of, write_json
from training import package as packages
from training import registry
from training.package import Package

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What an import gave: the version here, until when it runs in the shadow, and whether this run brought it in."""

    version: int
    shadow_until: int
    made: bool
    package: Package


def export_model(store: Store, key: bytes, state: Path, version: int, *, now: int, by: str) -> bytes:
    """The package file of a version, on record.

    Raises NotFound for an unknown version or one without its card, NotAllowed where it was never approved,
    StoreError where its scorecard is missing or altered.
    """
    model = models.find_model(store, version)
    scorecard = registry.load_scorecard(state, model.scorecard_path, model.scorecard_sha256)
    card = read_card(state, version)
    declared = to_plain(features_of(state, version))
    content = packages.make_package(model, scorecard, models.read_approvals(store), card, declared)
    _write(store, key, now, by, "model_exported", version)
    return content


def import_model(
    store: Store,
    settings: Settings,
    key: bytes,
    state: Path,
    content: bytes,
    *,
    sha256: str,
    now: int,
    by: str,
) -> Arrival:
    """Take in a package as a challenger that runs in the shadow for `gate.shadow_months`; a second time, nothing new.

    Refusals are those of `training.package.read_package`, in order: the SHA-256 first; then NotAllowed where the model
    uses features its office of origin declared and the mappings of the ledgers here do not.  Then nothing is written.
    """
    package = packages.read_package(content, sha256=sha256, feature_set=CATALOG)
    _check_declared(store, package)
    known = shadows.find_package(store, package.sha256)
    if known is not None:
        return Arrival(version=known.version, shadow_until=known.shadow_until, made=False, package=package)
    until = int(add_months(np.array([now]), settings.gate.shadow_months)[0])
    card = package.scorecard
    made = registry.register_imported(
        state,
        card,
        record=registry.RunRecord(
            name="imported",
            params={"label": card.label, "horizon_days": card.horizon_days, "origin_version": package.version},
            metrics={},
            tags={"kind": "imported", "package": package.sha256, "feature_set": card.feature_set},
            files={f"card.{language}.md": package.card[language] for language in LANGUAGES},
        ),
    )
    folder = state / "models" / str(made.version)
    folder.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        (folder / f"card.{language}.md").write_text(package.card[language], encoding="utf-8")
    if package.declared:
        write_json(folder / DECLARED, list(package.declared))
    with store.write():  # the version, where it came from and the record appear together, or none does
        models.add_model(store, _version(package, made, now=now, by=by))
        shadows.note_import(
            store,
            Imported(
                version=made.version,
                package_sha256=package.sha256,
                origin_version=package.version,
                origin_approvals=package.approvals,
                imported_at=now,
                imported_by=by,
                shadow_until=until,
            ),
        )
        _write(store, key, now, by, "model_imported", made.version)
    return Arrival(version=made.version, shadow_until=until, made=True, package=package)


def _check_declared(store: Store, package: Package) -> None:
    if not package.declared:
        return
    latest = latest_batch(store)
    held = {(one.batch.mapping_name, one.batch.mapping_sha256) for one in batch_view(store, latest).imports}
    mappings = [mapping_of(store, *one) for one in sorted(held)] if latest else []
    lacking = not_declared(known_set(package.declared), mappings)
    if lacking:
        raise NotAllowed(
            "package_declared",
            f"该模型用到来源单位自定的特征，本院台账的映射没有同样的声明：{'、'.join(lacking)}；请先在映射中声明并由第二人确认，再导入",
            "the model uses features its office of origin declared, and no mapping of the ledgers here declares them "
            f"alike: {', '.join(lacking)}; declare them in the mapping, have a second person confirm, import again",
        )


def read_card(state: Path, version: int) -> dict[str, str]:
    """The card of a version as Markdown by language. Raises NotFound where it was not kept."""
    folder = state / "models" / str(version)
    if not all((folder / f"card.{language}.md").is_file() for language in LANGUAGES):
        raise NotFound(
            "no_model_card", f"没有模型版本 {version} 的模型卡", f"there is no card of model version {version}"
        )
    return {language: (folder / f"card.{language}.md").read_text(encoding="utf-8") for language in LANGUAGES}


def _version(package: Package, made: registry.Registered, *, now: int, by: str) -> ModelVersion:
    return ModelVersion(
        version=made.version,
        name=registry.NAME,
        scorecard_sha256=made.scorecard_sha256,
        scorecard_path=made.scorecard_path,
        feature_fingerprint=package.scorecard.feature_set,
        label=package.scorecard.label,
        bench_only=False,
        demo=package.demo,
        assumed_share=package.assumed_share,
        created_at=now,
        created_by=by,
        gate=package.gate,
        mlflow_run_id=made.run_id,
    )


def _write(store: Store, key: bytes, now: int, user: str, action: str, version: int) -> None:
    append_many(store, key, [Entry(at=now, user_id=user, action=action, detail={"version": version})])
