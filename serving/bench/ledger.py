"""How long ledgers take to come in and how much memory, and how much of messy ones is mapped right without a person."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from data.contract import Register
from data.ingest.propose import propose
from data.ingest.run import ingest
from data.mapping import parse_mapping
from data.store.engine import Store, migrate, open_store
from data.store.imports import write_offices
from data.synthetic import bench_plan, make_register, small_plan, write_ledger
from data.synthetic.messy import MessyLedger, write_messy
from data.synthetic.write import EVENT_HEADERS, ledger_events
from data.vocabulary import KINDS
from serving.bench.mapped import Score, score_ledger
from serving.bench.result import BenchResult, Measured
from serving.bench.stages import STAGES, Import, measure_import
from serving.clock import now

WORKBOOK_ROWS = 100_000
SECONDS_GOAL, MEMORY_GOAL, SHARE_GOAL = 30.0, 1.5 * 1000, 0.90
#: Matters whose ledger fills the workbook, at eleven or twelve events each.
_MATTERS_PER_ROW = 1 / 11.0
_FIELDS = ("matter", "kind", "occurred", "known", "people", "document_no", "due", "remarks")


def run_ledger(*, seed: int, rows: int, events: int, log: Path | None, mapping: str) -> BenchResult:
    """Import a workbook of about `rows` rows and a log of `events` events, propose mappings for messy ledgers.

    Both come in once more as they are, and the log with one event in a hundred more.  With `log`, a file of the
    site's own, its import under `mapping` is timed too.  Every import runs in a process of its own, the first ones
    into stores of their own, and files are made beforehand; stages are wall seconds.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        register = make_register(bench_plan(seed, round(rows * _MATTERS_PER_ROW))).register
        offices = folder / "offices.csv"
        register.offices.write_csv(offices)
        book, text, toml = folder / "ledger.xlsx", folder / "events.csv", folder / "events.toml"
        more = folder / "more.csv"
        write_ledger(first_matters(register, rows), book)
        write_log(register, text, events)
        write_log(register, more, events + events // 100)
        toml.write_text(log_mapping(register), encoding="utf-8")
        measured = {
            "workbook": measure_import(book, "ledger", offices, folder / "a"),
            "log": measure_import(text, str(toml), offices, folder / "b"),
        }
        again = {
            "workbook again": measure_import(book, "ledger", offices, folder / "a"),
            "log again": measure_import(text, str(toml), offices, folder / "b"),
            "log with 1 % more": measure_import(more, str(toml), offices, folder / "b"),
        }
        figures = [*_import_figures(measured), *_again_figures(again), *_messy_figures(folder, seed)]
        if log is not None:
            own = measure_import(log, mapping, offices, folder / "c")
            figures += [*_stage_figures("own log", own), *_counts("own log", own)]
    return BenchResult(bench="ledger", seed=[seed], figures=figures)


def first_matters(register: Register, rows: int) -> Register:
    """The first matters of a register, as many as fill `rows` rows of a ledger, with all of theirs."""
    standing = register.events.filter(pl.col("known_until").is_null())
    sizes = register.matters.select("matter_id").join(
        standing.group_by("matter_id").len(), on="matter_id", how="left", maintain_order="left"
    )
    kept = sizes.filter(pl.col("len").fill_null(0).cum_sum() <= rows)["matter_id"]
    mine = pl.col("matter_id").is_in(kept.implode())
    return replace(
        register,
        matters=register.matters.filter(mine),
        events=register.events.filter(mine),
        attributes=register.attributes.filter(mine),
    )


def write_log(register: Register, path: Path, events: int) -> None:
    """Write `events` rows of one event each as CSV, the register again and again under new numbers.

    Names and identity numbers stand in two more columns, so that the gate has work.
    """
    told = pl.DataFrame(
        ledger_events(register), schema=list(EVENT_HEADERS), orient="row", infer_schema_length=None
    ).with_columns(pl.lit("赵甲乙").alias("来访人姓名"), pl.lit("11999919900101001X").alias("身份证号"))
    with path.open("wb") as out:
        left, copy = events, 0
        while left > 0:
            part = told.head(left).with_columns(pl.col(EVENT_HEADERS[0]) + f"-{copy}")
            part.write_csv(out, include_header=copy == 0)
            left, copy = left - part.height, copy + 1


def log_mapping(register: Register) -> str:
    """The mapping of `write_log`'s file."""
    office = register.offices.row(0, named=True)
    columns = [f'{field} = "{header}"' for field, header in zip(_FIELDS, EVENT_HEADERS, strict=True)]
    kinds = [f'"{kind.zh}" = "{kind.code}"' for kind in KINDS]
    return "\n".join(
        [
            'name = "bench_log"',
            f'time_zone = "{register.time_zone}"',
            'numbering = "per_matter"',
            'coverage = "full"',
            'layout = "event_per_row"',
            *(
                "[office]",
                f'id = "{office["office_id"]}"',
                f'name = "{office["name"]}"',
                f'level = "{office["level"]}"',
            ),
            *("[columns]", *columns, "[kinds]", *kinds, "[task]", "horizon_days = 90", ""),
        ]
    )


def _import_figures(measured: dict[str, Import]) -> Iterator[Measured]:
    for name, one in measured.items():
        yield from _stage_figures(name, one)
        yield from _counts(name, one)
    total = sum(one.total for one in measured.values())
    peak = max(one.peak for one in measured.values())
    yield Measured(name="both imports", value=total, unit="s", goal=SECONDS_GOAL, above=False)
    yield Measured(name="peak memory of the larger", value=peak, unit="MiB", goal=MEMORY_GOAL, above=False)


def _again_figures(again: dict[str, Import]) -> Iterator[Measured]:
    for name, one in again.items():
        yield Measured(name=f"{name}: in all", value=one.total, unit="s")
        yield Measured(name=f"{name}: of which reconcile", value=one.seconds["reconcile"], unit="s")
        yield Measured(name=f"{name}: peak memory", value=one.peak, unit="MiB")
        yield Measured(name=f"{name}: rows opened", value=one.opened, unit="rows")


def _stage_figures(name: str, one: Import) -> Iterator[Measured]:
    for stage in STAGES:
        yield Measured(name=f"{name}: {stage}", value=one.seconds[stage], unit="s")
    yield Measured(name=f"{name}: in all", value=one.total, unit="s")
    yield Measured(name=f"{name}: peak memory", value=one.peak, unit="MiB")


def _counts(name: str, one: Import) -> Iterator[Measured]:
    for what in ("matters", "events", "attributes", "rejected", "unknown"):
        yield Measured(name=f"{name}: {what}", value=getattr(one, what), unit="rows")


def _messy_figures(folder: Path, seed: int) -> Iterator[Measured]:
    register = make_register(replace(small_plan(seed), oracle_draws=0)).register
    scores: dict[bool, list[Score]] = {False: [], True: []}
    taken, written, refused = 0, 0, 0
    for ledger in write_messy(register, folder / "messy", seed=seed):
        proposal = propose(ledger.path, offices=register.offices, office_id=ledger.office_id)
        scores[ledger.held_out].append(score_ledger(ledger, proposal))
        if proposal.problems:
            refused += 1
            continue
        taken += loaded_rows(ledger, register, proposal.toml(), folder / ledger.style)
        written += ledger.records
    own, held = scores[False], scores[True]
    both = [*own, *held]
    yield Measured(name="messy ledgers", value=len(own), unit="styles", goal=8)
    yield Measured(name="columns and codes mapped right", value=_share(own), unit="share", goal=SHARE_GOAL)
    yield Measured(
        name="the same, styles the synonyms were not written for", value=_share(held), unit="share",
        note=f"{len(held)} styles",
    )  # fmt: skip
    wrong = [what for one in both for what in one.wrong]
    yield Measured(
        name="mapped wrongly in silence", value=len(wrong), unit="columns and codes", goal=0, above=False,
        note=", ".join(wrong),
    )  # fmt: skip
    kept = sum(one.kept_out for one in both) / sum(one.to_keep_out for one in both)
    yield Measured(name="columns of persons left unread", value=kept, unit="share", goal=1.0)
    yield Measured(name="ledgers left to a person as a whole", value=refused, unit="ledgers")
    yield Measured(name="rows of the others taken in", value=taken / max(1, written), unit="share")


def _share(scores: Sequence[Score]) -> float:
    return sum(one.right for one in scores) / max(1, sum(one.of for one in scores))


def loaded_rows(ledger: MessyLedger, register: Register, toml: str, folder: Path) -> int:
    """How many rows of a messy ledger come in under a proposed mapping, into a fresh store."""
    with _store(folder) as store:
        write_offices(store, register.offices)
        report = ingest(store, ledger.path, parse_mapping(toml), now=now(), user="bench", demo=True)
        return sum(report.drafts.rows_read.values()) - report.rejected_rows - report.drafts.left_out


@contextmanager
def _store(folder: Path) -> Generator[Store]:
    folder.mkdir(parents=True)
    store = open_store(f"sqlite:///{(folder / 'petition-risk.db').resolve()}")
    migrate(store)
    try:
        yield store
    finally:
        store.engine.dispose()
