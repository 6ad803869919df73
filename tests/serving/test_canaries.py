"""What the gate keeps out is nowhere afterwards: a ledger full of invented identities, through every door."""

import io
import zipfile
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
from data.ingest.run import ingest
from data.mapping import load_mapping
from data.settings import ImpactSettings, Settings
from data.store import users
from data.store.audit import load_or_create_key
from data.store.engine import Store, migrate, open_store
from data.store.register import write_offices
from data.store.users import User, UserRole
from serving.app import create_app
from serving.export import export_list
from serving.screening import screen
from serving.sessions import start_session
from tests.histories import at, seen
from tests.serving.conftest import TestClient, token_of

#: Invented; none of it may be found again in anything that is kept, printed or logged.
CANARIES = (
    *("赵金丝", "仝雀笼", "110105194912310021", "13800138000", "0731-88886666", "湘B8K8K8"),
    *("金丝雀小区3栋402室", "jinsique@example.com", "6222020200112233457"),
)
CODINGS = ("utf-8", "gb18030", "utf-16-le")
NOW = at("2026-11-03") + 9 * 3_600_000_000


@dataclass
class Run:
    """A product that has been through a whole month with a ledger full of identities."""

    state: Path
    store: Store
    report: IngestReport
    printed: str
    pages: list[str]


def ledger(path: Path) -> Path:
    """A workbook as offices keep them: columns of identities, and identities in cells where none belong."""
    name, rare, number, mobile, land, plate, home, mail, card = CANARIES
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
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str], hashed: str) -> Iterator[Run]:
    """Import with rejects, list, export, pages read and a text refused; what the process printed is kept."""
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
    settings = Settings(impact=ImpactSettings(assessment_id="PIA-1", approver="x"))
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
    told = "\n".join([*report.lines("zh"), *report.lines("en"), str(report.as_dict())])
    yield Run(state=state, store=store, report=report, printed=out + err + told, pages=pages)
    store.close()


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
        pages = [client.get(path) for path in paths]
        form: dict[str, Any] = {"about": "category", "code": "petition", "reason": "class", "text": " ".join(CANARIES)}
        form |= {"csrf": token_of(pages[0].text), "once": "0" * 8 + "-" + "0" * 27}
        assert client.post(f"/matters/{matter}/corrections", data=form).status_code == 422
    assert [page.status_code for page in pages] == [200] * len(paths)
    return [page.text for page in pages]


def parts(content: bytes) -> Iterator[bytes]:
    """A file's bytes, and those of what is packed inside a workbook or a Parquet file."""
    yield content
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield archive.read(name)
    if content[:4] == b"PAR1":
        yield pl.read_parquet(io.BytesIO(content)).write_ndjson().encode()


def test_g2_no_identity_of_a_ledger_is_found_in_state_logs_pages_or_exports(run: Run) -> None:
    files = [path for path in sorted(run.state.rglob("*")) if path.is_file()]
    # The write-ahead log is read beside the database: nothing is checkpointed for this test.
    assert {"petition-risk.db", "export.xlsx", "rejects.xlsx", "audit.key"} <= {path.name for path in files}
    assert any(path.suffix == ".parquet" for path in files)
    for canary in CANARIES:
        for coding in CODINGS:
            needle = canary.encode(coding)
            for path in files:
                assert not any(needle in part for part in parts(path.read_bytes())), (canary, coding, path.name)
        assert canary not in run.printed
        assert not any(canary in page for page in run.pages)


def test_g2_the_ledger_loads_all_the_same_and_says_what_it_kept_out(run: Run) -> None:
    assert run.report.changed
    assert {column.header for column in run.report.drafts.forbidden} >= {"姓名", "身份证号", "住址", "联系电话"}
    assert run.report.rejected_rows >= 2


def test_g2_the_search_would_find_what_is_there(tmp_path: Path) -> None:
    found = b"".join(parts(ledger(tmp_path / "台账.xlsx").read_bytes()))
    assert all(canary.encode() in found for canary in CANARIES)
