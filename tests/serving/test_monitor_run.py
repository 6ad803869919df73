"""Which past lists the monitors look at."""

from dataclasses import replace

from data.store.screenings import Screening
from serving.monitor_run import widest

ONE = Screening(
    screening_id="a",
    cutoff=1,
    scope="C1",
    batch_id=1,
    model_version=None,
    mode="rules",
    state="draft",
    settings={},
    created_at=0,
    created_by="test",
    demo=True,
)
PARENTS = {"P1": None, "M1": "P1", "C1": "M1", "C2": "M1"}


def test_a_county_s_own_list_is_part_of_its_province_s() -> None:
    province = replace(ONE, screening_id="b", scope="P1")
    assert widest([ONE, province], PARENTS) == [province]


def test_lists_of_other_months_and_sisters_stay() -> None:
    sister, later = replace(ONE, screening_id="c", scope="C2"), replace(ONE, screening_id="d", scope="P1", cutoff=2)
    assert widest([ONE, sister, later], PARENTS) == [ONE, sister, later]
