"""Which versions a new import opens and which it closes, given those already standing.

Pure frames in, pure frames out.  A version's interval is `[known_from, known_until)`.  Rules, from the settled
semantics of time:

* the same row again changes nothing (its place in the file, `seq`, and a lag assumed for want of an entry time
  are not content);
* a first version stands from `known_at`;
* a changed row is a correction: it stands from its own entry time if the file has one later than the start of
  the version it replaces, else from the batch's `observed_until`, marked assumed; the old version ends there;
* a row missing from a file that declares full coverage ends at `observed_until`; an appended file ends nothing;
* a row a person corrected (`by_hand`) keeps the correction while the file says what it said before it: a ledger nobody
  mended does not bring the old value back; one that says a third thing has the last word;
* a row that comes back after it had ended opens anew, never before the end of its last version.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from data.contract import EVENT_PAYLOAD
from data.errors import InputRefused

EVENT_DRAFT: tuple[str, ...] = (
    "event_id",
    "matter_id",
    "kind",
    "occurred_at",
    "known_at",
    "seq",
    "assumed",
    *EVENT_PAYLOAD,
)
ATTRIBUTE_DRAFT: tuple[str, ...] = (
    "matter_id",
    "name",
    "text",
    "number",
    "occurred_at",
    "known_at",
    "seq",
    "assumed",
    "usable",
)
#: Above this share of the covered rows missing, somebody has to say that it is meant.
MISSING_LIMIT = 0.05

_EVENT_KEY = ("event_id",)
_EVENT_CONTENT = ("kind", "occurred_at", *EVENT_PAYLOAD)
_ATTRIBUTE_KEY = ("matter_id", "name", "occurred_at", "ordinal")
_ATTRIBUTE_CONTENT = ("text", "number", "usable")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFacts:
    """What the import declares: times are UTC microseconds, `[covers_from, covers_to)` bounds `occurred_at`."""

    batch_id: int
    coverage: Literal["full", "append"]
    covers_from: int | None
    covers_to: int | None
    observed_until: int
    recorded_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to be written: `opened` (contract columns without `known_until`; attributes also `ordinal`) and
    `closed` (version_id, known_until, assumed), with counts of rows."""

    opened: pl.DataFrame
    closed: pl.DataFrame
    first: int
    corrected: int
    returned: int
    unchanged: int
    missing: int
    covered: int


def reconcile_events(stored: pl.DataFrame, drafts: pl.DataFrame, facts: BatchFacts, *, confirm: bool) -> Changes:
    """What an import changes among events.

    `stored`: all versions in effect of the matters concerned (contract columns, `version_id`, and `covered`: the
    matter belongs to the source and offices this import covers).  `drafts`: columns EVENT_DRAFT, one row per
    event.  Raises InputRefused for two rows with one identity, or where more than 5 % of the covered rows are
    missing and `confirm` is false.
    """
    return _reconcile(stored, drafts.select(EVENT_DRAFT), facts, _EVENT_KEY, _EVENT_CONTENT, "办理记录", confirm)


def reconcile_attributes(stored: pl.DataFrame, drafts: pl.DataFrame, facts: BatchFacts, *, confirm: bool) -> Changes:
    """What an import changes among dated attributes.

    Columns as for events, with ATTRIBUTE_DRAFT.  An attribute's identity is (matter, name, occurred_at, ordinal
    among equals in file order); `stored` carries that `ordinal`, drafts get it here.
    """
    equals = ("matter_id", "name", "occurred_at")
    numbered = drafts.select(ATTRIBUTE_DRAFT).sort([*equals, "seq"], maintain_order=True)
    numbered = numbered.with_columns((pl.int_range(pl.len()).over(equals)).cast(pl.Int64).alias("ordinal"))
    return _reconcile(stored, numbered, facts, _ATTRIBUTE_KEY, _ATTRIBUTE_CONTENT, "属性", confirm)


def _reconcile(
    stored: pl.DataFrame,
    drafts: pl.DataFrame,
    facts: BatchFacts,
    key: tuple[str, ...],
    content: tuple[str, ...],
    what: str,
    confirm: bool,
) -> Changes:
    _refuse_doubles(drafts, key, what)
    blank = [name for name in drafts.columns if drafts.schema[name] == pl.String and (drafts[name] == "").any()]
    drafts = drafts.with_columns(pl.col(blank).replace("", None))
    last = stored
    if stored.select(key).n_unique() < stored.height:
        last = stored.sort("known_from", "version_id").unique(subset=list(key), keep="last", maintain_order=True)
    # Most rows of a ledger that comes again say what they said: those are found by place, before anything is joined.
    pairs = drafts.select(key).with_row_index("new").join(last.select(key).with_row_index("old"), on=list(key))
    same = _same_pairs(drafts, last, pairs, [name for name in content if name not in key])
    fresh = drafts if pairs.is_empty() else drafts.filter(_others(drafts.height, pairs["new"]))
    moved = pairs.filter(~same)
    marked = _marked(drafts[moved["new"]], last[moved["old"]], stored, key, content)
    unchanged = pairs.height - moved.height + marked.filter(pl.col("_change") == "unchanged").height
    reopened = _opened(marked.filter(pl.col("_change") != "unchanged"), facts)
    corrections = reopened.filter(pl.col("_change") == "corrected")
    missing, covered = _missing(last, _others(last.height, pairs["old"]), facts)
    if covered and missing.height > MISSING_LIMIT * covered and not confirm:
        raise InputRefused(
            "too_many_missing",
            f"本次声明全量导入，但已有{what}{covered}条中有{missing.height}条不在文件内（超过5%）；"
            "确属如此请加 --confirm",
            f"declared as full, but {missing.height} of {covered} stored rows are not in the file (over 5 %); "
            "repeat with --confirm if this is meant",
        )
    closed = pl.concat(
        [
            corrections.select(
                pl.col("old_id").alias("version_id"), pl.col("known_from").alias("known_until"), "assumed"
            ),
            missing.select(
                "version_id",
                pl.max_horizontal(pl.lit(facts.observed_until), pl.col("known_from") + 1).alias("known_until"),
                pl.lit(True).alias("assumed"),
            ),
        ]
    )
    stamp = (
        pl.lit(facts.recorded_at, pl.Int64).alias("recorded_at"),
        pl.lit(facts.batch_id, pl.Int64).alias("batch_id"),
    )
    # A first version stands from when the office knew.
    opened = fresh.with_columns(pl.col("known_at").alias("known_from"), *stamp)
    if reopened.height:
        again = reopened.select(*drafts.columns, "known_from").with_columns(*stamp)
        opened = pl.concat([opened, again.cast(opened.schema)])
    return Changes(
        opened=opened,
        closed=closed,
        first=fresh.height,
        corrected=corrections.height,
        returned=reopened.height - corrections.height,
        unchanged=unchanged,
        missing=missing.height,
        covered=covered,
    )


def _others(height: int, places: pl.Series) -> pl.Series:
    """Whether each of `height` rows stands at none of these places. Shape (height,)."""
    other = np.ones(height, dtype=np.bool_)
    other[places.to_numpy()] = False
    return pl.Series(other)


def _same_pairs(drafts: pl.DataFrame, last: pl.DataFrame, pairs: pl.DataFrame, content: list[str]) -> pl.Series:
    """Whether each draft says what the standing version paired with it says; column by column, so that no second
    copy of either frame is made. Shape (pairs,)."""
    new, old = pairs["new"], pairs["old"]
    same = last["known_until"].gather(old).is_null()
    same &= drafts["assumed"].gather(new) | (drafts["known_at"].gather(new) == last["known_at"].gather(old))
    for name in content:
        same &= drafts[name].gather(new).eq_missing(last[name].gather(old))
    return same


def _marked(
    drafts: pl.DataFrame, last: pl.DataFrame, stored: pl.DataFrame, key: tuple[str, ...], content: tuple[str, ...]
) -> pl.DataFrame:
    """Drafts with the last version of their row (`old_…`, in the same order) and what becomes of it, `_change`."""
    joined = pl.concat(
        [
            drafts,
            last.select(
                pl.col("version_id").alias("old_id"),
                pl.col("known_from").alias("old_from"),
                pl.col("known_until").alias("old_until"),
                pl.col("known_at").alias("old_known_at"),
                *(pl.col(name).alias(f"old_{name}") for name in content if name not in key),
                *(name for name in ("by_hand",) if name in last.columns),
            ),
        ],
        how="horizontal",
    )
    same = _same(content, key, "old")
    if "by_hand" in joined.columns and joined["by_hand"].any():
        said = stored.filter(~pl.col("by_hand")).sort("known_from", "version_id")
        said = said.unique(subset=list(key), keep="last", maintain_order=True).select(
            *key,
            pl.col("known_at").alias("said_known_at"),
            *(pl.col(name).alias(f"said_{name}") for name in content if name not in key),
        )
        joined = joined.join(said, on=list(key), how="left", maintain_order="left")
        same |= pl.col("by_hand") & _same(content, key, "said")
    return joined.with_columns(
        pl.when(pl.col("old_until").is_not_null())
        .then(pl.lit("returned"))
        .when(same)
        .then(pl.lit("unchanged"))
        .otherwise(pl.lit("corrected"))
        .alias("_change")
    )


def _same(content: tuple[str, ...], key: tuple[str, ...], before: str) -> pl.Expr:
    """Whether a draft says what an earlier version (columns `before_…`) said."""
    return pl.all_horizontal(
        pl.lit(True),
        *(pl.col(name).eq_missing(pl.col(f"{before}_{name}")) for name in content if name not in key),
        pl.col("assumed") | (pl.col("known_at") == pl.col(f"{before}_known_at")),
    )


def _opened(changed: pl.DataFrame, facts: BatchFacts) -> pl.DataFrame:
    """When each version that is not the first starts; an entry time counts only if it can be that of this change."""
    # A correction must leave its forerunner a moment of its own; a return may start where the last one ended.
    earliest = pl.when(pl.col("_change") == "returned").then(pl.col("old_until")).otherwise(pl.col("old_from") + 1)
    has_entry_time = ~pl.col("assumed") & (pl.col("known_at") >= earliest)
    return changed.with_columns(
        pl.when(has_entry_time)
        .then(pl.col("known_at"))
        .otherwise(pl.max_horizontal(pl.lit(facts.observed_until, pl.Int64), earliest, pl.col("known_at")))
        .alias("known_from"),
        pl.when(has_entry_time).then(pl.col("assumed")).otherwise(pl.lit(True)).alias("assumed"),
    )


def _missing(last: pl.DataFrame, absent: pl.Series, facts: BatchFacts) -> tuple[pl.DataFrame, int]:
    """The covered rows still standing that the file does not hold (`absent`, by place), and how many are covered."""
    if facts.coverage == "append":
        return last.clear(), 0
    inside = pl.col("known_until").is_null() & pl.col("covered")
    if facts.covers_from is not None:
        inside &= pl.col("occurred_at") >= facts.covers_from
    if facts.covers_to is not None:
        inside &= pl.col("occurred_at") < facts.covers_to
    scope = last.select(inside.alias("inside"))["inside"]
    return last.filter(scope & absent), int(scope.sum())


def _refuse_doubles(drafts: pl.DataFrame, key: tuple[str, ...], what: str) -> None:
    doubles = drafts.height - drafts.select(key).n_unique() if drafts.height else 0
    if doubles:
        raise InputRefused(
            "identity_twice",
            f"{what}中有{doubles}行与他行标识相同，无法区分",
            f"{doubles} rows share their identity with another row",
        )
