"""Which ids a whole column of matters or events has: the ids of the contract, for millions of rows at once."""

from hashlib import sha1

import numpy as np
import polars as pl
import pyarrow as pa

from data.contract import NAMESPACE_BYTES

#: Copied for each name, because making one anew takes longer than hashing a name.
_NAMESPACE = sha1(NAMESPACE_BYTES, usedforsecurity=False)
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_DASH = ord("-")
#: Where the 32 hexadecimal digits stand among the 36 characters.
_PLACES = np.array([place for place in range(36) if place not in (8, 13, 18, 23)])
#: Names hashed together: their bytes as Python objects cost more than the ids.
_LOT = 100_000


def matter_ids(source: str, office: pl.Expr, number: pl.Expr) -> pl.Expr:
    """`contract.matter_uuid` of every row."""
    name = pl.concat_str([pl.lit(source), office, number], separator="\x1f")
    return name.map_batches(_uuids, return_dtype=pl.String)


def event_ids(source: str, matter: pl.Expr, kind: pl.Expr, key: pl.Expr) -> pl.Expr:
    """`contract.event_uuid` of every row."""
    name = pl.concat_str([pl.lit(source), matter, kind, key], separator="\x1f")
    return name.map_batches(_uuids, return_dtype=pl.String)


def _uuids(names: pl.Series) -> pl.Series:
    """The version 5 UUIDs of names, as text; shape (n,)."""
    parts = [_some(names.slice(start, _LOT)) for start in range(0, len(names), _LOT)]
    return pl.concat(parts) if parts else pl.Series(dtype=pl.String)


def _digest(name: bytes) -> bytes:
    digest = _NAMESPACE.copy()
    digest.update(name)
    return digest.digest()


def _some(names: pl.Series) -> pl.Series:
    digests = b"".join(map(_digest, names.cast(pl.Binary).to_list()))
    octets = np.frombuffer(digests, dtype=np.uint8).reshape(-1, 20)[:, :16].copy()
    octets[:, 6] = octets[:, 6] & 0x0F | 0x50
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    signs = np.full((len(names), 36), _DASH, dtype=np.uint8)
    signs[:, _PLACES[0::2]] = _HEX[octets >> 4]
    signs[:, _PLACES[1::2]] = _HEX[octets & 0x0F]
    offsets = np.arange(len(names) + 1, dtype=np.int64) * 36
    texts = pa.LargeStringArray.from_buffers(len(names), pa.py_buffer(offsets), pa.py_buffer(signs))
    return pl.Series(texts, dtype=pl.String)
