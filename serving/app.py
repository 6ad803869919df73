"""The web application: routes, security headers, request ids, counters, and refusals in two languages."""

from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from data.errors import PetitionRiskError
from data.settings import Settings
from data.store.engine import Store
from serving import problems
from serving.api import (
    clocks,
    decisions,
    events,
    health,
    matter_list,
    matters,
    model_acts,
    models,
    oversight,
    score,
    screenings,
    trials,
    work,
)
from serving.champion import Champions
from serving.deps import Service, is_page, language_of, request_id_of, right_of
from serving.frame import Frame
from serving.journal import Journal, audit_key
from serving.log import configure, request_failed
from serving.metrics import make_metrics
from serving.oidc import provider_of
from serving.openapi import describe
from serving.sign_on import check_settings
from serving.vault_keys import switched_on
from serving.web import (
    account,
    board_page,
    bulk_page,
    case_pages,
    digest_page,
    explanation_pages,
    export_page,
    feature_pages,
    filled_page,
    flag_page,
    harm_page,
    home,
    import_page,
    import_past_page,
    kept_first,
    list_page,
    log_page,
    major_page,
    matter_page,
    matters_page,
    model_pages,
    monitor_page,
    notices_page,
    paper_page,
    promote_page,
    render,
    run_page,
    sheet_page,
    sign_on_page,
    sign_page,
    sunset_page,
    tasks_page,
    today_page,
    token_page,
    tour,
    views_page,
    work_page,
)
from serving.web.wrong_query import wrong_query

API_VERSION = "1.0.0"
_STATIC = Path(__file__).with_name("static")
#: Looked through in this order for each request: what is asked for most comes first.
_ROUTERS = (
    list_page.router,
    health.router,
    score.router,
    screenings.router,
    decisions.router,
    matters.router,
    clocks.router,
    matter_list.router,
    work.router,
    events.router,
    models.router,
    model_acts.router,
    trials.router,
    oversight.router,
    account.router,
    sign_on_page.router,
    home.router,
    today_page.router,
    tasks_page.router,
    matters_page.router,
    views_page.router,
    notices_page.router,
    tour.router,
    matter_page.router,
    feature_pages.router,
    flag_page.router,
    bulk_page.router,
    work_page.router,
    export_page.router,
    filled_page.router,
    paper_page.router,
    major_page.router,
    sheet_page.router,
    sign_page.router,
    case_pages.router,
    explanation_pages.router,
    harm_page.router,
    model_pages.router,
    promote_page.router,
    monitor_page.router,
    log_page.router,
    digest_page.router,
    sunset_page.router,
    import_page.router,
    import_past_page.router,
    run_page.router,
    token_page.router,
    board_page.router,
)


def create_app(store: Store, settings: Settings, state_dir: Path, clock: Callable[[], int]) -> FastAPI:
    """The application on an open, migrated store; `clock()` gives UTC microseconds.

    Raises RuntimeError when a route declares no rule: nothing is served that nobody has thought about; SettingsError
    as `sign_on.check_settings` and `oidc.provider_of`.
    """
    check_settings(settings)
    configure(quiet=settings.demo)
    metrics = make_metrics()
    app = FastAPI(
        title="petition-risk",
        version=API_VERSION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = Service(
        store=store,
        settings=settings,
        state_dir=state_dir,
        clock=clock,
        metrics=metrics,
        champions=Champions(store=store, settings=settings, state_dir=state_dir, metrics=metrics),
        journal=Journal(store=store, key=audit_key(state_dir)),
        vault=switched_on(settings.vault, state_dir),
        provider=provider_of(settings.sign_on),
    )
    app.state.scores = score.kept_scores()
    app.state.kept_views = kept_first.kept_views()
    for route in routes():
        if right_of(route) is None:
            raise RuntimeError(f"{route.path} declares no rule")
    # The routes themselves, not a copy of each: no router adds anything of its own, and every application of a
    # process would work out all their parameters again.
    app.router.routes.extend(routes())
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    describe(app, [route for route in routes() if route.include_in_schema])
    app.add_middleware(Frame, refusal=refusal)
    app.add_exception_handler(PetitionRiskError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    return app


def routers() -> tuple[APIRouter, ...]:
    """Everything the application is put together from."""
    return _ROUTERS


def routes() -> list[APIRoute]:
    """Every route of the application but the static files."""
    return [route for router in _ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def refusal(request: Request, error: PetitionRiskError) -> Response:
    """A refusal as a page for people and as problem details for programs."""
    language, request_id = language_of(request), request_id_of(request)
    if is_page(request):
        return render.error_page(request, error)
    return problems.of_error(error, language, request_id)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, PetitionRiskError)  # noqa: S101 - what this handler is registered for
    if error.status >= 500:
        request_failed(error, request_id_of(request))
    return refusal(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    if is_page(request):
        return render.error_page(request, wrong_query(request, error.errors()))
    code, zh, en = problems.BY_STATUS[422]
    language = language_of(request)
    return problems.problem(
        status=422,
        code=code,
        zh=zh,
        en=en,
        language=language,
        request_id=request_id_of(request),
        errors=problems.field_errors(error.errors(), language),
    )


async def _plain(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if is_page(request):
        code, zh, en = problems.BY_STATUS.get(error.status_code, problems.BY_STATUS[400])
        told = PetitionRiskError(code, zh, en)
        return render.error_page(request, told, status=error.status_code)
    return problems.of_status(error.status_code, language_of(request), request_id_of(request), error.headers)
