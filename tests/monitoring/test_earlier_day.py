"""What the monitors say of an earlier day: all of the register gives what the register cut at that day gives."""

import random
from datetime import date, timedelta

import polars as pl
import pytest

from data.as_known import as_known
from data.contract import Links, Register
from data.links import apply_links
from data.mapping import load_mapping
from data.settings import Settings
from data.store.by_part import Parts, in_one
from data.times import cutoff_instant
from features.build import build_features
from features.catalog import CATALOG
from features.cohort import cohort
from features.context import office_context
from monitoring.gather import StoredList, gather
from monitoring.run import monitor
from serving.bench.watched import stored_list
from tests.drawn import FIRST, SPAN, many
from tests.histories import ZONE, register_of, seen

TASK = load_mapping("ledger").task
#: Early enough for labels of the days before the last to be known at some of them.
DAYS = tuple(FIRST + timedelta(days=number) for number in (150, 250, 330, 400, SPAN))


def drawn(seed: int) -> Register:
    """Some matters with late entries, corrections and links, known long after the last day looked at."""
    chance, histories, facts = many(seed, 120)
    register = register_of(histories, attributes=facts)
    ids = register.matters["matter_id"].to_list()
    chance.shuffle(ids)
    links = [
        {"alias_id": ids[i], "matter_id": ids[i + 1], "known_from": known, "known_until": until}
        for i in range(0, 20, 2)
        for known, until in [_link(chance)]
    ]
    return apply_links(register, pl.DataFrame(links, schema=Links.create_empty().schema))


def _link(chance: random.Random) -> tuple[int, int | None]:
    start = chance.randrange(SPAN)
    until = chance.choice([None, None, start + chance.randrange(1, 200)])
    return _on(start), None if until is None else _on(until)


def _on(number: int) -> int:
    return seen((FIRST + timedelta(days=number)).isoformat())


def listed(register: Register, day: date) -> StoredList:
    """A list of a day: every third matter of its cohort."""
    cutoff = cutoff_instant(day, ZONE)
    members = cohort(register, [cutoff], TASK, Settings().cohort)
    context = office_context(register, [cutoff], TASK, Settings().cohort)
    log = build_features(register, members, CATALOG, context=context, with_facts=True)
    log = log.with_columns(margin_nano=log["fact:points"].cast(pl.Int64) * 100_000_000)
    entries = log.select("matter_id")[::3].with_columns(part=pl.lit("model"), inclusion=pl.lit(1.0))
    return stored_list(entries, log, cutoff=cutoff, scope="T01", made=cutoff, calibration=None)


def said(parts: Parts, lists: list[StoredList], day: date) -> dict[str, object]:
    """The whole report."""
    as_of = cutoff_instant(day, ZONE)
    return monitor(gather(parts, Settings(), TASK, as_of=as_of, lists=lists, feature_set=CATALOG), model=None).as_dict()


@pytest.mark.parametrize("seed", range(4))
def test_what_came_to_be_known_later_changes_no_word(seed: int) -> None:
    register = drawn(seed)
    lists = [listed(register, day) for day in DAYS]
    for day in DAYS:
        as_of = cutoff_instant(day, ZONE)
        cut = as_known(register, as_of)
        assert cut.events.height < register.events.height
        until_then = [one for one in lists if one.screening.cutoff <= as_of]
        assert said(in_one(register), lists, day) == said(in_one(cut), until_then, day)


def test_the_labels_of_a_list_are_known_once_its_horizon_had_passed_on_the_day_looked_at() -> None:
    register = drawn(1)
    early = listed(register, DAYS[0])
    for days, matured in ((60, False), (103, False), (104, True)):
        watch = gather(
            in_one(register),
            Settings(),
            TASK,
            as_of=cutoff_instant(DAYS[0] + timedelta(days=days), ZONE),
            lists=[early],
            feature_set=CATALOG,
        )
        assert bool(watch.cohorts) is matured


def test_cut_twice_is_cut_once_and_a_register_with_nothing_later_is_left_as_it_is() -> None:
    register = drawn(2)
    until = cutoff_instant(DAYS[2], ZONE)
    once = as_known(register, until)
    twice = as_known(once, until)
    assert twice.events.equals(once.events)
    assert twice.matters.equals(once.matters)
    assert twice.links.equals(once.links)
    assert twice.observed_until == once.observed_until == until
    assert as_known(register, register.observed_until + 1).events is register.events
