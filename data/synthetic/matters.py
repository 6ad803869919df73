"""Which matters the offices receive, with what they are at registration and their latent values."""

from dataclasses import dataclass

import numpy as np

from data.synthetic.constants import (
    CATEGORY_SHARES,
    CAUSE_SHARES,
    DEPARTMENT_OF,
    DEPARTMENTS,
    FIRST_CONTACTS,
    HAZARD,
    PATHS,
    POLICY_CONTACTS,
    REMEDY_OF,
)
from data.synthetic.hazard import Latent
from data.synthetic.simulate import Log, act
from data.synthetic.state import V, fresh_state
from data.synthetic.world import Floats, Ints, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomers:
    """Matters in order of office and registration: state at registration (ROWS, n), latents (3, n), first contact."""

    state: Ints
    latent: Floats
    first: Ints
    respondent: Ints  # 0: nobody of ours; 1 handler, 2 department, 3 leader


def draw_matters(world: World, rng: np.random.Generator) -> Newcomers:
    """All matters registered before the plan's end."""
    office, day = (part.astype(np.int32) for part in np.nonzero(world.arrivals))
    times = world.arrivals[office, day]
    office, day = np.repeat(office, times), np.repeat(day, times)
    count = office.size
    state = fresh_state(count)
    state[V.MATTER] = np.arange(count)
    state[V.OFFICE], state[V.REGISTERED_ON] = office, day
    waited = np.searchsorted([0.80, 0.93, 0.98], rng.random(count))
    state[V.RECEIVED_ON] = np.maximum(day - waited, 0)
    category = _pick(np.array([share for share, _ in CATEGORY_SHARES.values()]), rng.random(count))
    state[V.CATEGORY] = category
    state[V.CAUSE] = _pick(np.array([share for share, _ in CAUSE_SHARES.values()]), rng.random(count))
    state[V.PATH] = _paths(category, rng.random(count))
    departments = np.array([DEPARTMENT_OF[name] for name in CATEGORY_SHARES], dtype=np.int32)
    state[V.CELL] = office * len(DEPARTMENTS) + departments[category]
    state[V.UNLUCKY] = world.unlucky[office, category]
    state[V.FIRST_TIME] = rng.random(count) < 0.68
    state[V.REPLY_POSSIBLE] = rng.random(count) < 0.95
    seat = world.seat_first[office] + np.floor(rng.random(count) * world.seat_count[office]).astype(np.int32)
    state[V.SEAT], state[V.HANDLER] = seat, world.holder[seat, day]
    latent = np.zeros((len(Latent), count))
    latent[Latent.FRAILTY] = draw_frailty(count, rng)
    latent[Latent.TACT] = world.tact[state[V.HANDLER]]
    against = category == list(CATEGORY_SHARES).index("against_procuratorate")
    draw = rng.random(count)
    first = _pick(np.array(list(FIRST_CONTACTS.values())), draw)
    if "policy_change" in world.planted:
        led = _pick(np.array(list(POLICY_CONTACTS.values())), draw)
        first = np.where(day >= world.planted["policy_change"], led, first).astype(np.int32)
    return Newcomers(
        state=state,
        latent=latent,
        first=first,
        respondent=np.where(against & (rng.random(count) < 0.6), 1 + rng.integers(0, 3, count), 0).astype(np.int32),
    )


def draw_frailty(count: int, rng: np.random.Generator) -> Floats:
    """Latent frailty of matters, gamma with mean 1."""
    return rng.gamma(HAZARD.frailty_shape, 1.0 / HAZARD.frailty_shape, count)


def begin(newcomers: Newcomers, world: World, rng: np.random.Generator, log: Log) -> tuple[Ints, Floats]:
    """Log the registrations and first contacts; returns the state and latents to simulate from."""
    state, latent = newcomers.state.copy(), newcomers.latent.copy()
    day = state[V.REGISTERED_ON]
    everyone = np.arange(day.size, dtype=np.int32)
    act(state, latent, everyone, "registered", day, world, rng, log)
    for index, kind in enumerate(FIRST_CONTACTS):
        rows = everyone[newcomers.first == index]
        state[V.JOINT_FIRST, rows] = kind == "joint_submission"
        act(state, latent, rows, kind, state[V.RECEIVED_ON], world, rng, log, own=True)
    for kind, share in (("transferred_in", 0.04), ("assigned_from_above", 0.03), ("urgent_marked", 0.02)):
        act(state, latent, everyone[rng.random(day.size) < share], kind, day, world, rng, log, own=True)
    return state, latent


def _pick(shares: Floats, draw: Floats) -> Ints:
    return np.searchsorted(np.cumsum(shares)[:-1] / shares.sum(), draw, side="right").astype(np.int32)


def _paths(category: Ints, draw: Floats) -> Ints:
    order = list(REMEDY_OF)
    path = np.zeros(category.size, dtype=np.int32)
    for index, name in enumerate(CATEGORY_SHARES):
        rows = np.flatnonzero(category == index)
        options = PATHS[name]
        chosen = _pick(np.array([share for _, share in options]), draw[rows])
        path[rows] = np.array([order.index(option) for option, _ in options])[chosen]
    return path
