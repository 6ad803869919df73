"""What the cells of a column mean: codes, labels, bands of people, remark codes, money, yes and no."""

import re
from collections import Counter
from collections.abc import Callable

import polars as pl

from data.distinct import CELL, each_once
from data.forbidden import Additions, folded, gate, is_code, name_runs, normalised, shown
from data.ingest.draft import UNKNOWN_SCHEMA
from data.vocabulary import REMARKS

_UNIT = re.compile(r"[\u3400-\u9fff0-9]{1,18}(?:部|科|局|室|处|组|庭|中心|办|队|院)")
#: What no name is written with.
_PLAIN = r"[^\u3400-\u9fff·•.]+"
_YES = ("是", "可", "有", "能", "可以", "yes", "y", "true", "1")
_NO = ("否", "不可", "无", "不能", "不可以", "no", "n", "false", "0")
_TEXT_FIELDS = ("solved", "caused_by", "rank", "form", "officer_level")


def gate_numbers(cells: pl.Series, additions: Additions | None) -> pl.Series:
    """The gate's rule per matter or document number, null where it passes.

    A number has at most 80 characters, holds a digit, and no name.  What reads as a name but stands in a tenth of
    the column's numbers, and in ten at least, is the prefix of a numbering.
    """
    return each_once(cells, lambda numbers: _gated_numbers(numbers, additions))


def _gated_numbers(numbers: pl.Series, additions: Additions | None) -> pl.Series:
    # Only what stands between the digits can be a name: few texts, however many numbers.
    written = pl.DataFrame({"number": numbers, "text": folded(numbers).str.replace_all(_PLAIN, " ")})
    times = dict(written.group_by("text").len().iter_rows())
    names = {text: runs for text in times if (runs := name_runs(text))}
    seen: Counter[str] = Counter()
    for text, runs in names.items():
        seen.update(dict.fromkeys(runs, times[text]))
    prefixes = {run for run, count in seen.items() if count >= max(10, len(numbers) / 10)}
    strange = [text for text, runs in names.items() if not prefixes.issuperset(runs)]
    bare = numbers.filter(~numbers.str.contains("[0-9]")).to_list()
    odd = [number for number in bare if not any(sign.isdigit() for sign in number)]
    odd += written.filter(pl.col("text").is_in(strange))["number"].to_list()
    found = pl.DataFrame({"rule": gate(numbers, additions), "cell": numbers}).select(
        pl.when(pl.col("rule").is_not_null())
        .then("rule")
        .when(pl.col("cell").str.len_chars() > 80)
        .then(pl.lit("too_long"))
        .when(pl.col("cell").is_in(odd))
        .then(pl.lit("not_a_code"))
    )
    return found.to_series()


def gate_codes(cells: pl.Series, additions: Additions | None) -> pl.Series:
    """The gate's rule per staff code; what does not have a code's shape is refused as `not_a_code`."""
    return each_once(cells, lambda codes: _gated(codes, is_code, "not_a_code", additions))


def gate_units(cells: pl.Series, additions: Additions | None) -> pl.Series:
    """The gate's rule per department; what does not read as the name of a unit is refused as `not_a_unit`."""
    return each_once(cells, lambda units: _gated(units, _is_unit, "not_a_unit", additions))


def _gated(texts: pl.Series, fits: Callable[[str], bool], rule: str, additions: Additions | None) -> pl.Series:
    """The gate's rule per text, `rule` where it passes and does not fit; shape (n,)."""
    bad = pl.Series([not fits(text) for text in texts.to_list()], dtype=pl.Boolean)
    verdict = gate(texts, additions)
    return pl.select(pl.when(verdict.is_null() & bad).then(pl.lit(rule)).otherwise(verdict)).to_series()


def _is_unit(text: str) -> bool:
    return bool(_UNIT.fullmatch(normalised(text)))


def codes_of(cells: pl.Series, table: dict[str, str]) -> pl.Series:
    """The code of each label, null where the label is unknown. Shape (n,), CELL."""

    def read(labels: pl.Series) -> pl.Series:
        return labels.replace_strict(list(table), list(table.values()), default=None, return_dtype=pl.String).cast(CELL)

    return each_once(cells, read)


def unknown_labels(frame: pl.DataFrame, field: str, known: pl.Expr, *, sheet: str, column: str) -> pl.DataFrame:
    """Labels that mean nothing to us, with how often and where they first stand; shown only where harmless."""
    strange = frame.select("row", pl.col(field).alias("label"), (~known).alias("strange"))
    counted = (
        strange.filter(pl.col("strange") & pl.col("label").is_not_null())
        .group_by("label")
        .agg(pl.len().alias("rows"), pl.col("row").min().alias("first_row"))
    )
    return _listed(counted, sheet, column)


def _listed(counted: pl.DataFrame, sheet: str, column: str) -> pl.DataFrame:
    """Labels with their rows and first row as a list of unknown ones (UNKNOWN_SCHEMA), the most frequent first."""
    ordered = counted.sort(["rows", "first_row"], descending=[True, False])
    labels = pl.Series("label", [shown(label) for label in ordered["label"].to_list()], dtype=pl.String)
    return ordered.select(
        pl.lit(sheet).alias("sheet"), pl.lit(column).alias("column"), labels, "rows", "first_row"
    ).cast(UNKNOWN_SCHEMA)


def people_band(cells: pl.Expr) -> pl.Expr:
    """Bands 1 / 2–4 / 5+ as 1, 2, 3; 0 where empty; null where the cell is no positive whole number. Int8."""
    people = cells.cast(pl.String).str.extract(r"^(\d{1,6})(?:\.0+)?(?:人|名)?$").cast(pl.Int64)
    band = pl.when(people >= 5).then(3).when(people >= 2).then(2).when(people == 1).then(1)
    return pl.when(cells.is_null()).then(0).otherwise(band).cast(pl.Int8)


def decimal(cells: pl.Expr, scale: int) -> pl.Expr:
    """A number times `scale`, rounded; null where the cell is empty or no number. Int64."""
    plain = cells.str.replace_all(r"[,¥€\s]|元$", "")
    return (plain.cast(pl.Float64, strict=False) * scale).round().cast(pl.Int64, strict=False)


def flag(cells: pl.Expr) -> pl.Expr:
    """1 for yes, 0 for no, null for anything else. Int64."""
    low = cells.str.to_lowercase()
    return pl.when(low.is_in(_YES)).then(1).when(low.is_in(_NO)).then(0).cast(pl.Int64)


def read_remarks(frame: pl.DataFrame, field: str, *, sheet: str, column: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the closed remark codes of each row say, and the unknown ones with their counts.

    First frame, one row for each row of `frame`: solved, caused_by, rank, form, officer_level (CELL), parts_missing
    (Int8) and `clash` (two codes of one sort); null where a row has no known code.
    """
    table = pl.DataFrame(
        [
            {
                "code": code,
                "of": of,
                "text": value if isinstance(value, str) else None,
                "bit": value if isinstance(value, int) else None,
            }
            for code, (of, value) in REMARKS.items()
        ],
        schema={"code": pl.String, "of": pl.String, "text": pl.String, "bit": pl.Int64},
    )
    counted = (
        frame.select("row", pl.col(field).alias("cell"))
        .filter(pl.col("cell").is_not_null())
        .group_by("cell")
        .agg(pl.len().alias("rows"), pl.col("row").min().alias("first_row"))
    )
    code = pl.col("cell").cast(pl.String).str.replace_all(r"[,，;；/|\s]+", "、").str.split("、").alias("code")
    split = counted.select("cell", "rows", "first_row", code).explode("code", empty_as_null=True)
    tags = split.filter(pl.col("code") != "").unique(["cell", "code"], maintain_order=True)
    joined = tags.join(table, on="code", how="left")
    strange = joined.filter(pl.col("of").is_null()).group_by(pl.col("code").alias("label"))
    unknown = _listed(strange.agg(pl.col("rows").sum(), pl.col("first_row").min()), sheet, column)
    known = joined.drop_nulls("of")
    parts = pl.col("bit").filter(pl.col("of") == "parts_missing")
    read = known.group_by("cell").agg(
        *(pl.col("text").filter(pl.col("of") == of).first().cast(CELL).alias(of) for of in _TEXT_FIELDS),
        pl.when(parts.len() > 0).then(parts.sum()).cast(pl.Int8).alias("parts_missing"),
        pl.any_horizontal(
            *((pl.col("of") == of).sum() > 1 for of in _TEXT_FIELDS), (parts == 0).any() & (parts > 0).any()
        ).alias("clash"),
    )
    cells = frame.select(pl.col(field).alias("cell"))
    return cells.join(read, on="cell", how="left", maintain_order="left").drop("cell"), unknown
