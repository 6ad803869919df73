"""The ledger bench times every stage once, and its own files come in whole."""

import time
from importlib import import_module
from pathlib import Path

from data.ingest.read import read_source
from data.mapping import parse_mapping
from data.synthetic import make_register, small_plan
from serving.bench.ledger import first_matters, log_mapping, write_log
from serving.bench.stages import STAGES, Stopwatch


def test_a_stage_inside_another_stops_its_clock():
    watch = Stopwatch()
    inner = watch.around(lambda: time.sleep(0.05), "gate")
    outer = watch.around(lambda: (time.sleep(0.02), inner()), "read")
    began = time.perf_counter()
    outer()
    total = time.perf_counter() - began
    assert watch.seconds["gate"] >= 0.05
    assert 0.02 <= watch.seconds["read"] < total - 0.04
    assert set(watch.seconds) == set(STAGES)


def test_every_stage_names_functions_that_are_there():
    for places in STAGES.values():
        for module, name in places:
            assert callable(getattr(import_module(module), name)), (module, name)


def test_the_log_of_the_bench_is_read_without_a_reject(tmp_path: Path):
    register = make_register(small_plan(5)).register
    path = tmp_path / "events.csv"
    write_log(register, path, 7_000)
    drafts = read_source(path, parse_mapping(log_mapping(register)), now=register.observed_until)
    assert drafts.events.height == 7_000
    assert drafts.rejects.is_empty()
    assert {column.rule for column in drafts.forbidden} == {"name", "id_number"}
    few = first_matters(register, 500)
    assert 450 <= few.events["known_until"].null_count() <= 500
