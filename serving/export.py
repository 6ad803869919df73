"""Who may have a list on paper, which entries are on their copy, and that every copy is sized, marked and on record."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

import polars as pl

from data.errors import InputRefused, NotAllowed, NotFound
from data.settings import SweepSettings
from data.store import flags, register, screenings, users
from data.store.audit import Entry, append_many
from data.store.engine import Store
from data.store.flags import Decision, PutForward
from data.store.plans import Plan
from data.store.screenings import ListEntry, Screening
from data.vocabulary import BANDS
from serving.export_book import Copy, Selection, make_book, make_pdf
from serving.export_rights import (
    POSTS,
    RECIPIENTS,
    Order,
    Recipient,
    check_person,
    check_purpose,
    check_recipient,
    department_of,
    posts_off_copy,
)
from serving.export_text import Language, wording
from serving.lists import HAND, REVIEW, Line, by_rules, standing_plans
from serving.permissions import offices_below
from serving.row_keys import desk_states, write_keys
from serving.standing import ListState, standing
from serving.web.views import moment
from training.sweep_list import MODEL, MUST_ACT, POINTS, SPOT, list_size

__all__ = ["RECIPIENTS", "Recipient", "export_list", "list_workbook", "select", "serial_of", "size_of"]

#: Actions in the audit chain: one entry for the copy, one for each matter on it, one for a refused purpose.
EXPORT = "export"
EXPORT_MATTER = "export_matter"
EXPORT_REFUSED = "export_refused"
_MIDDLE = (MODEL, POINTS)
#: A workbook to fill in, or a PDF to print and sign.
Form = Literal["xlsx", "pdf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What people did on an office's list: decisions, plans and what was put forward by hand, by matter id."""

    decisions: Mapping[str, Decision] = field(default_factory=dict[str, Decision])
    plans: Mapping[str, Plan] = field(default_factory=dict[str, Plan])
    puts: Mapping[str, PutForward] = field(default_factory=dict[str, PutForward])
    by_hand: Sequence[ListEntry] = ()


NOTHING_DONE = Done()
NO_KEYS: Mapping[tuple[str, str], str] = {}


def done_of(store: Store, screening: Screening, office_id: str, entries: Sequence[ListEntry]) -> Done:
    """What people did so far on the list of an office."""
    puts = {one.matter_id: one for one in flags.put_forward_for(store, screening.cutoff, [office_id])}
    by_hand = [
        ListEntry(office_id=office_id, matter_id=matter_id, part=HAND, rank=rank)
        for rank, matter_id in enumerate(puts, 1)
    ]
    return Done(
        decisions=flags.latest_decisions(store, screening.screening_id, [office_id]),
        plans=standing_plans(store, screening.screening_id, [*(entry.matter_id for entry in entries), *puts]),
        puts=puts,
        by_hand=by_hand,
    )


def export_list(
    store: Store,
    key: bytes,
    screening_id: str,
    *,
    office_id: str,
    recipient: Recipient | str,
    purpose: str,
    user: str,
    now: int,
    language: Language,
    time_zone: str,
    department: str | None = None,
    form: Form = "xlsx",
) -> bytes:
    """One office's list for a recipient as a file, after the export is on record (G15).

    `user` is an account's id, or the name the command line runs under.  `department` is needed for a case department
    unless the user heads it.  Raises NotAllowed for the superior office (totals only), a user who may not make this
    copy, or a list longer than its size; InputRefused for a missing or refused purpose; UsageError for an unknown
    recipient or a missing department; NotFound for a screening or office that is not there.
    """
    to = check_recipient(recipient)
    person = users.find_user(store, user)
    order = Order(office_id=office_id, recipient=to, department=department_of(to, department, person))
    check_person(person, order)
    try:
        check_purpose(purpose)
    except InputRefused as refused:
        count = {"screening_id": screening_id, "recipient": to.value, "refusals": len(refused.details)}
        refusal = Entry(at=now, user_id=user, action=EXPORT_REFUSED, office_id=office_id, detail=count)
        append_many(store, key, [refusal])
        raise
    screening = screenings.find_screening(store, screening_id)
    offices = register.read_offices(store)
    _check_office(screening, offices, office_id)
    entries = screenings.read_entries(store, screening_id, offices=[office_id])
    check_size(screening, entries, office_id)
    done = done_of(store, screening, office_id, entries)
    there = register.some_matters(store, [*(one.matter_id for one in entries), *done.puts])
    matters = _without(there, posts_off_copy(store, order, person))
    serial = serial_of(screening_id, office_id, to, now, user, order.department)
    chosen = select(entries, matters, office_id=office_id, recipient=to, department=order.department, done=done)
    listed = chosen.matter_ids
    keys = write_keys(
        chosen.lines,
        desk_states(store, screening_id, office_id, listed),
        serial=serial,
        screening_id=screening_id,
        office_id=office_id,
        key=key,
    )
    content = list_workbook(
        screening,
        entries,
        matters,
        offices,
        done=done,
        form=form,
        standing_told=_standing(store, screening, office_id, language, time_zone),
        office_id=office_id,
        recipient=to,
        purpose=purpose,
        user=user,
        now=now,
        time_zone=time_zone,
        language=language,
        serial=serial,
        department=order.department,
        keys=keys,
    )
    detail: dict[str, Any] = {
        "screening_id": screening_id,
        "list_hash": screening.list_hash,
        "recipient": to.value,
        "serial": serial,
        "entries": len(listed),
        "form": form,
        "file_sha256": sha256(content).hexdigest(),
    }
    if order.department is not None:
        detail["department"] = order.department
    whole = Entry(at=now, user_id=user, action=EXPORT, office_id=office_id, purpose=purpose.strip(), detail=detail)
    each = [
        Entry(
            at=now,
            user_id=user,
            action=EXPORT_MATTER,
            office_id=office_id,
            matter_id=matter_id,
            purpose=purpose.strip(),
            detail={"serial": serial},
        )
        for matter_id in listed
    ]
    append_many(store, key, [whole, *each])
    return content


def list_workbook(
    screening: Screening,
    entries: Sequence[ListEntry],
    matters: pl.DataFrame,
    offices: pl.DataFrame,
    *,
    office_id: str,
    recipient: Recipient,
    purpose: str,
    user: str,
    now: int,
    time_zone: str,
    language: Language,
    serial: str,
    department: str | None = None,
    done: Done = NOTHING_DONE,
    form: Form = "xlsx",
    standing_told: Sequence[tuple[str, str]] = (),
    keys: Mapping[tuple[str, str], str] = NO_KEYS,
) -> bytes:
    """The file of one office's list: a pure function of what is stored.

    `done`: what people did on it so far; `standing_told`: lines of the notes on how far it has come; `keys`: what
    names each row (by matter id and part) so that a filled-in workbook can be read back.

    `matters` by contract.Matters (rows that are not there are not listed), `offices` by contract.Offices.  The
    leaders' copy holds must-acts and the larger and major flags, that of a case department its own matters, that of
    the petition department everything and the sheet 说理质量回看.  Raises as `check_recipient` and `check_purpose`.
    """
    check_recipient(recipient)
    check_purpose(purpose)
    chosen = select(entries, matters, office_id=office_id, recipient=recipient, department=department, done=done)
    names = dict(zip(offices["office_id"].to_list(), offices["name"].to_list(), strict=True))
    make = make_book if form == "xlsx" else make_pdf
    return make(
        chosen,
        Copy(
            screening=screening,
            office=names.get(office_id, office_id),
            recipient=recipient.value,
            department=department,
            purpose=purpose.strip(),
            user=user,
            now=now,
            time_zone=time_zone,
            language=language,
            serial=serial,
            k=size_of(screening, office_id),
            standing=standing_told,
            keys=keys,
            by_rules=by_rules(screening, office_id),
        ),
    )


def select(
    entries: Sequence[ListEntry],
    matters: pl.DataFrame,
    *,
    office_id: str,
    recipient: Recipient,
    department: str | None = None,
    done: Done = NOTHING_DONE,
) -> Selection:
    """The entries that stand on a recipient's copy, by part and rank, with what people did on them."""
    known = {row["matter_id"]: row for row in matters.iter_rows(named=True)}
    posts = POSTS[recipient]
    lines = [
        Line(
            entry=entry,
            matter=known[entry.matter_id],
            decision=done.decisions.get(entry.matter_id),
            put=done.puts.get(entry.matter_id) if entry.part == HAND else None,
            plan=done.plans.get(entry.matter_id),
        )
        for entry in sorted([*entries, *done.by_hand], key=lambda one: one.rank)
        if entry.office_id == office_id
        and entry.matter_id in known
        and known[entry.matter_id]["respondent_post"] not in posts
        and (recipient is not Recipient.CASE_DEPARTMENT or known[entry.matter_id]["department"] == department)
    ]
    by_part = {part: tuple(one for one in lines if one.entry.part == part) for part in (MUST_ACT, HAND, SPOT, REVIEW)}
    middle = tuple(line for line in lines if line.entry.part in _MIDDLE)
    for_leader = recipient is Recipient.OWN_LEADERS
    return Selection(
        must=by_part[MUST_ACT],
        hand=by_part[HAND],
        middle=tuple(line for line in middle if line.entry.band in BANDS[1:]) if for_leader else middle,
        # A spot check may owe nothing and lack no help: such entries never go to a signature (G8).
        spot=() if for_leader else by_part[SPOT],
        review=by_part[REVIEW] if recipient is Recipient.PETITION_DEPARTMENT else None,
        general_left_out=sum(line.entry.band not in BANDS[1:] for line in middle) if for_leader else 0,
        spots_left_out=len(by_part[SPOT]) if for_leader else 0,
    )


def size_of(screening: Screening, office_id: str) -> int:
    """k of the office's list: from the settings and the cohort the screening was made with."""
    cohort = int((screening.summary or {}).get("offices", {}).get(office_id, {}).get("cohort", 0))
    return list_size(cohort, SweepSettings.model_validate(screening.settings.get("sweep", {})))


def check_size(screening: Screening, entries: Sequence[ListEntry], office_id: str) -> None:
    """Raises NotAllowed where the middle part is longer than k: such a list is not one the job made (G17)."""
    flagged = sum(entry.part in _MIDDLE and entry.office_id == office_id for entry in entries)
    k = size_of(screening, office_id)
    if flagged > k:
        raise NotAllowed(
            "list_too_long",
            f"提示{flagged}件，超过名额{k}件，未导出",
            f"{flagged} flagged entries are more than the list's size {k}; nothing was exported",
        )


def serial_of(
    screening_id: str, office_id: str, recipient: Recipient, now: int, user: str, department: str | None = None
) -> str:
    """The serial of a copy, twelve digits and letters in three groups; the audit chain holds it."""
    named = "\x1f".join([screening_id, office_id, recipient.value, str(now), user, department or ""])
    digest = sha256(named.encode()).hexdigest()[:12].upper()
    return "-".join(digest[at : at + 4] for at in (0, 4, 8))


def _standing(
    store: Store, screening: Screening, office_id: str, language: Language, time_zone: str
) -> list[tuple[str, str]]:
    """How far the list has come, with the hash of the version that went up and who signed it."""
    t, now = wording(language), standing(store, screening.screening_id, office_id)
    told = [("notes.standing", t(f"standing.state.{now.state}"))]
    if now.sent is None or now.state in (ListState.DRAFT, ListState.RETURNED):
        return told
    told.append(("notes.version_hash", f"{t('standing.version', version=now.version)} {now.sent.content_hash}"))
    signers = {one.by: one.at for one in now.signatures.values()}
    for user_id, at in signers.items():
        person = users.find_user(store, user_id)
        name = user_id if person is None else person.display_name
        told.append(("notes.signed_by", t("standing.by", who=name, when=moment(at, time_zone))))
    return told


def _check_office(screening: Screening, offices: pl.DataFrame, office_id: str) -> None:
    tree = [(row["office_id"], row["parent_id"]) for row in offices.iter_rows(named=True)]
    if office_id not in {office for office, _ in tree} & {screening.scope, *offices_below(tree, screening.scope)}:
        raise NotFound("no_such_list", "该排查清单不含此单位", "this screening holds no list of that office")


def _without(matters: pl.DataFrame, posts: Collection[str]) -> pl.DataFrame:
    return matters.filter(~pl.col("respondent_post").is_in(sorted(posts)).fill_null(value=False))
