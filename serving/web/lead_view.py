"""What the page of a leader shows above and below the lists to sign, in words."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from data.times import cutoff_day, local_date
from serving.deps import Caller, Service
from serving.leading import Leading, Receptions
from serving.muting import latest_report, told, worst_told
from serving.web.board_view import led_row
from serving.web.views import Translate

#: So many rows of a section are shown.
_ROWS = 20
_SINCE = ("new", "worse", "back", "stayed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Receptions or letters against the year's target: in words, and how far as whole per cent (None: no target)."""

    name: str
    told: str
    per_cent: int | None


def lead_values(service: Service, caller: Caller, found: Leading, t: Translate) -> dict[str, Any]:
    """What sign.html shows of what stands with a leader."""
    language = caller.language
    latest = found.latest
    return {
        "by_model": found.by_model,
        **_watched(service, caller),
        "latest": None if latest is None else latest.screening_id,
        "latest_day": "" if latest is None else cutoff_day(latest.cutoff, service.settings.time_zone).isoformat(),
        "promised": [
            {
                "matter_id": matter["matter_id"],
                "number": matter["matter_no"],
                "text": step.row.text,
                "due": step.row.due,
                "state": step.row.state,
                "told": t(f"plan.{step.row.state}"),
            }
            for matter, step in found.promised[:_ROWS]
        ],
        "promised_more": max(0, len(found.promised) - _ROWS),
        "led": [led_row(one, language, t) for one in found.led[:_ROWS]],
        "led_more": max(0, len(found.led) - _ROWS),
        "to_lead": [led_row(one, language, t) for one in found.to_lead[:_ROWS]],
        "receptions": [] if found.receptions is None else _tallies(found.receptions, t),
        "days_left": None if found.receptions is None else found.receptions.days_left,
        "year": None if found.receptions is None else found.receptions.year,
    }


def _watched(service: Service, caller: Caller) -> dict[str, str]:
    """The gravest the monitors have to say that is not muted (none: nothing), and the yearly report's finding."""
    report = latest_report(service.state_dir)
    if report is None:
        return {"watch": "", "yearly": ""}
    seen = told(service.store, report, local_date(caller.now, service.settings.time_zone))
    yearly = [one["title"][caller.language] for one, mute in seen if one["code"] == "help_not_shown" and mute is None]
    return {"watch": worst_told(seen) or "none", "yearly": yearly[0] if yearly else ""}


def changed(since: Iterable[str | None], t: Translate) -> str:
    """How a list stands to the one before, in counts; empty where there was none."""
    counts = Counter(one for one in since if one is not None)
    return t("comma").join(f"{t(f'since.{code}')} {counts[code]}" for code in _SINCE) if counts else ""


def _tallies(one: Receptions, t: Translate) -> list[Tally]:
    rows = (
        ("receptions", one.receptions, one.receptions_target),
        ("letters", one.letters, one.letters_target),
    )
    return [
        Tally(
            name=t(f"board.{code}"),
            told=t("lead.done_of", n=done, target=target, left=max(0, target - done))
            if target
            else t("lead.done", n=done),
            per_cent=min(100, 100 * done // target) if target else None,
        )
        for code, done, target in rows
    ]
