"""What each column of a sheet seems to be, by its name and by its cells, and which columns claim one field equally."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from data.forbidden import Additions, header_key, may_show_header
from data.ingest.cells import flag, gate_codes, gate_numbers, gate_units, people_band
from data.ingest.dates import read_dates
from data.ingest.header_grammar import (
    date_stem,
    may_be_office,
    may_date_events,
    may_number_matters,
    may_refer_to_matters,
    plain_header,
)
from data.ingest.survey import Sheet
from data.ingest.synonyms import BY_CONTENT, BY_PARTS, LABELS, date_kind, header_field, kinds_of, labels_of
from data.times import DAY_US
from data.vocabulary import REMARKS

#: A column is taken for a field only where this share of its filled cells fits; code lists may be half unknown.
FITS = 0.8
#: Names of columns that hold the same words and mean something else: what it was before, how it came in.
_OTHER_STATE = re.compile("原|前|曾|拟|上一|下一|上个|下个|待|计划|变更|更正|建议|关联|方式|形式|途径|渠道|来源|性质")
CODES_FIT = 0.5
#: A date before the one it cannot precede is a typing error in this share of the rows at most.
IN_ORDER = 0.8
_DATES = ("registered", "known", "occurred", "due", "received_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """That a column is a field (or its dates a kind of event), and how sure that is, 0 to 1; `fit`: None if empty."""

    header: str
    field: str
    confidence: float
    fit: float | None


def guesses(
    sheet: Sheet, fields: Mapping[str, tuple[str, ...]], offices: pl.DataFrame, zone: str, additions: Additions | None
) -> tuple[dict[str, Guess], list[tuple[str, list[str]]]]:
    """The columns that are fields, and the fields several columns claim equally well.

    Our own name goes before one that is listed, and that before one read by its parts.
    """
    claims: dict[str, list[tuple[float, Guess]]] = {}
    for header in sheet.frame.columns[1:]:
        said = header_field(_dated(sheet, header, zone), fields)
        if said is None:
            continue
        field, sure = said
        fit = fitness(sheet.frame[header], field, offices, zone, additions)
        # A name nobody listed is believed only where cells bear it out.
        if fit is None and sure <= BY_PARTS:
            continue
        if fit is None or fit >= (CODES_FIT if field in (*LABELS, "kind") else FITS):
            share = round(sure * (0.6 if fit is None else fit), 2)
            claims.setdefault(field, []).append((sure, Guess(header=header, field=field, confidence=share, fit=fit)))
    chosen: dict[str, Guess] = {}
    open_questions: list[tuple[str, list[str]]] = []
    for field, rivals in claims.items():
        most = max(sure for sure, _ in rivals)
        best = [one for sure, one in rivals if sure == most]
        if len(best) == 1:
            chosen[field] = best[0]
        else:
            open_questions.append((field, [one.header for one in best]))
    return chosen, open_questions


def date_guesses(sheet: Sheet, taken: Sequence[str], zone: str, registered: Guess | None) -> list[Guess]:
    """Columns of dates that are a kind of event each, in the sheet's order.

    One named by parts only is left out where its dates lie before the registration, or another column has its kind.
    """
    found: list[tuple[float, Guess]] = []
    for header in sheet.frame.columns[1:]:
        said = None if header in taken else date_kind(_dated(sheet, header, zone))
        if said is None:
            continue
        kind, sure = said
        fit = fitness(sheet.frame[header], "occurred", pl.DataFrame(), zone, None)
        one = Guess(header=header, field=kind, confidence=round(sure * (0.6 if fit is None else fit), 2), fit=fit)
        fits = sure > BY_PARTS if fit is None else fit >= FITS
        if fits and (sure > BY_PARTS or in_order(sheet, registered, one, zone)):
            found.append((sure, one))
    kinds = [one.field for _, one in found]
    return [one for sure, one in found if sure > BY_PARTS or kinds.count(one.field) == 1]


def in_order(sheet: Sheet, first: Guess | None, second: Guess, zone: str) -> bool:
    """Whether the days of a column lie on or after those of another in nearly all rows that have both."""
    if first is None:
        return True
    days = [read_dates(sheet.frame[one.header], zone) // DAY_US for one in (first, second)]
    both = pl.DataFrame({"first": days[0], "second": days[1]}).drop_nulls()
    return both.is_empty() or _share(both["first"] <= both["second"]) >= IN_ORDER


def sole_number(sheet: Sheet, additions: Additions | None) -> Guess | None:
    """The one column that can be the numbers of the matters: filled, a number in each cell, and no serial of rows."""
    found: list[Guess] = []
    for header in sheet.frame.columns[1:]:
        cells = sheet.frame[header].drop_nulls()
        if not may_number_matters(header) or len(cells) < max(3, sheet.frame.height * IN_ORDER):
            continue
        serial = cells.cast(pl.Int64, strict=False).diff().drop_nulls()
        counted = len(serial) == len(cells) - 1 and bool((serial == 1).all())
        fit = _share(gate_numbers(cells, additions).is_null())
        if fit >= 0.95 and not counted:
            found.append(Guess(header=header, field="matter", confidence=round(BY_CONTENT * fit, 2), fit=fit))
    return found[0] if len(found) == 1 else None


def shared_number(sheet: Sheet, numbers: Collection[str]) -> Guess | None:
    """The one column nearly all of whose cells are numbers of matters that stand in the file's other sheets."""
    found: list[Guess] = []
    for header in sheet.frame.columns[1:]:
        cells = sheet.frame[header].drop_nulls()
        # Bare counts are found among any numbers, and a matter may name another one.
        telling = not cells.cast(pl.Int64, strict=False).is_between(0, 9999).fill_null(False).all()
        if len(cells) < max(3, sheet.frame.height * IN_ORDER) or not telling or not may_refer_to_matters(header):
            continue
        fit = _share(cells.is_in(list(numbers)))
        if fit >= 0.95:
            found.append(Guess(header=header, field="matter", confidence=round(BY_CONTENT * fit, 2), fit=fit))
    return found[0] if len(found) == 1 else None


def sole_date(sheet: Sheet, taken: Sequence[str], zone: str) -> Guess | None:
    """The one column of dates left in a sheet of events, filled in nearly every row: when they happened."""
    found: list[Guess] = []
    for header in sheet.frame.columns[1:]:
        if header in taken or not may_date_events(header) or date_kind(_dated(sheet, header, zone)) is not None:
            continue
        cells = sheet.frame[header].drop_nulls()
        fit = fitness(cells, "occurred", pl.DataFrame(), zone, None)
        if fit is not None and fit >= 0.95 and len(cells) >= sheet.frame.height * IN_ORDER:
            found.append(Guess(header=header, field="occurred", confidence=round(BY_CONTENT * fit, 2), fit=fit))
    return found[0] if len(found) == 1 else None


def sole_office(sheet: Sheet, taken: Sequence[str], offices: pl.DataFrame) -> Guess | None:
    """The one column of registered offices, where its name says a unit and nobody else's."""
    found: list[Guess] = []
    for header in sheet.frame.columns[1:]:
        if header in taken or not may_be_office(header):
            continue
        fit = fitness(sheet.frame[header], "office", offices, "", None)
        if fit is not None and fit >= 0.95:
            found.append(Guess(header=header, field="office", confidence=round(BY_CONTENT * fit, 2), fit=fit))
    return found[0] if len(found) == 1 else None


def _dated(sheet: Sheet, header: str, zone: str) -> str:
    """A column's name, with a word for a date where all its cells are dates and it has none: 受理, 七日内回复."""
    if date_stem(header) != plain_header(header):
        return header
    cells = sheet.frame[header].drop_nulls()
    if len(cells) < 3 or read_dates(cells.head(20), zone).null_count() or read_dates(cells, zone).null_count():
        return header
    return header_key(header) + "日期"


def by_content(sheet: Sheet, field: str, taken: Sequence[str]) -> Guess | None:
    """The one column, whatever its name, nearly all of whose cells are words of a field, three of them at least.

    Of five words and more, seven cells in ten are enough: the others are listed, and asked about.

    A name that speaks of an earlier, later or intended state is not enough.
    """
    found: list[Guess] = []
    for header in sheet.frame.columns[1:]:
        cells = sheet.frame[header].drop_nulls()
        if header in taken or cells.is_empty() or not may_show_header(header) or _OTHER_STATE.search(header):
            continue
        written = cells.unique().to_list()
        known = kinds_of(written) if field == "kind" else labels_of(written, LABELS[field])
        share = _share(cells.is_in(list(known)))
        several = len(set(known.values()))
        if (several >= 3 and share >= 0.9) or (several >= 5 and share >= 0.7):
            found.append(Guess(header=header, field=field, confidence=round(BY_CONTENT * share, 2), fit=share))
    return found[0] if len(found) == 1 else None


def fitness(
    column: pl.Series, field: str, offices: pl.DataFrame, zone: str, additions: Additions | None
) -> float | None:
    """The share of the filled cells that can be what the field holds; None where none is filled."""
    cells = column.drop_nulls()
    if cells.is_empty():
        return None
    if field in _DATES:
        return _share(read_dates(cells, zone).is_not_null())
    if field == "office":
        return _share(cells.is_in(offices["name"].to_list() + offices["office_id"].to_list()))
    gates: dict[str, Callable[[pl.Series, Additions | None], pl.Series]] = {
        **dict.fromkeys(("matter", "earlier", "document_no"), gate_numbers),
        "handler": gate_codes,
        "department": gate_units,
    }
    if field in gates:
        return _share(gates[field](cells, additions).is_null())
    if field == "people":
        return _share(cells.to_frame().select(people_band(pl.col(cells.name)).is_not_null()).to_series())
    if field in ("first_time", "reply_possible"):
        return _share(cells.to_frame().select(flag(pl.col(cells.name)).is_not_null()).to_series())
    if field == "remarks":
        parts = cells.str.replace_all(r"[,，;；/|\s]+", "、").str.split("、").explode(empty_as_null=True)
        return _share(parts.drop_nulls().is_in(list(REMARKS)))
    written = cells.unique().to_list()
    known = kinds_of(written) if field == "kind" else labels_of(written, LABELS[field])
    return _share(cells.is_in(list(known)))


def _share(fits: pl.Series) -> float:
    return int(fits.sum()) / len(fits) if len(fits) else 0.0
