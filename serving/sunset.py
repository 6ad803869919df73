"""How a yearly report is put together from the lists of a year and what became of their matters."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data.contract import Register
from data.errors import InputRefused
from data.mapping import Task
from data.settings import Settings
from data.store import models
from data.store.audit import Entry, append_many
from data.store.batches import batch_view, latest_batch
from data.store.engine import Store
from data.store.register import read_offices, read_register
from data.store.screenings import Screening, feature_logs, read_listed, read_screenings
from data.times import DAY_US, cutoff_day, local_date, wall, wall_us
from data.whole_file import write_whole
from monitoring.cohorts import is_mature
from monitoring.sunset import CASE, FLAGGED, SPOT, judge
from monitoring.sunset_page import to_html, to_markdown
from serving import journal
from serving.kept_sunset import FOLDER
from serving.monitor_run import calibration_of, scan_log, widest
from serving.training_run import mapping_of, write_json
from training.calibrate import Line, probability
from training.help_given import helped_after
from training.labels import labels
from training.sweep_list import RANKED


def make_sunset(
    store: Store, settings: Settings, state: Path, key: bytes, *, year: int, now: int, by: str
) -> dict[str, Any]:
    """Judge a year's matured lists and keep the report, as JSON, Markdown and HTML, under `sunset/` of the state.

    A second run of the same data writes the same.  Raises InputRefused for a year that has not begun, NotFound for an
    empty store, StoreError where a stored feature log was altered.
    """
    if year > local_date(now, settings.time_zone).year:
        raise InputRefused(
            "sunset_year",
            f"{year} 年尚未到来，请给出已开始的年份",
            f"{year} has not come yet; give a year that has begun",
        )
    batch_id = latest_batch(store)
    view = batch_view(store, batch_id)
    register = read_register(store, batch_id=batch_id)
    last = view.imports[-1].batch
    task = mapping_of(store, last.mapping_name, last.mapping_sha256).task
    made = _matured(store, register, task, settings, year)
    parts = [cases_of(store, state, register, task, settings, one) for one in made]
    report = judge(
        pl.concat([pl.DataFrame(schema=CASE), *parts]),
        year=year,
        as_of=cutoff_day(register.observed_until, register.time_zone).isoformat(),
        months=len({cutoff_day(one.cutoff, register.time_zone).month for one in made}),
        lists=len(made),
        versions=tuple(sorted({one.model_version for one in made if one.model_version is not None})),
        least=settings.monitor.sunset_least,
    ).as_dict()
    folder = state / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for language in ("zh", "en"):
        write_whole(folder / f"{year}.{language}.md", to_markdown(report, language).encode())
        write_whole(folder / f"{year}.{language}.html", to_html(report, language).encode())
    write_json(folder / f"{year}.json", report)
    detail = {"year": year, "verdict": report["verdict"], "batch_id": batch_id}
    append_many(store, key, [Entry(at=now, user_id=by, action=journal.SUNSET_MADE, detail=detail)])
    return report


def _matured(store: Store, register: Register, task: Task, settings: Settings, year: int) -> list[Screening]:
    """The lists of a year whose time has passed, the last made of each cutoff and scope, none within another."""
    parents = {row["office_id"]: row["parent_id"] for row in read_offices(store).iter_rows(named=True)}
    latest: dict[tuple[int, str], Screening] = {}
    for one in sorted(read_screenings(store), key=lambda one: one.created_at):
        mature = is_mature(
            one.cutoff,
            register.observed_until,
            register.time_zone,
            horizon_days=task.horizon_days,
            lag_days=settings.label.reporting_lag_days,
        )
        if mature and cutoff_day(one.cutoff, register.time_zone).year == year and feature_logs(store, one.screening_id):
            latest[one.cutoff, one.scope] = one
    return widest(sorted(latest.values(), key=lambda one: (one.cutoff, one.scope)), parents)


def cases_of(
    store: Store, state: Path, register: Register, task: Task, settings: Settings, made: Screening
) -> pl.DataFrame:
    """The flagged and the spot-checked of a list whose label is known; columns `CASE`."""
    ranked = pl.col("part").is_in(RANKED)
    entries = (
        read_listed(store, made.screening_id)
        .filter(ranked | (pl.col("part") == "spot"))
        .select(
            "matter_id",
            pl.when(ranked).then(pl.lit(FLAGGED)).otherwise(pl.lit(SPOT)).alias("group"),
            "inclusion",
            cutoff=pl.lit(made.cutoff, pl.Int64),
        )
    )
    known = labels(register, entries, task, settings.label).rows.select("matter_id", "cutoff", "label").drop_nulls()
    by_model = None if made.model_version is None else models.find_model(store, made.model_version)
    calibration = None if by_model is None else calibration_of(state, by_model)
    chances = pl.DataFrame(schema={"matter_id": pl.String, "chance": pl.Float64})
    if calibration is not None:
        log = scan_log(store, state, made.screening_id).select("matter_id", "margin_nano").collect()
        margins = log["margin_nano"].to_numpy() / 1e9
        line = Line(a=calibration.a, b=calibration.b)
        chances = log.select("matter_id", chance=pl.Series(probability(line, margins), dtype=pl.Float64))
    helped = helped_after(register, entries).select("matter_id", "helped_after")
    resolved = _resolved(register, made.cutoff, task.horizon_days)
    found = (
        entries.join(known, on=["matter_id", "cutoff"], how="inner")
        .join(chances, on="matter_id", how="left")
        .join(helped, on="matter_id", how="left")
        .with_columns(
            by_model=pl.lit(made.mode == "model"),
            returned=pl.col("label") == 1,
            resolved=pl.col("matter_id").is_in(resolved) & (pl.col("label") == 0),
            helped=pl.col("helped_after").fill_null(value=False),
        )
    )
    return found.select(pl.col(name).cast(kind) for name, kind in CASE.items())


def _resolved(register: Register, cutoff: int, days: int) -> list[str]:
    """The matters marked resolved in the days after a cutoff."""
    begin = wall_us(cutoff, register.time_zone)
    marked = register.events.filter((pl.col("kind") == "resolved") & pl.col("known_until").is_null())
    after = wall(marked["occurred_at"], register.time_zone) - begin
    inside = np.asarray((after >= 0) & (after < days * DAY_US), dtype=bool)
    return marked.filter(pl.Series(inside))["matter_id"].unique().to_list()
