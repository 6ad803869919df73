"""Which cells hold something that is no value: errors, formulas without a result, texts no cell can hold."""

from collections.abc import Mapping

import polars as pl

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
        cells = pl.col(name)
        suspect = cells.str.starts_with("#") | cells.str.starts_with("Err:") | cells.str.starts_with(UNCALCULATED)
        rule = (
            pl.when(cells.str.len_bytes() > CELL_CHARACTERS)
            .then(pl.when(cells.str.len_chars() > CELL_CHARACTERS).then(pl.lit("cell_long")))
            .when(suspect & (cells == UNCALCULATED))
            .then(pl.lit("formula"))
            .when(suspect & cells.str.contains(_ERROR))
            .then(pl.lit("cell_error"))
        )
        rules = frame.select(rule.alias("rule"))["rule"]
        if rules.null_count() == len(rules):
            continue
        broken = frame.select("row", cells.alias("value"), rules).drop_nulls("rule")
        shown = pl.when(pl.col("rule") == "cell_error").then("value").otherwise(pl.lit("")).alias("value")
        found.append(broken.select("row", pl.lit(header).alias("column"), shown, "rule").cast(NOTED_SCHEMA))
        frame = frame.with_columns(pl.when(rules.is_null()).then(name).alias(name))
    return frame, pl.concat(found)
