"""The dictionary as a page, and one feature of one matter on its pages: seen, refused and recorded as the matter is."""

import pytest

from data.store.users import UserRole
from features.catalog import CATALOG
from tests.serving.conftest import Desk, log_of
from tests.serving.test_routes import ROLE_OF


def test_every_signed_in_role_reads_every_feature(desk: Desk) -> None:
    assert set(ROLE_OF.values()) == set(UserRole)
    for user in ROLE_OF:
        page = desk.client(user).get("/features")
        assert page.status_code == 200, user
        for feature in CATALOG:
            assert f'id="f-{feature.name}"' in page.text, feature.name
            assert feature.zh in page.text, feature.name
    assert desk.client(None).get("/features", follow_redirects=False).status_code == 303


def test_the_dictionary_reads_in_english(desk: Desk) -> None:
    page = desk.client("handler").get("/features?lang=en")
    assert all(feature.en in page.text for feature in CATALOG if "\u201c" not in feature.en)
    assert "控申部门" not in page.text


def test_a_feature_of_a_matter_stands_with_the_records_that_made_it(desk: Desk) -> None:
    client, matter = desk.client("petition_head"), desk.matter("A-1")
    assert f'href="/matters/{matter}/features"' in client.get(f"/matters/{matter}").text
    chosen = client.get(f"/matters/{matter}/features")
    assert f'href="/matters/{matter}/features/raised_again_ever"' in chosen.text
    page = client.get(f"/matters/{matter}/features/raised_again_ever").text
    assert "2026-07-20 来访" in page
    assert "没有它则为 0" in page


def test_g15_each_feature_page_is_on_record_as_a_view_of_the_matter(desk: Desk) -> None:
    client, matter = desk.client("petition_head"), desk.matter("A-1")
    before = len(log_of(desk))
    client.get(f"/matters/{matter}/features")
    client.get(f"/matters/{matter}/features/stage")
    rows = log_of(desk)[before:]
    assert [(row.action, row.matter_id) for row in rows] == [("view_matter", matter)] * 2


@pytest.mark.parametrize(
    ("user", "number", "status"),
    [("handler", "A-2", 404), ("leader", "A-4", 404), ("other_head", "A-1", 404), ("auditor", "A-1", 403)],
)
def test_g16_whose_matter_it_is_not_sees_no_feature_of_it(desk: Desk, user: str, number: str, status: int) -> None:
    client, matter, before = desk.client(user), desk.matter(number), len(log_of(desk))
    for path in (f"/matters/{matter}/features", f"/matters/{matter}/features/stage"):
        assert client.get(path).status_code == status
    assert not [row for row in log_of(desk)[before:] if row.action == "view_matter"]


def test_the_superior_office_sees_values_without_records(desk: Desk) -> None:
    page = desk.client("city_leader").get(f"/matters/{desk.matter('A-1')}/features/raised_again_ever").text
    assert "记录只向本院" in page
    assert "来访" not in page


def test_red_line_7_how_a_matter_was_raised_has_no_page(desk: Desk) -> None:
    client, matter = desk.client("petition_head"), desk.matter("A-1")
    chosen = client.get(f"/matters/{matter}/features").text
    shut = [feature.name for feature in CATALOG if feature.says_how]
    assert shut
    for name in (*shut, "nothing"):
        assert f"/features/{name}" not in chosen
        assert client.get(f"/matters/{matter}/features/{name}").status_code == 404
