"""Every route declares a rule, and every route keeps it for every role, office and respondent post."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from fastapi import APIRouter

from data.store.users import UserRole
from serving import app as app_module
from serving.app import create_app, routes
from serving.deps import right_of
from serving.permissions import MACHINE_RIGHTS, RIGHTS, Right
from tests.serving.conftest import Desk, people

USERS = [name for name, *_ in people() if name != "no_staff_no"]
ROLE_OF: dict[str, UserRole] = {name: role for name, role, *_ in people()}


def _address(desk: Desk, path: str, number: str) -> str:
    found = path.replace("{matter_id}", desk.matter(number)).replace("{screening_id}", desk.screening_id)
    found = found.replace("{measure}", "procedural_reply")
    ids = (
        *("view_id", "report_id", "step_id", "dispute_id", "request_id", "paper_id", "hold_id", "mute_id", "version"),
        *("token_id", "year"),
    )
    for name in ids:
        found = found.replace(f"{{{name}}}", "1")
    return found


#: What a form needs so that it is the right that answers, not a missing field.
FORMS: dict[str, dict[str, Any]] = {
    "/matters/{matter_id}/plan": {"action": ["reply"], "due": ["2026-11-10"]},
    "/sign/{step_id}": {"act": "sign"},
    "/corrections/{dispute_id}/answer": {"answer": "accept"},
    "/lists/{screening_id}/export": {"form": "xlsx"},
    "/tour": {"go": "end"},
    "/models/{version}/decide": {"act": "propose"},
    "/models/in-use": {"act": "stop"},
    "/lists/{screening_id}/undo": {"bulk_id": str(uuid4())},
    "/matters/{matter_id}/decision/undo": {"screening": "x", "number": str(uuid4())},
    "/lists/{screening_id}/paper": {"paper": "report"},
}


JSON_FORMS: dict[str, dict[str, Any]] = {
    "/v1/trial": {"events": [{"kind": "registered", "occurred_on": "2026-10-01"}]},
    "/v1/matters/{matter_id}/plan": {"owner": "S0107", "steps": [{"action": "reply", "due_on": "2026-11-10"}]},
    "/v1/matters/{matter_id}/measures": {"action": "reply", "done_on": "2026-11-02", "outcome": "done"},
    "/v1/matters/{matter_id}/results": {"result": "answered"},
}


def _ask(desk: Desk, client: Any, method: str, path: str, number: str) -> Any:
    address = _address(desk, path, number)
    if method == "GET":
        return client.get(address)
    if path in ("/import", "/filled"):
        return client.post(address, data={"csrf": "none"}, files={"file": ("a.csv", b"x")})
    if path == "/v1/score":
        return client.post(address, json={"matter_id": desk.matter(number)})
    if path == "/v1/events":
        told = {"matter_no": number, "kind": "follow_up_call", "occurred_on": "2026-11-03"}
        return client.post(address, json={"events": [told], "once": str(uuid4())})
    if path in JSON_FORMS:
        return client.post(address, json=JSON_FORMS[path] | ({} if path == "/v1/trial" else {"once": str(uuid4())}))
    if path.startswith("/v1/models/"):
        return client.post(address, json={"reason": "已核对"})
    if path.endswith(("/decision", "/put-forward")):
        sent = {"reason": "已核实", "once": str(uuid4())}
        if path.endswith("/decision"):
            sent |= {"decision": "accept"}
        if path.startswith("/v1/"):
            return client.post(address, json=sent)
        return client.post(address, data={**sent, "screening": desk.screening_id, "csrf": "none"})
    return client.post(address, data={"once": str(uuid4()), "csrf": "none", **FORMS.get(path, {})})


def path_is_data(path: str) -> bool:
    return path.startswith("/v1/")


def test_every_route_declares_a_rule() -> None:
    assert [route.path for route in routes() if right_of(route) is None] == []
    assert len(routes()) >= 22


def test_a_route_without_a_rule_is_not_served(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = APIRouter()

    @bare.get("/bare")
    def nobody_thought_about() -> None:  # pyright: ignore[reportUnusedFunction]
        """A route without a rule."""

    monkeypatch.setattr(app_module, "_ROUTERS", (*app_module._ROUTERS, bare))
    with pytest.raises(RuntimeError, match="/bare declares no rule"):
        create_app(desk.store, desk.settings, desk.state_dir, desk.clock)


def test_the_application_serves_nothing_but_these_routes_and_static_files(desk: Desk) -> None:
    served = {route.path for router in app_module._ROUTERS for route in router.routes}  # type: ignore[attr-defined]
    assert served == {route.path for route in routes()}
    assert [route.path for route in desk.app.routes] == [*(route.path for route in routes()), "/static"]


def test_g16_all_routes_by_all_roles(desk: Desk) -> None:
    """Nobody: 401 or to the sign-in page. A role without the right: 403. With it, an own matter: an answer."""
    for name in (None, *USERS):
        client = desk.client(name)
        for route in routes():
            right = right_of(route)
            assert right is not None
            for method in route.methods or ():
                if route.path in ("/sign-out", "/sign-in"):
                    continue
                found = _ask(desk, client, method, route.path, "A-7")
                where = (name, method, route.path, found.status_code)
                if right is Right.OPEN:
                    assert found.status_code in (200, 303), where
                elif name is None:
                    assert found.status_code in (401, 303), where
                    if found.status_code == 303:
                        assert found.headers["location"].startswith("/sign-in"), where
                elif ROLE_OF[name] not in RIGHTS[right]:
                    assert found.status_code == 403, where
                else:
                    # 409: somebody before in this walk has decided on the entry already, or put it forward.
                    deciding = right is Right.DECIDE and path_is_data(route.path)
                    assert found.status_code in ((200, 404, 409) if deciding else (200, 303, 403, 404)), where
                assert found.status_code < 500, where


@pytest.mark.parametrize("rights", [("events",), ("clocks",), ("events", "clocks")])
def test_g25_a_machine_opens_what_its_token_says_of_its_own_office_and_nothing_else(
    desk: Desk, rights: tuple[str, ...]
) -> None:
    own, other = desk.machine(*rights), desk.machine(*rights, office="C2")
    for route in routes():
        right = right_of(route)
        assert right is not None
        for method in route.methods or ():
            if route.path in ("/sign-out", "/sign-in"):
                continue
            found = _ask(desk, own, method, route.path, "A-7")
            where = (rights, method, route.path, found.status_code)
            if not path_is_data(route.path):
                # Pages and open data know no token: to them a machine is nobody.
                assert found.status_code in ((200, 303) if right is Right.OPEN else (303, 401)), where
                continue
            allowed = str(MACHINE_RIGHTS.get(right)) in rights
            assert found.status_code == (200 if allowed else 403), where
            if allowed:
                assert _ask(desk, other, method, route.path, "A-7").status_code == 404, where


def test_g25_no_right_of_a_machine_shows_bands_reasons_or_lists(desk: Desk) -> None:
    machine = desk.machine("events", "clocks")
    told = _ask(desk, machine, "POST", "/v1/events", "A-7")
    clocks = _ask(desk, machine, "GET", "/v1/matters/{matter_id}/clocks", "A-7")
    assert set(told.json()) == {"batch_id", "matter_ids", "events"}
    assert set(clocks.json()) == {"matter_id", "as_of", "is_open", "clocks"}


#: Who may open which matter; everybody else gets "not found".
SEES: dict[str, set[str]] = {
    "handler": {"A-1", "A-4"},
    "department_head": {"A-1", "A-2", "A-5"},
    "civil_head": {"A-3", "A-4"},
    "petition_head": {"A-1", "A-2", "A-3", "A-4", "A-5", "A-6", "A-7"},
    "leader": {"A-1", "A-2", "A-3", "A-5", "A-6", "A-7"},
    "city_leader": {"A-1", "A-2", "A-3", "A-4", "A-5", "A-6", "A-7", "B-1", "B-2", "M-1"},
    "other_head": {"B-1", "B-2"},
}


@pytest.mark.parametrize("name", sorted(SEES))
def test_g16_matter_list_and_score_by_role_office_and_post(desk: Desk, name: str) -> None:
    client = desk.client(name)
    office = {user: office for user, _, office, *_ in people()}[name]
    listed = {row["matter_no"] for row in client.get(f"/v1/screenings/{desk.screening_id}").json()["entries"]}
    assert listed == SEES[name]
    for number in desk.ids:
        seen = number in SEES[name]
        matter = f"matters/{desk.matter(number)}"
        for path in (f"/v1/{matter}", f"/v1/{matter}/clocks", f"/{matter}"):
            assert client.get(path).status_code == (200 if seen else 404), (name, number, path)
        scored = client.post("/v1/score", json={"matter_id": desk.matter(number)}).status_code
        own = number.startswith(office[0]) if office != "C1" else number.startswith("A")
        own = own or (office == "C2" and number.startswith("B"))
        assert scored == (200 if seen and own else 403 if seen else 404), (name, number)


def test_g16_an_account_without_its_staff_number_sees_nothing(desk: Desk) -> None:
    client = desk.client("no_staff_no")
    assert client.get("/v1/screenings").status_code == 403
    assert client.get(f"/matters/{desk.matter('A-1')}").status_code == 403


def test_red_line_7_no_route_knows_a_parameter_about_contacts(desk: Desk) -> None:
    names = {field.alias for route in routes() for field in route.dependant.query_params}
    assert names == {
        "next", "message", "page", "page_size", "office", "part", "screening", "number", "department",
        "handler", "category", "cause", "clock", "before", "propose", "year", "month", "state", "sort",
        # What the auditor narrows the log by.
        "user", "action", "matter", "first", "last", "verify",
        # What a provider of sign-ons answers.
        "code", "iss", "session_state", "error", "error_description", "error_uri",
    }  # fmt: skip


@pytest.mark.parametrize("query", ["kind=visit", "role=contact", "joint=1", "sort=contacts", "page=1&page=2", "%20=1"])
def test_red_line_7_unknown_and_repeated_parameters_are_refused(desk: Desk, query: str) -> None:
    client = desk.client("petition_head")
    for path in ("/v1/screenings", f"/v1/screenings/{desk.screening_id}", f"/v1/matters/{desk.matter('A-1')}", "/list"):
        found = client.get(f"{path}?{query}")
        assert found.status_code == 422, path
        assert "visit" not in found.text
    assert client.post(f"/v1/score?{query}", json={"matter_id": desk.matter("A-1")}).status_code == 422


def test_g15_every_view_of_a_list_matter_and_score_is_on_record(desk: Desk) -> None:
    from tests.serving.conftest import log_of

    client = desk.client("petition_head")
    matter = desk.matter("A-1")
    views: list[tuple[Callable[[], Any], str, str | None]] = [
        (lambda: client.get("/list"), "view_list", None),
        (lambda: client.get(f"/v1/screenings/{desk.screening_id}"), "view_list", None),
        (lambda: client.get(f"/matters/{matter}"), "view_matter", matter),
        (lambda: client.get(f"/v1/matters/{matter}"), "view_matter", matter),
        (lambda: client.post("/v1/score", json={"matter_id": matter}), "score", matter),
    ]
    for view, action, about in views:
        before = len(log_of(desk))
        answer = view()
        entries = log_of(desk)[before:]
        assert [(e.action, e.user_id, e.matter_id) for e in entries] == [(action, "petition_head", about)]
        assert entries[0].request_id == answer.headers["x-request-id"]
        assert entries[0].office_id == "C1"


def test_g15_no_view_without_its_record(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from data.errors import StoreError
    from data.store import audit

    client = desk.client("petition_head")

    def full(*_: Any) -> list[int]:
        raise StoreError("store_full", "磁盘已满", "the disk is full")

    monkeypatch.setattr(audit, "append_many", full)
    found = client.get(f"/v1/matters/{desk.matter('A-1')}")
    assert found.status_code == 503
    assert "A-1" not in found.text


def test_g15_the_auditor_reads_the_newest_entries_first_and_page_by_page(desk: Desk) -> None:
    head = desk.client("petition_head")
    for _ in range(60):
        head.get(f"/v1/matters/{desk.matter('A-1')}")
    auditor = desk.client("auditor")
    page = auditor.get("/log").text
    table = page[page.index("<tbody>") :]
    assert table.index("查看记录") < table.index("查看事项")
    assert page.count("<tr><td>") == 50
    older = auditor.get("/log?before=12").text
    assert older.count("<tr><td>") == 11
    assert auditor.get("/log?before=1").text.count("<tr><td>") == 0
