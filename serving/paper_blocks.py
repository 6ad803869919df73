"""What a document of ours is put together from, whatever writes it: headings, texts, facts, tables, signers."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading within the document."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A paragraph; an empty one leaves room to write."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names and values in two columns pairs of cells."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose header is repeated on every page; `widths` are relative; `empty` stands where there are no rows."""

    header: Sequence[str]
    widths: Sequence[float]
    rows: Sequence[Sequence[str]]
    empty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signers:
    """Who signs: a line each, with room and a date."""

    labels: Sequence[str]


Block = Heading | Text | Facts | Table | Signers


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A whole document: its title, its blocks, and whether it lies on its side."""

    title: str
    blocks: Sequence[Block]
    landscape: bool = False
