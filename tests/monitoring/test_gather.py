"""Do the monitors work on real lists: an invented province, its features, three months of lists."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from data.contract import Register
from data.mapping import load_mapping
from data.settings import Settings
from data.store.by_part import in_one
from data.synthetic.plan import small_plan
from data.synthetic.register import make_register
from data.times import cutoff_instant
from features.build import build_features, split_facts
from features.catalog import CATALOG
from features.cohort import cohort
from features.context import office_context
from monitoring.drift import reference_summary
from monitoring.gather import StoredList, gather
from monitoring.report import to_html, to_markdown
from monitoring.run import monitor
from serving.bench.watched import stored_list
from training.labels import labels
from training.sweep_list import make_list

ZONE = "Asia/Shanghai"
TASK = load_mapping("ledger").task


@pytest.fixture(scope="module")
def register() -> Register:
    return make_register(small_plan()).register


@pytest.fixture(scope="module")
def cutoffs(register: Register) -> list[int]:
    last = register.observed_until
    months = [cutoff_instant(date(year, month, 28), ZONE) for year in range(2022, 2028) for month in range(1, 13)]
    return [cutoff for cutoff in months if cutoff <= last][-8:]


def _log(register: Register, cutoff: int) -> pl.DataFrame:
    members = cohort(register, [cutoff], TASK, Settings().cohort)
    context = office_context(register, [cutoff], TASK, Settings().cohort)
    built = build_features(register, members, CATALOG, context=context, with_facts=True)
    points = built["fact:points"].cast(pl.Int64)
    return built.with_columns(margin_nano=points * 100_000_000)


def _stored(register: Register, cutoff: int, log: pl.DataFrame, *, made: int = 0) -> StoredList:
    facts = split_facts(log)[1].join(log.select("matter_id", "margin_nano"), on="matter_id")
    candidates = facts.join(register.matters.select("matter_id", "office_id"), on="matter_id").with_columns(
        band=pl.lit("general"), per_hundred_low=pl.lit(1), per_hundred_high=pl.lit(9)
    )
    entries = make_list(candidates, Settings().sweep, "model")
    return stored_list(entries, log, cutoff=cutoff, scope="province", made=made, calibration=None)


@pytest.fixture(scope="module")
def lists(register: Register, cutoffs: Sequence[int]) -> list[StoredList]:
    return [_stored(register, cutoff, _log(register, cutoff)) for cutoff in (cutoffs[0], cutoffs[1], cutoffs[-1])]


def test_real_lists_give_a_report(register: Register, lists: list[StoredList]) -> None:
    log = lists[0].scan_log().collect()
    reference = reference_summary(split_facts(log)[0].drop("margin_nano"), log["margin_nano"].to_numpy() / 1e9)
    watch = gather(
        in_one(register),
        Settings(),
        TASK,
        as_of=lists[-1].screening.cutoff,
        lists=lists,
        feature_set=CATALOG,
        reference=json.loads(json.dumps(reference)),
    )
    report = monitor(watch, model="petition-risk 1")
    found = report.as_dict()
    json.dumps(found, allow_nan=False)
    assert [row["mature"] for row in found["tables"]["past_lists"]] == [True, True, False]
    assert {row["name"] for row in found["tables"]["drift"]} == {*CATALOG.names, "margin"}
    assert {"B1", "B6"} <= set(found["tables"]["past_lists"][0]["baselines"])
    assert CATALOG.features[0].zh in to_html(report, "zh")
    assert to_markdown(report, "en").startswith("# Monitoring report")


def test_matured_figures_are_those_of_the_training_labels(register: Register, lists: list[StoredList]) -> None:
    watch = gather(
        in_one(register), Settings(), TASK, as_of=lists[-1].screening.cutoff, lists=lists[:1], feature_set=CATALOG
    )
    row = monitor(watch).as_dict()["tables"]["past_lists"][0]
    truth = labels(register, lists[0].scan_log().collect(), TASK, Settings().label).rows
    assert row["labelled"] == truth["label"].is_not_null().sum()
    listed = lists[0].entries.filter(pl.col("part") == "model")["matter_id"].to_list()
    assert row["listed"] == len(listed)
    hits = int(truth.filter(pl.col("matter_id").is_in(listed))["label"].sum())
    assert row["returned"]["masked"] == (min(hits, len(listed) - hits) < 10)


def test_the_window_a_model_was_trained_on_has_not_drifted_from_itself(
    register: Register, lists: list[StoredList]
) -> None:
    log = lists[0].scan_log().collect()
    reference = reference_summary(split_facts(log)[0].drop("margin_nano"), log["margin_nano"].to_numpy() / 1e9)
    watch = gather(
        in_one(register),
        Settings(),
        TASK,
        as_of=lists[0].screening.cutoff,
        lists=lists[:1],
        feature_set=CATALOG,
        reference=json.loads(json.dumps(reference)),
    )
    rows = monitor(watch).as_dict()["tables"]["drift"]
    assert max(row["psi"] for row in rows) == 0.0
    assert max(row["ks"] for row in rows) == 0.0


def test_lists_made_after_the_day_are_left_out_and_the_last_made_counts(
    register: Register, lists: list[StoredList]
) -> None:
    first = lists[0].screening
    again = _stored(register, first.cutoff, lists[0].scan_log().collect().head(40), made=9)
    watch = gather(in_one(register), Settings(), TASK, as_of=first.cutoff, lists=[again, *lists], feature_set=CATALOG)
    assert [past.candidates.height for past in watch.past] == [40]
    assert watch.current is not None
    assert watch.current.height == 40


def test_without_lists_there_is_a_report_all_the_same(register: Register) -> None:
    watch = gather(in_one(register), Settings(), TASK, as_of=register.observed_until, lists=[], feature_set=CATALOG)
    report = monitor(watch)
    assert watch.labels is None
    assert [finding.code for finding in report.findings if finding.code == "drift_not_measured"]
    assert np.isfinite(report.as_dict()["tables"]["data_quality"][0]["events"])


@pytest.mark.parametrize("size", [pytest.param(1, marks=pytest.mark.slow), 25, 200])
def test_what_is_found_does_not_depend_on_how_the_register_is_cut(
    register: Register, lists: list[StoredList], size: int
) -> None:
    ids = register.matters["matter_id"].sort()
    groups = [ids.slice(first, size).implode() for first in range(0, len(ids), size)][::-1]
    mine = pl.col("matter_id")
    parts = [
        replace(
            register,
            matters=register.matters.filter(mine.is_in(group)),
            events=register.events.filter(mine.is_in(group)),
            attributes=register.attributes.filter(mine.is_in(group)),
        )
        for group in groups
    ]
    whole = in_one(register)
    cut = replace(whole, count=len(parts), read=lambda: iter(parts))
    as_of = lists[-1].screening.cutoff
    found = [
        monitor(gather(one, Settings(), TASK, as_of=as_of, lists=lists, feature_set=CATALOG)).as_dict()
        for one in (whole, cut)
    ]
    assert found[0]["findings"]
    assert found[1] == found[0]
