"""Which model versions exist, who approved which, and which one served at any instant."""

import heapq
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from data.errors import NotAllowed, NotFound
from data.store import holds, schema
from data.store.engine import Store

State = Literal["challenger", "proposed", "champion", "retired", "refused"]
Action = Literal["propose", "promote", "refuse", "rollback", "kill", "unkill"]
_STATES_ZH: Mapping[State, str] = {
    "challenger": "备选",
    "proposed": "已提议，待审批",
    "champion": "在用",
    "retired": "已停用",
    "refused": "未批准",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """A fitted model as registered; `scorecard_path` is relative to the state directory, `gate` the gate's findings.

    `version` 0 asks `add_model` for the next number; MLflow's own number may be given instead.
    """

    name: str
    scorecard_sha256: str
    scorecard_path: str
    feature_fingerprint: str
    label: str
    bench_only: bool
    demo: bool
    assumed_share: float
    created_at: int
    created_by: str
    gate: Mapping[str, Any] = field(default_factory=dict[str, Any])
    mlflow_run_id: str | None = None
    mlflow_model_id: str | None = None
    batch_id: int | None = None
    version: int = 0
    state: State = "challenger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One decision about models: who asked, who decided, when, and on which impact assessment."""

    action: Action
    version: int | None
    proposer: str | None
    approver: str
    at: int
    accepted_assumed: bool
    impact_id: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """That `version` (None: rules only) served from one instant until another (None: still)."""

    version: int | None
    since: int
    until: int | None


def add_model(store: Store, model: ModelVersion) -> int:
    """Store a new challenger and return its number."""
    table = schema.model_versions
    with store.write() as connection:
        _lock(connection)
        number = model.version or (
            connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.version), 0))).scalar_one() + 1
        )
        values = asdict(model) | {"version": number, "state": "challenger", "gate": dict(model.gate)}
        connection.execute(table.insert().values(**values))
    return number


def find_model(store: Store, version: int) -> ModelVersion:
    """The model with this number. Raises NotFound."""
    with store.read() as connection:
        return _find(connection, version)


def read_models(store: Store) -> list[ModelVersion]:
    """All model versions, newest first."""
    with store.read() as connection:
        rows = connection.execute(schema.model_versions.select().order_by(schema.model_versions.c.version.desc()))
        return [_model(row) for row in rows.mappings()]


def propose(store: Store, version: int, *, proposer: str, at: int, reason: str) -> None:
    """Put a challenger forward for promotion. Raises NotAllowed for bench-only models (G26) and other states."""
    with store.write() as connection:
        _lock(connection)
        model = _find(connection, version)
        _refuse_bench(model)
        if model.state not in ("challenger", "retired"):
            raise _wrong_state(model)
        _set_state(connection, version, "proposed")
        _record(connection, "propose", version, proposer=None, approver=proposer, at=at, reason=reason)


def promote(
    store: Store,
    version: int,
    *,
    approver: str,
    at: int,
    reason: str,
    accepted_assumed: bool = False,
    impact_id: str | None = None,
) -> None:
    """Make a proposed version the champion; the one before it retires.

    Raises NotAllowed where nobody proposed it, the approver is its proposer (G21), or it is bench only (G26).
    """
    with store.write() as connection:
        _lock(connection)
        model = _find(connection, version)
        _refuse_bench(model)
        if model.state != "proposed":
            raise _wrong_state(model)
        proposer = _proposer(connection, version)
        if proposer == approver:
            raise _same_person()
        _replace_champion(connection, version)
        _record(
            connection,
            "promote",
            version,
            proposer=proposer,
            approver=approver,
            at=at,
            reason=reason,
            accepted_assumed=accepted_assumed,
            impact_id=impact_id,
        )


def refuse(store: Store, version: int, *, approver: str, at: int, reason: str) -> None:
    """Turn a proposed version down. Raises NotAllowed in other states, or where the decider proposed it."""
    with store.write() as connection:
        _lock(connection)
        model = _find(connection, version)
        if model.state != "proposed":
            raise _wrong_state(model)
        proposer = _proposer(connection, version)
        if proposer == approver:
            raise _same_person()
        _set_state(connection, version, "refused")
        _record(connection, "refuse", version, proposer=proposer, approver=approver, at=at, reason=reason)


def rollback(store: Store, *, by: str, at: int, reason: str) -> int | None:
    """Let the champion before this one serve again, or the rules where there was none; returns its number.

    One person suffices: it only brings back what two people had approved. Raises NotAllowed without a champion.
    """
    with store.write() as connection:
        _lock(connection)
        stack = _champions(_approvals(connection))
        if not stack:
            raise NotAllowed("no_champion", "当前没有在用模型，无可回退", "there is no champion to roll back from")
        back_to = stack[-2] if len(stack) > 1 else None
        _replace_champion(connection, back_to)
        _record(connection, "rollback", back_to, proposer=None, approver=by, at=at, reason=reason)
    return back_to


def kill(store: Store, *, by: str, at: int, reason: str) -> None:
    """Stop scoring; clocks and rules run on."""
    with store.write() as connection:
        _lock(connection)
        _record(connection, "kill", None, proposer=None, approver=by, at=at, reason=reason)


def unkill(store: Store, *, by: str, at: int, reason: str) -> None:
    """Let the champion score again."""
    with store.write() as connection:
        _lock(connection)
        _record(connection, "unkill", None, proposer=None, approver=by, at=at, reason=reason)


def is_killed(store: Store) -> bool:
    """Whether the kill switch is on."""
    history = served(store)
    approvals = read_approvals(store)
    return (
        bool(history) and next((a.action for a in reversed(approvals) if a.action in ("kill", "unkill")), "") == "kill"
    )


def champion(store: Store) -> ModelVersion | None:
    """The version that serves now; None under the kill switch or a hold, or where none is approved: rules only."""
    history = served(store)
    if not history or history[-1].version is None:
        return None
    return find_model(store, history[-1].version)


def champion_at(store: Store, at: int) -> ModelVersion | None:
    """The version that served just before the instant `at`; None where it was rules only."""
    then = next((one for one in reversed(served(store)) if one.since < at), None)
    return None if then is None or then.version is None else find_model(store, then.version)


def champions(store: Store) -> list[int]:
    """The versions two people approved that a roll back leads through, the one in use last; empty for the rules."""
    return _champions(read_approvals(store))


def served(store: Store) -> list[Served]:
    """Which version served when, oldest first, from the recorded decisions and holds alone (G21, G24)."""
    spans: list[Served] = []
    decisions: list[Approval] = []
    held = 0
    changes: list[tuple[int, Approval | int]] = [(one.at, one) for one in read_approvals(store)]
    switches: list[tuple[int, Approval | int]] = list(holds.switches(store))
    for at, change in heapq.merge(changes, switches, key=lambda pair: pair[0]):
        if isinstance(change, int):
            held += change
        else:
            decisions.append(change)
            if change.action in ("propose", "refuse"):
                continue
        stack = _champions(decisions)
        switch = next((d.action for d in reversed(decisions) if d.action in ("kill", "unkill")), "unkill")
        version = stack[-1] if stack and switch == "unkill" and not held else None
        if spans and spans[-1].version == version:
            continue
        if spans:
            spans[-1] = Served(version=spans[-1].version, since=spans[-1].since, until=at)
        spans.append(Served(version=version, since=at, until=None))
    return spans


def read_approvals(store: Store) -> list[Approval]:
    """All decisions about models, in the order they were made."""
    with store.read() as connection:
        return _approvals(connection)


def _approvals(connection: sa.Connection) -> list[Approval]:
    rows = connection.execute(schema.approvals.select().order_by(schema.approvals.c.id)).mappings()
    return [Approval(**{name: row[name] for name in Approval.__dataclass_fields__}) for row in rows]


def _champions(decisions: list[Approval]) -> list[int]:
    """The champions a rollback could return to, the serving one last."""
    stack: list[int] = []
    for decision in decisions:
        if decision.action == "promote" and decision.version is not None:
            stack.append(decision.version)
        elif decision.action == "rollback" and stack:
            stack.pop()
    return stack


def _find(connection: sa.Connection, version: int) -> ModelVersion:
    table = schema.model_versions
    row = connection.execute(table.select().where(table.c.version == version)).mappings().first()
    if row is None:
        raise NotFound("no_such_model", f"没有模型版本 {version}", f"there is no model version {version}")
    return _model(row)


def _model(row: sa.RowMapping) -> ModelVersion:
    return ModelVersion(**row)


def _proposer(connection: sa.Connection, version: int) -> str:
    asked = [a for a in _approvals(connection) if a.action == "propose" and a.version == version]
    return asked[-1].approver


def _replace_champion(connection: sa.Connection, version: int | None) -> None:
    table = schema.model_versions
    connection.execute(table.update().where(table.c.state == "champion").values(state="retired"))
    if version is not None:
        _set_state(connection, version, "champion")


def _set_state(connection: sa.Connection, version: int, state: State) -> None:
    table = schema.model_versions
    connection.execute(table.update().where(table.c.version == version).values(state=state))


def _record(
    connection: sa.Connection,
    action: Action,
    version: int | None,
    *,
    proposer: str | None,
    approver: str,
    at: int,
    reason: str,
    accepted_assumed: bool = False,
    impact_id: str | None = None,
) -> None:
    approval = Approval(
        action=action,
        version=version,
        proposer=proposer,
        approver=approver,
        at=at,
        accepted_assumed=accepted_assumed,
        impact_id=impact_id,
        reason=reason,
    )
    connection.execute(schema.approvals.insert().values(**asdict(approval)))


def _lock(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE model_versions IN SHARE ROW EXCLUSIVE MODE"))


def _refuse_bench(model: ModelVersion) -> None:
    if model.bench_only:
        raise NotAllowed(
            "bench_only",
            "该模型的观察结果仅限评测使用，不得投入使用",
            "the model's label is bench only; it can be evaluated, never promoted",
        )


def _wrong_state(model: ModelVersion) -> NotAllowed:
    return NotAllowed(
        "model_state",
        f"第 {model.version} 版当前状态为“{_STATES_ZH[model.state]}”，不能作此操作",
        f"model version {model.version} is {model.state}; this cannot be done to it",
    )


def _same_person() -> NotAllowed:
    return NotAllowed(
        "two_people", "提出人与批准人须为不同的人", "the proposer and the approver must be two different people"
    )
