"""What a sheet of a ledger is when it is read as matters and as events: which of its columns is which field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from data.forbidden import Additions
from data.ingest.guesses import (
    Guess,
    by_content,
    date_guesses,
    guesses,
    in_order,
    shared_number,
    sole_date,
    sole_number,
    sole_office,
)
from data.ingest.survey import Sheet
from data.ingest.synonyms import ATTRIBUTE_HEADERS, BY_PARTS, EVENT_HEADERS, LABELS, MATTER_HEADERS, header_field

Question = tuple[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRoles:
    """A sheet read as matters and as events, whichever it may be; `questions`: field and columns that claim it."""

    sheet: Sheet
    matters: dict[str, Guess]
    events: dict[str, Guess]
    attributes: dict[str, Guess]
    dates: list[Guess]
    questions: dict[str, list[Question]]

    @property
    def is_events(self) -> bool:
        return {"matter", "kind", "occurred"} <= set(self.events)

    @property
    def is_matters(self) -> bool:
        if not {"matter", "registered"} <= set(self.matters):
            return False
        return len(self.numbers) == 0 or self.numbers.n_unique() / len(self.numbers) >= 0.98

    @property
    def numbers(self) -> pl.Series:
        """The numbers of its matters, as they stand; empty where no column is known to hold them."""
        named = self.matters.get("matter") or self.events.get("matter")
        return pl.Series(dtype=pl.String) if named is None else self.sheet.frame[named.header].drop_nulls()


def read_sheets(
    sheets: Sequence[Sheet], offices: pl.DataFrame, zone: str, additions: Additions | None
) -> list[SheetRoles]:
    """Each sheet by itself; one without a column named for matter numbers then by the numbers of the others."""
    found = [_sheet_roles(sheet, offices, zone, additions) for sheet in sheets]
    numbers = {number for one in found if one.is_matters for number in one.numbers}
    return [
        one
        if len(one.numbers)
        else _sheet_roles(
            one.sheet,
            offices,
            zone,
            additions,
            shared_number(one.sheet, numbers) if numbers else sole_number(one.sheet, additions),
        )
        for one in found
    ]


def _sheet_roles(
    sheet: Sheet, offices: pl.DataFrame, zone: str, additions: Additions | None, number: Guess | None = None
) -> SheetRoles:
    """The columns that are fields: by their names first, then, where none claims a field, by what stands in them.

    `number`: the column of matter numbers where no name tells.  A field two columns claim is a question; neither
    its rivals nor a third column takes it.
    """
    matters, unsure_matters = guesses(sheet, MATTER_HEADERS, offices, zone, additions)
    events, unsure_events = guesses(sheet, EVENT_HEADERS, offices, zone, additions)
    attributes, unsure_attributes = guesses(sheet, ATTRIBUTE_HEADERS, offices, zone, additions)
    asked = {field for field, _ in (*unsure_matters, *unsure_events)}
    if number is not None and "matter" not in asked:
        matters, events = ({**one, "matter": number} for one in (matters, events))
    repeated = "matter" in events and not sheet.frame[events["matter"].header].drop_nulls().is_unique().all()
    if repeated:
        _fill_events(sheet, events, asked, zone)
    else:
        # What is known by its parts only says nothing of a sheet in which no number stands twice.
        events = {field: one for field, one in events.items() if _listed(one, EVENT_HEADERS)}
    taken = [one.header for one in (*matters.values(), *attributes.values())]
    if "office" not in (matters.keys() | asked) and not named_offices([sheet]):
        office = sole_office(sheet, taken, offices)
        matters |= {} if office is None else {"office": office}
    for field in LABELS if {"matter", "registered"} <= set(matters) else ():
        found = by_content(sheet, field, taken) if field not in matters.keys() | asked else None
        if found is not None:
            matters[field] = found
            taken.append(found.header)
    registered = matters.get("registered")
    for role, headers, first in (
        (matters, MATTER_HEADERS, registered),
        (events, EVENT_HEADERS, events.get("occurred")),
    ):
        for field in ("known", "due"):
            if field in role and not _listed(role[field], headers) and not in_order(sheet, first, role[field], zone):
                del role[field]
    return SheetRoles(
        sheet=sheet,
        matters=matters,
        events=events,
        attributes=attributes,
        dates=date_guesses(sheet, taken, zone, registered),
        questions={"matters": [*unsure_matters, *unsure_attributes], "events": unsure_events},
    )


def _fill_events(sheet: Sheet, events: dict[str, Guess], asked: set[str], zone: str) -> None:
    """What happened and when, by the cells, in a sheet where a matter stands in several rows."""
    if "kind" not in events and "kind" not in asked:
        found = by_content(sheet, "kind", [one.header for one in events.values()])
        events |= {} if found is None else {"kind": found}
    if "kind" in events and "occurred" not in events and "occurred" not in asked:
        found = sole_date(sheet, [one.header for one in events.values()], zone)
        events |= {} if found is None else {"occurred": found}


def _listed(one: Guess, headers: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the column's name is one we list, and not only read by its parts or its cells."""
    said = header_field(one.header, headers)
    return said is not None and said[1] > BY_PARTS


def named_offices(sheets: Sequence[Sheet]) -> set[str]:
    """What stands in the columns that are offices by their name."""
    return {
        value
        for one in sheets
        for header in one.frame.columns[1:]
        if (header_field(header, MATTER_HEADERS) or ("", 0.0))[0] == "office"
        for value in one.frame[header].drop_nulls().unique().to_list()
    }
