"""Accounts at the command line: added, listed, disabled, reset; three duties in three hands."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from data.store import audit, users
from data.store.engine import open_store
from serving import accounts
from serving.cli.entry import main
from serving.journal import Journal, audit_key

OFFICES = "office_id,name,parent_id,level\nM1,示例市院,,city\nC1,示例甲县院,M1,county\n"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["petition-risk", *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return int(str(ended.value.code or 0)), out, err

    (tmp_path / "offices.csv").write_text(OFFICES, encoding="utf-8")
    assert command("init", "--offices", "offices.csv")[0] == 0
    return command


def _add(run: Any, user: str, role: str, *more: str) -> tuple[int, Any]:
    code, out, _ = run("account", "add", user, "--role", role, "--office", "C1", "--name", "测试", *more, "--json")
    return code, json.loads(out.strip().splitlines()[-1])


def _store() -> Any:
    return open_store("sqlite:///data/var/petition-risk.db")


def test_an_account_is_added_signs_in_with_the_printed_password_and_must_change_it(run: Any) -> None:
    code, told = _add(run, "wang", "handler", "--staff-id", "S7", "--department", "刑事检察部", "--post", "handler")
    assert code == 0
    store = _store()
    book = Journal(store=store, key=audit_key(Path("data/var")))
    found = accounts.sign_in(store, book, "wang", told["password"], now=1, request_id="t")
    assert found is not None
    assert (found.must_change, found.demo, found.staff_id, found.respondent_post) == (True, False, "S7", "handler")
    (added, _) = [stored.entry for stored in audit.read_entries(store)]
    assert (added.action, dict(added.detail)) == ("account_added", {"account": "wang", "role": "handler"})
    assert added.user_id.startswith("os:")
    assert told["password"] not in str(added)
    code, out, _ = run("account", "list", "--json")
    assert code == 0
    (row,) = json.loads(out.strip().splitlines()[-1])["accounts"]
    assert (row["user"], row["role"], row["must_change"], row["disabled_at"]) == ("wang", "handler", True, None)
    assert "argon2" not in out
    store.close()


def test_a_password_from_a_file_is_not_printed(run: Any) -> None:
    Path("word").write_text("three birds on a wire\n", encoding="utf-8")
    code, out, _ = run(
        *("account", "add", "li", "--role", "leader", "--office", "C1", "--name", "李", "--password-file", "word")
    )
    assert code == 0
    assert "three birds" not in out
    Path("word").write_text("short", encoding="utf-8")
    assert run("account", "reset-password", "li", "--password-file", "word")[0] == 2
    assert run("account", "reset-password", "li", "--password-file", "nowhere")[0] == 2


def test_g16_admin_auditor_and_operator_are_three_people(run: Any) -> None:
    assert _add(run, "zhao-a", "auditor", "--staff-id", "S7")[0] == 0
    for role in ("admin", "operator", "auditor"):
        code, told = _add(run, "zhao-b", role, "--staff-id", " s7")
        assert (code, told["error"]) == (13, "three_people")
        assert _add(run, "zhao-b", role)[0] == 2
    assert _add(run, "qian", "admin", "--staff-id", "S8")[0] == 0
    assert _add(run, "sun", "operator", "--staff-id", "S9")[0] == 0
    # Whoever gives one of the three up may take another.
    assert run("account", "disable", "zhao-a")[0] == 0
    assert _add(run, "zhao-b", "operator", "--staff-id", "S7")[0] == 0


def test_disabling_and_resetting_end_sessions_and_are_on_record(run: Any) -> None:
    _add(run, "wang", "leader")
    store = _store()
    users.open_session(store, "wang", token="t", csrf="c", now=1, expires_at=9)
    code, out, _ = run("account", "reset-password", "wang", "--json")
    assert code == 0
    assert users.find_session(store, "t", now=2, idle_us=5) is None
    users.open_session(store, "wang", token="u", csrf="c", now=1, expires_at=9)
    assert run("account", "disable", "wang")[0] == 0
    assert users.find_session(store, "u", now=2, idle_us=5) is None
    for verb in ("disable", "reset-password"):
        assert run("account", verb, "wang")[0] == 13
        assert run("account", verb, "nobody")[0] == 2
    actions = [stored.entry.action for stored in audit.read_entries(store)]
    assert actions == ["account_added", "password_reset", "account_disabled"]
    assert len(json.loads(out.strip().splitlines()[-1])["password"]) == 23
    store.close()


@pytest.mark.parametrize(
    ("user", "role", "more"),
    [
        ("Wang", "leader", ()),
        ("unknown", "leader", ()),
        ("os:root", "leader", ()),
        ("wang", "chief", ()),
        ("wang", "handler", ()),
        ("wang", "department_head", ()),
        ("wang", "leader", ("--post", "mayor")),
        ("wang", "leader", ("--office", "C9")),
        ("wang", "leader", ("--name", " ")),
    ],
)
def test_an_account_with_data_that_are_off_is_refused(run: Any, user: str, role: str, more: tuple[str, ...]) -> None:
    code, told = _add(run, user, role, *more)
    assert code == 2
    assert told["zh"]
    store = _store()
    assert users.read_users(store) == []
    assert audit.read_entries(store) == []
    store.close()


def test_two_accounts_of_one_name_are_refused(run: Any) -> None:
    assert _add(run, "wang", "leader")[0] == 0
    code, told = _add(run, "wang", "leader")
    assert (code, told["error"]) == (2, "user_exists")


def test_a_first_password_decides_nothing(run: Any) -> None:
    _, told = _add(run, "wang", "steward")
    Path("word").write_text(told["password"], encoding="utf-8")
    code, out, _ = run("promote", "1", "--as", "wang", "--password-file", "word", "--json")
    assert (code, json.loads(out.strip().splitlines()[-1])["error"]) == (13, "password_change_required")
