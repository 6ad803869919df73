"""What the list page shows of deciding on many rows at once, and for how long it can be taken back."""

from dataclasses import dataclass
from uuid import uuid4

from data.store.screenings import Screening
from serving import bulk
from serving.deps import Caller, Service
from serving.web.text import translator


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkCard:
    """`done`: what the caller did last with many rows, empty for nothing; `number` stands while it can be undone."""

    once: str
    done: str
    number: str
    minutes: int


def bulk_card(service: Service, caller: Caller, screening: Screening) -> BulkCard:
    """The form for many rows of a list the caller may decide on."""
    t = translator(caller.language)
    found = bulk.last(service, caller, screening.screening_id)
    if found is None:
        return BulkCard(once=str(uuid4()), done="", number="", minutes=0)
    last, left = found
    first = last.decisions[0]
    said = t(f"bulk.done.{first.decision}", n=len(last.decisions), owner=first.owner or "")
    if last.undone:
        return BulkCard(once=str(uuid4()), done=t("bulk.undone", n=len(last.decisions)), number="", minutes=0)
    return BulkCard(once=str(uuid4()), done=said, number=last.bulk, minutes=left)
