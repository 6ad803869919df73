"""The numbers of an office's year, each against plain SQL, and who sees and opens them."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from data.settings import BoardSettings
from data.store import register
from data.store.engine import Store
from data.synthetic import make_register, small_plan
from features.timing import SHIPPED
from serving.boards import ACTS, DUTIES, Board, chance_of, make_board
from tests.histories import OFFICE, event, register_of
from tests.serving.conftest import Desk, log_of
from tests.stored import batch_of

YEAR = 2026


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Any:
    """A store with an invented province, and the board of one of its counties."""
    import shutil

    from data.store.engine import open_store

    path = tmp_path_factory.mktemp("board") / "register.db"
    shutil.copy(migrated_file, path)
    store = open_store(f"sqlite:///{path}")
    made = make_register(small_plan(3)).register
    batch = batch_of(made)
    register.write_register(store, made, batch)
    board = make_board(register.read_register(store, offices=["C0101"]), YEAR, timing=SHIPPED)
    yield store, board
    store.close()


#: Local time is UTC+8 all year; day 0 is 1970-01-01.
SEEN = """
WITH seen AS (
  SELECT e.*, (e.occurred_at + 28800000000) / 86400000000 AS day FROM events e
  JOIN matters m ON m.matter_id = e.matter_id
  WHERE m.office_id = 'C0101' AND e.version_id NOT IN (SELECT version_id FROM event_closings)
), ending AS (
  SELECT matter_id, kind, day FROM (
    SELECT *, row_number() OVER (PARTITION BY matter_id ORDER BY occurred_at DESC, seq DESC) AS place FROM seen
    WHERE kind IN ('resolved','accepted_by_person','moved_to_procedure','closed','terminated','withdrawn','reopened')
  ) WHERE place = 1 AND kind <> 'reopened'
)
"""
FIRST = (date(YEAR, 1, 1) - date(1970, 1, 1)).days


def asked(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(SEEN + query)]


@pytest.mark.parametrize("code", sorted(ACTS))
def test_acts_are_counted_as_plain_sql_counts_them(province: tuple[Store, Board], code: str) -> None:
    store, board = province
    kinds = ", ".join(f"'{kind}'" for kind in ACTS[code])
    found = asked(store, f"SELECT matter_id FROM seen WHERE kind IN ({kinds}) AND day >= {FIRST}")
    figure = board.figures[code]
    assert (figure.part, figure.whole) == (len(found), None)
    assert sorted(row.matter_id for row in figure.rows) == sorted(matter for (matter,) in found)


def test_leaders_receptions_and_letters_by_rank_and_form_add_up(province: tuple[Store, Board]) -> None:
    store, board = province
    found = asked(
        store,
        "SELECT rank, form, count(*) FROM seen WHERE kind IN ('leader_reception','video_reception','field_visit') "
        f"AND day >= {FIRST} GROUP BY rank, form",
    )
    assert {(one.rank, one.form): one.count for one in board.led if one.act == "receptions"} == {
        (rank, form): count for rank, form, count in found
    }
    for act in ("receptions", "letters"):
        assert sum(one.count for one in board.led if one.act == act) == board.figures[act].part


def test_money_is_summed_in_fen(province: tuple[Store, Board]) -> None:
    store, board = province
    [(money,)] = asked(store, f"SELECT coalesce(sum(amount), 0) FROM seen WHERE kind = 'aid_paid' AND day >= {FIRST}")
    assert board.money == money


def test_ends_and_shares_are_those_of_plain_sql(province: tuple[Store, Board]) -> None:
    store, board = province
    found = dict(asked(store, f"SELECT kind, count(*) FROM ending WHERE day >= {FIRST} GROUP BY kind"))
    assert {kind: count for kind, count in board.ends.items() if count} == found
    resolved = board.figures["resolved"]
    assert (resolved.part, resolved.whole) == (found.get("resolved", 0), sum(found.values()))
    assert resolved.part > 0
    [(together,)] = asked(
        store,
        f"SELECT count(*) FROM ending WHERE kind = 'resolved' AND day >= {FIRST} "
        "AND matter_id IN (SELECT matter_id FROM seen WHERE kind = 'joint_handling')",
    )
    assert (board.figures["resolved_together"].part, board.figures["resolved_together"].whole) == (
        together,
        resolved.part,
    )
    [(listed, cleared)] = asked(
        store,
        "SELECT count(DISTINCT s.matter_id), count(DISTINCT CASE WHEN e.kind = 'resolved' THEN s.matter_id END) "
        "FROM seen s LEFT JOIN ending e ON e.matter_id = s.matter_id WHERE s.kind = 'backlog_listed'",
    )
    assert (board.figures["backlog"].part, board.figures["backlog"].whole) == (cleared, listed)


def test_the_look_back_is_that_of_plain_sql(province: tuple[Store, Board]) -> None:
    store, board = province
    until = "(SELECT max(observed_until) FROM batches)"
    begin = FIRST * 86_400_000_000 - 28_800_000_000
    span = 90 * 86_400_000_000
    looked = (
        "SELECT matter_id, max(occurred_at) AS at FROM seen WHERE kind = 'resolved' "
        f"AND occurred_at + {span} < {until} AND occurred_at + {span} >= {begin} GROUP BY matter_id"
    )
    [(whole,)] = asked(store, f"SELECT count(*) FROM ({looked})")
    [(again,)] = asked(
        store,
        f"SELECT count(DISTINCT l.matter_id) FROM ({looked}) l JOIN seen s ON s.matter_id = l.matter_id "
        "WHERE s.kind IN ('letter','visit','online','call','joint_submission','assigned_from_above',"
        f"'forwarded_from_above') AND s.caused_by IS NULL AND s.occurred_at > l.at AND s.occurred_at <= l.at + {span}",
    )
    figure = board.figures["look_back"]
    assert (figure.part, figure.whole) == (whole - again, whole)
    assert whole > 0


def test_replies_are_counted_in_the_year_they_fall_due() -> None:
    made = register_of(
        {
            "in-time": [event("2026-02-02", "letter"), event("2026-02-09", "procedural_reply")],
            "late": [event("2026-02-02", "letter"), event("2026-02-10", "procedural_reply")],
            "never": [event("2026-02-02", "letter")],
            "last-year": [event("2025-12-20", "letter")],
            "over-the-year": [event("2025-12-28", "letter"), event("2026-01-02", "procedural_reply")],
            "not-yet-due": [event("2026-04-28", "letter")],
        },
        observed_until="2026-05-01",
    )
    # Received 2 February, 7 days: in time up to 9 February, as the clock of the product has it.
    figure = make_board(made, YEAR, timing=SHIPPED).figures["procedural_reply"]
    number = dict(zip(made.matters["matter_id"], made.matters["matter_no"], strict=True))
    assert {number[row.matter_id]: row.state for row in figure.rows} == {
        "in-time": "in_time",
        "late": "late",
        "never": "missed",
        "over-the-year": "in_time",
    }
    assert (figure.part, figure.whole) == (2, 4)
    before = make_board(made, YEAR - 1, timing=SHIPPED).figures["procedural_reply"]
    assert [number[row.matter_id] for row in before.rows] == ["last-year"]


def test_every_duty_number_is_exact_and_has_its_rows(province: tuple[Store, Board]) -> None:
    _, board = province
    for code in DUTIES:
        figure = board.figures[code]
        assert figure.whole == len(figure.rows) > 0
        assert figure.part == sum(row.state == "in_time" for row in figure.rows)


def _month(number: int, count: int, tag: str) -> dict[str, list[dict[str, Any]]]:
    day = f"{2025 + (number > 12)}-{(number - 1) % 12 + 1:02d}-05"
    return {f"{tag}{number}-{n}": [event(day, "letter"), event(day, "registered")] for n in range(count)}


def test_a_surge_is_told_in_a_closed_month_and_small_causes_are_not() -> None:
    matters: dict[str, Any] = {}
    for month in range(6, 18):  # June 2025 to May 2026
        matters |= _month(month, 3, "steady") | _month(month, 1, "rising")
    matters |= _month(18, 3, "steady") | _month(18, 14, "rising") | _month(18, 9, "small")
    matters |= _month(19, 40, "open-month")
    made = register_of(matters, observed_until="2026-07-15")
    causes = {no: no.rstrip("0123456789-") for no in matters}
    frame = made.matters.with_columns(made.matters["matter_no"].replace(causes).alias("cause"))
    from dataclasses import replace

    found = {one.cause: one for one in make_board(replace(made, matters=frame), YEAR, timing=SHIPPED).causes}
    assert {cause: one.surge for cause, one in found.items()} == {"steady": None, "rising": 14, "small": None}
    assert found["rising"].before == pytest.approx(1.0)
    assert found["small"].registered is None
    assert found["small"].missed == 9  # our own duties are exact however few
    assert OFFICE


def test_the_chance_of_a_surge_is_the_binomial_tail() -> None:
    from scipy.stats import binom

    for now, both in ((0, 0), (1, 1), (14, 26), (40, 3000)):
        assert chance_of(now, both) == pytest.approx(float(binom.sf(now - 1, both, 1 / 13)), rel=1e-9)


def test_a_head_sees_the_year_opens_a_number_and_both_are_on_record(desk: Desk) -> None:
    shown = desk.with_settings(board=BoardSettings(receptions=40))
    client = shown.client("petition_head")
    page = client.get("/board")
    assert "2026年履职情况" in page.text
    assert "/board/procedural_reply?office=C1" in page.text
    assert "40、0.0%" in page.text
    rows = client.get("/board/procedural_reply?office=C1&year=2026")
    assert rows.text.count('href="/matters/') == 7
    assert [entry.action for entry in log_of(shown)][-2:] == ["view_board", "view_board_rows"]
    assert client.get("/board?year=2019").status_code == 200


def test_g16_the_board_counts_only_what_its_reader_may_open(desk: Desk) -> None:
    seen = {"petition_head": 7, "department_head": 3, "civil_head": 2, "leader": 6}
    for user, count in seen.items():
        rows = desk.client(user).get("/board/procedural_reply")
        assert rows.text.count('href="/matters/') == count, user
        assert f"7日内程序性回复：{count}条" in rows.text
    assert desk.client("petition_head").get("/board?office=C2").status_code == 404
    assert desk.client("city_leader").get("/board?office=C2").status_code == 200
    for user in ("handler", "operator", "auditor", "steward"):
        assert desk.client(user).get("/board").status_code == 403


def test_red_line_7_no_number_is_about_joint_or_upward_matters(desk: Desk, province: tuple[Store, Board]) -> None:
    _, board = province
    assert not {"joint_submission", "assigned_from_above", "forwarded_from_above", "visit"} & set(board.figures)
    client = desk.client("petition_head")
    for measure in ("joint_submission", "visit", "contacts"):
        assert client.get(f"/board/{measure}").status_code == 404
    page = client.get("/board")
    for word in ("多人反映", "上级交办", "上级转送", "来访"):
        assert word not in page.text


def test_the_table_holds_numbers_and_texts_that_stay_texts(desk: Desk) -> None:
    with desk.store.write() as connection:
        connection.exec_driver_sql("UPDATE offices SET name = '=1+1' WHERE office_id = 'C1'")
    answer = desk.client("leader").get("/board.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert (sheet["B1"].value, sheet["B1"].data_type, sheet["B1"].quotePrefix) == ("=1+1", "s", True)
    assert sheet["A4"].value == "7日内程序性回复"
    assert (sheet["B4"].data_type, sheet["C4"].value) == ("n", 6)
    assert "A-1" not in str([[cell.value for cell in row] for row in sheet.iter_rows()])
    assert log_of(desk)[-1].action == "export_board"
