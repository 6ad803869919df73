"""Which streams an OLE file (.xls, and encrypted or foreign Office files) holds."""

from dataclasses import dataclass

MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_END = 0xFFFFFFFA


class BrokenOle(Exception):
    """The chains of sectors lead nowhere or round in circles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ole:
    """The streams of the file by name; `read` gives the bytes of one."""

    content: bytes
    sector: int
    fat: list[int]
    mini_fat: list[int]
    mini_cutoff: int
    streams: dict[str, tuple[int, int]]
    mini: bytes

    def read(self, name: str) -> bytes:
        """The bytes of a stream. Raises BrokenOle."""
        first, size = self.streams[name]
        if size < self.mini_cutoff:
            parts = [self.mini[at * 64 : at * 64 + 64] for at in _chain(self.mini_fat, first)]
        else:
            parts = [_sector(self.content, self.sector, at) for at in _chain(self.fat, first)]
        return b"".join(parts)[:size]


def read_ole(content: bytes) -> Ole:
    """The directory of an OLE file. Raises BrokenOle."""
    if len(content) < 1536 or not content.startswith(MAGIC):
        raise BrokenOle
    shift = _u16(content, 0x1E)
    if shift not in (9, 12):
        raise BrokenOle
    sector = 1 << shift
    fat: list[int] = []
    for at in _fat_sectors(content, sector):
        fat += _words(_sector(content, sector, at))
    directory = b"".join(_sector(content, sector, at) for at in _chain(fat, _u32(content, 0x30)))
    mini_fat: list[int] = []
    for at in _chain(fat, _u32(content, 0x3C)):
        mini_fat += _words(_sector(content, sector, at))
    streams: dict[str, tuple[int, int]] = {}
    mini = b""
    for start in range(0, len(directory) - 127, 128):
        entry = directory[start : start + 128]
        length, kind = _u16(entry, 64), entry[66]
        name = entry[: max(min(length, 64) - 2, 0)].decode("utf-16-le", errors="replace")
        first, size = _u32(entry, 116), _u32(entry, 120)
        if kind == 5:
            mini = b"".join(_sector(content, sector, at) for at in _chain(fat, first))
        elif kind == 2:
            streams[name] = (first, size)
    return Ole(
        content=content,
        sector=sector,
        fat=fat,
        mini_fat=mini_fat,
        mini_cutoff=_u32(content, 0x38),
        streams=streams,
        mini=mini,
    )


def _fat_sectors(content: bytes, sector: int) -> list[int]:
    found = [at for at in _words(content[0x4C:0x200]) if at < _END]
    at, seen = _u32(content, 0x44), set[int]()
    while at < _END:
        if at in seen:
            raise BrokenOle
        seen.add(at)
        *more, at = _words(_sector(content, sector, at))
        found += [one for one in more if one < _END]
    return found


def _chain(table: list[int], first: int) -> list[int]:
    found: list[int] = []
    at = first
    while at < _END:
        # A chain longer than its table goes round in a circle.
        if at >= len(table) or len(found) > len(table):
            raise BrokenOle
        found.append(at)
        at = table[at]
    return found


def _sector(content: bytes, sector: int, at: int) -> bytes:
    start = (at + 1) * sector
    if start >= len(content):
        raise BrokenOle
    return content[start : start + sector].ljust(sector, b"\0")


def _words(data: bytes) -> list[int]:
    return [_u32(data, at) for at in range(0, len(data) - 3, 4)]


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")
