"""What a route receives: the service's parts, the caller, and the guard that lets nobody through by default."""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from fastapi.routing import APIRoute

from data.errors import NotAllowed
from data.forbidden import shown
from data.settings import Settings
from data.store import register
from data.store.audit import Entry
from data.store.engine import Store
from data.store.tokens import MachineToken
from data.store.users import Session, User, UserRole
from data.store.vault import Vault
from serving.attempts import Attempts
from serving.board_cache import Boards
from serving.champion import Champions
from serving.journal import Journal
from serving.kept import Kept
from serving.kept_cards import KeptCards
from serving.kept_pages import KeptPages
from serving.machine_tokens import actor, find_machine
from serving.metrics import Metrics
from serving.oidc import Provider
from serving.permissions import Right, Scope, check_can_use, check_machine, offices_below, scope_of
from serving.problems import BadToken, Language, NotSignedIn, PasswordChangeRequired, Unreadable
from serving.proxies import named
from serving.sessions import end_session, find_session, is_signed_on

LANGUAGE_COOKIE = "pr_lang"
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts one running application is made of; `clock()` gives UTC microseconds."""

    store: Store
    settings: Settings
    state_dir: Path
    clock: Callable[[], int]
    metrics: Metrics
    champions: Champions
    journal: Journal
    vault: Vault | None = None
    provider: Provider | None = None
    attempts: Attempts = field(default_factory=Attempts)
    boards: Boards = field(default_factory=Boards)
    cards: KeptCards = field(default_factory=KeptCards)
    pages: KeptPages = field(default_factory=KeptPages)
    #: By person and list what its page says; by part of an office how its matters stand, by person what waits, by
    #: scope what histories say.
    lists: Kept[Any, Any] = field(default_factory=lambda: Kept(most=100))
    due: Kept[Any, Any] = field(default_factory=lambda: Kept(most=50))
    notices: Kept[str, Any] = field(default_factory=lambda: Kept(most=500))
    owing: Kept[Scope, Any] = field(default_factory=lambda: Kept(most=60))


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, in which language, and what they may see: a signed-in user, a machine, or on open routes nobody."""

    user: User | None
    session: Session | None
    scope: Scope | None
    language: Language
    request_id: str
    now: int
    machine: MachineToken | None = None

    @property
    def actor(self) -> str:
        """Who is named in the log."""
        return self.person.user_id if self.machine is None else actor(self.machine)

    @property
    def office_id(self) -> str | None:
        """The office of the person or the machine."""
        return self.person.office_id if self.machine is None else self.machine.office_id

    @property
    def person(self) -> User:
        """The signed-in user; raises NotSignedIn where there is none."""
        if self.user is None:
            raise NotSignedIn
        return self.user

    @property
    def matters(self) -> Scope:
        """The scope of matters; raises NotAllowed for a role, or an incomplete account, without one."""
        if self.scope is None:
            raise NotAllowed(
                "no_scope",
                "您的账户没有可查看的事项范围；请账户管理员补全单位、部门或承办人编号",
                "your account has no scope of matters; ask the administrator for office, department or staff number",
            )
        return self.scope

    def entry(
        self, action: str, office_id: str | None, detail: Mapping[str, Any] | None = None, matter_id: str | None = None
    ) -> Entry:
        """The record of an act or a view of this caller."""
        return Entry(
            at=self.now,
            user_id=self.actor,
            action=action,
            office_id=office_id,
            matter_id=matter_id,
            detail=dict(detail or {}),
            request_id=self.request_id,
        )


def service_of(request: Request) -> Service:
    """The parts of the application that answers this request."""
    return cast(Service, request.app.state.service)


def request_id_of(request: Request) -> str:
    """The id of this request, given by the caller's proxy where it is well formed, else made here."""
    found = getattr(request.state, "request_id", None)
    if found is None:
        sent = request.headers.get("x-request-id", "")
        found = sent if _REQUEST_ID.fullmatch(sent) else secrets.token_hex(8)
        request.state.request_id = found
    return cast(str, found)


def is_page(request: Request) -> bool:
    """Whether the answer is read by a person in a browser; else it is data."""
    path = request.url.path
    return not (path.startswith("/v1/") or path in {"/v1", "/healthz", "/readyz", "/metrics", "/openapi.json"})


def language_of(request: Request) -> Language:
    """`?lang=` wins; then on pages the cookie, on the interface Accept-Language; then the setting; then Chinese."""
    asked = request.query_params.get("lang")
    if asked in ("zh", "en"):
        return asked
    if is_page(request):
        kept = request.cookies.get(LANGUAGE_COOKIE)
        if kept in ("zh", "en"):
            return kept
    else:
        for part in request.headers.get("accept-language", "").lower().split(","):
            tag = part.split(";")[0].strip()[:2]
            if tag in ("zh", "en"):
                return tag
    app_settings = service_of(request).settings
    return app_settings.language or "zh"


def caller_of(request: Request, *, look: bool = True) -> Caller:
    """Who asks, by the session cookie; an ended or unknown session is nobody. `look` false: the store is not asked."""
    service = service_of(request)
    now = service.clock()
    sent = None if is_page(request) else request.headers.get("authorization")
    if look and sent is not None:
        # Who shows a token is that machine or nobody: a browser's cookie beside it counts for nothing.
        machine = find_machine(service.store, sent, now)
        if machine is None:
            raise BadToken
        return Caller(
            user=None,
            session=None,
            scope=Scope(offices=(machine.office_id,)),
            language=language_of(request),
            request_id=request_id_of(request),
            now=now,
            machine=machine,
        )
    found = find_session(service.store, service.settings.service, request.cookies, now) if look else None
    if found is not None and not _agrees(service.settings, request, found[0]):
        end_session(service.store, service.settings.service, request.cookies)
        found = None
    user, session = found if found is not None else (None, None)
    scope = None
    if user is not None:
        below = ()
        if user.role is UserRole.LEADER:
            below = offices_below(register.office_tree(service.store), user.office_id or "")
        scope = scope_of(user, below)
    return Caller(
        user=user,
        session=session,
        scope=scope,
        language=language_of(request),
        request_id=request_id_of(request),
        now=now,
    )


def _agrees(settings: Settings, request: Request, user: User) -> bool:
    """Whether the proxy in front, where it names people, still means the person of the session."""
    if settings.sign_on.header is None:
        return True
    said = named(settings, request)
    return said == user.user_id or (said is None and not is_signed_on(settings.service, request.cookies))


@dataclass(frozen=True, slots=True)
class Guard:
    """The rule of a route: who may use it (`right`); unknown or repeated query parameters are refused.

    Who still has a password given by somebody else reaches only the routes that say `with_first_password`.
    """

    right: Right
    with_first_password: bool = False

    def __call__(self, request: Request) -> Caller:
        _check_query(request)
        # Liveness must not depend on the store: open data needs to know nobody.
        caller = caller_of(request, look=self.right is not Right.OPEN or is_page(request))
        if caller.user is not None and caller.user.must_change and not self.with_first_password:
            raise PasswordChangeRequired
        if caller.machine is not None:
            check_machine(caller.machine, self.right)
        elif self.right is not Right.OPEN:
            check_can_use(caller.person, self.right)
        request.state.caller = caller
        return caller


def known_parameters(request: Request) -> set[str]:
    """The query parameters the route of this request declares, and `lang`."""
    route = request.scope.get("route")
    declared = {field.alias for field in route.dependant.query_params} if isinstance(route, APIRoute) else set[str]()
    return declared | {"lang"}


def _check_query(request: Request) -> None:
    known = known_parameters(request)
    names = [name for name, _ in request.query_params.multi_items()]
    if set(names) - known or len(names) != len(set(names)):
        listed = ", ".join(sorted(known))
        told = [(f"可用参数：{listed}", f"known parameters: {listed}")]
        if is_page(request):
            wrong = dict.fromkeys(shown(name[:40]) for name in names if name not in known or names.count(name) > 1)
            told.insert(0, (f"有误的参数：{'、'.join(wrong)}", f"at fault: {', '.join(wrong)}"))
        raise Unreadable(
            "unknown_parameter",
            "含有接口说明以外或重复的查询参数",
            "unknown or repeated query parameter",
            told,
        )
    asked = request.query_params.get("lang", "zh")
    if asked not in ("zh", "en"):
        raise Unreadable("unknown_language", "lang 只能为 zh 或 en", "lang must be zh or en")


OpenCaller = Annotated[Caller, Depends(Guard(Right.OPEN))]
EntryCaller = Annotated[Caller, Depends(Guard(Right.OPEN, with_first_password=True))]
PasswordCaller = Annotated[Caller, Depends(Guard(Right.SIGNED_IN, with_first_password=True))]
AnyCaller = Annotated[Caller, Depends(Guard(Right.SIGNED_IN))]
ListCaller = Annotated[Caller, Depends(Guard(Right.LISTS))]
TodayCaller = Annotated[Caller, Depends(Guard(Right.TODAY))]
TasksCaller = Annotated[Caller, Depends(Guard(Right.TASKS))]
MatterCaller = Annotated[Caller, Depends(Guard(Right.MATTERS))]
ScoreCaller = Annotated[Caller, Depends(Guard(Right.SCORE))]
DecideCaller = Annotated[Caller, Depends(Guard(Right.DECIDE))]
SubmitCaller = Annotated[Caller, Depends(Guard(Right.SUBMIT))]
ExportCaller = Annotated[Caller, Depends(Guard(Right.EXPORT))]
SignCaller = Annotated[Caller, Depends(Guard(Right.SIGN))]
LinkCaller = Annotated[Caller, Depends(Guard(Right.LINKS))]
CorrectionCaller = Annotated[Caller, Depends(Guard(Right.CORRECTIONS))]
AnswerCaller = Annotated[Caller, Depends(Guard(Right.ANSWER))]
ModelCaller = Annotated[Caller, Depends(Guard(Right.MODELS))]
MonitorCaller = Annotated[Caller, Depends(Guard(Right.MONITOR))]
HarmCaller = Annotated[Caller, Depends(Guard(Right.HARM))]
ImportCaller = Annotated[Caller, Depends(Guard(Right.IMPORT))]
RunCaller = Annotated[Caller, Depends(Guard(Right.RUN))]
BoardCaller = Annotated[Caller, Depends(Guard(Right.BOARD))]
MappingCaller = Annotated[Caller, Depends(Guard(Right.MAPPINGS))]
LogCaller = Annotated[Caller, Depends(Guard(Right.LOG))]
EventCaller = Annotated[Caller, Depends(Guard(Right.EVENTS))]
ClockCaller = Annotated[Caller, Depends(Guard(Right.CLOCKS))]
DigestCaller = Annotated[Caller, Depends(Guard(Right.DIGEST))]
SunsetCaller = Annotated[Caller, Depends(Guard(Right.SUNSET))]
TokenCaller = Annotated[Caller, Depends(Guard(Right.TOKENS))]
TrialCaller = Annotated[Caller, Depends(Guard(Right.TRIAL))]


def right_of(route: APIRoute) -> Right | None:
    """The rule a route declares, None where it declares none."""
    guard = next(_guards(route), None)
    return None if guard is None else guard.right


def guard_of(route: APIRoute) -> Guard:
    """The guard of a route of the application: it has one, or the application would not have started."""
    return next(_guards(route))


def _guards(route: APIRoute) -> Iterator[Guard]:
    return (one.call for one in route.dependant.dependencies if isinstance(one.call, Guard))
