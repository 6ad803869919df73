"""The invented register obeys the contract and looks like a province's: sizes, shares, lateness, corrections."""

import ast
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid5

import numpy as np
import polars as pl
import pytest

import data.synthetic
from data import contract
from data.contract import Attributes, Events, Matters, Offices
from data.errors import UsageError
from data.synthetic import SyntheticPlan, SyntheticRegister, bench_plan, demo_plan, make_register, small_plan
from data.times import DAY_US, local_date
from data.vocabulary import CLOSERS, KIND


def _share(flags: pl.Series) -> float:
    return int(flags.sum()) / len(flags)


def test_frames_obey_the_contract(province: SyntheticRegister):
    register = province.register
    Offices.validate(register.offices)
    Matters.validate(register.matters)
    Events.validate(register.events)
    Attributes.validate(register.attributes)
    assert set(register.events["kind"]) <= set(register.roles)
    assert (register.events["known_from"] < register.observed_until).all()
    assert local_date(register.observed_until, register.time_zone) == province.plan.end


def test_same_seed_same_register_and_another_seed_another():
    plan = replace(small_plan(3), oracle_draws=1)
    one, two = make_register(plan), make_register(plan)
    assert one.register.events.equals(two.register.events)
    assert one.register.attributes.equals(two.register.attributes)
    assert one.oracle.equals(two.oracle)
    other = make_register(replace(plan, seed=4, oracle_draws=0))
    assert not other.register.events.equals(one.register.events)


def test_leaving_the_oracle_out_changes_no_event():
    plan = replace(small_plan(3), oracle_draws=0)
    assert make_register(plan).register.events.equals(make_register(replace(plan, oracle_draws=1)).register.events)


def test_ids_are_those_of_the_contract(province: SyntheticRegister):
    row = province.register.matters.row(5, named=True)
    name = f"ledger\x1f{row['office_id']}\x1f{row['matter_no']}"
    assert row["matter_id"] == str(uuid5(contract._NAMESPACE, name))  # pyright: ignore[reportPrivateUsage]
    event = province.register.events.row(5, named=True)
    day = local_date(event["occurred_at"], province.plan.time_zone)
    assert event["event_id"] == contract.event_uuid("ledger", event["matter_id"], event["kind"], f"{day}#0")


def test_versions_of_one_event_never_stand_together(province: SyntheticRegister):
    ordered = province.register.events.sort("event_id", "known_from").with_columns(
        before=pl.col("known_until").shift(1).over("event_id"),
        versions=pl.len().over("event_id"),
        place=pl.int_range(pl.len()).over("event_id"),
    )
    later = ordered.filter(pl.col("place") > 0)
    assert later.height > 5
    assert (later["before"] <= later["known_from"]).all()


def test_events_are_late_corrected_and_on_working_days(province: SyntheticRegister):
    events = province.register.events
    lag = (events["known_from"] - events["occurred_at"]) // DAY_US
    assert _share(lag > 3) >= 0.10
    assert (lag > 30).sum() > 0
    assert _share(events["known_until"].is_not_null()) >= 0.02
    standing = events.filter(pl.col("known_until").is_null())
    ours = standing.filter(pl.col("kind").is_in(["accepted", "procedural_reply", "handler_changed"]))
    first = ours.filter(pl.col("known_from") - pl.col("occurred_at") < 3 * DAY_US)
    weekday = first["occurred_at"].cast(pl.Datetime("us", "UTC")).dt.convert_time_zone("Asia/Shanghai").dt.weekday()
    assert _share(weekday <= 5) > 0.98


def test_shares_are_those_of_real_offices(province: SyntheticRegister):
    register, truth = province.register, province.truth
    back = truth["raised_on"].list.len().fill_null(0)
    assert 0.20 <= _share(back > 0) <= 0.38
    assert (back > 1).sum() > 20  # some come back again
    facts = register.attributes.pivot("name", index="matter_id", values="number")
    replies = register.events.filter(pl.col("kind") == "procedural_reply", pl.col("known_until").is_null())
    first = replies.group_by("matter_id").agg(pl.col("occurred_at").min())
    old = facts.filter(
        pl.col("reply_possible") == 1, pl.col("received_on") < (date(2026, 8, 1) - date(1970, 1, 1)).days
    )
    joined = old.join(first, on="matter_id", how="left")
    days = (joined["occurred_at"] + 8 * 3_600_000_000) // DAY_US - joined["received_on"]
    assert _share((days <= 7).fill_null(value=False)) > 0.97


def test_every_role_occurs_and_one_office_is_very_small(province: SyntheticRegister):
    register = province.register
    assert {KIND[kind].role for kind in register.events["kind"].unique()} == {kind.role for kind in KIND.values()}
    assert set(CLOSERS) <= set(register.events["kind"])
    assert {"reopened", "suspended", "resumed", "returned", "extended", "transfer_told"} <= set(register.events["kind"])
    assert register.events.filter(pl.col("caused_by") == "remedy").height > 0
    assert register.events.filter(pl.col("kind") == "joint_submission")["people_band"].min() == 2
    per_office = register.matters.group_by("office_id").len()["len"]
    assert int(np.min(per_office.to_numpy())) < 40
    assert register.matters["respondent_post"].drop_nulls().n_unique() == 3


def test_some_open_matters_fall_silent(province: SyntheticRegister):
    register = province.register
    last = register.events.group_by("matter_id").agg(pl.col("occurred_at").max(), pl.col("kind"))
    never_ended = last.filter(pl.col("kind").list.eval(pl.element().is_in(CLOSERS)).list.any().not_())
    assert never_ended.filter(pl.col("occurred_at") < register.observed_until - 120 * DAY_US).height > 0


def test_the_unlucky_group_waits_longer():
    plan = SyntheticPlan(
        seed=2, cities=1, counties_per_city=3, county_year=(900, 900), start=date(2025, 5, 1), oracle_draws=0
    )
    register = make_register(plan).register
    unlucky = pl.col("office_id").eq("C0102") & pl.col("category").eq("civil_appeal")
    events = register.events.filter(pl.col("known_until").is_null())
    answered = events.filter(pl.col("kind") == "substantive_reply").select("matter_id").unique()
    old = events.filter(
        pl.col("kind") == "registered", pl.col("occurred_at") < register.observed_until - 150 * DAY_US
    ).select("matter_id")
    group = (
        register.matters.filter(pl.col("category") == "civil_appeal", pl.col("office_id").is_in(["C0101", "C0102"]))
        .join(old, on="matter_id")
        .with_columns(answered=pl.col("matter_id").is_in(answered["matter_id"].implode()), unlucky=unlucky)
    )
    share = dict(group.group_by("unlucky").agg(pl.col("answered").mean()).rows())
    assert share[True] < share[False] - 0.1


def test_the_generator_imports_nothing_to_its_left():
    folder = Path(data.synthetic.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not {name.split(".")[0] for name in names} & {"features", "training", "monitoring", "serving"}


def test_a_wrong_plan_is_refused_in_both_languages():
    with pytest.raises(UsageError) as refusal:
        SyntheticPlan(seed=1, cities=0, noise=2.0)
    assert len(refusal.value.details) == 2
    assert "noise" in refusal.value.text("zh")


def test_presets_cover_what_they_promise():
    assert demo_plan().cities == 3
    assert demo_plan().counties_per_city == 4
    assert demo_plan().end == date(2026, 11, 1)
    for matters in (2_000, 200_000):
        plan = bench_plan(matters=matters)
        expected = 4 * (plan.cities * (10 * sum(plan.county_year) / 2 + plan.city_year) + plan.province_year)
        assert abs(expected / matters - 1) < 0.05
        assert plan.oracle_draws == 0
