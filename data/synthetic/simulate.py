"""What happens to each matter, day by day, from its registration until the end of the watch."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.synthetic.conduct import SELDOM, choices
from data.synthetic.constants import CONDUCT, HAZARD, LATER_CONTACTS, REMEDY_OF
from data.synthetic.hazard import Latent, not_solved_share, return_rate
from data.synthetic.state import KIND_INDEX, RETURN_KINDS, Part, Stage, V, apply_event
from data.synthetic.world import Flags, Floats, Ints, World

#: One event as simulated: days count from the plan's start, 0 or -1 stands for "none" as said in `entry`.
EVENT = np.dtype(
    [
        ("matter", np.int32),
        ("kind", np.int16),
        ("day", np.int32),
        ("band", np.int8),
        ("due", np.int32),
        ("amount", np.int64),
        ("solved", np.int8),
        ("caused", np.int8),
        ("parts", np.int8),
        ("document", np.int8),
        ("rank", np.int8),
        ("form", np.int8),
        ("level", np.int8),
        ("own", np.bool_),
        ("handler", np.int32),
    ]
)
Log = list[NDArray[Any]]
#: The oracle looks at open matters and at those ended within this many days: a little more than any cohort.
WATCHED_AFTER_END = 100

#: Codes of `caused`, `solved`, `rank`, `form` and `level` in the order of the vocabulary, from 1.
CAUSED = {"remedy": 1, "our_appointment": 2, "material_request": 3}
NOT_SOLVED = 3
_DOCUMENTED: dict[str, float] = {
    "procedural_reply": 0.85,
    "progress_reply": 0.55,
    "substantive_reply": 0.95,
    "not_accepted": 0.95,
    "explanation": 0.25,
}
#: Nothing later depends on these: a replay leaves them out.
_WITHOUT_EFFECT = frozenset(
    ("seldom", "progress_query", "new_material", "urged", "backlog_listed", "lawyer_present", "jurisdiction_objected")
)
_RANKED = {"leader_reception", "leader_letter", "leader_assigned"}
_LATER = tuple(LATER_CONTACTS)
_LATER_BOUNDS = np.cumsum(list(LATER_CONTACTS.values()))
_PATHS = tuple(REMEDY_OF.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Copies of the state of some matters at the start of a day: what the oracle starts from."""

    state: Ints
    latent: Floats
    day: Ints


def act(
    state: Ints,
    latent: Floats,
    rows: Ints,
    action: str,
    day: Ints,
    world: World,
    rng: np.random.Generator,
    log: Log | None,
    *,
    quiet: Floats | None = None,
    caused: int = 0,
    own: bool = False,
) -> None:
    """Let `action` happen to the columns `rows` (days in `day`, shape of all columns), with its payload and companions.

    With `quiet` given, a rating never says "not solved": its chance is added to the cumulated hazard instead.
    """
    if rows.size == 0 or (log is None and action in _WITHOUT_EFFECT):
        return
    if action in ("remedy", "seldom", "contact_by_remedy"):
        _split(state, latent, rows, action, day, world, rng, log)
        return
    if action in ("forwarded_by_remedy", "forwarded_copy"):
        by_remedy = CAUSED["remedy"] if action == "forwarded_by_remedy" else 0
        act(state, latent, rows, "forwarded_from_above", day, world, rng, log, caused=by_remedy, own=True)
        return
    when = day[rows]
    count = rows.size
    event = np.zeros(count, EVENT)
    event["matter"], event["kind"], event["day"] = state[V.MATTER, rows], KIND_INDEX[action], when
    event["parts"], event["own"], event["caused"] = -1, own or caused > 0, caused
    value = np.zeros(count, dtype=np.int32)
    follow: list[tuple[Ints, str, int]] = []
    if action in _DOCUMENTED:
        event["document"] = rng.random(count) < _DOCUMENTED[action]
    if action in _RANKED:
        event["rank"] = 1 + np.searchsorted([0.25, 0.70, 0.90], rng.random(count))
    if action in RETURN_KINDS and not action.endswith("_from_above"):
        event["band"] = 2 + (rng.random(count) < 0.6) if action == "joint_submission" else 1
    match action:
        case "substantive_reply":
            effort = world.effort[state[V.CELL, rows], world.month[when]]
            missing = rng.random((5, count)) < CONDUCT.part_missing / effort
            event["parts"] = (missing * np.array([1, 2, 4, 8, 16])[:, None]).sum(axis=0)
            value = missing.sum(axis=0).astype(np.int32)
            latent[Latent.UNCLEAR, rows] = rng.standard_normal(count)
            state[V.RUSHED, rows] = world.rushed[when]
            follow.append((rows[rng.random(count) < CONDUCT.explain_same_day * effort], "explanation", 0))
        case "progress_reply":
            value = event["document"].astype(np.int32)
        case "rated":
            value = _rating(state, latent, rows, world.flat[when], rng, quiet)
            event["solved"] = value
        case "promise_made":
            value = (when + 15 + rng.integers(0, 46, count)).astype(np.int32)
            event["due"] = value
        case "assigned_from_above":
            value = (when + 30 + 15 * rng.integers(0, 3, count)).astype(np.int32)
            event["due"] = value
        case "aid_paid":
            event["amount"] = 100_000 * rng.integers(3, 61, count)
        case "material_supplied":
            event["caused"] = CAUSED["material_request"]
        case "handler_changed":
            event["handler"] = _hand_over(state, latent, rows, when, world, rng)
        case "officer_rated":
            heavy = 0.7 * state[V.RETURNS, rows] + (state[V.JOINT_ON, rows] >= 0) + (state[V.ASSIGNED_DUE, rows] > 0)
            event["level"] = 1 + np.searchsorted([0.9, 1.9], heavy + rng.normal(0.2, 0.5, count))
        case "leader_reception":
            event["form"] = 1 + np.searchsorted([0.55, 0.85], rng.random(count))
            follow.append((rows[event["form"] == 2], "visit", CAUSED["our_appointment"]))
            promised = rows[(rng.random(count) < CONDUCT.leader_promise) & (state[V.PROMISE_DUE, rows] == 0)]
            state[V.PROMISE_LEADER, promised] = 1
            follow.append((promised, "promise_made", 0))
        case _:
            pass
    apply_event(state, rows, action, when, value, own_cause=event["own"])
    if log is not None:
        log.append(event)
    for others, companion, cause in follow:
        act(state, latent, others, companion, day, world, rng, log, caused=cause)


def _split(
    state: Ints,
    latent: Floats,
    rows: Ints,
    action: str,
    day: Ints,
    world: World,
    rng: np.random.Generator,
    log: Log | None,
) -> None:
    """Give each matter its own kind where the action stands for several."""
    caused = 0
    if action == "remedy":
        kinds, pick = _PATHS, state[V.PATH, rows]
    elif action == "seldom":
        kinds, pick = SELDOM, rng.integers(0, len(SELDOM), rows.size)
    else:
        kinds, pick, caused = ("letter", "visit", "online"), rng.integers(0, 3, rows.size), CAUSED["remedy"]
    for index in np.unique(pick):
        act(state, latent, rows[pick == index], kinds[index], day, world, rng, log, caused=caused)


def _rating(
    state: Ints, latent: Floats, rows: Ints, flat: Floats, rng: np.random.Generator, quiet: Floats | None
) -> Ints:
    share = not_solved_share(state[:, rows], latent[:, rows], flat)
    draw = rng.random(rows.size)
    solved = np.where(rng.random(rows.size) < 0.62, 1, 2)
    if quiet is not None:
        quiet[rows] -= np.log1p(-np.minimum(share, 0.999))
        return solved.astype(np.int32)
    return np.where(draw < share, NOT_SOLVED, solved).astype(np.int32)


def _hand_over(state: Ints, latent: Floats, rows: Ints, when: Ints, world: World, rng: np.random.Generator) -> Ints:
    """The seat's new holder, or (where the seat did not change hands) the holder of another seat of the office."""
    office = state[V.OFFICE, rows]
    first, seats = world.seat_first[office], world.seat_count[office]
    seat = state[V.SEAT, rows]
    other = first + (seat - first + 1 + np.floor(rng.random(rows.size) * (seats - 1)).astype(np.int32)) % seats
    seat = np.where(world.holder[seat, when] == state[V.HANDLER, rows], other, seat)
    handler = world.holder[seat, when]
    state[V.SEAT, rows] = seat
    state[V.HANDLER, rows] = handler
    latent[Latent.TACT, rows] = world.tact[handler]
    return handler


def raise_again(
    state: Ints, latent: Floats, rows: Ints, day: Ints, world: World, rng: np.random.Generator, log: Log | None
) -> None:
    """Let the matters in `rows` be raised again: a contact, or something from above, in one of its kinds."""
    pick = np.searchsorted(_LATER_BOUNDS, rng.random(rows.size) * _LATER_BOUNDS[-1])
    again = rng.random(rows.size)
    joint = (state[V.JOINT_FIRST, rows] > 0) & (again < 0.4)
    pick = np.where(joint, _LATER.index("joint_submission"), pick)
    # The first copy forwarded within 30 days of registration is the first letter's; a return is never entered as one.
    copy = (pick == _LATER.index("forwarded_from_above")) & (state[V.FORWARDED, rows] == 0)
    pick = np.where(copy & (day[rows] - state[V.REGISTERED_ON, rows] <= 31), 0, pick)
    for index in np.unique(pick):
        act(state, latent, rows[pick == index], _LATER[index], day, world, rng, log)


def perform(
    state: Ints,
    latent: Floats,
    day: Ints,
    world: World,
    rng: np.random.Generator,
    log: Log | None,
    *,
    quiet: Floats | None = None,
    unseen: Floats | None = None,
    weight: Floats | None = None,
) -> None:
    """One day's acts of office and person, at most one per matter and group.

    With `unseen` (n,) only acts that were not yet entered may happen: chances are multiplied by it, and the
    log-chance that nothing else was entered is added to `weight`.
    """
    for choice in choices(state, day, world):
        total = choice.total
        if unseen is not None and weight is not None:
            hidden = unseen[choice.rows]
            weight[choice.rows] += np.log1p(-total * (1.0 - hidden))
            total = total * hidden
        draw = rng.random(choice.rows.size)
        hits = np.flatnonzero(draw < total)
        if hits.size == 0:
            continue
        bounds = np.cumsum(choice.chances[:, hits], axis=0)
        level = draw[hits] / total[hits] * bounds[-1]
        picked = np.minimum((level >= bounds).sum(axis=0), len(choice.actions) - 1)
        for index in np.unique(picked):
            rows = choice.rows[hits[picked == index]]
            act(state, latent, rows, choice.actions[index], day, world, rng, log, quiet=quiet)


def step(state: Ints, latent: Floats, day: Ints, world: World, rng: np.random.Generator, log: Log | None) -> None:
    """One day of all matters: the hazard as the day begins, then the acts, then the returns.

    By thinning: the hazard is worked out only where a return at the highest rate would happen.
    """
    draw = rng.random(day.size)
    may = np.flatnonzero(draw < -np.expm1(-HAZARD.ceiling)).astype(np.int32)
    rate = return_rate(Part(state, may), latent.take(may, axis=1), day[may], world)
    raised = may[draw[may] < -np.expm1(-rate)]
    perform(state, latent, day, world, rng, log)
    raise_again(state, latent, raised, day, world, rng, log)


def run(
    state: Ints, latent: Floats, world: World, rng: np.random.Generator, log: Log, watched: Flags
) -> list[Standing]:
    """Simulate until the plan's end, filling `log`; returns the standing of all live matters on `watched` days."""
    end = world.plan.days
    day = state[V.REGISTERED_ON].copy()
    standings: list[Standing] = []
    while day.size:
        lately = (state[V.STAGE] != Stage.ENDED) | (day - state[V.ENDED_ON] <= WATCHED_AFTER_END)
        seen = np.flatnonzero(watched[day] & lately & (day > state[V.REGISTERED_ON]))
        if seen.size:
            standings.append(Standing(state=state[:, seen], latent=latent[:, seen], day=day[seen]))
        step(state, latent, day, world, rng, log)
        day = day + 1
        over = (state[V.STAGE] == Stage.ENDED) & (day - state[V.ENDED_ON] > HAZARD.forgotten_days)
        keep = (day <= end) & ~over
        if keep.mean() < 0.97 or (day > end + 30).any():
            state, latent, day = state[:, keep], latent[:, keep], day[keep]
    return standings


def joined(log: Log, until: int) -> NDArray[Any]:
    """The log as one array, without what lies on or after day `until`, sorted by matter, day and order of happening."""
    happened = np.empty(sum(part.size for part in log), EVENT)
    start = 0
    for part in log:
        happened[start : start + part.size] = part
        start += part.size
    happened = happened[happened["day"] < until]
    return happened[np.lexsort((np.arange(happened.size), happened["day"], happened["matter"]))]
