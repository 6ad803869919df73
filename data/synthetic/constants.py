"""Which constants rule the invented province: why matters are raised again, how offices work, how ledgers are kept.

Fixed before any model was trained on the register; a later change needs an ADR.  Rates are per day.  Terms of
the hazard are added on the log scale; "absent" marks effects that no visible event or attribute carries.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardConstants:
    """Log-hazard of "raised again" of one matter; most terms describe what our office did or left undone."""

    base_rate: float = 0.0023
    ceiling: float = 0.12  # no matter is raised again at a higher rate
    #: Shape (and rate) of the gamma frailty of a matter: mean 1, variance 1 / shape.
    frailty_shape: float = 3.0
    young_factor: float = 0.35  # in the first seven days
    fading_days: float = 180.0  # - days since registration (at most 540) / this
    idle: float = 0.36  # × log(1 + days without substantive contact / 30), open matters
    idle_cap_days: int = 240
    owed_follow_up: float = 0.26  # each monthly follow-up not sent, at most 5
    broken_promise: float = 0.65
    unexplained: float = 0.45  # answered, never explained
    part_missing: float = 0.16  # each of the five parts the answer lacks
    returned: float = 0.38  # each time passed back, at most 2
    untold_transfer: float = 0.80
    handler_changed: float = 0.20  # each, at most 3
    asked_again_for_material: float = 0.30
    earlier_return: float = 0.12  # × log(1 + earlier returns)
    fresh_return: float = -0.90  # × exp(-days since the last return / 40): an answer is awaited
    fresh_return_days: float = 40.0
    not_solved_uncalled: float = 0.55
    joint_waiting: float = 0.25
    first_time: float = -0.20
    assigned_overdue: float = 0.30
    late_first_reply: float = 0.35
    error_uncorrected: float = 0.50
    # what lowers it
    explained: float = -0.50  # × exp(-days / 90)
    hearing: float = -0.70  # × exp(-days / 150)
    leader: float = -0.90  # × exp(-days / 150)
    aid: float = -0.45  # × exp(-days / 200)
    accepted_by_person: float = -1.20
    called_back: float = -0.25
    # after an end
    ended_decay_days: float = 110.0
    end_closed: float = 0.10
    end_resolved: float = -1.30
    end_terminated: float = 0.25
    end_withdrawn: float = -0.60
    end_moved: float = -0.40
    end_not_accepted: float = 0.55
    end_transferred: float = -0.10
    # interactions
    idle_x_joint: float = 0.25
    unexplained_x_parts: float = 0.45  # two or more parts missing
    changed_x_not_first: float = 0.50  # handler changed within 60 days, not a first-time matter
    broken_x_leader: float = 0.60  # the promise was a leader's
    idle_x_load: float = 0.30  # office load above its usual level
    owed_x_returns: float = 0.16  # follow-ups owed to somebody who already came back
    # absent from every catalog
    tact: float = 0.40  # latent, per handler, standard normal
    clarity: float = 0.50  # latent, per answer, standard normal
    rushed_answer: float = 0.30  # answered in the last three days of a month
    wages_winter: float = 0.55  # unpaid wages, December and January
    weekend_factor: float = 0.45
    #: Yearly course of contacts, January to December, and the slow drift per year.
    season: tuple[float, ...] = (0.85, 0.80, 1.20, 1.10, 1.05, 1.00, 0.95, 0.95, 1.10, 0.90, 1.10, 1.05)
    drift_per_year: float = 0.04
    #: Rate and share "not solved" where contacts are made independent of handling (noise = 1).
    flat_rate: float = 0.0014
    flat_not_solved: float = 0.12
    #: A matter ended this long ago is out of the model: a new letter is a new matter.
    forgotten_days: int = 220
    # rated: log-odds of "not solved"
    not_solved_base: float = -2.1
    not_solved_frailty: float = 0.45  # × log frailty
    not_solved_clarity: float = 0.60
    not_solved_tact: float = 0.30
    not_solved_part: float = 0.30
    not_solved_unexplained: float = 0.55
    not_solved_returned: float = 0.35  # × log(1 + earlier returns)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductConstants:
    """What an office does on a working day, given what it can see; nothing here depends on a latent value."""

    office_spread: float = 0.40  # standard deviation of log effort between offices
    department_spread: float = 0.25
    month_spread: float = 0.07  # of the monthly steps of an office's effort (they fade by 0.9 a month)
    effort_drift_per_year: float = 0.05
    load_effect: float = 0.35
    unlucky_effort: float = 0.45  # the unlucky group waits this much longer
    unlucky_category: str = "civil_appeal"
    seat_years: float = 1.6  # mean stay of a handler
    handlers_per_matters: float = 35.0
    # intake
    procedural: float = 0.34
    procedural_pressing: float = 0.88  # three days or fewer before the due date
    procedural_late: float = 0.12
    accept: float = 0.17
    refuse: float = 0.009
    transfer: float = 0.027
    ask_material: float = 0.022
    ask_material_again: float = 0.005
    screen: float = 0.022
    officer_rates: float = 0.035
    # handling
    answer_early: float = 0.014  # until day 60
    answer_late: float = 0.030  # until the three months are over
    answer_after: float = 0.012
    three_months_press: float = 0.16  # days 75–86, a progress reply
    three_months_final: float = 0.32  # days 87–91
    follow_up_window: float = 0.085  # days 20–31 since the last one
    follow_up_late: float = 0.025
    neglected_days: int = 150
    neglected_factor: float = 0.25
    pass_back: float = 0.0024
    extend: float = 0.022
    suspend: float = 0.0007
    resume: float = 0.022
    early_explanation: float = 0.003
    # answered
    explain_same_day: float = 0.30
    explain_soon: float = 0.045  # first 15 days
    explain_after_return: float = 0.040
    explain_late: float = 0.005
    call_back: float = 0.014
    rating: float = 0.022
    close: float = 0.024
    resolve: float = 0.009
    part_missing: float = 0.085
    # ended
    tell_transfer: float = 0.16
    reopen: float = 0.045
    # anything open
    random_handler_change: float = 0.0010
    turnover_change: float = 0.25
    promise: float = 0.0014
    promise_after_return: float = 0.010
    keep_soon: float = 0.12
    keep_late: float = 0.02
    leader_promise: float = 0.30


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryConstants:
    """How the ledger is kept: entry lags in days as (upper bound, share), and what is corrected later."""

    #: Lag bands: same day, 1–3 days, 4–30 days, 31–90 days.
    bands: tuple[tuple[int, int], ...] = ((0, 0), (1, 3), (4, 30), (31, 90))
    shares: tuple[float, ...] = (0.55, 0.33, 0.095, 0.025)
    slow_shares: tuple[float, ...] = (0.40, 0.35, 0.20, 0.05)  # ratings and ends
    moved: float = 0.020  # first entered under a wrong date
    renamed: float = 0.014  # first entered as another kind of the same role
    mistaken: float = 0.012  # entered for the wrong matter, removed later
    amended: float = 0.018  # payload put right
    correction_days: tuple[int, int] = (5, 120)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrapConstants:
    """How large the planted traps are."""

    policy_transfer: float = 4.0  # × the chance that a matter is sent on
    policy_refuse: float = 3.0  # × the chance that it is not accepted
    policy_follow_up: float = 1.6  # × the chance of the monthly follow-ups
    silent_channel: str = "call"
    new_code: str = "online"
    new_code_label: str = "掌上平台件"
    label_shift: float = 1.8  # × the hazard
    decay_days: int = 365  # until the signal has fallen by
    decay_to: float = 0.85  # this share
    unlucky_category: str = "criminal_appeal"
    unlucky_effort: float = 0.30
    hasty_share: float = 0.85
    hasty_days: tuple[int, int] = (1, 5)
    flagged_days: int = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberConstants:
    """How letters that raise a matter again are numbered anew where each letter gets a number of its own."""

    share: float = 0.60
    same_category: float = 0.90  # the clerk sees the same category in it
    same_cause: float = 0.85
    called_first: float = 0.30  # entered as a first letter by mistake
    named: float = 0.45  # the ledger names the earlier number
    reply_days: tuple[int, int] = (1, 7)
    joined_days: tuple[int, int] = (10, 60)  # until the later number is closed


HAZARD = HazardConstants()
CONDUCT = ConductConstants()
ENTRY = EntryConstants()
TRAPS = TrapConstants()
NUMBERS = NumberConstants()

#: Share of each category among new matters, and its log-hazard.
CATEGORY_SHARES: dict[str, tuple[float, float]] = {
    "against_procuratorate": (0.04, 0.40),
    "supervision": (0.14, 0.10),
    "report": (0.12, -0.30),
    "accusation": (0.13, 0.05),
    "criminal_appeal": (0.12, 0.30),
    "judicial_aid": (0.06, -0.45),
    "state_compensation": (0.03, 0.30),
    "civil_appeal": (0.16, 0.20),
    "administrative_appeal": (0.06, 0.25),
    "public_interest": (0.04, -0.40),
    "minors": (0.03, -0.50),
    "other": (0.07, -0.10),
}
#: Share of each cause, and its log-hazard.
CAUSE_SHARES: dict[str, tuple[float, float]] = {
    "demolition": (0.07, 0.35),
    "wages": (0.12, 0.10),
    "maintenance": (0.05, -0.10),
    "enterprise": (0.07, -0.15),
    "land": (0.09, 0.25),
    "traffic": (0.08, -0.15),
    "injury": (0.11, 0.05),
    "contract": (0.14, -0.05),
    "execution": (0.10, 0.15),
    "environment": (0.04, -0.10),
    "fraud": (0.08, 0.05),
    "other": (0.05, 0.0),
}
#: Procedure path of a category: (path, share) pairs.
PATHS: dict[str, tuple[tuple[str, float], ...]] = {
    "against_procuratorate": (("petition_opinion", 1.0),),
    "supervision": (("civil_admin_supervision", 0.8), ("no_filing", 0.2)),
    "report": (("other", 0.9), ("no_filing", 0.1)),
    "accusation": (("no_filing", 0.4), ("petition_opinion", 0.6)),
    "criminal_appeal": (("criminal_appeal", 1.0),),
    "judicial_aid": (("other", 1.0),),
    "state_compensation": (("state_compensation", 1.0),),
    "civil_appeal": (("civil_admin_supervision", 1.0),),
    "administrative_appeal": (("civil_admin_supervision", 1.0),),
    "public_interest": (("other", 1.0),),
    "minors": (("other", 1.0),),
    "other": (("petition_opinion", 0.7), ("other", 0.3)),
}
#: Department (index) that handles a category.
DEPARTMENTS: tuple[str, ...] = ("控告申诉检察部", "刑事检察部", "民事检察部", "行政公益检察部")
DEPARTMENT_OF: dict[str, int] = {
    "against_procuratorate": 0,
    "supervision": 2,
    "report": 0,
    "accusation": 1,
    "criminal_appeal": 1,
    "judicial_aid": 0,
    "state_compensation": 0,
    "civil_appeal": 2,
    "administrative_appeal": 3,
    "public_interest": 3,
    "minors": 1,
    "other": 0,
}
#: The remedy each procedure path knows.
REMEDY_OF: dict[str, str] = {
    "petition_opinion": "review_requested",
    "criminal_appeal": "appeal_to_superior",
    "civil_admin_supervision": "superior_review_requested",
    "no_filing": "reconsideration_requested",
    "state_compensation": "compensation_committee_requested",
    "other": "supervision_requested",
}
#: Kind of the first contact, and of a later one, with their shares.
FIRST_CONTACTS: dict[str, float] = {
    "letter": 0.36,
    "visit": 0.27,
    "online": 0.20,
    "call": 0.10,
    "joint_submission": 0.07,
}
LATER_CONTACTS: dict[str, float] = {
    "letter": 0.31,
    "visit": 0.29,
    "online": 0.17,
    "call": 0.12,
    "joint_submission": 0.03,
    "assigned_from_above": 0.04,
    "forwarded_from_above": 0.04,
}
#: The first contacts after the planted change of policy.
POLICY_CONTACTS: dict[str, float] = {
    "letter": 0.20,
    "visit": 0.18,
    "online": 0.46,
    "call": 0.10,
    "joint_submission": 0.06,
}
#: New matters by month, January to December.
ARRIVAL_SEASON: tuple[float, ...] = (0.85, 0.75, 1.20, 1.10, 1.05, 1.00, 0.95, 0.95, 1.10, 0.90, 1.10, 1.05)
