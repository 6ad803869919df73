"""Who asks how the work on a matter was ordered gets a paper within fifteen days; the request is a clock (G23)."""

import io
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pypdf
import pytest

from data.store import explanations
from data.store.erasure import remove_rows
from data.store.signing import canonical_hash
from serving.explanation_pdf import explanation_pdf
from tests.serving.conftest import Desk, log_of, make_scorecard, token_of


def send(desk: Desk, user: str, path: str, form: dict[str, str], language: str = "zh") -> Any:
    client = desk.client(user, language=language)
    token = token_of(client.get("/list").text)
    return client.post(path, data={"csrf": token, **form})


def ask(desk: Desk, user: str = "handler", number: str = "A-1", **form: str) -> Any:
    return send(desk, user, f"/matters/{desk.matter(number)}/explanations", {"once": str(uuid4()), **form})


def only(desk: Desk, number: str = "A-1") -> explanations.Explanation:
    (found,) = explanations.explanations_of_matter(desk.store, desk.matter(number))
    return found


def make(desk: Desk, user: str = "handler", number: str = "A-1", language: str = "zh") -> Any:
    one = only(desk, number)
    path = f"/matters/{desk.matter(number)}/explanations/{one.request.request_id}/paper"
    return send(desk, user, path, {"language": language})


def give(desk: Desk, user: str = "handler", **form: str) -> Any:
    number = only(desk).request.request_id
    return send(desk, user, f"/matters/{desk.matter('A-1')}/explanations/{number}/given", {"way": "person", **form})


def text_of(content: Any) -> str:
    return "\n".join([content["title"], *(line for _, lines in content["sections"] for line in lines)])


def test_g23_asked_made_and_handed_over_within_fifteen_days(desk: Desk) -> None:
    assert ask(desk).status_code == 303
    one = only(desk)
    assert (one.request.due_on - one.request.asked_on).days == 15
    page = desk.client("handler").get(f"/matters/{desk.matter('A-1')}").text
    assert f"应于 {one.request.due_on} 前出具" in page
    assert "说明申请" in desk.client("petition_head").get("/corrections").text

    made = make(desk)
    assert made.status_code == 303
    paper = only(desk).papers[0]
    assert made.headers["location"] == f"/explanations/{paper.paper_id}"
    assert paper.sha256 == canonical_hash(paper.content)
    told = text_of(paper.content)
    for must in (
        "排序工具",  # that a tool ordered the work
        "不用其他事项、其他人的信息",  # what it used
        "姓名、证件号",  # what it never uses
        "我院逾期12天未作每月后续答复",  # the reasons on the list
        "更正",  # how to correct
    ):
        assert must in told
    shown = desk.client("handler").get(f"/explanations/{paper.paper_id}").text
    assert paper.content["title"] in shown
    assert paper.sha256 in shown

    assert give(desk).status_code == 303
    given = only(desk).given
    assert given is not None
    assert given.paper_id == paper.paper_id
    assert "已送达" in desk.client("handler").get(f"/matters/{desk.matter('A-1')}").text
    assert "没有待出具的说明" in desk.client("petition_head").get("/corrections").text
    acts = [one.action for one in log_of(desk) if one.action.startswith("explanation_")]
    assert acts == ["explanation_asked", "explanation_made", "explanation_printed", "explanation_given"]


def test_g23_what_is_late_is_shown_as_late(desk: Desk) -> None:
    ask(desk)
    desk.clock.forward(hours=24 * 18)
    assert "逾期未出具 3 天" in desk.client("petition_head").get("/corrections").text
    assert "逾期未出具 3 天" in desk.client("handler").get(f"/matters/{desk.matter('A-1')}").text


def test_g23_the_paper_says_who_decided(desk: Desk) -> None:
    form = {"screening": desk.screening_id, "decision": "accept", "reason": "材料已核对", "once": str(uuid4())}
    sent = send(desk, "handler", f"/matters/{desk.matter('A-1')}/decision", form)
    assert sent.status_code == 303
    ask(desk)
    make(desk)
    told = text_of(only(desk).papers[0].content)
    assert re.search(r"（承办人）核实：接受", told)
    assert "材料已核对" not in told  # what colleagues wrote to each other is not for the paper


def test_g23_by_a_model_the_paper_names_what_weighs_with_its_value(desk: Desk, approve: Callable[..., int]) -> None:
    version = approve(make_scorecard())
    ask(desk)
    make(desk)
    told = text_of(only(desk).papers[0].content)
    assert f"模型第{version}版" in told
    assert re.search(r"距上次实质.*?\d", told)
    make(desk, language="en")
    newest = only(desk).papers[0].content
    assert newest["language"] == "en"
    assert not re.search(r"[\u4e00-\u9fff]{6,}", text_of(newest).replace("我院逾期12天未作每月后续答复", ""))


def test_g14_a_spot_check_is_told_without_a_band(desk: Desk) -> None:
    number = next(one for one in ("A-1", "A-2", "A-3", "A-6", "A-7") if _part(desk, one) == "spot")
    user = "petition_head"
    assert ask(desk, user, number).status_code == 303
    assert make(desk, user, number).status_code == 303
    line = next(one for one in text_of(only(desk, number).papers[0].content).splitlines() if "随机抽查" in one)
    assert "较大" not in line


def _part(desk: Desk, number: str) -> str:
    from data.store import screenings

    found = screenings.entries_of_matter(desk.store, desk.matter(number))
    return found[0][1].part if found else ""


def test_the_printed_paper_is_a_pdf_of_the_kept_words(desk: Desk) -> None:
    ask(desk)
    make(desk)
    paper = only(desk).papers[0]
    answer = desk.client("handler").get(f"/explanations/{paper.paper_id}/pdf")
    assert answer.headers["content-type"] == "application/pdf"
    pages = pypdf.PdfReader(io.BytesIO(answer.content)).pages
    words = re.sub(r"\s", "", "".join(page.extract_text() for page in pages))
    assert re.sub(r"\s", "", paper.content["title"]) in words
    assert paper.content["serial"] in words
    again = explanation_pdf(paper.content, made_at=paper.made_at, demo=desk.settings.demo)
    assert again == answer.content


def test_what_was_made_stays_when_the_matter_goes_on(desk: Desk) -> None:
    ask(desk)
    make(desk)
    first = only(desk).papers[0]
    desk.clock.forward(hours=48)
    make(desk)
    papers = only(desk).papers
    assert [one.paper_id for one in papers][-1] == first.paper_id
    assert papers[-1].content == first.content
    assert papers[0].content["serial"].endswith("-2")


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"asked_on": "2099-01-01"}, 422, "不能晚于今天"),
        ({"asked_on": "昨天"}, 422, "日期请写成"),
    ],
)
def test_a_day_that_cannot_be_is_refused_in_place(desk: Desk, form: dict[str, str], status: int, words: str) -> None:
    answer = ask(desk, **form)
    assert answer.status_code == status
    assert words in answer.text
    assert explanations.explanations_of_matter(desk.store, desk.matter("A-1")) == []


def test_a_double_click_records_once_and_a_second_request_waits_for_the_first(desk: Desk) -> None:
    once = str(uuid4())
    path = f"/matters/{desk.matter('A-1')}/explanations"
    assert [send(desk, "handler", path, {"once": once}).status_code for _ in range(2)] == [303, 303]
    answer = ask(desk)
    assert answer.status_code == 409
    assert "已有待出具的说明" in answer.text
    assert give(desk).status_code == 409  # no paper yet
    make(desk)
    assert give(desk, way="pigeon").status_code == 422
    assert give(desk, given_on="2020-01-01").status_code == 422
    assert [give(desk).status_code for _ in range(2)] == [303, 403]
    assert make(desk).status_code == 403
    assert ask(desk).status_code == 303  # who asks again later gets a new clock


def test_g16_nobody_else_reads_it(desk: Desk) -> None:
    ask(desk)
    make(desk)
    number = only(desk).papers[0].paper_id
    for user in ("other_head", "city_leader", "civil_head", "steward", "operator"):
        assert desk.client(user).get(f"/explanations/{number}").status_code in (403, 404)
        assert desk.client(user).get(f"/explanations/{number}/pdf").status_code in (403, 404)
    assert ask(desk, "leader").status_code == 403
    assert desk.client("leader").get(f"/explanations/{number}").status_code == 200


def test_g19_it_is_erased_with_the_matter(desk: Desk) -> None:
    ask(desk)
    make(desk)
    give(desk)
    gone = remove_rows(desk.store, [desk.matter("A-1")], ["A-1"], office_id="C1")
    assert {name: gone[name] for name in gone if name.startswith("explanation")} == {
        "explanation_requests": 1,
        "explanation_papers": 1,
        "explanations_given": 1,
    }
