"""The auditor finds entries of the log, checks that it is whole, and sees unusual look-ups (G15)."""

import re
from datetime import date

from data.settings import LookSettings
from data.store import audit
from serving import journal
from serving.unusual import look_over
from tests.serving.conftest import Desk, log_of


def test_g15_the_auditor_narrows_the_log_and_checks_that_it_is_whole(desk: Desk) -> None:
    matter = desk.matter("A-1")
    desk.client("petition_head").get(f"/matters/{matter}")
    for _ in range(52):
        desk.client("leader").get("/list")
    auditor = desk.client("auditor")
    for asked, rows in (
        (f"matter={matter}", 1),
        ("user=petition_head&action=view_matter", 1),
        ("user=petition_head&action=view_list", 0),
        ("action=view_list", 50),
        ("action=view_list&before=5&office=C1", 3),
        ("first=2026-11-03&last=2026-11-03&action=view_matter", 1),
        ("last=2026-11-02", 0),
        ("first=2026-11-04", 0),
    ):
        page = auditor.get(f"/log?{asked}")
        assert (page.status_code, page.text.count("<tr><td>")) == (200, rows), asked
    assert "没有符合条件的记录" in auditor.get("/log?last=2026-11-02").text
    assert "日期写作" in auditor.get("/log?first=yesterday").text
    older = re.search(r'rel="next" href="([^"]+)"', auditor.get("/log?action=view_list&office=C1").text)
    assert older is not None
    assert auditor.get(older[1].replace("&amp;", "&")).text.count("<tr><td>") == 2
    assert log_of(desk)[-1].detail["narrowed"] == ["action", "office"]
    whole = auditor.get("/log?verify=true").text
    assert "记录完整" in whole
    assert "还没有已签检查点" in whole
    audit.write_checkpoint(desk.store, journal.audit_key(desk.state_dir), desk.state_dir / journal.CHECKPOINTS, at=1)
    assert "已签检查点证明至第" in auditor.get("/log?verify=true").text
    with desk.store.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
        connection.exec_driver_sql("UPDATE audit SET user_id = 'nobody' WHERE seq = 2")
    broken = auditor.get("/log?verify=true").text
    assert "记录不完整" in broken
    assert re.findall(r"<li>(第2条.*?)</li>", broken) == ["第2条：记录内容被改动"]


def test_unusual_look_ups_stand_on_the_log_s_page_and_lead_to_their_day(desk: Desk) -> None:
    assert "没有发现异常查看" in desk.client("auditor").get("/log").text
    for user in ("petition_head", "leader", "handler"):
        desk.client(user).get(f"/matters/{desk.matter('A-1')}")
    key, day = journal.audit_key(desk.state_dir), date(2026, 11, 3)
    strict = LookSettings(people=2)
    look_over(desk.store, key, strict, "Asia/Shanghai", first=day, last=day, now=desk.clock(), by="job")
    page = desk.client("auditor").get("/log").text
    assert "多人查看同一事项" in page
    assert "3 次（上限 2）" in page
    found = re.search(r'href="(/log\?first=2026-11-03[^"]+)"', page)
    assert found is not None
    told = desk.client("auditor").get(found[1].replace("&amp;", "&")).text
    assert told.count("<tr><td>") == 4  # the three looks, and the finding
