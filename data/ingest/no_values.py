"""Which cells hold something that is no value: errors, formulas without a result, texts no cell can hold."""

from collections.abc import Mapping

import polars as pl

from data.distinct import each_once, texts_of
from data.ingest.limits import CELL_CHARACTERS
from data.ingest.scanned import UNCALCULATED

_ERROR = (
    r"^(?:#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|BUSY!|ERROR!"
    r"|GETTING_DATA)|Err:\d{3})$"
)
NOTED_SCHEMA = pl.Schema({"row": pl.Int64(), "column": pl.String(), "value": pl.String(), "rule": pl.String()})


def set_aside(frame: pl.DataFrame, columns: Mapping[str, str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The frame with such cells empty, and the cells themselves (NOTED_SCHEMA); `columns`: frame column → header."""
    found = [pl.DataFrame(schema=NOTED_SCHEMA)]
    for name, header in columns.items():
        if not _broken(texts_of(frame[name])).is_not_null().any():
            continue
        rules = each_once(frame[name], _broken).alias("rule")
        broken = frame.select("row", pl.col(name).cast(pl.String).alias("value"), rules).drop_nulls("rule")
        shown = pl.when(pl.col("rule") == "cell_error").then("value").otherwise(pl.lit("")).alias("value")
        found.append(broken.select("row", pl.lit(header).alias("column"), shown, "rule").cast(NOTED_SCHEMA))
        frame = frame.with_columns(pl.when(rules.is_null()).then(name).alias(name))
    return frame, pl.concat(found)


def _broken(texts: pl.Series) -> pl.Series:
    """Why each text is no value, null where it is one; shape (n,)."""
    cell = pl.col("cell")
    suspect = cell.str.starts_with("#") | cell.str.starts_with("Err:") | cell.str.starts_with(UNCALCULATED)
    rule = (
        pl.when(cell.str.len_bytes() > CELL_CHARACTERS)
        .then(pl.when(cell.str.len_chars() > CELL_CHARACTERS).then(pl.lit("cell_long")))
        .when(suspect & (cell == UNCALCULATED))
        .then(pl.lit("formula"))
        .when(suspect & cell.str.contains(_ERROR))
        .then(pl.lit("cell_error"))
    )
    return texts.alias("cell").to_frame().select(rule.alias("rule"))["rule"]
