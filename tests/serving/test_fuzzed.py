"""Whatever the description allows to be asked, and what it does not, by whomever, one call after the other: never an
inner error, never an answer of another shape than described, and nothing told without a right."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation.stateful.state_machine import StepInput
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from data.store import users
from data.store.users import UserRole
from data.times import DAY_US
from serving.app import routes
from serving.deps import right_of
from serving.journal import audit_key
from serving.machine_tokens import create_token
from serving.permissions import MACHINE_RIGHTS, RIGHTS, Right
from serving.sessions import start_session
from tests.serving.conftest import CUTOFF, Desk, issue, make_scorecard, people
from tests.serving.test_routes import SEES
from training.scorecard import Scorecard

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROLE_OF: dict[str, UserRole] = {name: role for name, role, *_ in people()}
MACHINES: dict[str, tuple[str, ...]] = {"hotline": ("events", "clocks"), "reader": ("clocks",)}
STRANGERS = {"nobody": {}, "forged": {"Authorization": "Bearer prt_forged"}, "stale": {"Cookie": "pr_session=stale"}}
CALLERS = [*ROLE_OF, *MACHINES, *STRANGERS]
#: Of the matters each caller is told of; the log's readers are told of all there are.
TOLD = SEES | dict.fromkeys(MACHINES, SEES["petition_head"])
STEPS = 12
#: Scenarios begun at a time.
ROUND = 35
#: Answers that scenarios come to, sooner or later.
WALKED = {200, 401, 403, 404, 409, 422}
#: Who try each call before one who may make it.
OTHERS = 5
_CALLERS = "X-Callers"

# What a library warns of is not what is tested here.
pytestmark = pytest.mark.filterwarnings("default")
RULES: dict[tuple[str, str], Right] = {
    (method, route.path): right_of(route) or Right.OPEN for route in routes() for method in route.methods or ()
}


class World:
    """The service, whose callers sign in anew with each scenario, and what was asked and answered."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.made: Counter[tuple[str, str, int]] = Counter()
        self.headers: dict[str, dict[str, str]] = dict(STRANGERS)

    def next_morning(self) -> None:
        """The next day: caps are lifted, sessions have ended."""
        self.desk.clock.forward(hours=24)
        self.headers = dict(STRANGERS)

    def headers_of(self, caller: str) -> dict[str, str]:
        if caller not in self.headers:
            self.headers[caller] = self._signed_in(caller)
        return self.headers[caller]

    def _signed_in(self, caller: str) -> dict[str, str]:
        store, now = self.desk.store, self.desk.clock()
        if caller not in MACHINES:
            person = users.find_user(store, caller)
            assert person is not None
            return {"Cookie": f"pr_session={start_session(store, person, self.desk.settings.service, now=now)}"}
        admin = users.find_user(store, "admin")
        assert admin is not None
        made = {"office_id": "C1", "purpose": caller, "rights": MACHINES[caller], "days": 1, "now": now}
        return {"Authorization": f"Bearer {create_token(store, audit_key(self.desk.state_dir), admin, **made)[1]}"}

    def ask(self, case: Any) -> tuple[str, Any, Any]:
        """Have each of the callers ask, and judge all but the last; give that one, the case and the answer."""
        *others, last = case.headers.pop(_CALLERS).split()
        for caller in others:
            self.judge(caller, case, case.call(headers=self.headers_of(caller)))
        return last, case, case.call(headers=self.headers_of(last))

    def judge(self, caller: str, case: Any, response: Any) -> None:
        case.validate_response(response, checks=CHECKS)
        where = (case.method.upper(), case.path)
        self.made[(caller, " ".join(where), response.status_code)] += 1
        right = RULES[where]
        if response.status_code < 400:
            assert _may(caller, right), (caller, where)
        if right is not Right.LOG and response.request.method != "HEAD":
            text = response.text
            told = {number for number, matter_id in self.desk.ids.items() if matter_id in text}
            assert told <= TOLD.get(caller, set()), (caller, where, told)
            if response.status_code >= 400:
                assert not any(f'"{number}"' in text for number in self.desk.ids), (caller, where)


def _may(caller: str, right: Right) -> bool:
    if right is Right.OPEN:
        return True
    if caller in MACHINES:
        return str(MACHINE_RIGHTS.get(right)) in MACHINES[caller]
    return caller in ROLE_OF and ROLE_OF[caller] in RIGHTS[right]


def _machine(world: World) -> tuple[Any, list[Any]]:
    """Scenarios as a state machine, and each call the description knows by itself."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", world.desk.app)
    rightful = {
        label: [one for one in CALLERS if _may(one, right)]
        for label, right in ((" ".join(where), right) for where, right in RULES.items())
    }

    @schema.hook
    def flatmap_case(context: Any, case: Any) -> st.SearchStrategy[Any]:  # pyright: ignore[reportUnusedFunction]
        """Give each call its callers: five of any kind, then one who may make it."""
        some = rightful[f"{case.method.upper()} {case.path}"]

        def by(drawn: tuple[bool, tuple[str, ...]]) -> Any:
            bare, callers = drawn
            case.headers = {**(case.headers or {}), _CALLERS: " ".join(callers)}
            if bare:
                # A made-up filter finds nothing that the next call could take up.
                case.query = {}
            return case

        callers = st.tuples(*[st.sampled_from(CALLERS)] * OTHERS, st.sampled_from(some))
        return st.tuples(st.booleans(), callers).map(by)

    machine: Any = schema.as_state_machine()
    found = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    # The first is drawn most: one that has something to say.
    unlinked = sorted(
        (one for one in found if one.label not in machine._transitions.operations),
        key=lambda one: (RULES[one.method.upper(), one.path] is Right.OPEN, one.method == "get"),
    )

    class Steps(machine):
        """Calls in a row, each with what the ones before answered."""

        def setup(self) -> None:
            world.next_morning()

        @rule(case=st.sampled_from(unlinked).flatmap(lambda operation: operation.as_strategy()))
        def alone(self, case: Any) -> None:
            self._step(StepInput.initial(case))

        def call(self, case: Any, **_: Any) -> Any:
            self.caller, _, response = world.ask(case)
            return response

        def validate_response(self, response: Any, case: Any, *_: Any, **__: Any) -> None:
            world.judge(self.caller, case, response)

    return Steps, found


def _drawn(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )


def _missing(world: World) -> set[Any]:
    """What no call was like so far: callers, operations and answers."""
    wanted: set[Any] = {*CALLERS, *(" ".join(where) for where in RULES if where[1].startswith("/v1/"))}
    return (wanted | WALKED | {400}) - {part for made in world.made for part in made}


def _ask(world: World, calls: int, *, first_seed: int) -> None:
    """Ask at least so many times, in rounds of scenarios; then what none of them came to, and what no text is."""
    machine, operations = _machine(world)
    number = first_seed
    while world.made.total() < calls or (WALKED & _missing(world) and world.made.total() < 4 * calls):
        seed(number)(machine).run(settings=_drawn(ROUND))
        number += 1
    for operation in operations:
        if operation.label in _missing(world):
            _alone(world, operation, number)
        if operation.body and "{" not in operation.path:
            _garbled(world, operation)
    assert _missing(world) == set()


def _alone(world: World, operation: Any, number: int) -> None:
    """One call that no scenario came to."""

    @seed(number)
    @_drawn(1)
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        world.judge(*world.ask(case))

    ask()


def _garbled(world: World, operation: Any) -> None:
    """Who may write sends what is no text."""
    case = operation.Case()
    caller = next(one for one in CALLERS if _may(one, RULES[case.method.upper(), case.path]))
    headers = {**world.headers_of(caller), "Content-Type": "application/json"}
    world.judge(caller, case, case.call(headers=headers, data=b"\xff"))


@pytest.fixture
def world(desk: Desk, approve: Callable[[Scorecard], int]) -> World:
    """With a model in use, one before it, and lists by rules and by model."""
    approve(make_scorecard())
    version = approve(make_scorecard())
    issue(desk.store, desk.ids, version=version, cutoff=CUTOFF + DAY_US)
    return World(desk)


def test_five_thousand_calls_by_everybody_break_nothing_and_tell_nobody_what_is_not_theirs(world: World) -> None:
    _ask(world, 5_000, first_seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("tenth", range(10))
def test_a_hundred_thousand_calls_break_nothing(world: World, tenth: int) -> None:
    _ask(world, 10_000, first_seed=1_000 * (tenth + 1))
