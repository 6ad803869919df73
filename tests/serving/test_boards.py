"""The numbers of an office's year, each against plain SQL, and who sees and opens them."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from data.contract import Register
from data.settings import BoardSettings
from data.store import register
from data.store.engine import Store
from data.synthetic import make_register, small_plan
from features.timing import SHIPPED
from serving.board_causes import chance_of, more_often, standing_out
from serving.board_facts import ACTS, DUTIES, make_facts
from serving.boards import MEASURES, Behind, Board, behind, held_by, make_board, seen_by
from serving.permissions import MatterPlace, Scope
from tests.histories import event, register_of
from tests.serving.conftest import Desk, log_of
from tests.stored import batch_of

YEAR = 2026


def board_of(made: Register, year: int = YEAR) -> Board:
    return make_board(make_facts(made, year, timing=SHIPPED))


def rows_of(board: Board, code: str) -> list[Behind]:
    return behind(board.facts, code)[0]


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
    board = board_of(register.read_register(store, offices=["C0101"]))
    yield store, board
    store.close()


#: Local time is UTC+8 all year; day 0 is 1970-01-01.
SEEN = """
WITH seen AS MATERIALIZED (
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
    assert sorted(row.matter["matter_id"] for row in rows_of(board, code)) == sorted(matter for (matter,) in found)


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
    board = board_of(made)
    assert {row.matter["matter_no"]: row.state for row in rows_of(board, "procedural_reply")} == {
        "in-time": "in_time",
        "late": "late",
        "never": "missed",
        "over-the-year": "in_time",
    }
    figure = board.figures["procedural_reply"]
    assert (figure.part, figure.whole) == (2, 4)
    before = rows_of(board_of(made, YEAR - 1), "procedural_reply")
    assert [row.matter["matter_no"] for row in before] == ["last-year"]


#: Where nothing moves a clock (no stop but one end, no extension), the three months and the follow-ups in plain SQL.
#: A day is a number; month N after a day is the same day of the month, or its last day.
PLAIN = """
, plain AS MATERIALIZED (
  SELECT m.matter_id, min(
    coalesce((SELECT min(day) FROM seen s WHERE s.matter_id = m.matter_id AND s.kind IN
      ('letter','visit','online','call','joint_submission','registered','transferred_in')), 99999),
    coalesce((SELECT a.number FROM attributes a WHERE a.matter_id = m.matter_id AND a.name = 'received_on'), 99999)
  ) AS received,
  (SELECT max(day) FROM seen s WHERE s.matter_id = m.matter_id AND s.kind IN
    ('resolved','closed','terminated','withdrawn','moved_to_procedure','not_accepted','transferred_out')) AS ended
  FROM matters m WHERE m.office_id = 'C0101'
  AND NOT EXISTS (SELECT 1 FROM seen s WHERE s.matter_id = m.matter_id
    AND s.kind IN ('suspended','resumed','reopened','extended'))
  AND NOT EXISTS (SELECT 1 FROM attributes a WHERE a.matter_id = m.matter_id
    AND a.name = 'reply_possible' AND a.number = 0)
  AND (SELECT count(*) FROM seen s WHERE s.matter_id = m.matter_id AND s.kind IN
    ('resolved','closed','terminated','withdrawn','moved_to_procedure','not_accepted','transferred_out')) <= 1
), numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 40
), received AS (SELECT *, date(received * 86400, 'unixepoch') AS d FROM plain WHERE received < 99999
), due AS MATERIALIZED (
  SELECT *, (SELECT min(day) FROM seen s WHERE s.matter_id = r.matter_id AND s.day >= r.received
      AND s.kind IN ('substantive_reply','progress_reply')) AS met,
    (SELECT min(day) FROM seen s WHERE s.matter_id = r.matter_id AND s.day >= r.received
      AND s.kind = 'substantive_reply') AS answered,
    unixepoch(date(d, 'start of month', '+3 months', '+' || (min(cast(strftime('%d', d) AS integer), cast(strftime('%d',
      d, 'start of month', '+4 months', '-1 day') AS integer)) - 1) || ' days')) / 86400 AS due
  FROM received r
), cut AS (SELECT (max(observed_until) + 28800000000) / 86400000000 AS day FROM batches
)
"""


def test_the_answer_in_three_months_is_that_of_plain_sql(province: tuple[Store, Board]) -> None:
    store, board = province
    found = asked(
        store,
        PLAIN
        + "SELECT matter_id, due, CASE WHEN met IS NULL THEN 'missed' WHEN met <= due THEN 'in_time' ELSE 'late' END "
        f"FROM due, cut WHERE due BETWEEN {FIRST} AND cut.day - 1 "
        # Ended before the date and not answered by then: nothing fell due.
        "AND NOT (ended IS NOT NULL AND ended <= due AND (met IS NULL OR met > ended))",
    )
    plain = {matter for (matter,) in asked(store, PLAIN + "SELECT matter_id FROM plain")}
    ours = {
        (row.matter["matter_id"], (row.day - date(1970, 1, 1)).days, row.state)
        for row in rows_of(board, "substantive_reply")
        if row.matter["matter_id"] in plain
    }
    assert ours == set(found)
    assert len(found) > 0.6 * len(rows_of(board, "substantive_reply")) > 20
    assert {state for _, _, state in found} >= {"in_time", "late"}


def test_each_monthly_follow_up_is_that_of_plain_sql(province: tuple[Store, Board]) -> None:
    store, board = province
    months = """, month AS MATERIALIZED (
      SELECT *, lag(upto) OVER (PARTITION BY matter_id ORDER BY n) AS since FROM (
        SELECT due.*, n, unixepoch(date(due * 86400, 'unixepoch', 'start of month', '+' || n || ' months', '+' || (min(
          cast(strftime('%d', due * 86400, 'unixepoch') AS integer), cast(strftime('%d', due * 86400, 'unixepoch',
          'start of month', '+' || (n + 1) || ' months', '-1 day') AS integer)) - 1) || ' days')) / 86400 AS upto
        FROM due, numbers)
    )"""
    found = asked(
        store,
        PLAIN + months + "SELECT m.matter_id, m.upto, EXISTS (SELECT 1 FROM seen s WHERE s.matter_id = m.matter_id "
        "AND s.day > m.since AND s.day <= m.upto "
        "AND s.kind IN ('progress_reply','substantive_reply','explanation')) FROM month m, cut "
        f"WHERE m.n > 0 AND m.upto >= {FIRST} AND m.upto < min(coalesce(m.answered, 99999), coalesce(m.ended, 99999), "
        "cut.day) AND NOT (m.ended IS NOT NULL AND m.ended <= m.due)",
    )
    plain = {matter for (matter,) in asked(store, PLAIN + "SELECT matter_id FROM plain")}
    ours = {
        (row.matter["matter_id"], (row.day - date(1970, 1, 1)).days, row.state == "in_time")
        for row in rows_of(board, "monthly_follow_up")
        if row.matter["matter_id"] in plain
    }
    assert ours == {(matter, day, bool(kept)) for matter, day, kept in found}
    assert len(found) > 20
    assert {kept for _, _, kept in ours} == {True, False}


def test_a_duty_kept_before_the_matter_ended_counts_when_it_was_due() -> None:
    """Received 5 January, answered in February, ended in March: the three months were due on 5 April, and kept."""
    begun = [event("2026-01-05", "letter"), event("2026-01-05", "registered")]
    answered = event("2026-02-10", "substantive_reply", document_no="检复1号")
    made = register_of(
        {
            "kept": [*begun, answered, event("2026-03-01", "closed")],
            "stood-still": [*begun, event("2026-01-20", "suspended"), event("2026-01-30", "resumed"), answered],
            "ended-first": [*begun, event("2026-03-01", "closed")],
            "open": begun,
        },
        observed_until="2026-07-20",
    )
    board = board_of(made)
    assert {row.matter["matter_no"]: (row.day, row.state) for row in rows_of(board, "substantive_reply")} == {
        "kept": (date(2026, 4, 5), "in_time"),
        "stood-still": (date(2026, 4, 15), "in_time"),
        "open": (date(2026, 4, 5), "missed"),
    }
    # Each of the three months over by 20 July is told, one by one.
    assert [(row.matter["matter_no"], row.day) for row in rows_of(board, "monthly_follow_up")] == [
        ("open", date(2026, 5, 5)),
        ("open", date(2026, 6, 5)),
        ("open", date(2026, 7, 5)),
    ]


def test_every_number_has_its_rows(province: tuple[Store, Board]) -> None:
    _, board = province
    for code in MEASURES:
        rows = rows_of(board, code)
        if code in board.figures:
            figure = board.figures[code]
            assert figure.rows == len(rows)
            assert figure.whole in (None, len(rows))
            assert figure.part == sum(row.state in ("in_time", "done", "held") for row in rows)
        else:
            told = [one for one in board.steps if one.whole_office and f"step_{one.step}" == code]
            assert [one.matters for one in told] == ([len(rows)] if rows else [])
    for code in DUTIES:
        assert board.figures[code].rows > 0


def test_g16_a_board_holds_what_its_reader_may_open_and_nothing_else(province: tuple[Store, Board]) -> None:
    _, board = province
    matters = board.facts.matters
    posts = pl.Series([("handler", None, "leader")[number % 3] for number in range(len(matters))], dtype=pl.String)
    facts = replace(board.facts, matters=matters.with_columns(respondent_post=posts))
    department = matters["department"].drop_nulls()[0]
    for scope in (
        Scope(offices=("C0101",), not_post="leader"),
        Scope(offices=("C0101",), department=department, not_post="handler"),
        Scope(offices=("P01", "C0101"), not_post="leader"),
        Scope(offices=("C0102",)),
    ):
        held = held_by(scope, facts.matters)
        for row, mine in zip(facts.matters.iter_rows(named=True), held, strict=True):
            place = MatterPlace(
                office_id=row["office_id"],
                department=row["department"],
                handler=row["handler"],
                respondent_post=row["respondent_post"],
            )
            assert mine == scope.holds(place)
        seen = make_board(seen_by(facts, held))
        open_to = set(facts.matters.filter(held)["matter_id"])
        for code in MEASURES:
            everything, mine = behind(facts, code)[0], behind(seen.facts, code)[0]
            assert mine == [row for row in everything if row.matter["matter_id"] in open_to]
            if code in seen.figures:
                assert seen.figures[code].rows == len(mine)
        assert sum(one.count for one in seen.led) == seen.figures["receptions"].part + seen.figures["letters"].part


def _step_history(answer: str, *, back: bool) -> list[dict[str, Any]]:
    rows = [event("2026-01-05", "letter"), event("2026-01-05", "registered"), event("2026-01-09", "procedural_reply")]
    rows.append(event("2026-02-02", "substantive_reply", document_no="检复1号", parts_missing=0))
    rows.append(event("2026-02-02" if answer == "explained" else "2026-06-01", "explanation"))
    return [*rows, *([event("2026-03-01", "letter")] if back else [])]


def test_after_which_step_matters_are_raised_again_is_told_by_cause_from_ten_on() -> None:
    matters: dict[str, Any] = {}
    for number in range(30):
        matters[f"un-{number}"] = _step_history("unexplained", back=number < 21)
        matters[f"ex-{number}"] = _step_history("explained", back=number < 3)
    for number in range(9):
        matters[f"few-{number}"] = _step_history("unexplained", back=True)
    made = register_of(matters, observed_until="2026-08-15")
    causes = {no: "land" if no.startswith("few") else "wages" for no in matters}
    frame = made.matters.with_columns(cause=made.matters["matter_no"].replace(causes))
    board = board_of(replace(made, matters=frame))
    # The 90 days are over for what was done up to 16 May: twelve closed months up to April.
    assert board.months == (date(2025, 5, 1), date(2026, 5, 1))
    found = {(one.step, one.cause): one for one in board.steps}
    whole, wages = found["unexplained_answer", None], found["unexplained_answer", "wages"]
    assert ("unexplained_answer", "land") not in found
    assert (whole.matters, wages.matters) == (39, 30)
    assert wages.wrong is not None
    assert wages.right is not None
    assert (wages.wrong.again, wages.wrong.whole, wages.right.again, wages.right.whole) == (21, 30, 3, 30)
    assert wages.more
    assert whole.more
    assert (round(wages.wrong.low, 3), round(wages.wrong.high, 3)) == (0.521, 0.833)  # Wilson, from a table
    assert len(rows_of(board, "step_unexplained_answer")) == 39


def test_people_aided_are_told_as_at_least_so_many() -> None:
    paid = {"one": 1, "some": 2, "many": 3, "untold": 0}
    made = register_of(
        {
            name: [event("2026-02-02", "letter"), event("2026-03-01", "aid_paid", people_band=band, amount=100_000)]
            for name, band in paid.items()
        },
        observed_until="2026-05-01",
    )
    board = board_of(made)
    assert (board.aided, board.aided_untold, board.money) == (1 + 2 + 5 + 1, 1, 400_000)


def test_leaders_receptions_are_told_by_the_level_of_the_office() -> None:
    made = register_of(
        {
            "a": [event("2026-02-02", "letter"), event("2026-03-01", "leader_reception", rank="chief", form="field")],
            "b": [event("2026-02-02", "letter"), event("2026-03-01", "leader_letter", rank="deputy")],
            "c": [event("2026-02-02", "letter"), event("2026-03-01", "leader_reception")],
        },
        offices={"a": "T02"},
        observed_until="2026-05-01",
    )
    offices = made.offices.with_columns(level=pl.Series(["county", "city"], dtype=made.offices.schema["level"]))
    board = board_of(replace(made, offices=offices))
    told = {(one.act, one.level, one.rank, one.form): one.count for one in board.led}
    assert told == {
        ("receptions", "city", "chief", "field"): 1,
        ("receptions", "county", None, None): 1,
        ("letters", "county", "deputy", None): 1,
    }
    assert (board.figures["chief_share"].part, board.figures["chief_share"].whole) == (1, 2)


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
    board = board_of(replace(made, matters=made.matters.with_columns(cause=made.matters["matter_no"].replace(causes))))
    registered = [one for one in board.surges if one.step is None]
    assert [(one.cause, one.now, one.before) for one in registered] == [("rising", 14, pytest.approx(1.0))]
    # What was registered in June without a reply within seven days is a step of ours that grew with it.
    late = [one for one in board.surges if one.step == "procedural_reply"]
    assert [(one.cause, one.now) for one in late] == [("rising", 14)]
    found = {one.cause: one for one in board.causes}
    assert found["small"].registered is None
    assert found["small"].missed == 9  # our own duties are exact however few


def test_no_surge_is_told_from_a_ledger_that_has_just_begun() -> None:
    matters = _month(17, 2, "a") | _month(18, 60, "a")
    assert board_of(register_of(matters, observed_until="2026-07-15")).surges == ()


def test_the_chance_of_a_surge_is_the_binomial_tail() -> None:
    from scipy.stats import binom

    for now, both in ((0, 0), (1, 1), (14, 26), (40, 3000)):
        assert chance_of(now, both, 12) == pytest.approx(float(binom.sf(now - 1, both, 1 / 13)), rel=1e-9)


def test_what_stands_out_is_fishers_tail_and_holms_order() -> None:
    from scipy.stats import fisher_exact

    for again, wrong, right_again, right in ((21, 30, 3, 30), (0, 5, 2, 9), (5, 5, 0, 7), (3, 10, 0, 0)):
        table = [[again, wrong - again], [right_again, right - right_again]]
        told: Any = fisher_exact(table, alternative="greater")
        assert more_often(again, wrong, right_again, right) == pytest.approx(told.pvalue, rel=1e-9)
    assert standing_out([(0.02, "c"), (0.003, "b"), (0.0001, "a")]) == ["a", "b"]
    assert standing_out([(0.009, "a"), (0.5, "b")]) == []


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


def test_the_register_is_read_once_for_a_year_however_it_is_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Any] = []
    whole = register.read_register

    def counted(store: Store, **scope: Any) -> Register:
        read.append(scope["offices"])
        return whole(store, **scope)

    monkeypatch.setattr(register, "read_register", counted)
    for user in ("petition_head", "leader"):
        client = desk.client(user)
        for path in ("/board", "/board/procedural_reply?office=C1&year=2026", "/board?year=2027", "/board.xlsx"):
            assert client.get(path).status_code == 200
    assert client.get("/sign").status_code == 200
    assert read == [("C1",)]
    assert client.get("/board?year=2025").status_code == 200
    assert desk.client("city_leader").get("/board").status_code == 200
    assert read == [("C1",), ("C1",), ("M1",)]


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
