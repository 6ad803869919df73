"""The table of an office's year to keep: totals only, no matter stands in it."""

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from serving.board_facts import ACTS, DUTIES, ENDS
from serving.boards import RATES, Board
from serving.web.board_view import StepRow, aided
from serving.web.views import Translate


def board_book(
    board: Board, office: str, person: str, led: Sequence[tuple[Any, ...]], steps: Sequence[StepRow], t: Translate
) -> bytes:
    """The workbook; what an office is called, and every other text, stays a text also when its cell is edited."""
    lines: list[tuple[Any, ...]] = [
        (t("board.title", year=board.facts.year), office, person),
        (t("board.recipient"),),
        (t("board.measure"), t("board.done"), t("board.of"), t("board.how")),
        *(
            (t(f"board.{code}"), board.figures[code].part, board.figures[code].whole, t(f"board.{code}.how"))
            for code in (*DUTIES, *RATES)
        ),
        *((t(f"board.{code}"), board.figures[code].part) for code in ACTS),
        (t("board.aided"), board.aided, None, aided(board, t)),
        (t("board.money"), board.money / 100),
        *((t(f"board.end.{kind}"), board.ends[kind]) for kind in ENDS),
        (),
        (t("board.measure"), t("board.level"), t("board.rank"), t("board.form"), t("board.count")),
        *led,
        (),
        (t("board.steps"), t("board.where"), t("board.matters"), t("board.wrong"), t("board.right"), t("board.shown")),
        *((one.name, one.where, one.matters, one.wrong, one.right, one.told) for one in steps),
    ]
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet, quoted = book.add_worksheet(), book.add_format({"quote_prefix": True})
        sheet.set_column(0, 5, 28)
        for row, line in enumerate(lines):
            for column, value in enumerate(line):
                if isinstance(value, str):
                    sheet.write_string(row, column, value, quoted)
                elif value is not None:
                    sheet.write_number(row, column, value)
        sheet.freeze_panes(3, 1)
    return buffer.getvalue()
