"""What people did on a list stands on its copies: states, plans, matters put forward by hand, and the signatures."""

from datetime import date

from data.store import flags, plans, signing
from data.store.flags import Decision, PutForward
from data.store.plans import Plan, PlanLine
from data.store.signing import ListStep, SentEntry, Signature
from serving.export import Recipient
from tests.serving.test_export import CUTOFF, NOW, Listed, filled, listed, numbers, opened, table, texts

__all__ = ["filled", "listed"]


def worked(listed: Listed) -> None:
    """The first flag accepted with a plan, and one matter put forward by hand."""
    matter = listed.ids["T-1"]
    accepted = Decision(
        screening_id=listed.screening_id,
        matter_id=matter,
        office_id="C1",
        decided_by="petition_head",
        role="petition_head",
        at=NOW,
        decision="accept",
        reason="已核实",
        once="1",
    )
    flags.add_decision(listed.store, accepted)
    lines = (PlanLine(action="explanation", due=date(2026, 11, 20)), PlanLine(action="reply", due=date(2026, 11, 25)))
    plan = Plan(
        screening_id=listed.screening_id,
        matter_id=matter,
        office_id="C1",
        owner="S7",
        lines=lines,
        by="petition_head",
        role="petition_head",
        at=NOW,
        once="2",
    )
    plans.add(listed.store, plan)
    put = PutForward(
        matter_id=listed.ids["R-1"],
        office_id="C1",
        cutoff=CUTOFF,
        put_by="petition_head",
        at=NOW,
        reason="=承诺的答复日期临近",
        once="3",
    )
    flags.add_put_forward(listed.store, put)


def test_states_plans_and_matters_by_hand_stand_on_the_copy(listed: Listed) -> None:
    worked(listed)
    book = opened(listed.export())
    assert book.sheetnames == ["必办事项", "人工提报", "本月提示", "随机抽查", "说理质量回看", "说明"]
    rows = {row["事项编号"].value: row for row in table(book["本月提示"])[1]}
    assert rows["T-1"]["核实状态"].value == "已接受"
    assert rows["T-1"]["措施"].value is None
    assert rows["T-1"]["化解预案"].value == "S7：释法说理（2026-11-20前）；回复（2026-11-25前）"
    assert rows["T-5"]["核实状态"].value == "待核实"
    by_hand = table(book["人工提报"])[1]
    assert [row["事项编号"].value for row in by_hand] == ["R-1"]
    assert by_hand[0]["理由与依据"].value == "=承诺的答复日期临近"
    assert by_hand[0]["理由与依据"].data_type == "s"


def test_a_leaders_copy_holds_what_was_put_forward_and_a_department_only_its_own(listed: Listed) -> None:
    worked(listed)
    assert numbers(opened(listed.export(recipient=Recipient.OWN_LEADERS))["人工提报"]) == ["R-1"]
    other = opened(listed.export(recipient=Recipient.CASE_DEPARTMENT, department="别的部门"))
    assert "人工提报" not in other.sheetnames


def test_the_notes_print_the_hash_that_was_signed_and_by_whom(listed: Listed) -> None:
    assert "草案" in texts(opened(listed.export())["说明"])
    entry = SentEntry(
        place=1,
        matter_id=listed.ids["T-1"],
        part="points",
        band="larger",
        taken=True,
        content={},
        content_hash="c" * 64,
    )
    step = ListStep(
        id=0,
        screening_id=listed.screening_id,
        office_id="C1",
        step="submit",
        version=1,
        opinion="",
        by="petition_head",
        role="petition_head",
        at=NOW,
        once="4",
        content_hash="d" * 64,
    )
    made = signing.add_step(listed.store, step, [entry])
    signature = Signature(step_id=made.id, place=1, by="leader", role="leader", at=NOW, once="5")
    signing.add_signatures(listed.store, [signature])
    told = texts(opened(listed.export())["说明"])
    assert "已签批下达" in told
    assert f"第 1 版 {'d' * 64}" in told
    assert "测试leader 于 2026-11-03 09:00" in told
