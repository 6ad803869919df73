"""Which rows of a sheet are no records: totals, notes under the table, and headers repeated on each page."""

import polars as pl

from data.distinct import each_once

_SPAN = r"(?:\d{4}年)?(?:第?[一二三四1-4]季度|\d{1,2}月份?|本页|本月|本年|本季度?|本期|全年|年度|上半年|下半年)?"
_TOTAL = (
    rf"^(?:{_SPAN}(?:合计|总计|小计|累计|共计|总数|汇总)(?:数|件数)?[:：]?(?:\d+(?:件|条|人|次|行|起)?)?"
    r"|共\d+(?:件|条|人|次|行|起)"
    r"|(?i:grandtotal|subtotal|sub-total|total|totals|sum):?)$"
)
_FOOT = (
    r"^(?:注|备注|说明|(?:填表|填报|制表|统计|审核|审批)(?:人|员|单位|日期|时间|部门)?|"
    r"(?:单位|部门)?负责人|经办人)[:：]"
)


def no_records(frame: pl.DataFrame, lead: list[str], matter: str, header: str) -> pl.Series:
    """Why a row is no record: `total`, `note` or `header`, null where it is one. Shape (n,), String.

    `lead`: the frame's first readable columns in the order of the sheet.  A row is left out only where its first
    filled cell says so and its matter number is empty or that same word.
    """
    first = pl.coalesce(lead).cast(pl.String).str.replace_all(r"\s", "")
    number = pl.col(matter).cast(pl.String).str.replace_all(r"\s", "")
    bare = number.is_null() | (number == first)
    why = (
        pl.when(bare & first.str.contains(_TOTAL))
        .then(pl.lit("total"))
        .when(bare & first.str.contains(_FOOT))
        .then(pl.lit("note"))
        .when(number == header)
        .then(pl.lit("header"))
        .alias("why")
    )
    # Few rows hold a word that could make them none; only those are read as a whole.
    telling = [each_once(frame[name], lambda texts: _telling(texts, header)) for name in {*lead, matter}]
    doubtful = frame.select(pl.any_horizontal(telling).fill_null(value=False).alias("doubtful"))["doubtful"]
    at = doubtful.arg_true()
    found = pl.repeat(None, frame.height, dtype=pl.String, eager=True).alias("why")
    if at.is_empty():
        return found
    return found.scatter(at, frame.select(*{*lead, matter}).filter(doubtful).select(why)["why"])


def _telling(texts: pl.Series, header: str) -> pl.Series:
    """Whether a text alone could make its row a total, a note or a header; shape (n,)."""
    tight = texts.str.replace_all(r"\s", "")
    return tight.str.contains(_TOTAL) | tight.str.contains(_FOOT) | (tight == header)
