"""The first password: nothing opens before it is changed, and what a password must be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.store import users
from serving import passwords
from serving.app import routes
from serving.passwords import IS_NAME, IS_OLD, TOO_LONG, TOO_PLAIN, TOO_SHORT, faults, new_password
from tests.serving.conftest import PASSWORD, Desk, log_of, sign_in, token_of

NEW = "three birds on a wire"


@pytest.fixture
def first(desk: Desk, hashed: str) -> Desk:
    """The head of the petition department has a password somebody else set."""
    users.set_password(desk.store, "petition_head", hashed, must_change=True)
    return desk


def _change(client: object, old: str = PASSWORD, new: str = NEW, again: str | None = None, csrf: str = "") -> object:
    page = client.get("/password")  # type: ignore[attr-defined]
    form = {"old": old, "new": new, "again": new if again is None else again, "csrf": csrf or token_of(page.text)}
    return client.post("/password", data=form)  # type: ignore[attr-defined]


#: What a person may reach before the password is changed: ways in and out, and what tells nothing of a matter.
OPEN = {"/password", "/sign-in", "/sign-on", "/sign-on/answer", "/sign-out"}
OPEN |= {"/healthz", "/readyz", "/metrics", "/openapi.json"}


def test_nothing_opens_before_the_first_password_is_changed(first: Desk) -> None:
    client = first.client()
    assert sign_in(client, "petition_head", next="/list").status_code == 303
    for route in routes():
        path = route.path.replace("{matter_id}", first.matter("A-1")).replace("{screening_id}", first.screening_id)
        for method in route.methods or ():
            if path in OPEN:
                continue
            found = client.request(method, path)
            if path.startswith("/v1/"):
                assert (found.status_code, found.json()["code"]) == (403, "password_change_required"), path
            else:
                assert (found.status_code, found.headers["location"]) == (303, "/password"), path
    assert [entry.action for entry in log_of(first)] == ["sign_in"]
    page = client.get("/password").text
    assert "这是他人为您设定的密码" in page
    assert 'href="/list"' not in page


def test_a_new_password_opens_the_pages_and_ends_every_other_session(first: Desk) -> None:
    other, client = first.client("petition_head"), first.client("petition_head")
    before = client.cookies["pr_session"]
    answer = _change(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")  # type: ignore[attr-defined]
    assert client.cookies["pr_session"] != before
    assert client.get("/list").status_code == 200
    assert other.get("/list").status_code == 303
    stored = users.find_user(first.store, "petition_head")
    assert stored is not None
    assert not stored.must_change
    assert sign_in(first.client(), "petition_head").status_code == 401
    assert sign_in(first.client(), "petition_head", NEW).status_code == 303
    assert "password_changed" in [entry.action for entry in log_of(first)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"old": "wrong password 12"}, "原密码不正确"),
        ({"new": "short"}, TOO_SHORT[0]),
        ({"new": PASSWORD}, IS_OLD[0]),
        ({"new": "Petition_HEAD"}, IS_NAME[0]),
        ({"again": "three birds on a wall"}, "两次输入的新密码不一致"),
        ({"new": "x" * 290}, TOO_LONG[0]),
    ],
)
def test_a_password_against_the_rules_changes_nothing(first: Desk, words: dict[str, str], told: str) -> None:
    client = first.client("petition_head")
    answer = _change(client, **words)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert told in answer.text  # type: ignore[attr-defined]
    assert all(word not in answer.text for word in words.values())  # type: ignore[attr-defined]
    stored = users.find_user(first.store, "petition_head")
    assert stored is not None
    assert stored.must_change


def test_the_form_is_tied_to_its_browser(first: Desk) -> None:
    assert _change(first.client("petition_head"), csrf="0" * 64).status_code == 403  # type: ignore[attr-defined]
    away = first.client()
    assert away.get("/password").headers["location"].startswith("/sign-in")


def test_guessing_the_old_password_locks_the_account(desk: Desk) -> None:
    client = desk.client("petition_head")
    for _ in range(5):
        _change(client, old="wrong password 12")
    assert "原密码不正确" in _change(client).text  # type: ignore[attr-defined]
    stored = users.find_user(desk.store, "petition_head")
    assert stored is not None
    assert stored.locked_until is not None
    assert {entry.action for entry in log_of(desk)} == {"password_not_changed"}


def test_anybody_may_change_the_password_at_any_time(desk: Desk) -> None:
    client = desk.client("auditor")
    assert 'href="/password"' in client.get("/log").text
    assert "这是他人为您设定的密码" not in client.get("/password").text
    assert _change(client).status_code == 303  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("password", "against"),
    [
        ("correct horse", []),
        ("十二个汉字也可以作为密码", []),
        ("aaaaaaaaaaaa", [TOO_PLAIN]),
        ("li-li-li-li-li", [TOO_PLAIN, IS_NAME]),
        ("ＬＩ" * 6, [TOO_PLAIN, IS_NAME]),
        ("", [TOO_SHORT, TOO_PLAIN]),
        ("x" * 257, [TOO_LONG]),
    ],
)
def test_the_rules(password: str, against: list[tuple[str, str]]) -> None:
    assert faults(password, "li") == against


def test_made_passwords_follow_the_rules_and_never_repeat() -> None:
    made = [new_password() for _ in range(500)]
    assert len(set(made)) == 500
    assert all(faults(word, "handler") == [] for word in made)


@given(st.text(max_size=400), st.text(min_size=2, max_size=20))
def test_a_password_that_passes_is_long_and_not_the_name(password: str, name: str) -> None:
    if not faults(password, name):
        assert passwords.SHORTEST <= len(password) <= passwords.LONGEST
        assert password.casefold() != name.casefold()
