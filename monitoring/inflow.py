"""Does everything reach the ledger, is it handled as it used to be, and does more of it come back."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from data.times import DAY_US, wall, wall_us
from data.vocabulary import KIND
from features.timing import timing_of
from features.workdays import rest_days_between
from monitoring.check import Finding, Outcome, Severity, Watch
from monitoring.figures import LEAST_SHOWN
from monitoring.part import Part, on_wall
from monitoring.volume import (
    USUAL_WINDOWS,
    WINDOW_DAYS,
    chance_of_rise,
    chance_of_so_few,
    chance_of_so_many,
    in_windows,
    usual,
)

#: Fewer than so many in a usual window say nothing when they stop (and are not shown, G13).
_LEAST = 10
#: A channel is taken for silent below this share of what the others' level lets expect.
_SILENT = 0.25
#: Returns per matter count as risen from this multiple of the usual on.
_RISEN = 1.3
#: Matters are "alive" for a window when registered in the year before its end.
_ALIVE_DAYS = 365
#: What our office does counts as changed from this multiple of the usual on, or from its inverse down.
_SHIFTED = 1.75
#: Kinds that say how people came, not what we did; a joint submission is no channel of its own.
_NOT_OURS = ("contact", "from_above", "neutral", "remedy")


def check_inflow(watch: Watch) -> Outcome:
    """Contacts by channel, steps of ours, and returns per matter, in the last 30 days against twelve windows before.

    All over the whole register and only what was known when each window closed, so that late entry looks like
    nothing.  Steps of ours are counted for as many working days as the last window has: a month with a long holiday
    is no change of handling.  Chances are corrected over the channels, and over the steps; of the share of false
    findings allowed, each of the three questions has a third.
    """
    placed = watch.found(happened)
    rows = [*_channels(watch, placed), *_steps(watch, placed), *_returns(watch)]
    limit = watch.settings.monitor.false_share / len(_FINDING)
    findings = [_FINDING[row["name"]](row) for row in rows if _stands_out(row) and row["p"] < limit]
    return Outcome(name="inflow", rows=[_shown(row) for row in rows], findings=findings)


def happened(part: Part, watch: Watch) -> pl.DataFrame:
    """Events by kind and window: `len`."""
    placed = in_windows(part.first.select("kind", "occurred", "known"), wall_us(watch.as_of, part.register.time_zone))
    return placed.group_by("kind", "window").len()


def alive(part: Part, watch: Watch) -> pl.DataFrame:
    """One row, a column a window: the matters registered in the year before its end."""
    began = (
        part.register.events.select("matter_id", "kind", "occurred_at")
        .filter(pl.col("kind").is_in(["registered", "transferred_in"]))
        .group_by("matter_id")
        .agg(pl.col("occurred_at").min())
    )
    days = np.sort(wall(began["occurred_at"], part.register.time_zone))
    as_of = wall_us(watch.as_of, part.register.time_zone)
    ends = as_of - np.arange(USUAL_WINDOWS + 1) * WINDOW_DAYS * DAY_US
    counts = np.searchsorted(days, ends) - np.searchsorted(days, ends - _ALIVE_DAYS * DAY_US)
    return pl.DataFrame({str(window): [int(count)] for window, count in enumerate(counts)})


def _stands_out(row: dict[str, Any]) -> bool:
    now, expected = row["now"], row["expected"]
    if row["name"] == "channel":
        return now <= _SILENT * expected
    if row["name"] == "step":
        return not expected / _SHIFTED < now < expected * _SHIFTED
    return now >= _RISEN * expected


def _by_kind(placed: pl.DataFrame, kinds: list[str]) -> dict[str, list[int]]:
    """Counts by window of every kind that occurs, in the order of their codes."""
    chosen = placed.filter(pl.col("kind").is_in(kinds)).group_by("kind", "window").agg(pl.col("len").sum())
    counts: dict[str, list[int]] = {}
    for kind, window, count in chosen.sort("kind", "window").iter_rows():
        counts.setdefault(kind, [0] * (USUAL_WINDOWS + 1))[window] = count
    return counts


def _judged(counts: dict[str, list[int]]) -> dict[str, list[int]]:
    """Those with something in every window before the last one, and enough of it."""
    return {kind: found for kind, found in counts.items() if usual(found) >= _LEAST and min(found[1:]) > 0}


def _corrected(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with their chances corrected over all of them, and what they say in words."""
    from scipy import stats  # most verbs never come here

    corrected = stats.false_discovery_control([row["p"] for row in rows]) if rows else []
    told = [row | {"p": float(p)} for row, p in zip(rows, corrected, strict=True)]
    return [row | _said(row) for row in told]


def _channels(watch: Watch, placed: pl.DataFrame) -> list[dict[str, Any]]:
    contacts = [code for code, role in watch.register.roles.items() if role == "contact" and code != "joint_submission"]
    counts = _by_kind(placed, contacts)
    everything = [sum(column) for column in zip(*counts.values(), strict=True)]
    rows: list[dict[str, Any]] = []
    for kind, found in _judged(counts).items():
        others = usual(everything) - usual(found)
        # What the season does is told by the other channels; where there is none, by nothing.
        season = min(1.0, (everything[0] - found[0]) / others) if others else 1.0
        name = KIND.get(kind)
        rows.append(
            {"name": "channel", "code": kind, "now": found[0], "expected": usual(found) * season}
            | {"usual": usual(found), "p": chance_of_so_few(found, season)}
            | {"zh": f"经“{name.zh if name else kind}”的反映", "en": f"contacts by {name.en if name else kind}"}
        )
    return _corrected(rows)


def _steps(watch: Watch, placed: pl.DataFrame) -> list[dict[str, Any]]:
    ours = [code for code, role in watch.register.roles.items() if role not in _NOT_OURS]
    rows: list[dict[str, Any]] = []
    worked = _working_days(watch)
    for kind, counted in _judged(_by_kind(placed, ours)).items():
        found = [count * worked[0] / days for count, days in zip(counted, worked, strict=True)]
        name = KIND.get(kind)
        p = min(1.0, 2 * min(chance_of_so_few(found), chance_of_so_many(found)))
        rows.append(
            {"name": "step", "code": kind, "now": counted[0], "expected": usual(found), "usual": usual(found), "p": p}
            | {"zh": f"“{name.zh if name else kind}”", "en": name.en if name else kind}
        )
    return _corrected(rows)


def _working_days(watch: Watch) -> list[int]:
    """How many working days each window has, the last one first."""
    timing = timing_of(watch.settings.clock)
    end = wall_us(watch.as_of, watch.register.time_zone) // DAY_US - WINDOW_DAYS * np.arange(USUAL_WINDOWS + 1)
    rest = rest_days_between(end - WINDOW_DAYS, end, rest=timing.rest, work=timing.work)
    return (WINDOW_DAYS - rest).tolist()


def _returns(watch: Watch) -> list[dict[str, Any]]:
    if watch.returned is None:
        return []
    zone, as_of = watch.register.time_zone, wall_us(watch.as_of, watch.register.time_zone)
    raised = in_windows(on_wall(watch.returned, zone), as_of)
    counts = np.bincount(raised["window"].to_numpy(), minlength=USUAL_WINDOWS + 1).tolist()
    living = np.asarray(watch.found(alive).sum().row(0))
    if min(counts[1:]) < _LEAST or not living.all():
        return []
    before, exposed = np.asarray(counts[1:]), living[1:]
    rate = before.sum() / exposed.sum()
    expected = float(rate * living[0])
    excess = float((((before - rate * exposed) ** 2) / (rate * exposed)).sum() / (USUAL_WINDOWS - 1))
    row: dict[str, Any] = {
        "name": "returns",
        "now": counts[0],
        "expected": expected,
        "usual": float(before.mean()),
        "p": chance_of_rise(counts[0], expected, expected * excess),
        "zh": "再次反映（按近一年登记件数折算）",
        "en": "matters raised again (for as many registered in a year)",
    }
    return [row | _said(row)]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """The row without a count of how people came that is under ten, and without the chance that would tell it."""
    return row | ({"now": None, "p": None} if row["name"] == "channel" and row["now"] < LEAST_SHOWN else {})


def _said(row: dict[str, Any]) -> dict[str, str]:
    if _shown(row)["now"] is None:
        return {
            "said_zh": f"近{WINDOW_DAYS}天不到{LEAST_SHOWN}件，按平时应为 {row['expected']:.0f}",
            "said_en": f"under {LEAST_SHOWN} in {WINDOW_DAYS} days, {row['expected']:.0f} expected",
        }
    return {
        "said_zh": f"近{WINDOW_DAYS}天 {row['now']}，按平时应为 {row['expected']:.0f}（p {row['p']:.2g}）",
        "said_en": f"{row['now']} in {WINDOW_DAYS} days, {row['expected']:.0f} expected (p {row['p']:.2g})",
    }


def _silent(row: dict[str, Any]) -> Finding:
    nothing = row["now"] == 0
    return Finding(
        code="channel_silent",
        severity=Severity.SEVERE if nothing else Severity.WARNING,
        title_zh=f"{row['zh']}" + ("近30天几乎没有入账" if nothing else "明显减少"),
        title_en=f"{row['en']}: " + ("hardly anything entered in 30 days" if nothing else "far fewer than usual"),
        text_zh=f"{row['said_zh']}；其他方式没有同样减少。",
        text_en=f"{row['said_en']}; other ways did not fall alike.",
        remedy_zh="核对该入口的数据是否仍接入台账；没有入账的来件补登，补登前清单会漏掉它们。",
        remedy_en="Check whether that intake still reaches the ledger, and register what was missed: until then "
        "lists pass it over.",
        numbers={key: _shown(row)[key] for key in ("code", "now", "expected", "p")},
    )


def _shifted(row: dict[str, Any]) -> Finding:
    more = row["now"] > row["expected"]
    return Finding(
        code="handling_shifts",
        severity=Severity.WARNING,
        title_zh=f"{row['zh']}比平时" + ("明显增多" if more else "明显减少"),
        title_en=f"{row['en']}: " + ("far more than usual" if more else "far fewer than usual"),
        text_zh=f"{row['said_zh']}。",
        text_en=f"{row['said_en']}.",
        remedy_zh="查看政策、分工或录入口径是否有变；有变的，此后的清单按新口径看，并训练备选模型比较。",
        remedy_en="Look for a change of policy, of the division of work or of entry; where there was one, read later "
        "lists in its light, and train a challenger to compare.",
        numbers={key: row[key] for key in ("code", "now", "expected", "p")},
    )


def _risen(row: dict[str, Any]) -> Finding:
    return Finding(
        code="returns_rise",
        severity=Severity.WARNING,
        title_zh="再次反映比平时多",
        title_en="more is raised again than usual",
        text_zh=f"{row['said_zh']}。",
        text_en=f"{row['said_en']}.",
        remedy_zh="查看是否出台新政策或有一类事项集中未答复；清单的次序可能仍对，但“每100件”的范围会偏低。",
        remedy_en="Look for a change of policy, or a class of matters nobody answered; the order may still hold, "
        "but the ranges of 100 matters will be too low.",
        numbers={key: row[key] for key in ("now", "expected", "p")},
    )


_FINDING: dict[str, Callable[[dict[str, Any]], Finding]] = {"channel": _silent, "step": _shifted, "returns": _risen}
