"""What steward and approver decide about model versions, by page or interface: two people, each with a reason (G21)."""

from collections.abc import Callable

from data.errors import NotAllowed
from data.store.batches import batch_view
from data.store.users import UserRole
from serving import acts
from serving.deps import Caller, Service
from training import promote

#: What one of the two may do alone: back to what two people had approved, to the rules, or on again.
ALONE: dict[str, Callable[..., object]] = {
    "rollback": promote.rollback,
    "stop": promote.kill,
    "resume": promote.unkill,
}


def propose(service: Service, caller: Caller, version: int, text: str) -> None:
    """Put a challenger, or one that served before, forward. Raises NotAllowed for who is not the steward."""
    reason = _reason(service, caller, text, UserRole.STEWARD)
    promote.propose(
        service.store, service.journal.key, version, proposer=caller.person.user_id, now=caller.now, reason=reason
    )


def approve(service: Service, caller: Caller, version: int, text: str, *, accept_early: bool) -> None:
    """Let a proposed version serve. Raises NotAllowed for who is not the approver, and as `promote.approve`."""
    reason = _reason(service, caller, text, UserRole.APPROVER)
    promote.approve(
        service.store,
        service.journal.key,
        service.state_dir,
        version,
        approver=caller.person.user_id,
        now=caller.now,
        reason=reason,
        impact=service.settings.impact,
        vault=service.settings.vault.enabled,
        demo=batch_view(service.store).demo,
        accept_early=accept_early,
    )


def refuse(service: Service, caller: Caller, version: int, text: str) -> None:
    """Turn a proposed version down. Raises NotAllowed for who is not the approver."""
    reason = _reason(service, caller, text, UserRole.APPROVER)
    promote.refuse(
        service.store, service.journal.key, version, approver=caller.person.user_id, now=caller.now, reason=reason
    )


def alone(service: Service, caller: Caller, act: str, text: str) -> None:
    """Roll back, stop or resume (`ALONE`), with a reason; either of the two may."""
    reason = _reason(service, caller, text)
    ALONE[act](
        service.store,
        service.journal.key,
        service.state_dir,
        by=caller.person.user_id,
        now=caller.now,
        reason=reason,
    )


def _reason(service: Service, caller: Caller, text: str, role: UserRole | None = None) -> str:
    if role is not None and caller.person.role is not role:
        raise NotAllowed("not_allowed", "您的角色没有此项权限", "your role does not have this right")
    acts.check_reason(text)
    acts.check_texts(service, caller, [text], office_id=caller.person.office_id or "")
    return text.strip()
