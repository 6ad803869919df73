"""Which invented identities the tests put into ledgers, and whether one of them is found in what the product wrote."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

#: Invented; none of it may be found again in anything that is kept, printed or logged.
CANARIES = (
    *("赵金丝", "仝雀笼", "110105194912310021", "13800138000", "0731-88886666", "湘B8K8K8"),
    *("金丝雀小区3栋402室", "jinsique@example.com", "6222020200112233453", "990000190001010016"),
)
CODINGS = ("utf-8", "gb18030", "utf-16-le")
#: What the tests plant most: enough for the bytes of every store of the whole suite.
_OFTEN = ("赵金丝", "110105194912310021", "13800138000", "990000190001010016")
_PAGE = 4096
#: Where the product writes below a state directory.
_WRITTEN = {"features", "mlruns", "mlartifacts", "artifacts", "models", "monitor", "exports", "erasures", "lists"}


def parts(content: bytes) -> Iterator[bytes]:
    """A file's bytes, and those of what is packed inside a workbook or a Parquet file."""
    yield content
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield archive.read(name)
    if content[:4] == b"PAR1":
        yield pl.read_parquet(io.BytesIO(content)).write_ndjson().encode()


def needles(words: Iterable[str]) -> list[bytes]:
    """The words as they may stand in a file."""
    return list(dict.fromkeys(word.encode(coding) for word in words for coding in CODINGS))


def holding(files: Iterable[Path], words: Iterable[str] = CANARIES, *, inside: bool = True) -> list[str]:
    """The files that hold one of the words; with `inside` also in what they pack."""
    looked = needles(words)
    found: list[str] = []
    for path in files:
        content = path.read_bytes()
        if any(needle in part for part in (parts(content) if inside else (content,)) for needle in looked):
            found.append(path.name)
    return found


def left_anywhere(base: Path) -> list[str]:
    """The stores and files of the product below the suite's temporary directory that hold a planted identity."""
    looked = needles(_OFTEN)
    found: list[str] = []
    # Nearly every page of nearly every test's store is that of an empty one: each different page is looked at once.
    seen: set[int] = set()
    for path in base.rglob("*"):
        below = _WRITTEN & set(path.relative_to(base).parts[:-1])
        if path.is_symlink() or not (".db" in path.name or below or path.suffix in (".log", ".jsonl")):
            continue
        try:
            content = path.read_bytes()
        except (FileNotFoundError, IsADirectoryError):
            # A service that is just ending takes its write-ahead log with it.
            continue
        pages = [content[at : at + _PAGE] for at in range(0, len(content), _PAGE)]
        new = b"".join(page for page in pages if hash(page) not in seen)
        seen.update(map(hash, pages))
        if any(needle in new for needle in looked):
            found.append(str(path.relative_to(base)))
    return found
