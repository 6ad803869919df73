"""Is the service alive, is it ready, and what does it count about itself."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from data.errors import PetitionRiskError
from data.store import holds
from data.store.engine import is_current
from data.times import local_date, to_us
from serving.deps import OpenCaller, Service, service_of
from serving.metrics import CONTENT_TYPE, exposition
from serving.monitor_run import tell_findings

router = APIRouter(tags=["health"])
#: No answer of this program is older than its first release; a clock before it is wrong.
_EARLIEST = to_us(datetime(2026, 1, 1, tzinfo=UTC))


class Health(BaseModel):
    """The process answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})
    status: str


class Ready(BaseModel):
    """What an answer needs: each check, and whether answers come from a model or from rules."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"status": "ok", "checks": {"store": "ok", "model": "ok", "clock": "ok"}, "mode": "model", "version": 3}
            ]
        }
    )
    status: str
    checks: dict[str, str]
    mode: str
    version: int | None


@router.get("/healthz", response_model=Health)
def healthz(caller: OpenCaller) -> Health:
    """The process answers; nothing else is looked at."""
    return Health(status="ok")


@router.get("/readyz", response_model=Ready, responses={503: {"model": Ready, "description": "not ready"}})
def readyz(request: Request, caller: OpenCaller) -> Response:
    """Ready when the store has its tables, the model in use is loaded or rules serve, and the clock is sane."""
    service = service_of(request)
    checks = {"store": _store(service), "clock": "ok" if caller.now >= _EARLIEST else "wrong"}
    champion = None
    if checks["store"] == "ok":
        try:
            champion = service.champions.current()
            problem = service.champions.problem
            checks["model"] = "ok" if champion else problem.code if problem else "rules_only"
        except PetitionRiskError as problem:
            checks["model"] = problem.code
    ready = checks["store"] == "ok" and checks["clock"] == "ok" and checks.get("model") in ("ok", "rules_only")
    body = Ready(
        status="ok" if ready else "not_ready",
        checks=checks,
        mode="rules" if champion is None else "model",
        version=None if champion is None else champion.version,
    )
    return JSONResponse(body.model_dump(), status_code=200 if ready else 503)


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request, caller: OpenCaller) -> Response:
    """Counters in Prometheus' text format: routes, latency, the version in use, findings; no matters or people."""
    service = service_of(request)
    zone, sound = service.settings.time_zone, _store(service) == "ok"
    day = local_date(service.clock(), zone)
    tell_findings(service.metrics, service.store if sound else None, service.state_dir, zone, day)
    if sound:
        service.champions.current()
        service.metrics.held.set(bool(holds.open_holds(service.store)))
    return Response(exposition(service.metrics), media_type=CONTENT_TYPE)


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request, caller: OpenCaller) -> Response:
    """The interface's description."""
    return JSONResponse(request.app.openapi())


def _store(service: Service) -> str:
    try:
        return "ok" if is_current(service.store) else "older"
    except PetitionRiskError as problem:
        return problem.code
