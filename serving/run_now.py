"""How a person has the monthly job run from a page: who may, for which offices, in a process of its own."""

import multiprocessing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from data.errors import LeaseHeld, NotFound, PetitionRiskError
from data.settings import Settings
from data.store import lease, runs
from data.store.engine import open_store
from data.store.runs import Run
from data.times import cutoff_instant
from serving import journal
from serving.deps import Caller, Service
from serving.held import LEASE
from serving.permissions import import_offices
from serving.pinned import pin

_NAME = "petition-risk-screen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A run as it stands: `died` where it says running and holds the lease no more."""

    run: Run
    died: bool


def scopes_of(caller: Caller, tree: list[tuple[str, str | None]]) -> tuple[str, ...]:
    """The offices a person may have screened, each with those below it: as for bringing a ledger in."""
    return import_offices(caller.person, tree)


def ask(service: Service, caller: Caller, *, day: date, scope: str, scopes: tuple[str, ...]) -> None:
    """Start the job beside the service and put on record who asked.

    Raises NotFound for an office that is not the person's, LeaseHeld where a run is under way, and what the job
    refuses before it begins.
    """
    if scope not in scopes:
        raise NotFound(
            "office_not_yours", "没有该单位，或不在您的权限范围内", "no such office, or not within your scope"
        )
    cutoff = cutoff_instant(day, service.settings.time_zone)
    pin(service.store, service.settings, service.state_dir, cutoff=cutoff, scope=scope, now=caller.now)
    held = lease.current(service.store, LEASE, now=caller.now)
    if held is not None or starting():
        who = caller.person.display_name if held is None else held.holder.split("@")[0]
        raise LeaseHeld(
            "run_under_way", f"月排查正在运行（{who}），请等其完成", f"a sweep is being run ({who}); wait until it ends"
        )
    service.journal.record(caller.entry(journal.RUN_ASKED, scope, {"cutoff": cutoff}))
    words = (service.store.url, service.settings, service.state_dir, cutoff, scope, caller.person.user_id)
    multiprocessing.get_context("spawn").Process(target=work, args=words, name=_NAME).start()


def starting() -> bool:
    """Whether a run asked for here is still going; it may not have the lease yet."""
    return any(child.name == _NAME for child in multiprocessing.active_children())


def work(url: str, settings: Settings, state: Path, cutoff: int, scope: str, by: str) -> None:
    """The job in its own process, and the monitors after it; how it ended stands in the record of runs."""
    from serving.after_sweep import watch
    from serving.clock import now
    from serving.screening import screen

    store, key = open_store(url), journal.audit_key(state)
    try:
        found = screen(store, settings, state, key, cutoff=cutoff, scope=scope, clock=now, by=by)
        if found.made:
            watch(store, settings, state, key, cutoff=cutoff, now=now(), by=by)
    except PetitionRiskError as refused:
        raise SystemExit(refused.exit_code) from None
    finally:
        store.close()


def seen(service: Service, scopes: tuple[str, ...], *, now: int) -> list[Seen]:
    """The latest runs for these offices, the latest first."""
    held = lease.current(service.store, LEASE, now=now)
    holder = None if held is None else held.holder
    return [
        Seen(run=run, died=run.state == "running" and run.holder != holder)
        for run in runs.read_runs(service.store, scopes=scopes)
    ]
