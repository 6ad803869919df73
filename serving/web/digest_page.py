"""The page of the outside reviewer: a closed month in counts, and no matter."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from data.store import register
from serving.deps import DigestCaller, service_of
from serving.digest import OTHER, TOLD, chosen_month, months_told, read_digest
from serving.web import render
from serving.web.text import TEXTS, translator
from serving.web.views import Translate

router = APIRouter(include_in_schema=False)


@router.get("/digest")
def digest_page(request: Request, caller: DigestCaller, month: Annotated[str, Query(max_length=7)] = "") -> Response:
    """The digest of the newest closed month that has one, or of another; reading it is itself on record."""
    service = service_of(request)
    chosen, last = chosen_month(service, caller, month)
    months = months_told(service, last)
    if not month and months:
        chosen = months[0]
    found = read_digest(service, caller, chosen)
    t = translator(caller.language)
    names = {row["office_id"]: row["name"] for row in register.read_offices(service.store).iter_rows(named=True)}
    opens = (last + timedelta(days=62)).replace(day=1)
    return render.page(
        request,
        caller,
        "digest.html",
        month=found.month,
        months=[f"{one:%Y-%m}" for one in months],
        running=f"{(last + timedelta(days=31)).replace(day=1):%Y-%m}",
        opens=opens.isoformat(),
        rows=[{"action": _action(name, t), "count": found.totals[name]} for name in _ordered(found.totals)],
        offices=[
            {"office": names.get(office, office), "action": _action(name, t), "count": counts[name]}
            for office, counts in found.by_office.items()
            for name in _ordered(counts)
        ],
        head=found.head,
    )


def _ordered(counts: dict[str, int]) -> list[str]:
    return [name for name in (*TOLD, OTHER) if name in counts]


def _action(code: str, t: Translate) -> str:
    key = f"log.action.{code}"
    return t(key) if key in TEXTS else t("digest.other")
