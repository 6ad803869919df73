"""How a stored register becomes a registered challenger: dataset, back-test, final fit, files beside the version."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from data.contract import Register
from data.errors import InputRefused, SettingsError
from data.mapping import Mapping, load_mapping, parse_mapping
from data.settings import Settings
from data.store.audit import Entry, append_many
from data.store.batches import Batch, StoredBatch, batch_view, some_batch
from data.store.by_part import in_one
from data.store.engine import Store
from data.store.mappings import read_mappings
from data.store.register import read_register
from data.store.snapshots import read_snapshots
from data.whole_file import write_whole
from features.declared import joined_set
from features.declared_plain import to_plain
from monitoring.gather import training_reference
from monitoring.retraining import learnt
from serving.champion import DECLARED
from serving.histories import Histories
from serving.office_rows import ensure_context
from training.dataset import Dataset, make_dataset
from training.labels import months_of
from training.records import register
from training.run import TrainingOutcome, train

Progress = Callable[[str, str], None]
#: The first months of a register have no history to learn from.
WARM_UP_DAYS = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A batch's register with its mapping and office context."""

    batch_id: int
    register: Register
    mapping: Mapping
    #: That of each office's latest import, `mapping` last: what they declare is learned from together.
    mappings: tuple[Mapping, ...]
    context: pl.DataFrame
    bench_only: bool
    #: Whether the register is made up for a demonstration.
    demo: bool


def pin(store: Store, settings: Settings, mapping_file: str | None = None) -> Pinned:
    """The register of the latest batch, read whole.

    `mapping_file` is needed only where the batch came in under a mapping that is not shipped.  Raises NotFound for
    an empty store, InputRefused where the mapping is not the one the batch was read with.
    """
    batch_id = some_batch(store)
    view = batch_view(store, batch_id)
    last = view.imports[-1].batch
    mapping = mapping_of(store, last.mapping_name, last.mapping_sha256, mapping_file)
    if mapping.sha256 != last.mapping_sha256:
        raise InputRefused(
            "mapping_differs",
            f"映射 {mapping.name} 与导入时所用的不同；请用 --mapping 指定当时的映射文件，或重新导入",
            f"the mapping {mapping.name} is not the one the data were read with; give that one by --mapping, or ingest "
            "again",
        )
    whole = read_register(store, batch_id=batch_id)
    context = ensure_context(store, settings, batch_id=batch_id, histories=Histories(in_one(whole)))
    bench_only = view.bench_only or mapping.bench_only
    return Pinned(
        batch_id=batch_id,
        register=whole,
        mapping=mapping,
        mappings=(mapping,) if bench_only else (*_others(store, view.imports, last), mapping),
        context=context,
        bench_only=bench_only,
        demo=view.demo,
    )


def _others(store: Store, imports: Sequence[StoredBatch], last: Batch) -> list[Mapping]:
    """The mappings, other than the last import's, by which some office's latest file came in; oldest first."""
    latest: dict[str, Batch] = {}
    for stored in imports:
        if not stored.batch.offices:
            latest.clear()  # a file of every office
        latest |= dict.fromkeys(stored.batch.offices or ("",), stored.batch)
    found = {one.mapping_sha256: one.mapping_name for one in latest.values()}
    found.pop(last.mapping_sha256, None)
    others: list[Mapping] = []
    for sha256, name in found.items():
        try:
            mapping = mapping_of(store, name, sha256)
        except SettingsError:
            mapping = None
        if mapping is None or mapping.sha256 != sha256:
            raise InputRefused(
                "mapping_forgotten",
                f"有办理单位的台账是按映射 {name} 的另一版导入的，该版未留存；请重新导入该单位的台账",
                f"an office's ledger came in by another version of the mapping {name}, which was not kept; ingest that "
                "office's ledger again",
            )
        others.append(mapping)
    return others


def mapping_of(store: Store, name: str, sha256: str, given: str | None = None) -> Mapping:
    """The mapping a batch came in by: the file given, else what the office is remembered with, else a shipped one."""
    if given is None:
        for stored in reversed(read_mappings(store)):
            if stored.mapping.sha256 == sha256:
                return parse_mapping(stored.mapping.toml, remembered=True)
    return load_mapping(given or name)


def dataset_of(
    pinned: Pinned,
    settings: Settings,
    *,
    cutoffs: list[int] | None = None,
    levels_before: int | None = None,
    kept: pl.DataFrame | None = None,
) -> Dataset:
    """The snapshots of all past month-ends (or `cutoffs`) with features and labels; `kept` as `make_dataset`.

    Which values of a declared text are common is read off what was known before `levels_before` (None: ever).
    """
    whole = pinned.register
    if not len(whole.events):
        raise InputRefused("no_events", "台账中没有办理记录，无法训练", "the register has no events to learn from")
    chosen = cutoffs if cutoffs is not None else months_of(whole, from_day=WARM_UP_DAYS)
    return make_dataset(
        whole,
        pinned.context,
        pinned.mapping.task,
        settings,
        feature_set=joined_set(pinned.mappings, whole, levels_before or whole.observed_until),
        cutoffs=chosen,
        bench_only=pinned.bench_only,
        kept=kept,
    )


def train_challenger(
    store: Store,
    settings: Settings,
    state: Path,
    key: bytes,
    *,
    now: int,
    by: str,
    seed: int,
    mapping_file: str | None = None,
    full: bool = False,
    compare: Callable[[Dataset, TrainingOutcome], dict[str, Any]] | None = None,
    progress: Progress = lambda zh, en: None,
) -> TrainingOutcome:
    """Train on the latest batch and register the readable model as challenger, with report, card and reference.

    `full` adds to the report what each group of features adds; what `compare` says of the run is kept with it.

    Raises TooLittleData below the floors (G10): nothing is registered then.
    """
    progress("读取台账", "read the register")
    pinned = pin(store, settings, mapping_file)
    # What a made-up register taught serves demonstrations only, whoever trains on it with which settings.
    settings = settings.model_copy(update={"demo": settings.demo or pinned.demo})
    progress("特征与标签", "features and labels")
    dataset = dataset_of(pinned, settings, kept=read_snapshots(store))
    outcome = train(dataset, settings, seed=seed, full=full, progress=progress)
    progress("登记模型", "register the model")
    compared = None if compare is None else compare(dataset, outcome)
    done = register(outcome, store, state, now=now, created_by=by, batch_id=pinned.batch_id, comparison=compared)
    folder = state / "models" / str(done.version)
    folder.mkdir(parents=True, exist_ok=True)
    reference = training_reference(dataset.rows, outcome.final.fit, outcome.scorecard, outcome.feature_set)
    since = learnt(outcome.test, outcome.final.fit)
    since |= {"version": done.version, "known_until": dataset.observed_until}
    write_json(folder / "reference.json", reference | since)
    if declared := to_plain(dataset.feature_set):
        write_json(folder / DECLARED, declared)
    write_json(folder / "report.json", done.as_dict())
    for language in ("zh", "en"):
        (folder / f"report.{language}.md").write_text(done.markdown(language), encoding="utf-8")
        (folder / f"report.{language}.html").write_text(done.page(language), encoding="utf-8")
        (folder / f"card.{language}.md").write_text(done.card(language), encoding="utf-8")
    append_many(
        store,
        key,
        [Entry(at=now, user_id=by, action="train", detail={"version": done.version, "batch_id": pinned.batch_id})],
    )
    return done


def write_json(path: Path, body: Any) -> None:
    """Write `body` whole under its name, or leave what was there."""
    write_whole(path, json.dumps(body, ensure_ascii=False, indent=1, default=str).encode())
