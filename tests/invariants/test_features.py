"""What holds for every feature over any history: blind to the future, one path, own matter only, G1, G5 and G6."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data import vocabulary
from data.contract import OfficeContext, Register
from features.build import build_features, one_matter
from features.catalog import CATALOG
from features.feature import FeatureSet
from features.history import make_history
from features.stored_context import stored_context
from tests.drawn import SPAN, day, facts_of, many, one_event, one_history
from tests.histories import OFFICE, event, register_of, seen

DUTIES = (
    "procedural_reply",
    "progress_reply",
    "substantive_reply",
    "explanation",
    "follow_up_call",
    "transfer_told",
    "promise_kept",
    "error_corrected",
    "remedy_answered",
)
COUNT = 400
seeds = st.integers(0, 2**31)
cutoff_day = st.integers(100, SPAN + 60)
#: A seed cannot be made simpler, so nothing is shrunk; the message names the matter.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
few = settings(max_examples=5, deadline=None, phases=PHASES)
CONTEXT = OfficeContext.validate(
    pl.DataFrame(
        [
            {
                "office_id": OFFICE,
                "category": category,
                "month_end": seen(day(0)),
                "open_matters": 40 + number,
                "overdue_permille": 100 + number,
                "return_permille": 250 + number,
            }
            for number, category in enumerate(vocabulary.CATEGORIES)
        ]
    )
)


def matrix(register: Register, *cutoffs: int, context: pl.DataFrame = CONTEXT) -> pl.DataFrame:
    snaps = register.matters.select("matter_id").join(pl.DataFrame({"cutoff": list(cutoffs)}), how="cross")
    return build_features(register, snaps, context=context, with_facts=True)


def same(one: pl.DataFrame, two: pl.DataFrame) -> None:
    """Bit-equal, naming the first column that is not."""
    assert one.columns == two.columns
    for name in one.columns:
        assert one[name].equals(two[name], null_equal=True), name


def part_of(register: Register, matters: list[str]) -> Register:
    """The register of some matters only, as the online path reads it."""
    return Register(
        offices=register.offices,
        matters=register.matters.filter(pl.col("matter_id").is_in(matters)),
        events=register.events.filter(pl.col("matter_id").is_in(matters)),
        attributes=register.attributes.filter(pl.col("matter_id").is_in(matters)),
        observed_until=register.observed_until,
        time_zone=register.time_zone,
        roles=register.roles,
    )


@few
@given(seeds, cutoff_day)
def test_future_blind(seed: int, cut: int) -> None:
    """Adding, correcting or removing anything known at or after the cutoff changes nothing."""
    chance, histories, facts = many(seed, COUNT)
    edge = day(cut + 1)  # the first day the cutoff does not see
    changed = {}
    for number, history in histories.items():
        kept = [
            row | {"until": edge} if row["until"] is None and chance.random() < 0.3 else row
            for row in history
            if row["known"] < edge
        ]
        later = [one_event(chance, [kind.code for kind in vocabulary.KINDS]) for _ in range(chance.randrange(4))]
        changed[number] = kept + [row | {"known": max(row["known"], edge), "until": None} for row in later]
    later_facts = [fact for number in histories for fact in facts_of(chance, number)]
    other = [fact for fact in facts if fact[3] < edge] + [
        (number, name, value, max(when, edge)) for number, name, value, when in later_facts
    ]
    cutoff = seen(day(cut))
    later_row = CONTEXT.with_columns(month_end=pl.lit(cutoff + 1), open_matters=pl.col("open_matters") + 7)
    same(
        matrix(register_of(histories, attributes=facts), cutoff),
        matrix(register_of(changed, attributes=other), cutoff, context=CONTEXT.vstack(later_row)),
    )


@few
@given(seeds, st.lists(cutoff_day, min_size=2, max_size=4, unique=True))
def test_training_row_is_screening_row_is_online_row(seed: int, cuts: list[int]) -> None:
    chance, histories, facts = many(seed, 60)
    register = register_of(histories, attributes=facts)
    cutoffs = [seen(day(cut)) for cut in cuts]
    training = matrix(register, *cutoffs)
    for cutoff in cutoffs:
        screening = matrix(register, cutoff)
        same(screening, training.filter(pl.col("cutoff") == cutoff))
        for matter in chance.sample(register.matters["matter_id"].to_list(), 5):
            alone = part_of(register, [matter])
            same(matrix(alone, cutoff), screening.filter(pl.col("matter_id") == matter))
            # The score of one matter takes no frames: the same kernel from its arrays.
            history = make_history(alone)
            stored = stored_context(alone.matters, history, CONTEXT)
            values = one_matter(history, cutoff, stored=stored)
            row = screening.filter(pl.col("matter_id") == matter).select(CATALOG.names).row(0)
            assert values.tolist() == list(row)


@few
@given(seeds, cutoff_day)
def test_g1_another_matter_changes_nothing(seed: int, cut: int) -> None:
    chance, histories, facts = many(seed, COUNT)
    kept = dict(list(histories.items())[: COUNT // 2])
    replaced = {number: one_history(chance) for number in list(histories)[COUNT // 2 :]}
    one = matrix(register_of(histories, attributes=facts), seen(day(cut)))
    two = matrix(register_of(kept | replaced, attributes=facts), seen(day(cut)))
    mine = register_of(kept).matters["matter_id"].implode()
    same(one.filter(pl.col("matter_id").is_in(mine)), two.filter(pl.col("matter_id").is_in(mine)))


@few
@given(seeds, cutoff_day, st.sampled_from([1, 2, 3, 7]), st.sampled_from([1, 17, 100]))
def test_order_partitions_and_threads_change_nothing(seed: int, cut: int, threads: int, rows: int) -> None:
    chance, histories, facts = many(seed, 120)
    register = register_of(histories, attributes=facts)
    shuffled = Register(
        offices=register.offices,
        matters=register.matters.sample(fraction=1, shuffle=True, seed=seed),
        events=register.events.sample(fraction=1, shuffle=True, seed=seed),
        attributes=register.attributes.sample(fraction=1, shuffle=True, seed=seed),
        observed_until=register.observed_until,
        time_zone=register.time_zone,
        roles=register.roles,
    )
    snaps = register.matters.select("matter_id").join(
        pl.DataFrame({"cutoff": [seen(day(cut)), seen(day(cut + 31))]}), how="cross"
    )
    whole = build_features(register, snaps, context=CONTEXT, with_facts=True, threads=1)
    same(
        whole,
        build_features(shuffled, snaps, context=CONTEXT, with_facts=True, block_rows=rows, threads=threads),
    )
    mixed = register.matters["matter_id"].to_list()
    chance.shuffle(mixed)
    parts = [
        build_features(
            part_of(shuffled, mixed[start::3]),
            snaps.sample(fraction=1, shuffle=True, seed=seed),
            context=CONTEXT,
            with_facts=True,
        )
        for start in range(3)
    ]
    same(whole, pl.concat(parts).sort("matter_id", "cutoff"))


def test_a_feature_alone_is_the_same_as_among_the_others() -> None:
    """Alone it leaves out every kind of event it does not ask for."""
    _, histories, facts = many(11, 150)
    register = register_of(histories, attributes=facts)
    snaps = register.matters.select("matter_id").join(
        pl.DataFrame({"cutoff": [seen(day(200)), seen(day(380))]}), how="cross"
    )
    together = build_features(register, snaps, context=CONTEXT)
    for feature in CATALOG:
        alone = build_features(register, snaps, FeatureSet(features=(feature,)), context=CONTEXT)
        assert alone[feature.name].equals(together[feature.name]), feature.name


def never_lower(less: pl.DataFrame, more: pl.DataFrame) -> None:
    """`more` owes at least what `less` owes: no constrained feature, fact or point may speak for it."""
    for feature in CATALOG:
        step = more[feature.name].to_numpy() - less[feature.name].to_numpy()
        bad = step != 0 if feature.sign == 0 else step * feature.sign < -1e-9
        assert not bad.any(), (feature.name, less["matter_id"].to_list()[int(np.argmax(bad))], step[bad][:3])
    for name in ("points", "unmet_duty"):
        assert np.all(more[f"fact:{name}"].to_numpy() >= less[f"fact:{name}"].to_numpy()), name


@settings(max_examples=12, deadline=None, phases=PHASES)
@given(seeds, st.sampled_from(DUTIES), cutoff_day)
def test_g6_a_duty_taken_away_never_lowers_anything(seed: int, duty: str, cut: int) -> None:
    chance, histories, facts = many(seed, COUNT)
    fulfilled = {
        number: [
            *history,
            event(
                day(chance.randrange(SPAN)),
                duty,
                document_no="D9",
                parts_missing=chance.choice([None, 0, 6]) if duty == "substantive_reply" else None,
            ),
        ]
        for number, history in histories.items()
    }
    never_lower(
        matrix(register_of(fulfilled, attributes=facts), seen(day(cut))),
        matrix(register_of(histories, attributes=facts), seen(day(cut))),
    )


@few
@given(seeds, cutoff_day)
def test_g6_a_remedy_never_raises_anything(seed: int, cut: int) -> None:
    chance, histories, facts = many(seed, COUNT)
    remedies = vocabulary.codes(vocabulary.Role.REMEDY)
    used = {
        number: [*history, event(day(chance.randrange(SPAN)), chance.choice(remedies))]
        for number, history in histories.items()
    }
    plain = matrix(register_of(histories, attributes=facts), seen(day(cut)))
    with_remedy = matrix(register_of(used, attributes=facts), seen(day(cut)))
    columns = [*CATALOG.names, "fact:points"]
    same(plain.select(columns), with_remedy.select(columns))


@few
@given(seeds, cutoff_day)
def test_leader_events_change_nothing(seed: int, cut: int) -> None:
    chance, histories, facts = many(seed, COUNT)
    led = {
        number: [*history, event(day(chance.randrange(SPAN)), chance.choice(vocabulary.LEADER_KINDS))]
        for number, history in histories.items()
    }
    # That a class of matters still lacks its leader is a duty of ours, and no part of any score.
    one, two = (
        matrix(register_of(each, attributes=facts), seen(day(cut))).drop("fact:must_act") for each in (histories, led)
    )
    same(one, two)


@few
@given(seeds, cutoff_day)
def test_every_value_is_finite_and_in_its_declared_range(seed: int, cut: int) -> None:
    _, histories, facts = many(seed, COUNT)
    found = matrix(register_of(histories, attributes=facts), seen(day(cut)))
    for feature in CATALOG:
        values = found[feature.name].to_numpy()
        assert np.all(np.isfinite(values)), feature.name
        assert np.all((values >= feature.low) & (values <= feature.high)), (feature.name, values.min(), values.max())


def test_g6_every_feature_is_declared_in_full() -> None:
    for feature in CATALOG:
        assert feature.owner, feature.name
        assert feature.source, feature.name
        assert feature.zh, feature.name
        assert feature.en, feature.name
        assert feature.low < feature.high, feature.name
        assert np.isfinite(feature.empty), feature.name
        if feature.reason_zh is not None:
            assert feature.reason_zh.startswith("我院"), feature.name
            assert (feature.reason_en or "").startswith("our "), feature.name


def test_g5_no_feature_names_a_person() -> None:
    words = ("name", "sex", "age_of", "ethnic", "address", "phone", "姓名", "性别", "民族", "住址", "职业")
    for feature in CATALOG:
        text = f"{feature.name}{feature.zh}{feature.en}"
        assert not any(word in text for word in words), feature.name


#: 25 registers of 400 matters: 10,000 histories for each property.
@pytest.mark.slow
@pytest.mark.parametrize("number", range(25))
@pytest.mark.parametrize(
    "check",
    [
        test_future_blind,
        test_g1_another_matter_changes_nothing,
        test_g6_a_remedy_never_raises_anything,
        test_leader_events_change_nothing,
        test_every_value_is_finite_and_in_its_declared_range,
    ],
)
def test_on_10000_histories(check: Any, number: int) -> None:
    check.hypothesis.inner_test(1_000 + number, 100 + number * 37 % (SPAN - 40))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(25))
def test_g6_a_duty_taken_away_never_lowers_anything_on_10000_histories(number: int) -> None:
    test: Any = test_g6_a_duty_taken_away_never_lowers_anything
    test.hypothesis.inner_test(2_000 + number, DUTIES[number % len(DUTIES)], 100 + number * 37 % (SPAN - 40))
