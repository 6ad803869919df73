"""Failed attempts to sign in: an address that guesses has to wait, others do not."""

import pytest
from starlette.testclient import TestClient

from serving import attempts
from serving.attempts import LIMIT, WINDOW_US, Attempts
from tests.serving.conftest import Desk, log_of, sign_in


def test_an_address_that_guesses_waits_and_is_told_how_long(desk: Desk) -> None:
    guesser = desk.client()
    for number in range(LIMIT):
        assert sign_in(guesser, f"nobody{number}", "wrong").status_code == 401
    refused = sign_in(guesser, "leader")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "600"
    assert "请稍后再试" in refused.text
    assert [entry.action for entry in log_of(desk)][-2:] == ["sign_in_failed", "sign_in_limited"]
    # Refused attempts are not even looked at: no lock, nothing more on record.
    before = len(log_of(desk))
    sign_in(guesser, "leader", "wrong")
    assert len(log_of(desk)) == before
    elsewhere = TestClient(desk.app, follow_redirects=False, client=("10.9.8.7", 5000))
    desk.clients.append(elsewhere)
    assert sign_in(elsewhere, "leader").status_code == 303
    desk.clock.forward(minutes=9)
    assert sign_in(guesser, "leader").headers["retry-after"] == "60"
    desk.clock.forward(minutes=1)
    assert sign_in(guesser, "leader").status_code == 303


def test_signing_in_rightly_never_counts(desk: Desk) -> None:
    for _ in range(LIMIT + 5):
        assert sign_in(desk.client(), "leader").status_code == 303


def test_only_the_last_ten_minutes_count() -> None:
    book = Attempts(limit=3)
    assert [book.note_failure("10.0.0.1", at) for at in (0, 1, 2)] == [False, False, True]
    assert book.wait_s("10.0.0.1", 3) == 600
    assert book.wait_s("10.0.0.1", WINDOW_US - 1) == 1
    assert book.wait_s("10.0.0.1", WINDOW_US) == 0
    assert not book.note_failure("10.0.0.2", WINDOW_US)
    assert book.wait_s("10.0.0.2", WINDOW_US) == 0
    assert book.wait_s(None, 0) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("a socket", "a socket", True),
    ],
)
def test_an_ipv6_network_is_one_address(one: str, other: str, same: bool) -> None:
    book = Attempts(limit=1)
    book.note_failure(one, 5)
    assert (book.wait_s(other, 5) > 0) is same


def test_many_addresses_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_REMEMBERED", 10)
    book = Attempts(limit=1)
    for number in range(50):
        book.note_failure(f"10.0.0.{number}", 5)
    assert book.wait_s("10.0.0.39", 5) == 0
    assert book.wait_s("10.0.0.40", 5) == 600
