"""How the audits look as tables of words: the same for the report and for the page, made from the stored rows."""

from collections.abc import Callable, Sequence
from typing import Any

from monitoring.fairness import DIMENSIONS, MEASURES, WAITING

#: Heading, header and cells.
Table = tuple[str, list[str], list[list[str]]]

_MASKED = ("少于10件，不显示", "under 10, not shown")
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
        return _MASKED[side]
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
            _MASKED[side] if row["matters"] is None else str(row["matters"]),
            _wait_cell(row["waiting"], side),
            *(share_cell(row[measure], side) for measure in MEASURES),
        ]
        for row in rows
    ]
    return _FAIRNESS[side], header, cells


def _wait_cell(waiting: dict[str, Any], side: int) -> str:
    if waiting["masked"]:
        return _MASKED[side]
    median, (low, high) = waiting["median"], waiting["interval"]
    bounds = "–".join("…" if bound is None else f"{bound:.0f}" for bound in (low, high))
    return f"{'…' if median is None else f'{median:.0f}'} ({bounds})"


def _gaming(rows: Sequence[dict[str, Any]], side: int) -> Table:
    names = {row["signal"]: (row["zh"], row["en"])[side] for row in rows}
    offices = dict(sorted({row["office_id"]: row["office"] for row in rows}.items()))
    found = {(row["office_id"], row["signal"]): row for row in rows}
    header = [_OFFICE[side], *names.values()]
    cells = [
        [name, *(_then_now(found.get((office, code)), side) for code in names)] for office, name in offices.items()
    ]
    return _GAMING[side], header, cells


def _then_now(row: dict[str, Any] | None, side: int) -> str:
    if row is None:
        return "–"
    return f"{share_cell(row['before'], side)} → {share_cell(row['now'], side)}"


def _harm(rows: Sequence[dict[str, Any]], side: int) -> Table:
    def mean(row: dict[str, Any], name: str) -> str:
        value = row[name]["mean"]
        if row[name]["masked"]:
            return _MASKED[side]
        return "–" if value is None else _amount(row, value)

    cells = [
        [
            (row["zh"], row["en"])[side],
            *(mean(row, name) for name in ("flagged", "like", "spot")),
            _MASKED[side]
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


_TABLES: dict[str, Callable[[Sequence[dict[str, Any]], int], Table]] = {
    "fairness": _fairness,
    "gaming": _gaming,
    "harm": _harm,
}
