"""Do the monitors find what is planted, how many months late, and how often do they cry out where nothing is wrong."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from data.contract import Register
from data.errors import UsageError
from data.ingest.run import ingest
from data.mapping import load_mapping
from data.settings import Settings
from data.store.batches import batch_view, latest_batch
from data.store.engine import migrate, open_store
from data.store.imports import write_offices
from data.synthetic import SyntheticPlan, Traps, demo_plan, make_register, write_ledger
from data.synthetic.constants import TRAPS as SIZES
from data.times import cutoff_instant, local_date, local_midnight
from monitoring.check import Finding, Severity
from monitoring.run import CHECKS, monitor
from serving.bench.result import BenchResult, Measured
from serving.bench.watched import Trained, Watched, look, make_lists, train_by
from serving.monitor_run import unknown_codes
from training.labels import month_ends

#: The register begins early enough to hold matters of every age; the model learns until the second day, lists are made
#: from its end on, traps begin half a year later.
BEGUN = date(2021, 5, 1)
LEARNT_UNTIL = date(2024, 10, 31)
PLANTED = date(2025, 5, 1)
#: A finding must have come within so many month-ends of the trap's first day.
MONTHS = 18
CLEAN = "clean"
_GOAL = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """A planted trap, and which findings say so."""

    name: str
    tells: Callable[[Finding, Register], bool]


def _code(*codes: str) -> Callable[[Finding, Register], bool]:
    return lambda finding, register: finding.code in codes


def _of_office(finding: Finding, register: Register) -> bool:
    county = register.offices.filter(register.offices["level"] == "county")["office_id"][0]
    return finding.code in ("office_silent", "registrations_fall") and finding.numbers.get("office_id") == county


def _of_channel(finding: Finding, register: Register) -> bool:
    return finding.code == "channel_silent" and finding.numbers.get("code") == SIZES.silent_channel


def _of_group(finding: Finding, register: Register) -> bool:
    told = finding.numbers.get("dimension"), finding.numbers.get("group")
    return finding.code in ("group_waits", "group_behind") and told == ("category", SIZES.unlucky_category)


def _of_aid(finding: Finding, register: Register) -> bool:
    return finding.code in ("figures_pressed", "figures_pressed_over") and finding.numbers.get("signal") == "hasty"


TRAPS: tuple[Trap, ...] = (
    Trap(name="policy_change", tells=_code("handling_shifts")),
    Trap(name="new_code", tells=_code("unknown_codes")),
    Trap(name="silent_channel", tells=_of_channel),
    Trap(name="label_shift", tells=_code("returns_rise", "calibration_off")),
    Trap(name="slow_decay", tells=_code("order_decays", "order_not_shown")),
    Trap(name="silent_office", tells=_of_office),
    Trap(name="unlucky_group", tells=_of_group),
    Trap(name="flagged", tells=_code("flag_hurts")),
    Trap(name="hasty_end", tells=_of_aid),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many months after its first day a trap was found and by which finding; None where it was not."""

    months: int | None
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clean:
    """Months looked at where nothing was planted, and how many of them each check, and each code, spoke in."""

    months: int
    checks: Mapping[str, int]
    codes: Mapping[str, int]


def run_traps(
    *, seeds: int, settings: Settings, only: Sequence[str] = (), plan: SyntheticPlan | None = None
) -> BenchResult:
    """Every trap in an invented province of its own, a model trained before it, and a look at each month-end.

    `only` names traps, or "clean" for the registers without any (empty: all).  Findings for information are no alarms.
    Raises UsageError for a name there is not.
    """
    known = [*(trap.name for trap in TRAPS), CLEAN]
    if unknown := sorted(set(only) - set(known)):
        raise UsageError(
            "trap",
            f"没有这样的陷阱：{'、'.join(unknown)}；可选 {'、'.join(known)}",
            f"no such trap: {', '.join(unknown)}; there are {', '.join(known)}",
        )
    found: dict[str, list[Found]] = {trap.name: [] for trap in TRAPS if not only or trap.name in only}
    clean: list[Clean] = []
    for seed in range(1, seeds + 1):
        province = replace(plan or demo_plan(seed), seed=seed, start=BEGUN, oracle_draws=0)
        register = make_register(province).register
        zone = register.time_zone
        learnt = cutoff_instant(LEARNT_UNTIL, zone)
        trained = train_by(register, learnt, settings, seed=seed)
        lists = make_lists(register, trained, month_ends(learnt, register.observed_until, zone), settings)
        if not only or CLEAN in only:
            clean.append(look_at_clean(lists, trained, settings))
        for trap in TRAPS:
            if trap.name in found:
                found[trap.name].append(find(trap, province, lists, trained, settings))
    return BenchResult(
        bench="traps", seed=list(range(1, seeds + 1)), figures=[*_trap_figures(found), *_clean_figures(clean)]
    )


def find(trap: Trap, plan: SyntheticPlan, clean: Watched, trained: Trained, settings: Settings) -> Found:
    """Plant a trap in the province of `plan` and look at every month-end until a finding tells it."""
    planted = _planted(trap, plan, clean)
    register = make_register(planted).register
    if trap.name == "flagged":
        # The lists that pointed to these matters are those of the register before it was delayed.
        watched = Watched(register=register, lists=clean.lists)
    else:
        watched = make_lists(register, trained, list(clean.lists), settings)
    since = local_midnight(PLANTED, register.time_zone)
    for months, as_of in enumerate([end for end in watched.lists if end > since][: MONTHS + 1]):
        codes = _codes_of(register, as_of) if trap.name == "new_code" else None
        for finding in monitor(look(watched, trained, as_of, settings, codes)).findings:
            if finding.severity is not Severity.INFO and trap.tells(finding, register):
                return Found(months=months, code=finding.code)
    return Found(months=None)


def look_at_clean(watched: Watched, trained: Trained, settings: Settings) -> Clean:
    """What is said at each month-end of a register in which nothing was planted."""
    since = local_midnight(PLANTED, watched.register.time_zone)
    checks: dict[str, int] = {}
    codes: dict[str, int] = {}
    ends = [end for end in watched.lists if end > since]
    for as_of in ends:
        report = monitor(look(watched, trained, as_of, settings))
        for outcome in report.outcomes:
            told = {one.code for one in outcome.findings if one.severity is not Severity.INFO}
            checks[outcome.name] = checks.get(outcome.name, 0) + bool(told)
            for code in told:
                codes[code] = codes.get(code, 0) + 1
    return Clean(months=len(ends), checks=checks, codes=codes)


def _planted(trap: Trap, plan: SyntheticPlan, clean: Watched) -> SyntheticPlan:
    if trap.name != "flagged":
        return replace(plan, traps=replace(Traps(), **{trap.name: PLANTED}))
    zone = clean.register.time_zone
    since = local_midnight(PLANTED, zone)
    flags = tuple(
        (matter_id, local_date(cutoff, zone))
        for cutoff, stored in clean.lists.items()
        if cutoff > since and cutoff < clean.register.observed_until
        for matter_id in stored.entries.filter(pl.col("part") == "model")["matter_id"]
    )
    return replace(plan, traps=Traps(flagged=flags))


def _codes_of(register: Register, as_of: int) -> dict[str, int]:
    """The codes left out when the ledger as it stood, its new code included, is imported through the ordinary door."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        book = folder / "ledger.xlsx"
        write_ledger(register, book, as_of=as_of, new_code=PLANTED)
        store = open_store(f"sqlite:///{folder / 'petition-risk.db'}")
        migrate(store)
        write_offices(store, register.offices)
        ingest(store, book, load_mapping("ledger"), now=as_of, user="bench", demo=True)
        found = unknown_codes(store, batch_view(store, latest_batch(store)).imports)
        store.close()
        return found


def _trap_figures(found: Mapping[str, Sequence[Found]]) -> list[Measured]:
    figures: list[Measured] = []
    for name, runs in found.items():
        late = [run.months for run in runs if run.months is not None]
        how = ", ".join(f"{run.months} ({run.code})" if run.months is not None else "not found" for run in runs)
        figures.append(
            Measured(name=f"{name}: found", value=len(late) / len(runs), unit="share of seeds", goal=1.0, note=how)
        )
        figures.append(
            Measured(
                name=f"{name}: months late",
                value=statistics.fmean(late) if late else None,
                unit="months",
                low=min(late) if late else None,
                high=max(late) if late else None,
            )
        )
    return figures


def _clean_figures(clean: Sequence[Clean]) -> list[Measured]:
    if not clean:
        return []
    months = sum(one.months for one in clean)
    by_check = {name: sum(one.checks.get(name, 0) for one in clean) for name in clean[0].checks}
    codes = sorted({code for one in clean for code in one.codes})
    said = "; ".join(f"{code} {sum(one.codes.get(code, 0) for one in clean)}" for code in codes)
    figures = [
        Measured(
            name="clean: false alarms a month and check",
            value=sum(by_check.values()) / (months * len(CHECKS)),
            unit="share",
            goal=_GOAL,
            above=False,
            note=f"{months} months, {len(CHECKS)} checks; {said or 'no finding'}",
        )
    ]
    figures += [
        Measured(name=f"clean: {name}", value=count / months, unit="share of months")
        for name, count in by_check.items()
    ]
    return figures
