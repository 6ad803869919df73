"""Are the figures of past lists matured, honest about what was acted on, and equal to a count by hand."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from data.contract import Register
from data.settings import Settings
from data.times import DAY_US, cutoff_instant
from monitoring.check import PastList, Severity, Watch
from monitoring.cohorts import is_mature
from monitoring.performance import check_past_lists

ZONE = "Asia/Shanghai"
CUTOFF = cutoff_instant(date(2026, 1, 31), ZONE)


def _past(seed: int = 1, matters: int = 400, listed: int = 40, power: float = 1.5) -> tuple[PastList, pl.DataFrame]:
    """One list of two offices: the top by margin listed, 20 must-acts, 12 spot checks; and its labels."""
    draw = np.random.default_rng(seed)
    margin = draw.normal(size=matters)
    hit = draw.random(matters) < 1 / (1 + np.exp(1.0 - power * margin))
    ids = [f"m{i:03}" for i in range(matters)]
    office = ["a" if i % 2 else "b" for i in range(matters)]
    order = np.argsort(-margin)
    must, rest = order[-20:], order[:-20]
    on_list = [i for name in "ab" for i in [j for j in rest if office[j] == name][: listed // 2]]
    spot = [i for i in rest if i not in on_list][5:17]
    part = dict.fromkeys(must, "must_act") | dict.fromkeys(on_list, "model") | dict.fromkeys(spot, "spot")
    entries = pl.DataFrame(
        {
            "matter_id": [ids[i] for i in part],
            "part": list(part.values()),
            "inclusion": [0.1 if place == "spot" else None for place in part.values()],
        }
    )
    candidates = pl.DataFrame(
        {"matter_id": ids, "office_id": office, "margin": margin, "B1": draw.normal(size=matters), "B6": margin}
    )
    labels = pl.DataFrame({"matter_id": ids, "cutoff": [CUTOFF] * matters, "label": hit.astype(np.int8)})
    return PastList(screening_id="s1", cutoff=CUTOFF, entries=entries, candidates=candidates), labels


def _watch(register: Register, past: PastList, labels: pl.DataFrame, until: date = date(2026, 12, 31)) -> Watch:
    offices = pl.DataFrame(
        {"office_id": ["a", "b"], "name": ["甲", "乙"], "parent_id": [None, None], "level": "county"}
    )
    register = replace(register, offices=offices, observed_until=cutoff_instant(until, ZONE))
    return Watch(register=register, settings=Settings(), as_of=CUTOFF, past=(past,), labels=labels)


def test_a_list_matures_on_the_day_horizon_and_lag_have_passed() -> None:
    day = cutoff_instant(date(2026, 5, 15), ZONE)  # 31 January + 90 + 14 days
    assert is_mature(CUTOFF, day, ZONE, horizon_days=90, lag_days=14)
    assert not is_mature(CUTOFF, day - 1, ZONE, horizon_days=90, lag_days=14)


def test_maturity_counts_local_days_across_summer_time() -> None:
    cutoff = cutoff_instant(date(2026, 2, 28), "Europe/Rome")
    assert is_mature(
        cutoff, cutoff_instant(date(2026, 5, 29), "Europe/Rome"), "Europe/Rome", horizon_days=90, lag_days=0
    )


def test_an_immature_list_shows_its_length_and_no_result(empty_register: Register) -> None:
    past, labels = _past()
    row = check_past_lists(_watch(empty_register, past, labels, until=date(2026, 5, 1))).rows[0]
    assert row == {"screening_id": "s1", "cutoff": "2026-01-31", "listed": 40, "mature": False}


def test_figures_equal_a_count_by_hand(empty_register: Register) -> None:
    past, labels = _past()
    row = check_past_lists(_watch(empty_register, past, labels)).rows[0]
    joined = past.entries.join(labels, on="matter_id")
    hits = joined.filter(pl.col("part") == "model")["label"].sum()
    assert (row["returned"]["hits"], row["returned"]["of"]) == (hits, 40)
    spot = joined.filter(pl.col("part") == "spot")["label"].to_numpy()
    assert row["spot_estimate"] is None  # masked across offices
    alone = check_past_lists(replace(_watch(empty_register, past, labels), register=_alone(empty_register))).rows[0]
    assert alone["spot_estimate"] == pytest.approx(100 * spot.mean())  # all drawn with the same probability
    assert row["note"] is None
    free = past.candidates.filter(
        ~pl.col("matter_id").is_in(past.entries.filter(pl.col("part") != "spot")["matter_id"])
    )
    assert row["order_among_unlisted"]["interval"][0] < row["order_among_unlisted"]["area"] < 1
    assert free.height == 340


def test_a_baseline_lists_as_many_per_office_and_never_a_must_act(empty_register: Register) -> None:
    past, labels = _past()
    outcome = check_past_lists(_watch(empty_register, past, labels))
    assert outcome.totals is not None
    baselines = outcome.totals["baselines"]
    assert set(baselines) == {"B1", "B6"}
    assert baselines["B6"]["gain"] == 0.0  # here B6 ranks by the margin itself
    assert baselines["B6"]["gain_interval"] == [0.0, 0.0]
    assert baselines["B1"]["returned"]["masked"]  # too few came back to be shown
    assert baselines["B1"]["gain"] is None
    one = replace(empty_register, offices=empty_register.offices.head(0))
    alone = check_past_lists(replace(_watch(one, past, labels), register=_alone(one)))
    assert alone.totals is not None
    assert alone.totals["baselines"]["B1"]["returned"]["of"] == 40
    assert alone.totals["baselines"]["B1"]["gain"] > 0


def _alone(register: Register) -> Register:
    """The register as that of a single office, long after."""
    offices = pl.DataFrame({"office_id": ["a"], "name": ["甲"], "parent_id": [None], "level": ["county"]})
    return replace(register, offices=offices, observed_until=cutoff_instant(date(2026, 12, 31), ZONE))


def test_g13_the_sum_hides_what_a_masked_list_hides(empty_register: Register) -> None:
    large, labels = _past()
    small, few = _past(seed=8, listed=10)
    later = cutoff_instant(date(2026, 3, 31), ZONE)
    small = replace(small, cutoff=later, screening_id="s2")
    both = pl.concat([labels, few.with_columns(cutoff=pl.lit(later))])
    watch = replace(_watch(empty_register, large, both), past=(large, small))
    outcome = check_past_lists(watch)
    assert [row["returned"]["masked"] for row in outcome.rows] == [False, True]
    assert outcome.totals is not None
    assert outcome.totals["returned"]["masked"]  # else the small list's figure is the difference


def test_lists_together_count_a_matter_s_places_and_its_one_history(empty_register: Register) -> None:
    first, labels = _past()
    later = cutoff_instant(date(2026, 2, 28), ZONE)
    again = replace(first, cutoff=later, screening_id="s2")
    both = pl.concat([labels, labels.with_columns(cutoff=pl.lit(later))])
    outcome = check_past_lists(replace(_watch(empty_register, first, both), past=(again, first)))
    assert outcome.totals is not None
    together, once = outcome.totals["returned"], outcome.rows[0]["returned"]
    assert (together["hits"], together["of"]) == (2 * once["hits"], 80)
    assert together["interval"] == pytest.approx(once["interval"])


def _helping(register: Register, past: PastList, matters: int, kind: str, day: date) -> Register:
    """The register with one event of our office on `day` for the first `matters` listed."""
    listed = past.entries.filter(pl.col("part") == "model")["matter_id"].to_list()[:matters]
    at = cutoff_instant(day, ZONE) - DAY_US
    rows = [
        {"event_id": f"h{matter}", "matter_id": matter, "kind": kind, "occurred_at": at, "known_at": at}
        | {"known_from": at, "recorded_at": at, "batch_id": 1, "seq": 0, "assumed": False, "people_band": 0}
        for matter in listed
    ]
    return replace(
        register,
        events=pl.DataFrame(rows, schema=register.events.schema),
        roles={"hearing_held": "help", "explanation": "reply", "progress_query": "neutral"},
    )


@pytest.mark.parametrize(
    ("kind", "day", "acted"),
    [
        ("hearing_held", date(2026, 2, 1), 7),
        ("explanation", date(2026, 5, 1), 7),
        ("explanation", date(2026, 5, 2), 0),  # the 90 days are over
        ("explanation", date(2026, 1, 31), 0),  # the day before the list
        ("progress_query", date(2026, 2, 1), 0),
    ],
)
def test_an_acted_on_list_is_not_a_measure_of_the_model(
    empty_register: Register, kind: str, day: date, acted: int
) -> None:
    past, labels = _past()
    register = _helping(empty_register, past, 7, kind, day)
    row = check_past_lists(_watch(register, past, labels)).rows[0]
    assert row["acted"] == acted
    note = {"zh": "不是对模型的度量", "en": "not a measure of the model"}
    assert row["note"] == (note if acted else None)


def test_nothing_helped_nothing_noted(empty_register: Register) -> None:
    past, labels = _past()
    row = check_past_lists(_watch(empty_register, past, labels)).rows[0]
    assert row["note"] is None


def test_a_reversed_order_among_unlisted_is_severe_and_chance_a_warning(empty_register: Register) -> None:
    for power, severity in ((-2.0, Severity.SEVERE), (0.0, Severity.WARNING)):
        past, labels = _past(power=power, seed=4)
        findings = check_past_lists(_watch(empty_register, past, labels)).findings
        found = next(finding for finding in findings if finding.code == "order_not_shown")
        assert found.severity is severity


def test_a_list_behind_a_baseline_says_whether_it_was_acted_on(empty_register: Register) -> None:
    past, labels = _past(power=-2.0)
    register = _helping(empty_register, past, 3, "aid_paid", date(2026, 2, 3))
    register = replace(register, roles={"aid_paid": "help"})
    findings = check_past_lists(replace(_watch(register, past, labels), register=_alone(register))).findings
    behind = next(finding for finding in findings if finding.code == "behind_baseline")
    assert "不是对模型的度量" in behind.text_zh
    assert "Not a measure of the model" in behind.text_en


def test_a_working_model_raises_nothing(empty_register: Register) -> None:
    past, labels = _past()
    assert check_past_lists(_watch(empty_register, past, labels)).findings == []


def test_g13_small_counts_across_offices_are_masked(empty_register: Register) -> None:
    past, labels = _past(listed=10)
    row = check_past_lists(_watch(empty_register, past, labels)).rows[0]
    assert row["returned"] == {"of": 10, "hits": None, "share": None, "interval": None, "masked": True}


def test_a_list_by_rules_has_no_order_to_judge(empty_register: Register) -> None:
    past, labels = _past()
    ruled = replace(past, candidates=past.candidates.with_columns(margin=pl.lit(None, dtype=pl.Float64)))
    outcome = check_past_lists(_watch(empty_register, ruled, labels))
    assert outcome.rows[0]["order_among_unlisted"] is None
    assert "order_not_shown" not in {finding.code for finding in outcome.findings}


def test_unknown_labels_are_left_out_not_counted_as_quiet(empty_register: Register) -> None:
    past, labels = _past()
    holes = labels.with_columns(label=pl.when(pl.int_range(pl.len()) % 3 > 0).then("label"))
    row = check_past_lists(_watch(empty_register, past, holes)).rows[0]
    assert row["labelled"] == holes["label"].is_not_null().sum()
