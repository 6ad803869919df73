"""The monthly job: cohort, must-acts, scores, three-part lists, issued as one draft or not at all."""

import hashlib
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from data.contract import Register
from data.errors import NotAllowed, NotFound, PetitionRiskError
from data.mapping import Task
from data.settings import Settings, SweepSettings
from data.store import impact as impacts
from data.store import models
from data.store.audit import Entry, append_many
from data.store.batches import batch_view, latest_batch
from data.store.engine import Store
from data.store.lease import acquire, release
from data.store.register import read_offices, read_register
from data.store.screenings import (
    FeatureLog,
    ListEntry,
    Screening,
    begin_screening,
    issue_draft,
    log_features,
    write_entries,
)
from data.times import cutoff_day
from data.whole_file import write_whole
from features.build import build_features, split_facts
from features.catalog import CATALOG
from features.cohort import cohort, refuse_future
from features.reasons import reasons
from features.rules import HELP_RULES, duties, help_open
from features.snapshots import make_view
from features.timing import Timing, timing_of
from serving.card import rule_reasons
from serving.champion import Champion, load_champion
from serving.office_rows import ensure_context
from serving.permissions import offices_below
from serving.shadow import keep_comparisons, run_shadows
from serving.since_last import Flagged, flagged_before, since
from training.labels import PRIMARY
from training.score import contribution_frame, score
from training.sweep_list import CANDIDATE_COLUMNS, PARTS, SPOT, list_hash, make_list

LEASE = "screen"
_LEASE_US = 30 * 60 * 1_000_000
Progress = Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What a run of the job gave: the draft, whether this run made it, and its figures by office."""

    screening: Screening
    made: bool
    summary: dict[str, Any]

    def as_dict(self, time_zone: str) -> dict[str, Any]:
        """The outcome for JSON."""
        return {
            "screening_id": self.screening.screening_id,
            "cutoff": cutoff_day(self.screening.cutoff, time_zone).isoformat(),
            "scope": self.screening.scope,
            "mode": self.screening.mode,
            "model_version": self.screening.model_version,
            "batch_id": self.screening.batch_id,
            "list_hash": self.screening.list_hash,
            "made": self.made,
            **self.summary,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A list before it is stored: entries by `training.sweep_list.ENTRY_SCHEMA`, and what the log will hold."""

    entries: pl.DataFrame
    log: pl.DataFrame
    champion: Champion | None
    cohort_sizes: dict[str, int]
    blind: tuple[str, ...] = ()


def screen(
    store: Store,
    settings: Settings,
    state: Path,
    key: bytes,
    *,
    cutoff: int,
    scope: str,
    clock: Callable[[], int],
    by: str,
    dry_run: bool = False,
    progress: Progress = lambda zh, en: None,
) -> Sweep:
    """Screen office `scope` and those below it at `cutoff` (UTC microseconds) on the latest batch.

    A second run of the same cutoff, scope, model and batch finds the first one's draft and changes nothing.  Without
    an approved model, or under the kill switch, the list goes by rules.  Raises NotAllowed for a bench-only
    register (G26) or a real one without impact assessment (G20), InputRefused for a cutoff beyond the data,
    LeaseHeld while another run is under way, NotFound for an unknown office or an empty store.
    """
    tree = [(row["office_id"], row["parent_id"]) for row in read_offices(store).iter_rows(named=True)]
    if scope not in {office for office, _ in tree}:
        raise NotFound("no_such_office", f"没有办理单位 {scope}", f"no office {scope}")
    offices = (scope, *offices_below(tree, scope))
    batch_id = latest_batch(store)
    if batch_id == 0:
        raise NotFound(
            "empty_store",
            "库中还没有台账；请先运行 petition-risk ingest",
            "there is no ledger yet; run petition-risk ingest first",
        )
    demo = _check_batch(store, settings, batch_id, now=clock())
    holder = f"{by}:{os.getpid()}"
    acquire(store, LEASE, holder=holder, now=clock(), ttl_us=_LEASE_US)
    try:
        progress("读取台账", "read the register")
        register = read_register(store, batch_id=batch_id)
        refuse_future(register, cutoff)
        context = ensure_context(store, settings, batch_id=batch_id, register=register)
        champion, notice = _champion(store, settings, state)
        version = None if champion is None else champion.version
        if dry_run:
            ranked = rank(register, context, settings, champion, cutoff, offices, progress)
            return Sweep(
                screening=Screening(
                    screening_id="dry-run",
                    cutoff=cutoff,
                    scope=scope,
                    batch_id=batch_id,
                    model_version=version,
                    mode=_mode(champion),
                    state="running",
                    settings={},
                    created_at=clock(),
                    created_by=by,
                    demo=demo,
                    list_hash=list_hash(ranked.entries),
                ),
                made=False,
                summary=_summary(ranked, notice),
            )
        begun = begin_screening(
            store,
            cutoff=cutoff,
            scope=scope,
            batch_id=batch_id,
            model_version=version,
            settings=settings.model_dump(mode="json", include={"cohort", "sweep", "clock"}),
            now=clock(),
            by=by,
            demo=demo,
        )
        if begun.state != "running":
            return Sweep(screening=begun, made=False, summary=dict(begun.summary or {}))
        ranked = rank(register, context, settings, champion, cutoff, offices, progress)
        progress("写入清单", "write the list")
        before = flagged_before(store, offices, cutoff, dict(tree))
        entries = _entries(register, ranked, cutoff, before, timing=timing_of(settings.clock))
        write_entries(store, begun.screening_id, entries)
        log_features(store, begun.screening_id, _write_log(state, begun.screening_id, ranked.log))
        told = run_shadows(store, settings, state, register, begun.screening_id, ranked.log)
        summary, identity = _summary(ranked, notice) | told, list_hash(ranked.entries)
        entry = Entry(
            at=clock(),
            user_id=by,
            action="screen",
            office_id=scope,
            detail={
                "screening_id": begun.screening_id,
                "list_hash": identity,
                "mode": begun.mode,
            },
        )
        with store.write():  # the draft and its record appear together, or neither does
            draft = issue_draft(store, begun.screening_id, list_hash=identity, summary=summary)
            append_many(store, key, [entry])
        keep_comparisons(store, settings, state, register)
        return Sweep(screening=draft, made=True, summary=summary)
    finally:
        release(store, LEASE, holder=holder)


def _check_batch(store: Store, settings: Settings, batch_id: int, *, now: int) -> bool:
    """Whether the register is a demonstration; raises NotAllowed where it may not be screened."""
    view = batch_view(store, batch_id)
    if view.bench_only:
        raise NotAllowed(
            "bench_only",
            "该台账的观察结果含救济或只限评测，不能排查，只能用 petition-risk bench 评测",
            "this register is bench only (its label holds a remedy); it can be evaluated by petition-risk bench, "
            "never screened with",
        )
    if not view.demo and (settings.impact.assessment_id is None or settings.impact.approver is None):
        raise NotAllowed(
            "impact_assessment_missing",
            "首次正式排查前须登记个人信息保护影响评估编号和批准人（设置 impact.assessment_id、impact.approver）",
            "set impact.assessment_id and impact.approver before the first real screening (G20)",
        )
    if not view.demo:
        impacts.require(store, settings.impact, impacts.basis(store, settings.impact, PRIMARY), at=now)
    return view.demo


def _mode(champion: Champion | None) -> Literal["model", "rules"]:
    return "rules" if champion is None else "model"


def _champion(store: Store, settings: Settings, state: Path) -> tuple[Champion | None, tuple[str, str] | None]:
    """The approved model, or None with why the list goes by rules."""
    if settings.rules_only:
        return None, ("设置为按规则运行", "set to run by rules")
    found = models.champion(store)
    if found is None:
        killed = models.is_killed(store)
        return None, ("模型已停用，按规则运行", "the model is switched off; by rules") if killed else (
            "没有批准的模型，按规则运行",
            "no approved model; by rules",
        )
    try:
        return load_champion(state, found), None
    except PetitionRiskError as problem:
        return None, (f"模型未通过核验，按规则运行：{problem.zh}", f"the model was refused; by rules: {problem.en}")


def rank(
    register: Register,
    context: pl.DataFrame,
    settings: Settings,
    champion: Champion | None,
    cutoff: int,
    offices: Sequence[str],
    progress: Progress = lambda zh, en: None,
) -> Ranked:
    """The list of `offices` at `cutoff`, nothing stored: a pure function of register, context, model and settings."""
    progress("确定排查范围", "find the cohort")
    members = cohort(register, [cutoff], Task(), settings.cohort, offices=offices)
    progress("计算特征与时限", "features and clocks")
    features = CATALOG if champion is None else champion.feature_set
    timing = timing_of(settings.clock)
    built = build_features(register, members, features, context=context, with_facts=True, timing=timing)
    matrix, facts = split_facts(built)
    candidates = facts.join(
        members.select("matter_id", "office_id"), on="matter_id", how="left", maintain_order="left"
    ).select(CANDIDATE_COLUMNS)
    log = built
    if champion is not None:
        progress("评分", "score")
        scored = score(champion.scorecard, matrix, champion.feature_set)
        candidates = candidates.join(scored.drop("cutoff"), on="matter_id", how="left", maintain_order="left")
        log = built.join(scored.select("matter_id", "margin_nano"), on="matter_id", how="left", maintain_order="left")
    blind = list(register.unchecked_offices(settings.learning.min_link_checks)) if champion is not None else []
    entries = _lists(candidates, settings.sweep, _mode(champion), blind)
    points = facts.select("matter_id", "points")
    sizes = members.group_by("office_id").len()
    return Ranked(
        entries=entries.join(points, on="matter_id", how="left", maintain_order="left"),
        log=log,
        champion=champion,
        cohort_sizes=dict(zip(sizes["office_id"].to_list(), sizes["len"].to_list(), strict=True)),
        blind=tuple(office for office in blind if office in sizes["office_id"]),
    )


def _lists(
    candidates: pl.DataFrame, sweep: SweepSettings, mode: Literal["model", "rules"], blind: Sequence[str]
) -> pl.DataFrame:
    """The lists of all offices; those where too few numbers were checked for links go by rules (no label, no score)."""
    by_rules = pl.col("office_id").is_in(blind)
    if not candidates.filter(by_rules).height:
        return make_list(candidates, sweep, mode)
    ruled = make_list(candidates.filter(by_rules), sweep, "rules")
    return pl.concat([make_list(candidates.filter(~by_rules), sweep, mode), ruled]).sort(
        "office_id", pl.col("part").cast(pl.Enum(PARTS)), "rank"
    )


def _entries(
    register: Register,
    ranked: Ranked,
    cutoff: int,
    before: Sequence[Flagged],
    *,
    timing: Timing,
) -> list[ListEntry]:
    """The entries with their reasons, duties and open help, in list order."""
    listed = ranked.entries
    view, at = make_view(register, listed.select("matter_id", cutoff=pl.lit(cutoff, pl.Int64)), timing=timing)
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


def _write_log(state: Path, screening_id: str, log: pl.DataFrame) -> FeatureLog:
    """The feature values the list was made from, as a Parquet file: whole under its name, or not there."""
    buffer = io.BytesIO()
    log.write_parquet(buffer)
    content = buffer.getvalue()
    path = Path("screenings") / f"{screening_id}.parquet"
    write_whole(state / path, content)
    return FeatureLog(path=path.as_posix(), sha256=hashlib.sha256(content).hexdigest(), rows=log.height)


def _summary(ranked: Ranked, notice: tuple[str, str] | None) -> dict[str, Any]:
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
