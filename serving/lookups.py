"""Who may ask the vault whether a number's matter came in before, what they are told, and that it is on record (G3).

A question starts from one registered number and ends in at most three earlier numbers of the same office, shown for a
day to whoever asked.  There is no way in by an identity number, no list and no interface for programs.
"""

from typing import Any

from data.errors import InputRefused, NotFound
from data.store import links, register
from data.store import vault as vaults
from data.store.vault import MOST, Earlier, LookUp, Vault, VaultLimited
from serving import journal
from serving.acts import NotNow
from serving.deps import Caller, Service
from serving.matters import place_seen
from serving.permissions import MatterPlace, check_can_link

#: Why somebody asks; chosen, never typed.
PURPOSES = ("new_letter", "said_before", "paper_names_it")


def look_up(service: Service, caller: Caller, matter_id: str, *, purpose: str, once: str) -> None:
    """Ask once; what was found stands on the matter's page for this caller alone.

    Raises NotFound with the vault off or out of scope, NotAllowed for who may not link, InputRefused without a purpose,
    NotNow where there is nothing to compare or the caller brought the number in, VaultLimited beyond the day's number.
    """
    vault = service.vault
    if vault is None:
        raise NotFound("vault_off", "未启用证件号查重", "the identity vault is off")
    place = place_seen(service, caller, matter_id)
    check_can_link(caller.person, place)
    if purpose not in PURPOSES:
        raise InputRefused("vault_purpose", "请选择查重原因", "say why you look it up")
    _check_comparable(service, caller, vault, place, matter_id)
    found = _found(service, caller, vault, place, matter_id)
    asked = LookUp(
        office_id=place.office_id,
        matter_id=matter_id,
        user_id=caller.person.user_id,
        purpose=purpose,
        at=caller.now,
        once=once,
    )
    try:
        vaults.note(vault, asked, found, limit=service.settings.vault.daily_lookups)
    except VaultLimited:
        service.journal.record(caller.entry(journal.VAULT_LIMITED, place.office_id, {"purpose": purpose}, matter_id))
        raise
    # How many, never which: a record outlives the hashes, and must not say whose matters belong to one person.
    service.journal.record(
        caller.entry(journal.VAULT_LOOKUP, place.office_id, {"purpose": purpose, "found": len(found)}, matter_id)
    )


def told(service: Service, caller: Caller, matter_id: str) -> list[tuple[dict[str, Any], int]] | None:
    """What the caller's own look-up of a number found, as matter row and registration; None where there is none."""
    if service.vault is None:
        return None
    answer = vaults.answer(service.vault, caller.person.user_id, matter_id, now=caller.now)
    if answer is None:
        return None
    matters = register.some_matters(service.store, [one.matter_id for one in answer])
    rows = {row["matter_id"]: row for row in matters.to_dicts()}
    return [(rows[one.matter_id], one.registered_at) for one in answer if one.matter_id in rows]


def is_offered(service: Service, caller: Caller, place: MatterPlace, matter_id: str) -> bool:
    """Whether the page of a matter offers the question to somebody who may link its numbers."""
    vault = service.vault
    if vault is None or place.office_id not in vault.keys or links.said_none(service.store, matter_id):
        return False
    return vaults.brought_by(vault, place.office_id, matter_id, now=caller.now) not in (None, caller.person.user_id)


def left_today(service: Service, caller: Caller) -> int:
    """How many look-ups the caller still has."""
    if service.vault is None:
        return 0
    made = vaults.made_today(service.vault, caller.person.user_id, now=caller.now)
    return max(0, service.settings.vault.daily_lookups - made)


def _check_comparable(service: Service, caller: Caller, vault: Vault, place: MatterPlace, matter_id: str) -> None:
    if links.said_none(service.store, matter_id):
        raise NotNow("link_settled", "已有人写明没有更早编号", "somebody has said that there is no earlier number")
    by = vaults.brought_by(vault, place.office_id, matter_id, now=caller.now)
    if by is None:
        raise NotNow(
            "vault_nothing", "该编号没有可比对的证件号散列", "this number has no hash of an identity number to compare"
        )
    if by == caller.person.user_id:
        raise NotNow(
            "vault_own_import",
            "该编号的证件号由您本人导入，须由他人查重",
            "you imported this number's identity yourself; somebody else has to look it up",
        )


def _found(service: Service, caller: Caller, vault: Vault, place: MatterPlace, matter_id: str) -> list[Earlier]:
    """At most three earlier matters of the office, the nearest first; none about the caller's own post (G16)."""
    earlier = vaults.same(vault, place.office_id, matter_id, now=caller.now)
    root = {one.alias_id: one.matter_id for one in links.standing_links(service.store)}
    own = root.get(matter_id, matter_id)
    times: dict[str, int] = {}
    for one in earlier:
        matter = root.get(one.matter_id, one.matter_id)
        if matter != own:
            times.setdefault(matter, one.registered_at)
    rows = {row["matter_id"]: row for row in register.some_matters(service.store, times).to_dicts()}
    post = caller.person.respondent_post
    shown = [
        Earlier(matter_id=matter, registered_at=at)
        for matter, at in times.items()
        if matter in rows
        and rows[matter]["office_id"] == place.office_id
        and (post is None or rows[matter]["respondent_post"] != post)
    ]
    return shown[:MOST]
