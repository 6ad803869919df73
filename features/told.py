"""What an entry tells of a matter besides its features, as numbers: duties owed, help open, points counted."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from features.kernel import View
from features.point_sheet import FACTORS, grades
from features.rules import HELP_RULES, help_open, owed

#: Columns of `told`: duties as rows of `features.rules.owed`, rules of help as bits, grades as digits of base 3.
COLUMNS: tuple[str, ...] = ("owed", "help", "grades")
_OWED = ("duty", "due", "days_left", "missed")
_OWED_TYPE = pl.List(pl.Struct({"duty": pl.Int64, "due": pl.Int64, "days_left": pl.Int64, "missed": pl.Boolean}))


def told(view: View) -> pl.DataFrame:
    """One row for each row of the view, columns `COLUMNS`."""
    duties = owed(view).group_by("row", maintain_order=True).agg(pl.struct(_OWED).alias("owed"))
    rows = pl.DataFrame({"row": np.arange(view.rows)}, schema={"row": pl.Int64})
    open_, nobody = help_open(view), np.zeros(view.rows, dtype=np.int64)
    return rows.join(duties, on="row", how="left", maintain_order="left").select(
        pl.col("owed").fill_null([]).cast(_OWED_TYPE),
        help=pl.Series(sum((open_[rule.code].astype(np.int64) << at for at, rule in enumerate(HELP_RULES)), nobody)),
        grades=pl.Series(grade_code(grades(view), view.rows)),
    )


def grade_code(found: dict[str, Any], rows: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The grade of every factor of each row as one number. Shape (rows,)."""
    code = np.zeros(rows, dtype=np.int64)
    for factor in reversed(FACTORS):
        code = code * 3 + np.asarray(found[factor.code], dtype=np.int64)
    return code


def graded(code: int) -> list[tuple[str, str, str, int]]:
    """Code, zh, en and grade of the factors that count, the heaviest first, then in the order of the sheet."""
    found: list[tuple[str, str, str, int]] = []
    for factor in FACTORS:
        code, grade = divmod(code, 3)
        if grade:
            found.append((factor.code, factor.zh, factor.en, grade))
    return sorted(found, key=lambda one: -one[3])


def helps(open_: Mapping[str, bool]) -> list[dict[str, str]]:
    """The kinds of help that are open, as lists and pages name them."""
    return [
        {"code": rule.code, "zh": rule.zh, "en": rule.en, "article": rule.article}
        for rule in HELP_RULES
        if open_[rule.code]
    ]


def helps_of(bits: int) -> list[dict[str, str]]:
    """The same of the column `help`."""
    return helps({rule.code: bool(bits >> at & 1) for at, rule in enumerate(HELP_RULES)})
