"""From draft to issued: every entry decided on and planned, gathered, signed by who may, and never changed after."""

import re
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from data.store import audit, plans, schema_work, signing, users
from data.store.plans import Measure, Plan, Result
from data.store.screenings import find_screening
from serving.standing import ListState, standing
from tests.serving.conftest import CUTOFF, Desk, issue, log_of, token_of
from tests.serving.test_workflow import put, send

OFFICE = "C1"
#: What goes up of the office's list: flagged above the general band.
FLAGGED = ("A-2", "A-3", "A-4", "A-6")


def post(desk: Desk, user: str, path: str, page: str = "/list", **form: Any) -> Any:
    """Send a form as a browser does, with the token of a page seen before."""
    client = desk.client(user)
    token = token_of(client.get(page).text)
    return client.post(path, data={"csrf": token, "once": str(uuid4()), **form})


def plan(desk: Desk, user: str, number: str, *lines: tuple[str, str], owner: str = "S1", **more: Any) -> Any:
    chosen = lines or (("reply", "2026-11-20"), ("explanation", "2026-11-25"))
    form = {"action": [line[0] for line in chosen], "due": [line[1] for line in chosen], "owner": owner, **more}
    return post(desk, user, f"/matters/{desk.matter(number)}/plan", **form)


def verified(desk: Desk, *, reject: tuple[str, ...] = ()) -> None:
    """Every flagged entry decided on by the petition head, those taken up with a plan."""
    for number in FLAGGED:
        assert send(desk, "petition_head", number, "reject" if number in reject else "accept").status_code == 200
        if number not in reject:
            assert plan(desk, "petition_head", number).status_code == 303


def submit(desk: Desk, user: str = "petition_head", **form: Any) -> Any:
    return post(desk, user, f"/lists/{desk.screening_id}/submit", **form)


def reopen(desk: Desk, user: str = "petition_head", **form: Any) -> Any:
    return post(desk, user, f"/lists/{desk.screening_id}/reopen", **form)


def step_of(desk: Desk) -> int:
    sent = standing(desk.store, desk.screening_id, OFFICE).sent
    assert sent is not None
    return sent.id


def act(desk: Desk, user: str, code: str = "sign", step: int | None = None, **form: Any) -> Any:
    return post(desk, user, f"/sign/{step_of(desk) if step is None else step}", "/about", act=code, **form)


def state(desk: Desk) -> ListState:
    return standing(desk.store, desk.screening_id, OFFICE).state


def test_a_list_goes_up_only_with_every_entry_decided_on_and_planned(desk: Desk) -> None:
    refused = submit(desk)
    assert refused.status_code == 409
    assert "尚未核实：A-2、A-3、A-4、A-6" in refused.text
    for number in FLAGGED:
        send(desk, "petition_head", number)
    refused = submit(desk)
    assert refused.status_code == 409
    assert "尚无化解预案：A-2、A-3、A-4、A-6" in refused.text
    assert state(desk) is ListState.DRAFT
    for number in FLAGGED:
        plan(desk, "petition_head", number)
    assert submit(desk, opinion="本期重点为后续答复").status_code == 303
    assert state(desk) is ListState.SENT
    assert submit(desk).status_code == 409


def test_the_leader_signs_each_entry_with_its_plan_and_the_list_is_issued(desk: Desk) -> None:
    verified(desk, reject=("A-3",))
    submit(desk)
    page = desk.client("leader").get("/sign").text
    assert "示例甲县院 · 截止 2026-10-31" in page
    assert "释法说理" in page
    assert "2026-11-20 前完成" in page
    assert "未采纳 1 件（附理由）" in page
    assert "签批 2 件" in page  # A-4 complains about the leader's post
    assert act(desk, "leader").status_code == 303
    assert state(desk) is ListState.PARTLY
    assert act(desk, "city_leader").status_code == 303
    assert state(desk) is ListState.SIGNED
    found = desk.client("petition_head").get("/list").text
    assert "已签批下达" in found
    step = standing(desk.store, desk.screening_id, OFFICE).sent
    assert step is not None
    assert step.content_hash in found
    matter = desk.client("handler").get(f"/matters/{desk.matter('A-4')}").text
    assert "2026-10-31 清单第 1 版，测试city_leader（院领导） 2026-11-03 09:00 签批" in matter


def test_g16_a_leader_never_sees_or_signs_a_complaint_about_the_own_post(desk: Desk) -> None:
    verified(desk)
    submit(desk)
    page = desk.client("leader").get("/sign").text
    assert "A-4" not in page
    assert "另有 1 件由其他院领导或上级院签批" in page
    above = desk.client("city_leader").get("/sign").text
    assert "A-4" in above
    # A superior office signs that one alone, not the office's list.
    assert "A-2" not in above
    act(desk, "city_leader")
    signed = signing.signatures_of(desk.store, step_of(desk))
    sent = {entry.place: entry.matter_id for entry in signing.entries_sent(desk.store, step_of(desk))}
    assert {sent[place] for place in signed} == {desk.matter("A-4")}


@pytest.mark.parametrize("user", ["handler", "department_head", "petition_head", "other_head", "steward", "auditor"])
def test_only_leaders_sign_and_only_the_petition_head_sends_up(desk: Desk, user: str) -> None:
    verified(desk)
    submit(desk)
    assert act(desk, user).status_code == 403
    if user not in ("petition_head", "other_head"):
        assert desk.client(user).post(f"/lists/{desk.screening_id}/submit", data={}).status_code == 403
    assert state(desk) is ListState.SENT


def test_the_top_band_needs_the_chief(desk: Desk) -> None:
    from data.store import schema

    with desk.store.write() as connection:
        rows = schema.entries.c.matter_id == desk.matter("A-2")
        connection.execute(sa.update(schema.entries).where(rows).values(band="major"))
    verified(desk)
    submit(desk)
    assert "须检察长签批" in desk.client("leader").get("/sign").text
    act(desk, "leader")
    act(desk, "city_leader")
    assert state(desk) is ListState.PARTLY
    found = users.find_user(desk.store, "leader")
    assert found is not None
    users.add_user(desk.store, replace(found, user_id="chief", chief=True))
    assert act(desk, "chief").status_code == 303
    assert state(desk) is ListState.SIGNED


def test_a_returned_list_says_why_and_goes_up_again_as_a_new_version(desk: Desk) -> None:
    verified(desk)
    submit(desk)
    assert act(desk, "leader", "return").status_code == 422  # no opinion
    assert act(desk, "leader", "return", opinion="A-2 的答复日期请提前").status_code == 303
    assert state(desk) is ListState.RETURNED
    assert "A-2 的答复日期请提前" in desk.client("petition_head").get("/list").text
    assert plan(desk, "petition_head", "A-2", ("reply", "2026-11-10")).status_code == 303
    submit(desk)
    sent = standing(desk.store, desk.screening_id, OFFICE)
    assert (sent.version, sent.state) == (2, ListState.SENT)


def test_what_went_up_is_not_changed_and_a_correction_is_a_new_version(desk: Desk) -> None:
    verified(desk)
    submit(desk)
    first = step_of(desk)
    assert send(desk, "petition_head", "A-2", "reject").json()["code"] == "list_sent"
    assert plan(desk, "petition_head", "A-2").status_code == 409
    act(desk, "leader")
    act(desk, "city_leader")
    assert send(desk, "petition_head", "A-2", "reject").json()["code"] == "list_sent"
    # Must-acts wait for no signature: they can be decided on all the time.
    assert send(desk, "handler", "A-1").status_code == 200
    kept = signing.entries_sent(desk.store, first)
    assert reopen(desk).status_code == 422  # a reason is needed
    assert reopen(desk, opinion="台账更正：A-2 已于上月答复").status_code == 303
    assert state(desk) is ListState.DRAFT
    send(desk, "petition_head", "A-2", "reject")
    submit(desk)
    assert standing(desk.store, desk.screening_id, OFFICE).version == 2
    assert signing.entries_sent(desk.store, first) == kept
    assert len(signing.signatures_of(desk.store, first)) == 4
    for table in (schema_work.plans, schema_work.list_steps, schema_work.signed_entries, schema_work.entry_signatures):
        with pytest.raises(Exception, match="never changed"), desk.store.write() as connection:
            connection.execute(sa.update(table).values({next(iter(table.c)).name: 77}))


def test_the_printed_hash_is_that_of_what_went_up(desk: Desk) -> None:
    verified(desk)
    submit(desk)
    step, entries = signing.find_step(desk.store, step_of(desk)), signing.entries_sent(desk.store, step_of(desk))
    listed = find_screening(desk.store, desk.screening_id).list_hash
    for entry in entries:
        assert signing.canonical_hash(entry.content) == entry.content_hash
    assert signing.version_hash(listed, OFFICE, 1, entries) == step.content_hash
    changed = [replace(entries[0], content_hash="0" * 64), *entries[1:]]
    assert signing.version_hash(listed, OFFICE, 1, changed) != step.content_hash


def test_a_double_click_signs_once_and_sends_once(desk: Desk) -> None:
    verified(desk)
    once = str(uuid4())
    assert submit(desk, once=once).status_code == 303
    assert submit(desk, once=once).status_code == 303
    assert len(signing.steps_of(desk.store, desk.screening_id, OFFICE)) == 1
    assert act(desk, "leader", once=once).status_code == 303
    assert act(desk, "leader", once=once).status_code == 303
    assert act(desk, "leader").status_code == 409
    assert len(signing.signatures_of(desk.store, step_of(desk))) == 3


def test_a_list_that_was_taken_back_cannot_be_signed_from_an_old_page(desk: Desk) -> None:
    verified(desk)
    submit(desk)
    step = step_of(desk)
    reopen(desk, opinion="还需补充")
    assert act(desk, "leader", step=step).status_code == 409
    assert signing.signatures_of(desk.store, step) == {}


def test_g15_every_step_is_on_record_and_a_signature_leaves_a_checkpoint(desk: Desk) -> None:
    verified(desk)
    submit(desk)
    before = len(log_of(desk))
    act(desk, "leader")
    told = [(one.action, one.matter_id is not None) for one in log_of(desk)[before:]]
    assert told.count(("sign_list", False)) == 1
    assert told.count(("sign_entry", True)) == 3
    assert {"plan", "submit_list", "view_sign"} <= {one.action for one in log_of(desk)} | {"view_sign"}
    marks = audit.read_checkpoints(desk.state_dir / "checkpoints.jsonl")
    assert len(marks) == 1


def test_g2_opinions_pass_the_gate(desk: Desk) -> None:
    verified(desk)
    refused = submit(desk, opinion="做好看护")
    assert refused.status_code == 422
    assert "文字中有不能保存的内容" in refused.text
    submit(desk)
    refused = act(desk, "leader", "return", opinion="该人手机13800138000")
    assert refused.status_code == 422
    assert state(desk) is ListState.SENT
    assert [one.detail for one in log_of(desk) if one.action == "text_refused"] == [{"refusals": 1}, {"refusals": 1}]


def test_red_line_5_a_plan_holds_help_and_duties_only(desk: Desk) -> None:
    refused = plan(
        desk, "handler", "A-1", ("watch", "2026-11-20"), ("reply", ""), ("reply", "2031-01-01"), owner="张三"
    )
    assert refused.status_code == 422
    for told in ("第1项：请选择办理措施", "第2项：请写明完成日期", "第3项：完成日期应在今天起一年内"):
        assert told in refused.text
    assert plan(desk, "handler", "A-1", owner="张三").status_code == 422
    assert plans.of_matter(desk.store, Plan, desk.matter("A-1")) == []
    page = desk.client("handler").get(f"/matters/{desk.matter('A-1')}").text
    offered = set(re.findall(r'<option value="([a-z_]+)"', page.split('name="action"')[1].split("</select>")[0]))
    assert offered == {
        "reply", "monthly_follow_up", "explanation", "material_told", "hearing", "aid", "lawyer", "joint_meeting",
        "leader_reception", "leader_assigned", "review", "correction", "transfer_told", "counselling", "field_visit",
    }  # fmt: skip


def measure(desk: Desk, user: str, number: str, **form: Any) -> Any:
    sent = {"action": "reply", "done_on": "2026-11-02", "outcome": "done", "document_no": "检复〔2026〕11号", **form}
    return post(desk, user, f"/matters/{desk.matter(number)}/measure", **sent)


def test_measures_and_results_are_recorded_and_looked_back_on(desk: Desk) -> None:
    plan(desk, "handler", "A-1", ("reply", "2026-11-03"), ("hearing", "2026-11-04"))
    result = f"/matters/{desk.matter('A-1')}/result"
    assert post(desk, "handler", result, result="answered").status_code == 409  # nothing was done yet
    assert measure(desk, "handler", "A-1", done_on="2026-12-01").status_code == 422
    assert measure(desk, "handler", "A-1", document_no="身份证110101199003070011").status_code == 422
    assert measure(desk, "handler", "A-1").status_code == 303
    desk.clock.forward(hours=72)
    page = desk.client("handler").get(f"/matters/{desk.matter('A-1')}").text
    assert "逾期未办" in page  # the hearing
    assert post(desk, "handler", result, result="answered").status_code == 303
    page = desk.client("petition_head").get(f"/matters/{desk.matter('A-1')}").text
    assert "已答复说理：测试handler（承办人）" in page
    assert "90天回看：2027-02-04 起可看" in page
    assert [one.result for one in plans.of_matter(desk.store, Result, desk.matter("A-1"))] == ["answered"]
    assert [one.action for one in plans.of_matter(desk.store, Measure, desk.matter("A-1"))] == ["reply"]


def test_nobody_plans_for_another_office_or_on_a_matter_off_the_list(desk: Desk) -> None:
    assert plan(desk, "other_head", "A-1").status_code == 404
    assert desk.client("leader").post(f"/matters/{desk.matter('A-1')}/plan", data={}).status_code == 403


def test_the_next_list_carries_plan_and_says_what_changed(desk: Desk) -> None:
    verified(desk)
    later = issue(desk.store, desk.ids, cutoff=CUTOFF + 30 * 86_400_000_000)
    page = desk.client("petition_head").get(f"/list?screening={later}").text
    assert page.count("已附预案") == 4
    assert "尚未核实" in page


def test_an_unsigned_list_is_reported_after_some_days(desk: Desk) -> None:
    assert "尚未签批下达" not in desk.client("petition_head").get("/list").text
    desk.clock.forward(hours=24 * 4)
    assert "本期清单成稿已 6 天，尚未签批下达" in desk.client("petition_head").get("/list").text


def test_a_hand_added_matter_goes_up_too(desk: Desk) -> None:
    from tests.serving.test_workflow import unlist

    unlist(desk, "A-2")
    assert put(desk, "department_head", "A-2").status_code == 200
    assert "尚未核实：A-3、A-4、A-6、A-2" in submit(desk).text


def test_a_must_act_put_forward_by_hand_stays_as_it_went_up(desk: Desk) -> None:
    verified(desk)
    assert put(desk, "petition_head", "A-1").status_code == 200
    assert send(desk, "petition_head", "A-1", "accept").status_code == 200
    assert plan(desk, "petition_head", "A-1").status_code == 303
    assert submit(desk).status_code == 303
    late = send(desk, "petition_head", "A-1", "reject")
    assert late.status_code == 409
    assert late.json()["code"] == "list_sent"
    assert plan(desk, "petition_head", "A-1").status_code == 409
    # A must-act that nobody put forward waits for no signature and stays open.
    assert send(desk, "petition_head", "A-5", "accept").status_code == 200
