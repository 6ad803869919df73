"""Under one number per letter, repeat letters get numbers of their own, and the truth says whose they are."""

from dataclasses import replace

import polars as pl
import pytest

from data.contract import Attributes, Events, Matters
from data.synthetic import SyntheticRegister, make_register, small_plan

PLAN = replace(small_plan(3), oracle_draws=0, county_year=(300, 300))


@pytest.fixture(scope="module")
def numbered() -> SyntheticRegister:
    return make_register(replace(PLAN, numbering="per_contact"))


def test_one_number_per_matter_leaves_the_stream_alone(numbered: SyntheticRegister):
    plain = make_register(PLAN)
    assert plain.same_matter.is_empty()
    assert plain.register.links_checked == 1.0
    assert numbered.register.links_checked == 0.0
    assert numbered.register.matters.head(plain.register.matters.height).equals(plain.register.matters)


def test_later_numbers_are_whole_matters_of_the_same_office(numbered: SyntheticRegister):
    register, links = numbered.register, numbered.same_matter
    Matters.validate(register.matters)
    Events.validate(register.events)
    Attributes.validate(register.attributes)
    assert links.height > 50
    assert links["later_id"].is_unique().all()
    offices = dict(register.matters.select("matter_id", "office_id").iter_rows())
    assert all(offices[later] == offices[first] for later, first, _ in links.iter_rows())
    later = register.events.filter(pl.col("matter_id").is_in(links["later_id"].implode()))
    assert set(later.filter(pl.col("kind") == "registered")["matter_id"]) == set(links["later_id"])
    facts = register.attributes.filter(pl.col("matter_id").is_in(links["later_id"].implode()))
    assert facts.height == 6 * links.height
    assert 0.2 < links["named"].cast(pl.Int8).sum() / links.height < 0.7


def test_a_letter_stands_under_one_number_only(numbered: SyntheticRegister):
    plain = make_register(PLAN).register.events.filter(pl.col("known_until").is_null())
    split = numbered.register.events.filter(pl.col("known_until").is_null())
    first = {later: earlier for later, earlier, _ in numbered.same_matter.iter_rows()}
    letters = pl.col("kind").is_in(["letter", "visit", "online", "call", "joint_submission"])
    joined = split.filter(letters).with_columns(matter_id=pl.col("matter_id").replace(first))
    key = ["matter_id", "kind", "occurred_at"]
    assert joined.select(key).sort(key).equals(plain.filter(letters).select(key).sort(key))
