"""An invented province from one ledger to the next: what is held, listed, looked at and decided there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from data.contract import Register
from data.ingest.run import ingest
from data.mapping import load_mapping
from data.settings import ImpactSettings, Settings
from data.store import models, users
from data.store.engine import Store
from data.store.imports import write_offices
from data.store.screenings import Screening
from data.store.users import User, UserRole
from data.synthetic import write_ledger
from data.times import cutoff_instant
from monitoring.check import Finding
from monitoring.report import MonitorReport
from serving.monitor_run import run_monitor
from serving.retraining import Retrained, retrain
from serving.screening import screen
from serving.training_run import train_challenger
from training import promote

KEY = b"k" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Province:
    """A demonstration of one register, whose days are given by their last: everything is done at the end of them."""

    store: Store
    state: Path
    settings: Settings
    whole: Register

    def open(self, accounts: Mapping[str, UserRole]) -> None:
        """Write the offices, and give everybody an account at the topmost."""
        write_offices(self.store, self.whole.offices)
        for name, role in accounts.items():
            account = User(
                user_id=name, display_name=name, role=role, password_hash="-", office_id=self.top, must_change=False
            )
            users.add_user(self.store, account)

    @property
    def top(self) -> str:
        """The office with none above it."""
        return self.whole.offices.filter(self.whole.offices["level"] == "province")["office_id"][0]

    def at(self, day: date) -> int:
        """The end of a local day."""
        return cutoff_instant(day, self.whole.time_zone)

    def held(self, day: date) -> None:
        """Import the ledger as it stood."""
        until = self.at(day)
        book = self.state / f"{day}.xlsx"
        write_ledger(self.whole, book, as_of=until)
        ledger = load_mapping("ledger")
        ingest(self.store, book, ledger, now=until, user="operator", observed_until=until, confirm=True, demo=True)

    def swept(self, day: date, *, made: date) -> Screening:
        """Make the list of a day, later or on it."""
        done = screen(
            self.store,
            self.settings,
            self.state,
            KEY,
            cutoff=self.at(day),
            scope=self.top,
            clock=lambda: self.at(made),
            by="operator",
        )
        return done.screening

    def report(self, day: date, *, now: date | None = None) -> MonitorReport:
        """The monitors, run of a day, on it or later."""
        at = self.at(day)
        return run_monitor(
            self.store, self.settings, self.state, KEY, as_of=at, now=at if now is None else self.at(now), by="operator"
        )

    def found(self, day: date) -> dict[str, Finding]:
        """What the monitors find, by code."""
        return {one.code: one for one in self.report(day).findings}

    def trained(self, day: date) -> int:
        """The number of a first model, put forward by the steward."""
        at = self.at(day)
        made = train_challenger(self.store, self.settings, self.state, KEY, now=at, by="steward", seed=1).version
        assert made is not None
        promote.propose(self.store, KEY, made, proposer="steward", now=at, reason="首个模型")
        return made

    def retrained(self, day: date) -> Retrained:
        """The steward asks for a challenger, by the rule."""
        return retrain(self.store, self.settings, self.state, KEY, now=self.at(day), by="steward", seed=1)

    def approved(self, version: int, day: date, *, by: str = "approver") -> None:
        """The second person says yes."""
        promote.approve(
            self.store,
            KEY,
            self.state,
            version,
            approver=by,
            now=self.at(day),
            reason="已核对模型卡",
            impact=ImpactSettings(),
            demo=True,
            accept_assumed=True,
            accept_early=True,
        )

    def refused(self, version: int, day: date, *, by: str = "approver") -> None:
        """The second person says no."""
        promote.refuse(self.store, KEY, version, approver=by, now=self.at(day), reason="理由不足")

    def states(self) -> dict[int, str]:
        """The state of every version."""
        return {one.version: one.state for one in models.read_models(self.store)}

    def serving(self) -> int | None:
        """The version in use."""
        found = models.champion(self.store)
        return None if found is None else found.version
