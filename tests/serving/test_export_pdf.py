"""The PDF of a list: every page marked, Chinese embedded, nothing a ledger says becomes code, and who may have it."""

import io
from typing import Any

import polars as pl
import pypdf
import pytest

from data.errors import SettingsError
from serving import export_pdf
from serving.export import Recipient
from serving.export_text import SENTENCE
from tests.serving.conftest import Desk, log_of, token_of
from tests.serving.test_export import ROWS, matters_of, printed


def pages(content: bytes) -> list[str]:
    """The text of each page, without its blanks: a PDF has none where lines were broken."""
    return ["".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def test_g17_every_page_is_marked_and_numbered() -> None:
    found = pages(printed(form="pdf", recipient=Recipient.OWN_LEADERS))
    assert len(found) == 4
    for number, text in enumerate(found, 1):
        for told in (
            SENTENCE,
            "发往本院领导",
            "导出petition_head",
            f"编号AAAA-BBBB-CCCC-{number}",
            f"第{number}页共4页",
        ):
            assert told in text, (number, told)
    assert "分管副检察长签批" in found[1]
    assert "检察长签批（重大事项）" in found[1]
    assert "ab" * 32 in found[3]


def test_a_long_list_repeats_its_header_and_numbers_on() -> None:
    from tests.serving.test_export import entry

    ids = {number: f"id-{place}" for place, number in enumerate(ROWS)}
    many = [entry(ids["T-1"], "must_act", rank, "larger") for rank in range(1, 80)]
    found = pages(printed(form="pdf", entries=many))
    with_rows = [text for text in found if "我院逾期12天未作每月后续答复" in text]
    assert len(with_rows) >= 4
    assert all("欠办事项(最近到期)" in text for text in with_rows)


@pytest.mark.parametrize("number", ["C0101-2026-00086", "某检控申访〔2026〕00123号", "ABCDEFGH" * 10])
def test_a_long_matter_number_stays_within_its_column(number: str) -> None:
    ids = {one: f"id-{place}" for place, one in enumerate(ROWS)}
    renamed = matters_of(ids).with_columns(matter_no=pl.col("matter_no").replace({"T-1": number}))
    reader = pypdf.PdfReader(io.BytesIO(printed(form="pdf", matters=renamed)))
    page = next(one for one in reader.pages if number[:12] in "".join(one.extract_text().split()).replace("\u200b", ""))
    text = page.extract_text()
    assert number not in text  # its lines end before the column does
    assert number in "".join(text.split()).replace("\u200b", "")


def test_a4_landscape_with_its_chinese_font_embedded() -> None:
    reader = pypdf.PdfReader(io.BytesIO(printed(form="pdf")))
    for page in reader.pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (842, 595)
        resources: Any = page["/Resources"]
        fonts: Any = resources["/Font"]
        for font in fonts.values():
            below = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = below["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(descriptor)


@pytest.mark.parametrize(
    "text", ['#panic("x")', "$x", "= 标题 <label>", "@ref *b* _i_", "\\", '"]) #read("/etc/passwd")']
)
def test_what_a_ledger_says_is_text_never_code(text: str) -> None:
    import polars as pl

    ids = {number: f"id-{place}" for place, number in enumerate(ROWS)}
    given = matters_of(ids).with_columns(department=pl.lit(text))
    found = "".join(pages(printed(form="pdf", matters=given)))
    assert "".join(text.split()) in found


def test_the_same_copy_is_the_same_file() -> None:
    assert printed(form="pdf") == printed(form="pdf")


def test_without_a_chinese_font_nothing_is_printed_in_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_pdf, "FONTS", ("No Such Face",))
    with pytest.raises(SettingsError) as refused:
        printed(form="pdf")
    assert refused.value.code == "no_chinese_font"


def ask(desk: Desk, user: str, form: str = "pdf", purpose: str = "十月签批") -> Any:
    client = desk.client(user)
    page = client.get("/list").text
    data = {"csrf": token_of(page), "form": form, "purpose": purpose}
    return client.post(f"/lists/{desk.screening_id}/export", data=data)


@pytest.mark.parametrize(
    ("user", "recipient"),
    [("petition_head", "控申部门"), ("leader", "本院领导"), ("department_head", "承办部门（刑事检察部）")],
)
def test_heads_and_leaders_get_their_own_copy_on_record(desk: Desk, user: str, recipient: str) -> None:
    answer = ask(desk, user)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert "attachment" in answer.headers["content-disposition"]
    assert f"发往{recipient}" in pages(answer.content)[0]
    exports = [one for one in log_of(desk) if one.action == "export"]
    assert [(one.user_id, one.purpose, one.detail["form"]) for one in exports] == [(user, "十月签批", "pdf")]
    book = ask(desk, user, "xlsx")
    assert book.content[:2] == b"PK"


def test_g16_a_leaders_copy_leaves_out_complaints_about_leaders(desk: Desk) -> None:
    # With its department: the number of a copy is made of letters, digits and dashes, too.
    assert "A-4民事检察部" not in "".join(pages(ask(desk, "leader").content))
    assert "A-4民事检察部" in "".join(pages(ask(desk, "petition_head").content))


def test_a_purpose_is_needed_and_passes_the_gate(desk: Desk) -> None:
    assert ask(desk, "leader", purpose=" ").status_code == 422
    refused = ask(desk, "leader", purpose="发给13800138000")
    assert refused.status_code == 422
    assert "用途中有不能保存的内容" in refused.text
    assert [one.action for one in log_of(desk) if one.action == "export"] == []


def test_handlers_and_others_export_nothing(desk: Desk) -> None:
    for user in ("handler", "steward", "auditor", "operator"):
        found = desk.client(user).post(f"/lists/{desk.screening_id}/export", data={"form": "pdf", "purpose": "x"})
        assert found.status_code == 403, user
