"""What each entry of a list says: reasons, duties, open help, and how it stands to the lists before."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from data.store.screenings import ListEntry
from features.reasons import parts_of, reasons
from features.rules import named_duties
from features.told import helps_of
from serving.ranking import Asked, Ranked
from serving.since_last import Flagged, since
from serving.why import rule_reasons
from training.score import contribution_frame
from training.sweep_list import SPOT

_FACTS = ("fact:owed", "fact:help", "fact:grades", "fact:idle_days")


def columns_told(asked: Asked) -> list[str]:
    """The columns of a feature log that entries are told from."""
    return ["matter_id", "cutoff", *_FACTS, *([] if asked.champion is None else asked.features.names)]


def list_entries(
    found: Ranked,
    log: pl.DataFrame,
    asked: Asked,
    before: Sequence[Flagged],
    grades: Mapping[str, int],
) -> Iterator[ListEntry]:
    """The entries of the matters of `log`, a part of the feature log with `columns_told`, in list order."""
    rows = found.entries.join(log.select("matter_id", *_FACTS), on="matter_id", how="inner", maintain_order="left")
    told = _told(found, log, asked)
    owed = _owed(rows, asked)
    listed = rows.drop("fact:owed")
    entries = list(listed.iter_rows(named=True))
    for place, (entry, change) in enumerate(zip(entries, since(entries, before), strict=True)):
        matter_id, mine = entry["matter_id"], owed.get(place, [])
        quiet = entry["part"] == SPOT
        sheet = grades.get(matter_id, entry["fact:grades"])
        yield ListEntry(
            office_id=entry["office_id"],
            matter_id=matter_id,
            part=entry["part"],
            rank=entry["rank"],
            margin_nano=entry["margin_nano"],
            points=None if quiet else entry["points"],
            band=entry["band"],
            per_hundred_low=entry["per_hundred_low"],
            per_hundred_high=entry["per_hundred_high"],
            inclusion_probability=entry["inclusion"],
            reasons=() if quiet else told.get(matter_id) or rule_reasons(mine, sheet, entry["fact:idle_days"]),
            duties=mine,
            help=helps_of(entry["fact:help"]),
            since=change,
        )


def _owed(rows: pl.DataFrame, asked: Asked) -> dict[int, list[dict[str, Any]]]:
    """The unmet duties in words, by the place of the row, most pressing first."""
    each = rows.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("row"), owed="fact:owed")
    each = each.filter(pl.col("owed").list.len() > 0).explode("owed").unnest("owed")
    found: dict[int, list[dict[str, Any]]] = {}
    for row in named_duties(each, asked.timing).iter_rows(named=True):
        found.setdefault(row.pop("row"), []).append(row)
    return found


def _told(found: Ranked, log: pl.DataFrame, asked: Asked) -> dict[str, list[dict[str, Any]]]:
    """The model's reasons for the listed matters; empty by rules. Points stay out: pages show sentences (G8)."""
    if asked.champion is None:
        return {}
    card, features = asked.champion.scorecard, asked.features
    quiet = (pl.col("part") == SPOT) | pl.col("office_id").is_in(list(found.blind))
    scored = found.entries.filter(~quiet)["matter_id"]
    listed = log.filter(pl.col("matter_id").is_in(scored.implode()))
    added = contribution_frame(card, listed, features).select(card.columns)
    parts = parts_of(features, card.pair_names)
    return {
        values["matter_id"]: [reason.as_dict() for reason in reasons(parts, points, values)]
        for values, points in zip(listed.iter_rows(named=True), added.iter_rows(), strict=True)
    }
