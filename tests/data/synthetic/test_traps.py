"""Each planted trap changes what it should from its day on, and nothing else; without one the stream is the same."""

from dataclasses import fields, replace
from datetime import date

import polars as pl
import pytest

from data.contract import Attributes, Events, Matters
from data.errors import UsageError
from data.synthetic import SyntheticPlan, SyntheticRegister, Traps, make_register
from data.times import DAY_US, local_midnight

SINCE = date(2025, 9, 1)
PLAN = SyntheticPlan(
    seed=5, cities=1, counties_per_city=3, county_year=(420, 420), start=date(2024, 11, 1), oracle_draws=0
)
AT = local_midnight(SINCE, PLAN.time_zone)


@pytest.fixture(scope="module")
def clean() -> SyntheticRegister:
    return make_register(PLAN)


def planted(**traps: date) -> SyntheticRegister:
    made = make_register(replace(PLAN, traps=replace(Traps(), **traps)))
    for schema, frame in (
        (Events, made.register.events),
        (Matters, made.register.matters),
        (Attributes, made.register.attributes),
    ):
        schema.validate(frame)
    return made


def count(made: SyntheticRegister, kind: str, *, before: bool = False) -> int:
    when = pl.col("occurred_at") < AT if before else pl.col("occurred_at") >= AT
    return made.register.events.filter(when, pl.col("kind") == kind)["event_id"].n_unique()


def test_policy_change_sends_more_on_and_leads_to_the_website(clean: SyntheticRegister):
    changed = planted(policy_change=SINCE)
    assert count(changed, "transferred_out") > 1.8 * count(clean, "transferred_out")
    assert count(changed, "online") > 1.4 * count(clean, "online")
    assert abs(count(changed, "online", before=True) - count(clean, "online", before=True)) < 40


def test_silent_channel_is_heard_no_more(clean: SyntheticRegister):
    silent = planted(silent_channel=SINCE)
    assert count(silent, "call") == 0
    assert count(silent, "call", before=True) == count(clean, "call", before=True)
    assert silent.register.matters.height < clean.register.matters.height
    assert silent.truth.height == clean.truth.height


def test_silent_office_registers_nothing_but_goes_on_handling(clean: SyntheticRegister):
    silent = planted(silent_office=SINCE)
    mine = silent.register.matters.filter(pl.col("office_id") == "C0101").select("matter_id")
    events = silent.register.events.join(mine, on="matter_id")
    assert events.filter(pl.col("kind") == "registered", pl.col("occurred_at") >= AT).is_empty()
    assert events.filter(pl.col("occurred_at") >= AT).height > 100
    others = pl.col("office_id") != "C0101"
    assert silent.register.matters.filter(others).equals(clean.register.matters.filter(others))


def _return_share(made: SyntheticRegister) -> float:
    first = (SINCE - PLAN.start).days
    late = made.truth["raised_on"].list.eval(pl.element() >= first).list.sum().fill_null(0)
    return float(late.sum()) / made.truth.height


def test_label_shift_brings_more_back(clean: SyntheticRegister):
    assert _return_share(planted(label_shift=SINCE)) > 1.3 * _return_share(clean)


def test_slow_decay_loosens_what_handling_tells():
    world = planted(slow_decay=SINCE).world
    first = (SINCE - PLAN.start).days
    assert world.flat[first] == 0
    assert 0.3 < world.flat[first + 180] < 0.5
    assert (world.flat[:first] == 0).all()


def test_unlucky_group_is_answered_later(clean: SyntheticRegister):
    slow = planted(unlucky_group=SINCE)

    def answered(made: SyntheticRegister) -> float:
        mine = made.register.matters.filter(pl.col("category") == "criminal_appeal").select("matter_id")
        new = made.register.events.filter(
            pl.col("kind") == "registered",
            pl.col("occurred_at") >= AT,
            pl.col("occurred_at") < made.register.observed_until - 200 * DAY_US,
        )
        new = new.join(mine, on="matter_id").select("matter_id").unique()
        replies = made.register.events.filter(pl.col("kind") == "substantive_reply").select("matter_id").unique()
        return new.join(replies, on="matter_id", how="semi").height / new.height

    assert answered(slow) < answered(clean) - 0.15


def test_hasty_end_follows_aid(clean: SyntheticRegister):
    hasty = planted(hasty_end=SINCE)
    paid = hasty.register.events.filter(pl.col("kind") == "aid_paid", pl.col("occurred_at") >= AT)
    said = hasty.register.events.filter(pl.col("kind") == "accepted_by_person")
    soon = paid.join(said, on="matter_id").filter(
        (pl.col("occurred_at_right") - pl.col("occurred_at")).is_between(DAY_US, 5 * DAY_US)
    )
    assert paid.height >= 5
    assert soon["matter_id"].n_unique() >= 0.6 * paid["matter_id"].n_unique()
    assert count(hasty, "accepted_by_person", before=True) == count(clean, "accepted_by_person", before=True)


def test_flagged_matters_are_answered_later_and_others_are_not(clean: SyntheticRegister):
    ids = clean.register.matters["matter_id"].sample(300, seed=1).to_list()
    slowed = make_register(replace(PLAN, traps=Traps(flagged=tuple((one, SINCE) for one in ids))))
    Events.validate(slowed.register.events)
    flagged = pl.col("matter_id").is_in(ids)
    assert slowed.register.events.filter(~flagged).equals(clean.register.events.filter(~flagged))

    def replies(made: SyntheticRegister) -> pl.DataFrame:
        return made.register.events.filter(flagged, pl.col("kind") == "substantive_reply")

    late = replies(slowed).filter(pl.col("occurred_at") >= AT)
    assert late.height > 10
    assert late["occurred_at"].min() >= AT + 45 * DAY_US  # type: ignore[operator]
    contacts = pl.col("kind").is_in(["letter", "visit", "online", "call", "registered", "hearing_held"])
    assert slowed.register.events.filter(contacts).equals(clean.register.events.filter(contacts))


def test_a_trap_outside_the_watch_is_refused():
    with pytest.raises(UsageError):
        replace(PLAN, traps=Traps(label_shift=date(2020, 1, 1)))


def test_every_trap_is_off_by_default():
    assert all(not getattr(Traps(), one.name) for one in fields(Traps))
