"""No label window reaches a later part, whatever the months and time zone."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import TooLittleData
from data.times import DAY_US, cutoff_instant, wall_us
from training import splits

REACH = 104 * DAY_US


def month_ends(count: int, zone: str) -> list[int]:
    found = []
    for step in range(1, count + 1):
        year, month = divmod(step, 12)
        found.append(cutoff_instant(date(2018 + year, month + 1, 1) - timedelta(days=1), zone))
    return found


@settings(max_examples=60, deadline=None)
@given(st.integers(20, 60), st.integers(3, 6), st.integers(0, 200), st.sampled_from(["Asia/Shanghai", "Europe/Rome"]))
def test_no_window_reaches_the_next_part(months: int, folds: int, reach_days: int, zone: str) -> None:
    cutoffs = month_ends(months, zone)
    reach = reach_days * DAY_US
    try:
        made = splits.rolling_folds(cutoffs, reach_us=reach, time_zone=zone, folds=folds, train_months=36)
    except TooLittleData:
        return
    assert len(made) == folds
    tested = [cutoff for fold in made for cutoff in fold.test]
    assert tested == cutoffs[-len(tested) :]
    for fold in made:
        train = fold.train
        assert wall_us(train.calibration[-1], zone) + reach <= wall_us(fold.test[0], zone)
        assert wall_us(train.fit[-1], zone) + reach <= wall_us(train.calibration[0], zone)
        assert list(train.fit) == sorted(train.fit)


def test_the_newest_fold_is_last_and_the_training_part_grows() -> None:
    zone = "Asia/Shanghai"
    made = splits.rolling_folds(month_ends(48, zone), reach_us=REACH, time_zone=zone, folds=4, train_months=240)
    assert [fold.index for fold in made] == [0, 1, 2, 3]
    assert [len(fold.test) for fold in made] == [3, 3, 3, 3]
    assert [len(fold.train.fit) for fold in made] == sorted(len(fold.train.fit) for fold in made)


def test_train_months_keeps_the_latest() -> None:
    zone = "Asia/Shanghai"
    made = splits.rolling_folds(month_ends(60, zone), reach_us=REACH, time_zone=zone, folds=3, train_months=12)
    for fold in made:
        assert len([*fold.train.fit, *fold.train.calibration]) <= 12


def test_a_reference_task_is_split_where_it_says() -> None:
    zone = "Europe/Rome"
    cutoffs = [cutoff_instant(date(2003 + step // 12, step % 12 + 1, 1), zone) for step in range(11, 56)]
    assert len(cutoffs) == 45
    fold = splits.explicit_fold(cutoffs, first_test=cutoffs[-9], reach_us=90 * DAY_US, time_zone=zone)
    assert fold.test == tuple(cutoffs[-9:])
    assert fold.train.fit == tuple(cutoffs[:34])  # 2003-12-02 … 2006-09-02
    assert fold.train.calibration == ()


@pytest.mark.parametrize("months", [0, 3, 9])
def test_too_short_a_history_is_refused_in_words(months: int) -> None:
    zone = "Asia/Shanghai"
    with pytest.raises(TooLittleData) as caught:
        splits.rolling_folds(month_ends(months, zone), reach_us=REACH, time_zone=zone, folds=3, train_months=36)
    assert str(months) in caught.value.zh
    assert str(months) in caught.value.en
