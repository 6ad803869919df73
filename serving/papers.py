"""Which documents an account may have made, of what and for whom, and that each is marked and on record."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

from data.errors import InputRefused, NotAllowed
from data.store import major, plans, register
from data.store.plans import Measure, Plan, Result
from data.store.screenings import Screening
from data.store.users import UserRole
from data.times import cutoff_day, from_us, local_date
from serving import lists
from serving.card import place_of
from serving.deps import Caller, Service
from serving.export import EXPORT, EXPORT_REFUSED, serial_of
from serving.export_rights import COPY_OF, Order, Recipient, check_purpose, posts_off_copy
from serving.export_sheets import Mark
from serving.export_text import wording
from serving.led import led_matters, planned_led, with_led
from serving.led_register import led_page
from serving.lists import by_rules
from serving.major_paper import major_page
from serving.month_report import Month, report_page
from serving.paper_blocks import Page
from serving.permissions import Scope, check_can_see_matter, matter_not_found
from serving.plan_paper import plan_page
from serving.standing import on_list, standing
from serving.web.views import moment


class Paper(StrEnum):
    """The documents there are."""

    PLAN = "plan"
    REPORT = "report"
    LED = "led"
    MAJOR = "major"


#: Who may have the documents of a whole office made: its petition head and its leaders.
OFFICE_ROLES: frozenset[str] = frozenset({UserRole.PETITION_HEAD, UserRole.LEADER})


def plan_document(service: Service, caller: Caller, matter_id: str, *, purpose: str) -> bytes:
    """The plan of a matter in the caller's scope and office, for the readers the caller's role stands for.

    Raises NotFound for a matter that is not theirs, InputRefused for a missing or refused purpose.
    """
    frame = register.some_matters(service.store, [matter_id])
    matter = frame.row(0, named=True) if frame.height else None
    check_can_see_matter(caller.matters, None if matter is None else place_of(matter))
    if matter is None or matter["office_id"] != caller.matters.offices[0]:
        raise matter_not_found()
    office_id = str(matter["office_id"])
    recipient = COPY_OF.get(caller.person.role, Recipient.CASE_DEPARTMENT)
    department = matter["department"] if recipient is Recipient.CASE_DEPARTMENT else None
    order = Order(office_id=office_id, recipient=recipient, department=department)
    _check_posts(service, caller, order, matter)
    stands = on_list(service.store, caller.matters, caller.person.role, office_id, matter_id)
    today = local_date(caller.now, service.settings.time_zone)

    def page() -> Page:
        return plan_page(
            _office(service, office_id),
            matter,
            stands.lines[0] if stands.lines else None,
            stands.lines[0].plan if stands.lines else plans.latest(service.store, Plan, [matter_id]).get(matter_id),
            plans.of_matter(service.store, Measure, matter_id),
            plans.of_matter(service.store, Result, matter_id),
            today=today,
            language=caller.language,
        )

    return _made(service, caller, Paper.PLAN, order, stands.latest, purpose, page, matter_id=matter_id)


def major_document(service: Service, caller: Caller, matter_id: str, *, purpose: str) -> bytes:
    """The latest report of a major matter, for the leaders of its office. Raises as `plan_document`."""
    frame = register.some_matters(service.store, [matter_id])
    matter = frame.row(0, named=True) if frame.height else None
    check_can_see_matter(caller.matters, None if matter is None else place_of(matter))
    reports = major.reports_of_matter(service.store, matter_id)
    if matter is None or not reports or matter["office_id"] != caller.matters.offices[0]:
        raise matter_not_found()
    order = Order(office_id=str(matter["office_id"]), recipient=Recipient.OWN_LEADERS, department=None)
    _check_posts(service, caller, order, matter)
    office, receipt = _office(service, order.office_id), major.receipts_of(service.store, matter_id).get(reports[0].id)

    def page() -> Page:
        zone = service.settings.time_zone
        return major_page(office, matter, reports[0], receipt, time_zone=zone, language=caller.language)

    latest = lists.current(service.store, order.office_id)
    return _made(service, caller, Paper.MAJOR, order, latest, purpose, page, matter_id=matter_id)


def _check_posts(service: Service, caller: Caller, order: Order, matter: Mapping[str, Any]) -> None:
    """Raises NotAllowed for a complaint about a post of those a document goes to (G16)."""
    if matter["respondent_post"] in posts_off_copy(service.store, order, caller.person):
        raise NotAllowed(
            "paper_recused",
            "该事项反映的是接收方的岗位，不发往接收方；请由控申部门负责人导出",
            "it is about a post of those it would go to; let the head of the petition department export it",
        )


def office_document(service: Service, caller: Caller, screening_id: str, paper: Paper, *, purpose: str) -> bytes:
    """The report on the caller's office's list (for the superior office, totals only) or its register of led matters.

    Raises NotAllowed for roles that do not speak for the office, NotFound for a list that is not the office's,
    InputRefused for a missing or refused purpose.
    """
    if caller.person.role not in OFFICE_ROLES:
        raise NotAllowed(
            "paper_not_yours",
            "情况报告和包案台账由控申部门负责人或院领导导出",
            "the report and the register are made by the head of the petition department or a leader",
        )
    screening = lists.find(service.store, caller.matters, screening_id)
    office_id = caller.matters.offices[0]
    recipient = Recipient.SUPERIOR_OFFICE if paper is Paper.REPORT else COPY_OF[caller.person.role]
    order = Order(office_id=office_id, recipient=recipient, department=None)
    office = _office(service, office_id)

    def report() -> Page:
        whole = Scope(offices=(office_id,))
        lines = lists.lines(service.store, screening, whole, UserRole.PETITION_HEAD, offices=[office_id])
        month = Month(
            screening=screening,
            office_id=office_id,
            office=office,
            lines=lines,
            measures=[one for one in plans.of_office(service.store, Measure, office_id) if _of(one, screening_id)],
            results=[one for one in plans.of_office(service.store, Result, office_id) if _of(one, screening_id)],
            standing=standing(service.store, screening_id, office_id),
        )
        return report_page(month, time_zone=service.settings.time_zone, language=caller.language)

    def led() -> Page:
        found = register.read_register(service.store, offices=[office_id])
        planned = planned_led(plans.latest(service.store, Plan, found.matters["matter_id"].to_list()))
        posts = posts_off_copy(service.store, order, caller.person)
        led = [one for one in led_matters(with_led(found), planned) if one.matter["respondent_post"] not in posts]
        return led_page(office, led, language=caller.language)

    page = report if paper is Paper.REPORT else led
    return _made(service, caller, paper, order, screening, purpose, page)


def _of(row: Measure | Result, screening_id: str) -> bool:
    return row.screening_id == screening_id


def recipient_told(service: Service, caller: Caller, order: Order) -> str:
    """Who a document goes to, in words."""
    t = wording(caller.language)
    if order.recipient is not Recipient.SUPERIOR_OFFICE:
        return t(f"recipient.{order.recipient}", department=order.department or "")
    offices = {row["office_id"]: row for row in register.read_offices(service.store).iter_rows(named=True)}
    above = offices.get(str(offices[order.office_id]["parent_id"]))
    return t("paper.superior_none") if above is None else t("paper.superior_office", office=above["name"])


def _made(
    service: Service,
    caller: Caller,
    paper: Paper,
    order: Order,
    screening: Screening | None,
    purpose: str,
    page: Callable[[], Page],
    *,
    matter_id: str | None = None,
) -> bytes:
    """Check the purpose, make the document, and put it on record before it is given out (G15)."""
    from serving.export_docx import write_docx  # python-docx is slow to load, and a service is to be ready soon

    detail: dict[str, Any] = {"paper": paper.value, "recipient": order.recipient.value}
    try:
        check_purpose(purpose)
    except InputRefused as refused:
        detail["refusals"] = len(refused.details)
        service.journal.record(caller.entry(EXPORT_REFUSED, order.office_id, detail, matter_id))
        raise
    t, zone = wording(caller.language), service.settings.time_zone
    screening_id = "" if screening is None else screening.screening_id
    named = f"{paper.value}:{screening_id}:{matter_id or ''}"
    serial = serial_of(named, order.office_id, order.recipient, caller.now, caller.person.user_id, order.department)
    mark = Mark(
        serial=serial,
        recipient=recipient_told(service, caller, order),
        user=caller.person.user_id,
        moment=moment(caller.now, zone),
        cutoff=t("none") if screening is None else cutoff_day(screening.cutoff, zone).isoformat(),
        basis="" if screening is None else t("list.by_rules") if by_rules(screening, order.office_id) else "",
        demo=service.settings.demo or (screening is not None and screening.demo),
    )
    content = write_docx(page(), mark, made=from_us(caller.now), language=caller.language)
    detail |= {"serial": serial, "form": "docx", "file_sha256": sha256(content).hexdigest()}
    if screening is not None:
        detail["screening_id"] = screening_id
    made = caller.entry(EXPORT, order.office_id, detail, matter_id)
    service.journal.record(replace(made, purpose=purpose.strip()))
    return content


def _office(service: Service, office_id: str) -> str:
    offices = register.read_offices(service.store)
    names = dict(zip(offices["office_id"].to_list(), offices["name"].to_list(), strict=True))
    return names.get(office_id, office_id)
