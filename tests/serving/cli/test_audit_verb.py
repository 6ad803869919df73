"""The log at the command line: whole or not, and every way of tampering with it is found."""

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from data.store import audit, schema
from data.store.audit import Entry
from data.store.engine import Store, migrate, open_store
from serving.cli.entry import main
from serving.journal import audit_key

ENTRIES = 60
SIGNED = 40
EDITS = 200


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "PETITION_RISK_AUDIT_KEY", "PETITION_RISK_AUDIT_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["petition-risk", *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return int(str(ended.value.code or 0)), out, err

    return command


@pytest.fixture
def store(run: Any) -> Iterator[Store]:
    """A log of sixty entries, signed up to the fortieth, its triggers dropped by somebody with the database."""
    Path("data/var").mkdir(parents=True)
    made = open_store("sqlite:///data/var/petition-risk.db")
    migrate(made)
    key = audit_key(Path("data/var"))
    some = [
        Entry(
            at=1_000_000 * number,
            user_id=f"user{number % 7}",
            action=("view_matter", "view_list", "score")[number % 3],
            office_id="C1" if number % 2 else None,
            matter_id=f"m{number}" if number % 3 == 0 else None,
            purpose="办理" if number % 5 == 0 else None,
            detail={"n": number},
            request_id=f"r{number}",
        )
        for number in range(1, ENTRIES)
    ]
    audit.append_many(made, key, some[: SIGNED - 1])
    assert run("audit", "checkpoint")[0] == 0
    audit.append_many(made, key, some[SIGNED - 1 :])
    with made.write() as connection:
        for verb in ("update", "delete"):
            connection.execute(sa.text(f"DROP TRIGGER audit_no_{verb}"))
    yield made
    made.close()


def _verdict(run: Any) -> tuple[int, dict[str, Any]]:
    code, out, _ = run("audit", "verify", "--json")
    return code, json.loads(out.strip().splitlines()[-1])


def _execute(store: Store, *statements: Any) -> None:
    with store.write() as connection:
        for statement in statements:
            connection.execute(sa.text(statement) if isinstance(statement, str) else statement)


def test_a_whole_log_says_how_far_it_is_proven(run: Any, store: Store) -> None:
    code, found = _verdict(run)
    assert (code, found) == (0, {"intact": True, "entries": ENTRIES, "proven_until": SIGNED, "breaks": []})
    code, out, _ = run("--lang", "en", "audit", "verify")
    assert code == 0
    assert "the log is whole: 60 entries" in out
    assert "up to entry 40" in out
    assert audit.read_entries(store)[SIGNED - 1].entry.action == "audit_checkpoint"


def test_g15_every_single_edit_is_found(run: Any, store: Store) -> None:
    """Two hundred times one column of one entry is changed with plain SQL, found, and put back."""
    luck, key = random.Random(20261031), audit_key(Path("data/var"))
    table = schema.audit
    columns = [column for column in table.c if column.name != "seq"]
    edited: set[str] = set()
    for _ in range(EDITS):
        column, seq = luck.choice(columns), luck.randint(1, ENTRIES)
        with store.read() as connection:
            old = connection.execute(sa.select(column).where(table.c.seq == seq)).scalar_one()
        _execute(store, table.update().where(table.c.seq == seq).values({column.name: _changed(old, luck)}))
        verdict = audit.verify(store, key)
        assert not verdict.intact, (column.name, seq)
        assert {one.seq for one in verdict.breaks} & {seq, seq + 1}
        _execute(store, table.update().where(table.c.seq == seq).values({column.name: old}))
        edited.add(column.name)
    assert len(edited) == len(columns)
    assert audit.verify(store, key).intact


def _changed(old: Any, luck: random.Random) -> Any:
    if old is None:
        return "x"
    if isinstance(old, int):
        return old + luck.choice([-1, 1, 1_000_000])
    place = luck.randrange(len(old))
    sign = luck.choice([sign for sign in "0123456789abcdef " if sign != old[place]])
    return luck.choice([old[:place] + sign + old[place + 1 :], old + " ", old[:-1]])


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        # removed from the middle, the beginning, and after the checkpoint with the head left as it was
        (["DELETE FROM audit WHERE seq = 17"], "gap"),
        (["DELETE FROM audit WHERE seq <= 3"], "gap"),
        (["DELETE FROM audit WHERE seq > 50"], "head"),
        # two entries change places
        (
            [
                "UPDATE audit SET seq = -1 WHERE seq = 20",
                "UPDATE audit SET seq = 20 WHERE seq = 21",
                "UPDATE audit SET seq = 21 WHERE seq = -1",
            ],
            "gap",
        ),
        # removed, and the numbers closed up
        (
            [
                "DELETE FROM audit WHERE seq = 17",
                "UPDATE audit SET seq = -seq WHERE seq > 17",
                "UPDATE audit SET seq = -seq - 1 WHERE seq < 0",
            ],
            "gap",
        ),
        # cut off before the checkpoint, with a head that matches what is left
        (
            [
                "DELETE FROM audit WHERE seq > 30",
                "UPDATE audit_head SET seq = 30, hash = (SELECT hash FROM audit WHERE seq = 30)",
            ],
            "cut",
        ),
        # everything gone
        (["DELETE FROM audit", f"UPDATE audit_head SET seq = 0, hash = '{audit.GENESIS}'"], "cut"),
        # the head alone
        (["UPDATE audit_head SET seq = 59"], "head"),
    ],
)
def test_g15_removal_reordering_and_truncation_are_found(
    run: Any, store: Store, statements: list[str], code: str
) -> None:
    _execute(store, *statements)
    exit_code, found = _verdict(run)
    assert (exit_code, found["intact"]) == (20, False)
    assert code in {one["code"] for one in found["breaks"]}
    assert all(one["zh"] and one["en"] for one in found["breaks"])


def test_truncation_after_the_last_checkpoint_is_what_verify_says_it_cannot_exclude(run: Any, store: Store) -> None:
    _execute(
        store,
        "DELETE FROM audit WHERE seq > 50",
        "UPDATE audit_head SET seq = 50, hash = (SELECT hash FROM audit WHERE seq = 50)",
    )
    code, out, _ = run("audit", "verify")
    assert code == 0
    assert "检查点证明到第 40 条；此后是否被截去无法排除" in out


def test_a_forged_or_unreadable_checkpoint_is_not_believed(run: Any, store: Store) -> None:
    path = Path("data/var/audit-checkpoints.jsonl")
    signed = path.read_text(encoding="utf-8")
    path.write_text(signed.replace('"seq": 40', '"seq": 41'), encoding="utf-8")
    code, found = _verdict(run)
    assert (code, found["breaks"][0]["code"], found["proven_until"]) == (20, "checkpoint", 0)
    for wrong in ("not json\n", '{"seq": 1}\n', "[]\n"):
        path.write_text(wrong, encoding="utf-8")
        assert run("audit", "verify")[0] == 11
        assert run("audit", "checkpoint")[0] == 11
    assert run("audit", "verify", "--file", "nowhere.jsonl")[0] == 11
    assert run("audit", "checkpoint", "--file", "no/such/folder/c.jsonl")[0] == 11


def test_a_lost_key_is_said_and_none_is_made(run: Any, store: Store) -> None:
    Path("data/var/audit.key").unlink()
    code, _, err = run("audit", "verify")
    assert code == 10
    assert "找不到审计密钥" in err
    assert run("audit", "checkpoint")[0] == 10
    assert not Path("data/var/audit.key").exists()
