"""What a file really is, by its content and not by its name."""

import codecs
import gzip
import io
import re
import zlib
from pathlib import Path
from typing import Literal, NoReturn

import numpy as np
import pyarrow as pa

from data.errors import InputRefused
from data.ingest import limits
from data.ingest.ole import MAGIC
from data.ingest.refusals import READABLE, damaged, other_type, too_large

Kind = Literal["excel", "csv", "parquet", "xes"]

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
#: First bytes of what people rename by mistake → its name.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%pdf", "PDF"),
    (b"\x89png", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"gif8", "GIF"),
    (b"rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"{\\rtf", "RTF"),
    (b"<html", "HTML"),
    (b"<!doctype", "HTML"),
    (b"<table", "HTML"),
    (b"<meta", "HTML"),
    (b"mime-version:", "MHTML"),
    (b"sqlite format 3", "SQLite"),
    (b"\x7felf", "ELF"),
    (b"mz\x90", "EXE"),
)
_HAN = re.compile("[\u4e00-\u9fff]")


def open_file(path: Path) -> tuple[Kind, bytes]:
    """What the file is by its content, and its bytes: a workbook or log as it stands, a CSV as UTF-8 text.

    Raises InputRefused, naming what the file is instead, for anything that cannot be a ledger; also for an empty or
    damaged one, one that unpacks to too much, and text in no encoding we know, in two at once, or with NUL bytes.
    """
    try:
        if path.stat().st_size > limits.FILE_LIMIT:
            too_large(path.name)
        content = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        _refuse("file_missing", path, "找不到文件；请检查路径", "no such file; check the path")
    except OSError:
        _refuse("file_unreadable", path, "文件无法读取；请检查权限", "the file cannot be read; check its permissions")
    return kind_of(path.name, content)


def kind_of(name: str, content: bytes) -> tuple[Kind, bytes]:
    """What a file of this name and content is (see `open_file`)."""
    packed = content.startswith(_GZIP)
    start = _first(name, content) if packed else content[:4096]
    if not start.strip(b"\0 \t\r\n\xef\xbb\xbf") and not content.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise InputRefused(
            "file_empty",
            f"{name}：文件是空的（未导入任何内容）",
            f"{name}: the file is empty (nothing was written)",
        )
    if start.startswith(b"PK") and not packed:
        return "excel", content
    if start.startswith(MAGIC) and not packed:
        return "excel", content
    if start.startswith(b"PAR1") and not packed:
        if content[-4:] != b"PAR1":
            damaged(name)
        return "parquet", content
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<?xml", b"<log")):
        if b"schemas-microsoft-com:office:spreadsheet" in head:
            other_type(name, "XML 表格 2003 / XML Spreadsheet 2003")
        return "xes", content
    for magic, found in _OTHERS:
        if head.startswith(magic):
            other_type(name, found)
    if packed:
        content = _unzipped(name, content)
        if not content.strip(b"\0 \t\r\n\xef\xbb\xbf"):
            raise InputRefused(
                "file_empty",
                f"{name}：文件是空的（未导入任何内容）",
                f"{name}: the file is empty (nothing was written)",
            )
        if content.startswith((b"PK", MAGIC, _GZIP, b"PAR1")):
            other_type(name, "GZIP")
    return "csv", as_utf8(name, content)


def _refuse(code: str, path: Path, zh: str, en: str) -> NoReturn:
    raise InputRefused(code, f"{path.name}：{zh}（未导入任何内容）", f"{path.name}: {en} (nothing was written)")


def _first(name: str, content: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            return stream.read(4096)
    except (OSError, EOFError, zlib.error):
        damaged(name)


def _unzipped(name: str, content: bytes) -> bytes:
    found = bytearray()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            while piece := stream.read(_CHUNK):
                found += piece
                if len(found) > limits.TEXT_LIMIT or limits.is_bomb(len(content), len(found)):
                    too_large(name)
    except (OSError, EOFError, zlib.error):
        damaged(name)
    return bytes(found)


def as_utf8(name: str, content: bytes) -> bytes:
    """Text as UTF-8 without a byte order mark, whatever it was written in. Raises InputRefused."""
    utf16 = _utf16(content)
    if utf16 is not None:
        try:
            content = content.decode(utf16).encode()
        except UnicodeError:
            _unreadable_text(name)
    if b"\0" in content:
        raise InputRefused(
            "file_nul",
            f"{name}：文本中含有空字节（NUL），文件可能已损坏；请重新导出（未导入任何内容）",
            f"{name}: the text holds NUL bytes and may be damaged; export it again (nothing was written)",
        )
    while content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    at = _no_utf8_at(content)
    if at is None:
        return content
    lenient = content.decode("utf-8", errors="replace")
    broken, han = lenient.count("\ufffd"), len(_HAN.findall(lenient))
    # Two bytes of GB18030 are hardly ever three of UTF-8: where both abound, two files were put together.
    if han > 4 and han * 20 > broken:
        line = content.count(b"\n", 0, at) + 1
        raise InputRefused(
            "file_mixed_encoding",
            f"{name}：文件混有两种文字编码（自第 {line} 行起）；请统一另存为 CSV UTF-8（未导入任何内容）",
            f"{name}: the file mixes two encodings (from line {line}); save all of it as CSV UTF-8 "
            "(nothing was written)",
        )
    del lenient
    try:
        return content.decode("gb18030").encode()
    except UnicodeError:
        _unreadable_text(name)


def _no_utf8_at(content: bytes) -> int | None:
    """Where it stops being UTF-8, None where it is to its end."""
    ends = pa.py_buffer(np.array([0, len(content)], dtype=np.int64))
    try:
        pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(content)).validate(full=True)
    except pa.ArrowInvalid:
        pass
    else:
        return None
    # Where it is not, is found in pieces: the text takes more memory than the file.
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(content)
    for start in range(0, len(content), _CHUNK):
        pending = len(decoder.getstate()[0])
        piece = view[start : start + _CHUNK]
        try:
            decoder.decode(piece, start + _CHUNK >= len(content))
        except UnicodeDecodeError as problem:
            return start - pending + problem.start
    return None


def _utf16(content: bytes) -> str | None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = content[:4096]
    # Separators and digits give UTF-16 away without its mark: every second byte of theirs is zero.
    odd, even = start[1::2].count(0), start[0::2].count(0)
    if len(content) % 2 == 0 and max(odd, even) > max(len(start) // 20, 3) and min(odd, even) == 0:
        return "utf-16-le" if odd else "utf-16-be"
    return None


def _unreadable_text(name: str) -> NoReturn:
    raise InputRefused(
        "file_encoding",
        f"{name}：文字编码既不是 UTF-8 也不是 GB18030；请另存为 CSV UTF-8，或提供 {READABLE}（未导入任何内容）",
        f"{name}: the text is neither UTF-8 nor GB18030; save it as CSV UTF-8, or give {READABLE} "
        "(nothing was written)",
    ) from None
