"""The file a domain expert fills in for `assure`: the shipped example, and sheets that list what can be written."""

from pathlib import Path

import xlsxwriter

from data.errors import UsageError
from data.vocabulary import KINDS
from features.assure import STATES
from features.assure_sheets import ATTRIBUTES, EXPECTED, EXPECTED_COLUMNS, HISTORY, HISTORY_COLUMNS
from features.catalog import CATALOG
from features.rules import MUST_ACT
from features.timing import SHIPPED

_H = [names[0] for names in HISTORY_COLUMNS.values()]
_E = [names[0] for names in EXPECTED_COLUMNS.values()]
#: The shipped example, a sheet each; docs/examples/assure holds the same as two .csv files.
EXAMPLE: dict[str, list[list[str]]] = {
    HISTORY[0]: [
        _H,
        ["用例1 按期答复", "来信", "2025-01-10", "", "", "", "", "", "", ""],
        ["用例1 按期答复", "登记", "2025-01-10", "", "", "", "", "", "", ""],
        ["用例1 按期答复", "程序性回复", "2025-01-16", "", "", "", "", "", "", ""],
        ["用例1 按期答复", "三个月答复", "2025-03-20", "", "", "", "答〔2025〕1号", "", "缺依据", ""],
        ["用例2 三个月未答复", "来信", "2025-01-10", "", "", "", "", "", "", ""],
        ["用例2 三个月未答复", "登记", "2025-01-10", "", "", "", "", "", "", ""],
        ["用例2 三个月未答复", "来访", "2025-03-01", "2025-03-20", "", "", "", "", "", ""],
        ["用例2 三个月未答复", "多人反映", "2025-03-10", "", "", "3", "", "", "", ""],
        ["用例3 承诺与移送", "来访", "2025-02-03", "", "", "", "", "", "", ""],
        ["用例3 承诺与移送", "登记", "2025-02-03", "", "", "", "", "", "", ""],
        ["用例3 承诺与移送", "作出承诺", "2025-02-10", "", "", "", "", "2025-03-01", "", ""],
        ["用例3 承诺与移送", "移送分流", "2025-02-20", "", "", "", "", "", "", ""],
        ["用例3 承诺与移送", "可否答复", "2025-02-03", "", "", "", "", "", "", "是"],
    ],
    EXPECTED[0]: [
        _E,
        ["用例1 按期答复", "2025-03-31", "7日程序性回复超期次数", "0"],
        ["用例1 按期答复", "2025-03-31", "三个月答复", "已办"],
        ["用例1 按期答复", "2025-03-31", "答复要件缺项数", "1"],
        ["用例1 按期答复", "2025-03-31", "答复未载明依据", "是"],
        ["用例2 三个月未答复", "2025-03-19", "累计再次反映次数", "1"],
        ["用例2 三个月未答复", "2025-03-20", "累计再次反映次数", "2"],
        ["用例2 三个月未答复", "2025-03-20", "多人反映人数档", "2"],
        ["用例2 三个月未答复", "2025-04-21", "三个月答复", "2025-04-10"],
        ["用例2 三个月未答复", "2025-04-21", "三个月答复已逾期天数", "12"],
        ["用例2 三个月未答复", "2025-04-21", "必办", "是"],
        ["用例3 承诺与移送", "2025-03-10", "承诺兑现", "已逾期"],
        ["用例3 承诺与移送", "2025-03-10", "移送告知", "2025-03-07"],
        ["用例3 承诺与移送", "2025-03-10", "移送未告知次数", "1"],
    ],
}


def write_template(path: Path) -> None:
    """Write the example as a workbook to start from. Raises UsageError where the file exists or is no .xlsx."""
    if path.suffix.lower() != ".xlsx":
        raise UsageError("assure_template", "样表须写成 .xlsx 文件", "the sample is a workbook: name it .xlsx")
    if path.exists():
        raise UsageError("assure_exists", f"{path.name} 已存在，未覆盖", f"{path.name} exists and was not overwritten")
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    for name, rows in {**EXAMPLE, "可以写什么": _words()}.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row, None if number else bold)
        widths = [max(len(row[column]) for row in rows if column < len(row)) for column in range(len(rows[0]))]
        for column, width in enumerate(widths):
            sheet.set_column(column, column, min(60, 2 * width + 2))
    book.close()


def _words() -> list[list[str]]:
    """What can stand in 环节, in 特征或时限 and in 期望值."""
    steps = [*(kind.zh for kind in KINDS), *ATTRIBUTES]
    clocks = [f"{rule.zh}（时限：写到期日或状态）" for rule in SHIPPED.rules]
    whats = [
        *(feature.zh for feature in CATALOG),
        *clocks,
        "必办（是/否）",
        *(f"{rule.zh}（是/否）" for rule in MUST_ACT),
    ]
    values = ["数字", "是", "否", "无（没有这项时限）", "日期：时限的最后一天", *(zh for zh, _ in STATES.values())]
    long = max(len(steps), len(whats), len(values))
    columns = [[*words, *[""] * (long - len(words))] for words in (steps, whats, values)]
    return [["环节", "特征或时限", "期望值"], *(list(row) for row in zip(*columns, strict=True))]
