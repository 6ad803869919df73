"""The two oracles: right on average, blind where they must be, and flat where there is nothing to know."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from data.errors import UsageError
from data.synthetic import SyntheticRegister, make_register, small_plan, visible_oracle
from data.synthetic.entry import entry_day, unseen_share
from data.synthetic.hazard import Latent, not_solved_share, return_rate
from data.synthetic.state import KIND_INDEX, Stage, V, fresh_state
from data.times import DAY_US


def _mature(province: SyntheticRegister) -> pl.DataFrame:
    return province.oracle.filter(pl.col("label").is_not_null())


def test_full_hazard_is_right_on_average_and_orders(province: SyntheticRegister):
    known = _mature(province)
    assert known.height > 3_000
    expected, happened = known["full_hazard"].mean(), known["label"].mean()
    assert isinstance(expected, float)
    assert isinstance(happened, float)
    assert abs(expected - happened) < 0.025  # about four standard errors, matters being clusters
    upper = known.filter(pl.col("full_hazard") > pl.col("full_hazard").quantile(0.9))["label"].mean()
    lower = known.filter(pl.col("full_hazard") < pl.col("full_hazard").quantile(0.5))["label"].mean()
    assert isinstance(upper, float)
    assert isinstance(lower, float)
    assert upper > 2.5 * lower


def test_labels_are_half_open_and_null_where_not_mature(province: SyntheticRegister):
    end = province.register.observed_until
    late = province.oracle.filter(pl.col("cutoff") + 90 * DAY_US > end)
    assert late.height > 0
    assert late["label"].null_count() == late.height
    assert province.oracle.filter(pl.col("cutoff") == end).height > 0
    raised = province.truth.explode("raised_on").drop_nulls("raised_on")
    start = province.oracle["cutoff"].min()
    assert isinstance(start, int)
    first = end - province.plan.days * DAY_US
    joined = (
        _mature(province)
        .join(raised, on="matter_id")
        .with_columns(ahead=pl.col("raised_on") - (pl.col("cutoff") - first) // DAY_US)
    )
    hits = (
        joined.filter(pl.col("ahead").is_between(0, 89)).select("matter_id", "cutoff").unique().with_columns(hit=True)
    )
    checked = _mature(province).join(hits, on=["matter_id", "cutoff"], how="left")
    assert (checked["label"] == checked["hit"].fill_null(value=False)).all()


def test_visible_oracle_is_right_on_average_and_weaker(province: SyntheticRegister):
    sample = _mature(province).sample(150, seed=1)
    visible = visible_oracle(province, sample, draws=40, seed=1)
    assert visible.select("matter_id", "cutoff").equals(sample.select("matter_id", "cutoff"))
    assert visible["visible_hazard"].is_between(0, 1).all()
    assert visible["effective_draws"].is_between(1, 40.001).all()
    full = sample["full_hazard"].to_numpy()
    shown = visible["visible_hazard"].to_numpy()
    assert abs(shown.mean() - full.mean()) < 0.03
    assert 0.3 < np.corrcoef(shown, full)[0, 1] < 0.98
    assert shown.std() < full.std()


def test_visible_oracle_is_blind_to_what_is_entered_later(province: SyntheticRegister):
    cutoff = _mature(province)["cutoff"].unique().sort()[10]
    sample = _mature(province).filter(pl.col("cutoff") == cutoff).head(30)
    events = province.register.events
    seen = events.filter(pl.col("known_from") < cutoff).with_columns(
        known_until=pl.when(pl.col("known_until") < cutoff).then("known_until")
    )
    blind = replace(province, register=replace(province.register, events=seen))
    one = visible_oracle(province, sample, draws=10, seed=3)
    assert one.equals(visible_oracle(blind, sample, draws=10, seed=3))


def test_visible_oracle_refuses_other_snapshots(province: SyntheticRegister):
    odd = pl.DataFrame({"matter_id": ["nobody"], "cutoff": [province.register.observed_until]})
    with pytest.raises(UsageError):
        visible_oracle(province, odd, draws=2)


def test_without_signal_the_hazard_is_the_same_for_all_open_matters():
    flat = make_register(replace(small_plan(5), noise=1.0, oracle_draws=1))
    hazard = flat.oracle["full_hazard"].to_numpy()
    # What is left is whether a rating falls into the window and when the matter leaves the watch.
    assert hazard.std() < 0.06
    world = flat.world
    state = fresh_state(4)
    state[V.RETURNS] = [0, 1, 5, 9]
    latent = np.ones((len(Latent), 4))
    latent[Latent.FRAILTY] = [0.1, 1.0, 2.0, 5.0]
    day = np.full(4, 40, dtype=np.int32)
    assert np.unique(return_rate(state, latent, day, world)).size == 1
    assert np.unique(not_solved_share(state, latent, np.ones(4))).size == 1


@pytest.mark.parametrize(
    ("row", "value", "sign"),
    [
        (V.SUBSTANTIVE_ON, 295, -1),
        (V.PROMISE_DUE, 250, 1),
        (V.PASSED_BACK, 1, 1),
        (V.HANDLER_CHANGES, 2, 1),
        (V.FOLLOWED_ON, 290, -1),
        (V.LEADER_ON, 290, -1),
        (V.HEARING_ON, 290, -1),
        (V.MATERIAL_ASKED, 2, 1),
        (V.JOINT_ON, 250, 1),
        (V.ERROR_OPEN, 1, 1),
        (V.ASSIGNED_DUE, 250, 1),
    ],
)
def test_hazard_depends_on_our_handling(province: SyntheticRegister, row: V, value: int, sign: int):
    state = fresh_state(2)
    state[V.REGISTERED_ON], state[V.RECEIVED_ON], state[V.STAGE] = 100, 100, Stage.HANDLING
    state[V.PROCEDURAL_ON] = 104
    state[row, 1] = value
    latent = np.zeros((len(Latent), 2))
    latent[Latent.FRAILTY] = 1.0
    rate = return_rate(state, latent, np.full(2, 300, dtype=np.int32), province.world)
    assert np.sign(rate[1] - rate[0]) == sign


def test_unseen_share_is_the_chance_of_a_late_entry(province: SyntheticRegister):
    rng = np.random.default_rng(0)
    count = 20_000
    day = np.full(count, 100, dtype=np.int32)
    for code, slow in (("letter", False), ("rated", True)):
        entered = entry_day(day, np.full(count, KIND_INDEX[code], dtype=np.int16), province.world, rng)
        for cutoff in (101, 104, 120, 160):
            expected = unseen_share(day[:1], np.array([cutoff], dtype=np.int32), slow, province.world)[0]
            assert abs((entered >= cutoff).mean() - expected) < 0.02
