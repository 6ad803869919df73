"""What a file really is, and whether it may be opened."""

import gzip
import io
import zipfile
import zlib
from pathlib import Path
from typing import Literal, NoReturn

from data.errors import InputRefused

Kind = Literal["excel", "csv"]

#: The most a compressed file may unpack to, in bytes.
UNPACKED_LIMIT = 1 << 30
#: The most a file itself may weigh, in bytes.
FILE_LIMIT = 512 << 20
_CHUNK = 1 << 20
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
#: First bytes of what people rename by mistake → its name.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"{\\rtf", "RTF"),
    (b"<html", "HTML"),
    (b"<!DOCTYPE", "HTML"),
    (b"<?xml", "XML"),
    (b"SQLite format 3", "SQLite"),
)


def open_file(path: Path) -> tuple[Kind, bytes]:
    """What the file is by its content, and its bytes: a workbook as it stands, a CSV as UTF-8 text.

    Raises InputRefused, naming what the file is instead, for anything but .xlsx, .xls, .csv and .csv.gz; also
    for an empty, encrypted or damaged one, one that unpacks to more than UNPACKED_LIMIT, and text that is
    neither UTF-8 nor GB18030 or holds NUL bytes.
    """
    try:
        if path.stat().st_size > FILE_LIMIT:
            _too_large(path)
        content = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        _refuse("file_missing", path, "找不到文件；请检查路径", "no such file; check the path")
    except OSError:
        _refuse("file_unreadable", path, "文件无法读取；请检查权限", "the file cannot be read; check its permissions")
    if content.startswith(b"\x1f\x8b"):
        content = _unzipped(path, content)
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        _refuse("file_empty", path, "文件是空的", "the file is empty")
    if content.startswith(b"PK"):
        _check_zip(path, content)
        return "excel", content
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            _encrypted(path)
        return "excel", content
    head = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, name in _OTHERS:
        if head.startswith(magic.lower()):
            _refuse(
                "file_type",
                path,
                f"这是 {name} 文件，不是台账；请提供 .xlsx、.xls 或 .csv",
                f"this is a {name} file, not a ledger; give .xlsx, .xls or .csv",
            )
    return "csv", _as_utf8(path, content)


def _refuse(code: str, path: Path, zh: str, en: str) -> NoReturn:
    raise InputRefused(code, f"{path.name}：{zh}（未导入任何内容）", f"{path.name}: {en} (nothing was written)")


def _too_large(path: Path) -> NoReturn:
    _refuse(
        "file_too_large",
        path,
        "文件过大或压缩比异常；请分期导出后再导入",
        "the file is too large, or unpacks to too much; export it in parts",
    )


def _encrypted(path: Path) -> NoReturn:
    _refuse(
        "file_encrypted",
        path,
        "工作簿有打开密码；请在表格软件中取消密码后另存",
        "the workbook is encrypted; remove its password and save it again",
    )


def _unzipped(path: Path, content: bytes) -> bytes:
    pieces: list[bytes] = []
    size = 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            while piece := stream.read(_CHUNK):
                size += len(piece)
                if size > UNPACKED_LIMIT:
                    _too_large(path)
                pieces.append(piece)
    except (OSError, EOFError, zlib.error):
        _refuse("file_damaged", path, "压缩文件已损坏；请重新导出", "the compressed file is damaged; export it again")
    return b"".join(pieces)


def _check_zip(path: Path, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if "[Content_Types].xml" not in names or not names & {"xl/workbook.xml", "xl/workbook.bin"}:
                _refuse(
                    "file_type",
                    path,
                    "压缩包里没有 Excel 工作簿；请提供 .xlsx、.xls 或 .csv",
                    "a zip file without an Excel workbook in it; give .xlsx, .xls or .csv",
                )
            if any(entry.flag_bits & 1 for entry in archive.infolist()):
                _encrypted(path)
            # The sizes a zip declares may lie: what really comes out is counted, and thrown away.
            size = 0
            for entry in archive.infolist():
                with archive.open(entry) as stream:
                    while piece := stream.read(_CHUNK):
                        size += len(piece)
                        if size > UNPACKED_LIMIT:
                            _too_large(path)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError):
        _refuse("file_damaged", path, "工作簿已损坏；请重新另存", "the workbook is damaged; save it again")


def _as_utf8(path: Path, content: bytes) -> bytes:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            content = content.decode("utf-16").encode()
        except UnicodeDecodeError:
            _unreadable_text(path)
    if b"\0" in content:
        _refuse(
            "file_nul", path, "文本中含有空字节（NUL），文件可能已损坏", "the text holds NUL bytes; it may be damaged"
        )
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        content.decode("utf-8")
        return content
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("gb18030").encode()
    except UnicodeDecodeError:
        _unreadable_text(path)


def _unreadable_text(path: Path) -> NoReturn:
    _refuse(
        "file_encoding",
        path,
        "文字编码既不是 UTF-8 也不是 GB18030；请另存为 CSV UTF-8",
        "the text is neither UTF-8 nor GB18030; save it as CSV UTF-8",
    )
