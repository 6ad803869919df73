"""What a leader has before them besides lists to sign: what they promised, lead and have received."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from data.store import plans, signing
from data.store.plans import Plan
from data.store.screenings import Screening
from data.times import local_date
from serving import lists
from serving.deps import Caller, Service
from serving.led import LedMatter, led_matters, planned_led
from serving.matters import some_seen
from serving.reminders import Step, open_steps

#: The rank a ledger gives to the chief prosecutor, and those of the other leaders: it names ranks, not people.
CHIEF_RANKS: frozenset[str] = frozenset({"chief"})
OTHER_RANKS: frozenset[str] = frozenset({"deputy", "team"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Receptions:
    """So many receptions and letters of the leaders of an office in a year, the targets, and the days left in it."""

    year: int
    receptions: int
    letters: int
    receptions_target: int | None
    letters_target: int | None
    days_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leading:
    """What stands with a leader; `led` are open matters led by their rank, `to_lead` those no leader leads yet.

    `latest` is their office's latest list, `by_model` whether it and the next one go by a model; `receptions` is None
    where no ledger was imported.
    """

    promised: list[tuple[Mapping[str, Any], Step]]
    led: list[LedMatter]
    to_lead: list[LedMatter]
    receptions: Receptions | None
    latest: Screening | None
    by_model: bool


def leading(service: Service, caller: Caller, *, held: bool) -> Leading:
    """Everything but the lists themselves; `held` says that the model was taken out of service."""
    store, person, office = service.store, caller.person, caller.matters.offices[0]
    latest = lists.current(store, office)
    led: list[LedMatter] = []
    receptions = None
    board = service.boards.own(store, service.settings, caller.matters)
    if board is not None:
        planned = planned_led(plans.latest_of_office(store, Plan, office))
        led = [one for one in led_matters(board.facts.matters, planned) if one.matter["is_open"]]
        targets = service.settings.board
        receptions = Receptions(
            year=board.facts.year,
            receptions=board.figures["receptions"].part,
            letters=board.figures["letters"].part,
            receptions_target=targets.receptions,
            letters_target=targets.letters,
            days_left=max(
                0, (date(board.facts.year, 12, 31) - local_date(caller.now, service.settings.time_zone)).days
            ),
        )
    ranks = CHIEF_RANKS if person.chief else OTHER_RANKS
    model = latest is not None and not lists.by_rules(latest, office)
    return Leading(
        promised=promised(service, caller),
        led=[one for one in led if one.led_on is not None and one.rank in ranks],
        to_lead=[one for one in led if one.led_on is None],
        receptions=receptions,
        latest=latest,
        by_model=model and not held and service.champions.current() is not None,
    )


def promised(service: Service, caller: Caller) -> list[tuple[Mapping[str, Any], Step]]:
    """The steps not done of plans the caller signed, of matters they may see, the first due on top."""
    mine = signing.matters_signed_by(service.store, caller.person.user_id)
    matters = some_seen(service.store, caller.matters, mine)
    today = local_date(caller.now, service.settings.time_zone)
    return [
        (matters[step.matter_id], step)
        for office in sorted({row["office_id"] for row in matters.values()})
        for step in open_steps(service.store, office, today, caller.language)
        if step.matter_id in matters
    ]
