"""How likely a return is in the next 90 days: given everything, and given only what the register shows."""

import numpy as np

from data.synthetic.hazard import alive, on_calendar, unhurried_rate
from data.synthetic.simulate import perform, raise_again
from data.synthetic.state import V
from data.synthetic.world import Floats, Ints, World

HORIZON_DAYS = 90
_EVERY = 3
#: Columns simulated together; part of the meaning of a seed.
_LOT = 20_000


def full_hazard(state: Ints, latent: Floats, day: Ints, world: World, draws: int, rng: np.random.Generator) -> Floats:
    """P(at least one positive in [day, day + 90)) of each column, given its state and latent values; shape (n,).

    The mean over `draws` replays of what office and person do when no positive return comes between; in each the
    chance is 1 - exp(-integral of the hazard), so nothing but the conduct is drawn.
    """
    chance = np.zeros(day.size)
    for start in range(0, day.size, _LOT):
        part = slice(start, start + _LOT)
        for _ in range(draws):
            quiet = forward(state[:, part].copy(), latent[:, part].copy(), day[part], world, rng)
            chance[part] += -np.expm1(-quiet)
    return chance / max(draws, 1)


def forward(state: Ints, latent: Floats, day: Ints, world: World, rng: np.random.Generator) -> Floats:
    """Cumulated hazard of the next 90 days along one drawn course of conduct; changes `state` and `latent`.

    No positive return happens on the way (its hazard is cumulated instead, a rating "not solved" likewise).
    The calendar is exact to the day, the rest of the hazard is taken anew every third day.
    """
    quiet = np.zeros(day.size)
    rate = np.zeros(day.size)
    for ahead in range(HORIZON_DAYS):
        when = day + ahead
        if ahead % _EVERY == 0:
            rate = unhurried_rate(state, latent, when, world)
        today = on_calendar(rate, alive(state, when), when, world)
        young = when - state[V.REGISTERED_ON] < 8
        quiet += np.where(young, 0.0, today)
        perform(state, latent, when, world, rng, None, quiet=quiet)
        early = np.flatnonzero(young & (rng.random(day.size) < today)).astype(np.int32)
        raise_again(state, latent, early, when, world, rng, None)
    return quiet
