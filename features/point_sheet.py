"""How many points today's sheet gives a matter: 19 handling factors, each graded 0, 1 or 2 (B6, rules-only bands).

The table is data: factor, measure, and the values from which grade 1 and 2 hold.  What the ledger does not record
gives 0 and is counted, until a person grades it at the desk: such a grade only ever adds (`least`).  The weights are
the product's own; an office edits them as a dated table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.answer_measures import MissingParts, RatedUnsolved
from features.clock_measures import ClockMissed, ClockShare
from features.feature import Measure
from features.kernel import View
from features.measures import Count, DaysSince, Excess, Lacks
from features.rules import help_open

#: Sums up to this are 一般, up to the next 较大, above 重大.
GENERAL_UP_TO = 7
LARGER_UP_TO = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One line of the sheet: grade 1 from `one` on, grade 2 from `two` on; counted from `from_days` after receipt on.

    That gate, not "once we replied", keeps an answer taken away from lowering the sum (G6).
    """

    code: str
    zh: str
    en: str
    measure: Measure | None
    one: float
    two: float
    help_rule: str | None = None
    from_days: int = 0


FACTORS: tuple[Factor, ...] = (
    Factor(
        code="procedural_reply",
        zh="7日程序性回复",
        en="procedural reply",
        measure=ClockMissed("procedural_reply"),
        one=1,
        two=2,
    ),
    Factor(
        code="substantive_reply",
        zh="三个月答复",
        en="three-month reply",
        measure=ClockMissed("substantive_reply"),
        one=1,
        two=2,
    ),
    Factor(
        code="monthly_follow_up",
        zh="每月后续答复",
        en="monthly follow-up",
        measure=ClockMissed("monthly_follow_up"),
        one=1,
        two=3,
    ),
    Factor(
        code="silence",
        zh="距上次实质沟通天数",
        en="days since substantive contact",
        measure=DaysSince(("substantive_contact",), or_receipt=True),
        one=60,
        two=120,
    ),
    Factor(
        code="half_used",
        zh="时限过半无办理记录",
        en="half the time used without a step",
        measure=ClockShare("substantive_reply", steps=("own_step",)),
        one=0.5,
        two=0.9,
    ),
    Factor(
        code="handler_changes",
        zh="更换承办人",
        en="change of handler",
        measure=Count(("handler_changed",)),
        one=1,
        two=2,
    ),
    Factor(code="returned", zh="退回/再分流", en="returned or passed on", measure=Count(("returned",)), one=1, two=2),
    Factor(
        code="transfer_untold",
        zh="移送未告知去向",
        en="transfer not told",
        measure=Excess(("transferred_out",), ("transfer_told",)),
        one=1,
        two=2,
    ),
    Factor(
        code="material_again",
        zh="补正重复要求",
        en="material requested again",
        measure=Excess(("material_requested",), (), 1),
        one=1,
        two=2,
    ),
    Factor(code="promise_broken", zh="承诺未兑现", en="promise not kept", measure=ClockMissed("promise"), one=1, two=2),
    Factor(code="extensions", zh="延期次数", en="extensions", measure=Count(("extended",)), one=1, two=2),
    Factor(
        code="parts",
        zh="答复要件缺项",
        en="parts missing in the reply",
        measure=MissingParts(),
        one=1,
        two=3,
        from_days=90,
    ),
    Factor(
        code="not_face_to_face",
        zh="未当面或视频释法说理",
        en="no explanation face to face or by video",
        measure=Lacks(("explanation", "video_reception")),
        one=1,
        two=2,
        from_days=90,
    ),
    Factor(code="hearing", zh="听证未筛查", en="hearing not screened", measure=None, one=1, two=2, help_rule="hearing"),
    Factor(code="aid", zh="救助未筛查", en="aid not screened", measure=None, one=1, two=2, help_rule="aid"),
    Factor(code="lawyer", zh="律师未告知", en="lawyer not told", measure=None, one=1, two=2, help_rule="lawyer"),
    Factor(
        code="assigned_report",
        zh="交办未按期报结果",
        en="assigned matter not reported in time",
        measure=ClockMissed("assigned_report"),
        one=1,
        two=2,
    ),
    Factor(
        code="rated_unvisited",
        zh="评价为未解决且未回访",
        en="rated not solved and no call back",
        measure=RatedUnsolved(unvisited=True),
        one=2,
        two=1,
    ),
    Factor(
        code="error_uncorrected",
        zh="办案差错已确认未纠正",
        en="confirmed error not corrected",
        measure=Excess(("error_confirmed",), ("error_corrected",)),
        one=2,
        two=1,
    ),
)


def grades(view: View) -> dict[str, NDArray[np.int64]]:
    """Grade 0, 1 or 2 of every factor. Arrays of shape (rows,)."""
    open_help = help_open(view)
    age = view.days_before(view.receipt(), -1.0)
    result: dict[str, NDArray[np.int64]] = {}
    for factor in FACTORS:
        if factor.measure is None:
            value = open_help[factor.help_rule or ""].astype(np.float64)
        else:
            value = np.asarray(factor.measure.evaluate(view), dtype=np.float64)
        grade = np.where(value >= factor.two, 2, np.where(value >= factor.one, 1, 0)).astype(np.int64)
        result[factor.code] = np.where(age >= factor.from_days, grade, 0)
    return result


def point_sheet(view: View, least: Mapping[str, NDArray[np.int64]] = MappingProxyType({})) -> pl.DataFrame:
    """Every factor's grade with `points` (their sum) and `band`, one row for each row of the view.

    `least`: by factor, the grades given at the desk (0 for none), shape (rows,).  The higher of the two counts, so that
    an unmet duty never lowers the sum and a remedy never raises it, whatever was graded (G6).
    """
    found = {code: np.maximum(grade, least[code]) if code in least else grade for code, grade in grades(view).items()}
    total = np.sum(list(found.values()), axis=0)
    return pl.DataFrame({**found, "points": total}).with_columns(
        band=pl.when(pl.col("points") <= GENERAL_UP_TO)
        .then(pl.lit("general"))
        .when(pl.col("points") <= LARGER_UP_TO)
        .then(pl.lit("larger"))
        .otherwise(pl.lit("major"))
    )
