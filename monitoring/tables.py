"""How the audits look as tables of words: the same for the report and for the page, made from the stored rows."""

from collections.abc import Callable, Sequence
from typing import Any

from monitoring.fairness import DIMENSIONS, MEASURES, WAITING
from monitoring.volume import ALL_OFFICES

#: Heading, header and cells.
Table = tuple[str, list[str], list[list[str]]]

#: In the place of a number too small to show; what it means is said once, by `MASKED_NOTE`.
_MASKED = "<10"
MASKED_NOTE = ("“<10”：少于10件，不显示。", "“<10”: under 10, not shown.")
_FAIRNESS = ("各组受到的对待（公平审计）", "Groups compared (fairness audit)")
_GAMING = ("数字是否被做好看：此前一年 → 近90天", "Are figures pressed: the year before → the last 90 days")
_HARM = ("被提示的事项是否因此受到不利对待", "Does a flag hurt")
_HARM_HEADER = (
    ("截止后的观察期内", "In the horizon after the cutoff"),
    ("被提示", "Flagged"),
    ("排位相近而未提示", "Next below the line"),
    ("随机抽查", "Spot checks"),
    ("相差（95% 区间）", "Difference (95 % interval)"),
    ("说明", "Note"),
)
_INFLOW = ("近30天与平时：来件、办理、再次反映", "The last 30 days and the usual: intake, handling, raised again")
_INFLOW_HEADER = (("", ""), ("近30天", "Last 30 days"), ("按平时应为", "Expected"), ("p", "p"))
_CALIBRATION = ("未列入事项：事先估计与后来实际", "Unlisted matters: estimated, and what came")
_CALIBRATION_HEADER = (
    ("截止日", "Cutoff"),
    ("估计再次反映（95% 区间）", "Estimated to be raised again (95 % interval)"),
    ("实际", "What came"),
    ("区间内", "Inside"),
    ("排序能力：估计 → 实际", "Ranking power: estimated → what came"),
)
_LISTS = ("清单使用中的情况", "Lists in use")
_OVERRIDES = ("承办一方与清单不同的判断", "Where officers decided otherwise")
_FOLLOW_THROUGH = ("提示之后", "After a flag")
_RETRAINING = ("是否建议重新训练", "Is training again proposed")
_IN_WORDS_HEADER = (("", ""), ("数字", "Figure"))
_SKEW = ("清单所用特征与重新计算不一致的列", "Columns in which a list's features differ from those built again")
_SKEW_HEADER = (("特征", "Feature"), ("事项数", "Matters"))
_MONTH_DRIFT = ("与上期相比的分布变化", "Drift since the month before")
_MONTH_DRIFT_HEADER = (
    ("特征", "Feature"),
    ("PSI", "PSI"),
    ("KS", "KS"),
    ("p", "p"),
    ("上期平均", "Mean before"),
    ("本期平均", "Mean now"),
)
#: As many of the columns that moved most, or of those emptied most, as one reads.
_MOST = 20
_MISSING = ("空缺单元格：此前一年 → 近90天", "Empty cells: the year before → the last 90 days")
_MISSING_HEADER = (("列", "Column"), ("此前一年", "The year before"), ("近90天", "The last 90 days"), ("p", "p"))
_YES_NO = {True: ("是", "yes"), False: ("否", "no"), None: ("观察期未满", "too early")}
_FEW = ("件数太少，不作判断", "too few to tell")
_OFFICE = ("单位", "Office")
_GROUP = ("组别", "Group")
_MATTERS = ("近一年登记", "Registered in a year")


def audit_tables(name: str, rows: Sequence[dict[str, Any]], language: str) -> list[Table]:
    """The tables of the check `name` in `zh` or `en`; none for checks that are no audit."""
    made = _TABLES.get(name)
    return [made(rows, int(language != "zh"))] if made and rows else []


def share_cell(share: dict[str, Any], side: int) -> str:
    """A share with its interval in words; `side` is 0 for Chinese, 1 for English."""
    if share["masked"]:
        return _MASKED
    if share["share"] is None:
        return "–"
    low, high = share["interval"]
    return f"{share['hits']}/{share['of']} = {share['share']:.0%} ({low:.0%}–{high:.0%})"


def _fairness(rows: Sequence[dict[str, Any]], side: int) -> Table:
    header = [_GROUP[side], _MATTERS[side], WAITING[side], *(names[side] for names in MEASURES.values())]
    colon = ("：", ": ")[side]
    cells = [
        [
            DIMENSIONS[row["dimension"]][side]
            if row["dimension"] == "all"
            else f"{DIMENSIONS[row['dimension']][side]}{colon}{(row['zh'], row['en'])[side]}",
            _MASKED if row["matters"] is None else str(row["matters"]),
            _wait_cell(row["waiting"], side),
            *(share_cell(row[measure], side) for measure in MEASURES),
        ]
        for row in rows
    ]
    return _FAIRNESS[side], header, cells


def _wait_cell(waiting: dict[str, Any], side: int) -> str:
    if waiting["masked"]:
        return _MASKED
    median, (low, high) = waiting["median"], waiting["interval"]
    bounds = "–".join("…" if bound is None else f"{bound:.0f}" for bound in (low, high))
    return f"{'…' if median is None else f'{median:.0f}'} ({bounds})"


def _gaming(rows: Sequence[dict[str, Any]], side: int) -> Table:
    names = {row["signal"]: (row["zh"], row["en"])[side] for row in rows}
    offices = {row["office_id"]: row["office"] for row in rows if row["office_id"]}
    offices = dict(sorted(offices.items())) | {"": ALL_OFFICES[side]}
    found = {(row["office_id"], row["signal"]): row for row in rows}
    header = [_OFFICE[side], *names.values()]
    cells = [
        [name, *(_then_now(found.get((office, code)), side) for code in names)]
        for office, name in offices.items()
        if any((office, code) in found for code in names)
    ]
    return _GAMING[side], header, cells


def _then_now(row: dict[str, Any] | None, side: int) -> str:
    if row is None:
        return "–"
    before, now = share_cell(row["before"], side), share_cell(row["now"], side)
    return before if before == now == _MASKED else f"{before} → {now}"


def _harm(rows: Sequence[dict[str, Any]], side: int) -> Table:
    def mean(row: dict[str, Any], name: str) -> str:
        value = row[name]["mean"]
        if row[name]["masked"]:
            return _MASKED
        return "–" if value is None else _amount(row, value)

    cells = [
        [
            (row["zh"], row["en"])[side],
            *(mean(row, name) for name in ("flagged", "like", "spot")),
            _MASKED
            if row["difference"] is None
            else f"{_amount(row, row['difference'], signed=True)} "
            f"({_amount(row, row['interval'][0], signed=True)} – {_amount(row, row['interval'][1], signed=True)})",
            "" if row["enough"] else _FEW[side],
        ]
        for row in rows
    ]
    return _HARM[side], [names[side] for names in _HARM_HEADER], cells


def _amount(row: dict[str, Any], value: float, *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return f"{value:{sign}.1f}" if row["deed"] == "days_to_reply" else f"{value:{sign}.1%}"


def _inflow(rows: Sequence[dict[str, Any]], side: int) -> Table:
    cells = [
        [
            (row["zh"], row["en"])[side],
            _MASKED if row["now"] is None else str(row["now"]),
            f"{row['expected']:.0f}",
            "" if row["p"] is None else f"{row['p']:.2g}",
        ]
        for row in rows
    ]
    return _INFLOW[side], [names[side] for names in _INFLOW_HEADER], cells


def _calibration(rows: Sequence[dict[str, Any]], side: int) -> Table:
    def power(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f}"

    cells = [
        [
            row["cutoff"],
            f"{row['estimate']:.1%} ({row['interval'][0]:.1%}–{row['interval'][1]:.1%})",
            share_cell(row["came"], side) if row["mature"] else _YES_NO[None][side],
            _YES_NO[row.get("inside")][side] if row["mature"] else "",
            f"{power(row['order_estimate'])} → {power(row.get('order_came'))}",
        ]
        for row in rows
    ]
    return _CALIBRATION[side], [names[side] for names in _CALIBRATION_HEADER], cells


def _in_words(heading: tuple[str, str]) -> Callable[[Sequence[dict[str, Any]], int], Table]:
    def table(rows: Sequence[dict[str, Any]], side: int) -> Table:
        cells = [[(row["zh"], row["en"])[side], (row["said_zh"], row["said_en"])[side]] for row in rows]
        return heading[side], [names[side] for names in _IN_WORDS_HEADER], cells

    return table


def _skew(rows: Sequence[dict[str, Any]], side: int) -> Table:
    cells = [[(row["zh"], row["en"])[side], str(row["matters"])] for row in rows]
    return _SKEW[side], [names[side] for names in _SKEW_HEADER], cells


def _month_drift(rows: Sequence[dict[str, Any]], side: int) -> Table:
    cells = [
        [
            (row["zh"], row["en"])[side],
            f"{row['psi']:.3f}",
            f"{row['ks']:.3f}",
            f"{row['p_corrected']:.2g}",
            f"{row['mean_then']:.3g}",
            f"{row['mean_now']:.3g}",
        ]
        for row in rows[:_MOST]
    ]
    return _MONTH_DRIFT[side], [names[side] for names in _MONTH_DRIFT_HEADER], cells


def _missingness(rows: Sequence[dict[str, Any]], side: int) -> Table:
    cells = [
        [
            (row["zh"], row["en"])[side],
            f"{row['empty_before']}/{row['of_before']} = {row['share_before']:.1%}",
            f"{row['empty']}/{row['of']} = {row['share']:.1%}",
            f"{row['p_corrected']:.2g}",
        ]
        for row in rows[:_MOST]
    ]
    return _MISSING[side], [names[side] for names in _MISSING_HEADER], cells


_TABLES: dict[str, Callable[[Sequence[dict[str, Any]], int], Table]] = {
    "fairness": _fairness,
    "gaming": _gaming,
    "harm": _harm,
    "inflow": _inflow,
    "lists": _in_words(_LISTS),
    "overrides": _in_words(_OVERRIDES),
    "follow_through": _in_words(_FOLLOW_THROUGH),
    "retraining": _in_words(_RETRAINING),
    "skew": _skew,
    "calibration": _calibration,
    "month_drift": _month_drift,
    "missingness": _missingness,
}
