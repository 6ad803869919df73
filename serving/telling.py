"""How a hotline or a reception desk writes events: gated, of the caller's own office, and in effect at once (G25)."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import polars as pl

from data.contract import Attributes, Events, Matters, event_uuid, matter_uuid
from data.errors import InputRefused, NotAllowed
from data.forbidden import forbidden_value, is_code, name_runs, normalised
from data.store import register, told, volume
from data.store.batches import batch_view
from data.store.told import ToldAnswer
from data.times import local_date, local_midnight
from data.vocabulary import KIND, Role
from serving import acts, journal
from serving.acts import NotNow
from serving.card import place_of
from serving.daily_caps import capped, daily_limit, seconds_to_midnight
from serving.deps import Caller, Service
from serving.permissions import matter_not_found
from serving.problems import TooManyRequests

#: What a machine may write: what came in, and what was answered. Ends, decisions and promises are logged by people.
_MACHINE_ROLES = (
    Role.CONTACT, Role.FROM_ABOVE, Role.NEUTRAL, Role.INTAKE, Role.REPLY, Role.REMEDY, Role.RATING,
)  # fmt: skip
MACHINE_KINDS: frozenset[str] = frozenset(
    {code for code, kind in KIND.items() if kind.role in _MACHINE_ROLES} | {"urgent_marked"}
)
#: An office without open matters still has to register its first ones.
_LEAST_EVENTS = 20
_OLDEST_DAYS = 366
#: As long as an identity number: no number of ours is, and no check digit has to prove it.
_LIKE_IDENTITY = re.compile(r"(?<!\d)\d{15}(?:\d{2}[\dXx])?(?!\d)")
_ATTRIBUTES = ("category", "cause", "procedure_path", "first_time", "reply_possible")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMatter:
    """A matter to be registered on `registered_on`; None where the desk does not know."""

    matter_no: str
    registered_on: date
    department: str | None = None
    handler: str | None = None
    category: str | None = None
    cause: str | None = None
    procedure_path: str | None = None
    first_time: bool | None = None
    reply_possible: bool | None = None
    respondent_post: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event of a registered matter; `people_band` 1, 2, 3 for 1, 2–4, 5 or more, `amount` in fen."""

    matter_no: str
    kind: str
    occurred_on: date
    people_band: int = 0
    due_on: date | None = None
    amount: int | None = None
    solved: str | None = None
    caused_by: str | None = None
    document_no: str | None = None
    parts_missing: int | None = None
    rank: str | None = None
    form: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: the batch and, in the order they were sent, the ids of the matters concerned."""

    batch_id: int
    matter_ids: tuple[str, ...]
    events: int


def tell(
    service: Service, caller: Caller, matters: Sequence[NewMatter], events: Sequence[NewEvent], *, once: str
) -> Written:
    """Write new matters and events as one batch, on record; the same `once` again gives back the first answer.

    A new matter is registered by the call (an event `registered`); its clocks and must-act rules run from now on.
    Raises InputRefused naming what is off (values are never repeated), NotFound for a number that is not the caller's,
    NotNow where the number is taken or `once` was used for something else, TooManyRequests beyond the day's volume.
    """
    sent = _digest(matters, events)
    before = told.told_before(service.store, caller.actor, once)
    if before is not None:
        return _again(before, sent)
    office = caller.office_id or ""
    _gate(service, caller, office, matters, events)
    _check(service, caller, matters, events)
    _count(service, caller, office, len(events) + len(matters), least=_LEAST_EVENTS)
    with service.store.write():
        told.hold(service.store)
        before = told.told_before(service.store, caller.actor, once)
        if before is not None:
            return _again(before, sent)
        known = _known(service, caller, office, matters, events)
        frames = _frames(service, caller, office, known, matters, events)
        batch = told.write_told(service.store, office_id=office, at=caller.now, by=caller.actor, **frames)
        mine = tuple(dict.fromkeys(known[one.matter_no]["matter_id"] for one in (*matters, *events)))
        answer = {"batch_id": batch, "matter_ids": list(mine), "events": len(events)}
        told.keep_answer(
            service.store,
            ToldAnswer(caller=caller.actor, once=once, sent_sha256=sent, answer=answer, at=caller.now),
        )
        for matter_id in mine:
            acts.on_record(service, caller.entry(journal.EVENTS_TOLD, office, {"batch": batch}, matter_id))
    return _written(answer)


def count_call(service: Service, caller: Caller, count: int) -> None:
    """Count what a machine asks for today; beyond twice its office's open matters refuse, and record a finding."""
    if caller.machine is not None:
        _count(service, caller, caller.machine.office_id, count)


def _count(service: Service, caller: Caller, office: str, count: int, *, least: int = 0) -> None:
    zone = service.settings.time_zone
    limit = daily_limit(service, office, least=least)
    if volume.take_call(service.store, caller.actor, local_day=local_date(caller.now, zone), count=count, limit=limit):
        return
    refusal = TooManyRequests(
        "token_volume",
        f"今日用量已达上限（{limit}），已记录；明日恢复",
        f"today's cap of {limit} is reached; this was put on record; it lifts tomorrow",
        retry_after=seconds_to_midnight(caller.now, zone),
    )
    raise capped(service, caller, journal.VOLUME_CAPPED, office, limit, refusal)


def _digest(matters: Sequence[NewMatter], events: Sequence[NewEvent]) -> str:
    body = {"matters": [asdict(one) for one in matters], "events": [asdict(one) for one in events]}
    return sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def _again(before: ToldAnswer, sent: str) -> Written:
    acts.check_same([before.sent_sha256], [sent])
    return _written(before.answer)


def _written(answer: Mapping[str, Any]) -> Written:
    return Written(
        batch_id=int(answer["batch_id"]), matter_ids=tuple(answer["matter_ids"]), events=int(answer["events"])
    )


def _gate(
    service: Service, caller: Caller, office: str, matters: Sequence[NewMatter], events: Sequence[NewEvent]
) -> None:
    """Every text of the call through the gate of G2; on record is only how many were refused."""
    codes = [one.matter_no for one in (*matters, *events)] + [one.document_no for one in events if one.document_no]
    staff = [one.handler for one in matters if one.handler]
    refused = [
        text
        for text in codes
        if forbidden_value(text) is not None or name_runs(text) or _LIKE_IDENTITY.search(normalised(text))
    ]
    refused += [text for text in staff if not is_code(text)]
    departments = {one.department for one in matters if one.department}
    if departments:
        known = set(register.matters_of_office(service.store, office)["department"].drop_nulls().to_list())
        refused += sorted(departments - known)
    if not refused:
        return
    service.journal.record(caller.entry(journal.TEXT_REFUSED, office, {"refusals": len(refused)}))
    raise InputRefused(
        "told_text_refused",
        "编号、文书号、部门或承办人编号中有不能保存的内容，未保存",
        "a number, document number, department or staff number holds what may not be kept; nothing was saved",
        [
            (
                f"共{len(refused)}处；编号不含姓名和证件号码，部门须为台账中已有的部门，承办人只写工号",
                f"{len(refused)} in all; numbers hold no name or identity number, a department is one of the ledger's, "
                "a handler is given by staff number",
            )
        ],
    )


def _check(service: Service, caller: Caller, matters: Sequence[NewMatter], events: Sequence[NewEvent]) -> None:
    today = local_date(caller.now, service.settings.time_zone)
    wrong: list[tuple[str, str]] = []
    known = {*KIND, *(kind.code for kind in register.read_kinds(service.store))}
    if not matters and not events:
        wrong.append(("至少写一项", "give at least one matter or event"))
    if len({one.matter_no for one in matters}) != len(matters):
        wrong.append(("同一编号登记了两次", "a number is registered twice"))
    for number, one in enumerate(matters):
        if not 0 <= (today - one.registered_on).days <= _OLDEST_DAYS:
            wrong.append(_day_off("matters", number))
    for number, one in enumerate(events):
        if one.kind not in known:
            wrong.append((f"events.{number}：没有这个环节", f"events.{number}: no such kind of event"))
        elif caller.machine is not None and one.kind not in MACHINE_KINDS:
            wrong.append(
                (f"events.{number}：该环节须由人员登记", f"events.{number}: this kind is recorded by a person")
            )
        if one.kind == "registered":
            wrong.append(
                (f"events.{number}：登记请写在 matters 中", f"events.{number}: register a matter under matters")
            )
        if not 0 <= (today - one.occurred_on).days <= _OLDEST_DAYS:
            wrong.append(_day_off("events", number))
    if wrong:
        raise InputRefused("told_invalid", "内容有误，未保存", "the call is off; nothing was saved", wrong)


def _day_off(where: str, number: int) -> tuple[str, str]:
    return (
        f"{where}.{number}：日期应在过去一年内，不晚于今天",
        f"{where}.{number}: the day lies within the last year, today at the latest",
    )


def _known(
    service: Service, caller: Caller, office: str, matters: Sequence[NewMatter], events: Sequence[NewEvent]
) -> dict[str, dict[str, Any]]:
    """The row of every matter the call is about, by number: those to be registered, and those of the caller's scope."""
    numbers = list(dict.fromkeys(one.matter_no for one in (*matters, *events)))
    ids = told.numbers_of(service.store, office, numbers)
    if any(one.matter_no in ids for one in matters):
        raise NotNow("number_taken", "编号已登记，请核对", "a number is registered already")
    imports = batch_view(service.store).imports
    mine = [one for one in imports if not one.batch.offices or office in one.batch.offices] or list(imports)
    source = mine[-1].batch.source if mine else ""
    known: dict[str, dict[str, Any]] = {}
    for one in matters:
        matter_id = matter_uuid(source, office, one.matter_no)
        row = {name: getattr(one, name, None) for name in Matters.column_names()}
        known[one.matter_no] = row | {"matter_id": matter_id, "source": source, "office_id": office}
        _refuse_own_post(caller, one.respondent_post)
    rows = {
        row["matter_id"]: row
        for row in register.some_matters(service.store, [one for found in ids.values() for one in found]).to_dicts()
    }
    for number in numbers:
        if number in known:
            continue
        seen = [rows[one] for one in ids.get(number, []) if one in rows and caller.matters.holds(place_of(rows[one]))]
        if len(seen) != 1:
            raise matter_not_found()
        known[number] = seen[0]
    return known


def _refuse_own_post(caller: Caller, post: str | None) -> None:
    if caller.machine is None and post is not None and post == caller.person.respondent_post:
        raise NotAllowed(
            "recused",
            "事项反映的是您的岗位，请由其他负责人或上级院登记",
            "the matter complains about your own post; another leader or the superior office registers it",
        )


def _frames(
    service: Service,
    caller: Caller,
    office: str,
    known: Mapping[str, Mapping[str, Any]],
    matters: Sequence[NewMatter],
    events: Sequence[NewEvent],
) -> dict[str, pl.DataFrame]:
    zone = service.settings.time_zone
    rows: list[dict[str, Any]] = []
    facts: list[dict[str, Any]] = []
    taken: dict[tuple[str, str, date], int] = {}
    numbers = {known[one.matter_no]["matter_id"]: one.matter_no for one in events}
    stored = register.some_events(service.store, numbers)
    for row in stored.unique("event_id").iter_rows(named=True):
        key = (numbers[row["matter_id"]], row["kind"], local_date(row["occurred_at"], zone))
        taken[key] = taken.get(key, 0) + 1

    def stamped(day: date) -> dict[str, Any]:
        occurred = local_midnight(day, zone)
        # A cutoff sees what was known before it: an instant ago, so that now sees it.
        known_at = max(occurred, caller.now - 1)
        return {"occurred_at": occurred, "known_at": known_at, "known_from": known_at, "assumed": False}

    sent = [NewEvent(matter_no=one.matter_no, kind="registered", occurred_on=one.registered_on) for one in matters]
    for seq, one in enumerate((*sent, *events)):
        matter = known[one.matter_no]
        key = (one.matter_no, one.kind, one.occurred_on)
        place = taken[key] = taken.get(key, 0) + 1
        identity = event_uuid(
            matter["source"], matter["matter_id"], one.kind, f"{one.occurred_on.isoformat()}#{place - 1}"
        )
        payload = asdict(one) | {"due_at": None if one.due_on is None else local_midnight(one.due_on, zone)}
        rows.append(
            {**payload, **stamped(one.occurred_on), "event_id": identity, "matter_id": matter["matter_id"], "seq": seq}
        )
    for one in matters:
        for seq, name in enumerate(_ATTRIBUTES):
            value = getattr(one, name)
            if value is None:
                continue
            text, number = (value, None) if isinstance(value, str) else (None, int(value))
            row = {"matter_id": known[one.matter_no]["matter_id"], "name": name, "text": text, "number": number}
            facts.append({**row, **stamped(one.registered_on), "seq": seq, "usable": True, "ordinal": 0})
    return {
        "matters": pl.DataFrame([known[one.matter_no] for one in matters], schema=Matters.create_empty().schema),
        "attributes": pl.DataFrame(facts, schema={**Attributes.create_empty().schema, "ordinal": pl.Int64()}),
        "events": pl.DataFrame(rows, schema=Events.create_empty().schema),
    }
