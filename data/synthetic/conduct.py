"""What the office and the person may do next on a day: daily probabilities, given only what can be seen."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.synthetic.constants import CATEGORY_SHARES, CONDUCT, TRAPS
from data.synthetic.hazard import owed_follow_ups
from data.synthetic.state import NEVER, Part, Stage, V
from data.synthetic.world import Floats, Ints, World

Offers = list[tuple[str, NDArray[Any]]]

#: Actions that are not simply an event kind: `remedy` (its kind depends on the path), contacts caused by it, the
#: forwarded copy of the first letter, and `seldom`, one of these rare kinds.
SELDOM: tuple[str, ...] = (
    "joint_meeting",
    "joint_handling",
    "field_visit",
    "video_reception",
    "case_checked",
    "counselling_arranged",
    "social_aid_referred",
    "clue_referred",
    "education_held",
    "major_reported",
    "case_review_opened",
    "mediation_held",
)
#: After an end, and after a return that follows it, nothing more is done than within this time.
_AFTERMATH_DAYS = 60
#: Even a crowded day leaves some chance that nothing is done.
_MOST = 0.97
_AID = list(CATEGORY_SHARES).index("judicial_aid")
_SLOWED = list(CATEGORY_SHARES).index(TRAPS.unlucky_category)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who may act (columns of the state), on what, how likely (`chances`: one row per action), and their sum."""

    rows: Ints
    actions: tuple[str, ...]
    chances: Floats
    total: Floats


def choices(state: Ints, day: Ints, world: World) -> list[Choice]:
    """All groups of competing actions of one day; within a group at most one happens to a matter."""
    ended = state[V.STAGE] == Stage.ENDED
    lately = ~ended | (day - np.maximum(state[V.ENDED_ON], state[V.RETURN_ON]) <= _AFTERMATH_DAYS)
    people = np.flatnonzero(lately | (state[V.REMEDY_OPEN] > 0)).astype(np.int32)
    found = [_choice(people, _person(Part(state, people), day[people]))] if people.size else []
    works = world.workday[day] & lately
    for stage, offers in (
        (Stage.INTAKE, _intake),
        (Stage.HANDLING, _handling),
        (Stage.ANSWERED, _answered),
        (Stage.SUSPENDED, _suspended),
        (Stage.ENDED, _ended),
    ):
        rows = np.flatnonzero(works & (state[V.STAGE] == stage)).astype(np.int32)
        if rows.size:
            part, when = Part(state, rows), day[rows]
            effort = _effort(part, when, world)
            found.append(_choice(rows, offers(part, when, effort, world)))
            if stage in (Stage.HANDLING, Stage.ANSWERED):
                found.append(_choice(rows, _support(part, when, effort, world)))
    return found


def _choice(rows: Ints, offers: Offers) -> Choice:
    chances = np.stack([chance for _, chance in offers])
    total = chances.sum(axis=0)
    crowded = np.flatnonzero(total > _MOST)
    chances[:, crowded] *= _MOST / total[crowded]
    return Choice(rows=rows, actions=tuple(name for name, _ in offers), chances=chances, total=np.minimum(total, _MOST))


def _effort(state: Part, day: Ints, world: World) -> NDArray[Any]:
    base = world.effort[state[V.CELL], world.month[day]]
    if "unlucky_group" in world.planted:
        slowed = (state[V.CATEGORY] == _SLOWED) & (day >= world.planted["unlucky_group"])
        base = base * np.where(slowed, TRAPS.unlucky_effort, 1.0)
    return base * np.where(state[V.UNLUCKY] > 0, CONDUCT.unlucky_effort, 1.0)


def _neglect(state: Part, day: Ints) -> NDArray[Any]:
    """Long idle matters that nobody asks about slip out of sight; some never come back to the desk."""
    last = np.maximum(np.maximum(state[V.SUBSTANTIVE_ON], state[V.RETURN_ON]), state[V.REGISTERED_ON])
    return np.where(
        day - np.maximum(last, state[V.FOLLOWED_ON]) > CONDUCT.neglected_days, CONDUCT.neglected_factor, 1.0
    )


def _policy(factor: float, day: Ints, world: World) -> NDArray[Any]:
    """`factor` from the planted change of policy on, else 1; shape of `day`."""
    return np.where(day >= world.planted.get("policy_change", world.workday.size), factor, 1.0)


def _owed(state: Part, day: Ints) -> Ints:
    return owed_follow_ups(state[V.RECEIVED_ON], state[V.FOLLOWED_ON], state[V.STAGE], day)


def _person(state: Part, day: Ints) -> Offers:
    opened = state[V.STAGE] != Stage.ENDED
    idle = np.minimum(day - np.maximum(state[V.SUBSTANTIVE_ON], state[V.REGISTERED_ON]), 120)
    answer_age = day - state[V.ANSWERED_ON]
    refused_age = np.where(state[V.END] == 6, day - state[V.ENDED_ON], 999)
    may = (state[V.REMEDY_ON] == NEVER) & ((answer_age <= 30) & (answer_age > 2) | (refused_age <= 30))
    return [
        ("progress_query", opened * (0.0008 + 0.000035 * idle)),
        ("new_material", opened * 0.0012),
        ("material_supplied", state[V.MATERIAL_OPEN] * opened * 0.07),
        ("remedy", may * 0.0028),
        ("contact_by_remedy", state[V.REMEDY_OPEN] * 0.010),
        ("forwarded_by_remedy", state[V.REMEDY_OPEN] * 0.006),
        ("forwarded_copy", (state[V.FORWARDED] == 0) * (day - state[V.REGISTERED_ON] <= 25) * 0.0028),
        ("withdrawn", opened * 0.00025),
    ]


def _intake(state: Part, day: Ints, effort: Floats, world: World) -> Offers:
    c = CONDUCT
    left = state[V.RECEIVED_ON] + 7 - day
    owing = (state[V.REPLY_POSSIBLE] > 0) & (state[V.PROCEDURAL_ON] == NEVER)
    pressing = owing & (left <= 3) & (left >= 0)
    procedural = np.where(left < 0, c.procedural_late, np.where(pressing, c.procedural_pressing, c.procedural))
    calm = np.where(pressing, 0.1, 1.0)
    decided = np.where(owing, 0.0, effort)
    asked = state[V.MATERIAL_ASKED]
    return [
        ("procedural_reply", owing * procedural),
        ("accepted", decided * c.accept),
        ("not_accepted", decided * c.refuse * _policy(TRAPS.policy_refuse, day, world)),
        ("transferred_out", decided * c.transfer * _policy(TRAPS.policy_transfer, day, world)),
        ("material_requested", calm * np.where(asked == 0, c.ask_material, c.ask_material_again * (asked < 3))),
        ("officer_rated", calm * c.officer_rates * (state[V.OFFICER_RATED] == 0)),
        ("hearing_screened", calm * effort * c.screen * (state[V.HEARING_SCREENED] == 0)),
        ("aid_screened", calm * effort * c.screen * (state[V.AID_SCREENED] == 0)),
        ("lawyer_offered", calm * effort * c.screen * (state[V.LAWYER_OFFERED] == 0)),
        ("jurisdiction_objected", calm * 0.0015),
    ]


def _handling(state: Part, day: Ints, effort: Floats, world: World) -> Offers:
    c = CONDUCT
    age = day - state[V.RECEIVED_ON]
    pace = effort * _neglect(state, day)
    since = day - np.maximum(state[V.FOLLOWED_ON], state[V.ANSWERED_ON])
    owes_three = (since > age) & (age <= 91)
    answer = np.where(age <= 60, c.answer_early, np.where(age <= 91, c.answer_late, c.answer_after))
    press = np.where(age >= 87, c.three_months_final, np.where(age >= 75, c.three_months_press, 0.0))
    monthly = np.where(_owed(state, day) > 0, c.follow_up_late, np.where(since >= 20, c.follow_up_window, 0.0))
    monthly = monthly * _policy(TRAPS.policy_follow_up, day, world)
    progress = np.where(owes_three, press * np.maximum(effort, 0.8), np.where(age > 91, monthly * pace, 0.0))
    back = (state[V.SINCE_ANSWER] > 0) & (day - state[V.RETURN_ON] <= 30)
    return [
        ("substantive_reply", pace * answer),
        ("progress_reply", progress),
        ("explanation", pace * (c.early_explanation + 0.012 * back)),
        ("returned", c.pass_back / effort * (age < 200)),
        ("extended", c.extend * ((age >= 78) & (age <= 92) & (state[V.EXTENDED] == 0))),
        ("suspended", np.full(age.size, c.suspend)),
        ("transferred_out", 0.0009 * (age < 90)),
        ("resolved", pace * 0.0006),
        ("moved_to_procedure", np.full(age.size, 0.0006)),
        ("terminated", 0.0009 * (age > 300)),
        ("officer_rated", 0.012 * (state[V.OFFICER_RATED] == 0)),
        ("material_requested", 0.0022 * (state[V.MATERIAL_ASKED] < 3)),
    ]


def _answered(state: Part, day: Ints, effort: Floats, world: World) -> Offers:
    c = CONDUCT
    since = day - state[V.ANSWERED_ON]
    back = state[V.SINCE_ANSWER] > 0
    explain = np.where(since <= 15, c.explain_soon, c.explain_late) + c.explain_after_return * back
    return [
        ("explanation", effort * explain * np.where(state[V.EXPLAINED] == 0, 1.0, 0.15 + 0.5 * back)),
        ("follow_up_call", effort * c.call_back * (state[V.CALLED] == 0) * np.where(state[V.RATED] == 3, 3.0, 1.0)),
        ("rated", c.rating * ((state[V.RATED] == 0) & (since >= 4) & (since <= 60))),
        ("closed", effort * c.close * (since > 7) * np.where(back, 0.4, 1.0)),
        ("resolved", effort * c.resolve * (since > 5) * np.where(state[V.RATED] == 1, 4.0, 1.0) * ~back),
        ("accepted_by_person", 0.003 * (state[V.ACCEPTED_BY_PERSON] == 0) * (since > 3)),
        ("terminated", 0.0006 * (since > 60)),
        ("moved_to_procedure", np.full(since.size, 0.0009)),
        ("substantive_reply", effort * 0.012 * back),
        ("remedy_answered", state[V.REMEDY_OPEN] * 0.045),
    ]


def _suspended(state: Part, day: Ints, effort: Floats, world: World) -> Offers:
    return [("resumed", np.full(day.size, CONDUCT.resume))]


def _ended(state: Part, day: Ints, effort: Floats, world: World) -> Offers:
    c = CONDUCT
    since = day - state[V.ENDED_ON]
    back = (state[V.RETURN_ON] >= state[V.ENDED_ON]) & (day - state[V.RETURN_ON] <= 25)
    ours = state[V.END] != 7
    answered = state[V.ANSWERED_ON] >= 0
    return [
        ("transfer_told", effort * c.tell_transfer * (~ours & (state[V.TOLD] == 0) & (since <= 20))),
        ("reopened", effort * c.reopen * (ours & back)),
        ("rated", 0.5 * c.rating * (ours & answered & (state[V.RATED] == 0) & (since <= 45))),
        ("follow_up_call", effort * 0.4 * c.call_back * (ours & answered & (state[V.CALLED] == 0) & (since <= 60))),
        ("explanation", effort * 0.02 * (ours & back)),
        ("remedy_answered", state[V.REMEDY_OPEN] * 0.060),
    ]


def _support(state: Part, day: Ints, effort: Floats, world: World) -> Offers:
    """Help, promises and changes of hands, in handling or after the answer; leaders turn to the worst matters."""
    c = CONDUCT
    returns = state[V.RETURNS]
    fresh = day - state[V.RETURN_ON] <= 20
    joint = state[V.JOINT_ON] >= 0
    assigned = state[V.ASSIGNED_DUE] > 0
    due = state[V.PROMISE_DUE]
    left = due - day
    keep = np.where(left < 0, c.keep_late, np.where(left <= 10, c.keep_soon, 0.0)) * (due > 0)
    moved_on = world.holder[state[V.SEAT], day] != state[V.HANDLER]
    led_lately = day - state[V.LEADER_ON] <= 45
    idle = day - np.maximum(state[V.SUBSTANTIVE_ON], state[V.REGISTERED_ON])
    aid_case = state[V.CATEGORY] == _AID
    aid_due = (state[V.AID_ON] == NEVER) & (state[V.AID_SCREENED] > 0)
    return [
        ("handler_changed", np.where(moved_on, c.turnover_change, c.random_handler_change)),
        ("promise_kept", effort * keep),
        ("promise_made", (due == 0) * (c.promise + c.promise_after_return * fresh)),
        ("hearing_screened", 0.004 * effort * (state[V.HEARING_SCREENED] == 0)),
        ("aid_screened", 0.004 * effort * (state[V.AID_SCREENED] == 0)),
        ("lawyer_offered", 0.004 * effort * (state[V.LAWYER_OFFERED] == 0)),
        ("hearing_offered", (state[V.HEARING_OFFERED] == 0) * (0.0006 + 0.004 * (returns >= 1) * ~led_lately)),
        ("hearing_held", 0.025 * state[V.HEARING_OFFERED]),
        ("simple_hearing_held", np.full(day.size, 0.0003)),
        ("aid_paid", aid_due * np.where(aid_case, 0.012, 0.0006)),
        ("lawyer_present", 0.0015 * state[V.LAWYER_OFFERED]),
        ("leader_reception", ~led_lately * (0.0004 + 0.008 * (returns >= 2) + 0.004 * joint + 0.004 * assigned)),
        ("leader_letter", ~led_lately * (0.0003 + 0.003 * (returns >= 2))),
        ("leader_assigned", (state[V.LED] == 0) * (0.0001 + 0.005 * (returns >= 2) + 0.002 * assigned)),
        ("error_confirmed", (state[V.ERROR_OPEN] == 0) * 0.0003),
        ("error_corrected", state[V.ERROR_OPEN] * 0.02),
        ("co_handling_started", (state[V.CO_HANDLING] == 0) * 0.0006),
        ("co_handling_done", state[V.CO_HANDLING] * 0.04),
        ("urged", (idle > 45) * (0.0012 + 0.006 * assigned)),
        ("backlog_listed", 0.0012 * (day - state[V.REGISTERED_ON] > 365)),
        ("seldom", np.full(day.size, 0.0015)),
    ]
