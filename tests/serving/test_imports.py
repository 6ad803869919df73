"""An office brings its ledger in on the pages: only its own, only by those entitled, and nothing is left about."""

import io
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import polars as pl
import pytest

from data.contract import Attributes
from data.mapping import EVENT_FIELDS, MATTER_FIELDS
from data.reconcile import ATTRIBUTE_DRAFT, EVENT_DRAFT
from data.store import batches, mappings, register
from serving.web.text import TEXTS
from tests.serving.conftest import Desk, log_of, token_of

HEAD = "信访编号,登记时间,受理时间,答复时间,来访人,联系电话"


def ledger(*rows: str) -> bytes:
    return "\n".join([HEAD, *rows]).encode("gb18030")


def month(n: int, *more: str) -> bytes:
    rows = [f"L{i},2026-0{i % 8 + 1}-05,2026-0{i % 8 + 1}-06,2026-0{i % 8 + 1}-20,王芳,13800138000" for i in range(n)]
    return ledger(*rows, *more)


def send(client: Any, content: bytes, name: str = "台账.csv", **fields: str) -> Any:
    form = {"csrf": token_of(client.get("/import").text), **fields}
    return client.post("/import", data=form, files={"file": (name, content)})


def values_of(page: str) -> dict[str, str]:
    """What the form on a page would send as it stands."""
    sent = {"csrf": token_of(page)}
    form = page[page.index('class="import-map"') :]
    for name, body in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        sent[name] = chosen[1] if chosen else ""
    lag = re.search(r'name="lag"[^>]*value="(\d+)"', form)
    return sent | {"lag": lag[1] if lag else "3"}


def bring_in(client: Any, content: bytes, **fields: str) -> str:
    """Upload, accept the mapping as proposed, import; the address of the upload."""
    found = send(client, content, **fields)
    assert found.status_code == 303, found.text
    where = found.headers["location"].removesuffix("/check")
    if not found.headers["location"].endswith("/check"):
        page = client.get(where)
        assert page.status_code == 200
        saved = client.post(where, data=values_of(page.text))
        assert saved.status_code == 303, saved.text
    page = client.get(f"{where}/check")
    assert page.status_code == 200, page.text
    done = client.post(f"{where}/commit", data={"csrf": token_of(page.text), "confirm": "yes"})
    assert (done.status_code, done.headers["location"]) == (303, f"{where}/done")
    return where


def kept(desk: Desk) -> list[Path]:
    return [path for path in (desk.state_dir / "uploads").rglob("*") if path.is_file()]


def test_a_ledger_is_uploaded_mapped_tried_and_imported(desk: Desk) -> None:
    client = desk.client("petition_head")
    found = send(client, month(6, "L9,2026-03-05,不详,2026-03-01,赵金丝,13800138000"))
    where = found.headers["location"]
    page = client.get(where).text
    assert "已屏蔽" in page
    for secret in ("王芳", "赵金丝", "13800138000"):
        assert secret not in page
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in kept(desk))
    assert stat.S_IMODE((desk.state_dir / "uploads").stat().st_mode) == 0o700
    before = len(batches.read_batches(desk.store))
    saved = client.post(where, data=values_of(page))
    check = client.get(saved.headers["location"]).text
    assert "试运行：未写入任何内容" in check
    assert "答复日期早于登记日期" in check
    assert len(batches.read_batches(desk.store)) == before
    for _ in range(2):
        done = client.post(f"{where}/commit", data={"csrf": token_of(check)})
        assert done.headers["location"] == f"{where}/done"
    assert len(batches.read_batches(desk.store)) == before + 1
    page = client.get(f"{where}/done")
    assert "下载退回表" in page.text
    assert "L9" not in page.text
    # The ledger itself is gone, and what came back is for the uploader alone.
    assert not [path for path in kept(desk) if b"13800138000" in path.read_bytes()]
    back = client.get(f"{where}/returned.xlsx")
    assert back.headers["cache-control"] == "no-store"
    cells = [c.value for row in openpyxl.load_workbook(io.BytesIO(back.content)).worksheets[0].iter_rows() for c in row]
    assert "L9" in cells
    assert "王芳" not in cells
    for other in ("operator", "other_head"):
        assert desk.client(other).get(f"{where}/returned.xlsx").status_code == 404
    actions = [entry.action for entry in log_of(desk)]
    assert {"upload", "ingest", "upload_returned", "view_imports"} <= set(actions)
    desk.clock.forward(hours=24)
    client = desk.client("petition_head")
    assert client.get(f"{where}/returned.xlsx").status_code == 404
    client.get("/import")
    assert kept(desk) == []


def test_next_month_nothing_is_typed_twice_and_a_past_list_stays(desk: Desk) -> None:
    client = desk.client("petition_head")
    bring_in(client, month(12))
    seen = register.read_register(desk.store, batch_id=batches.latest_batch(desk.store))
    then = batches.latest_batch(desk.store)
    # The reply of one matter gets another date, and one matter is new.
    later = month(12).decode("gb18030").replace("01-06,2026-01-20", "01-06,2026-01-25", 1).encode("gb18030")
    found = send(client, later + "\nL50,2026-10-05,2026-10-06,,王芳,".encode("gb18030"))
    assert found.headers["location"].endswith("/check")
    page = client.get(found.headers["location"]).text
    assert "沿用记住的映射第 1 版" in page
    where = found.headers["location"].removesuffix("/check")
    client.post(f"{where}/commit", data={"csrf": token_of(page)})
    assert batches.latest_batch(desk.store) == then + 1
    assert batches.batch_report(desk.store, batches.latest_batch(desk.store)).mapping_version == ("C1", 1)
    now = register.read_register(desk.store)
    assert now.events["known_until"].drop_nulls().len() == 1
    assert now.events.height == seen.events.height + 3
    again = register.read_register(desk.store, batch_id=then)
    assert again.events.sort("event_id", "known_from").equals(seen.events.sort("event_id", "known_from"))
    # A changed header: the page says which column is gone, and starts from the remembered mapping.
    changed = send(client, month(6).decode("gb18030").replace("答复时间", "回告时间").encode("gb18030"))
    page = client.get(changed.headers["location"]).text
    assert "缺少列：答复时间" in page


def test_a_double_click_imports_once_and_both_see_it_done(desk: Desk) -> None:
    client = desk.client("petition_head")
    where = send(client, month(12)).headers["location"].removesuffix("/check")
    assert client.post(where, data=values_of(client.get(where).text)).status_code == 303
    data = {"csrf": token_of(client.get(f"{where}/check").text), "confirm": "yes"}
    before = batches.latest_batch(desk.store)
    with ThreadPoolExecutor(2) as threads:
        clicks = [threads.submit(client.post, f"{where}/commit", data=data) for _ in range(2)]
        answers = [click.result() for click in clicks]
    assert [(one.status_code, one.headers["location"]) for one in answers] == [(303, f"{where}/done")] * 2
    assert batches.latest_batch(desk.store) == before + 1


def test_a_wrong_or_empty_file_and_a_stranger_are_refused_in_words(desk: Desk) -> None:
    client = desk.client("petition_head")
    assert "请选择一个有内容的台账文件" in send(client, b"").text
    wrong = send(client, b"%PDF-1.7 nothing", name="王芳.pdf")
    assert wrong.status_code == 422
    assert "王芳" not in wrong.text
    assert kept(desk) == []
    assert client.post("/import", files={"file": ("a.csv", month(2))}).status_code == 403
    assert client.post("/import", data={"file": "a"}).status_code == 422
    assert send(client, month(2), office="C2").status_code == 403
    assert send(client, month(2), until="gestern").status_code == 422
    small = desk.with_settings(imports=desk.settings.imports.model_copy(update={"upload_mb": 1}))
    assert send(small.client("petition_head"), b"x" * (2 << 20)).status_code == 413
    found = send(client, month(2)).headers["location"]
    for name in ("operator", "other_head"):
        for path in ("", "/check", "/done", "/returned.xlsx"):
            assert desk.client(name).get(found + path).status_code == 404
    assert desk.client("handler").get("/import").status_code == 403
    client.post(f"{found}/drop", data={"csrf": token_of(client.get("/import").text)})
    assert kept(desk) == []


def test_an_import_is_taken_back_with_a_reason(desk: Desk) -> None:
    client = desk.client("petition_head")
    bring_in(client, month(4))
    number = batches.latest_batch(desk.store)
    page = client.get(f"/import/batches/{number}").text
    assert "数据质量报告" in page
    token = token_of(page)
    for reason in ("", "找王芳女士 13800138000"):
        refused = client.post(f"/import/batches/{number}/undo", data={"csrf": token, "reason": reason})
        assert refused.status_code == 422
    assert desk.client("other_head").get(f"/import/batches/{number}").status_code == 404
    done = client.post(f"/import/batches/{number}/undo", data={"csrf": token, "reason": "交来的是去年的台账"})
    assert done.status_code == 303
    assert batches.read_batches(desk.store)[-1].undoes == number
    again = client.post(f"/import/batches/{number}/undo", data={"csrf": token, "reason": "再试一次"})
    assert again.status_code == 403


@pytest.mark.parametrize("second", ["leader", "operator"])
def test_g26_what_a_mapping_declares_waits_for_a_second_person(desk: Desk, second: str) -> None:
    client = desk.client("petition_head")
    head = HEAD.replace("来访人", "案件类别")
    rows = [f"L{i},2026-03-05,2026-03-06,2026-03-20,控告,13800138000" for i in range(4)]
    where = send(client, "\n".join([head, *rows]).encode()).headers["location"]
    sent = values_of(client.get(where).text) | {"owner": "控告申诉检察部", "second": "案件管理部"}
    assert client.post(where, data=sent).status_code == 303
    page = client.get(f"{where}/check").text
    assert "attributes.category" in page
    refused = client.post(f"{where}/commit", data={"csrf": token_of(page)})
    assert refused.status_code == 403
    assert client.post(f"{where}/propose", data={"csrf": token_of(page)}).status_code == 303
    own = client.get("/mappings")
    assert "待另一人确认" in own.text
    assert "attributes.category：描述事项；申明 控告申诉检察部；确认 案件管理部" in own.text
    assert "category (描述事项)" in client.get(where).text
    form = {"office": "C1", "version": "1", "csrf": token_of(own.text)}
    assert client.post("/mappings/confirm", data=form).status_code == 403
    assert not mappings.read_mappings(desk.store)[0].usable
    other = desk.client(second)
    form["csrf"] = token_of(other.get("/mappings").text)
    assert other.post("/mappings/confirm", data=form).status_code == 303
    page = client.get(f"{where}/check").text
    assert client.post(f"{where}/commit", data={"csrf": token_of(page)}).status_code == 303
    assert batches.batch_report(desk.store, batches.latest_batch(desk.store)).mapping_version == ("C1", 2)


def test_every_field_of_a_mapping_has_its_word_on_the_form() -> None:
    fields = {f"import.field.{field}" for field in (*MATTER_FIELDS, *EVENT_FIELDS)}
    assert fields <= TEXTS.keys()


def test_an_import_that_brought_other_offices_too_is_told_and_not_opened(desk: Desk) -> None:
    stored = register.read_register(desk.store)
    wide = batches.Batch(
        source="test",
        file_sha256="9" * 64,
        mapping_name="ledger",
        mapping_sha256="0" * 64,
        coverage="append",
        offices=("C1", "C2"),
        observed_until=desk.clock.now,
        time_zone="Asia/Shanghai",
        recorded_at=desk.clock.now,
        recorded_by="operator",
        counts={"matters": 4711471, "events": 4711472},
    )
    new = stored.matters.head(1).with_columns(matter_no=pl.lit("C1-99"), matter_id=pl.lit(str(uuid4())))
    outcome = register.write_batch(
        desk.store,
        wide,
        new,
        stored.events.head(0).select(EVENT_DRAFT),
        Attributes.create_empty().select(ATTRIBUTE_DRAFT),
    )
    with desk.store.write() as connection:
        linked = batches.insert_act(connection, "link", office_id="C1", at=desk.clock.now, by="petition_head")
    page = desk.client("petition_head").get("/import").text
    assert "还没有导入过本院的台账" not in page
    assert "与其他单位一并导入" in page
    assert "4711471" not in page  # how many other offices have is not this one's to read
    assert f"/import/batches/{outcome.batch_id}" not in page
    assert "人工确认的编号关联" in page
    assert f"/import/batches/{linked}" not in page
    assert desk.client("petition_head").get(f"/import/batches/{outcome.batch_id}").status_code == 404
    city = desk.client("operator", "en").get("/import?lang=en").text
    assert "4711471" in city
    assert f"/import/batches/{outcome.batch_id}" in city
    assert "a link a person confirmed" in city
