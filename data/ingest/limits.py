"""How much a file may hold before it is refused rather than read."""

#: The most a file itself may weigh, in bytes.
FILE_LIMIT = 512 << 20
#: The most a compressed file may unpack to, in bytes.
UNPACKED_LIMIT = 1 << 30
#: The most the text of a packed CSV may weigh, which is held whole.
TEXT_LIMIT = 512 << 20
#: Unpacked to more than RATIO_FROM bytes and this many times its packed size, a part is a bomb, not a table.
RATIO_LIMIT = 200
RATIO_FROM = 64 << 20
#: The most parts a packed workbook may have.
PARTS_LIMIT = 10_000
#: Rows × columns between a sheet's corners; a reader lays the whole rectangle out in memory.
CELLS_LIMIT = 20_000_000
#: Bytes of text the cells of one workbook may come to, shared strings written out.
CELL_TEXT_LIMIT = 400 << 20
#: The most different texts a workbook may share among its cells.
SHARED_LIMIT = 5_000_000
#: Characters a cell may hold, as in Excel; longer ones are left out and reported.
CELL_CHARACTERS = 32_767
#: Rows a columnar file or an event log may have.
ROWS_LIMIT = 5_000_000
#: Columns a table without a fixed width (an event log) may have.
COLUMNS_LIMIT = 1_000
#: Cells whose error, merge or number is remembered for the report; more are left blank without one.
NOTED_LIMIT = 500_000


def is_bomb(packed: int, unpacked: int) -> bool:
    """Whether a part unpacks to more than any table would."""
    return unpacked > RATIO_FROM and unpacked > RATIO_LIMIT * max(packed, 1)
