"""How far a ledger can be trusted: coverage, times, gaps, falls, documents and links, before anything is taken in."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from data.forbidden import RULES as GATE
from data.ingest.across import wording
from data.ingest.draft import Drafts
from data.mapping import Mapping
from data.times import cutoff_day
from data.vocabulary import KINDS, Role

#: Days between event and entry, upper bounds of the bands of late entry; the last one is open.
LATE_BANDS = (3, 7, 30, 90)
#: A month has fallen where it holds less than this share of the mean of the three before.
FALL_SHARE = 0.5
_REPLIES = ("procedural_reply", "progress_reply", "substantive_reply")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Something to look at before the figures are trusted: a code, a sentence in zh and en."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The data-quality report of one file; `body` is plain JSON without any matter, number or value of a cell."""

    body: dict[str, Any]

    @property
    def attention(self) -> tuple[Attention, ...]:
        """What to look at, most important first."""
        return tuple(Attention(**one) for one in self.body["attention"])


def make_quality(drafts: Drafts, mapping: Mapping, offices: pl.DataFrame) -> Quality:
    """The report of a file as read; `offices` (office_id, name) gives the names shown."""
    zone = mapping.time_zone
    events = _local(drafts, zone)
    names = dict(offices.select("office_id", "name").iter_rows())
    if mapping.office is not None:
        names.setdefault(mapping.office.office_id, mapping.office.name)
    body: dict[str, Any] = {
        "observed_through": cutoff_day(drafts.observed_until, zone).isoformat(),
        "rows_read": sum(drafts.rows_read.values()),
        "matters": drafts.matters.height,
        "events": drafts.events.height,
        "rejected_rows": drafts.rejects.select("sheet", "row").n_unique(),
        "rejects": _by_rule(drafts.rejects),
        "noted": _by_rule(drafts.noted),
        "blanked": _by_rule(drafts.blanked),
        "offices": _offices(events, names),
        "assumed": _assumed(events),
        "late": _late(events),
        "gaps": _gaps(events, names),
        "falls": _falls(events, names, drafts.observed_until, zone),
        "replies": _replies(events),
        "links_checked": 1.0 if mapping.numbering == "per_matter" else 0.0,
        "unknown_codes": drafts.unknown.drop("sheet").to_dicts(),
        "rows_of_unknown_codes": drafts.left_out,
        "forbidden_columns": [
            {"header": c.header, "zh": GATE[c.rule or "site"][0], "en": GATE[c.rule or "site"][1]}
            for c in drafts.forbidden
        ],
        "unread_columns": [c.header for c in drafts.unread],
        "absent_columns": [c.header for c in drafts.absent],
    }
    body["attention"] = [{"code": one.code, "zh": one.zh, "en": one.en} for one in _attention(body)]
    return Quality(body=body)


def _local(drafts: Drafts, zone: str) -> pl.DataFrame:
    def day(name: str) -> pl.Expr:
        return pl.from_epoch(name, "us").dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()

    return drafts.events.join(drafts.matters.select("matter_id", "office_id"), on="matter_id", how="left").select(
        "office_id", "matter_id", "kind", "assumed", "document_no", day=day("occurred_at"), known=day("known_at")
    )


def _by_rule(rows: pl.DataFrame) -> list[dict[str, Any]]:
    counts = rows["rule"].value_counts().sort(["count", "rule"], descending=[True, False])
    words = ("zh", "en", "remedy_zh", "remedy_en")
    return [
        {"rule": rule, "count": int(n), **dict(zip(words, wording(rule), strict=True))} for rule, n in counts.rows()
    ]


def _offices(events: pl.DataFrame, names: dict[str, str]) -> list[dict[str, Any]]:
    found = events.group_by("office_id").agg(
        pl.col("matter_id").n_unique().alias("matters"),
        pl.len().alias("events"),
        pl.col("day").min().alias("first"),
        pl.col("day").max().alias("last"),
    )
    return [
        {
            "office": names.get(row["office_id"] or "", row["office_id"] or "—"),
            "matters": row["matters"],
            "events": row["events"],
            "first": row["first"].isoformat(),
            "last": row["last"].isoformat(),
        }
        for row in found.sort("office_id").iter_rows(named=True)
    ]


def _assumed(events: pl.DataFrame) -> dict[str, Any]:
    labels = {kind.code: (kind.zh, kind.en) for kind in KINDS}
    kinds = (
        events.group_by("kind")
        .agg(pl.len().alias("events"), pl.col("assumed").sum().alias("assumed"))
        .filter(pl.col("assumed") > 0)
        .sort(["assumed", "kind"], descending=[True, False])
    )
    return {
        "share": _share(int(events["assumed"].sum()), events.height),
        "kinds": [
            {"kind": kind, "zh": labels.get(kind, (kind, kind))[0], "en": labels.get(kind, (kind, kind))[1],
             "events": n, "assumed": assumed, "share": _share(assumed, n)}
            for kind, n, assumed in kinds.rows()
        ],
    }  # fmt: skip


def _late(events: pl.DataFrame) -> dict[str, Any]:
    """Days from event to entry, of the events whose entry time the ledger states."""
    days = events.filter(~pl.col("assumed")).select((pl.col("known") - pl.col("day")).dt.total_days())["known"]
    edges = (-1, *LATE_BANDS)
    bands: list[dict[str, Any]] = [
        {"from": low + 1, "to": high, "events": int(((days > low) & (days <= high)).sum())}
        for low, high in zip(edges, LATE_BANDS, strict=False)
    ]
    bands.append({"from": LATE_BANDS[-1] + 1, "to": None, "events": int((days > LATE_BANDS[-1]).sum())})
    stated = len(days)
    for band in bands:
        band["share"] = _share(band["events"], stated)
    return {
        "stated": stated,
        "bands": bands,
        "median_days": None if not stated else float(str(days.median())),
        "p90_days": None if not stated else float(str(days.quantile(0.9, "nearest"))),
    }


def _gaps(events: pl.DataFrame, names: dict[str, str]) -> list[dict[str, Any]]:
    """Months between an office's first and last month in which it has no row at all."""
    months = events.select("office_id", pl.col("day").dt.truncate("1mo").alias("month")).unique()
    found: list[dict[str, Any]] = []
    for (office,), own in months.sort("month").group_by("office_id", maintain_order=True):
        there = set(own["month"].to_list())
        between = pl.date_range(min(there), max(there), "1mo", eager=True).to_list()
        missing = [month.strftime("%Y-%m") for month in between if month not in there]
        if missing:
            found.append({"office": names.get(str(office), str(office)), "months": missing})
    return sorted(found, key=lambda one: (-len(one["months"]), one["office"]))


def _falls(events: pl.DataFrame, names: dict[str, str], until: int, zone: str) -> list[dict[str, Any]]:
    """Whole months with less than half of what the three months before led one to expect, beyond chance."""
    reach = cutoff_day(until, zone)
    counted = (
        events.with_columns(pl.col("day").dt.truncate("1mo").alias("month"))
        .group_by("office_id", "month")
        .agg(pl.len().alias("n"))
        .sort("office_id", "month")
    )
    found: list[dict[str, Any]] = []
    for (office,), own in counted.group_by("office_id", maintain_order=True):
        series = dict(own.select("month", "n").iter_rows())
        months = pl.date_range(min(series), max(series), "1mo", eager=True).to_list()
        ends = pl.Series(months, dtype=pl.Date).dt.month_end().to_list()
        for at in range(3, len(months)):
            expected = sum(series.get(month, 0) for month in months[at - 3 : at]) / 3
            n = series.get(months[at], 0)
            # Three standard deviations of a Poisson count: a small office's quiet month is no fall.
            beyond_chance = n < expected - 3 * expected**0.5
            if ends[at] <= reach and beyond_chance and n < FALL_SHARE * expected:
                found.append(
                    {"office": names.get(str(office), str(office)), "month": months[at].strftime("%Y-%m"),
                     "events": n, "expected": round(expected, 1)}
                )  # fmt: skip
    return found


def _replies(events: pl.DataFrame) -> dict[str, Any]:
    labels = {kind.code: (kind.zh, kind.en) for kind in KINDS if kind.role == Role.REPLY}
    replies = events.filter(pl.col("kind").is_in(_REPLIES))
    bare = pl.col("document_no").is_null()
    kinds = replies.group_by("kind").agg(pl.len().alias("replies"), bare.sum().alias("without")).sort("kind")
    return {
        "replies": replies.height,
        "without": int(replies["document_no"].null_count()),
        "share": _share(int(replies["document_no"].null_count()), replies.height),
        "kinds": [
            {"kind": kind, "zh": labels[kind][0], "en": labels[kind][1], "replies": n, "without": without,
             "share": _share(without, n)}
            for kind, n, without in kinds.rows()
        ],
    }  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return None if not whole else round(part / whole, 4)


def _attention(body: dict[str, Any]) -> list[Attention]:
    found: list[Attention] = []

    def say(code: str, zh: str, en: str) -> None:
        found.append(Attention(code=code, zh=zh, en=en))

    rejected, assumed, bare = body["rejected_rows"], body["assumed"]["share"], body["replies"]["share"]
    if rejected:
        say("rows_back", f"{rejected} 行退回，请按退回表改正后重新导入",
            f"{rejected} rows came back; mend them in the returned workbook and import again")  # fmt: skip
    noted = sum(one["count"] for one in body["noted"])
    if noted:
        say("rows_noted", f"{noted} 处前后矛盾，已照常导入，请核对",
            f"{noted} contradictions were taken in as they stand; please check")  # fmt: skip
    if body["rows_of_unknown_codes"]:
        n = body["rows_of_unknown_codes"]
        say("unknown_codes", f"{n} 行的环节代码未识别，未导入；请在映射中写明",
            f"{n} rows have unknown codes and were left out; say in the mapping what they mean")  # fmt: skip
    if assumed is not None and assumed > 0.5:
        say("assumed", f"{assumed:.0%} 的获知时间为推定（超过一半）：回溯检验会注明“时间点为推定”",
            f"{assumed:.0%} of the times of knowledge are assumed (over half); a back-test will say so")  # fmt: skip
    if body["links_checked"] < 0.6:
        say("links", "每件来信另编号，尚未核对是否同一事项：按规则运行，先做同一事项确认",
            "each letter has its own number and none was checked for links: rules-only until they are")  # fmt: skip
    if bare is not None and bare > 0.2:
        say("documents", f"{bare:.0%} 的答复没有文书号", f"{bare:.0%} of the replies have no document number")
    if body["gaps"]:
        months = sum(len(one["months"]) for one in body["gaps"])
        say("gaps", f"{len(body['gaps'])} 个单位有整月没有记录（共 {months} 个月）",
            f"{len(body['gaps'])} offices have months without any row ({months} months in all)")  # fmt: skip
    if body["falls"]:
        say("falls", f"{len(body['falls'])} 处月度记录骤降", f"{len(body['falls'])} sudden falls of a month's rows")
    return found
