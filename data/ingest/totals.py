"""Which rows of a sheet are no records: totals, notes under the table, and headers repeated on each page."""

import polars as pl

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
    first = pl.coalesce(lead).str.replace_all(r"\s", "")
    number = pl.col(matter).str.replace_all(r"\s", "")
    bare = number.is_null() | (number == first)
    return frame.select(
        pl.when(bare & first.str.contains(_TOTAL))
        .then(pl.lit("total"))
        .when(bare & first.str.contains(_FOOT))
        .then(pl.lit("note"))
        .when(number == header)
        .then(pl.lit("header"))
        .alias("why")
    )["why"]
