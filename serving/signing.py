"""How leaders sign what came up, each entry with its plan, or return it with an opinion.

An entry in the top band needs the chief prosecutor.  A complaint about a leader's own post never comes before that
leader (G16): it goes to the next leader, or to one of a superior office.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from data.errors import NotFound
from data.store import audit, flags, register, signing
from data.store.screenings import Screening, find_screening
from data.store.signing import ListStep, SentEntry, Signature
from data.store.users import User
from data.vocabulary import BANDS
from serving import acts, journal
from serving.acts import NotNow
from serving.card import place_of
from serving.deps import Caller, Service
from serving.gathering import step_back
from serving.permissions import MatterPlace, Right, Scope, check_can_use
from serving.standing import ListState, Standing, standing

_TOP = BANDS[-1]
#: Beside the state's other files; an office copies it elsewhere, as it does those of the daily job.


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSign:
    """An entry that went up, as one leader may see it: `may` sign it now, or why not (`chief`: the chief signs it)."""

    entry: SentEntry
    signature: Signature | None
    may: bool
    chief: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A list that went up, with what of it comes before a leader; `hidden` entries are another's to sign."""

    screening: Screening
    standing: Standing
    entries: tuple[ToSign, ...]
    hidden: int


def waiting(service: Service, caller: Caller) -> list[Waiting]:
    """The latest versions that went up in the caller's scope and concern them, unsigned ones first.

    Their own office's lists, and of the offices below those whose entries no leader of that office may see.
    """
    scope, person = caller.matters, caller.person
    found: list[Waiting] = []
    for step in signing.latest_steps(service.store, scope.offices):
        if step.step != "submit":
            continue
        now = standing(service.store, step.screening_id, step.office_id)
        mine = _for_leader(service, person, scope, step.office_id, now)
        if mine or step.office_id == person.office_id:
            screening = find_screening(service.store, step.screening_id)
            hidden = sum(entry.taken for entry in now.entries) - sum(one.entry.taken for one in mine)
            found.append(Waiting(screening=screening, standing=now, entries=tuple(mine), hidden=max(0, hidden)))
    return sorted(found, key=lambda one: not any(entry.may for entry in one.entries))


def sign(service: Service, caller: Caller, step_id: int, *, once: str) -> list[Signature]:
    """Sign every entry of a version that the caller may sign now; the same `once` again gives back the first.

    Raises NotFound for a version that is not theirs, NotNow where it is no longer the latest or nothing is left.
    """
    with service.store.write():
        step, now, mine = _theirs(service, caller, step_id)
        flags.hold(service.store, step.screening_id)
        again = [one for one in now.signatures.values() if (one.by, one.once) == (caller.person.user_id, once)]
        if again:
            return again
        _check_awaits(now, step)
        places = [one.entry for one in mine if one.may]
        if not places:
            raise NotNow("nothing_to_sign", "没有需要您签批的事项", "nothing here waits for your signature")
        made = [
            Signature(
                step_id=step_id,
                place=entry.place,
                by=caller.person.user_id,
                role=caller.person.role,
                at=caller.now,
                once=once,
            )
            for entry in places
        ]
        signing.add_signatures(service.store, made)
        detail = {
            "screening": step.screening_id,
            "version": step.version,
            "hash": step.content_hash or "",
            "signed": len(made),
        }
        acts.on_record(service, caller.entry(journal.SIGN_LIST, step.office_id, detail))
        for entry in places:
            told = {"screening": step.screening_id, "version": step.version}
            acts.on_record(service, caller.entry(journal.SIGN_ENTRY, step.office_id, told, entry.matter_id))
    audit.write_checkpoint(
        service.store, service.journal.key, service.state_dir / journal.CHECKPOINTS_SIGNED, at=caller.now
    )
    return made


def send_back(service: Service, caller: Caller, step_id: int, *, opinion: str, once: str) -> ListStep:
    """Return a version to the office with an opinion. Raises as `sign`; InputRefused for a missing or refused text."""
    acts.check_reason(opinion)
    step, _, _ = _theirs(service, caller, step_id)
    acts.check_texts(service, caller, [opinion], office_id=step.office_id)
    with service.store.write():
        flags.hold(service.store, step.screening_id)
        before = signing.step_sent(service.store, caller.person.user_id, once)
        if before is not None:
            acts.check_same((before.screening_id, before.step), (step.screening_id, "return"))
            return before
        _, now, mine = _theirs(service, caller, step_id)
        _check_awaits(now, step)
        if not any(one.may for one in mine):
            raise NotNow("nothing_to_sign", "没有需要您签批的事项", "nothing here waits for your signature")
        return step_back(service, caller, step, "return", opinion, once)


def _for_leader(service: Service, person: User, scope: Scope, office_id: str, now: Standing) -> list[ToSign]:
    places = _places(service, [entry.matter_id for entry in now.entries])
    shown: list[ToSign] = []
    for entry in now.entries:
        place = places.get(entry.matter_id)
        if place is None or not scope.holds(place):
            continue
        # A superior office's leader signs only what no leader of the office itself may see.
        if office_id != person.office_id and place.respondent_post != "leader":
            continue
        signature = now.signatures.get(entry.place)
        chief = entry.band == _TOP and not person.chief
        shown.append(
            ToSign(
                entry=entry,
                signature=signature,
                may=entry.taken and signature is None and not chief,
                chief=chief and entry.taken and signature is None,
            )
        )
    return shown


def _places(service: Service, matters: Sequence[str]) -> dict[str, MatterPlace]:
    frame = register.some_matters(service.store, matters)
    return {row["matter_id"]: place_of(row) for row in frame.iter_rows(named=True)}


def _theirs(service: Service, caller: Caller, step_id: int) -> tuple[ListStep, Standing, list[ToSign]]:
    check_can_use(caller.person, Right.SIGN)
    step = signing.find_step(service.store, step_id)
    now = standing(service.store, step.screening_id, step.office_id)
    mine = _for_leader(service, caller.person, caller.matters, step.office_id, now)
    if step.office_id not in caller.matters.offices or (not mine and step.office_id != caller.person.office_id):
        raise NotFound("no_such_list_step", "没有该送签清单，或您无权查看", "no such list, or not visible to you")
    return step, now, mine


def _check_awaits(now: Standing, step: ListStep) -> None:
    if now.sent is None or now.sent.id != step.id or now.state not in (ListState.SENT, ListState.PARTLY):
        raise NotNow(
            "no_longer_waiting",
            "该版本已不在待签状态，请刷新页面",
            "this version no longer waits for a signature; reload the page",
        )
