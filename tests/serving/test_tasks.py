"""What heads and leaders have before them: tasks by department, work by handler, promises, matters led, receptions."""

import re
from dataclasses import replace
from datetime import date

import polars as pl

from data.settings import BoardSettings
from data.store import register, users
from features.timing import SHIPPED
from serving.board_facts import make_facts
from serving.workload import workload
from tests.histories import event, register_of
from tests.serving.conftest import PARTS, Desk, log_of, token_of
from tests.serving.test_major import report
from tests.serving.test_signing import act, plan, submit, verified
from tests.serving.test_workflow import send

ROW = re.compile(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', re.DOTALL)
CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)


def table(page: str, section: str) -> dict[str, list[str]]:
    """The rows of a section's table as plain text."""
    part = page.split(f'aria-labelledby="{section}"', 1)[1].split("</section>", 1)[0]
    plain = re.compile(r"<[^>]+>")
    return {head: [plain.sub("", cell).strip() for cell in CELL.findall(rest)] for head, rest in ROW.findall(part)}


def test_a_head_sees_what_each_department_owes_the_list_and_what_comes_next(desk: Desk) -> None:
    page = desk.client("petition_head").get("/tasks").text
    assert table(page, "steps") == {
        "刑事检察部": ["3", "3", "0", "承办人核实"],
        "控告申诉检察部": ["1", "1", "0", "承办人核实"],
        "民事检察部": ["3", "3", "0", "承办人核实"],
    }
    send(desk, "petition_head", "A-2")
    assert table(desk.client("petition_head").get("/tasks").text, "steps")["刑事检察部"] == [
        "3",
        "2",
        "1",
        "承办人核实",
    ]
    # The head of a case department has their own department, less what is about their own post (G16).
    assert table(desk.client("civil_head").get("/tasks").text, "steps") == {"民事检察部": ["2", "2", "0", "承办人核实"]}
    assert [entry.action for entry in log_of(desk)].count("view_tasks") == 3
    for user in ("handler", "leader", "auditor"):
        assert desk.client(user).get("/tasks").status_code == 403


def test_the_numbers_of_a_department_open_those_entries_of_the_list(desk: Desk) -> None:
    send(desk, "petition_head", "A-2")
    client = desk.client("petition_head")
    shown = re.compile(r'<th scope="row" class="c-matter"><a href="/matters/[^"]+">([\w-]+)</a>')
    page = client.get("/tasks").text
    links = [link.replace("&amp;", "&") for link in re.findall(r'<a href="(/list[^"]+state=[^"]+)">', page)]
    found = [sorted(shown.findall(client.get(link).text)) for link in links]
    assert found == [["A-1", "A-5"], ["A-2"], ["A-7"], ["A-3", "A-4", "A-6"]]
    plan(desk, "petition_head", "A-2")
    assert shown.findall(client.get("/list?state=planned").text) == ["A-2"]


def test_a_list_is_put_in_order_within_its_parts_by_the_address(desk: Desk) -> None:
    shown = re.compile(r'<th scope="row" class="c-matter"><a href="/matters/[^"]+">([\w-]+)</a>')
    client = desk.client("petition_head")
    assert shown.findall(client.get("/list?sort=handler").text) == ["A-1", "A-5", "A-4", "A-2", "A-3", "A-6", "A-7"]
    assert shown.findall(client.get("/list?sort=number").text) == shown.findall(client.get("/list").text)
    assert 'value="due" selected' in client.get("/list?sort=due").text


def test_a_report_nobody_has_received_is_told_where_the_office_looks(desk: Desk) -> None:
    assert report(desk, "petition_head", "A-1").status_code == 303
    for user, there in (("petition_head", True), ("leader", True), ("other_head", False), ("civil_head", False)):
        page = desk.client(user).get("/tasks" if user != "leader" else "/sign").text
        assert (f"/matters/{desk.matter('A-1')}#major" in page) is there, user
    assert "待收悉报告 1 件" in desk.client("leader").get("/sign").text


def test_work_by_handler_is_counted_from_clocks_and_never_ranked() -> None:
    made = register_of(
        {
            "late": [event("2026-02-02", "letter"), event("2026-02-02", "registered")],
            "soon": [event("2026-03-25", "letter"), event("2026-03-25", "registered")],
            "ended": [event("2026-02-02", "letter"), event("2026-02-03", "closed")],
            "nobody": [event("2026-03-25", "letter"), event("2026-03-25", "registered")],
        },
        observed_until="2026-03-31",
    )
    handlers = {"late": "S9", "soon": "S1", "ended": "S5", "nobody": None}
    placed = made.matters.with_columns(
        handler=made.matters["matter_no"].replace_strict(handlers, return_dtype=pl.String), department=pl.lit("部")
    )
    facts = make_facts(replace(made, matters=placed), 2026, timing=SHIPPED)
    found = workload(facts, [], [], date(2026, 3, 31))
    assert [(one.handler, one.matters, one.late, one.soon) for one in found] == [
        ("S1", 1, 0, 1),
        ("S9", 1, 1, 0),
        (None, 1, 0, 1),
    ]


def test_a_leader_has_one_page_with_what_they_sign_promised_lead_and_received(desk: Desk) -> None:
    verified(desk)
    assert submit(desk).status_code == 303
    shown = desk.with_settings(board=BoardSettings(receptions=12))
    page = shown.client("leader").get("/sign").text
    assert "仅规则" in page
    assert "待签批 3 件" in page  # the one about the leader's own post is another's to sign
    assert "未完成的承诺 0 项" in page
    assert "已办 0，目标 12，还差 12" in page
    assert "本年还有 58 天" in page
    assert act(desk, "leader").status_code == 303
    page = shown.client("leader").get("/sign").text
    assert "待签批 0 件" in page
    assert "未完成的承诺 6 项" in page
    promised = page.split('aria-labelledby="promised"', 1)[1].split("</section>", 1)[0]
    assert promised.count("2026-11-20 前完成") == 3
    assert f"/matters/{desk.matter('A-4')}" not in page
    # The other leader promised nothing here.
    assert "未完成的承诺 0 项" in shown.client("city_leader").get("/sign").text


#: Entries of the list of the office, one of them about its leader's post.
OFFICE_A = sum(number.startswith("A-") for number in PARTS)


def test_g16_what_changed_on_a_list_is_counted_without_what_is_about_the_leader(desk: Desk) -> None:
    with desk.store.write() as connection:
        connection.exec_driver_sql("UPDATE entries SET since = 'new'")
    verified(desk)
    assert submit(desk).status_code == 303
    for user, count in (("leader", OFFICE_A - 1), ("city_leader", OFFICE_A)):
        assert f"与上期相比：新增 {count}、" in desk.client(user).get("/sign").text, user


def test_one_click_gives_the_printable_list_with_its_purpose_on_record(desk: Desk) -> None:
    client = desk.client("leader")
    page = client.get("/sign").text
    form = re.search(r'action="(/lists/[^"]+/export)".*?name="purpose" value="([^"]+)"', page, re.DOTALL)
    assert form is not None
    answer = client.post(form[1], data={"csrf": token_of(page), "purpose": form[2], "form": "pdf"})
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    assert log_of(desk)[-1].purpose == "院领导签批用"


def test_matters_led_by_the_rank_of_the_reader_are_theirs(desk: Desk) -> None:
    plan(desk, "petition_head", "A-1", ("leader_assigned", "2026-11-20"))
    page = desk.client("leader").get("/sign").text
    part = page.split('aria-labelledby="led"', 1)[1].split("</section>", 1)[0]
    assert desk.matter("A-1") in part
    assert "预案已列" in part
    ledger = desk.client("leader").get("/board/led").text
    assert desk.matter("A-1") in ledger
    assert "A-4" not in ledger


def test_an_office_without_a_ledger_is_told_what_to_do(desk: Desk) -> None:
    """The head of an office whose ledger was taken back, and of one that has no matters yet, still get in."""
    users.add_user(desk.store, replace(_account(desk, "petition_head"), user_id="new_head", office_id="P1"))
    page = desk.client("new_head").get("/tasks")
    assert page.status_code == 200
    register.undo_batch(desk.store, 1, by="operator", at=desk.clock(), reason="试")
    for user, path in (("petition_head", "/tasks"), ("leader", "/sign")):
        assert desk.client(user).get(path).status_code == 200


def _account(desk: Desk, user: str) -> users.User:
    found = users.find_user(desk.store, user)
    assert found is not None
    return found
