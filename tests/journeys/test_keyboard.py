"""The page of a matter by keyboard: the skip link first, every stop seen, no trap, and a reason leads to its record."""

from typing import Any

from tests.journeys.conftest import Site

STOP = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  return [one.tagName, one.getAttribute('href') || '', style.outlineStyle !== 'none' || style.boxShadow !== 'none'];
}"""


def test_every_stop_of_a_matter_is_seen_and_a_reason_leads_to_its_record(site: Site) -> None:
    page = site.sign_in("petition_head")
    page.goto(f"{site.address}/matters/{site.desk.matter('A-1')}")
    stops: list[list[Any]] = []
    for _ in range(150):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop[0] == "BODY":  # past the last stop: out of the page again
            break
        stops.append(stop)
    else:
        raise AssertionError("the page does not let go of the keyboard")
    assert stops[0][1].startswith("#")
    assert [stop for stop in stops if not stop[2]] == []
    record = next(stop[1] for stop in stops if stop[1].startswith("#event-"))
    for _ in range(len(stops)):
        page.keyboard.press("Tab")
        if page.evaluate(STOP)[1] == record:
            break
    page.keyboard.press("Enter")
    assert page.url.endswith(record)
    assert page.locator(record).count() == 1
    page.keyboard.press("Tab")
    assert page.evaluate(STOP)[0] != "BODY"
