"""Which past lists the monitors look at, and that nothing else stops them."""

from collections.abc import Callable
from dataclasses import replace

from data.store.screenings import Screening
from serving.journal import audit_key
from serving.monitor_run import LATEST, run_monitor, widest
from tests.serving.conftest import CUTOFF, Desk, make_scorecard

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


def test_a_list_of_an_empty_cohort_has_no_feature_log_and_is_left_out(desk: Desk, approve: Callable[..., int]) -> None:
    approve(make_scorecard())
    key = audit_key(desk.state_dir)
    report = run_monitor(desk.store, desk.settings, desk.state_dir, key, as_of=CUTOFF, now=desk.clock(), by="operator")
    assert report.as_dict()["tables"]["past_lists"] == []
    assert (desk.state_dir / LATEST).is_file()
