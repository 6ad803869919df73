"""Which keyed hash stands for the number of an identity document, so that two numbers of one office can be compared.

Only the hash leaves this module: HMAC-SHA256 under a key of the office that the product never stores (G3).
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import polars as pl

from data.forbidden import check_digit, normalised

#: The column of a matters table that holds the hash; empty text where a cell was filled and gives none.
TOKEN = "vault:token"  # noqa: S105 - the name of a column
LEAST_KEY_BYTES = 32
_NUMBER = re.compile(r"\d{17}[\dX]")
_OLD_NUMBER = re.compile(r"\d{15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """What turns the cells of an identity column into hashes: each office's key, and what its name in a cell means.

    `office`: that of every row where the file names none.
    """

    column: str
    keys: Mapping[str, bytes] = field(repr=False)
    office_codes: Mapping[str, str]
    office: str | None

    def hashed(self, offices: pl.Series | None, cells: pl.Series) -> pl.Series:
        """A hash for each cell, null where it is empty, empty text where it is no number or its office has no key.

        `offices`: the cells that name the office, None where `office` stands for all; both of shape (n,).
        """
        if offices is None:
            ids: list[str | None] = [self.office] * len(cells)
        else:
            ids = [None if office is None else self.office_codes.get(office) for office in offices]
        return pl.Series(
            TOKEN,
            [None if cell is None else self._one(office, cell) for office, cell in zip(ids, cells, strict=True)],
            dtype=pl.String,
        )

    def _one(self, office: str | None, cell: str) -> str:
        key = None if office is None else self.keys.get(office)
        number = document_number(cell)
        return "" if key is None or office is None or number is None else token(key, office, number)


def document_number(cell: str) -> str | None:
    """The 18 characters of an identity number written in a cell, None for anything else.

    Blanks, full-width forms and a small x are folded; a number of 15 digits is read as the 18 it became; a wrong check
    digit, or digits a spreadsheet has rounded, are no number.
    """
    plain = re.sub(r"[\s\-]+", "", normalised(cell)).upper().lstrip("'")
    if _OLD_NUMBER.fullmatch(plain):
        body = f"{plain[:6]}19{plain[6:]}"
        return body + check_digit(body)
    return plain if _NUMBER.fullmatch(plain) and check_digit(plain[:17]) == plain[17] else None


def token(key: bytes, office_id: str, number: str) -> str:
    """The hash of a number in one office, as hex; of two offices never the same, whatever their keys."""
    return hmac.new(key, b"petition-risk vault 1\x1f" + f"{office_id}\x1f{number}".encode(), sha256).hexdigest()


def key_mark(key: bytes) -> str:
    """What tells a hash made with this key from one made with another; says nothing about the key."""
    return hmac.new(key, b"petition-risk vault key mark", sha256).hexdigest()[:16]
