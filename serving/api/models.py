"""Model versions over the interface, for steward and approver."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from data.store import models
from data.times import from_us
from serving import journal
from serving.deps import ModelCaller, service_of

router = APIRouter(prefix="/v1", tags=["models"])


class ModelShape(BaseModel):
    """One version: what it was fitted on, what the gate said, and where it stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "version": 3,
                    "name": "scorecard",
                    "state": "champion",
                    "label": "unresolved_return_90d",
                    "created_at": "2026-11-01T01:12:09+00:00",
                    "created_by": "steward",
                    "scorecard_sha256": "9c1f…",
                    "feature_fingerprint": "77ab…",
                    "assumed_share": 0.12,
                    "bench_only": False,
                    "demo": True,
                    "gate": {"passed": True},
                }
            ]
        }
    )
    version: int
    name: str
    state: str
    label: str
    created_at: str
    created_by: str
    scorecard_sha256: str
    feature_fingerprint: str
    assumed_share: float
    bench_only: bool
    demo: bool
    gate: dict[str, Any]


class ServedShape(BaseModel):
    """Which version served when; null is rules-only."""

    version: int | None
    since: str
    until: str | None


class Models(BaseModel):
    """All versions, newest first, the one in use, and the history of what served."""

    champion: int | None
    rules_only: bool
    items: list[ModelShape]
    served: list[ServedShape]


@router.get("/models", response_model=Models)
def read_models(request: Request, caller: ModelCaller) -> Models:
    """Versions with gate results and the full history of which served when (G21)."""
    service = service_of(request)
    champion = models.champion(service.store)
    service.journal.record(caller.entry(journal.VIEW_MODELS, caller.person.office_id))
    return Models(
        champion=None if champion is None else champion.version,
        rules_only=champion is None or service.settings.rules_only,
        items=[_model(model) for model in models.read_models(service.store)],
        served=[
            ServedShape(
                version=span.version,
                since=from_us(span.since).isoformat(),
                until=None if span.until is None else from_us(span.until).isoformat(),
            )
            for span in models.served(service.store)
        ],
    )


def _model(model: models.ModelVersion) -> ModelShape:
    return ModelShape(
        version=model.version,
        name=model.name,
        state=model.state,
        label=model.label,
        created_at=from_us(model.created_at).isoformat(),
        created_by=model.created_by,
        scorecard_sha256=model.scorecard_sha256,
        feature_fingerprint=model.feature_fingerprint,
        assumed_share=model.assumed_share,
        bench_only=model.bench_only,
        demo=model.demo,
        gate=dict(model.gate),
    )
