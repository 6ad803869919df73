"""What is typed into a filled-in list passes the gate, and nothing refused is kept or said back."""

import json

import pytest

from tests.serving.conftest import Desk, log_of
from tests.serving.test_read_back import exported, fill, upload


@pytest.mark.parametrize("text", ["稳控起来", "电话13912345678"])
@pytest.mark.parametrize("column", ["措施", "结果"])
def test_g2_typed_words_pass_the_gate_and_only_a_count_is_logged(desk: Desk, text: str, column: str) -> None:
    book = exported(desk)
    fill(book, "A-1", text if column == "措施" else "回复", "2026-11-01", text if column == "结果" else None)
    page = upload(desk, book)
    assert page.status_code == 200
    assert "不能登记" in page.text
    assert "13912345678" not in page.text
    refused = [one for one in log_of(desk) if one.action == "text_refused"]
    assert [one.detail for one in refused] == [{"refusals": 1}]
    assert text not in json.dumps([one.detail for one in log_of(desk)], ensure_ascii=False)
    assert not list(desk.state_dir.glob("uploads/**/*"))
