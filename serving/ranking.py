"""Which list a register, a model or the rules, and the settings give at a cutoff; nothing is stored.

A register is looked at part by part.  Of a part only what decides who is listed is kept; its features and what an
entry will tell go to the caller, who keeps them where there is room.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import polars as pl

from data.contract import Register
from data.mapping import Task
from data.settings import Settings, SweepSettings
from features.build import build_features, split_facts
from features.catalog import CATALOG
from features.cohort import cohort
from features.feature import FeatureSet
from features.history import History, make_history
from features.point_sheet import FACTORS, point_sheet
from features.snapshots import view_of
from features.timing import Timing, timing_of
from features.told import grade_code, told
from serving.champion import Champion
from training.score import score
from training.sweep_list import CANDIDATE_COLUMNS, PARTS, RANKED, make_list

Mode = Literal["model", "rules"]
#: What is kept of every matter of the cohort, besides its score.
_KEPT = (*CANDIDATE_COLUMNS, "points")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a list is asked for: cutoff (UTC microseconds), offices, model (None: by rules), settings, desk grades.

    `desk` holds the grades given at the desk by matter id and factor: they raise points and the band by rules, and
    enter neither the matrix nor the log (what people type is no feature).  `task` is another than the product's own in
    bench mode only.
    """

    cutoff: int
    offices: Sequence[str]
    champion: Champion | None
    settings: Settings
    desk: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    task: Task = field(default_factory=Task)

    @property
    def features(self) -> FeatureSet:
        """The features that are computed: those of the model, else the shipped ones."""
        return CATALOG if self.champion is None else self.champion.feature_set

    @property
    def timing(self) -> Timing:
        """How the office's clocks count."""
        return timing_of(self.settings.clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was seen of one part of a register: every matter of the cohort, one row each.

    `candidates` decide who is listed; `log` holds features, facts and what an entry tells; `grades` the point sheets
    that the desk changed.
    """

    candidates: pl.DataFrame
    log: pl.DataFrame
    grades: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A list before it is stored: entries by `training.sweep_list.ENTRY_SCHEMA` with points, and the whole cohort."""

    entries: pl.DataFrame
    candidates: pl.DataFrame
    cohort_sizes: dict[str, int]
    blind: tuple[str, ...] = ()


def mode_of(champion: Champion | None) -> Mode:
    """How a list is ranked: by the model, or by rules where none serves."""
    return "rules" if champion is None else "model"


def look_at(
    part: Register,
    context: pl.DataFrame,
    asked: Asked,
    enter: Callable[[str], None] = lambda stage: None,
    history: History | None = None,
) -> Looked:
    """What the list needs of the matters of a part of a register; `enter` is told the stages as they begin."""
    enter("cohort")
    history = make_history(part) if history is None else history
    settings, timing, champion = asked.settings, asked.timing, asked.champion
    members = cohort(part, [asked.cutoff], asked.task, settings.cohort, offices=asked.offices, history=history)
    enter("features")
    built = build_features(
        part, members, asked.features, context=context, with_facts=True, also=told, timing=timing, history=history
    )
    matrix, facts = split_facts(built)
    points, grades = _graded(facts, history, asked.cutoff, timing, asked.desk)
    candidates = points.join(
        members.select("matter_id", "office_id"), on="matter_id", how="left", maintain_order="left"
    ).select(_KEPT)
    if champion is not None:
        enter("score")
        scored = score(champion.scorecard, matrix, champion.feature_set).drop("cutoff")
        candidates = candidates.join(scored, on="matter_id", how="left", maintain_order="left")
        built = built.join(scored.select("matter_id", "margin_nano"), on="matter_id", how="left", maintain_order="left")
    return Looked(candidates=candidates, log=built, grades=grades)


def ranked(head: Register, looked: Sequence[pl.DataFrame], asked: Asked) -> Ranked:
    """The list of the candidates of all parts, in any order; `head` says where links were checked too little."""
    candidates = pl.concat(looked)
    settings = asked.settings
    blind = () if asked.champion is None else head.unchecked_offices(settings.learning.min_link_checks)
    entries = _lists(candidates, settings.sweep, mode_of(asked.champion), blind)
    points = candidates.select("matter_id", "points")
    sizes = candidates.group_by("office_id").len()
    return Ranked(
        entries=entries.join(points, on="matter_id", how="left", maintain_order="left"),
        candidates=candidates,
        cohort_sizes=dict(zip(sizes["office_id"].to_list(), sizes["len"].to_list(), strict=True)),
        blind=tuple(office for office in blind if office in sizes["office_id"]),
    )


def _graded(
    facts: pl.DataFrame, history: History, cutoff: int, timing: Timing, desk: Mapping[str, Mapping[str, int]]
) -> tuple[pl.DataFrame, dict[str, int]]:
    """The facts with points and band of the matters that were graded at the desk, and the sheets of those."""
    mine = facts.filter(pl.col("matter_id").is_in(list(desk))).select("matter_id", "cutoff") if desk else None
    if mine is None or not mine.height:
        return facts, {}
    view, at = view_of(history, mine, timing=timing)
    given = [desk[matter] for matter in at["matter_id"]]
    least = {one.code: np.array([own.get(one.code, 0) for own in given], dtype=np.int64) for one in FACTORS}
    found = point_sheet(view, least)
    sheet = found.select("points", point_band="band").with_columns(at["matter_id"])
    codes = grade_code({one.code: found[one.code].to_numpy() for one in FACTORS}, view.rows)
    return facts.update(sheet, on="matter_id"), dict(zip(at["matter_id"], codes.tolist(), strict=True))


def _lists(candidates: pl.DataFrame, sweep: SweepSettings, mode: Mode, blind: Sequence[str]) -> pl.DataFrame:
    """The lists of all offices; those where too few numbers were checked for links go by rules (no label, no score)."""
    by_rules = pl.col("office_id").is_in(list(blind))
    if not candidates.filter(by_rules).height:
        return make_list(candidates, sweep, mode)
    ruled = make_list(candidates.filter(by_rules), sweep, "rules")
    return pl.concat([make_list(candidates.filter(~by_rules), sweep, mode), ruled]).sort(
        "office_id", pl.col("part").cast(pl.Enum(PARTS)), "rank"
    )


def seen_by(found: Ranked) -> pl.DataFrame:
    """Every matter the screening looked at: matter_id, and whether it is `listed`, among the k of its office."""
    among = found.entries.filter(pl.col("part").is_in(RANKED))["matter_id"]
    return found.candidates.select("matter_id", listed=pl.col("matter_id").is_in(among.implode()))


def summary_of(found: Ranked, notice: tuple[str, str] | None) -> dict[str, Any]:
    """What a list holds in numbers: the cohort and the parts, by office; `notice`: why it goes by rules (zh, en)."""
    counts = found.entries.group_by("office_id", "part").len()
    by_office: dict[str, dict[str, int]] = {
        office: {"cohort": size, **dict.fromkeys(PARTS, 0)} for office, size in sorted(found.cohort_sizes.items())
    }
    for row in counts.iter_rows(named=True):
        by_office[row["office_id"]][row["part"]] = row["len"]
    return {
        "cohort": sum(found.cohort_sizes.values()),
        "entries": found.entries.height,
        "offices": by_office,
        "by_rules": list(found.blind),
        "notice": None if notice is None else {"zh": notice[0], "en": notice[1]},
    }
