"""What an invented province's register looks like: the frames of the contract, the truth and the oracle beside them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.contract import Register
from data.synthetic.entry import enter
from data.synthetic.frames import attribute_frame, event_frame, matter_frame, midnights
from data.synthetic.matters import Newcomers, begin, draw_matters
from data.synthetic.numbers import renumbered
from data.synthetic.oracle import full_hazard
from data.synthetic.plan import SyntheticPlan
from data.synthetic.simulate import NOT_SOLVED, Log, Standing, joined, run
from data.synthetic.state import KIND_INDEX, RETURN_KINDS, V
from data.synthetic.traps import plant
from data.synthetic.world import BEYOND, Flags, Ints, World, build_world
from data.vocabulary import KINDS

#: Matters simulated together; part of the plan's meaning, since each lot has its own random stream.
_LOT = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticRegister:
    """A register with what only its maker knows.

    `oracle`: matter_id, cutoff (int64 µs), full_hazard (probability in [0, 1]), label (bool, null where the 90 days
    run past the end); one row per live matter and month start.  `truth`: matter_id, frailty, tact, and `raised_on`
    (days of true positive events, counted from the plan's start), of every matter, those a trap keeps out of the
    register included.  `same_matter`: later_id, earlier_id (the first number of the matter), and `named` (the
    ledger names the earlier number); empty where repeat letters keep their number.  Only evaluation may read these.
    """

    plan: SyntheticPlan
    register: Register
    oracle: pl.DataFrame
    truth: pl.DataFrame
    same_matter: pl.DataFrame
    world: World
    newcomers: Newcomers


def make_register(plan: SyntheticPlan) -> SyntheticRegister:
    """Build the province of `plan`; equal plans give equal registers."""
    seeds = np.random.SeedSequence(plan.seed).spawn(5)
    world = build_world(plan, np.random.default_rng(seeds[0]))
    newcomers = draw_matters(world, np.random.default_rng(seeds[1]))
    midnight = midnights(plan)
    watched = _month_starts(plan)
    if plan.oracle_draws == 0:
        watched[:] = False
    log: Log = []
    standings: list[Standing] = []
    count = newcomers.state.shape[1]
    streams = seeds[2].spawn(max(1, -(-count // _LOT)))
    state, latent = begin(newcomers, world, np.random.default_rng(seeds[3]), log)
    for lot, stream in enumerate(streams):
        part = slice(lot * _LOT, (lot + 1) * _LOT)
        standings += run(state[:, part], latent[:, part], world, np.random.default_rng(stream), log, watched)
    happened = joined(log, plan.days)
    entry_seed, oracle_seed = seeds[4].spawn(2)
    registered = newcomers.state[V.REGISTERED_ON]
    first = _first_entries(happened, registered)
    entered = enter(happened, registered[happened["matter"]], first, world, np.random.default_rng(entry_seed))
    matters, numbers = matter_frame(newcomers, happened, world)
    identity = matters["matter_id"].to_list()
    register = Register(
        offices=world.offices,
        matters=matters,
        events=event_frame(entered, happened, identity, midnight, plan, numbers),
        attributes=attribute_frame(newcomers, matters, midnight, plan),
        observed_until=int(midnight[plan.days]),
        time_zone=plan.time_zone,
        roles={kind.code: kind.role.value for kind in KINDS},
    )
    register = plant(register, plan)
    register, same_matter = renumbered(register, plan)
    raised = _raised(happened, registered)
    return SyntheticRegister(
        plan=plan,
        register=register,
        oracle=_oracle(standings, raised, world, midnight, identity, np.random.default_rng(oracle_seed)),
        truth=_truth(newcomers, raised, identity),
        same_matter=same_matter,
        world=world,
        newcomers=newcomers,
    )


def _month_starts(plan: SyntheticPlan) -> Flags:
    days = range(plan.days + BEYOND + 1)
    return np.array([(plan.start + timedelta(days=k)).day == 1 and k <= plan.days for k in days])


def _first_entries(happened: NDArray[Any], registered: Ints) -> Flags:
    """Registrations and whatever stands on or before the registration day: entered with it, never wrong."""
    return happened["day"] <= registered[happened["matter"]]


def _raised(happened: NDArray[Any], registered: Ints) -> NDArray[Any]:
    """The true positive events: returns from day 8 on, and ratings "not solved"; sorted by matter and day."""
    returns = np.isin(happened["kind"], [KIND_INDEX[kind] for kind in sorted(RETURN_KINDS)])
    late = happened["day"] - registered[happened["matter"]] >= 8
    return happened[(returns & ~happened["own"] & late) | (happened["solved"] == NOT_SOLVED)]


def _oracle(
    standings: list[Standing],
    raised: NDArray[Any],
    world: World,
    midnight: NDArray[np.int64],
    identity: list[str],
    rng: np.random.Generator,
) -> pl.DataFrame:
    schema = {"matter_id": pl.String, "cutoff": pl.Int64, "full_hazard": pl.Float64, "label": pl.Boolean}
    if not standings:
        return pl.DataFrame(schema=schema)
    state = np.concatenate([standing.state for standing in standings], axis=1)
    latent = np.concatenate([standing.latent for standing in standings], axis=1)
    day = np.concatenate([standing.day for standing in standings])
    order = np.lexsort((day, state[V.MATTER]))
    state, latent, day = state[:, order], latent[:, order], day[order]
    chance = full_hazard(state, latent, day, world, world.plan.oracle_draws, rng)
    wide = np.int64(1 << 20)
    happened = raised["matter"].astype(np.int64) * wide + raised["day"]
    key = state[V.MATTER].astype(np.int64) * wide + day
    label = np.searchsorted(happened, key + 90) > np.searchsorted(happened, key)
    mature = day + 90 <= world.plan.days
    return pl.DataFrame(
        {
            "matter_id": np.array(identity, dtype=object)[state[V.MATTER]].tolist(),
            "cutoff": midnight[day],
            "full_hazard": chance,
            "label": pl.Series(label).set(pl.Series(~mature), None),
        },
        schema=schema,
    )


def _truth(newcomers: Newcomers, raised: NDArray[Any], identity: list[str]) -> pl.DataFrame:
    count = len(identity)
    days = (
        pl.DataFrame({"row": raised["matter"], "raised_on": raised["day"]}).group_by("row", maintain_order=True).all()
    )
    return (
        pl.DataFrame(
            {
                "row": np.arange(count, dtype=np.int32),
                "matter_id": identity,
                "frailty": newcomers.latent[0],
                "tact": newcomers.latent[1],
            }
        )
        .join(days, on="row", how="left", maintain_order="left")
        .drop("row")
    )
