"""Are cells left empty that used to be filled in: every column of the register against its own year before."""

from typing import Any

import polars as pl

from data.times import DAY_US, wall, wall_us
from data.vocabulary import KIND
from monitoring.check import Finding, Outcome, Severity, Watch
from monitoring.part import Part

#: The last so many days are held against the year before them.
DAYS_NOW = 90
DAYS_BEFORE = 365
#: What is told of a matter itself counts where the office knew it within so many days of registration, now as then.
SETTLE_DAYS = 30
#: Fewer cells, now or then, say nothing.
_LEAST = 30
#: The share of empty cells has risen from so much on; a column often filled before and never now is gone.
_RISE = 0.10
_OFTEN_FILLED = 0.50
#: How people came is broken down nowhere (red line 7).
_NOT_OURS = ("contact", "from_above", "neutral", "remedy")
_CELLS: dict[str, tuple[str, str]] = {
    "due_at": ("到期日", "due day"),
    "amount": ("金额", "amount"),
    "solved": ("是否解决", "solved or not"),
    "document_no": ("文书号", "document no."),
    "parts_missing": ("答复要件", "parts of the reply"),
    "rank": ("领导职级", "rank"),
    "form": ("形式", "form"),
    "officer_level": ("承办人评定等级", "level the officer gave"),
}
_DESCRIBED: dict[str, tuple[str, str]] = {
    "department": ("承办部门", "department"),
    "handler": ("承办人编号", "handler"),
    "category": ("案件类别", "category"),
    "cause": ("诉求事由", "cause"),
    "procedure_path": ("程序类别", "procedure path"),
    "first_time": ("首次反映", "first time or not"),
    "reply_possible": ("可否答复", "reply possible or not"),
    "received_on": ("收件日期", "day of receipt"),
}
#: What the ledger says of a matter today, where no dated fact says it.
_UNDATED = ("department", "handler", "category", "cause", "procedure_path")


def check_missingness(watch: Watch) -> Outcome:
    """Per column: the share of empty cells in the last 90 days and in the year before, and whether it rose.

    Cells of events are those of the first version known by `watch.as_of`, of matters those known within 30 days of
    registration.  Judged by Fisher's exact test, corrected over all columns that were ever filled in.
    """
    from scipy import stats  # most verbs never come here

    rows = [
        row
        for row in (*_of_events(watch), *_of_matters(watch))
        if min(row["of"], row["of_before"]) >= _LEAST and row["empty_before"] < row["of_before"]
    ]
    for row in rows:
        row["share"], row["share_before"] = row["empty"] / row["of"], row["empty_before"] / row["of_before"]
    chances = stats.false_discovery_control([_chance(row) for row in rows]) if rows else []
    findings: list[Finding] = []
    for row, p in zip(rows, chances, strict=True):
        row["p_corrected"] = float(p)
        if row["share"] - row["share_before"] >= _RISE and p < watch.settings.monitor.false_share:
            findings.append(_emptier(row))
    rows.sort(key=lambda row: row["share_before"] - row["share"])
    return Outcome(name="missingness", rows=rows, findings=findings)


def _chance(row: dict[str, Any]) -> float:
    """Fisher's exact chance of so many empty cells among the latest, given how many there are in all."""
    from scipy import stats

    empty, of = row["empty"], row["of"]
    return float(stats.hypergeom.sf(empty - 1, of + row["of_before"], empty + row["empty_before"], of))


def _windows(at: pl.Expr, until: int) -> pl.Expr:
    """1 for the last 90 days before `until`, 0 for the year before those, null outside."""
    since = until - DAYS_NOW * DAY_US
    return (
        pl.when((at >= since) & (at < until))
        .then(1)
        .when((at >= since - DAYS_BEFORE * DAY_US) & (at < since))
        .then(0)
        .cast(pl.Int8)
    )


def cells(part: Part, watch: Watch) -> pl.DataFrame:
    """How many events of a kind of ours there are `now` (1) and before (0), and in how many a column is empty."""
    register = part.register
    ours = [code for code, role in register.roles.items() if role not in _NOT_OURS]
    placed = (
        part.first.filter(pl.col("kind").is_in(ours))
        .select("kind", *_CELLS, now=_windows(pl.col("occurred"), wall_us(watch.as_of, register.time_zone)))
        .filter(pl.col("now").is_not_null())
    )
    return placed.group_by("kind", "now").agg(
        pl.len().cast(pl.Int64).alias("of"), pl.col(list(_CELLS)).null_count().cast(pl.Int64)
    )


def described(part: Part, watch: Watch) -> pl.DataFrame:
    """How many matters there are `now` (1) and before (0), and in how many each column is filled in.

    `all` counts the matters; a dated fact (`dated`) is named, without a window, wherever a matter has one.
    """
    register, zone = part.register, part.register.time_zone
    until = wall_us(watch.as_of, zone) - SETTLE_DAYS * DAY_US
    began = (
        part.registrations.group_by("matter_id")
        .agg(pl.col("occurred").min())
        .with_columns(now=_windows(pl.col("occurred"), until))
        .filter(pl.col("now").is_not_null())
        .join(register.matters.select("matter_id", *_UNDATED), on="matter_id", how="inner")
        .with_row_index("matter")
    )
    facts = register.attributes.select("matter_id", "name", "text", "number", "known_from")
    told = facts.filter(
        (pl.col("known_from") < watch.as_of) & (pl.col("text").is_not_null() | pl.col("number").is_not_null())
    )
    told = told.select("matter_id", "name", known=pl.Series(wall(told["known_from"], zone))).join(
        began.select("matter_id", "matter", "occurred", "now"), on="matter_id"
    )
    in_time = told.filter(pl.col("known") <= pl.col("occurred") + SETTLE_DAYS * DAY_US)
    whole = began.group_by("now").agg(
        pl.len().cast(pl.Int64).alias("all"), *(pl.col(name).count().cast(pl.Int64) for name in _UNDATED)
    )
    counts = [
        whole.unpivot(index="now", variable_name="name", value_name="filled").with_columns(dated=pl.lit(value=False)),
        in_time.group_by("now", "name").agg(filled=pl.col("matter").n_unique()).with_columns(dated=pl.lit(value=True)),
        facts.select("name").unique().with_columns(now=pl.lit(None, pl.Int8), filled=0, dated=pl.lit(value=True)),
    ]
    types = {"now": pl.Int8, "name": pl.String, "filled": pl.Int64, "dated": pl.Boolean}
    return pl.concat(one.select(pl.col(name).cast(kind) for name, kind in types.items()) for one in counts)


def _row(
    heading: dict[str, Any], names: tuple[str, str], empty: tuple[int, int], of: tuple[int, int]
) -> dict[str, Any]:
    """The row of one column; `empty` and `of` now and before."""
    return heading | {
        "zh": names[0],
        "en": names[1],
        "empty": empty[0],
        "of": of[0],
        "empty_before": empty[1],
        "of_before": of[1],
    }


def _of_events(watch: Watch) -> list[dict[str, Any]]:
    found = watch.found(cells).group_by("kind", "now").sum()
    counts = {(row["kind"], row["now"]): row for row in found.iter_rows(named=True)}
    rows: list[dict[str, Any]] = []
    for kind in sorted({kind for kind, _ in counts}):
        now, before = counts.get((kind, 1)), counts.get((kind, 0))
        if now is None or before is None:
            continue
        name = KIND.get(kind)
        kind_zh, kind_en = (name.zh, name.en) if name else (kind, kind)
        rows += [
            _row(
                {"code": kind, "column": column},
                (f"{kind_zh}：{zh}", f"{kind_en}: {en}"),
                (now[column], before[column]),
                (now["of"], before["of"]),
            )
            for column, (zh, en) in _CELLS.items()
        ]
    return rows


def _of_matters(watch: Watch) -> list[dict[str, Any]]:
    """What is told of matters: the ledger's columns of today, and the dated facts."""
    found = watch.found(described).group_by("name", "now", "dated").agg(pl.col("filled").sum())
    filled = {(name, now, dated): count for name, now, dated, count in found.iter_rows()}
    of = filled.get(("all", 1, False)), filled.get(("all", 0, False))
    if of[0] is None or of[1] is None:
        return []
    dated = sorted({name for name, _, is_dated in filled if is_dated})
    # What stands in no dated fact is known as of today only.
    undated = [name for name in _UNDATED if name not in dated]
    rows: list[dict[str, Any]] = []
    for name in (*undated, *dated):
        zh, en = _DESCRIBED.get(name, (name, name))
        count = [filled.get((name, now, name in dated), 0) for now in (1, 0)]
        heading = {"code": "matter", "column": name}
        rows.append(
            _row(heading, (f"事项：{zh}", f"matter: {en}"), (of[0] - count[0], of[1] - count[1]), (of[0], of[1]))
        )
    return rows


def _emptier(row: dict[str, Any]) -> Finding:
    gone = row["empty"] == row["of"] and row["share_before"] <= 1 - _OFTEN_FILLED
    return Finding(
        code="values_gone" if gone else "values_missing",
        severity=Severity.SEVERE if gone else Severity.WARNING,
        title_zh=f"“{row['zh']}”{'不再填写' if gone else '空缺增多'}",
        title_en=f"“{row['en']}” is {'no longer filled in' if gone else 'left empty more often'}",
        text_zh=f"近 {DAYS_NOW} 天 {row['of']} 条中 {row['empty']} 条为空（{row['share']:.1%}），此前一年为 "
        f"{row['share_before']:.1%}；校正后 p {row['p_corrected']:.1g}。",
        text_en=f"Of the last {DAYS_NOW} days' {row['of']} cells {row['empty']} are empty ({row['share']:.1%}), "
        f"against {row['share_before']:.1%} in the year before; corrected p {row['p_corrected']:.1g}.",
        remedy_zh="核对台账是否少了一列、映射是否仍对得上，补录后再导入；在此之前清单把空缺当作“无”。",
        remedy_en="See whether the ledger lost a column or the mapping no longer fits it, fill in and import again; "
        "until then a list takes the empty for none.",
        numbers={
            key: row[key]
            for key in ("code", "column", "empty", "of", "share", "empty_before", "of_before", "share_before")
        }
        | {"p": row["p_corrected"]},
    )
