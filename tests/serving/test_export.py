"""The list on paper: who gets it, what stands on it, that it is marked and recorded, and that nothing in it can run."""

import io
import re
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.contract import Matters, Offices
from data.errors import InputRefused, NotAllowed, NotFound, PetitionRiskError, UsageError
from data.store import audit, register, screenings, users
from data.store.audit import StoredEntry
from data.store.batches import Batch
from data.store.engine import Store, open_store
from data.store.screenings import ListEntry, Part, Screening
from data.store.users import User, UserRole
from data.times import DAY_US
from data.vocabulary import KINDS, Role
from features.catalog import CATALOG
from serving.export import RECIPIENTS, Recipient, export_list, list_workbook, serial_of
from serving.export_sheets import margin_text
from serving.export_text import SENTENCE
from tests.histories import ZONE, at, event, register_of, seen

KEY = b"k" * 32
CUTOFF = seen("2026-10-31")
NOW = at("2026-11-03") + 9 * 3_600_000_000
FOOTER = "本提示只排列本院工作先后，不评价信访人，由承办人核实决定."
PURPOSE = "十月信访隐患月排查"
OWN = (Recipient.OWN_LEADERS, Recipient.PETITION_DEPARTMENT, Recipient.CASE_DEPARTMENT)

#: number → (part, band, department, handler, respondent post)
ROWS: dict[str, tuple[Part, str | None, str, str, str | None]] = {
    "D-1": ("must_act", "general", "刑事检察部", "S1", None),
    "=1+1": ("must_act", "larger", "民事检察部", "S3", None),
    "D-3": ("must_act", "larger", "刑事检察部", "S2", "leader"),
    "T-1": ("model", "major", "刑事检察部", "S1", None),
    "+T-2": ("model", "larger", "民事检察部", "S3", None),
    "@T-3": ("model", "general", "刑事检察部", "S2", None),
    "T-4": ("model", "larger", "刑事检察部", "S1", "leader"),
    "T-5": ("model", "larger", "刑事检察部", "S2", "department"),
    "T-6": ("model", "larger", "刑事检察部", "S2", "handler"),
    "-S-1": ("spot", None, "刑事检察部", "S1", None),
    "R-1": ("review", "larger", "刑事检察部", "S1", None),
}
OFFICES = (
    ("P1", "示例省院", None, "province"),
    ("C1", "示例甲县院", "P1", "county"),
    ("C2", "示例乙县院", "P1", "county"),
)
ACCOUNTS = (
    ("handler", UserRole.HANDLER, "C1", "刑事检察部", "handler"),
    ("department_head", UserRole.DEPARTMENT_HEAD, "C1", "刑事检察部", "department"),
    ("petition_head", UserRole.PETITION_HEAD, "C1", None, None),
    ("leader", UserRole.LEADER, "C1", None, "leader"),
    ("province_leader", UserRole.LEADER, "P1", None, "leader"),
    ("other_head", UserRole.PETITION_HEAD, "C2", None, None),
    ("operator", UserRole.OPERATOR, "P1", None, None),
    ("steward", UserRole.STEWARD, "P1", None, None),
    ("approver", UserRole.APPROVER, "P1", None, None),
    ("auditor", UserRole.AUDITOR, "P1", None, None),
    ("admin", UserRole.ADMIN, "P1", None, None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A store with one issued list of office C1, by rules."""

    store: Store
    ids: dict[str, str]
    screening_id: str

    def export(self, **changes: Any) -> bytes:
        given_ = {
            "office_id": "C1",
            "recipient": Recipient.PETITION_DEPARTMENT,
            "purpose": PURPOSE,
            "user": "os:someone",
            "now": NOW,
            "language": "zh",
            "time_zone": ZONE,
        } | changes
        if given_["recipient"] in (Recipient.CASE_DEPARTMENT, "case_department"):
            given_.setdefault("department", "刑事检察部")
        return export_list(self.store, KEY, self.screening_id, **given_)

    def log(self) -> list[StoredEntry]:
        return audit.read_entries(self.store)


def duty(code: str, zh: str, en: str, *, last_day: str | None, missed: bool = False) -> dict[str, Any]:
    """A duty as the job stores it; days left count from the cutoff's midnight to the exclusive end."""
    due = None if last_day is None else (date.fromisoformat(last_day) - date(1970, 1, 1)).days * DAY_US + DAY_US
    left = None if last_day is None else (date.fromisoformat(last_day) - date(2026, 10, 31)).days
    return {
        "code": code,
        "zh": zh,
        "en": en,
        "article": "[S0] 每月答复进展",
        "due": due,
        "days_left": left,
        "missed": missed,
    }


def entry(matter_id: str, part: Part, rank: int, band: str | None, *, office_id: str = "C1") -> ListEntry:
    """An entry as the job stores it, with everything in it that must not be printed."""
    quiet = part == "spot"
    return ListEntry(
        office_id=office_id,
        matter_id=matter_id,
        part=part,
        rank=rank,
        band=band,
        margin_nano=None if quiet else 123_456_789,
        points=None if quiet else 17,
        per_hundred_low=None if quiet else 18,
        per_hundred_high=None if quiet else 27,
        inclusion_probability=0.0314159 if quiet else None,
        reasons=()
        if quiet
        else (
            {
                "feature": "raised_again_ever",
                "points_nano": 987_654_321,
                "value": 3.0,
                "zh": "我院逾期12天未作每月后续答复",
                "en": "our office is 12 days late with the monthly follow-up",
            },
            {"feature": "x", "points_nano": 4, "zh": "我院尚未作释法说理", "en": "our office has not explained"},
        ),
        duties=[
            duty("monthly_follow_up", "每月后续答复", "monthly follow-up", last_day="2026-10-19", missed=True),
            duty("promise", "承诺兑现", "promise kept", last_day="2026-11-09"),
            duty("explanation", "释法说理", "explain the reply", last_day=None),
        ],
        help=[
            {
                "code": "hearing",
                "zh": "公开听证（未筛查）",
                "en": "public hearing (not screened)",
                "article": "应听证尽听证",
            }
        ],
    )


def entries_of(ids: dict[str, str]) -> list[ListEntry]:
    ranks: dict[str, int] = {}
    made: list[ListEntry] = []
    for number, (part, band, *_) in ROWS.items():
        ranks[part] = ranks.get(part, 0) + 1
        made.append(entry(ids[number], part, ranks[part], band))
    return made


def matters_of(ids: dict[str, str]) -> pl.DataFrame:
    rows = [
        {
            "matter_id": ids[number],
            "source": "test",
            "office_id": "C1",
            "matter_no": number,
            "department": department,
            "handler": handler,
            "category": "criminal_appeal",
            "cause": "injury",
            "procedure_path": None,
            "respondent_post": post,
        }
        for number, (_, _, department, handler, post) in ROWS.items()
    ]
    return pl.DataFrame(rows, schema=Matters.create_empty().schema)


def offices_frame() -> pl.DataFrame:
    rows = [dict(zip(("office_id", "name", "parent_id", "level"), row, strict=True)) for row in OFFICES]
    return pl.DataFrame(rows, schema=Offices.create_empty().schema)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> tuple[Path, dict[str, str], str]:
    """A store with matters, people and an issued list, made once and copied for every test."""
    path = tmp_path_factory.mktemp("filled") / "register.db"
    shutil.copy(migrated_file, path)
    store = open_store(f"sqlite:///{path}")
    history = [event("2026-06-01", "joint_submission", people_band=3), event("2026-06-01", "registered")]
    made = register_of(dict.fromkeys(ROWS, history), offices=dict.fromkeys(ROWS, "C1"), observed_until="2026-11-01")
    ids = {row["matter_no"]: row["matter_id"] for row in made.matters.iter_rows(named=True)}
    batch = Batch(
        source="test",
        file_sha256="0" * 64,
        mapping_name="ledger",
        mapping_sha256="0" * 64,
        coverage="full",
        observed_until=CUTOFF,
        time_zone=ZONE,
        recorded_at=CUTOFF,
        recorded_by="test",
    )
    register.write_register(store, replace(made, offices=offices_frame(), matters=matters_of(ids)), batch)
    for user_id, role, office, department, post in ACCOUNTS:
        account = User(
            user_id=user_id,
            display_name=f"测试{user_id}",
            role=role,
            password_hash="none",
            office_id=office,
            department=department,
            staff_id="S1" if role is UserRole.HANDLER else None,
            respondent_post=post,
        )
        users.add_user(store, account)
    screening_id = issue(store, entries_of(ids))
    store.close()
    return path, ids, screening_id


@pytest.fixture
def listed(tmp_path: Path, filled: tuple[Path, dict[str, str], str]) -> Iterator[Listed]:
    path, ids, screening_id = filled
    shutil.copy(path, tmp_path / "register.db")
    store = open_store(f"sqlite:///{tmp_path}/register.db")
    yield Listed(store=store, ids=ids, screening_id=screening_id)
    store.close()


def issue(store: Store, entries: Sequence[ListEntry], *, cohort: int = 120, cutoff: int = CUTOFF) -> str:
    begun = screenings.begin_screening(
        store,
        cutoff=cutoff,
        scope="P1",
        batch_id=1,
        model_version=None,
        settings={"sweep": {"share": 0.05, "least": 3}},
        now=CUTOFF,
        by="operator",
        demo=False,
    )
    by_rules = [replace(one, part="points") if one.part == "model" else one for one in entries]
    screenings.write_entries(store, begun.screening_id, by_rules)
    summary = {"offices": {"C1": {"cohort": cohort}}, "notice": None}
    screenings.issue_draft(store, begun.screening_id, list_hash="ab" * 32, summary=summary)
    return begun.screening_id


def screening(**changes: Any) -> Screening:
    return replace(
        Screening(
            screening_id="s",
            cutoff=CUTOFF,
            scope="P1",
            batch_id=7,
            model_version=3,
            mode="model",
            state="draft",
            settings={},
            created_at=CUTOFF,
            created_by="operator",
            demo=False,
            list_hash="ab" * 32,
            summary={"offices": {"C1": {"cohort": 120}}},
        ),
        **changes,
    )


def printed(**changes: Any) -> bytes:
    """A workbook from frames alone."""
    ids = {number: f"id-{place}" for place, number in enumerate(ROWS)}
    given_: dict[str, Any] = {
        "screening": screening(),
        "entries": entries_of(ids),
        "matters": matters_of(ids),
        "offices": offices_frame(),
        "office_id": "C1",
        "recipient": Recipient.PETITION_DEPARTMENT,
        "purpose": PURPOSE,
        "user": "petition_head",
        "now": NOW,
        "time_zone": ZONE,
        "language": "zh",
        "serial": "AAAA-BBBB-CCCC",
    } | changes
    if given_["recipient"] is Recipient.CASE_DEPARTMENT:
        given_.setdefault("department", "刑事检察部")
    positional = [given_.pop(name) for name in ("screening", "entries", "matters", "offices")]
    return list_workbook(*positional, **given_)


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def texts(sheet: Any) -> list[str]:
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


def table(sheet: Any) -> tuple[list[str], list[dict[str, Any]]]:
    """Headers and rows (header → cell) of a part's sheet."""
    head = next(row for row in sheet.iter_rows() if row[0].value == "序号")
    names = [cell.value for cell in head]
    found: list[dict[str, Any]] = []
    for row in sheet.iter_rows(min_row=head[0].row + 1):
        if not isinstance(row[0].value, int):
            break
        found.append(dict(zip(names, row, strict=True)))
    return names, found


def numbers(sheet: Any) -> list[str]:
    return [row["事项编号"].value for row in table(sheet)[1]]


def whole_text(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


# G17: recipients, size, marks


def test_g17_recipients_are_a_closed_list_and_the_superior_office_gets_totals_only(listed: Listed) -> None:
    assert set(RECIPIENTS) == {"own_leaders", "petition_department", "case_department", "superior_office"}
    with pytest.raises(NotAllowed, match=r"汇总数.*totals only"):
        listed.export(recipient="superior_office")
    with pytest.raises(NotAllowed, match="totals only"):
        printed(recipient=Recipient.SUPERIOR_OFFICE)
    with pytest.raises(UsageError, match="no recipient police"):
        listed.export(recipient="police")
    assert listed.log() == []


def test_g17_a_list_longer_than_its_size_is_not_exported(listed: Listed) -> None:
    cutoff = seen("2026-09-30")
    longer = replace(listed, screening_id=issue(listed.store, entries_of(listed.ids), cohort=100, cutoff=cutoff))
    with pytest.raises(NotAllowed, match="超过名额5件"):
        longer.export()
    assert longer.log() == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("recipient", OWN)
def test_g17_every_sheet_carries_serial_recipient_user_time_sentence_and_footer(
    listed: Listed, recipient: Recipient, language: str
) -> None:
    book = opened(listed.export(recipient=recipient, language=language))
    department = "刑事检察部" if recipient is Recipient.CASE_DEPARTMENT else None
    serial = serial_of(listed.screening_id, "C1", recipient, NOW, "os:someone", department)
    assert re.fullmatch(r"[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}", serial)
    label = {
        Recipient.OWN_LEADERS: ("本院领导", "leaders of the office"),
        Recipient.PETITION_DEPARTMENT: ("控申部门", "petition department"),
        Recipient.CASE_DEPARTMENT: ("承办部门（刑事检察部）", "case department (刑事检察部)"),
    }[recipient][language == "en"]
    for number, sheet in enumerate(book, 1):
        shown = "\n".join(texts(sheet))
        assert SENTENCE in shown
        assert (FOOTER if language == "zh" else "they do not judge the person") in shown
        for mark in (f"{serial}-{number}", label, "os:someone", "2026-11-03 09:00"):
            assert mark in shown
        above, below = sheet.oddHeader, sheet.oddFooter
        assert above.left.text.strip() == f"{serial}-{number}  {label}  os:someone  2026-11-03 09:00"
        assert above.right.text.strip() == SENTENCE
        assert (FOOTER if language == "zh" else "These flags only order our own work") in below.left.text


def test_each_copy_has_its_own_serial() -> None:
    asked = [
        ("s", "C1", Recipient.OWN_LEADERS, NOW, "a"),
        ("t", "C1", Recipient.OWN_LEADERS, NOW, "a"),
        ("s", "C2", Recipient.OWN_LEADERS, NOW, "a"),
        ("s", "C1", Recipient.PETITION_DEPARTMENT, NOW, "a"),
        ("s", "C1", Recipient.OWN_LEADERS, NOW + 1, "a"),
        ("s", "C1", Recipient.OWN_LEADERS, NOW, "b"),
    ]
    assert len({serial_of(*one) for one in asked}) == len(asked)


@pytest.mark.parametrize("user", ["a&P&N", "&G", '&"Arial,Bold"&72x', "&[Picture]", "1&8", "long" * 60, "two\nlines"])
def test_a_name_in_the_margins_is_text_never_a_code(user: str) -> None:
    for sheet in opened(printed(user=user)):
        raw = str(sheet.oddHeader.left.text)
        assert "&" not in raw
        assert raw.strip().startswith("AAAA-BBBB-CCCC")


@given(st.text(max_size=300))
def test_margin_text_holds_no_code_and_fits(text: str) -> None:
    made = margin_text(text, 110)
    assert len(made) <= 110
    assert "&" not in made
    assert made.isprintable()


# the purpose (G2, G17)


@pytest.mark.parametrize("purpose", ["", "   ", "\n"])
def test_g17_an_export_needs_a_purpose(listed: Listed, purpose: str) -> None:
    with pytest.raises(InputRefused, match="needs a purpose"):
        listed.export(purpose=purpose)


@pytest.mark.parametrize("purpose", ["用于包保", "联系电话13912345678", "长" * 501])
def test_g2_the_purpose_passes_the_gate_and_only_a_count_is_logged(listed: Listed, purpose: str) -> None:
    with pytest.raises(InputRefused) as refused:
        listed.export(purpose=purpose)
    assert len(refused.value.details) == 1
    (stored,) = listed.log()
    assert stored.entry.action == "export_refused"
    assert stored.entry.detail["refusals"] == 1
    assert stored.entry.purpose is None
    assert purpose not in repr(stored)


# who may (G16)


@pytest.mark.parametrize(
    ("user", "allowed"),
    [
        ("handler", set()),
        ("department_head", {Recipient.CASE_DEPARTMENT}),
        ("petition_head", set(OWN)),
        ("leader", {Recipient.OWN_LEADERS}),
        ("operator", set(OWN)),
        ("province_leader", set()),
        ("other_head", set()),
        ("steward", set()),
        ("approver", set()),
        ("auditor", set()),
        ("admin", set()),
    ],
)
def test_g16_which_copies_an_account_may_make(listed: Listed, user: str, allowed: set[Recipient]) -> None:
    for recipient in OWN:
        if recipient in allowed:
            assert listed.export(recipient=recipient, user=user)
        else:
            with pytest.raises(NotAllowed):
                listed.export(recipient=recipient, user=user)


def test_g16_a_closed_account_exports_nothing(listed: Listed) -> None:
    users.disable_user(listed.store, "petition_head", at=NOW)
    with pytest.raises(NotAllowed):
        listed.export(user="petition_head")


def test_a_case_department_gets_its_own_matters_only(listed: Listed) -> None:
    with pytest.raises(UsageError, match="name the department"):
        listed.export(recipient="case_department", department=None)
    with pytest.raises(NotAllowed, match="your own department"):
        listed.export(recipient="case_department", department="民事检察部", user="department_head")
    book = opened(listed.export(recipient="case_department", department=None, user="department_head"))
    assert numbers(book["必办事项"]) == ["D-1", "D-3"]
    assert numbers(book["本月提示"]) == ["T-1", "@T-3", "T-4"]
    assert numbers(book["随机抽查"]) == ["-S-1"]
    assert "说理质量回看" not in book.sheetnames
    assert [row["序号"].value for row in table(book["本月提示"])[1]] == [1, 3, 4]


@pytest.mark.parametrize(
    ("recipient", "never"),
    [(Recipient.OWN_LEADERS, {"D-3", "T-4"}), (Recipient.CASE_DEPARTMENT, {"T-5", "T-6"})],
)
def test_g16_complaints_about_a_readers_post_are_not_on_the_copy(
    listed: Listed, recipient: Recipient, never: set[str]
) -> None:
    for content in (listed.export(recipient=recipient), printed(recipient=recipient)):
        shown = {number for sheet in opened(content).worksheets[:3] for number in numbers(sheet)}
        assert shown
        assert not shown & never
    logged = {stored.entry.matter_id for stored in listed.log()}
    assert not logged & {listed.ids[number] for number in never}


def test_g16_posts_of_the_accounts_that_read_and_make_a_copy_count_too(listed: Listed) -> None:
    def middle(**changes: Any) -> set[str]:
        return set(numbers(opened(listed.export(**changes))["本月提示"]))

    assert middle() == {"T-1", "+T-2", "@T-3", "T-4", "T-5", "T-6"}
    deputy = User(
        user_id="deputy",
        display_name="测试",
        role=UserRole.PETITION_HEAD,
        password_hash="none",
        office_id="C1",
        respondent_post="department",
    )
    users.add_user(listed.store, deputy)
    assert middle() == {"T-1", "+T-2", "@T-3", "T-4", "T-6"}
    assert middle(recipient=Recipient.OWN_LEADERS, user="deputy") == {"T-1", "+T-2", "T-6"}


# what stands on it


def test_g8_the_leaders_copy_holds_must_acts_and_the_larger_and_major_flags(listed: Listed) -> None:
    book = opened(listed.export(recipient=Recipient.OWN_LEADERS))
    assert book.sheetnames == ["必办事项", "本月提示", "随机抽查", "说明"]
    assert numbers(book["必办事项"]) == ["D-1", "=1+1"]
    assert numbers(book["本月提示"]) == ["T-1", "+T-2", "T-5", "T-6"]
    assert numbers(book["随机抽查"]) == []
    assert any("抽查1件由控申部门和承办部门办理" in text for text in texts(book["随机抽查"]))
    assert any("另有一般1件由承办部门负责人办理" in text for text in texts(book["本月提示"]))
    assert not any("R-1" in text for sheet in book for text in texts(sheet))


def test_g8_entries_for_review_stand_on_the_petition_departments_copy_alone(listed: Listed) -> None:
    for recipient in OWN:
        book = opened(listed.export(recipient=recipient))
        shown = [sheet.title for sheet in book if "R-1" in texts(sheet)]
        assert shown == (["说理质量回看"] if recipient is Recipient.PETITION_DEPARTMENT else [])


def test_g14_spot_checks_stand_apart_without_band_range_and_reasons() -> None:
    names, rows = table(opened(printed())["随机抽查"])
    assert [row["事项编号"].value for row in rows] == ["-S-1"]
    assert not {"办理风险等级", "每100件区间", "理由与依据"} & set(names)


def test_the_columns_and_what_stands_in_them() -> None:
    names, rows = table(opened(printed())["本月提示"])
    assert names == [
        "序号",
        "事项编号",
        "承办部门",
        "承办人编号",
        "案件类别",
        "诉求事由",
        "办理风险等级",
        "每100件区间",
        "理由与依据",
        "欠办事项(最近到期)",
        "到期日",
        "剩余天数",
        "可提供的帮助",
        "核实状态",
        "措施",
        "完成日期",
        "结果",
    ]
    first = {name: cell.value for name, cell in rows[0].items()}
    assert first == {
        "序号": 1,
        "事项编号": "T-1",
        "承办部门": "刑事检察部",
        "承办人编号": "S1",
        "案件类别": "刑事申诉",
        "诉求事由": "人身损害",
        "办理风险等级": "重大",
        "每100件区间": "18–27",
        "理由与依据": "1. 我院逾期12天未作每月后续答复\n2. 我院尚未作释法说理\n依据：每月答复进展",
        "欠办事项(最近到期)": "每月后续答复\n承诺兑现（2026-11-09）\n释法说理",
        "到期日": datetime.fromisoformat("2026-10-19"),
        "剩余天数": -13,
        "可提供的帮助": "公开听证（未筛查）",
        "核实状态": "待核实",
        "措施": None,
        "完成日期": None,
        "结果": None,
    }
    assert rows[0]["到期日"].is_date
    assert rows[0]["到期日"].number_format == "yyyy-mm-dd"
    assert {rows[0][name].data_type for name in ("序号", "剩余天数")} == {"n"}


def test_the_due_date_is_the_last_day_in_time_and_days_are_those_of_the_pages() -> None:
    today = duty("promise", "承诺兑现", "promise kept", last_day="2026-11-01")
    just_missed = duty("promise", "承诺兑现", "promise kept", last_day="2026-10-31", missed=True)
    undated = duty("explanation", "释法说理", "explain the reply", last_day=None)
    shown: list[tuple[Any, Any, Any]] = []
    for owed in ([today], [just_missed], [undated], [undated, today], []):
        rows = [replace(entry("id-0", "must_act", 1, "larger"), duties=owed)]
        cells = table(opened(printed(entries=rows))["必办事项"])[1][0]
        shown.append((cells["到期日"].value, cells["剩余天数"].value, cells["欠办事项(最近到期)"].value))
    assert shown == [
        (datetime.fromisoformat("2026-11-01"), 0, "承诺兑现"),
        (datetime.fromisoformat("2026-10-31"), -1, "承诺兑现"),
        (None, None, "释法说理"),
        (datetime.fromisoformat("2026-11-01"), 0, "承诺兑现\n释法说理"),
        (None, None, "—"),
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("recipient", OWN)
def test_red_line_7_no_way_of_raising_and_no_points_or_probabilities(
    listed: Listed, recipient: Recipient, language: str
) -> None:
    content = whole_text(listed.export(recipient=recipient, language=language))
    kinds = [kind for kind in KINDS if kind.role in (Role.CONTACT, Role.FROM_ABOVE)]
    never = [kind.code for kind in kinds if "_" in kind.code] + [kind.zh for kind in kinds]
    never += ["points_nano", "987654321", "123456789", "raised_again_ever", "0.0314", "inclusion", "margin_nano"]
    assert [word for word in never if word in content] == []


def test_reasons_of_the_catalog_say_only_raised_again() -> None:
    kinds = [kind for kind in KINDS if kind.role in (Role.CONTACT, Role.FROM_ABOVE)]
    for feature in CATALOG:
        assert not any(kind.zh in (feature.reason_zh or "") for kind in kinds), feature.name


def test_g17_only_named_columns_of_a_matter_are_printed() -> None:
    ids = {number: f"id-{place}" for place, number in enumerate(ROWS)}
    wider = matters_of(ids).with_columns(someone=pl.lit("赵某某"), phone=pl.lit("13912345678"))
    content = whole_text(printed(matters=wider))
    assert "赵某某" not in content
    assert "13912345678" not in content


def test_the_notes_say_what_the_list_is() -> None:
    sheet = opened(printed(language="zh"))["说明"]
    told = {row[0].value: row[1].value for row in sheet.iter_rows(max_col=2)}
    assert told["办理单位"] == "示例甲县院"
    assert told["数据截至"] == datetime.fromisoformat("2026-10-31")
    assert told["排序依据"] == "在用模型 第 3 版"
    assert told["数据批次"] == 7
    assert told["清单校验值"] == "ab" * 32
    assert told["提示名额（k）"] == 6
    assert told["导出人"] == "petition_head"
    assert told["导出时间"] == datetime.fromisoformat("2026-11-03T09:00")
    assert told["用途"] == PURPOSE
    assert [told[f"本表列出：{part}"] for part in ("必办事项", "本月提示", "随机抽查", "说理质量回看")] == [3, 6, 1, 1]
    assert told["其中 重大 / 较大 / 一般"] == "1 / 4 / 1"
    assert "每100件同类事项约a–b件会再次反映" in told["每100件区间"]


def test_a_list_by_rules_has_no_range_and_says_why() -> None:
    rules = screening(mode="rules", model_version=None, summary={"notice": {"zh": "没有批准的模型", "en": "none"}})
    book = opened(printed(screening=rules))
    assert "每100件区间" not in table(book["本月提示"])[0]
    told = {row[0].value: row[1].value for row in book["说明"].iter_rows(max_col=2)}
    assert told["排序依据"] == "按规则运行（没有批准的模型）"
    assert "没有使用模型" in told["按规则运行"]


def test_g12_the_whole_lists_range_is_told_and_a_departments_is_not() -> None:
    assert any("本月提示的 6 件中，约 " in text for text in texts(opened(printed())["本月提示"]))
    department = opened(printed(recipient=Recipient.CASE_DEPARTMENT))["本月提示"]
    assert not any("件会再次反映" in text for text in texts(department))


def test_a_demonstration_says_so_on_every_sheet() -> None:
    for sheet in opened(printed(screening=screening(demo=True))):
        assert sheet["A1"].value.startswith("【演示数据")
    for sheet in opened(printed()):
        assert "演示" not in sheet["A1"].value


@pytest.mark.parametrize(
    ("recipient", "said"),
    [
        (
            Recipient.PETITION_DEPARTMENT,
            ["截至2026-10-31，本院没有已逾期", "没有提示事项", "没有抽查事项", "没有需要回看"],
        ),
        (Recipient.OWN_LEADERS, ["没有必办事项", "没有需要签批的事项", "抽查0件"]),
        (Recipient.CASE_DEPARTMENT, ["本部门没有已逾期", "没有本部门承办的", "没有抽到本部门"]),
    ],
)
def test_an_empty_part_says_what_that_means(recipient: Recipient, said: list[str]) -> None:
    book = opened(printed(recipient=recipient, entries=[]))
    for sheet, words in zip(book.worksheets, said, strict=False):
        assert any(words in text for text in texts(sheet)), sheet.title
        assert not any("签批 " in text for text in texts(sheet))
        assert sheet.auto_filter.ref is None


# nothing can run


def test_g17_nothing_becomes_a_formula_or_a_link(listed: Listed) -> None:
    for content in (listed.export(), listed.export(user="=cmd|' /C calc'!A0", language="en")):
        book = opened(content)
        assert [
            cell.coordinate for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
        ] == []
        assert all(not sheet._hyperlinks for sheet in book)
        assert "<f>" not in whole_text(content)
    must = table(opened(listed.export())["必办事项"])[1]
    risky = next(row["事项编号"] for row in must if row["事项编号"].value == "=1+1")
    assert risky.data_type == "s"
    assert risky.quotePrefix


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "＝1", "https://x.example", "{=1}", "2026-01-01"]
)
def test_any_stored_text_stays_a_text(text: str) -> None:
    made = replace(
        entry("id-0", "must_act", 1, "larger"),
        reasons=[{"zh": text, "en": text}],
        duties=[{"zh": text, "en": text, "article": "", "due": None, "days_left": None, "missed": False}],
        help=[{"zh": text, "en": text, "code": "x", "article": ""}],
    )
    ids = {number: f"id-{place}" for place, number in enumerate(ROWS)}
    columns = ("matter_no", "department", "handler", "category", "cause")
    matters = matters_of(ids).with_columns(pl.lit(text).alias(name) for name in columns)
    content = printed(entries=[made], matters=matters, purpose=text, user=text, serial="A")
    cells = table(opened(content)["必办事项"])[1][0]
    for name in (
        "事项编号",
        "承办部门",
        "承办人编号",
        "案件类别",
        "诉求事由",
        "理由与依据",
        "欠办事项(最近到期)",
        "可提供的帮助",
    ):
        assert cells[name].data_type == "s"
        assert cells[name].value == text
    assert "<f>" not in whole_text(content)
    assert "<hyperlink" not in whole_text(content)


# how it prints


@pytest.mark.parametrize("recipient", OWN)
def test_the_sheets_are_set_up_for_paper_and_screen(recipient: Recipient) -> None:
    book = opened(printed(recipient=recipient))
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert int(sheet.page_setup.paperSize) == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        # Openpyxl gives None where the file has the default, one page wide.
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.print_title_rows
        assert sheet.print_area
        assert "&P" in sheet.oddFooter.right.text
        assert "&N" in sheet.oddFooter.right.text
        assert sheet.freeze_panes
    for sheet in book.worksheets[:3]:
        names, rows = table(sheet)
        head = next(row for row in sheet.iter_rows() if row[0].value == "序号")[0].row
        assert sheet.print_title_rows == f"${head}:${head}"
        assert sheet.freeze_panes == f"C{head + 1}"
        assert sheet.column_dimensions["A"].width > 0
        if rows:
            last = openpyxl.utils.get_column_letter(len(names))
            assert sheet.auto_filter.ref == f"A{head}:{last}{head + len(rows)}"
            assert all(cell.alignment.wrap_text for row in rows for cell in row.values())
        end = int(sheet.print_area.rsplit("$", 1)[1])
        assert end == sheet.max_row


def test_only_the_cells_to_fill_in_are_open() -> None:
    sheet = opened(printed())["本月提示"]
    assert sheet.protection.sheet
    assert not sheet.protection.autoFilter
    for row in table(sheet)[1]:
        open_cells = {name for name, cell in row.items() if not cell.protection.locked}
        assert open_cells == {"措施", "完成日期", "结果"}
        assert row["完成日期"].number_format == "yyyy-mm-dd"
    kinds = {rule.type for rule in sheet.data_validations.dataValidation}
    assert kinds == {"list", "date"}


@pytest.mark.parametrize(
    ("recipient", "signers"),
    [
        (Recipient.OWN_LEADERS, ["分管副检察长签批", "检察长签批（重大事项）"]),
        (Recipient.PETITION_DEPARTMENT, ["控申部门负责人签批"]),
        (Recipient.CASE_DEPARTMENT, ["承办部门负责人签批"]),
    ],
)
def test_the_signature_block_stands_under_the_middle_part_alone(recipient: Recipient, signers: list[str]) -> None:
    book = opened(printed(recipient=recipient))
    for sheet in book:
        found = [text for text in texts(sheet) if "签批" in text and len(text) < 20]
        dates = texts(sheet).count("日期")
        assert (found, dates) == ((signers, len(signers)) if sheet.title == "本月提示" else ([], 0))
    rows = opened(printed(recipient=recipient))["本月提示"]
    label = next(cell for row in rows.iter_rows() for cell in row if cell.value == signers[0])
    assert label.row > max(cell.row for row in table(rows)[1] for cell in row.values())


# the record (G15)


def test_g15_an_export_is_on_record_with_user_purpose_and_matters(listed: Listed) -> None:
    listed.export(recipient=Recipient.OWN_LEADERS, user="petition_head")
    whole, *each = [stored.entry for stored in listed.log()]
    assert (whole.action, whole.user_id, whole.purpose, whole.office_id, whole.at) == (
        "export",
        "petition_head",
        PURPOSE,
        "C1",
        NOW,
    )
    assert whole.detail["screening_id"] == listed.screening_id
    assert whole.detail["recipient"] == "own_leaders"
    assert whole.detail["list_hash"] == "ab" * 32
    assert whole.detail["serial"] == serial_of(listed.screening_id, "C1", Recipient.OWN_LEADERS, NOW, "petition_head")
    assert {one.action for one in each} == {"export_matter"}
    assert [one.matter_id for one in each] == [
        listed.ids[number] for number in ("D-1", "=1+1", "T-1", "+T-2", "T-5", "T-6")
    ]
    assert audit.verify(listed.store, KEY).intact


def test_an_office_without_entries_gets_a_list_that_says_so(listed: Listed) -> None:
    book = opened(listed.export(office_id="C2"))
    assert numbers(book["必办事项"]) == []
    assert any("没有必办事项" in text for text in texts(book["必办事项"]))


@pytest.mark.parametrize("changes", [{"office_id": "C9"}, {"office_id": ""}])
def test_an_office_outside_the_screening_is_not_found(listed: Listed, changes: dict[str, str]) -> None:
    with pytest.raises(NotFound):
        listed.export(**changes)
    with pytest.raises(NotFound):
        replace(listed, screening_id="none").export()
    assert listed.log() == []


def test_refusals_speak_both_languages(listed: Listed) -> None:
    for changes in ({"recipient": "superior_office"}, {"purpose": ""}, {"user": "auditor"}, {"office_id": "C9"}):
        with pytest.raises(PetitionRiskError) as refused:
            listed.export(**changes)
        assert re.search(r"[\u4e00-\u9fff]", refused.value.text("zh"))
        assert not re.search(r"[\u4e00-\u9fff]", refused.value.text("en"))
