"""What the gate keeps out is nowhere afterwards: a ledger full of invented identities, through every door."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from data.contract import Offices
from data.ingest.report import IngestReport
from data.ingest.returned import returned_workbook
from data.ingest.run import ingest
from data.mapping import load_mapping, parse_mapping
from data.settings import ImpactSettings, Settings, VaultSettings
from data.store import users
from data.store.audit import load_or_create_key
from data.store.engine import Store, migrate, open_store
from data.store.register import write_offices
from data.store.users import User, UserRole
from data.store.vault import FILE, counts, open_vault
from serving.app import create_app
from serving.export import export_list
from serving.screening import screen
from serving.sessions import start_session
from serving.vault_keys import switched_on
from tests.canaries import CANARIES, holding, left_anywhere, parts
from tests.data.ingest.corpus.other import csv_text, ods, ods_rows, xes, xls
from tests.data.ingest.corpus.xlsb import sheet_bin, xlsb
from tests.histories import at, seen
from tests.serving.conftest import TestClient, token_of
from tests.serving.test_imports import bring_in, month
from tests.serving.test_vault import MAPPING as WIDE

NOW = at("2026-11-03") + 9 * 3_600_000_000


@dataclass
class Run:
    """A product that has been through a whole month with a ledger full of identities."""

    state: Path
    store: Store
    report: IngestReport
    hashed: int
    printed: str
    pages: list[str]


def ledger(path: Path) -> Path:
    """A workbook as offices keep them: columns of identities, and identities in cells where none belong."""
    name, rare, number, mobile, land, plate, home, mail, card, _ = CANARIES
    matters: list[list[Any]] = [
        [
            "事项编号",
            "办理单位",
            "承办部门",
            "承办人编号",
            "案件类别",
            "诉求事由",
            "登记日期",
            "姓名",
            "身份证号",
            "住址",
        ],
        ["甲〔2026〕1号", "示例院", "控告申诉检察部", "S01", "控告", "欠薪", date(2026, 3, 5), name, number, home],
        ["甲〔2026〕2号", "示例院", rare, name, "控告", mobile, date(2026, 4, 5), rare, number, home],
        [f"甲检{number}", "示例院", "控告申诉检察部", "S01", plate, "欠薪", date(2026, 4, 6), name, "", mail],
    ]
    events: list[list[Any]] = [
        ["事项编号", "环节", "发生日期", "文书号", "备注类别", "联系电话"],
        ["甲〔2026〕1号", "来访", date(2026, 5, 1), mobile, land, mobile],
        ["甲〔2026〕1号", name, date(2026, 5, 2), "", mail, mobile],
        ["甲〔2026〕2号", "来信", home, card, plate, land],
        ["甲〔2026〕2号", "来信", date(2026, 5, 9), "检信〔2026〕3号", "", ""],
    ]
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for title, rows in (("信访事项", matters), ("办理记录", events)):
            sheet = book.add_worksheet(title)
            for at_row, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(at_row, column, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001 - a cell has no zone
                    else:
                        sheet.write_string(at_row, column, str(cell))
    return path


@pytest.fixture
def run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], hashed: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """Every format tried and taken in with the vault on, rejects, an upload on the pages, list, export, pages read and
    a text refused; what the process printed is kept."""
    state = tmp_path / "state"
    state.mkdir()
    store = open_store(f"sqlite:///{state / 'petition-risk.db'}")
    migrate(store)
    office = {"office_id": "T01", "name": "示例院", "parent_id": None, "level": "county"}
    write_offices(store, Offices.cast(pl.DataFrame([office])))
    key = load_or_create_key(state / "audit.key")
    report = ingest(
        store,
        ledger(tmp_path / "台账.xlsx"),
        load_mapping("ledger"),
        now=NOW,
        user="operator",
        observed_until=seen("2026-10-31"),
        audit_key=key,
    )
    report.write_rejects(state / "rejects.xlsx")
    monkeypatch.setenv("PETITION_RISK_VAULT_KEYS", f'T01 = "{"5c" * 32}"')
    settings = Settings(impact=ImpactSettings(assessment_id="PIA-1", approver="x"), vault=VaultSettings(enabled=True))
    told = every_format(store, settings, state, tmp_path / "given")
    users.add_user(
        store,
        User(
            user_id="head",
            display_name="控申负责人",
            role=UserRole.PETITION_HEAD,
            password_hash=hashed,
            office_id="T01",
            must_change=False,
        ),
    )
    cutoff = seen("2026-10-31")
    made = screen(store, settings, state, key, cutoff=cutoff, scope="T01", clock=lambda: NOW, by="operator")
    book = export_list(
        store,
        key,
        made.screening.screening_id,
        office_id="T01",
        recipient="petition_department",
        purpose="信访隐患月排查",
        user="head",
        now=NOW,
        language="zh",
        time_zone="Asia/Shanghai",
    )
    (state / "export.xlsx").write_bytes(book)
    pages = visit(store, settings, state)
    out, err = capfd.readouterr()
    told += "\n".join([*report.lines("zh"), *report.lines("en"), str(report.as_dict())])
    kept = open_vault(state / FILE, {}, keep_days=365)
    yield Run(
        state=state,
        store=store,
        report=report,
        hashed=sum(counts(kept).values()),
        printed=out + err + told,
        pages=pages,
    )
    kept.close()
    store.close()


def wide_rows() -> list[list[Any]]:
    """A table with one matter per row, as every format can hold it."""
    name, rare, number, mobile, land, plate, home, mail, card, valid = CANARIES
    return [
        ["事项编号", "办理单位", "登记日期", "案件类别", "诉求事由", "答复日期", "身份证号", "姓名", "来访人电话"],
        ["丙1", "示例院", "2026-03-05", "控告", "欠薪", "", valid, name, mobile],
        ["丙2", "示例院", "2026-04-05", plate, "欠薪", "2026-05-01", f"'{valid}", rare, land],
        [f"丙{number}", "示例院", "2026-04-06", "控告", mail, card, number, name, mobile],
        ["丙4", name, home, "控告", "欠薪", "", number, rare, mobile],
    ]


def every_format(store: Store, settings: Settings, state: Path, folder: Path) -> str:
    """Try and take in the table in each format, the vault on; what the reports say."""
    folder.mkdir()
    rows = wide_rows()
    frame = pl.DataFrame(rows[1:], schema=rows[0], orient="row")
    made = {"a.xls": xls(rows), "a.xlsb": xlsb({"台账": sheet_bin(rows)}), "a.ods": ods(ods_rows(rows))}
    made |= {"a.csv": csv_text(rows).encode("gb18030")}
    told: list[str] = []
    vault = switched_on(settings.vault, state)
    for name, content in made.items():
        (folder / name).write_bytes(content)
    frame.write_parquet(folder / "a.parquet")
    with xlsxwriter.Workbook(folder / "a.xlsx") as book:
        sheet = book.add_worksheet("台账")
        for at_row, row in enumerate(rows):
            sheet.write_row(at_row, 0, row)
    for path in sorted(folder.iterdir()):
        reports = [
            ingest(
                store,
                path,
                parse_mapping(WIDE),
                now=NOW,
                user="operator",
                coverage="append",
                observed_until=seen("2026-10-31"),
                dry_run=dry_run,
                vault=vault,
            )
            for dry_run in ((True, False) if path.suffix in (".xls", ".csv") else (False,))
        ]
        for report in reports:
            assert (report.drafts.matters.height, report.rejected_rows) == (2, 2), path.name
            told += [*report.lines("zh"), *report.lines("en"), str(report.as_dict())]
        last = reports[-1]
        back = returned_workbook(path, parse_mapping(WIDE), last.drafts) or last.reject_workbook()
        (state / f"returned-{path.name}.xlsx").write_bytes(back)
    return "\n".join([*told, event_log(store, state, folder)])


LOG = """
name = "process_log"
time_zone = "Asia/Shanghai"
numbering = "per_matter"
coverage = "append"
layout = "event_per_row"
[office]
id = "T01"
name = "示例院"
level = "county"
[columns]
matter = "case:concept:name"
kind = "concept:name"
occurred = "time:timestamp"
document_no = "文书号"
remarks = "备注类别"
[kinds]
"登记" = "registered"
"来信" = "letter"
[attributes.cause]
column = "诉求事由"
dtype = "category"
dated = true
owner = "一号"
confirmed_by = "二号"
reason = "按事由"
source = "登记表"
describes = "matter"
[task]
horizon_days = 90
"""


def event_log(store: Store, state: Path, folder: Path) -> str:
    """Take in an event log with identities in case numbers, activities, times and attributes; what the report says."""
    name, rare, number, mobile, land, plate, home, mail, card, valid = CANARIES
    day = date(2026, 5, 1)
    events: list[tuple[str, dict[str, object]]] = [
        ("戊1", {"concept:name": "登记", "time:timestamp": day, "姓名": name, "身份证号": number, "诉求事由": home}),
        (
            "戊1",
            {"concept:name": "来信", "time:timestamp": day, "文书号": mobile, "备注类别": land, "org:resource": rare},
        ),
        ("戊1", {"concept:name": name, "time:timestamp": day, "文书号": "", "诉求事由": plate}),
        ("戊2", {"concept:name": "登记", "time:timestamp": mail, "文书号": card}),
        (f"戊{valid}", {"concept:name": "登记", "time:timestamp": day, "联系电话": mobile}),
    ]
    (folder / "a.xes").write_text(xes(events), encoding="utf-8")
    report = ingest(
        store, folder / "a.xes", parse_mapping(LOG), now=NOW, user="operator", observed_until=seen("2026-10-31")
    )
    assert (report.drafts.matters.height, report.drafts.events.height, report.rejected_rows) == (1, 2, 2)
    assert report.drafts.left_out == 1
    (state / "returned-a.xes.xlsx").write_bytes(report.reject_workbook())
    return "\n".join([*report.lines("zh"), *report.lines("en"), str(report.as_dict())])


def upload(client: TestClient, state: Path) -> list[str]:
    """Bring the table in on the pages: what they showed, and what came back, which is put into the state."""
    name, rare, number, mobile, land, plate, home, mail, card, _ = CANARIES
    rows = [f"丁1,2026-03-05,{home},{card},{name},{mobile}", f"丁2,{mail},2026-03-06,{plate},{rare},{land}"]
    where = bring_in(client, month(12, *rows, f"丁{number},2026-03-05,2026-03-06,{number},{rare},{mobile}"))
    came_back = client.get(f"{where}/returned.xlsx")
    assert came_back.status_code == 200
    (state / "returned.xlsx").write_bytes(came_back.content)
    return [client.get(f"{where}/done").text, client.get("/import").text]


def visit(store: Store, settings: Settings, state: Path) -> list[str]:
    """The pages a head opens, and a form that tries to keep an identity in a text."""
    app = create_app(store, settings, state, lambda: NOW)
    with TestClient(app, follow_redirects=False) as client:
        person = users.find_user(store, "head")
        assert person is not None
        token = start_session(store, person, settings.service, now=NOW)
        client.cookies.set("pr_session", token, domain="testserver.local")
        with store.read() as connection:
            matter = connection.exec_driver_sql("SELECT matter_id FROM matters LIMIT 1").scalar_one()
        paths = ("/list", f"/matters/{matter}", "/links", "/corrections", f"/v1/matters/{matter}")
        seen_while = upload(client, state)
        pages = [client.get(path) for path in paths]
        form: dict[str, Any] = {"about": "category", "code": "petition", "reason": "class", "text": " ".join(CANARIES)}
        form |= {"csrf": token_of(pages[0].text), "once": "0" * 8 + "-" + "0" * 27}
        assert client.post(f"/matters/{matter}/corrections", data=form).status_code == 422
    assert [page.status_code for page in pages] == [200] * len(paths)
    return [*seen_while, *(page.text for page in pages)]


def test_g2_no_identity_of_a_ledger_is_found_in_state_logs_pages_or_exports(run: Run) -> None:
    files = [path for path in sorted(run.state.rglob("*")) if path.is_file()]
    # The write-ahead log is read beside the database: nothing is checkpointed for this test.
    assert {"petition-risk.db", "export.xlsx", "rejects.xlsx", "audit.key"} <= {path.name for path in files}
    assert any(path.suffix == ".parquet" for path in files)
    assert {"vault.db", "returned.xlsx"} <= {path.name for path in files}
    assert {canary: found for canary in CANARIES if (found := holding(files, [canary]))} == {}
    for canary in CANARIES:
        assert canary not in run.printed
        assert not any(canary in page for page in run.pages)
    # The ledger loads all the same, and says what it kept out.
    assert run.report.changed
    assert {column.header for column in run.report.drafts.forbidden} >= {"姓名", "身份证号", "住址", "联系电话"}
    assert run.report.rejected_rows >= 2
    assert run.hashed == 2


def test_g2_the_search_would_find_what_is_there(tmp_path: Path) -> None:
    found = b"".join(parts(ledger(tmp_path / "台账.xlsx").read_bytes()))
    assert all(canary.encode() in found for canary in CANARIES[:-1])
    (tmp_path / "register.db").write_bytes(b"x" * 5000 + CANARIES[0].encode("gb18030"))
    assert left_anywhere(tmp_path) == ["register.db"]
    (tmp_path / "register.db").unlink()
    assert holding([tmp_path / "台账.xlsx"]) == ["台账.xlsx"]
