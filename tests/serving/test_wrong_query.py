"""A page asked for with a wrong filter says which field, what was given, what is allowed, and leads on without it."""

import re
from html import unescape

import pytest

from tests.serving.conftest import Desk


def told(desk: Desk, address: str, user: str = "petition_head") -> tuple[str, str]:
    """The words of the page of a refusal and where it leads."""
    answer = desk.client(user).get(address)
    assert answer.status_code == 422
    main = answer.text.split("<main", 1)[1].split("</main>")[0]
    assert re.search(r"<code>[0-9a-f]{16}</code>", main)
    mended = re.search(r'<a href="([^"]+)">(?:去掉|Open this)', main)
    assert mended is not None
    return unescape(re.sub(r"<[^>]*>", " ", main)), unescape(mended[1])


@pytest.mark.parametrize(
    ("address", "words", "mended"),
    [
        (
            "/matters?state=late&sort=due",
            "“办理状态”（state）：给出的是“late”，可用：pending、bare、planned，或留空",
            "/matters?sort=due",
        ),
        ("/matters?month=oct", "“月份”（month）：给出的是“oct”，应为年-月，如 2026-10，或留空", "/matters"),
        ("/list?page=0", "“页码”（page）：给出的是“0”，应不小于 1", "/list"),
        ("/list?page=x&sort=due", "给出的是“x”，应为整数", "/list?sort=due"),
        ("/list?colour=red&sort=due", "有误的参数：colour", "/list?sort=due"),
        ("/list?sort=due&sort=due", "有误的参数：sort", "/list?sort=due"),
    ],
)
def test_the_page_says_what_is_wrong_and_how_to_mend_it(desk: Desk, address: str, words: str, mended: str) -> None:
    text, href = told(desk, address)
    assert words in text
    assert href == mended
    assert desk.client("petition_head").get(href).status_code == 200


def test_in_english(desk: Desk) -> None:
    text, href = told(desk, "/matters?state=late&lang=en")
    assert "“State” (state): “late” was given; it is one of: pending, bare, planned, or empty" in text
    assert href == "/matters?lang=en"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_filter_is_called_what_its_page_calls_it(desk: Desk, language: str) -> None:
    page = desk.client("petition_head").get(f"/matters?lang={language}").text
    labels = dict(re.findall(r'<label for="f-(\w+)">([^<]*)</label>', page))
    asked = sorted({"state", "clock", "sort"} & set(labels))
    assert len(asked) == 3
    for field in asked:
        assert f"“{unescape(labels[field])}”" in told(desk, f"/matters?{field}=wrong&lang={language}")[0]


def test_g2_what_was_given_is_escaped_shortened_and_no_person_is_repeated(desk: Desk) -> None:
    assert "<b>" not in desk.client("petition_head").get("/matters?state=<b>x</b>").text
    assert "a" * 41 not in told(desk, "/matters?state=" + "a" * 300)[0]
    for person in ("13912345678", "张三丰"):
        assert person not in told(desk, f"/matters?state={person}")[0]
        assert person not in told(desk, f"/matters?{person}=1")[0]


def test_g2_of_a_form_nothing_is_repeated(desk: Desk) -> None:
    answer = desk.client("petition_head").post(f"/matters/{desk.matter('A-2')}/decision", data={"decision": "hold"})
    assert answer.status_code == 422
    assert "“hold”" not in answer.text
    assert "decision" in answer.text
