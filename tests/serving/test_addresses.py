"""Whatever stands in an address: an answer in words, never an inner error."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from annotated_types import Le
from fastapi.dependencies.models import Dependant

from serving.app import routes
from serving.deps import right_of
from serving.permissions import RIGHTS, Right
from serving.row_numbers import MOST
from tests.serving.conftest import Desk, people

#: What no number is, none of ours, beyond what a store holds or a file may be called, what leads elsewhere.
STRANGE = ("x", "0", "-1", "9" * 25, "9" * 300, "x" * 5000, "../../etc", "\0", "🌵", "' or 1")
USER_OF = {role: name for name, role, *_ in people()}


def _readable() -> Iterator[tuple[str, str]]:
    """Every address that is read, and somebody who may."""
    for route in routes():
        right = right_of(route) or Right.OPEN
        users = [name for role, name in USER_OF.items() if right is Right.OPEN or role in RIGHTS.get(right, ())]
        if "GET" in (route.methods or ()) and users:
            yield route.path, users[0]


def _dependants(one: Dependant) -> Iterator[Dependant]:
    yield one
    for below in one.dependencies:
        yield from _dependants(below)


def _parameters(path: str, kind: str) -> list[Any]:
    return [
        parameter
        for route in routes()
        if route.path == path
        for one in _dependants(route.dependant)
        for parameter in getattr(one, kind)
    ]


@pytest.mark.parametrize(("path", "user"), sorted(set(_readable())))
def test_a_strange_address_is_answered_in_words(desk: Desk, path: str, user: str) -> None:
    client = desk.client(user)
    names = ["", *(one.alias for one in _parameters(path, "query_params"))]
    for strange in (quote(one, safe="") for one in STRANGE):
        address = re.sub(r"\{[^}]+\}", strange, path)
        for name in names:
            answer = client.get(address + (f"?{name}={strange}" if name else ""))
            assert answer.status_code < 500, (name, strange, answer.text[:300])


@pytest.mark.parametrize("path", sorted({route.path for route in routes()}))
def test_no_number_in_an_address_is_beyond_what_a_store_holds(path: str) -> None:
    numbers = [
        one
        for kind in ("path_params", "query_params")
        for one in _parameters(path, kind)
        if "int" in re.findall(r"\w+", str(one.field_info.annotation))
    ]
    for one in numbers:
        most = [rule.le for rule in one.field_info.metadata if isinstance(rule, Le)]
        assert min(most, default=MOST + 1) <= MOST, one.name
