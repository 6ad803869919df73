"""How likely a matter is to be raised again on a day, given its true history and its latent values."""

from enum import IntEnum

import numpy as np

from data.synthetic.constants import CATEGORY_SHARES, CAUSE_SHARES, HAZARD
from data.synthetic.state import End, Part, Stage, V
from data.synthetic.world import Flags, Floats, Ints, World


class Latent(IntEnum):
    """Rows of the latent matrix: frailty of the matter, tact of its handler, clarity of its last answer."""

    FRAILTY = 0
    TACT = 1
    UNCLEAR = 2


_CATEGORY = np.array([effect for _, effect in CATEGORY_SHARES.values()])
_CAUSE = np.array([effect for _, effect in CAUSE_SHARES.values()])
_WAGES = list(CAUSE_SHARES).index("wages")
_END = np.zeros(len(End))
_END[[End.CLOSED, End.RESOLVED, End.TERMINATED, End.WITHDRAWN, End.MOVED, End.NOT_ACCEPTED, End.TRANSFERRED]] = [
    HAZARD.end_closed,
    HAZARD.end_resolved,
    HAZARD.end_terminated,
    HAZARD.end_withdrawn,
    HAZARD.end_moved,
    HAZARD.end_not_accepted,
    HAZARD.end_transferred,
]
_LOG1P = np.log1p(np.arange(2000) / 30.0)
_LOG1P_COUNT = np.log1p(np.arange(2000))


def _fading(days: int) -> Floats:
    """exp(-age / days) for ages 0 to 1,499, and 0 beyond (what never happened lies beyond)."""
    table = np.exp(-np.arange(1500) / days)
    table[-1] = 0.0
    return table


_FRESH = _fading(int(HAZARD.fresh_return_days))
_EXPLAINED = _fading(90)
_LONG = _fading(150)
_AID = _fading(200)


def owed_follow_ups(received_on: Ints, followed_on: Ints, stage: Ints, day: Ints) -> Ints:
    """Monthly follow-ups not sent, at most 5: months since the later of the three-month date and the last one."""
    since = np.maximum(received_on + 91, followed_on + 31)
    owed = np.clip((day - since) // 30 + 1, 0, 5)
    return np.where((stage <= Stage.HANDLING) & (day > since), owed, 0).astype(np.int32)


def return_rate(state: Ints | Part, latent: Floats, day: Ints, world: World) -> Floats:
    """Expected returns per day, shape (n,): a continuous-time hazard, held constant within a local day."""
    return on_calendar(unhurried_rate(state, latent, day, world), alive(state, day), day, world)


def alive(state: Ints | Part, day: Ints) -> Flags:
    """Whether a letter would still count to this matter; shape (n,)."""
    return (state[V.STAGE] != Stage.ENDED) | (day - state[V.ENDED_ON] <= HAZARD.forgotten_days)


def on_calendar(unhurried: Floats, living: Flags, day: Ints, world: World) -> Floats:
    """The rate of a day: season, weekend and drift on top, and the share that is independent of handling."""
    flat = world.flat[day]
    rate = (1.0 - flat) * unhurried * world.contact_factor[day] + flat * HAZARD.flat_rate
    return np.where(living, np.minimum(rate, HAZARD.ceiling), 0.0)


def unhurried_rate(state: Ints | Part, latent: Floats, day: Ints, world: World) -> Floats:
    """The rate apart from the calendar; shape (n,)."""
    h = HAZARD
    if world.plan.noise >= 1.0:
        return np.zeros(day.size)
    opened = state[V.STAGE] != Stage.ENDED
    idle = np.minimum(day - np.maximum(state[V.SUBSTANTIVE_ON], state[V.REGISTERED_ON]), h.idle_cap_days)
    slow = _LOG1P[idle] * opened
    owed = owed_follow_ups(state[V.RECEIVED_ON], state[V.FOLLOWED_ON], state[V.STAGE], day)
    due = state[V.PROMISE_DUE]
    broken = (due > 0) & (day > due)
    unexplained = (state[V.ANSWERED_ON] >= 0) & (state[V.EXPLAINED] == 0)
    parts = state[V.PARTS]
    returns = _LOG1P_COUNT[state[V.RETURNS]]
    joint = state[V.JOINT_ON] >= 0
    month = world.month[day]
    load = world.load[state[V.OFFICE], month]
    assigned = state[V.ASSIGNED_DUE]
    late_first = (
        (state[V.REPLY_POSSIBLE] > 0) & (state[V.PROCEDURAL_ON] < 0) & (day > state[V.RECEIVED_ON] + 7) & opened
    )
    eta = _CATEGORY[state[V.CATEGORY]] + _CAUSE[state[V.CAUSE]]
    eta += _END[state[V.END]]
    eta -= np.minimum(day - state[V.REGISTERED_ON], 540) / h.fading_days
    eta += slow * (h.idle + h.idle_x_joint * joint + h.idle_x_load * np.maximum(load, 0.0))
    eta += owed * (h.owed_follow_up + h.owed_x_returns * returns)
    eta += broken * (h.broken_promise + h.broken_x_leader * state[V.PROMISE_LEADER])
    eta += unexplained * (h.unexplained + h.unexplained_x_parts * (parts >= 2))
    eta += h.part_missing * parts
    eta += h.returned * np.minimum(state[V.PASSED_BACK], 2)
    eta += h.untold_transfer * ((state[V.END] == End.TRANSFERRED) & (state[V.TOLD] == 0))
    eta += h.handler_changed * np.minimum(state[V.HANDLER_CHANGES], 3)
    eta += h.asked_again_for_material * (state[V.MATERIAL_ASKED] > 1)
    eta += h.changed_x_not_first * ((day - state[V.CHANGED_ON] <= 60) & (state[V.FIRST_TIME] == 0))
    eta += h.earlier_return * returns
    eta += h.fresh_return * _FRESH[_age(day, state[V.RETURN_ON])]
    eta += h.not_solved_uncalled * ((state[V.RATED] == 3) & (state[V.CALLED] == 0))
    eta += h.joint_waiting * joint
    eta += h.first_time * state[V.FIRST_TIME]
    eta += h.assigned_overdue * ((assigned > 0) & (day > assigned) & opened)
    eta += h.late_first_reply * late_first
    eta += h.error_uncorrected * state[V.ERROR_OPEN]
    eta += h.explained * _EXPLAINED[_age(day, state[V.EXPLAINED_ON])]
    eta += h.hearing * _LONG[_age(day, state[V.HEARING_ON])]
    eta += h.leader * _LONG[_age(day, state[V.LEADER_ON])]
    eta += h.aid * _AID[_age(day, state[V.AID_ON])]
    eta += h.accepted_by_person * state[V.ACCEPTED_BY_PERSON]
    eta += h.called_back * state[V.CALLED]
    eta -= np.where(opened, 0.0, (day - state[V.ENDED_ON]) / h.ended_decay_days)
    eta += h.tact * latent[Latent.TACT]
    eta += (state[V.ANSWERED_ON] >= 0) * (h.clarity * latent[Latent.UNCLEAR] + h.rushed_answer * state[V.RUSHED])
    eta += h.wages_winter * ((state[V.CAUSE] == _WAGES) & world.winter[day])
    rate = h.base_rate * latent[Latent.FRAILTY] * np.exp(eta)
    return rate * np.where(day - state[V.REGISTERED_ON] < 8, h.young_factor, 1.0)


def _age(day: Ints, since: Ints) -> Ints:
    """Days since, capped where the tables end."""
    return np.minimum(day - since, 1499)


def not_solved_share(state: Ints, latent: Floats, flat: Floats) -> Floats:
    """Probability that a rating says "not solved", shape (n,) as `flat`, the share independent of handling."""
    h = HAZARD
    unexplained = (state[V.ANSWERED_ON] >= 0) & (state[V.EXPLAINED] == 0)
    score = (
        h.not_solved_base
        + h.not_solved_frailty * np.log(np.maximum(latent[Latent.FRAILTY], 1e-6))
        + h.not_solved_clarity * latent[Latent.UNCLEAR]
        + h.not_solved_tact * latent[Latent.TACT]
        + h.not_solved_part * state[V.PARTS]
        + h.not_solved_unexplained * unexplained
        + h.not_solved_returned * _LOG1P_COUNT[state[V.RETURNS]]
    )
    return (1.0 - flat) / (1.0 + np.exp(-score)) + flat * h.flat_not_solved
