"""Signing in by the office's own sign-on: a trusted proxy's header, and nobody else's."""

from collections.abc import Callable
from typing import Any

import pytest

from data.errors import SettingsError
from data.settings import ServiceSettings, load_settings
from data.sign_on_settings import SignOnSettings
from data.store import users
from tests.serving.conftest import Desk, log_of, sign_in, token_of

PROXY, STRANGER = "10.1.2.3", "10.9.9.9"
HEADER = "X-Remote-User"


@pytest.fixture
def behind(desk: Desk) -> Desk:
    """The service behind a proxy that names people."""
    return desk.with_settings(service=ServiceSettings(proxies=("10.1.2.0/24",)), sign_on=SignOnSettings(header=HEADER))


@pytest.fixture
def browser(behind: Desk) -> Callable[..., Any]:
    """A browser whose requests come from an address, with the header of a person."""

    def made(person: str | None = None, peer: str = PROXY) -> Any:
        client = behind.client()
        client._transport.client = (peer, 50_000)
        if person is not None:
            client.headers[HEADER] = person
        return client

    return made


def test_a_proxy_signs_in_whom_it_names_and_leads_back(behind: Desk, browser: Callable[..., Any]) -> None:
    client = browser("leader")
    away = client.get("/list?part=must")
    assert away.headers["location"] == "/sign-in?next=%2Flist%3Fpart%3Dmust"
    on = client.get(away.headers["location"])
    assert on.headers["location"] == "/sign-on?next=%2Flist%3Fpart%3Dmust"
    back = client.get(on.headers["location"])
    assert (back.status_code, back.headers["location"]) == (303, "/list?part=must")
    assert client.get("/list").status_code == 200
    assert client.get("/v1/screenings").status_code == 200
    entry = next(one for one in log_of(behind) if one.action == "sign_in")
    assert (entry.user_id, entry.office_id, entry.detail) == ("leader", "C1", {"by": "header"})


@pytest.mark.parametrize("away", ["https://elsewhere.example/", "//elsewhere.example"])
def test_it_leads_nowhere_else(browser: Callable[..., Any], away: str) -> None:
    assert browser("leader").get("/sign-on", params={"next": away}).headers["location"] == "/"


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/sign-on", "/list", "/healthz", "/v1/screenings", "/static/app.css"]
)
def test_the_header_of_anybody_else_is_refused_everywhere(browser: Callable[..., Any], path: str) -> None:
    for peer in (STRANGER, "testclient", "::1"):
        refused = browser("leader", peer).get(path)
        assert refused.status_code == 403
        assert "set-cookie" not in refused.headers
    assert browser(None, STRANGER).get("/sign-in").status_code == 200


def test_two_headers_are_refused_and_an_empty_one_names_nobody(browser: Callable[..., Any]) -> None:
    client = browser()
    assert client.get("/sign-on", headers=[(HEADER, "leader"), (HEADER, "auditor")]).status_code == 403
    assert client.get("/sign-on", headers={HEADER: "  "}).headers["location"].startswith("/sign-in")


def test_a_forged_address_is_not_that_of_the_connection(browser: Callable[..., Any]) -> None:
    forged = browser("leader", STRANGER).get(
        "/sign-on", headers={"X-Forwarded-For": PROXY, "Forwarded": f"for={PROXY}"}
    )
    assert forged.status_code == 403


def test_as_shipped_the_header_means_nothing(desk: Desk) -> None:
    client = desk.client()
    client.headers[HEADER] = "leader"
    assert client.get("/sign-on").headers["location"].startswith("/sign-in")
    assert client.get("/list").status_code == 303
    assert "/sign-on" not in client.get("/sign-in").text


@pytest.mark.parametrize("name", ["nobody", "Leader", "leader\x00", "x" * 5_000])
def test_no_account_comes_of_it(behind: Desk, browser: Callable[..., Any], name: str) -> None:
    before = users.read_users(behind.store)
    client = browser(name)
    refused = client.get("/sign-on")
    assert refused.status_code == 403
    assert "没有对应的有效账号" in refused.text
    assert "pr_session=" not in refused.headers.get("set-cookie", "")
    assert users.read_users(behind.store) == before
    assert [(e.action, e.user_id) for e in log_of(behind)] == [("sign_in_failed", "unknown")]


def test_a_disabled_account_stays_out_and_is_put_out(behind: Desk, browser: Callable[..., Any]) -> None:
    client = browser("leader")
    client.get("/sign-on")
    users.disable_user(behind.store, "leader", at=behind.clock())
    assert client.get("/list").status_code == 303
    assert client.get("/sign-on").status_code == 403
    assert [(e.action, e.user_id) for e in log_of(behind)][-1] == ("sign_in_failed", "leader")


def test_who_has_no_password_of_ours_has_none_to_change(behind: Desk, browser: Callable[..., Any]) -> None:
    found = users.find_user(behind.store, "leader")
    assert found is not None
    users.set_password(behind.store, "leader", found.password_hash, must_change=True)
    client = browser("leader")
    client.get("/sign-on")
    assert client.get("/list").status_code == 200
    assert 'href="/board"' in client.get("/about").text
    other = browser()
    assert sign_in(other, "leader").status_code == 303
    assert other.get("/list").headers["location"] == "/password"


def test_the_prefix_of_a_signed_on_session_cannot_be_put_before_another(
    behind: Desk, browser: Callable[..., Any]
) -> None:
    client = browser()
    sign_in(client, "leader")
    token = client.cookies["pr_session"]
    assert not token.startswith("on.")
    stolen = browser()
    stolen.cookies.set("pr_session", f"on.{token}")
    assert stolen.get("/list").status_code == 303


def test_a_session_ends_when_the_proxy_means_somebody_else_or_nobody(behind: Desk, browser: Callable[..., Any]) -> None:
    for then in ("petition_head", None):
        client = browser("leader")
        client.get("/sign-on")
        token = client.cookies["pr_session"]
        assert client.get("/list").status_code == 200
        client.headers.pop(HEADER)
        if then is not None:
            client.headers[HEADER] = then
        assert client.get("/list").status_code == 303
        client.headers[HEADER] = "leader"
        assert client.get("/list").status_code == 303, "the session has ended at the server"
        assert users.find_session(behind.store, token, now=behind.clock(), idle_us=10**12) is None


def test_idle_and_hours_hold_and_signing_out_shows_the_form_with_the_way_back(
    behind: Desk, browser: Callable[..., Any]
) -> None:
    client = browser("leader")
    client.get("/sign-on")
    behind.clock.forward(minutes=31)
    assert client.get("/list").status_code == 303
    client.get("/sign-on")
    out = client.post("/sign-out", data={"csrf": token_of(client.get("/about").text)})
    assert out.headers["location"] == "/sign-in?message=ended"
    form = client.get(out.headers["location"])
    assert form.status_code == 200
    assert 'href="/sign-on?next=%2F"' in form.text
    assert [e.action for e in log_of(behind)][-1] == "sign_out"


def test_attempts_are_counted_by_the_address_a_trusted_proxy_tells(
    behind: Desk, browser: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(behind.app.state.service.attempts, "limit", 1)

    def wrong(client: Any, told: str) -> int:
        client.headers["X-Forwarded-For"] = told
        return sign_in(client, "leader", "wrong").status_code

    assert [wrong(browser(), "192.0.2.1, 10.1.2.9"), wrong(browser(), "192.0.2.1")] == [401, 429]
    assert wrong(browser(), "192.0.2.2") == 401
    assert wrong(browser(), "192.0.2.7, 192.0.2.2") == 429, "what stands before the last may be made up"
    assert [wrong(browser(None, STRANGER), "192.0.2.3"), wrong(browser(None, STRANGER), "192.0.2.4")] == [401, 429]


def test_settings_that_would_believe_anybody_are_refused(desk: Desk) -> None:
    with pytest.raises(SettingsError, match="no proxy") as refused:
        desk.with_settings(sign_on=SignOnSettings(header=HEADER))
    assert refused.value.code == "sign_on_no_proxy"
    for name, value in (
        ("SERVICE__PROXIES", "0.0.0.0/0"),
        ("SERVICE__PROXIES", "proxy.example"),
        ("SIGN_ON__HEADER", "Cookie"),
        ("SIGN_ON__HEADER", "X-Forwarded-For"),
        ("SIGN_ON__HEADER", "X-Request-Id"),
    ):
        with pytest.raises(SettingsError):
            load_settings(None, {f"PETITION_RISK_{name}": value})
    given = {"PETITION_RISK_SERVICE__PROXIES": "127.0.0.1, fd00::1", "PETITION_RISK_SIGN_ON__HEADER": "Remote-User"}
    found = load_settings(None, given)
    assert found.service.proxies == ("127.0.0.1/32", "fd00::1/128")
