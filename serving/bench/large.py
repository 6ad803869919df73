"""How features are built for registers that fit no frame: partition by partition, each run in a process of its own."""

import gc
import hashlib
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from data.contract import OfficeContext, Register
from data.store import register as register_store
from data.store.engine import migrate, open_store
from features.build import build_features
from features.catalog import CATALOG
from serving.bench.apart import apart
from serving.bench.memory import peak_mib
from serving.bench.registers import base_register, copies_of, copy_of

#: Copies of the base register that make one partition of the store: about the versions of `data.store.by_part.AT_ONCE`.
COPIES_A_PARTITION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run over partitions took; `total` is the sum of all values, the same however it was run."""

    matters: int
    versions: int
    reading: float
    building: float
    peak_gib: float
    total: float


def write_store(url: str, seed: int, size: int, copies: int) -> None:
    """A SQLite store with so many copies of the base register, a partition a batch."""
    store = open_store(url)
    migrate(store)
    base = base_register(seed, size)
    for first in range(0, copies, COPIES_A_PARTITION):
        part = copies_of(base, range(first, min(first + COPIES_A_PARTITION, copies)))
        register_store.write_register(
            store,
            part,
            register_store.Batch(
                source="bench",
                file_sha256=hashlib.sha256(f"{seed}/{first}".encode()).hexdigest(),
                mapping_name="bench",
                mapping_sha256=hashlib.sha256(b"bench").hexdigest(),
                coverage="append",
                observed_until=part.observed_until,
                time_zone=part.time_zone,
                recorded_at=part.observed_until,
                recorded_by="bench",
                offices=tuple(part.matters["office_id"].unique().sort()),
                demo=True,
            ),
        )
    store.close()


def from_store(url: str) -> Run:
    """The whole catalog at one cutoff for every matter of a store, read and built partition by partition.

    The matrix is kept, as a screening keeps it.
    """
    store = open_store(url)
    batches = register_store.read_batches(store)
    reading = building = 0.0
    versions = 0
    kept: list[pl.DataFrame] = []
    for stored in batches:
        began = time.perf_counter()
        part = register_store.read_register(store, offices=stored.batch.offices)
        reading += time.perf_counter() - began
        versions += len(part.events)
        began = time.perf_counter()
        kept.append(_at_once(part))
        building += time.perf_counter() - began
        del part
    store.close()
    return Run(
        matters=sum(len(frame) for frame in kept),
        versions=versions,
        reading=reading,
        building=building,
        peak_gib=_peak(),
        total=sum(_total(frame) for frame in kept),
    )


def in_partitions(seed: int, size: int, copies: int) -> Run:
    """The whole catalog at one cutoff for so many copies of the base register, one by one, values summed and let go."""
    base = base_register(seed, size)
    _at_once(copy_of(base, copies))
    building, versions, matters, total = 0.0, 0, 0, 0.0
    for number in range(copies):
        part = copy_of(base, number)
        gc.collect()
        began = time.perf_counter()
        frame = _at_once(part)
        building += time.perf_counter() - began
        versions += len(part.events)
        matters += len(part.matters)
        total += _total(frame)
    return Run(matters=matters, versions=versions, reading=0.0, building=building, peak_gib=_peak(), total=total)


def store_of(folder: Path) -> str:
    """The address of the bench's store."""
    return f"sqlite:///{folder / 'bench.db'}"


def large_run(seed: int, size: int, copies: int) -> Run:
    """Write a store, then read and build it in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        url = store_of(Path(folder))
        apart(write_store, url, seed, size, copies)
        return apart(from_store, url)


def _at_once(register: Register) -> pl.DataFrame:
    snapshots = register.matters.select("matter_id", cutoff=pl.lit(register.observed_until))
    return build_features(register, snapshots, CATALOG, context=OfficeContext.create_empty())


def _total(frame: pl.DataFrame) -> float:
    return float(frame.select(CATALOG.names).to_numpy().sum())


def _peak() -> float:
    return peak_mib() / 1024
