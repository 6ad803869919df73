"""How a mapping TOML is read: strictly, with everything that is wrong said at once."""

import difflib
import tomllib
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from data.errors import SettingsError
from data.mapping_codes import NAME, VOCABULARIES, read_attribute, read_kinds, read_labels
from data.mapping_parts import DESCRIBES, AttributeSpec, DateColumn, FixedOffice, KindRule, Mapping, SheetSpec
from data.mapping_purpose import check_purpose
from data.mapping_tables import EVENT_FIELDS, MATTER_FIELDS, read_dates, read_lag, read_office, read_sheets, read_vault
from data.strict_toml import Reader, Table
from data.task import Measure, Task, parse_task
from data.vocabulary import KIND

__all__ = [
    "DESCRIBES",
    "EVENT_FIELDS",
    "MATTER_FIELDS",
    "VOCABULARIES",
    "AttributeSpec",
    "DateColumn",
    "FixedOffice",
    "KindRule",
    "Mapping",
    "Measure",
    "SheetSpec",
    "Task",
    "load_mapping",
    "mapping_text",
    "parse_mapping",
    "shipped",
]

SHIPPED = Path(__file__).with_name("mappings")
LAYOUTS = ("event_per_row", "matter_per_row", "sheets")


def shipped() -> tuple[str, ...]:
    """The names of the mappings that come with the product."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))


def load_mapping(name_or_path: str | Path) -> Mapping:
    """The mapping of a shipped name, or of a TOML file.

    Raises SettingsError naming everything that is wrong with it, once.
    """
    return parse_mapping(mapping_text(name_or_path))


def mapping_text(name_or_path: str | Path) -> str:
    """The TOML of a shipped name, or of a file. Raises SettingsError where there is none, or it is no text."""
    text = str(name_or_path)
    path = SHIPPED / f"{text}.toml" if text in shipped() else Path(text)
    if not path.is_file():
        near = difflib.get_close_matches(text, shipped(), n=1, cutoff=0.4)
        offers = "、".join(near or shipped())
        raise SettingsError(
            "mapping_missing",
            f"找不到映射 {path.name}；可用：{offers}，或给出 .toml 文件路径",
            f"mapping {path.name} not found; known: {offers}, or give the path of a .toml file",
        )
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SettingsError("mapping_unreadable", "映射文件不是 UTF-8 文本", "the mapping is not UTF-8 text") from None


def parse_mapping(text: str, *, remembered: bool = False) -> Mapping:
    """The mapping written in `text` (TOML). Raises SettingsError naming everything that is wrong with it, once.

    A `remembered` one, kept from before a declaration said what it describes, is read as it was confirmed.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError(
            "mapping_unreadable", f"映射不是有效的 TOML：{problem}", f"the mapping is not valid TOML: {problem}"
        ) from None
    reader = Reader(problems=[])
    mapping = _mapping(reader, table)
    if not reader.problems:
        check_purpose(mapping, reader.problems, remembered=remembered)
    if reader.problems:
        raise SettingsError(
            "mapping_invalid", "映射有误，未导入任何内容", "the mapping is not valid; nothing was read", reader.problems
        )
    return mapping


#: Whose a log is that names no office and is on the bench only: what comes of it is served to nobody.
BENCH_OFFICE = FixedOffice(office_id="bench", name="试验台", level="county")
_TOP = (
    "name", "time_zone", "numbering", "coverage", "layout", "bench_only",
    "office", "sheet", "columns", "dates", "sheets", "lag", "kinds", "labels", "attributes", "task", "vault",
)  # fmt: skip


def _mapping(reader: Reader, table: Table) -> Mapping:
    reader.known(table, "", _TOP)
    name = reader.take(table, "", "name", str)
    if name and not NAME.fullmatch(name):
        reader.wrong("name", "只能用小写字母、数字、下划线", "lower-case letters, digits and _ only")
    layout = reader.chosen(table, "", "layout", LAYOUTS)
    zone = reader.take(table, "", "time_zone", str)
    try:
        ZoneInfo(zone or "UTC")
    except (KeyError, ValueError, OSError):
        reader.wrong("time_zone", "没有这个时区，例如 Asia/Shanghai", "no such time zone; for example Asia/Shanghai")
    office = read_office(reader, reader.take(table, "", "office", dict)) if "office" in table else None
    if office is None and layout == "event_per_row" and table.get("bench_only") is True:
        office = BENCH_OFFICE
    matters, events = read_sheets(reader, table, layout, office)
    wide = layout == "matter_per_row"
    dates = read_dates(reader, reader.take(table, "", "dates", dict)) if wide else ()
    kinds = read_kinds(reader, reader.take(table, "", "kinds", dict)) if not wide else {}
    for key in ("kinds",) if wide else ("dates",):
        if key in table:
            reader.wrong(key, f"不用于 layout = {layout}", f"not used with layout = {layout}")
    labels = reader.take(table, "", "labels", dict, {})
    attributes = tuple(
        read_attribute(reader, key, cast(Table, value) if isinstance(value, dict) else {}, layout, labels)
        for key, value in sorted(reader.take(table, "", "attributes", dict, {}).items())
    )
    codes = set(KIND) | {rule.kind for rule in kinds.values()}
    lag_default, lag_days = read_lag(reader, reader.take(table, "", "lag", dict, {}), codes)
    return Mapping(
        name=name,
        time_zone=zone,
        numbering=reader.chosen(table, "", "numbering", ("per_matter", "per_contact")),
        coverage=reader.chosen(table, "", "coverage", ("full", "append")),
        layout=layout,
        bench_only=reader.take(table, "", "bench_only", bool, False),
        office=office,
        matters=matters,
        events=events,
        lag_default_days=lag_default,
        lag_days=lag_days,
        kinds=kinds,
        dates=dates,
        labels=read_labels(reader, labels, {spec.labels for spec in attributes if spec.labels is not None}),
        attributes=attributes,
        task=parse_task(
            reader,
            reader.take(table, "", "task", dict, {}),
            codes,
            {spec.name: spec.dtype for spec in attributes if spec.usable},
        ),
        vault=read_vault(reader, reader.take(table, "", "vault", dict), layout) if "vault" in table else None,
    )
