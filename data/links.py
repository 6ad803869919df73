"""How a register reads once people have said that two numbers are one matter.

The later number becomes an alias of the earlier.  From the confirmation on the alias's events stand in the history
of the matter and no longer in one of their own; taking the link back closes that.  Each row keeps the time since when
the office knew, never before the confirmation, so that a cutoff before it sees two matters as they were.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import polars as pl

from data import vocabulary
from data.contract import Register

_FIRST = -(2**62)
_FAR = 2**62
_OPENERS = ("registered", "transferred_in")
_ENDS = (*vocabulary.CLOSERS, "reopened")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Where an alias's events stood from `start` to `stop` (known times, half-open)."""

    alias: str
    matter: str
    start: int
    stop: int


def apply_links(register: Register, links: pl.DataFrame) -> Register:
    """The register with the events of each alias in the history of its matter, while the link stands.

    `links` (contract.Links): confirmed links, at most one of an alias at any instant, none of them a chain.  A number
    without a contact row of its own was given to a letter: its registration is read as one.  The matter is open
    while any of its numbers is: an end counts once all have ended, a later number reopens it.
    """
    if links.is_empty():
        return register
    spans = _spans(links)
    aliases = list({span.alias for span in spans})
    numbers = list({*aliases, *(span.matter for span in spans)})
    of_numbers = pl.col("matter_id").is_in(numbers)
    of_aliases = pl.col("matter_id").is_in(aliases)
    ends = pl.col("kind").is_in(_ENDS)
    opening = pl.col("kind").is_in(_OPENERS)
    events = register.events
    untouched = events.filter(~of_numbers | (~of_aliases & ~ends))
    leading = pl.col("matter_id").is_in(list({span.matter for span in spans if span.matter != span.alias}))
    own = _placed(events.filter(of_aliases & ~(ends & leading)), spans, own=True)
    moved = _placed(events.filter(of_aliases & ~ends & ~opening), spans, own=False)
    letters = _placed(_letters(events.filter(of_aliases), register.roles), spans, own=False)
    deciding = _deciding(events.filter(of_numbers & (ends | (opening & of_aliases))), spans)
    own_facts = _placed(register.attributes.filter(of_aliases), spans, own=True)
    return replace(
        register,
        events=pl.concat([untouched, own, moved, letters, deciding]),
        attributes=pl.concat([register.attributes.filter(~of_aliases), own_facts]),
        links=links,
    )


def standing(links: pl.DataFrame) -> dict[str, str]:
    """The matter of each alias whose link has not been taken back."""
    return dict(links.filter(pl.col("known_until").is_null()).select("alias_id", "matter_id").iter_rows())


def as_known_now(events: pl.DataFrame, by_hand: Iterable[int], reach: int) -> pl.DataFrame:
    """Events or attributes with what people corrected after the data's reach (`by_hand`: their batches) taken as
    known just within it: a page shows what the office knows now of the time its ledger covers."""
    late = pl.col("batch_id").is_in(list(by_hand)) & (pl.col("known_from") >= reach)
    fresh = events.filter(late)
    if fresh.is_empty():
        return events
    key = [name for name in ("event_id", "matter_id", "name", "occurred_at") if name in events.columns]
    if "event_id" in key:
        key = ["event_id"]
    ended = (
        fresh.select(*key, pl.col("known_from").alias("known_until")).unique().with_columns(_hand=pl.lit(value=True))
    )
    known = pl.max_horizontal(pl.lit(reach - 1), "known_at")
    return (
        events.join(ended, on=[*key, "known_until"], how="left")
        .with_columns(
            pl.when(late).then(known).otherwise("known_from").alias("known_from"),
            pl.when(pl.col("_hand")).then(pl.lit(reach - 1)).otherwise("known_until").alias("known_until"),
        )
        .filter(pl.col("known_until").is_null() | (pl.col("known_until") > pl.col("known_from")))
        .select(events.columns)
    )


def _spans(links: pl.DataFrame) -> list[_Span]:
    """Where every alias stood over time: alone, then in its matter, then, a link taken back, alone again."""
    found: list[_Span] = []
    at: dict[str, int] = {}
    for row in links.sort("known_from").iter_rows(named=True):
        alias, start = row["alias_id"], row["known_from"]
        stop = _FAR if row["known_until"] is None else row["known_until"]
        before = at.get(alias, _FIRST)
        if before < start:
            found.append(_Span(alias=alias, matter=alias, start=before, stop=start))
        found.append(_Span(alias=alias, matter=row["matter_id"], start=start, stop=stop))
        at[alias] = stop
    found += [_Span(alias=alias, matter=alias, start=stop, stop=_FAR) for alias, stop in at.items() if stop < _FAR]
    return found


def _placed(rows: pl.DataFrame, spans: Sequence[_Span], *, own: bool) -> pl.DataFrame:
    """The pieces of the aliases' rows: those where the number stood alone, or those in another matter's history."""
    table = pl.DataFrame(
        [(one.alias, one.matter, one.start, one.stop) for one in spans if (one.alias == one.matter) is own],
        schema={"matter_id": pl.String, "_in": pl.String, "_start": pl.Int64, "_stop": pl.Int64},
        orient="row",
    )
    until = pl.min_horizontal(pl.col("known_until").fill_null(_FAR), "_stop")
    return (
        rows.join(table, on="matter_id", how="inner")
        .with_columns(
            pl.col("_in").alias("matter_id"),
            pl.max_horizontal("known_from", "_start").alias("known_from"),
            pl.when(until < _FAR).then(until).alias("known_until"),
        )
        .filter(pl.col("known_until").is_null() | (pl.col("known_until") > pl.col("known_from")))
        .select(rows.columns)
    )


def _letters(rows: pl.DataFrame, roles: Mapping[str, str]) -> pl.DataFrame:
    """The registrations of numbers as letters, as long as the office knows of no contact that gave the number."""
    role_of = {kind.code: kind.role.value for kind in vocabulary.KINDS} | dict(roles)
    raising = [code for code, role in role_of.items() if role in ("contact", "from_above", "neutral")]
    registered = rows.filter(pl.col("kind").is_in(_OPENERS))
    contacts = rows.filter(pl.col("kind").is_in(raising)).select(
        "matter_id", pl.col("occurred_at").alias("_happened"), pl.col("known_from").alias("_known")
    )
    first = (
        registered.select("matter_id", "event_id", "occurred_at")
        .unique()
        .join(contacts, on="matter_id", how="inner")
        .filter(pl.col("_happened") <= pl.col("occurred_at"))
        .group_by("event_id", "occurred_at")
        .agg(pl.col("_known").min())
    )
    until = pl.min_horizontal(pl.col("known_until").fill_null(_FAR), pl.col("_known").fill_null(_FAR))
    return (
        registered.join(first, on=["event_id", "occurred_at"], how="left")
        .with_columns(kind=pl.lit("letter"), known_until=pl.when(until < _FAR).then(until))
        .filter(pl.col("known_until").is_null() | (pl.col("known_until") > pl.col("known_from")))
        .select(rows.columns)
    )


def _deciding(rows: pl.DataFrame, spans: Sequence[_Span]) -> pl.DataFrame:
    """The ends and reopenings of linked matters, as far as they count, for each stretch of the office's knowledge."""
    by_number: dict[str, list[dict[str, Any]]] = {}
    for row in rows.iter_rows(named=True):
        by_number.setdefault(row["matter_id"], []).append(row)
    members: dict[str, list[_Span]] = {}
    for span in spans:
        if span.alias != span.matter:
            members.setdefault(span.matter, []).append(span)
    made: list[dict[str, Any]] = []
    for matter, group in members.items():
        # While a number is an alias no other is linked to it; before and after, it may be a matter with aliases.
        alone = [one for one in spans if one.alias == matter == one.matter]
        mine = alone or [_Span(alias=matter, matter=matter, start=_FIRST, stop=_FAR)]
        made += _of_group(matter, [*mine, *group], by_number)
    return pl.DataFrame(made, schema=rows.schema)


def _of_group(
    matter: str, spans: Sequence[_Span], by_number: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    rows = [(span, row) for span in spans for row in by_number.get(span.alias, ())]
    edges = {span.start for span in spans} | {span.stop for span in spans} | {_FIRST, _FAR}
    for _, row in rows:
        edges.update((row["known_from"], _FAR if row["known_until"] is None else row["known_until"]))
    steps = sorted(edges)
    open_pieces: dict[tuple[int, str], dict[str, Any]] = {}
    made: list[dict[str, Any]] = []
    for start, stop in pairwise(steps):
        seen = [
            row
            for span, row in rows
            if span.start <= start < span.stop
            and row["known_from"] <= start < (_FAR if row["known_until"] is None else row["known_until"])
        ]
        counted = {(id(row), kind): row for row, kind in _counting(matter, seen)}
        for key, row in counted.items():
            if key in open_pieces and open_pieces[key]["known_until"] == start:
                open_pieces[key]["known_until"] = stop
            else:
                piece = dict(row) | {"matter_id": matter, "kind": key[1], "known_from": start, "known_until": stop}
                open_pieces[key] = piece
                made.append(piece)
    for piece in made:
        piece["known_until"] = None if piece["known_until"] >= _FAR else piece["known_until"]
    return made


def _counting(matter: str, seen: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], str]]:
    """Which rows end or reopen the matter when these are all the office knows, each with the kind it counts as."""
    # The matter itself is open from the start: what opened it stands in its own history.
    is_open = {matter: True}
    found: list[tuple[Mapping[str, Any], str]] = []
    for row in sorted(seen, key=lambda one: (one["occurred_at"], one["seq"], one["event_id"])):
        number, kind = row["matter_id"], row["kind"]
        if kind in _OPENERS:
            if number != matter and not any(is_open.values()):
                found.append((row, "reopened"))
            is_open[number] = True
        elif kind == "reopened":
            is_open[number] = True
            found.append((row, kind))
        else:
            is_open[number] = False
            if not any(is_open.values()):
                found.append((row, kind))
    return found
