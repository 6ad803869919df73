"""How an office's list stands on its way to a signature: draft, sent, returned, signed in part, signed."""

from dataclasses import dataclass, field
from enum import StrEnum

from data.store import signing
from data.store.engine import Store
from data.store.screenings import ListEntry, Screening
from data.store.signing import ListStep, SentEntry, Signature
from data.store.users import UserRole
from data.vocabulary import BANDS
from serving import lists
from serving.acts import NotNow
from serving.lists import HAND, Line
from serving.permissions import Scope

#: The parts that go up to be signed; must-acts wait for no signature, spot checks and reviews have none.
SIGNED_PARTS: frozenset[str] = frozenset({"model", "points", HAND})


class ListState(StrEnum):
    """Where an office's list stands; `PARTLY`: some entries wait for another leader."""

    DRAFT = "draft"
    SENT = "sent"
    RETURNED = "returned"
    PARTLY = "partly"
    SIGNED = "signed"


#: What went up and has not come back stays as it is.
CLOSED = (ListState.SENT, ListState.PARTLY, ListState.SIGNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The state of an office's list; `sent` is the latest version that went up, with its entries and signatures."""

    state: ListState
    last: ListStep | None = None
    sent: ListStep | None = None
    entries: list[SentEntry] = field(default_factory=list[SentEntry])
    signatures: dict[int, Signature] = field(default_factory=dict[int, Signature])

    @property
    def version(self) -> int:
        """The number of the latest version that went up, 0 for none."""
        return 0 if self.sent is None else self.sent.version

    @property
    def unsigned(self) -> list[SentEntry]:
        """The entries that wait for a signature."""
        return [entry for entry in self.entries if entry.taken and entry.place not in self.signatures]

    @property
    def signed_at(self) -> int | None:
        """When the last signature was given, once all are there."""
        if self.state is not ListState.SIGNED or self.last is None:
            return None
        return max((one.at for one in self.signatures.values()), default=self.last.at)


def goes_up(entry: ListEntry) -> bool:
    """Whether an entry needs a leader's signature: flagged in a band above general, or put forward by hand."""
    return entry.part in SIGNED_PARTS and (entry.part == HAND or entry.band in BANDS[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class OnList:
    """How a matter stands on the latest list of its office, for one reader; no lines where it is not on it."""

    latest: Screening | None
    lines: list[Line]
    state: ListState

    @property
    def closed(self) -> bool:
        """Whether its entry has gone up to be signed, and stays as it is."""
        return self.state in CLOSED and any(line.entry.part in SIGNED_PARTS for line in self.lines)


def on_list(store: Store, scope: Scope, role: UserRole, office_id: str, matter_id: str) -> OnList:
    """The latest list of an office and what it says of a matter of the scope."""
    latest = lists.current(store, office_id)
    if latest is None:
        return OnList(latest=None, lines=[], state=ListState.DRAFT)
    lines = lists.lines(store, latest, scope, role, offices=[office_id], matter_id=matter_id)
    return OnList(latest=latest, lines=lines, state=standing(store, latest.screening_id, office_id).state)


def standing(store: Store, screening_id: str, office_id: str, *, before: int | None = None) -> Standing:
    """How an office's list stands, from its steps and signatures alone; `before`: from those before an instant."""
    steps = [one for one in signing.steps_of(store, screening_id, office_id) if before is None or one.at < before]
    sent = next((step for step in reversed(steps) if step.step == "submit"), None)
    if sent is None:
        return Standing(state=ListState.DRAFT)
    entries = signing.entries_sent(store, sent.id)
    signed = signing.signatures_of(store, sent.id)
    signatures = {place: one for place, one in signed.items() if before is None or one.at < before}
    found = Standing(state=ListState.DRAFT, last=steps[-1], sent=sent, entries=entries, signatures=signatures)
    return Standing(state=_state(found), last=steps[-1], sent=sent, entries=entries, signatures=signatures)


def check_open(store: Store, screening: Screening, office_id: str, *, part: str) -> None:
    """Raises NotNow for an entry of a part that went up and has not come back: what is being signed stays as it is."""
    if part not in SIGNED_PARTS:
        return
    state = standing(store, screening.screening_id, office_id).state
    if state in CLOSED:
        raise NotNow(
            "list_sent",
            "清单已送签或已签批，内容不能再改；需要更正的，由控申部门负责人撤回后另送新版",
            "the list has gone up or is signed and stays as it is; to correct it, the head of the petition department "
            "takes it back and sends a new version",
        )


def _state(found: Standing) -> ListState:
    assert found.last is not None  # noqa: S101 - only asked where something was sent
    match found.last.step:
        case "return":
            return ListState.RETURNED
        case "reopen":
            return ListState.DRAFT
        case "submit":
            if not found.unsigned:
                return ListState.SIGNED
            return ListState.PARTLY if found.signatures else ListState.SENT
