"""Accounts, locks after wrong passwords, and sessions known only by their hash."""

from dataclasses import replace

import polars as pl
import pytest
import sqlalchemy as sa

from data.contract import Offices
from data.errors import NotFound, UsageError
from data.store import users
from data.store.engine import Store
from data.store.register import write_offices
from data.store.users import User, UserRole

MINUTE = 60_000_000
HANDLER = User(user_id="h1", display_name="承办人", role=UserRole.HANDLER, password_hash="hash", office_id="c1")


@pytest.fixture
def people(store: Store) -> Store:
    office = {"office_id": ["c1"], "name": ["甲院"], "parent_id": [None], "level": ["county"]}
    write_offices(store, pl.DataFrame(office, schema=Offices.create_empty().schema))
    users.add_user(store, HANDLER)
    return store


def test_an_account_is_read_as_it_was_added(people: Store) -> None:
    assert users.find_user(people, "h1") == HANDLER
    assert users.find_user(people, "nobody") is None
    assert users.read_users(people) == [HANDLER]
    assert users.read_users(people, offices=["c2"]) == []


def test_an_id_is_given_once_and_its_office_exists(people: Store) -> None:
    with pytest.raises(UsageError):
        users.add_user(people, HANDLER)
    with pytest.raises(UsageError):
        users.add_user(people, replace(HANDLER, user_id="h2", office_id="nowhere"))


def test_wrong_passwords_lock_and_a_right_one_forgives(people: Store) -> None:
    for count in (1, 2):
        assert users.note_failure(people, "h1", now=0, limit=3, lock_us=MINUTE).failed_count == count
    users.note_success(people, "h1")
    for _ in range(3):
        after = users.note_failure(people, "h1", now=5, limit=3, lock_us=MINUTE)
    assert (after.failed_count, after.locked_until) == (0, 5 + MINUTE)
    with pytest.raises(NotFound):
        users.note_failure(people, "nobody", now=0, limit=3, lock_us=MINUTE)
    with pytest.raises(NotFound):
        users.note_success(people, "nobody")


def test_a_session_ends_by_age_by_idleness_and_by_hand(people: Store) -> None:
    opened = users.open_session(people, "h1", token="t", csrf="c", now=0, expires_at=10 * MINUTE)
    assert users.find_session(people, "t", now=MINUTE, idle_us=2 * MINUTE) == (opened, HANDLER)
    assert users.find_session(people, "other", now=MINUTE, idle_us=2 * MINUTE) is None
    assert users.find_session(people, "t", now=2 * MINUTE, idle_us=2 * MINUTE) is None
    users.touch_session(people, "t", now=MINUTE)
    assert users.find_session(people, "t", now=2 * MINUTE, idle_us=2 * MINUTE) is not None
    assert users.find_session(people, "t", now=10 * MINUTE, idle_us=20 * MINUTE) is None
    users.close_session(people, "t")
    assert users.find_session(people, "t", now=2 * MINUTE, idle_us=2 * MINUTE) is None


def test_the_token_itself_is_nowhere_in_the_store(people: Store) -> None:
    users.open_session(people, "h1", token="secret-token", csrf="c", now=0, expires_at=MINUTE)
    with people.read() as connection:
        assert "secret-token" not in str(connection.execute(sa.text("SELECT * FROM sessions")).all())


def test_a_new_password_and_a_closed_account_end_all_sessions(people: Store) -> None:
    for end in (
        lambda: users.set_password(people, "h1", "new", must_change=False),
        lambda: users.disable_user(people, "h1", at=7),
    ):
        users.open_session(people, "h1", token="t", csrf="c", now=0, expires_at=10 * MINUTE)
        end()
        assert users.find_session(people, "t", now=1, idle_us=MINUTE) is None
    found = users.find_user(people, "h1")
    assert found == replace(HANDLER, password_hash="new", must_change=False, disabled_at=7)
    users.open_session(people, "h1", token="t", csrf="c", now=0, expires_at=10 * MINUTE)
    assert users.find_session(people, "t", now=1, idle_us=MINUTE) is None


def test_expired_sessions_are_swept_out(people: Store) -> None:
    users.open_session(people, "h1", token="old", csrf="c", now=0, expires_at=MINUTE)
    users.open_session(people, "h1", token="new", csrf="c", now=2 * MINUTE, expires_at=9 * MINUTE)
    with people.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM sessions")).scalar_one() == 1
