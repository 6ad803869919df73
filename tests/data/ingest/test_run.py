import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from data.contract import Attributes, Events, Offices
from data.errors import InputRefused
from data.ingest.report import IngestReport
from data.ingest.run import ingest
from data.mapping import load_mapping, parse_mapping, shipped
from data.store.audit import load_or_create_key, read_entries
from data.store.engine import Store, migrate, open_store
from data.store.register import (
    latest_batch,
    read_batches,
    read_matters,
    read_offices,
    read_register,
    write_offices,
)
from data.times import local_midnight

ZONE = "Asia/Shanghai"
LEDGER = load_mapping("ledger")

Make = Callable[..., list[object]]
WriteBook = Callable[..., Path]
Run = Callable[..., IngestReport]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


@pytest.fixture
def store(state: Path, offices: pl.DataFrame) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{state / 'store.db'}")
    migrate(opened)
    write_offices(opened, Offices.cast(offices))
    yield opened
    opened.close()


@pytest.fixture
def run(store: Store, now: int) -> Run:
    def go(path: Path, **options: object) -> IngestReport:
        return ingest(store, path, LEDGER, now=now, user="steward", **options)  # type: ignore[arg-type]

    return go


def test_good_rows_load_and_bad_rows_come_back(
    store: Store, run: Run, write_book: WriteBook, matter: Make, event: Make
) -> None:
    report = run(write_book([matter()], [event(), event("来访", "不详")]))
    assert report.changed
    assert report.batch_id == latest_batch(store) == 1
    assert report.rejected_rows == 1
    register = read_register(store)
    assert register.events["kind"].to_list() == ["registered", "letter"]
    Events.validate(register.events)
    Attributes.validate(register.attributes)
    assert register.observed_until == report.drafts.observed_until


def test_the_same_file_again_changes_nothing_and_says_so(
    store: Store, run: Run, write_book: WriteBook, matter: Make, event: Make
) -> None:
    path = write_book([matter()], [event(), event("来访", date(2026, 5, 1))])
    first, before = run(path), read_register(store)
    again = run(path)
    assert first.changed
    assert not again.changed
    assert again.batch_id == 1
    assert any("未作任何更改" in line for line in again.lines("zh"))
    assert any("nothing was changed" in line for line in again.lines("en"))
    assert read_register(store).events.equals(before.events)


def test_a_later_file_corrects_and_adds(
    store: Store, run: Run, write_book: WriteBook, matter: Make, event: Make
) -> None:
    run(write_book([matter()], [event("满意度评价", date(2026, 5, 1), 备注类别="未解决")]))
    report = run(
        write_book(
            [matter(), matter("渌检控申〔2026〕2号")],
            [event("满意度评价", date(2026, 5, 1), 备注类别="已解决"), event("来访", date(2026, 6, 1))],
        )
    )
    assert report.outcome is not None
    assert (report.outcome.matters_new, report.outcome.events.corrected, report.outcome.events.first) == (1, 1, 2)


def test_a_full_file_closes_what_it_no_longer_holds(
    store: Store, run: Run, write_book: WriteBook, matter: Make, event: Make
) -> None:
    rows = [event("来信", date(2026, 4, 1 + i)) for i in range(25)]
    run(write_book([matter()], rows))
    report = run(write_book([matter()], rows[:-1]))
    assert report.outcome is not None
    assert report.outcome.events.missing == 1
    with pytest.raises(InputRefused):
        run(write_book([matter()], rows[:5]))
    assert run(write_book([matter()], rows[:5]), confirm=True).changed


def test_a_file_with_refused_rows_closes_nothing(
    store: Store, run: Run, write_book: WriteBook, matter: Make, event: Make
) -> None:
    rows = [event("来信", date(2026, 4, 1 + i)) for i in range(20)]
    run(write_book([matter()], rows))
    report = run(write_book([matter()], [*rows[:-1], event("来信", "四月二十")]))
    assert (report.declared_coverage, report.coverage) == ("full", "append")
    assert any("不核销" in line for line in report.lines("zh"))
    assert read_register(store).events.filter(pl.col("known_until").is_not_null()).is_empty()


def test_appended_events_find_their_matter_in_the_store(
    store: Store, run: Run, write_book: WriteBook, matter: Make, event: Make
) -> None:
    run(write_book([matter()], [event()]))
    report = run(write_book([], [event("来访", date(2026, 6, 1))]), coverage="append")
    assert report.rejected_rows == 0
    assert sorted(read_register(store).events["kind"]) == ["letter", "registered", "visit"]
    # An appended file speaks for the offices of its matters only.
    assert [stored.batch.offices for stored in read_batches(store)] == [("430212",), ("430212",)]


def test_nothing_is_written_where_nothing_can_be_taken_in(
    store: Store, run: Run, write_book: WriteBook, matter: Make
) -> None:
    report = run(write_book([matter(登记日期=None)], []))
    assert report.batch_id is None
    assert not report.changed
    assert latest_batch(store) == 0
    assert "未写入" in report.lines("zh")[0]


def test_a_file_that_cannot_be_read_writes_nothing(store: Store, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    path.write_bytes(b"%PDF-1.4")
    with pytest.raises(InputRefused):
        run(path)
    assert latest_batch(store) == 0


def test_a_bench_log_brings_its_own_office(store: Store, now: int, tmp_path: Path) -> None:
    [name] = [name for name in shipped() if load_mapping(name).bench_only]
    mapping = load_mapping(name)
    columns = [mapping.events.columns[field] for field in ("matter", "occurred", "kind")]
    more = sorted({a.column for a in mapping.attributes})
    code = next(code for code, rule in mapping.kinds.items() if rule.kind == "registered")
    path = tmp_path / "log.csv"
    path.write_text(",".join([*columns, *more]) + f"\nA1,2006-07-01,{code}" + ",1" * len(more) + "\n", encoding="utf-8")
    report = ingest(store, path, mapping, now=now, user="steward")
    assert report.bench_only
    assert report.changed
    assert "bench" in read_offices(store)["office_id"].to_list()
    assert set(mapping.roles.items()) <= set(read_register(store).roles.items())
    assert not ingest(store, path, mapping, now=now, user="steward").changed


def test_g2_control_columns_are_an_audited_finding(
    store: Store, run: Run, write_book: WriteBook, matter: Make, state: Path
) -> None:
    head = "事项编号 办理单位 登记日期 稳控措施 重点人员"
    path = write_book([["〔2026〕1号", "430212", date(2026, 3, 5), "某某", "是"]], [], matter_head=head)
    report = run(path, audit_key=load_or_create_key(state / "key"))
    assert [c.header for c in report.control_columns] == ["稳控措施", "重点人员"]
    actions = [stored.entry.action for stored in read_entries(store)]
    assert actions == ["ingest", "control_column_found", "control_column_found"]
    assert len(report.as_dict()["findings"]) == 2


def test_the_workbook_of_rejects_says_where_what_and_how(
    run: Run, write_book: WriteBook, matter: Make, event: Make, tmp_path: Path
) -> None:
    head = "事项编号 环节 发生日期 录入日期 涉及人数 文书号 到期日 备注类别 手机号"
    report = run(
        write_book(
            [matter(承办人编号="赵测试")],
            [event("来信", "=HYPERLINK(1)"), event("来信来电"), event("来访", date(2026, 5, 1), 涉及人数=-2)],
            event_head=head,
        )
    )
    path = tmp_path / "rejects.xlsx"
    report.write_rejects(path)
    book = fastexcel.read_excel(path)
    rejects = book.load_sheet(0).to_polars()
    assert rejects.columns[:4] == ["工作表 sheet", "行 row", "列 column", "值 value"]
    assert [row[:4] for row in rejects.rows()] == [
        ("办理记录", 2, "发生日期", "=HYPERLINK(1)"),
        ("办理记录", 4, "涉及人数", "-2"),
    ]
    assert all(all(cell for cell in row) for row in rejects.rows())
    assert book.load_sheet(1).to_polars().row(0)[3] == "〔not_a_code · 3〕"
    assert book.load_sheet(2).to_polars().row(0)[2:] == ("来信来电", 1, 3)
    assert "手机号" in book.load_sheet(3).to_polars()["列 column"].to_list()
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet


def test_the_report_is_plain_json(run: Run, write_book: WriteBook, matter: Make, event: Make) -> None:
    import json

    report = run(write_book([matter()], [event(), event("来访", "不详")])).as_dict()
    assert json.loads(json.dumps(report)) == report
    assert report["rejects_by_rule"] == {"date": 1}
    assert report["observed_through"] == "2026-04-01"


# Invented people; none of this may be found again in anything that is kept.
CANARIES = (
    "赵金丝", "仝雀笼", "110105194912310021", "13800138000", "湘B8K8K8", "0731-88886666", "金丝雀小区3栋402室",
    "canary@example.org", "4111111111111111", "每月都要盯着他不让去",
)  # fmt: skip


def test_g2_nothing_kept_out_is_stored_anywhere(
    store: Store, run: Run, write_book: WriteBook, matter: Make, event: Make, state: Path
) -> None:
    heads = {
        "matter_head": "事项编号 办理单位 承办部门 承办人编号 案件类别 诉求事由 程序类别 首次反映 可否答复 收件日期"
        " 登记日期 录入日期 信访人姓名 身份证号 联系电话 家庭住址 近期动向 反映内容 赵金丝",
        "event_head": "事项编号 环节 发生日期 录入日期 涉及人数 文书号 到期日 备注类别 盯防责任人",
    }
    secret = [
        "赵金丝",
        "110105194912310021",
        "13800138000",
        "金丝雀小区3栋402室",
        "每月都要盯着他不让去",
        "湘B8K8K8",
        "仝雀笼",
    ]
    matters = [[*matter(), *secret]]
    for canary in CANARIES:
        matters.append([*matter(canary), *secret])
        matters.append(
            [
                *matter(
                    f"好〔2026〕{len(matters)}号", 承办人编号=canary, 承办部门=canary, 案件类别=canary, 诉求事由=canary
                ),
                *secret,
            ]
        )
        matters.append(
            [*matter(f"好〔2026〕{len(matters)}号", 办理单位=canary, 首次反映=canary, 收件日期=canary), *secret]
        )
    events = []
    for canary in CANARIES:
        events += [
            [*event(canary), "赵金丝"],
            [*event("来信", canary), "赵金丝"],
            [*event("来访", 录入日期=canary, 涉及人数=canary, 到期日=canary), "赵金丝"],
            [*event("三个月答复", 文书号=canary, 备注类别=canary), "赵金丝"],
            [*event("三个月答复", 备注类别=f"缺理由、{canary}"), "赵金丝"],
            [*event(事项编号=canary), "赵金丝"],
        ]
    book = write_book(matters, events, name="上报.xlsx", above=1, **heads)
    report = run(book, audit_key=load_or_create_key(state / "key"))
    assert report.changed
    assert report.drafts.blanked.height >= len(CANARIES)
    (state / "report.json").write_text(repr(report.as_dict()) + "\n".join(report.lines("zh")), encoding="utf-8")
    with zipfile.ZipFile(io.BytesIO(report.reject_workbook())) as archive:
        for member in archive.namelist():
            (state / member.replace("/", "_")).write_bytes(archive.read(member))
    kept = {path.name: path.read_bytes() for path in state.rglob("*") if path.is_file()}
    assert any(name.startswith("store.db") for name in kept)
    for canary in CANARIES:
        for encoding in ("utf-8", "utf-16-le", "gb18030"):
            found = [name for name, content in kept.items() if canary.encode(encoding) in content]
            assert found == [], (canary, found)


def test_a_late_entry_keeps_its_own_time(
    store: Store, run: Run, write_book: WriteBook, matter: Make, event: Make
) -> None:
    run(write_book([matter()], [event("来信", date(2026, 4, 1), 录入日期=date(2026, 8, 1))]))
    letter = read_register(store).events.filter(pl.col("kind") == "letter")
    assert letter["known_from"].to_list() == [local_midnight(date(2026, 8, 1), ZONE)]


def test_in_a_ledger_per_contact_numbers_like_an_earlier_one_count_as_unchecked(
    store: Store, now: int, write_book: WriteBook, matter: Make
) -> None:
    text = (Path(__file__).parents[3] / "data/mappings/ledger.toml").read_text(encoding="utf-8")
    mapping = parse_mapping(text.replace('"per_matter"', '"per_contact"'))
    book = write_book(
        [matter(), matter("渌检控申〔2026〕2号", 登记日期=date(2026, 4, 5), 录入日期=date(2026, 4, 6))], []
    )
    ingest(store, book, mapping, now=now, user="steward")
    register = read_register(store)
    assert register.links_checked == 0.5
    assert register.checked_by_office == {"430212": 0.5}
    assert read_matters(store).height == 2
