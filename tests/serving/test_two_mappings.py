"""Two offices' ledgers, each read by a mapping of its own: what both declare is learned from together (G26)."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from data.contract import Offices
from data.errors import InputRefused, NotAllowed
from data.ingest.remembered import declarations
from data.ingest.report import IngestReport
from data.ingest.run import Source, ingest
from data.mapping import parse_mapping
from data.settings import Settings
from data.store.engine import Store
from data.store.mappings import NewMapping, confirm_mapping, remember
from data.store.register import write_offices
from serving.training_run import dataset_of, pin
from tests.histories import at, seen

NOW = at("2026-06-01")
JIA, YI = "示例甲县院", "示例乙县院"
OFFICES = pl.DataFrame(
    {
        "office_id": ["M1", "C1", "C2"],
        "name": ["示例市院", JIA, YI],
        "parent_id": [None, "M1", "M1"],
        "level": ["city", "county", "county"],
    }
)
DECLARED_BY = 'owner = "控申部门"\nreason = "登记时填写"\nsource = "登记办法"\nconfirmed_by = "案管部门"\n'
STEP = (
    '"电话核实" = { added = "phone_check", role = "intake", zh = "电话核实", en = "checked by phone", '
    'owner = "控申部门", reason = "办理环节", source = "办理规程", confirmed_by = "案管部门" }\n'
)


def _mapping(name: str, *columns: str, step: str = "") -> str:
    """A mapping of the workbook below; each of `columns` (header=name:dtype) is a declared attribute."""
    text = f"""
name = "{name}"
time_zone = "Asia/Shanghai"
numbering = "per_matter"
coverage = "full"
layout = "sheets"
[sheets.matters]
name = "信访事项"
[sheets.matters.columns]
matter = "事项编号"
office = "办理单位"
registered = "登记日期"
[sheets.events]
name = "办理记录"
[sheets.events.columns]
matter = "事项编号"
kind = "环节"
occurred = "发生日期"
[lag]
default_days = 0
[kinds]
"来信" = "letter"
{step}"""
    for column in columns:
        header, rest = column.split("=")
        code, dtype = rest.split(":")
        text += f'[attributes.{code}]\ncolumn = "{header}"\ndtype = "{dtype}"\nfixed_at = "registration"\n'
        text += f'describes = "matter"\n{DECLARED_BY}'
    return text + "[task]\n"


JIA_TEXT = _mapping("jia_ledger", "涉及金额=amount:money", step=STEP)
YI_TEXT = _mapping("yi_ledger", "标的额=amount:money", "当事人数=parties:number")


def _book(path: Path, office: str, extra: dict[str, object], steps: tuple[str, ...]) -> Path:
    """Three matters registered on the first three days of January, the first with `extra` cells and `steps`."""
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        matters, events = book.add_worksheet("信访事项"), book.add_worksheet("办理记录")
        matters.write_row(0, 0, ["事项编号", "办理单位", "登记日期", *extra])
        events.write_row(0, 0, ["事项编号", "环节", "发生日期"])
        line = 1
        for number in (1, 2, 3):
            name = f"{office}〔2026〕{number}号"
            matters.write_row(number, 0, [name, office])
            matters.write(number, 2, date(2026, 1, number), day)
            if number == 1:
                matters.write_row(number, 3, list(extra.values()))
            for kind, on in [("来信", 0), *((step, 20) for step in steps if number == 1)]:
                events.write_row(line, 0, [name, kind])
                events.write(line, 2, date(2026, 1, on + number), day)
                line += 1
    return path


@pytest.fixture
def store_(sqlite_store: Store) -> Store:
    write_offices(sqlite_store, Offices.cast(OFFICES))
    return sqlite_store


def _take(store: Store, path: Path, text: str, office: str) -> None:
    """Proposed by one, confirmed by another, taken in by a third."""
    mapping = parse_mapping(text)
    with pytest.raises(NotAllowed, match="confirm"):
        ingest(store, path, mapping, now=NOW, user="os:anna", source=Source(toml=text))
    new = NewMapping(
        office_id=office,
        name=mapping.name,
        toml=text,
        sha256=mapping.sha256,
        columns=(),
        declares=declarations(mapping),
    )
    kept = remember(store, new, by="anna", at=NOW)
    confirm_mapping(store, office, kept.version, by="bert", at=NOW)
    report = _read(store, path, text)
    assert report.drafts.rejects.is_empty()


def _read(store: Store, path: Path, text: str) -> IngestReport:
    mapping, source = parse_mapping(text), Source(toml=text)
    return ingest(store, path, mapping, now=NOW, user="os:carl", source=source, observed_until=NOW, confirm=True)


@pytest.fixture
def both(store_: Store, tmp_path: Path) -> Store:
    _take(store_, _book(tmp_path / "jia.xlsx", JIA, {"涉及金额": 1200.5}, ("电话核实",)), JIA_TEXT, "C1")
    _take(store_, _book(tmp_path / "yi.xlsx", YI, {"标的额": 800, "当事人数": 7}, ()), YI_TEXT, "C2")
    return store_


def test_g26_declared_features_of_both_offices_are_pinned_and_learned_from(both: Store) -> None:
    """The last import is the second office's; the first one's step and amount are there all the same."""
    pinned = pin(both, Settings())
    assert [mapping.name for mapping in pinned.mappings] == ["jia_ledger", "yi_ledger"]
    found = dataset_of(pinned, Settings(), cutoffs=[seen("2026-01-31")])
    declared = {"amount", "parties", "phone_check_ever", "phone_check_365d", "days_since_phone_check"}
    assert declared == {feature.name for feature in found.feature_set if feature.group == "declared"}
    numbers = pinned.register.matters.select("matter_id", "matter_no")
    rows = found.rows.join(numbers, on="matter_id").sort("matter_no")
    assert len(rows) == 6
    firsts = rows.filter(pl.col("matter_no").str.ends_with("〕1号"))
    values = {row["office_id"]: [row[name] for name in sorted(declared)] for row in firsts.iter_rows(named=True)}
    assert values == {"C1": [1200.5, 11.0, -1.0, 1.0, 1.0], "C2": [800.0, 3650.0, 7.0, 0.0, 0.0]}
    # Who recorded nothing has the empty value, in whichever office.
    others = rows.filter(~pl.col("matter_no").str.ends_with("〕1号"))
    for name in declared:
        assert others[name].unique().to_list() == [found.feature_set.get(name).empty], name


def test_g26_an_offices_older_mapping_counts_no_more_once_it_sends_by_another(both: Store, tmp_path: Path) -> None:
    """The second office's next file declares nothing: its parties are no feature any longer, the first one's stay."""
    plain = _mapping("yi_ledger")
    _read(both, _book(tmp_path / "later.xlsx", YI, {}, ()), plain)
    pinned = pin(both, Settings())
    names = set(dataset_of(pinned, Settings(), cutoffs=[seen("2026-01-31")]).feature_set.names)
    assert {"amount", "phone_check_ever"} <= names
    assert "parties" not in names


@pytest.mark.parametrize("demo", [False, True])
def test_g20_a_made_up_ledger_is_known_as_one_to_training(store_: Store, tmp_path: Path, *, demo: bool) -> None:
    book = _book(tmp_path / "jia.xlsx", JIA, {}, ())
    ingest(store_, book, parse_mapping(_mapping("jia_ledger")), now=NOW, user="os:carl", observed_until=NOW, demo=demo)
    given = tmp_path / "jia.toml"
    given.write_text(_mapping("jia_ledger"), encoding="utf-8")
    assert pin(store_, Settings(), str(given)).demo is demo


def test_a_mapping_that_was_not_kept_is_asked_for_again(store_: Store, tmp_path: Path) -> None:
    """The first office's file came in by a file of mappings nobody kept: which features it declared is not guessed."""
    book = _book(tmp_path / "jia.xlsx", JIA, {"涉及金额": 1200.5}, ())
    ingest(store_, book, parse_mapping(_mapping("lost_ledger")), now=NOW, user="os:carl", observed_until=NOW)
    _take(store_, _book(tmp_path / "yi.xlsx", YI, {"标的额": 800, "当事人数": 7}, ()), YI_TEXT, "C2")
    with pytest.raises(InputRefused) as refused:
        pin(store_, Settings())
    assert refused.value.code == "mapping_forgotten"
