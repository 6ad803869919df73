"""Whether a packed workbook may be unpacked, and its parts as streams that stop when they grow too large."""

import io
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from posixpath import normpath
from typing import IO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from data.ingest import limits
from data.ingest.refusals import damaged, encrypted, entities, too_large

_CHUNK = 1 << 20
#: The largest part that is parsed as a whole (lists of sheets and of relations).
_WHOLE = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Relations:
    """What a part refers to: id → path in the package, and id → the last word of the relation's type."""

    targets: dict[str, str]
    types: dict[str, str]

    def of_type(self, word: str) -> str | None:
        """The first target of that type."""
        return next((self.targets[key] for key, kind in self.types.items() if kind == word), None)


@contextmanager
def opened(name: str, content: bytes) -> Generator[zipfile.ZipFile]:
    """The package, refused before anything is unpacked where its directory already says too much.

    Raises InputRefused also for what turns out broken while the caller reads parts.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if any(entry.flag_bits & 1 for entry in parts):
                encrypted(name)
            if len({entry.filename.lower() for entry in parts}) < len(parts):
                damaged(name)
            sizes = sum(entry.file_size for entry in parts)
            bombs = any(limits.is_bomb(entry.compress_size, entry.file_size) for entry in parts)
            if len(parts) > limits.PARTS_LIMIT or sizes > limits.UNPACKED_LIMIT or bombs:
                too_large(name)
            yield archive
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError, ValueError):
        damaged(name)


def check_parts(name: str, archive: zipfile.ZipFile) -> None:
    """Unpack every part and throw it away: sizes a directory declares may lie, and sums must be right."""
    left = limits.UNPACKED_LIMIT
    for entry in archive.infolist():
        with archive.open(entry) as stream:
            first = True
            for piece in chunks(name, stream):
                left -= len(piece)
                if left < 0:
                    too_large(name)
                if first and entry.filename.lower().endswith((".xml", ".rels")) and b"<!" in _declared(piece):
                    entities(name)
                first = False


def chunks(name: str, stream: IO[bytes]) -> Iterator[bytes]:
    """The bytes of an open part, counted."""
    size = 0
    while piece := stream.read(_CHUNK):
        size += len(piece)
        if size > limits.UNPACKED_LIMIT:
            too_large(name)
        yield piece


def part(archive: zipfile.ZipFile, target: str) -> zipfile.ZipInfo | None:
    """The part at a path, whatever the case of its letters; None where it is not there."""
    wanted = target.lower()
    return next((entry for entry in archive.infolist() if entry.filename.lower() == wanted), None)


def xml_root(name: str, archive: zipfile.ZipFile, target: str) -> Element:
    """A small part as XML, without document type and entities."""
    member = part(archive, target)
    if member is None:
        damaged(name)
    if member.file_size > _WHOLE:
        too_large(name)
    with archive.open(member) as stream:
        text = stream.read(_WHOLE)
    try:
        return fromstring(text, forbid_dtd=True)
    except DefusedXmlException:
        entities(name)
    except (ParseError, LookupError, ValueError):
        damaged(name)


def relations(name: str, archive: zipfile.ZipFile, target: str, folder: str) -> Relations:
    """What a part refers to; paths are brought to the root of the package, those outside it left out."""
    root = xml_root(name, archive, target)
    targets: dict[str, str] = {}
    types: dict[str, str] = {}
    for one in root:
        to = one.attrib.get("Target", "")
        if one.attrib.get("TargetMode") == "External":
            continue
        targets[one.attrib.get("Id", "")] = to.lstrip("/") if to.startswith("/") else normpath(f"{folder}/{to}")
        types[one.attrib.get("Id", "")] = one.attrib.get("Type", "").rpartition("/")[2]
    return Relations(targets=targets, types=types)


def _declared(piece: bytes) -> bytes:
    """What stands before the root element, comments aside."""
    head = piece[:65536]
    while (start := head.find(b"<!--")) >= 0:
        end = head.find(b"-->", start)
        head = head[:start] + (head[end + 3 :] if end >= 0 else b"")
    for at in range(len(head) - 1):
        if head[at : at + 1] == b"<" and head[at + 1 : at + 2] not in b"?!":
            return head[:at]
    return head
