"""Tokens of machines: made and ended by the administrator, kept as a hash, open for what they say and no longer."""

import json
import re
import sys
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from data.errors import NotAllowed, NotFound, UsageError
from data.forbidden import CONTROL_WORDS
from data.store import tokens, users
from serving import cli
from serving.journal import audit_key
from serving.machine_tokens import create_token, list_tokens, revoke_token
from tests.serving.conftest import PASSWORD, Desk, log_of, token_of

_DAY = 24


def _make(desk: Desk, user: str = "admin", **changes: Any) -> tuple[tokens.MachineToken, str]:
    person = users.find_user(desk.store, user)
    assert person is not None
    fields: dict[str, Any] = {"office_id": "C1", "purpose": "12309热线", "rights": ["clocks"], "days": 2}
    return create_token(desk.store, audit_key(desk.state_dir), person, **fields | changes, now=desk.clock())


def _clocks(desk: Desk, token: str) -> Any:
    address = f"/v1/matters/{desk.matter('A-1')}/clocks"
    return desk.client().get(address, headers={"Authorization": f"Bearer {token}"})


def test_a_token_is_kept_as_a_hash_and_told_once(desk: Desk) -> None:
    made, token = _make(desk)
    assert token.startswith("prt_")
    with desk.store.read() as connection:
        for table in connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all():
            assert token not in str(connection.execute(sa.text(f'SELECT * FROM "{table}"')).fetchall()), table
    entry = log_of(desk)[-1]
    assert (entry.action, entry.user_id, entry.office_id) == ("token_created", "admin", "C1")
    assert entry.detail["token"] == made.token_id
    assert token not in json.dumps(dict(entry.detail))


def test_a_token_opens_until_it_expires_or_is_revoked_and_says_not_which(desk: Desk) -> None:
    _, short = _make(desk, days=1)
    made, token = _make(desk, days=3)
    assert (_clocks(desk, short).status_code, _clocks(desk, token).status_code) == (200, 200)
    desk.clock.forward(hours=_DAY)
    assert (_clocks(desk, short).status_code, _clocks(desk, token).status_code) == (401, 200)
    admin = users.find_user(desk.store, "admin")
    assert admin is not None
    revoke_token(desk.store, audit_key(desk.state_dir), admin, made.token_id, now=desk.clock())
    ended, unknown = _clocks(desk, token), _clocks(desk, "prt_" + "x" * 43)
    assert (ended.status_code, unknown.status_code) == (401, 401)
    assert ended.headers["www-authenticate"] == "Bearer"
    told = [answer.json() | {"request_id": ""} for answer in (ended, unknown, _clocks(desk, short))]
    assert told[0] == told[1] == told[2]
    assert log_of(desk)[-1].action == "token_revoked"
    with pytest.raises(NotAllowed):
        revoke_token(desk.store, audit_key(desk.state_dir), admin, made.token_id, now=desk.clock())
    with pytest.raises(NotFound):
        revoke_token(desk.store, audit_key(desk.state_dir), admin, "nothing", now=desk.clock())


def test_a_browsers_cookie_beside_a_token_counts_for_nothing(desk: Desk) -> None:
    _, token = _make(desk)
    client = desk.client("petition_head")
    matter = f"/v1/matters/{desk.matter('A-1')}"
    assert client.get(matter).status_code == 200
    assert client.get(matter, headers={"Authorization": f"Bearer {token}"}).status_code == 403
    assert client.get(matter, headers={"Authorization": "Bearer nothing"}).status_code == 401
    assert client.get(matter, headers={"Authorization": "Basic eDp5"}).status_code == 401


def test_only_the_administrator_makes_tokens_for_offices_of_theirs(desk: Desk) -> None:
    for user in ("petition_head", "operator", "auditor", "leader"):
        with pytest.raises(NotAllowed):
            _make(desk, user)
    with pytest.raises(NotAllowed):
        _make(desk, office_id="P1")
    admin = users.find_user(desk.store, "admin")
    assert admin is not None
    _make(desk, office_id="C2")
    assert [one.office_id for one in list_tokens(desk.store, admin)] == ["C2"]


@pytest.mark.parametrize(
    "changes", [{"rights": []}, {"rights": ["lists"]}, {"days": 0}, {"days": 400}, {"purpose": " "}]
)
def test_what_is_off_makes_no_token(desk: Desk, changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        _make(desk, **changes)
    assert tokens.read_tokens(desk.store) == []


def test_g2_the_purpose_of_a_token_passes_the_gate(desk: Desk) -> None:
    with pytest.raises(UsageError):
        _make(desk, purpose=f"{min(CONTROL_WORDS)}平台")


def test_the_use_of_a_token_is_noted_once_an_hour(desk: Desk) -> None:
    made, token = _make(desk)
    _clocks(desk, token)
    first = desk.clock()
    desk.clock.forward(minutes=30)
    _clocks(desk, token)
    found = tokens.read_tokens(desk.store)[0]
    assert (found.token_id, found.last_used_at) == (made.token_id, first)
    desk.clock.forward(minutes=31)
    _clocks(desk, token)
    assert tokens.read_tokens(desk.store)[0].last_used_at == desk.clock()


def test_g25_a_machine_reads_no_more_than_twice_its_offices_open_matters_a_day(desk: Desk) -> None:
    machine = desk.machine("clocks", office="C2")
    address = f"/v1/matters/{desk.matter('B-1')}/clocks"
    answers = [machine.get(address) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert (answers[-1].json()["code"], log_of(desk)[-1].action) == ("token_volume", "volume_capped")
    assert log_of(desk)[-1].user_id.startswith("token:")
    assert desk.machine("clocks", office="C2").get(address).status_code == 200, "another token counts for itself"
    desk.clock.forward(hours=_DAY)
    assert machine.get(address).status_code == 200


def test_the_three_verbs(desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (desk.state_dir / "word").write_text(PASSWORD)
    (desk.state_dir / "word").chmod(0o600)
    monkeypatch.setenv("PETITION_RISK_STATE", str(desk.state_dir))
    config = desk.state_dir / "settings.toml"
    config.write_text(f'database = "{desk.store.url}"\n')

    def run(*words: str) -> dict[str, Any]:
        common = ["--as", "admin", "--password-file", str(desk.state_dir / "word"), "--json"]
        monkeypatch.setattr(sys, "argv", ["petition-risk", "--config", str(config), "token", *words, *common])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 0
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    made = run("create", "--office", "C1", "--purpose", "接待窗口", "--right", "events", "--right", "clocks")
    assert made["rights"] == ["clocks", "events"]
    listed = run("list")["tokens"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert "token" not in listed[0]
    assert run("revoke", made["id"])["revoked_at"] is not None


def test_the_page_makes_a_token_shown_once_and_ends_it(desk: Desk) -> None:
    client = desk.client("admin")
    assert client.get("/").headers["location"] == "/tokens"
    page = client.get("/tokens")
    assert "还没有令牌" in page.text
    once = re.findall(r'name="once" value="([^"]+)"', page.text)[0]
    form = {"csrf": token_of(page.text), "once": once, "office": "C1", "purpose": "12309热线", "right": ["clocks"]}
    made = client.post("/tokens", data={**form, "days": "2"})
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    (token,) = re.findall(r"prt_[\w-]+", made.text)
    assert _clocks(desk, token).status_code == 200
    # The form sent twice is one token, told again; another form is another.
    assert re.findall(r"prt_[\w-]+", client.post("/tokens", data={**form, "days": "2"}).text) == [token]
    admin = users.find_user(desk.store, "admin")
    assert admin is not None
    (kept,) = list_tokens(desk.store, admin)
    assert (kept.office_id, kept.purpose, kept.rights) == ("C1", "12309热线", ("clocks",))
    later = client.get("/tokens").text
    assert token not in later
    assert kept.token_id in later
    desk.clock.forward(minutes=11)
    used = client.post("/tokens", data={**form, "days": "2"})
    assert (used.status_code, token in used.text) == (403, False)
    ended = client.post(f"/tokens/{kept.token_id}/revoke", data={"csrf": form["csrf"]})
    assert f"已停用令牌 {kept.token_id}" in ended.text
    assert _clocks(desk, token).status_code == 401
    assert client.post(f"/tokens/{kept.token_id}/revoke", data={"csrf": form["csrf"]}).status_code == 403
    entries = [one for one in log_of(desk) if one.action.startswith("token_")]
    assert [one.action for one in entries] == ["token_created", "token_revoked"]
    assert entries[0].request_id == made.headers["x-request-id"]


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"right": []}, 422, "权限只能是"),
        ({"days": "0"}, 422, "有效期为1至366天"),
        ({"days": "九十"}, 422, "有效期为1至366天"),
        ({"purpose": " "}, 422, "请写明用途"),
        ({"purpose": "张三13800138000"}, 422, "请写明用途"),
        ({"office": "P1"}, 403, "只能为本院及下级院创建令牌"),
        ({"csrf": "0" * 64}, 403, "页面已过期"),
    ],
)
def test_the_page_says_what_is_off_and_keeps_what_was_filled_in(
    desk: Desk, change: dict[str, Any], status: int, said: str
) -> None:
    client = desk.client("admin")
    csrf = token_of(client.get("/tokens").text)
    form = {"csrf": csrf, "once": "x", "office": "C2", "purpose": "窗口系统", "right": ["events"], "days": "7"}
    refused = client.post("/tokens", data={**form, **change})
    assert (refused.status_code, said in refused.text) == (status, True)
    assert 'value="7"' in refused.text or "days" in change
    assert "prt_" not in refused.text


def test_the_page_ends_no_token_of_another_administrators_offices(desk: Desk) -> None:
    made, token = _make(desk)
    found = users.find_user(desk.store, "admin")
    assert found is not None
    users.add_user(desk.store, replace(found, user_id="admin2", office_id="C2"))
    client = desk.client("admin2")
    page = client.get("/tokens")
    assert made.token_id not in page.text
    refused = client.post(f"/tokens/{made.token_id}/revoke", data={"csrf": token_of(page.text)})
    assert refused.status_code == 404
    assert _clocks(desk, token).status_code == 200
