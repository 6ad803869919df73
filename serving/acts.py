"""What every act of a person on a matter needs: that they may, that their words may be kept, that it is on record."""

from collections.abc import Mapping, Sequence

from data.errors import InputRefused, NotAllowed
from data.forbidden import Refusal, check_text, is_code
from data.store import audit
from data.store.audit import Entry
from data.store.screenings import Screening
from data.store.users import User, UserRole
from serving import journal, lists, matters
from serving.card import place_of
from serving.deps import Caller, Service
from serving.permissions import MatterPlace, Right, check_can_see_matter, check_can_use

_LONGEST_STAFF_NUMBER = 20
#: Bottom-up, as practised: what a head decided a handler does not undo.
LEVELS: Mapping[str, int] = {
    UserRole.HANDLER: 1,
    UserRole.DEPARTMENT_HEAD: 2,
    UserRole.PETITION_HEAD: 3,
}


class NotNow(NotAllowed):
    """The person may, but not as things stand."""

    status = 409


def can_decide(person: User, place: MatterPlace) -> bool:
    """Whether a person who sees the matter may decide on it, or put it forward: their own office's, below leaders."""
    return person.role in LEVELS and place.office_id == person.office_id


def check_can_decide(caller: Caller, place: MatterPlace | None) -> None:
    """Raises NotFound for a matter out of scope (recusal included, G16), NotAllowed for who only reads."""
    check_can_see_matter(caller.matters, place)
    check_can_use(caller.person, Right.DECIDE)
    if place is None or not can_decide(caller.person, place):
        raise NotAllowed(
            "decide_other_office", "只能核实本院的事项", "only matters of your own office can be decided on"
        )


def place_to_decide(service: Service, caller: Caller, matter_id: str) -> MatterPlace:
    """Where a matter stands on which the caller may decide. Raises as `check_can_decide`."""
    place = place_of(matters.find(service, caller, matter_id).matters.row(0, named=True))
    check_can_decide(caller, place)
    return place


def check_reason(text: str) -> None:
    """Raises InputRefused for a reason or opinion without a word in it."""
    if not text.strip():
        raise InputRefused("reason_missing", "请写明理由", "give the reason")


def check_texts(
    service: Service, caller: Caller, texts: Sequence[str], *, office_id: str, matter_id: str | None = None
) -> None:
    """The gate for typed text (G2): what is refused is told to who typed it; on record is only how much."""
    found = [refusal for text in texts for refusal in check_text(text)]
    if not found:
        return
    service.journal.record(caller.entry(journal.TEXT_REFUSED, office_id, {"refusals": len(found)}, matter_id))
    raise text_refused(found)


def text_refused(found: Sequence[Refusal]) -> InputRefused:
    """What somebody is told whose words may not be kept, with the wording offered instead."""
    told = [
        (
            f"{one.zh}。{one.offer_zh}" if one.offer_zh else one.zh,
            f"{one.en}; {one.offer_en}" if one.offer_en else one.en,
        )
        for one in found
    ]
    return InputRefused(
        "text_refused",
        "文字中有不能保存的内容，未保存",
        "the text holds what may not be kept; nothing was saved",
        list(dict.fromkeys(told)),
    )


def check_staff_number(number: str) -> None:
    """Raises InputRefused for an owner named by anything but a staff number."""
    if len(number) > _LONGEST_STAFF_NUMBER or not is_code(number):
        raise InputRefused("owner_code", "承办人只写编号，如 S0107", "give the owner's staff number, such as S0107")


def check_same(before: Sequence[str], now: Sequence[str]) -> None:
    """Raises NotNow where a form sent before (`once`) was about something else."""
    if tuple(before) != tuple(now):
        raise NotNow("once_used", "此表单已提交过，请刷新页面", "this form was already sent; reload the page")


def check_latest(service: Service, screening: Screening, office_id: str) -> None:
    """Raises NotNow where a later list of the office exists: people decide on that one."""
    latest = lists.current(service.store, office_id)
    if latest is None or latest.screening_id != screening.screening_id:
        raise NotNow(
            "list_superseded", "已有更新的排查清单，请在最新清单上核实", "there is a later list; decide on that one"
        )


def on_record(service: Service, made: Entry) -> None:
    """Put an act on record, inside the transaction that makes it."""
    audit.append_many(service.store, service.journal.key, [made])
