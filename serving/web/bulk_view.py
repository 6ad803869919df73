"""What the list page shows of deciding on rows, one or many at once, and for how long it can be taken back."""

from dataclasses import dataclass
from uuid import uuid4

from data.store.screenings import Screening
from serving import bulk
from serving.deps import Caller, Service
from serving.matters import some_seen
from serving.web.text import translator
from serving.workflow import state_of


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkCard:
    """`done`: what the caller decided last, empty for nothing; `number` stands while it can be taken back."""

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
    rows = len(last.decisions)
    if rows == 1 and (matter := some_seen(service.store, caller.matters, [first.matter_id]).get(first.matter_id)):
        said = t("undo.done", number=matter["matter_no"], state=t(f"flag.state.{state_of(first)}"))
        undone = t("undo.undone", number=matter["matter_no"])
    else:
        said = t(f"bulk.done.{first.decision}", n=rows, owner=first.owner or "")
        undone = t("bulk.undone", n=rows)
    if last.undone:
        return BulkCard(once=str(uuid4()), done=undone, number="", minutes=0)
    return BulkCard(once=str(uuid4()), done=said, number=last.bulk, minutes=left)
