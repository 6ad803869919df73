"""Were the features a list was made from those the same register gives again: training and serving must not differ."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from monitoring.check import Finding, Outcome, Severity, Watch

#: Columns named in a finding.
_NAMED = 5


def check_skew(watch: Watch) -> Outcome:
    """The newest stored feature log against the same cutoff and batch built anew: every value must be equal.

    One row per column that differs, with the number of matters; matters on one side only count under `matter_id`.
    """
    if watch.rebuilt is None:
        return Outcome(name="skew", rows=[], findings=[])
    stored, again = watch.rebuilt.stored, watch.rebuilt.again
    counts = differing(stored, again)
    rows = [
        {
            "name": name,
            "zh": watch.feature_names.get(name, (name, name))[0],
            "en": watch.feature_names.get(name, (name, name))[1],
            "matters": count,
        }
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    totals = {"screening_id": watch.rebuilt.screening_id, "matters": stored.height, "columns": len(stored.columns) - 1}
    findings = [_differs(rows, stored.height)] if rows else []
    return Outcome(name="skew", rows=rows, findings=findings, totals=totals)


def differing(stored: pl.DataFrame, again: pl.DataFrame) -> dict[str, int]:
    """How many matters differ in each column of `stored`; a column that `again` lacks differs in all of them."""
    both = stored.join(again, on="matter_id", how="inner", suffix="_again", maintain_order="left")
    alone = stored.height + again.height - 2 * both.height
    counts = {"matter_id": alone} if alone else {}
    for name in stored.columns:
        if name == "matter_id":
            continue
        if name not in again.columns:
            counts[name] = stored.height
            continue
        unequal = both.select((~pl.col(name).eq_missing(pl.col(f"{name}_again"))).sum()).item()
        if unequal:
            counts[name] = int(unequal)
    return counts


def _differs(rows: Sequence[dict[str, Any]], matters: int) -> Finding:
    named = rows[:_NAMED]
    return Finding(
        code="log_differs",
        severity=Severity.SEVERE,
        title_zh="清单所用的特征与重新计算的不一致",
        title_en="the features a list was made from are not those built again",
        text_zh=f"同一截止日、同一批数据重算，{matters} 件事项中有 {len(rows)} 列不同："
        + "、".join(f"{row['zh']}（{row['matters']} 件）" for row in named)
        + "。",
        text_en=f"Built again at the same cutoff and batch, {len(rows)} columns differ over {matters} matters: "
        + ", ".join(f"{row['en']} ({row['matters']})" for row in named)
        + ".",
        remedy_zh="停用模型、按规则运行，核对软件版本和状态目录后重新排查。",
        remedy_en="Go rules-only, check the software version and the state directory, and make the list again.",
        numbers={"columns": len(rows), "matters": matters, "names": [row["name"] for row in named]},
    )
