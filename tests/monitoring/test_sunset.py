"""Acting is said to help only where the spot checks let nothing else be expected, and never on too little."""

import json
from html.parser import HTMLParser
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import bootstrap

from monitoring.sunset import ASSUMPTIONS, CASE, LIMITS, effect_of, judge, shift
from monitoring.sunset_page import to_html, to_markdown

GIVEN: dict[str, Any] = {"year": 2026, "as_of": "2027-04-30", "months": 12, "lists": 12, "versions": (3,), "least": 30}


def year_of(
    *, effect: float = 0.0, off: float = 0.0, flagged: int = 1500, spot: int = 400, seed: int = 1, by_model: bool = True
) -> pl.DataFrame:
    """A year's cases: `effect` is what a flag does to the log-odds, `off` what the model is wrong by everywhere."""
    draw = np.random.default_rng(seed)
    odds = np.concatenate([draw.normal(-0.2, 0.5, flagged), draw.normal(-1.6, 0.7, spot)])
    group = np.repeat(["flagged", "spot"], [flagged, spot])
    truth = expit(odds + off + np.where(group == "flagged", effect, 0.0))
    returned = draw.random(odds.size) < truth
    return pl.DataFrame(
        {
            "matter_id": [f"m{number}" for number in draw.integers(0, odds.size * 4, odds.size)],
            "group": group,
            "by_model": by_model,
            "inclusion": np.where(group == "spot", draw.uniform(0.01, 0.05, odds.size), np.nan),
            "chance": expit(odds),
            "returned": returned,
            "resolved": ~returned & (draw.random(odds.size) < 0.4),
            "helped": draw.random(odds.size) < 0.3,
        },
        schema_overrides=CASE,
    )


def test_the_shift_is_the_root_that_scipy_finds() -> None:
    draw = np.random.default_rng(3)
    odds, came = draw.normal(-1, 1, 200), (draw.random(200) < 0.3).astype(float)
    weights = draw.uniform(1, 50, (5, 200))
    expected = [brentq(lambda b, w=w: float((w * (came - expit(odds + b))).sum()), -8, 8) for w in weights]
    assert shift(odds, came, weights) == pytest.approx(expected, abs=1e-8)
    assert shift(odds, np.zeros(200), weights[:1])[0] == pytest.approx(-8, abs=1e-6)


def test_the_effect_and_its_interval_are_those_of_a_plain_bootstrap() -> None:
    cases = year_of(effect=-0.6, off=0.3, flagged=500, spot=300).with_columns(
        matter_id=pl.int_range(pl.len()).cast(pl.String)
    )
    flagged, spot = (cases.filter(pl.col("group") == name) for name in ("flagged", "spot"))
    found = effect_of(flagged, spot, seed=1)

    def plain(rows: Any) -> float:
        part = cases[np.asarray(rows, dtype=np.int64)]
        one, other = (part.filter(pl.col("group") == name) for name in ("flagged", "spot"))
        weight = 1 / other["inclusion"].to_numpy()
        odds, came = logit(other["chance"].to_numpy()), other["returned"].cast(pl.Float64).to_numpy()
        b = brentq(lambda b: float((weight * (came - expit(odds + b))).sum()), -8, 8)
        return float(one["returned"].mean()) - float(expit(logit(one["chance"].to_numpy()) + b).mean())  # type: ignore[arg-type]

    rows = np.arange(cases.height)
    assert found.difference == pytest.approx(plain(rows), abs=1e-7)
    drawn = bootstrap((rows,), plain, n_resamples=300, vectorized=False, rng=np.random.default_rng(2), method="basic")
    assert found.high - found.difference == pytest.approx(found.difference - found.low, abs=1e-12)
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * drawn.standard_error, rel=0.15)


def test_the_interval_holds_a_true_effect_of_nothing_as_often_as_it_says() -> None:
    held = 0
    for seed in range(30):
        cases = year_of(off=0.4, flagged=300, spot=150, seed=seed)
        flagged, spot = (cases.filter(pl.col("group") == name) for name in ("flagged", "spot"))
        found = effect_of(flagged, spot, seed=seed)
        held += found.low <= 0 <= found.high
    assert held >= 25  # 28.5 are expected of 30; fewer than 25 has a chance under 1 %


@pytest.mark.parametrize(
    ("effect", "off", "verdict"),
    [(-0.9, 0.0, "helped"), (-0.9, 0.5, "helped"), (0.0, 0.0, "not_shown"), (0.9, 0.0, "worse")],
)
def test_a_planted_effect_is_found_and_none_is_not(effect: float, off: float, verdict: str) -> None:
    report = judge(year_of(effect=effect, off=off), **GIVEN)
    assert report.verdict == verdict
    told = report.as_dict()
    assert told["recommends_rules"] == (told["finding"] is not None) == (verdict != "helped")
    if told["finding"]:
        assert told["finding"]["code"] == "help_not_shown"
        assert told["finding"]["severity"] == "warning"


def test_a_model_wrong_everywhere_alike_is_no_help() -> None:
    """Returns are far fewer than the model says, flagged or not: the spot checks take that out."""
    report = judge(year_of(off=-0.8, spot=1000), **GIVEN)
    assert report.verdict == "not_shown"
    assert report.effect is not None
    assert report.effect.shift == pytest.approx(-0.8, abs=0.45)


@pytest.mark.parametrize(
    ("cases", "changed", "verdict", "recommends"),
    [
        (year_of().clear(), {"lists": 0, "months": 0}, "no_lists", False),
        (year_of(effect=-0.9), {"months": 11}, "not_a_year", False),
        (year_of(by_model=False), {}, "by_rules", False),
        (year_of(effect=-0.9).filter(pl.col("group") == "flagged"), {}, "no_spot_checks", True),
        (year_of(effect=-0.9, spot=25), {}, "too_few", True),
        (year_of(effect=-0.9, flagged=25), {}, "too_few", True),
        (year_of(effect=-0.9).with_columns(chance=pl.lit(None, pl.Float64)), {}, "too_few", True),
        (year_of(effect=-0.9), {"least": 5000}, "too_few", True),
    ],
)
def test_where_nothing_can_be_shown_the_reason_is_said(
    cases: pl.DataFrame, changed: dict[str, Any], verdict: str, recommends: bool
) -> None:
    report = judge(cases, **{**GIVEN, **changed})
    assert (report.verdict, report.recommends_rules) == (verdict, recommends)
    for language in ("zh", "en"):
        text = to_markdown(report.as_dict(), language)
        assert report.said[language == "en"] in text
        assert all(one[language == "en"] in text for one in (*ASSUMPTIONS, *LIMITS))


def test_g13_a_small_count_is_shown_nowhere() -> None:
    cases = year_of(effect=-0.9).with_columns(helped=pl.int_range(pl.len()) < 7)
    told = judge(cases, **GIVEN).as_dict()
    row = next(row for row in told["rows"] if row["name"] == "flagged_helped")
    assert (row["figures"]["masked"], row["figures"]["hits"], row["said_en"]) == (True, None, "under 10, not shown")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.outside += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_needs_nothing_else_and_names_no_matter() -> None:
    cases = year_of(effect=-0.9)
    told = json.loads(json.dumps(judge(cases, **GIVEN).as_dict(), allow_nan=False))
    for language in ("zh", "en"):
        text = to_html(told, language)
        page = _Page()
        page.feed(text)
        assert page.outside == []
        assert {"svg", "table", "style"} <= page.tags
        assert not {"script", "link", "img"} & page.tags
    assert not any(f'"{matter}"' in json.dumps(told) for matter in cases["matter_id"])
