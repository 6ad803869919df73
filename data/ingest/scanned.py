"""What a look at a sheet before reading it finds: its size, what is hidden or merged, and cells a reader drops."""

from dataclasses import dataclass, field

from data.ingest.limits import NOTED_LIMIT

#: Stands for a formula that no program has calculated yet; it can be in no cell (private use).
UNCALCULATED = "\ue000"
#: Error values by their code in .xls and .xlsb.
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class SheetScan:
    """One sheet as its file states it; rows count from 1, columns from 0.

    `last_row`, `first_column`, `last_column`: the corners of the filled cells (0, 0, -1 where none is).
    `texts` maps (column → row → text) cells a reader leaves blank to what stands there: an error value,
    UNCALCULATED, or the digits of a number that is no date.  `merges`: (first row, first column, last row, last
    column) of merged cells.
    """

    hidden: bool = False
    last_row: int = 0
    first_column: int = 1 << 20
    last_column: int = -1
    hidden_rows: int = 0
    hidden_columns: set[int] = field(default_factory=set[int])
    merges: list[tuple[int, int, int, int]] = field(default_factory=list[tuple[int, int, int, int]])
    texts: dict[int, dict[int, str]] = field(default_factory=dict[int, dict[int, str]])
    noted: int = 0

    @property
    def cells(self) -> int:
        """Rows × columns a reader must lay out."""
        return self.last_row * max(self.last_column - self.first_column + 1, 0)

    def filled(self, row: int, column: int) -> None:
        """A cell has a value."""
        self.last_row = max(self.last_row, row)
        self.first_column = min(self.first_column, column)
        self.last_column = max(self.last_column, column)

    def note(self, row: int, column: int, text: str) -> None:
        """A cell holds what a reader leaves blank."""
        if self.noted < NOTED_LIMIT:
            self.noted += 1
            self.texts.setdefault(column, {})[row] = text

    def merge(self, first_row: int, first_column: int, last_row: int, last_column: int) -> None:
        """Cells are merged into one."""
        if len(self.merges) < NOTED_LIMIT:
            self.merges.append((first_row, first_column, last_row, last_column))


@dataclass(frozen=True, slots=True, kw_only=True)
class BookScan:
    """The sheets of a workbook by name, and whether it carries macros (which nobody runs or reads).

    `new_errors`: whether cells hold error values younger than the reader, which would give up on the sheet.
    """

    sheets: dict[str, SheetScan]
    macros: bool = False
    new_errors: bool = False
