"""Who a person is changes nothing: ledgers that differ only in names, sex, age, ethnicity and addresses score alike."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data.contract import OfficeContext, Offices
from data.ingest.run import ingest
from data.mapping import load_mapping
from data.store.engine import migrate, open_store
from data.store.register import read_register, write_offices
from data.times import cutoff_instant
from features.build import build_features
from features.catalog import CATALOG
from tests.data.ingest.conftest import EVENTS, MATTERS
from tests.serving.conftest import make_scorecard
from training.score import score

Make = Callable[..., list[object]]
Of = Callable[..., pl.DataFrame]

PERSON = "信访人姓名 性别 年龄 民族 住址 出生日期 职业 文化程度"
#: None: a ledger without such columns at all.
PEOPLE: tuple[tuple[object, ...] | None, ...] = (
    None,
    ("赵测试", "男", 31, "汉族", "甲镇一组", "1995-01-01", "工人", "高中"),
    ("钱测试", "女", 78, "苗族", "乙乡二组", "1948-02-02", "农民", "小学"),
    ("孙测试·测试", "未说明", 5, "土家族", "丙街道三号", "2021-03-03", "无", ""),
)


@pytest.fixture
def scored(
    tmp_path: Path, offices: pl.DataFrame, now: int, matter: Make, event: Make, write_book: Callable[..., Path]
) -> Of:
    """Features, facts, margin and band of a ledger with one matter's person, and other cells as given."""

    def of(person: tuple[object, ...] | None, **cells: object) -> pl.DataFrame:
        more = list(person or ())
        number = len(list(tmp_path.iterdir()))
        path = write_book(
            [[*matter(**cells), *more]],
            [
                [*event("来信", date(2026, 3, 4)), *more],
                [*event("来访", date(2026, 5, 6)), *more],
                [*event("程序性回复", date(2026, 3, 9)), *more],
            ],
            name=f"{number}.xlsx",
            matter_head=f"{MATTERS} {PERSON}" if person else MATTERS,
            event_head=f"{EVENTS} {PERSON}" if person else EVENTS,
        )
        store = open_store(f"sqlite:///{tmp_path / f'{number}.db'}")
        migrate(store)
        write_offices(store, Offices.cast(offices))
        ingest(store, path, load_mapping("ledger"), now=now, user="steward")
        register = read_register(store)
        store.close()
        cutoff = cutoff_instant(date(2026, 9, 30), register.time_zone)
        snapshots = register.matters.select("matter_id", cutoff=pl.lit(cutoff))
        assert len(snapshots) == 1
        built = build_features(register, snapshots, context=OfficeContext.create_empty(), with_facts=True)
        return built.hstack(score(make_scorecard(), built, CATALOG).drop("matter_id", "cutoff", strict=False))

    return of


def test_g5_who_a_person_is_changes_no_feature_no_fact_and_no_score(scored: Of) -> None:
    without = scored(PEOPLE[0])
    for person in PEOPLE[1:]:
        assert scored(person).equals(without), person
    # And what is the matter's own does: the comparison can fail.
    assert not scored(PEOPLE[1], 首次反映="否").equals(without)
