"""Were the features a list was made from those the same register gives again: training and serving must not differ."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from monitoring.check import Finding, Outcome, Rebuilt, Severity, Watch

#: Columns named in a finding.
_NAMED = 5
#: Before the names of the columns built again.
_AGAIN = "again:"


def check_skew(watch: Watch) -> Outcome:
    """The newest stored feature log against the same cutoff and batch built anew: every value must be equal.

    One row per column that differs, with the number of matters; matters on one side only count under `matter_id`.
    """
    if watch.rebuilt is None:
        return Outcome(name="skew", rows=[], findings=[])
    rebuilt = watch.rebuilt
    rows = [
        {
            "name": name,
            "zh": watch.feature_names.get(name, (name, name))[0],
            "en": watch.feature_names.get(name, (name, name))[1],
            "matters": count,
        }
        for name, count in sorted(rebuilt.differing.items(), key=lambda item: (-item[1], item[0]))
    ]
    totals = {"screening_id": rebuilt.screening_id, "matters": rebuilt.matters, "columns": rebuilt.columns}
    findings = [_differs(rows, rebuilt.matters)] if rows else []
    return Outcome(name="skew", rows=rows, findings=findings, totals=totals)


class Comparison:
    """A stored feature log against the same one built again, both given bit by bit and compared as matters meet.

    What has met is let go, so that of two logs in the same order never more than a part is held.
    """

    def __init__(self, screening_id: str, stored: Iterator[pl.DataFrame]) -> None:
        self._screening_id = screening_id
        self._coming = stored
        self._stored: list[pl.DataFrame] = []
        self._again: list[pl.DataFrame] = []
        self._matters = 0
        self._columns: list[str] = []
        self._differing: dict[str, int] = {}

    def add(self, again: pl.DataFrame) -> None:
        """Compare some matters built again; the stored log is read on until it has as many."""
        self._again.append(again)
        while sum(map(len, self._stored)) < sum(map(len, self._again)) and self._read():
            pass
        self._meet()

    def done(self) -> Rebuilt:
        """What differed, once everything has been added."""
        while self._read():
            pass
        self._meet()
        alone = sum(map(len, self._stored)) + sum(map(len, self._again))
        return Rebuilt(
            screening_id=self._screening_id,
            matters=self._matters,
            columns=len(self._columns) - 1,
            differing=({"matter_id": alone} if alone else {}) | self._differing,
        )

    def _read(self) -> bool:
        stored = next(self._coming, None)
        if stored is None:
            return False
        self._stored.append(stored)
        self._matters += stored.height
        self._columns = stored.columns
        return True

    def _meet(self) -> None:
        if not (self._stored and self._again):
            return
        stored, again = pl.concat(self._stored), pl.concat(self._again)
        both = min(stored.height, again.height)
        first = stored.head(both), again.head(both)
        if first[0]["matter_id"].equals(first[1]["matter_id"]):
            self._count(*first)
            self._stored, self._again = [stored.slice(both)], [again.slice(both)]
            return
        order = stored.select("matter_id").join(again.select("matter_id"), on="matter_id", how="semi")
        self._count(*(order.join(one, on="matter_id", how="left", maintain_order="left") for one in (stored, again)))
        self._stored = [stored.join(again, on="matter_id", how="anti")]
        self._again = [again.join(stored, on="matter_id", how="anti")]

    def _count(self, stored: pl.DataFrame, again: pl.DataFrame) -> None:
        for name, count in differing(stored, again).items():
            self._differing[name] = self._differing.get(name, 0) + count


def differing(stored: pl.DataFrame, again: pl.DataFrame) -> dict[str, int]:
    """In how many rows, of the same matters, each column of `stored` differs; one that `again` lacks does in all."""
    shared = [name for name in stored.columns if name in again.columns]
    beside = stored.select(shared).hstack(again.select(pl.col(name).alias(_AGAIN + name) for name in shared))
    unequal = beside.select(pl.col(name).ne_missing(pl.col(_AGAIN + name)).sum() for name in shared).row(0, named=True)
    counts = {name: unequal.get(name, stored.height) for name in stored.columns}
    return {name: count for name, count in counts.items() if count}


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
