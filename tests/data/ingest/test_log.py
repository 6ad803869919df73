import gzip
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from data.errors import InputRefused
from data.ingest.draft import Drafts
from data.ingest.read import read_source
from data.mapping import Mapping, parse_mapping
from data.reconcile import ATTRIBUTE_DRAFT, EVENT_DRAFT
from data.times import cutoff_instant, local_date, local_midnight, to_us

ZONE = "Europe/Rome"
HEAD = "case,at,code,class,seats,owed,paid,extra\n"


def mapping(**changes: str) -> Mapping:
    text = """
name = "log"
time_zone = "Europe/Rome"
numbering = "per_matter"
coverage = "full"
layout = "event_per_row"
bench_only = true
[office]
id = "bench"
name = "试验台"
[columns]
matter = "case"
occurred = "at"
kind = "code"
#MORE
[lag]
default_days = 2
lag_kinds
[kinds]
"Open" = "registered"
"Write" = "letter"
"Pay" = { added = "payment", role = "record", amount = "paid" }
[attributes.class]
column = "class"
dtype = "category"
fixed_at = "registration"
owner = "bench"
reason = "written on the form"
source = "register"
[attributes.seats]
column = "seats"
dtype = "number"
owner = "bench"
reason = "shown only"
source = "register"
[attributes.owed]
column = "owed"
dtype = "money"
dated = true
owner = "bench"
reason = "what is owed"
source = "register"
[task]
label = ["letter"]
"""
    text = text.replace("lag_kinds", "")
    for old, new in changes.items():
        text = text.replace(f"#{old}", new)
    return parse_mapping(text)


def take(tmp_path: Path, rows: str, of: Mapping | None = None) -> Drafts:
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress((HEAD + rows).encode()))
    return read_source(path, of or mapping(), now=to_us(datetime(2026, 11, 20, tzinfo=UTC)))


def test_a_log_becomes_matters_events_and_attributes(tmp_path: Path) -> None:
    drafts = take(
        tmp_path,
        "A1,2006-07-01,Open,x,4,62.59,,\nB2,2006-07-02,Open,y,,10,,\nA1,2006-07-05,Pay,,,,31.3,\nA1,2006-07-05,Other,,,,,\n",
    )
    assert drafts.rejects.is_empty()
    assert drafts.matters.select("matter_no", "office_id", "source").rows() == [
        ("A1", "bench", "log"),
        ("B2", "bench", "log"),
    ]
    assert tuple(drafts.events.columns) == EVENT_DRAFT
    assert tuple(drafts.attributes.columns) == ATTRIBUTE_DRAFT
    assert drafts.events["kind"].to_list() == ["registered", "registered", "payment"]
    assert drafts.events["amount"].to_list() == [None, None, 3130]
    assert drafts.events["assumed"].all()
    assert drafts.events["occurred_at"][0] == local_midnight(date(2006, 7, 1), ZONE)
    assert local_date(drafts.events["known_at"][0], ZONE) == date(2006, 7, 3)
    assert drafts.left_out == 1
    assert drafts.unknown.select("label", "rows", "first_row").rows() == [("Other", 1, 5)]
    facts = drafts.attributes.select("name", "text", "number", "usable").rows()
    assert sorted(facts, key=str) == sorted(
        [
            ("class", "x", None, True),
            ("class", "y", None, True),
            ("seats", None, 4, False),
            ("owed", None, 6259, True),
            ("owed", None, 1000, True),
        ],
        key=str,
    )
    assert drafts.observed_until == cutoff_instant(date(2006, 7, 5), ZONE)
    assert [c.header for c in drafts.unread] == ["extra"]


def test_fixed_facts_take_the_times_of_the_registration(tmp_path: Path) -> None:
    drafts = take(tmp_path, "A1,2006-07-01,Open,,,,,\nA1,2006-08-01,Write,z,,,,\nA1,2006-09-01,Write,q,,,,\n")
    [fact] = drafts.attributes.to_dicts()
    assert fact["text"] == "z"
    assert local_date(fact["occurred_at"], ZONE) == date(2006, 7, 1)


def test_dated_facts_are_known_from_the_event_that_carries_them(tmp_path: Path) -> None:
    drafts = take(tmp_path, "A1,2006-07-01,Open,,,10,,\nA1,2006-08-01,Write,,,20,,\n")
    owed = drafts.attributes.filter(name="owed")
    assert owed["number"].to_list() == [1000, 2000]
    assert [local_date(t, ZONE) for t in owed["occurred_at"]] == [date(2006, 7, 1), date(2006, 8, 1)]


def test_events_of_one_day_keep_the_files_order(tmp_path: Path) -> None:
    drafts = take(
        tmp_path,
        "A1,2006-07-01,Open,,,,,\nA1,2006-07-01,Write,,,,,\nA1,2006-07-01,Pay,,,,1,\nA1,2006-07-01,Write,,,,,\n",
    )
    assert drafts.events.select("kind", "seq").rows() == [
        ("registered", 0),
        ("letter", 1),
        ("payment", 2),
        ("letter", 3),
    ]
    assert drafts.events["event_id"].n_unique() == 4


def test_a_row_id_of_the_source_is_the_identity(tmp_path: Path) -> None:
    by_id = mapping(MORE='row = "extra"')
    first = take(tmp_path, "A1,2006-07-01,Open,,,,,r1\nA1,2006-07-02,Write,,,,,r2\n", by_id)
    moved = take(tmp_path, "A1,2006-07-01,Open,,,,,r1\nA1,2006-07-09,Write,,,,,r2\n", by_id)
    assert first.events["event_id"].to_list() == moved.events["event_id"].to_list()
    twice = take(tmp_path, "A1,2006-07-01,Open,,,,,r1\nA1,2006-07-02,Open,,,,,r1\n", by_id)
    assert twice.rejects["rule"].to_list() == ["double_row"]


def test_an_entry_time_is_when_it_was_known(tmp_path: Path) -> None:
    drafts = take(
        tmp_path, "A1,2006-07-01 10:00,Open,,,,,2006-07-01\nA1,2006-07-02,Write,,,,,\n", mapping(MORE='known = "extra"')
    )
    assert drafts.events["assumed"].to_list() == [False, True]
    assert drafts.events["known_at"][0] == drafts.events["occurred_at"][0]


def test_rows_that_come_back(tmp_path: Path) -> None:
    drafts = take(
        tmp_path,
        "A1,2006-07-01,Open,,,,,\n,2006-07-01,Open,,,,,\nA1,never,Write,,,,,\nA1,2006-07-03,Pay,,,,much,\n"
        "13800138000,2006-07-03,Open,,,,,\n=1+1,,Open,,,,,\n",
    )
    assert sorted(drafts.rejects.select("row", "column", "rule").rows()) == [
        (3, "case", "empty"),
        (4, "at", "date"),
        (5, "paid", "number"),
        (6, "case", "forbidden"),
        (7, "at", "empty"),
    ]
    assert drafts.matters["matter_no"].to_list() == ["A1"]
    assert drafts.events.height == 1


def test_facts_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    drafts = take(tmp_path, "A1,2006-07-01,Open,赵测试,four,-,,\n")
    assert drafts.attributes.is_empty()
    assert sorted(drafts.blanked.select("column", "rule").rows()) == [
        ("class", "not_a_code"),
        ("owed", "number"),
        ("seats", "number"),
    ]
    assert drafts.events.height == 1


def test_headers_may_be_called_like_our_own_columns(tmp_path: Path) -> None:
    names = {
        "case": "row",
        "at": "day",
        "code": "kind",
        "class": "text",
        "seats": "matter_id",
        "owed": "number",
        "paid": "amount",
    }
    path = tmp_path / "log.csv"
    path.write_text(
        ",".join(names.values()) + "\nA1,2006-07-01,Open,x,4,10,\nA1,2006-07-02,Pay,,,,31\n", encoding="utf-8"
    )
    changed = mapping()
    events = replace(changed.events, columns={f: names[h] for f, h in changed.events.columns.items()})
    kinds = {code: replace(rule, amount=rule.amount and "amount") for code, rule in changed.kinds.items()}
    attributes = tuple(replace(a, column=names[a.column]) for a in changed.attributes)
    drafts = read_source(
        path,
        replace(changed, events=events, kinds=kinds, attributes=attributes),
        now=to_us(datetime(2026, 11, 20, tzinfo=UTC)),
    )
    assert drafts.events["amount"].to_list() == [None, 3100]
    assert sorted(drafts.attributes["name"]) == ["class", "owed", "seats"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_of_text(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes((HEAD + "案1,2006-07-01,Open,甲,,,,\n").encode(encoding))
    drafts = read_source(path, mapping(), now=to_us(datetime(2026, 11, 20, tzinfo=UTC)))
    assert drafts.matters["matter_no"].to_list() == ["案1"]
    assert drafts.attributes["text"].to_list() == ["甲"]


def test_quoted_cells_and_title_lines(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        '"a title,\nin two lines"\n' + HEAD + 'A1,"2006-07-01","Open",,,"1,062.59",,\n\nA1,2006-07-02,Write,,,,,\n',
        encoding="utf-8",
    )
    drafts = read_source(path, mapping(), now=to_us(datetime(2026, 11, 20, tzinfo=UTC)))
    assert drafts.events["kind"].to_list() == ["registered", "letter"]
    assert drafts.attributes["number"].to_list() == [106259]


def test_rows_wider_than_the_header_are_refused_with_their_place(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as caught:
        take(tmp_path, "A1,2006-07-01,Open,,,,,\nA1,2006-07-01,Open,,,,,,,x\n")
    assert caught.value.code == "csv_ragged"
    assert "3" in caught.value.en


def test_a_log_of_the_last_century_in_the_future_of_nobody(tmp_path: Path) -> None:
    drafts = take(tmp_path, "A1,2006-07-01,Open,,,,,\nA1,2030-07-01,Write,,,,,\n")
    assert drafts.rejects["rule"].to_list() == ["future"]
    assert drafts.observed_until == cutoff_instant(date(2006, 7, 1), ZONE)
