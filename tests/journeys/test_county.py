"""A county without a model, 85 matters a year: from the ledger to the look-back, as handler, two heads and leader."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pypdf
import pytest
from playwright.sync_api import Page, expect

from data.contract import Register
from data.ingest.run import ingest
from data.mapping import load_mapping
from data.settings import ImpactSettings, Settings
from data.store import users
from data.store.batches import latest_batch
from data.store.engine import Store
from data.store.imports import write_offices
from data.store.register import read_context, read_register, some_matters
from data.store.screenings import ListEntry, read_entries
from data.store.users import User, UserRole
from data.synthetic import SyntheticPlan, make_register, write_ledger
from data.times import DAY_US, cutoff_instant
from features.point_sheet import GENERAL_UP_TO, LARGER_UP_TO
from serving.app import create_app
from serving.ranking import Asked, look_at, ranked
from serving.reproduce import reproduce
from serving.screening import Sweep, screen
from tests.journeys.conftest import Site
from tests.journeys.test_desk import no_sideways, own_only
from tests.journeys.test_import import look
from tests.serving.conftest import Clock, Desk
from training.sweep_list import POINTS

pytestmark = pytest.mark.browser
KEY = b"k" * 32
COUNTY = "C0101"
OCTOBER, NOVEMBER, FEBRUARY = date(2026, 10, 31), date(2026, 11, 30), date(2027, 2, 28)
HOUR = 3_600_000_000
#: Grades of the ledger that a handler knows better: what happened and was never entered.
KNOWN_AT_THE_DESK = (("退回/再分流", "2 分"), ("延期次数", "2 分"), ("补正重复要求", "2 分"))


@pytest.fixture(scope="module")
def county() -> Register:
    """One county that receives 85 matters a year (and a city and a province above it with one each)."""
    plan = SyntheticPlan(
        seed=11,
        cities=1,
        counties_per_city=1,
        county_year=(85, 85),
        small_office_year=85,
        city_year=1,
        province_year=1,
        start=date(2026, 1, 1),
        end=date(2027, 3, 1),
        oracle_draws=0,
    )
    return make_register(plan).register


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path, hashed: str, county: Register) -> Desk:
    """The county's service on the afternoon of 31 October: its ledger is in, no list was ever made."""
    write_offices(sqlite_store, county.offices)
    clock = Clock(now=cutoff_instant(OCTOBER, county.time_zone) - 8 * HOUR)
    settings = Settings(impact=ImpactSettings(assessment_id="PIA-2026-1", approver="leader"))
    app = create_app(sqlite_store, settings, tmp_path, clock)
    made = Desk(
        store=sqlite_store, settings=settings, state_dir=tmp_path, clock=clock, ids={}, screening_id="", app=app
    )
    bring_in(made, county, OCTOBER)
    matter = to_come(made)
    made.ids["followed"] = matter["matter_id"]
    for user, role, department, staff in (
        ("handler", UserRole.HANDLER, matter["department"], matter["handler"]),
        ("department_head", UserRole.DEPARTMENT_HEAD, matter["department"], None),
        ("petition_head", UserRole.PETITION_HEAD, None, None),
        ("leader", UserRole.LEADER, None, None),
    ):
        account = User(
            user_id=user,
            display_name=f"测试{user}",
            role=role,
            password_hash=hashed,
            office_id=COUNTY,
            department=department,
            staff_id=staff,
            must_change=False,
        )
        users.add_user(sqlite_store, account)
    return made


def bring_in(desk: Desk, county: Register, day: date) -> None:
    """Read in the ledger as it stood at the end of a day."""
    until = cutoff_instant(day, county.time_zone)
    path = desk.state_dir / f"{day}.xlsx"
    write_ledger(county, path, as_of=until)
    told = ingest(
        desk.store,
        path,
        load_mapping("ledger"),
        now=desk.clock(),
        user="petition_head",
        observed_until=until,
        demo=False,
        audit_key=KEY,
    )
    assert told.rejected_rows == 0


def to_come(desk: Desk) -> dict[str, Any]:
    """The matter with the most points in the middle part of the list that October will give."""
    found = read_register(desk.store, batch_id=latest_batch(desk.store))
    context = read_context(desk.store)
    cutoff = cutoff_instant(OCTOBER, desk.settings.time_zone)
    asked = Asked(cutoff=cutoff, offices=[COUNTY], champion=None, settings=desk.settings)
    listed = ranked(found, [look_at(found, context, asked).candidates], asked).entries
    middle = listed.filter(pl.col("part") == POINTS).sort("points", descending=True)
    assert middle["band"].to_list() == ["general"] * middle.height
    return found.matters.row(by_predicate=pl.col("matter_id") == middle["matter_id"][0], named=True)


def sweep(desk: Desk, day: date) -> Sweep:
    """The monthly job, as the timer starts it."""
    cutoff = cutoff_instant(day, desk.settings.time_zone)
    return screen(
        desk.store, desk.settings, desk.state_dir, KEY, cutoff=cutoff, scope=COUNTY, clock=desk.clock, by="timer"
    )


def entry_of(desk: Desk, done: Sweep, matter_id: str) -> ListEntry:
    found = read_entries(desk.store, done.screening.screening_id, matter_id=matter_id)
    return next(one for one in found if one.part != "spot")


def grade(page: Page, factor: str, given: str) -> None:
    page.locator("#sheet summary", has_text="人工记分").click()
    page.get_by_label("记分项", exact=True).select_option(label=factor)
    page.get_by_label("分值", exact=True).select_option(label=given)
    page.get_by_label("记分理由", exact=True).fill("案卷有记载，台账未录入")
    page.get_by_role("button", name="保存记分").click()


def accept(page: Page) -> None:
    page.get_by_label("接受", exact=True).check()
    page.get_by_label("理由", exact=True).fill("已核实，本院应尽快答复")
    page.get_by_role("button", name="保存核实意见").click()


def plan(page: Page, owner: str, due: str) -> None:
    page.locator("#work summary", has_text="拟订预案").click()
    page.get_by_label("承办人（编号）").fill(owner)
    page.get_by_label("措施 1").select_option("explanation")
    page.get_by_label("完成日期 1").fill(due)
    page.get_by_role("button", name="保存预案").click()
    expect(page.locator("#work")).to_contain_text(f"{due} 前完成")


def printed(page: Page, folder: Path) -> str:
    """The list as PDF, as the head prints it for signature; its text."""
    page.locator("#standing summary", has_text="导出").click()
    page.get_by_label("用途").first.fill("送院领导签批")
    with page.expect_download() as waited:
        page.get_by_role("button", name="PDF（打印签批）").click()
    path = Path(os.environ.get("PETITION_RISK_SHOTS") or folder) / "county_list.pdf"
    waited.value.save_as(path)
    read = "".join("".join(one.extract_text().split()) for one in pypdf.PdfReader(path).pages)
    return read.replace("\u200b", "")


def test_a_county_by_rules_from_draft_to_look_back(
    site: Site, axe: Callable[[Page], list[str]], county: Register
) -> None:
    desk = site.desk
    matter_id = desk.ids["followed"]
    address = f"{site.address}/matters/{matter_id}"

    def fine(page: Page, name: str) -> None:
        no_sideways(page, 1366)
        look(page, f"county_{name}")

    # 31 October: the handler fills in what the ledger does not know, and sees what the sweep will use.
    handler = site.sign_in("handler")
    handler.goto(address)
    expect(handler.locator("#sheet .band")).to_have_text("一般")
    for factor, given in KNOWN_AT_THE_DESK:
        grade(handler, factor, given)
    expect(handler.locator("#sheet .band")).to_have_text("较大")
    assert axe(handler) == []  # the other pages are looked at elsewhere
    fine(handler, "1_sheet")

    # 2 November: the job of the month; what was graded goes to the leader, nothing else of the middle part does.
    desk.clock.now = cutoff_instant(OCTOBER, desk.settings.time_zone) + DAY_US + 9 * HOUR
    october = sweep(desk, OCTOBER)
    assert october.screening.mode == "rules"
    graded = entry_of(desk, october, matter_id)
    assert (graded.part, graded.band) == (POINTS, "larger")
    assert GENERAL_UP_TO < (graded.points or 0) <= LARGER_UP_TO
    handler = site.sign_in("handler")
    handler.goto(address)
    accept(handler)
    plan(handler, "S0001", "2026-11-20")
    fine(handler, "2_verified")
    department_head = site.sign_in("department_head")
    department_head.goto(address)
    department_head.get_by_label("更改", exact=True).check()
    department_head.get_by_label("理由", exact=True).fill("同意，另作一次当面说明")
    department_head.get_by_label("拟办意见", exact=True).fill("当面说明后书面答复")
    department_head.get_by_role("button", name="保存核实意见").click()
    expect(department_head.locator("#decision")).to_contain_text("当面说明后书面答复")
    head = site.sign_in("petition_head")
    head.goto(f"{site.address}/list")
    expect(head.locator("main")).to_contain_text("按规则运行")
    expect(head.locator("#standing")).to_contain_text("尚未核实")
    for entry in read_entries(desk.store, october.screening.screening_id, parts=[POINTS]):
        if entry.matter_id != matter_id:
            assert entry.band == "general"  # ends at the heads: no plan, no signature
            head.goto(f"{site.address}/matters/{entry.matter_id}")
            accept(head)
    head.goto(f"{site.address}/list")
    expect(head.locator("#standing")).to_contain_text("可以送签")
    fine(head, "3_list")
    head.get_by_role("button", name="送签").click()
    expect(head.locator("#standing")).to_contain_text("已送签，待签批")
    leader = site.sign_in("leader")
    leader.get_by_role("link", name="签批").click()
    fine(leader, "4_sign")
    leader.get_by_role("button", name="签批 1 件").click()
    expect(leader.locator(".part")).to_contain_text("已签批下达")
    head.goto(f"{site.address}/list")
    paper = printed(head, desk.state_dir)
    number = next(iter(some_matters(desk.store, [matter_id])["matter_no"]))
    for told in (number, "按规则", "较大", "不得转送公安", (october.screening.list_hash or "")[:16]):
        assert told in paper, told

    # 12 November: done; the result is recorded.
    desk.clock.forward(hours=24 * 10)
    handler = site.sign_in("handler")
    handler.goto(address)
    handler.locator("#work summary", has_text="登记一项措施").click()
    handler.locator("#measure-action").select_option("explanation")
    handler.get_by_role("button", name="登记措施").click()
    handler.locator("#work summary", has_text="登记办毕").click()
    handler.locator("#result").select_option("answered")
    handler.get_by_role("button", name="登记办毕").click()
    expect(handler.locator("#work")).to_contain_text("90天回看：2027-02-10 起可看")

    # December: the next ledger and the next list; each entry says how it stands to the last one.
    desk.clock.now = cutoff_instant(NOVEMBER, desk.settings.time_zone) + 9 * HOUR
    bring_in(desk, county, NOVEMBER)
    november = sweep(desk, NOVEMBER)
    assert november.made
    head = site.sign_in("petition_head")
    head.goto(f"{site.address}/list")
    expect(head.locator("h1")).to_have_text("2026年11月排查清单")
    assert head.locator(".since-stayed, .since-new, .since-worse").count() > 0
    fine(head, "5_next_month")

    # March: 90 days are over, and the page says whether the result held; October's list comes out as it was.
    desk.clock.now = cutoff_instant(FEBRUARY, desk.settings.time_zone) + 9 * HOUR
    bring_in(desk, county, FEBRUARY)
    handler = site.sign_in("handler")
    handler.goto(address)
    expect(handler.locator("#work")).to_contain_text("90天回看：办毕后")
    fine(handler, "6_look_back")
    assert reproduce(desk.store, desk.settings, desk.state_dir, october.screening.screening_id).same
    own_only(site)
