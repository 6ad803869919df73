"""The bench of the pages asks for every page there is, and says which were slow and which could not be shown."""

import pytest

from serving.app import routes
from serving.bench.pages import GOAL_MS, Timed, Timings, figures, run_pages


def test_the_slowest_page_is_set_beside_the_goal_and_named() -> None:
    pages = [
        Timed(who="handler", path="/list", first=900.0, p95=GOAL_MS + 1),
        Timed(who="leader, city", path="/sign", first=20.0, p95=12.0),
    ]
    worst, over, median, first, *named = figures(Timings(pages=pages, left_out=["/import/{upload_id}"]), "told")
    assert (worst.value, worst.met, worst.note) == (GOAL_MS + 1, False, "/list for handler; told")
    assert (over.value, over.met) == (1, False)
    assert "/import/{upload_id}" in over.note
    assert median.value == (GOAL_MS + 13) / 2
    assert first.value == 900.0
    assert [one.name for one in named] == ["/list for handler", "/sign for leader, city"]


@pytest.mark.slow
def test_every_page_is_asked_for_by_every_role_that_may_open_it() -> None:
    result = run_pages(seed=5, matters=300, asked=2, base=600)
    worst, over, *_ = result.figures
    assert worst.value is not None
    assert worst.value > 0
    left = {path.strip() for path in over.note.removeprefix("left out, nothing stands there yet: ").split(",")}
    empty = ("/explanations/", "/import/{upload_id}", "/sign-on", "/import/batches/{batch}", "/models/{version}/card")
    paths = [route.path for route in routes()]
    assert left == {path for path in paths if path.startswith(empty) and not path.endswith((".xlsx", "/pdf"))}
