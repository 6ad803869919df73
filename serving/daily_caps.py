"""How much may be asked for in a day, and what is said and put on record beyond that (G25)."""

import math

from data.times import cutoff_instant, local_date
from serving.deps import Caller, Service
from serving.open_matters import open_matters
from serving.problems import TooManyRequests


def daily_limit(service: Service, office_id: str, *, opened: int | None = None, least: int = 0) -> int | None:
    """`service.daily_volume_factor` times an office's open matters, at least `least`; None (a demonstration): no limit.

    `opened`: how many are open, where that is known already.
    """
    if service.settings.demo:
        return None
    count = open_matters(service, office_id) if opened is None else opened
    return max(least, math.ceil(service.settings.service.daily_volume_factor * count))


def capped(
    service: Service, caller: Caller, action: str, office_id: str | None, limit: int | None, refusal: TooManyRequests
) -> TooManyRequests:
    """The refusal, once it is counted and stands in the log as a finding by its code."""
    service.metrics.capped.inc()
    service.journal.record(caller.entry(action, office_id, {"limit": limit, "finding": refusal.code}))
    return refusal


def seconds_to_midnight(now: int, zone: str) -> int:
    """How long until the office's day ends, at least a second."""
    return max(1, math.ceil((cutoff_instant(local_date(now, zone), zone) - now) / 1_000_000))
