"""The identity vault proposes links and does nothing else (G3); numbers here belong to no place and to nobody."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl
import pytest

from data.contract import Offices
from data.errors import NotAllowed, SettingsError
from data.ingest.report import IngestReport
from data.ingest.returned import returned_workbook
from data.ingest.run import Source, ingest
from data.mapping import parse_mapping
from data.settings import Settings, VaultSettings
from data.store import links, register
from data.store import vault as vaults
from data.store.audit import load_or_create_key
from data.store.batches import undo_batch
from data.store.engine import Store
from data.store.vault import FILE, Vault, open_vault
from data.times import DAY_US
from data.vault import TOKEN, Identities, document_number, token
from serving.app import routes
from serving.erasing import erase
from serving.retention import clear_vault, retain
from serving.sessions import form_token
from serving.vault_keys import read_keys
from tests.canaries import CODINGS, parts
from tests.histories import at
from tests.serving.conftest import Desk, log_of

NOW = at("2026-11-03") + 9 * 3_600_000_000
KEYS = {"C1": b"1" * 32, "C2": b"2" * 32}
#: No place has the code 990000; the last sign is the right check digit.
PERSON, OTHER = "990000190001010016", "990000190001010024"
MAPPING = """
name = "own"
time_zone = "Asia/Shanghai"
numbering = "per_contact"
coverage = "full"
layout = "matter_per_row"
[columns]
matter = "事项编号"
office = "办理单位"
registered = "登记日期"
category = "案件类别"
cause = "诉求事由"
[dates]
"答复日期" = "substantive_reply"
[labels.category]
"控告" = "accusation"
[labels.cause]
"欠薪" = "wages"
[vault]
column = "身份证号"
"""


def ledger(path: Path, rows: list[tuple[str, str, str, str]]) -> Path:
    """Number, office, day of registration, identity."""
    with path.open("w", encoding="utf-8", newline="") as file:
        made = csv.writer(file)
        made.writerow(["事项编号", "办理单位", "登记日期", "案件类别", "诉求事由", "答复日期", "身份证号", "姓名"])
        for number, office, day, person in rows:
            made.writerow([number, office, day, "控告", "欠薪", "", person, "金丝雀"])
    return path


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    made = open_vault(tmp_path / FILE, KEYS, keep_days=365)
    yield made
    made.close()


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    rows = [
        {"office_id": office, "name": name, "parent_id": None, "level": "county"}
        for office, name in (("C1", "示例甲县院"), ("C2", "示例乙县院"))
    ]
    register.write_offices(sqlite_store, Offices.cast(pl.DataFrame(rows)))
    return sqlite_store


def take_in(store: Store, path: Path, vault: Vault | None, **more: Any) -> IngestReport:
    mapping = parse_mapping(MAPPING)
    return ingest(store, path, mapping, now=NOW, user="operator", vault=vault, demo=True, **more)


def kept(vault: Vault) -> dict[str, tuple[str, str]]:
    """Who brought the hash of each number in, and the hash itself."""
    with vault.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT matter_id, token, brought_by FROM tokens").all()
    return {row[0]: (row[1], row[2]) for row in rows}


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (PERSON, PERSON),
        (f" {PERSON[:6]} {PERSON[6:14]} {PERSON[14:]} ", PERSON),
        ("９９００００１９０００１０１００１６", PERSON),
        ("990000000101001", PERSON),  # the fifteen digits this number had before 1999
        ("990000190001010032", "990000190001010032"),
        ("99000019000101006x", None),
        ("990000190001010017", None),  # mistyped: the check digit does not fit
        ("9.90000190001010E+17", None),  # what a spreadsheet leaves of a number typed as one
        ("13800138000", None),
        ("金丝雀", None),
        ("", None),
    ],
)
def test_g3_only_an_identity_number_is_ever_hashed(cell: str, number: str | None) -> None:
    assert document_number(cell) == number


def test_g3_hashes_of_two_offices_do_not_match() -> None:
    hashed = Identities(column="身份证号", keys=KEYS, office_codes={"甲": "C1", "乙": "C2", "丙": "C3"}, office=None)
    got = hashed.hashed(pl.Series(["甲", "乙", "丙", "甲", "甲"]), pl.Series([PERSON, PERSON, PERSON, "x", None]))
    assert got[0] != got[1]
    assert got.to_list()[2:] == ["", "", None]
    assert token(KEYS["C1"], "C1", PERSON) != token(KEYS["C1"], "C2", PERSON)  # not even under one key


def test_g3_off_as_shipped_the_column_stays_unread_and_there_is_no_vault(store: Store, tmp_path: Path) -> None:
    assert Settings().vault == VaultSettings(enabled=False)
    path = ledger(tmp_path / "台账.csv", [("甲1", "示例甲县院", "2026-03-05", PERSON)])
    report = take_in(store, path, None)
    assert report.changed
    assert "身份证号" in {column.header for column in report.drafts.forbidden}
    assert report.as_dict()["vault"] is None
    assert not (tmp_path / FILE).exists()


def test_g3_the_number_is_hashed_in_memory_and_found_nowhere(store: Store, vault: Vault, tmp_path: Path) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    rows = [
        ("甲1", "示例甲县院", "2026-03-05", PERSON),
        ("甲2", "C1", "2026-04-05", f"'{PERSON}"),
        ("甲3", "示例甲县院", "2026-05-05", "990000190001010017"),
        ("甲4", "示例甲县院", "2026-06-05", ""),
        ("甲5", "示例甲县院", "不详", PERSON),
        ("乙1", "示例乙县院", "2026-03-05", PERSON),
    ]
    path = ledger(folder / "台账.csv", rows)
    report = take_in(store, path, vault, source=Source(toml=MAPPING), audit_key=load_or_create_key(tmp_path / "key"))
    assert report.hashed == (3, 1)
    assert "查重库：3 个编号有密钥散列" in "\n".join(report.lines("zh"))
    assert "身份证号" not in {column.header for column in report.drafts.forbidden}
    ids = {row["matter_no"]: row["matter_id"] for row in register.read_matters(store).to_dicts()}
    found = kept(vault)
    assert set(found) == {ids["甲1"], ids["甲2"], ids["乙1"]}
    assert found[ids["甲1"]][0] == found[ids["甲2"]][0] != found[ids["乙1"]][0]
    book = returned_workbook(path, parse_mapping(MAPPING), report.drafts)
    (tmp_path / "returned.xlsx").write_bytes(book or report.reject_workbook())
    told = str(report.as_dict()) + "\n".join(report.lines("zh")) + repr(vault) + repr(report)
    # Neither the number nor any hash that is not keyed: of it, or of it as it stands in the file.
    for number in (PERSON, "990000190001010017"):
        assert number not in told
        for file in (one for one in tmp_path.rglob("*") if one.is_file() and folder not in one.parents):
            for part in parts(file.read_bytes()):
                assert not any(number.encode(coding) in part for coding in CODINGS), file.name
                assert KEYS["C1"] not in part
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_g3_a_dry_run_and_a_file_that_changes_nothing(store: Store, vault: Vault, tmp_path: Path) -> None:
    path = ledger(tmp_path / "台账.csv", [("甲1", "示例甲县院", "2026-03-05", PERSON)])
    assert take_in(store, path, vault, dry_run=True).hashed == (1, 0)
    assert kept(vault) == {}
    take_in(store, path, vault)
    first = kept(vault)
    take_in(store, path, vault)
    assert kept(vault) == first
    # The cell was emptied, then the row is gone: the hash goes with it.
    take_in(store, ledger(path, [("甲1", "示例甲县院", "2026-03-05", "")]), vault)
    assert kept(vault) == {}
    take_in(store, ledger(path, [("甲1", "示例甲县院", "2026-03-05", PERSON)]), vault)
    take_in(store, ledger(path, [("甲9", "示例甲县院", "2026-03-05", OTHER)]), vault, confirm=True)
    assert len(kept(vault)) == 1


def test_g3_a_column_of_names_or_a_log_of_events_is_refused() -> None:
    with pytest.raises(SettingsError) as refused:
        parse_mapping(MAPPING.replace('column = "身份证号"', 'column = "姓名"'))
    assert "vault.column" in refused.value.text("en")


def test_g26_an_identity_column_needs_a_second_person(store: Store, vault: Vault, tmp_path: Path) -> None:
    path = ledger(tmp_path / "台账.csv", [("甲1", "示例甲县院", "2026-03-05", PERSON)])
    with pytest.raises(NotAllowed) as refused:
        ingest(
            store,
            path,
            parse_mapping(MAPPING),
            now=NOW,
            user="operator",
            vault=vault,
            source=Source(toml=MAPPING, office_id="C1"),
        )
    assert refused.value.code == "mapping_unconfirmed"
    assert kept(vault) == {}


def hex_lines(keys: dict[str, bytes]) -> str:
    return "\n".join(f'{office} = "{key.hex()}"' for office, key in keys.items())


def test_g3_keys_come_from_outside_and_are_strong(tmp_path: Path) -> None:
    state, away = tmp_path / "state", tmp_path / "keys.toml"
    state.mkdir()
    away.write_text(hex_lines(KEYS))
    away.chmod(0o600)
    named = {"PETITION_RISK_VAULT_KEYS_FILE": str(away)}
    assert read_keys(state, named) == KEYS
    assert read_keys(state, {"PETITION_RISK_VAULT_KEYS": hex_lines(KEYS)}) == KEYS
    inside = state / "keys.toml"
    inside.write_text(hex_lines(KEYS))
    inside.chmod(0o600)
    wrong: list[tuple[dict[str, str], str]] = [
        ({}, "vault_keys_missing"),
        ({"PETITION_RISK_VAULT_KEYS": "C1 = 5"}, "vault_keys_form"),
        ({"PETITION_RISK_VAULT_KEYS": 'C1 = "not hex"'}, "vault_keys_form"),
        ({"PETITION_RISK_VAULT_KEYS": hex_lines({"C1": b"short"})}, "vault_keys_weak"),
        ({"PETITION_RISK_VAULT_KEYS": hex_lines({"C1": b"1" * 32, "C2": b"1" * 32})}, "vault_keys_weak"),
        ({"PETITION_RISK_VAULT_KEYS_FILE": str(inside)}, "vault_keys_place"),
        ({"PETITION_RISK_VAULT_KEYS_FILE": str(tmp_path / "none")}, "vault_keys_file"),
    ]
    for environment, code in wrong:
        with pytest.raises(SettingsError) as refused:
            read_keys(state, environment)
        assert refused.value.code == code
        assert KEYS["C1"].hex() not in refused.value.text("zh") + refused.value.text("en")
    away.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_keys(state, named)


@pytest.fixture
def same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Office C1's numbers A-1 to A-6 and one of C2 belong to one person, A-7 to another; the vault is on."""
    monkeypatch.setenv("PETITION_RISK_VAULT_KEYS", hex_lines(KEYS))
    on = desk.with_settings(vault=VaultSettings(enabled=True, daily_lookups=3))
    fill(on, {f"A-{n}": PERSON for n in range(1, 7)} | {"A-7": OTHER, "B-1": PERSON})
    return on


def fill(desk: Desk, people: dict[str, str], by: str = "operator") -> None:
    vault = vault_of(desk)
    rows = [
        {
            "matter_id": desk.matter(number),
            "office_id": "C2" if number.startswith("B") else "C1",
            "registered_at": at(f"2026-06-0{number[-1]}"),
            TOKEN: token(KEYS["C2" if number.startswith("B") else "C1"], "C1", person),
        }
        for number, person in people.items()
    ]
    vaults.keep(vault, pl.DataFrame(rows), gone=[], by=by, at=NOW)


def vault_of(desk: Desk) -> Vault:
    found = desk.app.state.service.vault
    assert isinstance(found, Vault)
    return found


def csrf_of(client: Any) -> str:
    """What a form of this browser carries."""
    return form_token(Settings().service, client.cookies)


def ask(desk: Desk, user: str, number: str, **more: str) -> Any:
    client = desk.client(user)
    form = {"csrf": csrf_of(client), "once": str(uuid4()), "purpose": "new_letter", **more}
    return client.post(f"/matters/{desk.matter(number)}/earlier", data=form)


def test_g3_a_look_up_tells_three_earlier_numbers_of_the_own_office_at_most(same: Desk) -> None:
    client = same.client("petition_head")
    page = client.get(f"/matters/{same.matter('A-6')}").text
    assert "查找更早编号" in page
    assert "A-5" not in page
    assert ask(same, "petition_head", "A-6").status_code == 303
    page = client.get(f"/matters/{same.matter('A-6')}").text
    shown = {number for number in ("A-1", "A-2", "A-3", "A-4", "A-5", "A-7", "B-1") if f">{number}<" in page}
    assert shown == {"A-3", "A-4", "A-5"}
    assert "人身损害" in page or "2026-06-05" in page
    assert PERSON not in page
    last = [entry for entry in log_of(same) if entry.action == "vault_lookup"][-1]
    assert (last.user_id, last.matter_id, last.detail) == (
        "petition_head",
        same.matter("A-6"),
        {"purpose": "new_letter", "found": 3},
    )
    # Only to whoever asked, and only for a day.
    assert ">A-5<" not in same.client("civil_head").get(f"/matters/{same.matter('A-6')}").text
    same.clock.forward(hours=25)
    assert ">A-5<" not in same.client("petition_head").get(f"/matters/{same.matter('A-6')}").text


def test_g3_an_earliest_number_is_told_that_there_is_none(same: Desk) -> None:
    assert ask(same, "petition_head", "A-1").status_code == 303
    page = same.client("petition_head").get(f"/matters/{same.matter('A-1')}").text
    assert "没有查到更早编号" in page


def test_g3_what_was_found_is_confirmed_by_a_person_and_nothing_is_linked_before(same: Desk) -> None:
    ask(same, "petition_head", "A-2")
    assert links.standing_links(same.store) == []
    client = same.client("petition_head")
    form = {"csrf": csrf_of(client), "once": str(uuid4()), "choice": same.matter("A-1")}
    other = same.client("handler")
    theirs = form | {"csrf": csrf_of(other)}
    assert other.post(f"/matters/{same.matter('A-2')}/links", data=theirs).status_code == 404  # not their matter
    assert client.post(f"/matters/{same.matter('A-2')}/links", data=form).status_code == 303
    [link] = links.standing_links(same.store)
    assert (link.alias_id, link.matter_id) == (same.matter("A-2"), same.matter("A-1"))
    # Of a linked number the matter is asked about; its own other numbers are no news.
    assert ask(same, "petition_head", "A-3").status_code == 303
    page = same.client("petition_head").get(f"/matters/{same.matter('A-3')}").text
    assert ">A-1<" in page
    assert ">A-2<" not in page


def test_g3_a_refusal_leaves_no_word_that_two_matters_are_one_persons(same: Desk) -> None:
    ask(same, "petition_head", "A-2")
    client = same.client("petition_head")
    form = {"csrf": csrf_of(client), "once": str(uuid4()), "choice": "none"}
    assert client.post(f"/matters/{same.matter('A-2')}/links", data=form).status_code == 303
    with same.store.read() as connection:
        rows = connection.exec_driver_sql("SELECT matter_id, decision, evidence FROM link_decisions").all()
    assert [(row[0], row[1]) for row in rows] == [("", "none")]
    assert "identity" not in str(rows)
    assert "查找更早编号" not in client.get(f"/matters/{same.matter('A-2')}").text
    assert ask(same, "petition_head", "A-2").status_code == 409
    with vault_of(same).engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT found FROM lookups").scalars().all() == ["[]"]


def test_g3_look_ups_are_few_and_a_double_click_is_one(same: Desk) -> None:
    once = str(uuid4())
    for _ in range(3):
        assert ask(same, "petition_head", "A-2", once=once).status_code == 303
    assert ask(same, "petition_head", "A-3").status_code == 303
    assert ask(same, "petition_head", "A-4").status_code == 303
    limited = ask(same, "petition_head", "A-6")
    assert limited.status_code == 429
    assert "24小时内最多查重 3 次" in limited.text
    assert [entry.action for entry in log_of(same)].count("vault_limited") == 1
    same.clock.forward(hours=25)
    assert ask(same, "petition_head", "A-6").status_code == 303


def test_g3_and_g16_only_who_may_link_the_number_asks_and_never_about_the_own_post(same: Desk) -> None:
    assert ask(same, "handler", "A-1").status_code == 303
    assert ask(same, "handler", "A-3").status_code == 404  # another handler's
    assert ask(same, "handler", "A-5").status_code == 404  # about the handler's own post
    assert ask(same, "other_head", "A-1").status_code == 404  # another office
    for user in ("leader", "department_head", "operator", "steward", "auditor", "admin"):
        assert ask(same, user, "A-1").status_code in (403, 404), user
    # A matter about the asker's own post is not among what is found either.
    fill(same, {"A-4": PERSON, "A-5": PERSON, "A-1": PERSON})
    assert same.client("handler").get(f"/matters/{same.matter('A-1')}").status_code == 200


def test_g3_without_a_purpose_or_a_hash_there_is_no_answer(same: Desk) -> None:
    assert ask(same, "petition_head", "A-2", purpose="").status_code == 422
    assert ask(same, "petition_head", "A-2", purpose="curious").status_code == 422
    vaults.forget(vault_of(same), [same.matter("A-2")])
    assert ask(same, "petition_head", "A-2").status_code == 409
    assert [entry for entry in log_of(same) if entry.action == "vault_lookup"] == []


def test_g3_misuse_an_identity_number_is_no_way_in(same: Desk) -> None:
    """Who holds a number and wants the person's matters finds no door: not by address, form, search or interface."""
    client = same.client("petition_head")
    before = log_of(same)
    for path in (
        f"/matters/{PERSON}",
        f"/list?q={PERSON}",
        f"/links?number={PERSON}",
        f"/v1/matters/{PERSON}",
        f"/v1/matters?identity={PERSON}",
        "/v1/vault",
        "/vault",
    ):
        assert client.get(path).status_code in (404, 422), path
    assert ask(same, "petition_head", "A-2", purpose=PERSON).status_code == 422
    assert ask(same, "petition_head", "A-2", once=PERSON).status_code == 422
    described = json.dumps(client.get("/openapi.json").json())
    assert not {"vault", "identity", "earlier"} & set(described.replace("/", " ").replace('"', " ").split())
    asked = [route for route in routes() if "earlier" in route.path]
    assert [(route.path, route.methods, route.include_in_schema) for route in asked] == [
        ("/matters/{matter_id}/earlier", {"POST"}, False)
    ]
    names = {one.alias for one in asked[0].dependant.body_params} | {one.name for one in asked[0].dependant.path_params}
    assert names == {"matter_id", "once", "purpose", "csrf"}
    assert PERSON not in str([entry.detail for entry in log_of(same)[len(before) :]])
    for file in (one for one in same.state_dir.rglob("*") if one.is_file()):
        assert PERSON.encode() not in file.read_bytes(), file.name


def test_g3_misuse_a_planted_number_is_not_looked_up_by_who_planted_it(same: Desk) -> None:
    """Importing a row with somebody's number and asking about it takes two people, and both are on record."""
    fill(same, {"A-7": PERSON}, by="petition_head")
    assert "查找更早编号" not in same.client("petition_head").get(f"/matters/{same.matter('A-7')}").text
    refused = ask(same, "petition_head", "A-7")
    assert refused.status_code == 409
    assert "须由他人查重" in refused.text
    # The same number written into a row that was there makes it the importer's too.
    fill(same, {"A-6": OTHER}, by="petition_head")
    assert ask(same, "petition_head", "A-6").status_code == 409


def test_g3_off_there_is_no_form_and_no_answer(desk: Desk) -> None:
    assert "查找更早编号" not in desk.client("petition_head").get(f"/matters/{desk.matter('A-2')}").text
    assert ask(desk, "petition_head", "A-2").status_code == 404
    assert not (desk.state_dir / FILE).exists()


def test_g3_a_changed_key_compares_nothing_old(same: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PETITION_RISK_VAULT_KEYS", hex_lines({"C1": b"9" * 32}))
    renewed = same.with_settings(vault=VaultSettings(enabled=True))
    assert ask(renewed, "petition_head", "A-2").status_code == 409
    vault_of(renewed).close()


def test_g3_a_hash_expires(same: Desk) -> None:
    same.clock.now = at("2026-06-05") + 366 * DAY_US
    assert ask(same, "petition_head", "A-2").status_code == 409
    with vault_of(same).engine.connect() as connection:
        assert vaults.same(vault_of(same), "C1", same.matter("A-6"), now=same.clock.now) == []
        assert connection.exec_driver_sql("SELECT count(*) FROM tokens").scalar_one() > 0  # until retention runs


def test_g19_erasure_takes_the_hash_and_every_look_up_that_names_the_matter(same: Desk) -> None:
    ask(same, "petition_head", "A-3")
    gone = same.matter("A-1")
    proof = erase(
        same.store,
        same.state_dir,
        load_or_create_key(same.state_dir / "audit.key"),
        same.settings,
        matter_no="A-1",
        office_id="C1",
        by="petition_head",
        reason="x",
        now=NOW,
    )
    assert proof.tables["vault_hashes"] == 1
    assert gone not in kept(vault_of(same))
    for file in same.state_dir.glob(f"{FILE}*"):
        assert gone.encode() not in file.read_bytes(), file.name


def test_g19_retention_clears_what_expired_also_with_the_vault_off(same: Desk) -> None:
    ask(same, "petition_head", "A-6")
    key = load_or_create_key(same.state_dir / "audit.key")
    later = at("2026-06-04") + 365 * DAY_US
    off = same.settings.model_copy(update={"vault": VaultSettings()})
    dry = retain(same.store, same.state_dir, key, off, by="x", now=later, dry_run=True)
    assert dry.tables["vault_hashes"] >= 4
    held = kept(vault_of(same))
    assert len(held) == 8
    proof = retain(same.store, same.state_dir, key, off, by="x", now=later, dry_run=False)
    assert proof.tables["vault_lookups"] == 1
    left = kept(vault_of(same))
    assert same.matter("A-4") not in left
    for matter in set(held) - set(left):
        for file in same.state_dir.glob(f"{FILE}*"):
            assert matter.encode() not in file.read_bytes()


def test_g3_an_import_taken_back_takes_its_hashes(store: Store, vault: Vault, tmp_path: Path) -> None:
    report = take_in(store, ledger(tmp_path / "台账.csv", [("甲1", "示例甲县院", "2026-03-05", PERSON)]), vault)
    assert len(kept(vault)) == 1
    assert report.batch_id is not None
    undo_batch(store, report.batch_id, by="operator", at=NOW, reason="错误文件")
    clear_vault(store, tmp_path, Settings(), now=NOW)
    assert kept(vault) == {}


def test_g1_a_score_knows_nothing_of_the_vault(same: Desk, approve: Callable[[Any], int]) -> None:
    """Two matters of one person score as if they were two persons'."""
    from tests.serving.conftest import make_scorecard

    approve(make_scorecard())

    def card() -> dict[str, Any]:
        body = same.client("petition_head").post("/v1/score", json={"matter_id": same.matter("A-2")}).json()
        return {name: value for name, value in body.items() if name not in ("request_id", "computed_at")}

    one_person = card()
    fill(same, {"A-1": OTHER})
    vaults.forget(vault_of(same), list(same.ids.values()))
    assert card() == one_person


def test_g3_nothing_but_links_import_retention_and_its_verb_know_the_vault() -> None:
    root = Path(__file__).parents[2]
    using = {
        str(path.relative_to(root))
        for room in ("data", "features", "training", "monitoring", "serving")
        for path in (root / room).rglob("*.py")
        if "vault import" in (text := path.read_text(encoding="utf-8")) or "import vault" in text
    }
    assert {name for name in using if name.startswith(("features", "training", "monitoring"))} == set()
    assert {name for name in using if name.startswith("serving")} == {
        "serving/cases.py",
        "serving/cli/session.py",
        "serving/cli/vault.py",
        "serving/deps.py",
        "serving/erasing.py",
        "serving/lookups.py",
        "serving/retention.py",
        "serving/vault_keys.py",
        "serving/web/case_pages.py",
    }


def test_the_settings_of_the_vault_are_bounded() -> None:
    with pytest.raises(ValueError, match="keep_days"):
        VaultSettings(keep_days=5000)
