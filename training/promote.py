"""How a challenger goes live: one account proposes, another approves, and every ground against it is checked."""

import json
from pathlib import Path

from data.errors import NotAllowed
from data.settings import ImpactSettings
from data.store import audit, models, shadows
from data.store import impact as impacts
from data.store.engine import Store
from data.store.models import ModelVersion
from data.times import from_us
from training import registry

#: Says, in the state directory, of which state of MLflow's store the alias was last seen to follow the record.
ALIAS_SEEN = "mlflow-alias.json"


def propose(store: Store, key: bytes, version: int, *, proposer: str, now: int, reason: str) -> None:
    """Put a challenger forward. Raises NotAllowed when it is bench only (G26) or did not pass the gate (G11)."""
    model = models.find_model(store, version)
    _check_gate(model)
    with store.write():
        models.propose(store, version, proposer=proposer, at=now, reason=reason)
        _write(store, key, now, proposer, "model_proposed", version)


def approve(
    store: Store,
    key: bytes,
    state: Path,
    version: int,
    *,
    approver: str,
    now: int,
    reason: str,
    impact: ImpactSettings,
    demo: bool,
    vault: bool = False,
    accept_assumed: bool = False,
    accept_early: bool = False,
) -> None:
    """Make a proposed version the champion; MLflow's alias follows the recorded decision.

    `vault`: whether identities are among the sources an impact assessment has to cover.

    Raises NotAllowed without a passed gate (G11), by the proposer (G21), without an impact assessment of this label,
    source and purpose outside a demo (G20), where most times are assumed and that is not accepted expressly, or
    where a model from elsewhere has not run its time in the shadow and that is not accepted expressly; StoreError
    when the scorecard is missing or altered.  A crash before the alias moves is mended by `reconcile`.
    """
    model = models.find_model(store, version)
    _check_gate(model)
    if model.demo and not demo:
        raise NotAllowed(
            "demo_model",
            "该模型由演示数据训练，只能用于演示",
            "this model was trained on demonstration data and serves demonstrations only",
        )
    if not demo and not (impact.assessment_id and impact.approver):
        raise NotAllowed(
            "impact_missing",
            "未登记个人信息保护影响评估编号和批准人，不得启用；请在设置 impact 中填写",
            "no impact assessment and approver are set, the model may not go live; fill in the settings table impact",
        )
    if model.gate.get("needs_acceptance") and not accept_assumed:
        raise NotAllowed(
            "assumed_times",
            f"{model.assumed_share:.0%}的时间点为推定，须由控申负责人作为第二人批准并明确接受（--accept-assumed）",
            f"{model.assumed_share:.0%} of the times are assumed; the head of the petition department must be the "
            "second person and accept this expressly (--accept-assumed)",
        )
    imported = shadows.find_import(store, version)
    early = imported is not None and now < imported.shadow_until
    if imported is not None and early and not accept_early:
        until = from_us(imported.shadow_until).date().isoformat()
        raise NotAllowed(
            "shadow_not_over",
            f"从别处导入的模型须先在记分表旁试跑至{until}；提前启用须由批准人明确写明",
            f"a model from elsewhere runs beside the point sheet until {until}; to switch it on before, the approver "
            "must say so expressly",
        )
    registry.load_scorecard(state, model.scorecard_path, model.scorecard_sha256)
    with store.write():  # what the assessment covers, the approval and its record are one transaction, or nothing is
        if not demo:
            impacts.require(store, impact, impacts.basis(store, impact, model.label, vault=vault), at=now)
        models.promote(
            store,
            version,
            approver=approver,
            at=now,
            reason=reason,
            accepted_assumed=accept_assumed,
            impact_id=impact.assessment_id,
        )
        _write(store, key, now, approver, "model_promoted", version, early=early)
    reconcile(store, state)


def refuse(store: Store, key: bytes, version: int, *, approver: str, now: int, reason: str) -> None:
    """Turn a proposed version down."""
    with store.write():
        models.refuse(store, version, approver=approver, at=now, reason=reason)
        _write(store, key, now, approver, "model_refused", version)


def rollback(store: Store, key: bytes, state: Path, *, by: str, now: int, reason: str) -> int | None:
    """Let the champion before this one serve again (None: the rules); returns its number."""
    with store.write():
        version = models.rollback(store, by=by, at=now, reason=reason)
        _write(store, key, now, by, "model_rolled_back", version)
    reconcile(store, state)
    return version


def kill(store: Store, key: bytes, state: Path, *, by: str, now: int, reason: str) -> None:
    """Stop scoring at once; clocks, must-acts and the rules-only list run on."""
    with store.write():
        models.kill(store, by=by, at=now, reason=reason)
        _write(store, key, now, by, "model_stopped", None)
    reconcile(store, state)


def unkill(store: Store, key: bytes, state: Path, *, by: str, now: int, reason: str) -> None:
    """Let the approved champion score again."""
    with store.write():
        models.unkill(store, by=by, at=now, reason=reason)
        _write(store, key, now, by, "model_resumed", None)
    reconcile(store, state)


def reconcile(store: Store, state: Path) -> None:
    """Make MLflow's alias say what our record says: after each decision and at start, where MLflow has a store.

    MLflow is asked only where its store has changed since its alias was last seen to say so: a service is ready sooner
    than MLflow is imported.
    """
    if not (state / "mlflow.db").is_file():
        return
    serving = models.champion(store)
    version = None if serving is None else serving.version
    seen = state / ALIAS_SEEN
    if seen.is_file() and seen.read_text(encoding="utf-8") == _as_it_is(state, version):
        return
    registry.set_champion(state, version)
    seen.write_text(_as_it_is(state, version), encoding="utf-8")


def _as_it_is(state: Path, version: int | None) -> str:
    """The version that serves and the state of MLflow's files, as one line."""
    files = sorted(state.glob("mlflow.db*"))
    told = [(file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    return json.dumps({"champion": version, "files": told})


def _check_gate(model: ModelVersion) -> None:
    if model.bench_only:
        raise NotAllowed(
            "bench_only",
            "该模型的观察结果仅限评测使用，不得投入使用",
            "the model's label is bench only; it can be evaluated, never promoted",
        )
    if not model.gate.get("passed"):
        raise NotAllowed(
            "gate_not_passed",
            "该模型未通过启用检验，不得投入使用；排查按规则运行",
            "the model did not pass the gate and may not go live; the sweep goes on by rules",
            [(item["zh"], item["en"]) for item in model.gate.get("reasons", [])],
        )


def _write(
    store: Store, key: bytes, now: int, user: str, action: str, version: int | None, *, early: bool = False
) -> None:
    detail = {"version": version, **({"before_its_time": True} if early else {})}
    entry = audit.Entry(at=now, user_id=user, action=action, detail=detail)
    audit.append_many(store, key, [entry])
