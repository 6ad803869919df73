"""How likely a return is in the next 90 days given only what the register shows at the cutoff: the second oracle."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.errors import UsageError
from data.synthetic.entry import unseen_share
from data.synthetic.frames import midnights
from data.synthetic.hazard import Latent, not_solved_share, return_rate
from data.synthetic.matters import draw_frailty
from data.synthetic.oracle import forward
from data.synthetic.register import SyntheticRegister
from data.synthetic.simulate import NOT_SOLVED, perform, raise_again
from data.synthetic.state import KIND_INDEX, RETURN_KINDS, V, apply_event
from data.synthetic.world import Floats, Ints, World
from data.vocabulary import KINDS, SOLVED

#: Nothing is entered later than this many days after it happened.
_WINDOW_DAYS = 95
_LOT = 16_000
_CODES = tuple(kind.code for kind in KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visible:
    """Visible events of many snapshots, sorted by snapshot, day and the file's order; `start` has one bound more."""

    start: NDArray[np.int64]
    day: Ints
    kind: Ints
    value: Ints
    own: NDArray[np.bool_]


def visible_oracle(
    synthetic: SyntheticRegister, snapshots: pl.DataFrame, *, draws: int = 200, seed: int = 0
) -> pl.DataFrame:
    """The mean of the full hazard given the visible history, for `snapshots` (matter_id, cutoff); only for evaluation.

    Frailty, tact and clarity are drawn from their distributions, as is what may have happened but was not yet
    entered; each draw is weighted by the likelihood of the visible contacts and ratings of its own matter and then
    led 90 days forward.  Entries that are wrong and corrected only later are taken as they stand.  Effort, load and
    staff of the offices are taken as known.

    Returns matter_id, cutoff, visible_hazard in [0, 1] and effective_draws (1 to `draws`), in the given order.
    Raises UsageError for a cutoff that is no local midnight inside the watch, an unknown matter, or one not yet
    registered at its cutoff.
    """
    rng = np.random.default_rng(seed)
    matter, cutoff = _places(synthetic, snapshots)
    visible = _visible_events(synthetic, snapshots, matter)
    length = cutoff - synthetic.newcomers.state[V.REGISTERED_ON, matter]
    order = np.argsort(-length, kind="stable")
    chance, effective = np.zeros(matter.size), np.zeros(matter.size)
    size = max(1, _LOT // draws)
    for begin in range(0, matter.size, size):
        lot = order[begin : begin + size]
        chance[lot], effective[lot] = _replay(synthetic, lot, matter, cutoff, visible, draws, rng)
    return snapshots.select("matter_id", "cutoff").with_columns(
        pl.Series("visible_hazard", chance), pl.Series("effective_draws", effective)
    )


def _places(synthetic: SyntheticRegister, snapshots: pl.DataFrame) -> tuple[Ints, Ints]:
    """Matter number and cutoff day of each snapshot."""
    days = pl.Series(midnights(synthetic.plan))[: synthetic.plan.days + 1]
    matters = synthetic.truth.select("matter_id", matter=pl.int_range(pl.len(), dtype=pl.Int32))
    placed = (
        snapshots.select("matter_id", "cutoff")
        .join(matters, on="matter_id", how="left", maintain_order="left")
        .join(
            pl.DataFrame({"cutoff": days, "day": pl.Series(range(len(days)), dtype=pl.Int32)}),
            on="cutoff",
            how="left",
            maintain_order="left",
        )
    )
    wrong = placed.filter(pl.any_horizontal(pl.all().is_null()))
    if wrong.height == 0:
        late = synthetic.newcomers.state[V.REGISTERED_ON, placed["matter"].to_numpy()] >= placed["day"].to_numpy()
        wrong = placed.filter(pl.Series(late))
    if wrong.height:
        raise UsageError(
            "oracle_snapshots",
            f"{wrong.height} 个快照不在合成登记册内（事项不存在、尚未登记，或截止时点不是观察期内的零点）",
            f"{wrong.height} snapshots lie outside the synthetic register (no such matter, not yet registered, "
            "or a cutoff that is no midnight inside the watch)",
        )
    return placed["matter"].to_numpy().astype(np.int32), placed["day"].to_numpy().astype(np.int32)


def _visible_events(synthetic: SyntheticRegister, snapshots: pl.DataFrame, matter: Ints) -> _Visible:
    days = midnights(synthetic.plan)
    place = {code: index for index, code in enumerate(_CODES)}
    solved = {code: index for index, code in enumerate(SOLVED, start=1)}
    seen = (
        snapshots.select("matter_id", "cutoff", snap=pl.int_range(pl.len()))
        .join(synthetic.register.events, on="matter_id", how="inner")
        .filter(pl.col("known_from") < pl.col("cutoff"))
        .filter(pl.col("known_until").is_null() | (pl.col("known_until") >= pl.col("cutoff")))
        .filter(pl.col("kind") != "registered")
        .sort("snap", "occurred_at", "seq")
        .with_columns(
            code=pl.col("kind").replace_strict(place, return_dtype=pl.Int32),
            rating=pl.col("solved").replace_strict(solved, default=0, return_dtype=pl.Int32),
            missing=pl.col("parts_missing").cast(pl.Int64).bitwise_count_ones().cast(pl.Int32).fill_null(0),
            first_copy=(pl.col("kind") == "forwarded_from_above")
            & (pl.col("kind") == "forwarded_from_above").cum_sum().over("snap").eq(1),
        )
    )
    snap = seen["snap"].to_numpy()
    registered = synthetic.newcomers.state[V.REGISTERED_ON, matter[snap]]
    happened = np.searchsorted(days, seen["occurred_at"].to_numpy(), side="right").astype(np.int32) - 1
    due = np.searchsorted(days, seen["due_at"].fill_null(0).to_numpy()).astype(np.int32)
    kind = seen["code"].to_numpy()
    value = np.zeros(kind.size, dtype=np.int32)
    for code, column in (
        ("substantive_reply", seen["missing"].to_numpy()),
        ("rated", seen["rating"].to_numpy()),
        ("promise_made", due),
        ("assigned_from_above", due),
        ("progress_reply", seen["document_no"].is_not_null().to_numpy()),
    ):
        value = np.where(kind == KIND_INDEX[code], column, value)
    own = seen["caused_by"].is_not_null().to_numpy() | (happened <= registered)
    own |= seen["first_copy"].to_numpy() & (happened - registered <= 30)
    return _Visible(
        start=np.searchsorted(snap, np.arange(matter.size + 1)),
        day=np.maximum(happened, registered),
        kind=kind,
        value=value.astype(np.int32),
        own=own,
    )


def _replay(
    synthetic: SyntheticRegister,
    lot: NDArray[np.int64],
    matter: Ints,
    cutoff: Ints,
    visible: _Visible,
    draws: int,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Weighted mean and effective number of draws for the snapshots of a lot, longest histories first."""
    world = synthetic.world
    state = np.repeat(synthetic.newcomers.state[:, matter[lot]], draws, axis=1)
    cut = np.repeat(cutoff[lot], draws)
    columns = cut.size
    latent = np.zeros((len(Latent), columns))
    latent[Latent.FRAILTY] = draw_frailty(columns, rng)
    latent[Latent.TACT] = rng.standard_normal(columns)
    weight = np.zeros(columns)
    length = cut - state[V.REGISTERED_ON]
    calendar = _calendar(lot, cutoff, visible)
    # Histories are aligned at their end, so that those still running are always the first columns.
    for left in range(int(length[0]), 0, -1):
        running = int(np.searchsorted(-length, -left, side="right"))
        part, inner, burden = state[:, :running], latent[:, :running], weight[:running]
        day = cut[:running] - left
        rate = return_rate(part, inner, day, world)
        hidden = np.zeros(running)
        if left <= _WINDOW_DAYS:
            hidden = unseen_share(day, cut[:running], False, world)
        burden -= rate * (1.0 - hidden)
        for place, event in calendar.get(left, ()):
            rows = (place[:, None] * draws + np.arange(draws)).ravel().astype(np.int32)
            _impose(part, inner, rows, np.repeat(event, draws), day, rate, burden, visible, world, rng)
        if left <= _WINDOW_DAYS:
            perform(part, inner, day, world, rng, None, unseen=hidden, weight=burden)
            unheard = np.flatnonzero(rng.random(running) < -np.expm1(-rate * hidden)).astype(np.int32)
            raise_again(part, inner, unheard, day, world, rng, None)
    chance = -np.expm1(-forward(state, latent, cut, world, rng))
    shaped = weight.reshape(-1, draws)
    share = np.exp(shaped - shaped.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    return (share * chance.reshape(-1, draws)).sum(axis=1), 1.0 / (share**2).sum(axis=1)


Calendar = dict[int, list[tuple[NDArray[np.int64], NDArray[np.int64]]]]


def _calendar(lot: NDArray[np.int64], cutoff: Ints, visible: _Visible) -> Calendar:
    """By days left to the cutoff: the places in the lot and the events that happen then, one event a place at a time.

    Events of one kind that are nth of their day are imposed together.
    """
    begin, end = visible.start[lot], visible.start[lot + 1]
    count = end - begin
    place = np.repeat(np.arange(lot.size), count)
    event = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(begin, count)
    left = cutoff[lot][place] - visible.day[event]
    frame = pl.DataFrame({"place": place, "event": event, "left": left, "kind": visible.kind[event]}).with_columns(
        nth=pl.int_range(pl.len()).over("place", "left")
    )
    found: Calendar = {}
    for key, group in frame.group_by("left", "nth", "kind", maintain_order=True):
        found.setdefault(int(str(key[0])), []).append((group["place"].to_numpy(), group["event"].to_numpy()))
    return found


def _impose(
    state: Ints,
    latent: Floats,
    rows: Ints,
    event: NDArray[np.int64],
    day: Ints,
    rate: Floats,
    weight: Floats,
    visible: _Visible,
    world: World,
    rng: np.random.Generator,
) -> None:
    """Let visible events happen to their columns, weighting each draw by how likely it made them."""
    kind = _CODES[int(visible.kind[event[0]])]
    when, value, own = day[rows], visible.value[event], visible.own[event]
    if kind in RETURN_KINDS:
        weight[rows] += np.where(own, 0.0, np.log(np.maximum(-np.expm1(-rate[rows]), 1e-12)))
    elif kind == "rated":
        no = np.clip(not_solved_share(state[:, rows], latent[:, rows], world.flat[when]), 1e-6, 1 - 1e-6)
        weight[rows] += np.log(np.where(value == NOT_SOLVED, no, 1.0 - no))
    elif kind == "substantive_reply":
        latent[Latent.UNCLEAR, rows] = rng.standard_normal(rows.size)
        state[V.RUSHED, rows] = world.rushed[when]
    apply_event(state, rows, kind, when, value, own_cause=own)
    if kind == "handler_changed":
        latent[Latent.TACT, rows] = rng.standard_normal(rows.size)
        state[V.HANDLER, rows] = world.holder[state[V.SEAT, rows], when]
