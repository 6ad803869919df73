import gzip
import io
import struct
import zipfile
from pathlib import Path

import pytest

from data.errors import InputRefused
from data.ingest import limits
from data.ingest.files import open_file
from data.ingest.sources import all_sources

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def refused(path: Path) -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        all_sources(path)
    assert caught.value.exit_code == 11
    assert path.name in caught.value.zh
    assert path.name in caught.value.en
    return caught.value


def put(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_a_pdf_named_xlsx_is_called_a_pdf(tmp_path: Path) -> None:
    problem = refused(put(tmp_path, "台账.xlsx", b"%PDF-1.7\n..."))
    assert problem.code == "file_type"
    assert "PDF" in problem.zh
    assert "PDF" in problem.en


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf\r\n", "file_empty"),
        (b"a,b\n1,\x00\n", "file_nul"),
        (b"\x80\x81\xff\xfe\xfd,\x90", "file_encoding"),
        (b"PK\x03\x04 not a zip", "file_damaged"),
        (b"\x1f\x8b broken", "file_damaged"),
        (_OLE + b"\0" * 512, "file_damaged"),
        (b"<html><table></table></html>", "file_type"),
        (b"\x89PNG\r\n", "file_type"),
    ],
)
def test_what_is_no_ledger_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    assert refused(put(tmp_path, "ledger.csv", content)).code == code


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "nothing.xlsx").code == "file_missing"
    with pytest.raises(InputRefused, match="找不到"):
        open_file(tmp_path)


def test_a_zip_without_a_workbook_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert refused(put(tmp_path, "台账.xlsx", buffer.getvalue())).code == "file_type"


def test_a_zip_bomb_is_refused_by_what_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UNPACKED_LIMIT", 1 << 20)
    monkeypatch.setattr(limits, "RATIO_FROM", 1 << 20)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (2 << 20))
    assert refused(put(tmp_path, "台账.xlsx", buffer.getvalue())).code == "file_too_large"
    assert refused(put(tmp_path, "log.csv.gz", gzip.compress(b"a,b\n" * (1 << 19)))).code == "file_too_large"


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>" * 100)
    raw = bytearray(buffer.getvalue())
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 3)
    assert refused(put(tmp_path, "台账.xlsx", bytes(raw))).code == "file_damaged"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_becomes_utf8(tmp_path: Path, encoding: str) -> None:
    text = "事项编号,环节\n〔2026〕1号,来信\n"
    assert open_file(put(tmp_path, "log.csv", text.encode(encoding))) == ("csv", text.encode())
    assert open_file(put(tmp_path, "log.csv.gz", gzip.compress(text.encode(encoding)))) == ("csv", text.encode())
