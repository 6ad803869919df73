"""What a back-test ranks: test rows, the length of every list, and which return episodes each row could have caught."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.settings import SweepSettings
from data.times import DAY_US, wall
from training.metrics import Flags, Floats, Ints, Sample, ratio, top_of_groups
from training.sweep_list import list_size

#: An episode counts as caught when its matter stood above the line at a cutoff at most this long before it.
LOOK_BACK_US = 90 * DAY_US


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Test rows (n) and episodes (e) as arrays; `link_*` pairs each episode with the candidate rows
    before it, `link_days` apart.

    `matter` and `episode_matter` are codes below `matters`; `fold` is the test fold of a row; `group` is the code of
    (office, cutoff) and `k` the list's length per group; `ties` orders equal scores (nearest due, then matter id);
    `next_row` is the same matter's row in the same office at the next test cutoff, -1 where it is no candidate then;
    `helpful` says that an unmet duty or open help lets a row into a signed list (G8); `label` is NaN where unknown.
    """

    rows: pl.DataFrame
    matters: int
    matter: Ints
    fold: Ints
    label: Floats
    candidate: Flags
    helpful: Flags
    group: Ints
    k: Ints
    ties: Ints
    next_row: Ints
    episode_matter: Ints
    episode_first: Flags
    link_episode: Ints
    link_row: Ints
    link_days: Floats
    episodes_must_act: int
    episodes_outside: int

    @property
    def known(self) -> Flags:
        """Candidate rows whose label is known. Shape (n,)."""
        return self.candidate & np.isfinite(self.label)


def make_panel(
    rows: pl.DataFrame, episodes: pl.DataFrame, fold_of_cutoff: dict[int, int], sweep: SweepSettings, *, time_zone: str
) -> Panel:
    """The panel of the test cutoffs in `fold_of_cutoff`; `rows` and `episodes` are those of a `Dataset`.

    Episodes are those starting in the 90 local days from some test cutoff on; an episode is a candidate's when its
    matter was in the cohort and not must-act at such a cutoff, else it is counted as must-act or outside.
    """
    test = rows.filter(pl.col("cutoff").is_in(list(fold_of_cutoff))).sort("cutoff", "office_id", "matter_id")
    test = test.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    sizes = test.group_by("office_id", "cutoff", maintain_order=True).len().with_row_index("group")
    grouped = test.join(sizes, on=["office_id", "cutoff"], how="left", maintain_order="left")
    tie_rows = test.select("row", pl.col("due_in_days").fill_null(np.inf).alias("due"), "matter_id")
    ties = np.empty(test.height, dtype=np.int64)
    ties[tie_rows.sort("due", "matter_id", "row")["row"].to_numpy()] = np.arange(test.height)

    cutoffs = pl.Series(sorted(fold_of_cutoff), dtype=pl.Int64)
    starts = episodes.select("matter_id", "first", start=wall_series(episodes["episode_start"], time_zone))
    points = np.sort(wall(cutoffs, time_zone))
    begin = starts["start"].to_numpy()
    last = np.searchsorted(points, begin, side="right") - 1
    inside = (last >= 0) & (begin - points[np.maximum(last, 0)] < LOOK_BACK_US)
    starts = starts.filter(pl.Series(inside)).with_row_index("episode")
    walls = test.select("row", "matter_id", "must_act", at=wall_series(test["cutoff"], time_zone))
    pairs = starts.join(walls, on="matter_id", how="inner").filter(
        (pl.col("at") <= pl.col("start")) & (pl.col("start") - pl.col("at") < LOOK_BACK_US)
    )
    links = pairs.filter(~pl.col("must_act")).sort("episode", "row")
    own = links["episode"].unique().sort()
    renumber = np.full(starts.height, -1, dtype=np.int64)
    renumber[own.to_numpy()] = np.arange(own.len())
    kept = starts.filter(pl.col("episode").is_in(own.implode()))
    names = pl.concat([test["matter_id"], kept["matter_id"]]).unique().sort()
    seen = pairs["episode"].n_unique()
    return Panel(
        rows=test,
        matters=names.len(),
        matter=_codes(test["matter_id"], names),
        fold=test["cutoff"].replace_strict(fold_of_cutoff, return_dtype=pl.Int64).to_numpy(),
        label=test["label"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
        candidate=~test["must_act"].to_numpy(),
        helpful=(test["unmet_duty"] | test["help_open"]).to_numpy(),
        group=grouped["group"].cast(pl.Int64).to_numpy(),
        k=np.array([list_size(size, sweep) for size in sizes["len"]], dtype=np.int64),
        ties=ties,
        next_row=_next_rows(test),
        episode_matter=_codes(kept["matter_id"], names),
        episode_first=kept["first"].to_numpy(),
        link_episode=renumber[links["episode"].to_numpy()],
        link_row=links["row"].to_numpy(),
        link_days=(links["start"] - links["at"]).to_numpy() / DAY_US,
        episodes_must_act=seen - own.len(),
        episodes_outside=starts.height - seen,
    )


def above_line(panel: Panel, score: Floats, *, signed_rule: bool = True) -> Flags:
    """The middle part of every list by `score` (n,): exactly k per office and cutoff where there are as many.

    Must-acts are no candidates; with `signed_rule` neither are rows without unmet duty and open help (G8).
    """
    allowed = panel.candidate & panel.helpful if signed_rule else panel.candidate
    return top_of_groups(score, panel.ties, panel.group, panel.k, allowed)


def precision(panel: Panel, above: Flags, weights: NDArray[np.uint8], rows: Flags | None = None) -> Sample:
    """Share of positives among the rows above the line whose label is known, drawn over matters."""
    counted = panel.known & above if rows is None else panel.known & above & rows
    positive = np.where(counted, np.nan_to_num(panel.label), 0.0)
    return ratio(positive, counted.astype(np.float64), panel.matter, weights)


def base_rate(panel: Panel, weights: NDArray[np.uint8]) -> Sample:
    """Share of positives among all candidates whose label is known, drawn over matters."""
    everyone = np.ones(panel.label.size, dtype=bool)
    return precision(panel, everyone, weights)


def episode_recall(
    panel: Panel,
    above: Flags,
    weights: NDArray[np.uint8],
    *,
    rows: Flags | None = None,
    episodes: Flags | None = None,
) -> Sample:
    """Share of candidate episodes caught, drawn over matters; `rows` (n,) or `episodes` (e,) restrict what counts."""
    used = np.ones(panel.link_row.size, dtype=bool) if rows is None else rows[panel.link_row]
    count = panel.episode_matter.size
    linked = np.bincount(panel.link_episode[used], minlength=count) > 0
    caught = np.bincount(panel.link_episode[used & above[panel.link_row]], minlength=count) > 0
    if episodes is not None:
        linked, caught = linked & episodes, caught & episodes
    return ratio(caught.astype(np.float64), linked.astype(np.float64), panel.episode_matter, weights)


def episode_values(panel: Panel, column: str) -> pl.Series:
    """The value of a row column for each candidate episode, at the last cutoff before it. Length e."""
    last = np.zeros(panel.episode_matter.size, dtype=np.int64)
    np.maximum.at(last, panel.link_episode, panel.link_row)  # rows are in the order of cutoffs
    return panel.rows[column].gather(last)


def snapshot_recall(panel: Panel, above: Flags, weights: NDArray[np.uint8], rows: Flags | None = None) -> Sample:
    """Share of the candidate snapshots followed by a return that stood above the line, drawn over matters."""
    counted = panel.known if rows is None else panel.known & rows
    positive = np.where(counted, np.nan_to_num(panel.label), 0.0)
    return ratio(positive * above, positive, panel.matter, weights)


def lead_days(panel: Panel, above: Flags, weights: NDArray[np.uint8], rows: Flags | None = None) -> Sample:
    """Mean days from the first flag above the line (of the last 90) to the episode, over the episodes caught."""
    used = above[panel.link_row] if rows is None else (above & rows)[panel.link_row]
    longest = np.full(panel.episode_matter.size, -1.0)
    np.maximum.at(longest, panel.link_episode[used], panel.link_days[used])
    caught = longest >= 0
    return ratio(np.where(caught, longest, 0.0), caught.astype(np.float64), panel.episode_matter, weights)


def stability(panel: Panel, above: Flags, weights: NDArray[np.uint8], rows: Flags | None = None) -> Sample:
    """Share of listed matters that are listed again a month later, of those still candidates then."""
    kept = above & (panel.next_row >= 0) if rows is None else above & rows & (panel.next_row >= 0)
    again = kept & above[np.maximum(panel.next_row, 0)]
    return ratio(again.astype(np.float64), kept.astype(np.float64), panel.matter, weights)


def tied_share(
    panel: Panel, score: Floats, above: Flags, weights: NDArray[np.uint8], rows: Flags | None = None
) -> Sample:
    """Share of list places given by the tie rule alone: equal scores stand on both sides of the line."""
    listed = above if rows is None else above & rows
    least = np.full(panel.k.size, np.inf)
    np.minimum.at(least, panel.group[above], score[above])
    below = panel.candidate & panel.helpful & ~above & (score == least[panel.group])
    split = np.bincount(panel.group[below], minlength=panel.k.size) > 0
    tied = listed & split[panel.group] & (score == least[panel.group])
    return ratio(tied.astype(np.float64), listed.astype(np.float64), panel.matter, weights)


def wall_series(column: pl.Series, time_zone: str) -> pl.Series:
    """Local wall-clock microseconds of a column of instants."""
    return pl.Series(column.name, wall(column, time_zone), dtype=pl.Int64)


def _next_rows(test: pl.DataFrame) -> Ints:
    months = pl.DataFrame({"cutoff": test["cutoff"].unique().sort()}).with_columns(next=pl.col("cutoff").shift(-1))
    candidates = test.filter(~pl.col("must_act")).select("matter_id", "office_id", next="cutoff", next_row="row")
    return (
        test.select("matter_id", "office_id", "cutoff")
        .join(months, on="cutoff", how="left", maintain_order="left")
        .join(candidates, on=["matter_id", "office_id", "next"], how="left", maintain_order="left")["next_row"]
        .fill_null(-1)
        .to_numpy()
    )


def _codes(values: pl.Series, names: pl.Series) -> Ints:
    return names.search_sorted(values).cast(pl.Int64).to_numpy()
