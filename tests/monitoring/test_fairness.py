"""Is every group audited alike, are small cells hidden, and do the figures equal those of others (G13)."""

import sqlite3
import warnings
from dataclasses import replace
from datetime import date
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from data.contract import Attributes, Events, Matters, Register
from data.settings import Settings
from data.times import DAY_US, cutoff_instant
from data.vocabulary import KINDS
from monitoring.check import Outcome, PastList, Severity, Watch
from monitoring.fairness import MEASURES, check_fairness, usual_spread
from monitoring.groups import recalled_matters, received_matters
from monitoring.masking import suppressed, suppressed_within
from monitoring.tables import audit_tables
from monitoring.waiting import median_wait

ZONE = "Asia/Shanghai"
AS_OF = cutoff_instant(date(2026, 10, 31), ZONE)
LISTED = cutoff_instant(date(2026, 3, 31), ZONE)


def _register(
    matters: int = 900, *, seed: int = 3, offices: int = 6, unlucky: str | None = None, slow: str | None = None
) -> Register:
    """Offices that treat all alike, but for a category told of no lawyer, and one answered three times as late."""
    draw = np.random.default_rng(seed)
    categories = ["criminal_appeal", "civil_appeal", "supervision"]
    rows, events = [], []

    def put(matter: int, kind: str, day: float) -> None:
        occurred = AS_OF - 350 * DAY_US + int(day * DAY_US)
        events.append(
            {"event_id": f"e{len(events)}", "matter_id": f"m{matter:04}", "kind": kind, "occurred_at": occurred}
            | dict.fromkeys(("known_at", "known_from", "recorded_at"), occurred)
            | {"batch_id": 1, "seq": len(events), "assumed": False, "people_band": 0}
        )

    for i in range(matters):
        office, category = f"o{i % offices}", categories[int(draw.integers(3))]
        day = float(draw.uniform(0, 300))
        rows.append(
            {"matter_id": f"m{i:04}", "source": "t", "office_id": office, "matter_no": str(i), "category": category}
        )
        put(i, ["letter", "visit"][int(draw.integers(2))], day)
        put(i, "registered", day)
        wait = float(draw.exponential(40)) * (3 if category == slow else 1)
        if day + wait < 349:
            put(i, "substantive_reply", day + wait)
        if category != unlucky and draw.random() < 0.5:
            put(i, "lawyer_offered", day + 10)
    names = [f"o{i}" for i in range(offices)]
    return Register(
        offices=pl.DataFrame({"office_id": names, "name": names, "level": "county"}),
        matters=pl.DataFrame(rows, schema=dict.fromkeys(Matters.column_names(), pl.String)),
        events=pl.DataFrame(events, schema=Events.create_empty().schema),
        attributes=Attributes.create_empty(),
        observed_until=AS_OF,
        time_zone=ZONE,
        roles={kind.code: str(kind.role) for kind in KINDS},
    )


def _watch(register: Register, *, passed_over: str | None = None, margin: float | None = 0.0) -> Watch:
    """A watch with one matured list: half of those that came back had been listed, none of one category."""
    draw = np.random.default_rng(5)
    ids = register.matters["matter_id"]
    listed = (draw.random(len(ids)) < 0.5) & (register.matters["category"] != (passed_over or "-")).to_numpy()
    part = ["must_act" if i % 50 == 0 else "model" if one else "spot" for i, one in enumerate(listed)]
    past = PastList(
        screening_id="s1",
        cutoff=LISTED,
        entries=pl.DataFrame({"matter_id": ids, "part": part, "inclusion": 0.5}),
        candidates=register.matters.select("matter_id", "office_id", margin=pl.lit(margin, pl.Float64)),
    )
    label = pl.Series((draw.random(len(ids)) < 0.6).astype(np.int8))
    labels = pl.DataFrame({"matter_id": ids, "cutoff": LISTED, "label": label})
    return Watch(register=register, settings=Settings(), as_of=AS_OF, past=(past,), labels=labels)


def _row(outcome: Outcome, dimension: str, code: str) -> dict[str, object]:
    return next(row for row in outcome.rows if (row["dimension"], row["code"]) == (dimension, code))


def test_g13_groups_treated_alike_give_no_finding() -> None:
    for seed in range(5):
        assert check_fairness(_watch(_register(seed=seed))).findings == []


def test_g13_a_category_never_listed_is_found_and_is_severe_for_a_model() -> None:
    register = _register()
    found = check_fairness(_watch(register, passed_over="supervision")).findings
    assert [(one.code, one.severity, one.numbers["group"]) for one in found] == [
        ("group_behind", Severity.SEVERE, "supervision")
    ]
    by_rules = check_fairness(_watch(register, passed_over="supervision", margin=None)).findings
    assert [one.severity for one in by_rules] == [Severity.WARNING]


def test_g13_a_category_never_told_of_a_lawyer_is_found_though_its_cell_is_hidden() -> None:
    outcome = check_fairness(_watch(_register(unlucky="civil_appeal")))
    (found,) = outcome.findings
    assert (found.code, found.numbers["measure"], found.numbers["hits"]) == ("group_behind", "lawyer_offered", None)
    assert "0/" not in found.text_en


def test_g13_a_category_that_waits_longer_is_found() -> None:
    (found,) = check_fairness(_watch(_register(slow="supervision"))).findings
    assert (found.code, found.numbers["group"]) == ("group_waits", "supervision")


def test_g13_floor_and_ratio_are_settings() -> None:
    settings = Settings.model_validate({"monitor": {"waiting_ratio": 9.0}, "gate": {"recall_floor": 0.0}})
    watch = _watch(_register(slow="supervision"), passed_over="supervision")
    assert check_fairness(replace(watch, settings=settings)).findings == []


def test_g13_help_and_numbers_equal_plain_sql() -> None:
    register = _register()
    base = sqlite3.connect(":memory:")
    base.execute("create table e (matter_id, kind, occurred_at)")
    base.executemany(
        "insert into e values (?, ?, ?)", register.events.select("matter_id", "kind", "occurred_at").rows()
    )
    base.execute("create table m (matter_id, category)")
    base.executemany("insert into m values (?, ?)", register.matters.select("matter_id", "category").rows())
    told = base.execute(
        "select category, count(*), sum(exists(select 1 from e where e.matter_id = m.matter_id and kind = "
        "'lawyer_offered')) from m group by category"
    ).fetchall()
    waits = dict(
        base.execute(
            "select a.matter_id, (b.occurred_at - a.occurred_at) / 86400000000.0 from e a join e b using (matter_id) "
            "where a.kind = 'registered' and b.kind = 'substantive_reply'"
        ).fetchall()
    )
    base.close()
    outcome = check_fairness(_watch(register))
    for category, of, hits in told:
        row = _row(outcome, "category", category)
        assert row["matters"] == of
        share = row["lawyer_offered"]
        assert isinstance(share, dict)
        assert (share["hits"], share["of"]) == (hits, of)
    matters = received_matters(Watch(register=register, settings=Settings(), as_of=AS_OF)).filter("heard")
    assert dict(matters.select("matter_id", "days").rows()) == pytest.approx(waits)


def test_g13_recall_equals_fairlearn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fairlearn.metrics import MetricFrame
        from sklearn.metrics import recall_score
    watch = _watch(_register())
    matters = recalled_matters(watch)
    past = watch.past[0]
    assert watch.labels is not None
    frame = (
        past.entries.filter(pl.col("part") != "must_act")
        .join(watch.labels, on="matter_id")
        .join(watch.register.matters.select("matter_id", "category"), on="matter_id")
    )
    theirs = MetricFrame(
        metrics=recall_score,
        y_true=frame["label"].to_numpy(),
        y_pred=(frame["part"] == "model").to_numpy().astype(int),
        sensitive_features=frame["category"].to_numpy(),
    )
    assert matters["listed"].mean() == pytest.approx(theirs.overall)
    ours = dict(matters.group_by("category").agg(pl.col("listed").mean()).rows())
    assert ours == pytest.approx(theirs.by_group.to_dict())


def test_the_median_wait_equals_scipy() -> None:
    draw = np.random.default_rng(2)
    days, heard = np.round(draw.exponential(30, 200)), draw.random(200) < 0.7
    curve = stats.ecdf(stats.CensoredData.right_censored(days, ~heard)).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bounds = curve.confidence_interval(method="log-log")

    def falls(one: object) -> float:
        return float(curve.quantiles[np.flatnonzero(one.probabilities <= 0.5)[0]])  # type: ignore[attr-defined]

    assert median_wait(days, heard) == (falls(curve), falls(bounds.low), falls(bounds.high))
    assert median_wait(np.array([5.0, 9.0]), np.array([False, False])) == (None, None, None)
    assert median_wait(np.array([4.0] * 3), np.array([True] * 3)) == (4.0, 4.0, 4.0)


COUNTS = st.lists(
    st.integers(0, 60).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), min_size=1, max_size=9
)


def _small(counts: list[tuple[int, int]]) -> bool:
    hits, of = (sum(column) for column in zip(*counts, strict=True))
    return min(hits, of - hits) < 10


@given(COUNTS)
def test_g13_what_is_masked_cannot_be_told_from_the_total(counts: list[tuple[int, int]]) -> None:
    masked = suppressed(counts)
    assert all(one for one, count in zip(masked, counts, strict=True) if _small([count]))
    hidden = [count for one, count in zip(masked, counts, strict=True) if one]
    assert not hidden or len(hidden) == len(counts) or not _small(hidden)


@given(COUNTS, st.lists(st.sampled_from("abc"), min_size=9, max_size=9))
def test_g13_no_sum_of_shown_classes_and_groups_tells_a_small_one(
    counts: list[tuple[int, int]], classes: list[str]
) -> None:
    classes = classes[: len(counts)]
    masked, hidden = suppressed_within(counts, classes)
    names = sorted(set(classes))
    for size in range(len(names) + 1):
        for shown in combinations([name for name in names if not hidden[name]], size):
            # The total or the empty sum, less shown classes, less the shown groups of what is left.
            for inside in (set(shown), set(names) - set(shown)):
                left = [c for c, one, name in zip(counts, masked, classes, strict=True) if one and name in inside]
                assert not left or len(left) == len(counts) or not _small(left)


def test_g13_a_single_office_sees_its_own_but_first_contacts_stay_masked() -> None:
    register = _register(60, offices=1, unlucky="civil_appeal")
    outcome = check_fairness(_watch(register))
    own = _row(outcome, "category", "civil_appeal")["lawyer_offered"]
    assert isinstance(own, dict)
    assert (own["hits"], own["masked"]) == (0, False)
    for row in outcome.rows:
        if row["dimension"] == "channel":
            assert all(
                row[name]["masked"] or min(row[name]["hits"], row[name]["of"] - row[name]["hits"]) >= 10
                for name in MEASURES
            )


def test_g13_kinds_of_contact_are_rows_of_the_audit_and_columns_nowhere() -> None:
    outcome = check_fairness(_watch(_register()))
    kinds = {kind.code for kind in KINDS if kind.role == "contact"}
    assert not kinds & {key for row in outcome.rows for key in row}
    assert {row["code"] for row in outcome.rows if row["dimension"] == "channel"} == {"letter", "visit"}


def test_what_became_known_later_or_cannot_be_answered_is_left_out() -> None:
    register = _register(30)
    early = received_matters(Watch(register=register, settings=Settings(), as_of=AS_OF - 100 * DAY_US))
    assert set(early["matter_id"]) < set(register.matters["matter_id"])
    assert early.filter("heard")["days"].max() <= 250  # type: ignore[operator]
    silent = Attributes.create_empty().clear()
    row = dict.fromkeys(silent.columns, 0) | {"matter_id": "m0000", "name": "reply_possible", "text": None}
    row |= {"known_until": None, "assumed": False, "usable": True}
    told = replace(register, attributes=pl.DataFrame([row], schema=silent.schema))
    assert "m0000" not in set(received_matters(Watch(register=told, settings=Settings(), as_of=AS_OF))["matter_id"])


def test_the_tables_say_masked_and_intervals_in_both_languages() -> None:
    outcome = check_fairness(_watch(_register()))
    for language in ("zh", "en"):
        ((_, header, cells),) = audit_tables("fairness", outcome.rows, language)
        assert {len(row) for row in cells} == {len(header)}
        assert any(cell == "<10" for row in cells for cell in row)
    assert audit_tables("drift", [{}], "zh") == []


def test_without_matters_and_lists_there_is_nothing_to_say(empty_register: Register) -> None:
    watch = Watch(register=empty_register, settings=Settings(), as_of=AS_OF)
    outcome = check_fairness(watch)
    assert (outcome.rows, outcome.findings) == ([], [])


def test_offices_that_differ_by_chance_widen_nothing_and_one_that_stands_out_hides_nobody() -> None:
    assert usual_spread([0.3, -0.8, 0.5, 0.9]) == 1.0  # too few offices to know
    assert usual_spread([0.3, -0.8, 0.5, 0.9, -0.2]) == 1.0
    unlike = [3.0, -3.0] * 10
    assert usual_spread(unlike) == pytest.approx(3.0)
    assert usual_spread([*unlike, 40.0]) == pytest.approx(3.0)
    far = float("inf")
    assert usual_spread([*unlike, *([far] * 4)]) == pytest.approx(usual_spread([*unlike, *([37.0] * 4)]))
