"""Which label, sources and purpose an impact assessment was made for: another use of its number is refused (G20)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from data.errors import NotAllowed
from data.settings import ImpactSettings
from data.store import schema
from data.store.batches import batch_view
from data.store.engine import Store

#: What the identity vault is called among the sources.
VAULT = "identity_vault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What is assessed: what is learnt, from whose records, and for what."""

    label: str
    sources: Sequence[str]
    purpose: str


def basis(store: Store, impact: ImpactSettings, label: str, *, vault: bool = False) -> Basis:
    """The present use: `label`, the sources of the imports that stand (identities, where the vault is on, are one),
    and the purpose of the settings."""
    sources = sorted({stored.batch.source for stored in batch_view(store).effective} | ({VAULT} if vault else set()))
    return Basis(label=label, sources=sources, purpose=impact.purpose)


def require(store: Store, impact: ImpactSettings, given: Basis, *, at: int) -> None:
    """Note what the assessment in the settings is first used for; the same number serves that and nothing else.

    Raises NotAllowed("impact_changed") naming what changed: the assessment is asked for again, under a new number.
    """
    if impact.assessment_id is None or impact.approver is None:
        return
    table = schema.impact_assessments
    with store.write() as connection:
        row = connection.execute(table.select().where(table.c.assessment_id == impact.assessment_id)).mappings().first()
        if row is None:
            connection.execute(
                table.insert().values(
                    assessment_id=impact.assessment_id,
                    approver=impact.approver,
                    label=given.label,
                    sources=list(given.sources),
                    purpose=given.purpose,
                    first_used_at=at,
                )
            )
            return
    changed = _changed(row, given)
    if changed:
        raise NotAllowed(
            "impact_changed",
            "自该影响评估以来，观察结果、数据来源或用途已变更；请重新评估，并在设置 impact 中填写新的编号",
            "label, sources or purpose have changed since this impact assessment; assess again and put the new number "
            "into the settings table impact (G20)",
            changed,
        )


def _changed(row: sa.RowMapping, given: Basis) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str, Any, Any]] = [
        ("观察结果", "label", row["label"], given.label),
        ("数据来源", "sources", sorted(row["sources"]), sorted(given.sources)),
        ("用途", "purpose", row["purpose"], given.purpose),
    ]
    return [
        (f"{zh}：{_shown(before)} → {_shown(now)}", f"{en}: {_shown(before)} → {_shown(now)}")
        for zh, en, before, now in pairs
        if (set(now) - set(before) if isinstance(now, list) else now != before)
    ]


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
