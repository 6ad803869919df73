"""Signing in and out: sessions, time-outs, lock-out, forms tied to their browser."""

import pytest

from data.settings import ServiceSettings
from data.store import users
from serving import accounts
from serving.accounts import create_demo_accounts
from serving.permissions import RIGHTS, Right
from tests.serving.conftest import PASSWORD, Desk, log_of, sign_in, token_of


def test_sign_in_sets_a_closed_cookie_and_leads_back(desk: Desk) -> None:
    client = desk.client()
    away = client.get("/list?part=must")
    assert away.headers["location"] == "/sign-in?next=%2Flist%3Fpart%3Dmust"
    answer = sign_in(client, "leader", next="/list?part=must")
    assert (answer.status_code, answer.headers["location"]) == (303, "/list?part=must")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("pr_session="))
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert client.get("/list").status_code == 200


def test_secure_cookies_are_pinned_to_host_and_path(desk: Desk) -> None:
    secure = desk.with_settings(service=ServiceSettings(secure_cookies=True))
    client = secure.client()
    client.base_url = "https://testserver"
    answer = sign_in(client, "leader")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if "pr_session=" in c)
    assert cookie.startswith("__Host-pr_session=")
    assert "Secure" in cookie
    page = client.get("/list")
    assert page.status_code == 200
    assert page.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert "strict-transport-security" not in desk.client().get("/sign-in").headers


@pytest.mark.parametrize("away", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "javascript:1"])
def test_sign_in_leads_nowhere_else(desk: Desk, away: str) -> None:
    assert sign_in(desk.client(), "leader", next=away).headers["location"] == "/"


def test_a_wrong_name_and_a_wrong_password_read_alike(desk: Desk) -> None:
    wrong_name, wrong_word = sign_in(desk.client(), "nobody"), sign_in(desk.client(), "leader", "wrong")
    assert wrong_name.status_code == wrong_word.status_code == 401
    assert "用户名或密码不正确" in wrong_name.text
    assert "用户名或密码不正确" in wrong_word.text
    entries = [(e.action, e.user_id) for e in log_of(desk)]
    assert entries == [("sign_in_failed", "unknown"), ("sign_in_failed", "leader")]


def test_lock_out_backs_off_and_lifts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert accounts.ATTEMPTS == 5
    monkeypatch.setattr(accounts, "ATTEMPTS", 2)
    client = desk.client()
    for _ in range(2):
        assert sign_in(client, "leader", "wrong").status_code == 401
    assert sign_in(client, "leader").status_code == 401
    desk.clock.forward(minutes=2)
    for _ in range(2):
        sign_in(client, "leader", "wrong")
    desk.clock.forward(minutes=2)
    assert sign_in(client, "leader").status_code == 401
    desk.clock.forward(minutes=15)
    assert sign_in(client, "leader").status_code == 303
    found = users.find_user(desk.store, "leader")
    assert found is not None
    assert (found.failed_count, found.locked_until) == (0, None)


def test_a_session_ends_when_idle_and_after_its_hours(desk: Desk) -> None:
    client = desk.client("leader")
    desk.clock.forward(minutes=29)
    assert client.get("/about").status_code == 200
    assert client.get("/list").status_code == 200
    desk.clock.forward(minutes=31)
    assert client.get("/list").status_code == 303
    client = desk.client("leader")
    for _ in range(21):
        assert client.get("/list").status_code == 200
        desk.clock.forward(minutes=29)
    assert client.get("/list").status_code == 303


def test_sign_out_ends_the_session_at_the_server(desk: Desk) -> None:
    client = desk.client("leader")
    token = client.cookies["pr_session"]
    page = client.get("/about")
    assert client.post("/sign-out", data={"csrf": token_of(page.text)}).status_code == 303
    stolen = desk.client()
    stolen.cookies.set("pr_session", token)
    assert stolen.get("/list").status_code == 303
    assert [e.action for e in log_of(desk)][-1] == "sign_out"


def test_signing_in_anew_ends_the_session_before(desk: Desk) -> None:
    client = desk.client("leader")
    old = client.cookies["pr_session"]
    assert sign_in(client, "petition_head").status_code == 303
    stolen = desk.client()
    stolen.cookies.set("pr_session", old)
    assert stolen.get("/list").status_code == 303


@pytest.mark.parametrize("csrf", ["", "0" * 64, "é"])
def test_forms_of_another_browser_are_refused(desk: Desk, csrf: str) -> None:
    client = desk.client("leader")
    assert client.post("/sign-out", data={"csrf": csrf}).status_code == 403
    assert client.get("/list").status_code == 200
    fresh = desk.client()
    fresh.get("/sign-in")
    assert fresh.post("/sign-in", data={"user": "leader", "password": PASSWORD, "csrf": csrf}).status_code == 403
    assert fresh.get("/list").status_code == 303


def test_requests_of_another_site_are_refused(desk: Desk) -> None:
    client = desk.client("petition_head")
    asked = {"matter_id": desk.matter("A-1")}
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        found = client.post("/v1/score", json=asked, headers=headers)
        assert (found.status_code, found.json()["code"]) == (403, "foreign_origin")
    own = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/v1/score", json=asked, headers=own).status_code == 200
    plain = client.post("/v1/score", content=b'{"matter_id": "x"}', headers={"Content-Type": "text/plain"})
    assert plain.status_code == 422


def test_a_disabled_account_is_out_at_once(desk: Desk) -> None:
    client = desk.client("leader")
    users.disable_user(desk.store, "leader", at=desk.clock())
    assert client.get("/list").status_code == 303
    assert sign_in(client, "leader").status_code == 401


def test_g16_demo_accounts_cover_every_role_and_can_sign_in(desk: Desk) -> None:
    made = create_demo_accounts(desk.store)
    assert {account.role for account in made} == set(RIGHTS[Right.SIGNED_IN])
    assert len({account.password for account in made}) == len(made)
    client = desk.client()
    handler = next(account for account in made if account.user_id == "handler")
    assert sign_in(client, "handler", handler.password).status_code == 303
    assert client.get("/list").status_code == 200
    stored = users.find_user(desk.store, "handler")
    assert stored is not None
    assert stored.password_hash.startswith("$argon2id$")
