"""A mapping is remembered for its office, found again by next month's file, and never stretched to another header."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.contract import Offices
from data.errors import InputRefused, NotAllowed, SettingsError
from data.ingest.remembered import choose, declaration_lines, declarations, merged, missing_columns
from data.ingest.run import Source, home_office, ingest
from data.ingest.sources import all_sources
from data.mapping import SHIPPED, load_mapping, parse_mapping, shipped
from data.mapping_text import refuse_personal, write_toml
from data.store.batches import batch_report, read_batches
from data.store.engine import Store
from data.store.mappings import NewMapping, confirm_mapping, read_mappings, remember
from data.store.register import read_matters, write_offices

Make = Callable[..., list[object]]
TEXT = (SHIPPED / "ledger.toml").read_text(encoding="utf-8").replace('name = "ledger"', 'name = "lukou"')
ADDED = """
[attributes.sum]
column = "首次反映"
dtype = "flag"
describes = "matter"
owner = "甲"
confirmed_by = "乙"
reason = "丙"
source = "丁"
"""


@pytest.fixture
def store_(sqlite_store: Store, offices: pl.DataFrame) -> Store:
    write_offices(sqlite_store, Offices.cast(offices))
    return sqlite_store


@pytest.fixture
def take(store_: Store, now: int) -> Callable[..., Any]:
    def run(path: Path, text: str = TEXT, **more: Any) -> Any:
        more = {"source": Source(toml=text)} | more
        return ingest(store_, path, parse_mapping(text), now=now, user="os:anna", **more)

    return run


def test_an_import_remembers_its_mapping_and_names_the_version(
    store_: Store, take: Callable[..., Any], write_book: Callable[..., Path], matter: Make, event: Make
) -> None:
    path = write_book([matter()], [event()])
    report = take(path)
    assert report.mapping_version == ("430212", 1)
    assert batch_report(store_, 1).mapping_version == ("430212", 1)
    assert batch_report(store_, 1).body == report.quality.body
    assert take(path).mapping_version == ("430212", 1)
    assert len(read_mappings(store_)) == len(read_batches(store_)) == 1
    found = choose(store_, path, offices=pl.DataFrame(), office_id=None, demo=False)
    assert found is not None
    assert found.mapping == parse_mapping(TEXT)
    assert take(path, TEXT.replace("default_days = 3", "default_days = 5")).mapping_version == ("430212", 2)


def test_a_dry_run_reports_and_writes_nothing(
    store_: Store, take: Callable[..., Any], write_book: Callable[..., Path], matter: Make, event: Make, tmp_path: Path
) -> None:
    path = write_book([matter(), matter("渌检控申〔2026〕2号")], [event(), event("三个月答复", date(2026, 1, 1))])
    assert store_.path is not None
    store_.close()
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir() if not one.name.endswith(("-shm", "-wal"))}
    dry = take(path, dry_run=True, audit_key=b"k" * 32)
    store_.close()
    after = {one.name: one.read_bytes() for one in tmp_path.iterdir() if not one.name.endswith(("-shm", "-wal"))}
    assert after == before
    assert (dry.batch_id, dry.dry_run, dry.outcome.events.first) == (None, True, 3)
    real = take(path)
    assert real.quality.body == dry.quality.body
    assert real.outcome.events == dry.outcome.events
    # A dry run of a file that misses most of the register says that it has to be confirmed.
    less = take(write_book([matter()], [event()], name="less.xlsx"), dry_run=True)
    assert less.needs_confirm
    with pytest.raises(InputRefused, match="--confirm"):
        take(write_book([matter()], [event()], name="less.xlsx"))


def test_a_changed_header_is_named_with_a_proposal_and_nothing_is_guessed(
    store_: Store, take: Callable[..., Any], write_book: Callable[..., Path], matter: Make, event: Make,
    offices: pl.DataFrame,
) -> None:  # fmt: skip
    take(write_book([matter()], [event()]))
    head = "事项编号 环节 发生日期 录入日期 涉及人数 文书编号 到期日 备注类别"
    changed = write_book([matter()], [event()], name="new.xlsx", event_head=head)
    with pytest.raises(InputRefused) as refused:
        choose(store_, changed, offices=offices, office_id=None, demo=False)
    assert refused.value.code == "mapping_changed"
    said = refused.value.text("zh")
    assert "缺少列：文书号" in said
    assert "文书编号 → document_no" in said

    # Asked of the first rows alone: no cell below the header is read.
    def unread(below: int, columns: Sequence[int]) -> pl.DataFrame:
        raise AssertionError((below, columns))

    headers = [replace(one, load=unread) for one in all_sources(changed)]
    assert missing_columns(changed, parse_mapping(TEXT), ("文书号", "环节"), headers) == ["文书号"]
    same = head.replace("文书编号", "文书号")
    # A column more is no reason to stop; a required one less names it too.
    more = write_book([matter()], [[*event(), 1]], name="more.xlsx", event_head=same + " 新列")
    assert choose(store_, more, offices=offices, office_id=None, demo=False) is not None
    less = write_book([matter()], [event()], name="l.xlsx", event_head=head.replace("发生日期", "某日"))
    with pytest.raises(InputRefused, match="version 1") as refused:
        choose(store_, less, offices=offices, office_id=None, demo=False)
    assert "缺少列：发生日期" in refused.value.text("zh")


def test_several_offices_mappings_that_fit_are_asked_about(
    store_: Store, take: Callable[..., Any], write_book: Callable[..., Path], matter: Make, event: Make
) -> None:
    path = write_book([matter()], [event()])
    take(path)
    other = TEXT.replace("default_days = 3", "default_days = 9")
    take(write_book([matter(办理单位="茶陵县人民检察院")], [event()], name="b.xlsx"), other)
    with pytest.raises(InputRefused) as refused:
        choose(store_, path, offices=pl.DataFrame(), office_id=None, demo=False)
    assert refused.value.code == "mapping_several"
    found = choose(store_, path, offices=pl.DataFrame(), office_id="430224", demo=False)
    assert found is not None
    assert found.mapping.lag_default_days == 9
    assert choose(store_, path, offices=pl.DataFrame(), office_id=None, demo=False, within=["430212"]) is not None


def test_g26_a_declaration_loads_only_after_a_second_person(
    store_: Store, take: Callable[..., Any], write_book: Callable[..., Path], matter: Make, event: Make
) -> None:
    path = write_book([matter()], [event()])
    assert declarations(parse_mapping(TEXT)) == ()
    assert declarations(parse_mapping(TEXT + ADDED)) == ("attributes.sum",)
    with pytest.raises(NotAllowed) as refused:
        take(path, TEXT + ADDED)
    assert refused.value.code == "mapping_unconfirmed"
    assert "attributes.sum" in refused.value.text("zh")
    assert take(path, TEXT + ADDED, dry_run=True).outcome is not None
    assert not read_batches(store_)
    from data.store.mappings import NewMapping

    mapping = parse_mapping(TEXT + ADDED)
    new = NewMapping(
        office_id="430212", name="lukou", toml=TEXT + ADDED, sha256=mapping.sha256, columns=(),
        declares=declarations(mapping),
    )  # fmt: skip
    remember(store_, new, by="anna", at=1)
    with pytest.raises(NotAllowed):
        take(path, TEXT + ADDED)
    confirm_mapping(store_, "430212", 1, by="bert", at=2)
    assert take(path, TEXT + ADDED).batch_id == 1
    assert take(path, TEXT + ADDED.replace('"丙"', '"戊"'), demo=True).mapping_version == ("430212", 3)


def test_only_the_callers_offices_are_written(
    store_: Store, take: Callable[..., Any], write_book: Callable[..., Path], matter: Make, event: Make
) -> None:
    other = matter("茶检〔2026〕1号", 办理单位="茶陵县人民检察院")
    report = take(write_book([matter(), other], [event()]), within=["430212"])
    assert report.drafts.rejects["rule"].to_list() == ["unknown_office"]
    assert read_matters(store_)["office_id"].to_list() == ["430212"]


def test_whose_ledger_a_file_is(offices: pl.DataFrame) -> None:
    mapping = load_mapping("ledger")
    assert home_office(["430212"], mapping, offices) == "430212"
    assert home_office(["430212", "430224"], mapping, offices) == "430200"
    assert home_office(["430212", "else"], mapping, offices) is None
    assert home_office([], mapping, offices) is None


def test_a_mapping_written_again_means_the_same_and_holds_nobody() -> None:
    import tomllib

    for name in shipped():
        text = (SHIPPED / f"{name}.toml").read_text(encoding="utf-8")
        assert parse_mapping(write_toml(tomllib.loads(text))) == parse_mapping(text)
    with pytest.raises(InputRefused) as refused:
        refuse_personal({"kinds": {"来访 13800138000": "visit"}})
    assert "13800138000" not in str(refused.value)


def test_what_changed_takes_the_proposals_answer_and_the_rest_stays() -> None:
    import tomllib

    old = tomllib.loads(TEXT.replace("default_days = 3", "default_days = 8"))
    proposed = tomllib.loads(TEXT.replace('"文书号"', '"文书编号"').replace('"来信" =', '"群众来信" ='))
    table = merged(old, proposed, ["文书号"])
    made = parse_mapping(write_toml(table))
    assert made.events.columns["document_no"] == "文书编号"
    assert made.lag_default_days == 8
    assert {"来信", "群众来信"} <= set(made.kinds)
    assert merged(old, proposed, ["诉求事由"])["attributes"].keys() == old["attributes"].keys() - {"cause"}


def test_g26_what_is_declared_is_printed_with_what_it_describes() -> None:
    said = declaration_lines(parse_mapping(TEXT.replace("\n[task]", ADDED + "\n[task]")))
    assert said == [
        (
            "attributes.sum：描述事项；申明 甲；确认 乙；理由 丙；依据 丁",
            "attributes.sum: describes the matter; declared by 甲; confirmed by 乙; reason: 丙; source: 丁",
        )
    ]


def test_g26_a_mapping_confirmed_before_it_was_asked_is_read_as_it_stood(
    store_: Store, take: Callable[..., Any], write_book: Callable[..., Path], matter: Make, event: Make
) -> None:
    old = TEXT.replace('describes = "matter"\n', "")
    path = write_book([matter()], [event()])
    new = NewMapping(
        office_id="430212", name="lukou", toml=old, sha256=parse_mapping(old, remembered=True).sha256,
        columns=("事项编号",), declares=(),
    )  # fmt: skip
    remember(store_, new, by="os:anna", at=1)
    found = choose(store_, path, offices=pl.DataFrame(), office_id=None, demo=False)
    assert found is not None
    assert {one.describes for one in found.mapping.attributes} == {None}
    report = ingest(store_, path, found.mapping, now=10**15 * 2, user="os:anna", source=Source(toml=old))
    assert report.mapping_version == ("430212", 2)
    with pytest.raises(SettingsError):
        parse_mapping(old)
    # What the product proposes next says it for its own attributes.
    table = merged(tomllib.loads(old), tomllib.loads(TEXT), gone=())
    assert {one["describes"] for one in table["attributes"].values()} == {"matter"}
