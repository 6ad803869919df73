"""Which list a register, a model or the rules, and the settings give at a cutoff; nothing is stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import polars as pl

from data.contract import Register
from data.mapping import Task
from data.settings import Settings, SweepSettings
from data.store.screenings import ListEntry
from features.build import build_features, split_facts
from features.catalog import CATALOG
from features.cohort import cohort
from features.history import History
from features.point_sheet import FACTORS, point_sheet
from features.reasons import reasons
from features.rules import HELP_RULES, duties, help_open
from features.snapshots import view_of
from features.timing import Timing, timing_of
from serving.card import rule_reasons
from serving.champion import Champion
from serving.since_last import Flagged, since
from training.score import contribution_frame, score
from training.sweep_list import CANDIDATE_COLUMNS, PARTS, SPOT, make_list

Mode = Literal["model", "rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A list before it is stored: entries by `training.sweep_list.ENTRY_SCHEMA`, and what the log will hold."""

    entries: pl.DataFrame
    log: pl.DataFrame
    champion: Champion | None
    cohort_sizes: dict[str, int]
    blind: tuple[str, ...] = ()


def mode_of(champion: Champion | None) -> Mode:
    """How a list is ranked: by the model, or by rules where none serves."""
    return "rules" if champion is None else "model"


def rank(
    register: Register,
    history: History,
    context: pl.DataFrame,
    settings: Settings,
    champion: Champion | None,
    cutoff: int,
    offices: Sequence[str],
    enter: Callable[[str], None] = lambda stage: None,
    desk: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
) -> Ranked:
    """The list of `offices` at `cutoff`, nothing stored: a pure function of what it is given.

    `desk` holds the grades given at the desk by matter id and factor: they raise points and the band by rules, and
    enter neither the matrix nor the log (what people type is no feature).  `history` is that of the whole register,
    made once for all who look at it; `enter` is told the stages (serving.stages) as they begin.
    """
    enter("cohort")
    members = cohort(register, [cutoff], Task(), settings.cohort, offices=offices, history=history)
    enter("features")
    features = CATALOG if champion is None else champion.feature_set
    timing = timing_of(settings.clock)
    built = build_features(
        register, members, features, context=context, with_facts=True, timing=timing, history=history
    )
    matrix, facts = split_facts(built)
    facts = _graded(facts, history, cutoff, timing, desk)
    candidates = facts.join(
        members.select("matter_id", "office_id"), on="matter_id", how="left", maintain_order="left"
    ).select(CANDIDATE_COLUMNS)
    log = built
    if champion is not None:
        enter("score")
        scored = score(champion.scorecard, matrix, champion.feature_set)
        candidates = candidates.join(scored.drop("cutoff"), on="matter_id", how="left", maintain_order="left")
        log = built.join(scored.select("matter_id", "margin_nano"), on="matter_id", how="left", maintain_order="left")
    blind = list(register.unchecked_offices(settings.learning.min_link_checks)) if champion is not None else []
    enter("list")
    entries = _lists(candidates, settings.sweep, mode_of(champion), blind)
    points = facts.select("matter_id", "points")
    sizes = members.group_by("office_id").len()
    return Ranked(
        entries=entries.join(points, on="matter_id", how="left", maintain_order="left"),
        log=log,
        champion=champion,
        cohort_sizes=dict(zip(sizes["office_id"].to_list(), sizes["len"].to_list(), strict=True)),
        blind=tuple(office for office in blind if office in sizes["office_id"]),
    )


def _graded(
    facts: pl.DataFrame, history: History, cutoff: int, timing: Timing, desk: Mapping[str, Mapping[str, int]]
) -> pl.DataFrame:
    """The facts with points and band of the matters that were graded at the desk, row for row."""
    graded = facts.filter(pl.col("matter_id").is_in(list(desk))).select("matter_id", "cutoff") if desk else None
    if graded is None or not graded.height:
        return facts
    view, at = view_of(history, graded, timing=timing)
    given = [desk[matter] for matter in at["matter_id"]]
    least = {one.code: np.array([mine.get(one.code, 0) for mine in given], dtype=np.int64) for one in FACTORS}
    sheet = point_sheet(view, least).select("points", point_band="band").with_columns(at["matter_id"])
    return facts.update(sheet, on="matter_id")


def _lists(candidates: pl.DataFrame, sweep: SweepSettings, mode: Mode, blind: Sequence[str]) -> pl.DataFrame:
    """The lists of all offices; those where too few numbers were checked for links go by rules (no label, no score)."""
    by_rules = pl.col("office_id").is_in(blind)
    if not candidates.filter(by_rules).height:
        return make_list(candidates, sweep, mode)
    ruled = make_list(candidates.filter(by_rules), sweep, "rules")
    return pl.concat([make_list(candidates.filter(~by_rules), sweep, mode), ruled]).sort(
        "office_id", pl.col("part").cast(pl.Enum(PARTS)), "rank"
    )


def seen_by(ranked: Ranked) -> pl.DataFrame:
    """Every matter the screening looked at: matter_id, and whether it is `listed`, among the k of its office."""
    among = ranked.entries.filter(pl.col("part").is_in(["model", "points"]))["matter_id"]
    return ranked.log.select("matter_id", listed=pl.col("matter_id").is_in(among.implode()))


def list_entries(
    history: History,
    ranked: Ranked,
    cutoff: int,
    before: Sequence[Flagged],
    *,
    timing: Timing,
) -> list[ListEntry]:
    """The entries with their reasons, duties and open help, in list order."""
    listed = ranked.entries
    view, at = view_of(history, listed.select("matter_id", cutoff=pl.lit(cutoff, pl.Int64)), timing=timing)
    place = {matter: row for row, matter in enumerate(at["matter_id"])}
    owed: dict[int, list[dict[str, Any]]] = {}
    for row in duties(view).iter_rows(named=True):
        owed.setdefault(row.pop("row"), []).append(row)
    open_help = help_open(view)
    told = _told(ranked)
    made: list[ListEntry] = []
    rows = list(listed.iter_rows(named=True))
    for entry, change in zip(rows, since(rows, before), strict=True):
        row = place[entry["matter_id"]]
        mine = owed.get(row, [])
        quiet = entry["part"] == SPOT
        made.append(
            ListEntry(
                office_id=entry["office_id"],
                matter_id=entry["matter_id"],
                part=entry["part"],
                rank=entry["rank"],
                margin_nano=entry["margin_nano"],
                points=None if quiet else entry["points"],
                band=entry["band"],
                per_hundred_low=entry["per_hundred_low"],
                per_hundred_high=entry["per_hundred_high"],
                inclusion_probability=entry["inclusion"],
                reasons=() if quiet else told.get(entry["matter_id"], []) or rule_reasons(mine),
                duties=mine,
                help=[
                    {"code": rule.code, "zh": rule.zh, "en": rule.en, "article": rule.article}
                    for rule in HELP_RULES
                    if open_help[rule.code][row]
                ],
                since=change,
            )
        )
    return made


def _told(ranked: Ranked) -> dict[str, list[dict[str, Any]]]:
    """The model's reasons for the listed matters; empty by rules. Points stay out: pages show sentences (G8)."""
    if ranked.champion is None:
        return {}
    card, features = ranked.champion.scorecard, ranked.champion.feature_set
    scored = ranked.entries.filter(~pl.col("office_id").is_in(ranked.blind))["matter_id"]
    listed = ranked.log.filter(pl.col("matter_id").is_in(scored.implode()))
    parts = contribution_frame(card, listed, features).select(card.columns)
    found: dict[str, list[dict[str, Any]]] = {}
    for values, points in zip(listed.iter_rows(named=True), parts.iter_rows(), strict=True):
        told = reasons(features, points, values, pairs=card.pair_names)
        found[values["matter_id"]] = [reason.as_dict() for reason in told]
    return found


def summary_of(ranked: Ranked, notice: tuple[str, str] | None) -> dict[str, Any]:
    """What a list holds in numbers: the cohort and the parts, by office; `notice`: why it goes by rules (zh, en)."""
    counts = ranked.entries.group_by("office_id", "part").len()
    by_office: dict[str, dict[str, int]] = {
        office: {"cohort": size, **dict.fromkeys(PARTS, 0)} for office, size in sorted(ranked.cohort_sizes.items())
    }
    for row in counts.iter_rows(named=True):
        by_office[row["office_id"]][row["part"]] = row["len"]
    return {
        "cohort": sum(ranked.cohort_sizes.values()),
        "entries": ranked.entries.height,
        "offices": by_office,
        "by_rules": list(ranked.blind),
        "notice": None if notice is None else {"zh": notice[0], "en": notice[1]},
    }
