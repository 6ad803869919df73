import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import SettingsError
from data.mapping import BENCH_OFFICE, SHIPPED, KindRule, load_mapping, mapping_text, parse_mapping, shipped
from data.vocabulary import KINDS, Role

LOG = """
name = "log"
time_zone = "Asia/Shanghai"
numbering = "per_matter"
coverage = "full"
layout = "event_per_row"
bench_only = true

[office]
id = "bench"
name = "试验台"

[columns]
matter = "case"
occurred = "at"
kind = "code"

[lag]
default_days = 0

[kinds]
"Open" = "registered"
"Write" = "letter"
"Pay" = { added = "payment", role = "record", amount = "paid" }
"Appeal" = { added = "appeal", role = "remedy" }

[attributes.amount]
column = "amount"
dtype = "money"
dated = true
owner = "bench"
reason = "what is owed"
source = "register"

[attributes.class]
column = "class"
dtype = "category"
owner = "bench"
reason = "shown only"
source = "register"

[task]
horizon_days = 90
label = ["appeal"]
first_only = true
cohort = "age <= 400 AND appeals = 0 AND owed > 10"

[task.measures]
age = { days_since = "registered" }
appeals = { count = ["appeal"] }
owed = { max = "amount", unit = "cent", empty = 0 }
"""


def problems(text: str, language: int = 1) -> str:
    with pytest.raises(SettingsError) as caught:
        parse_mapping(text)
    assert caught.value.exit_code == 10
    assert all(zh and en for zh, en in caught.value.details)
    return "\n".join(line[language] for line in caught.value.details)


def test_a_log_mapping_reads_as_written() -> None:
    mapping = parse_mapping(LOG)
    assert mapping.kinds["Open"].kind == "registered"
    assert mapping.kinds["Pay"].amount == "paid"
    assert mapping.roles["appeal"] == "remedy"
    assert mapping.roles["letter"] == "contact"
    assert [(a.name, a.dated, a.fixed, a.usable) for a in mapping.attributes] == [
        ("amount", True, False, True),
        ("class", False, False, False),
    ]
    assert mapping.task.label == ("appeal",)
    assert [(m.name, m.operation, m.empty) for m in mapping.task.measures] == [
        ("age", "days_since", None),
        ("appeals", "count", 0),
        ("owed", "max", 0),
    ]


@pytest.mark.parametrize("name", shipped())
def test_shipped_mappings_load(name: str) -> None:
    mapping = load_mapping(name)
    assert mapping.name == name
    assert load_mapping(SHIPPED / f"{name}.toml") == mapping


def test_no_module_names_a_shipped_log() -> None:
    root = Path(__file__).parents[2]
    logs = [name for name in shipped() if load_mapping(name).bench_only]
    assert logs
    rooms = ("data", "features", "training", "monitoring", "serving", "tests")
    named = [
        str(path.relative_to(root))
        for room in rooms
        for path in (root / room).rglob("*.py")
        if any(log in path.read_text(encoding="utf-8") for log in logs)
    ]
    assert named == []


def test_the_ledger_knows_every_shipped_kind_by_its_label() -> None:
    ledger = load_mapping("ledger")
    assert {kind.zh: kind.code for kind in KINDS}.items() <= {
        label: rule.kind for label, rule in ledger.kinds.items()
    }.items()
    assert not ledger.bench_only
    assert ledger.task.label is None
    assert ledger.task.horizon_days == 90
    slow = [kind.code for kind in KINDS if kind.role in (Role.RATING, Role.END)]
    assert {code: ledger.lag_days.get(code, ledger.lag_default_days) for code in slow} == dict.fromkeys(slow, 30)
    assert ledger.lag_default_days == 3


def test_the_digest_follows_the_meaning_only() -> None:
    mapping = parse_mapping(LOG)
    assert parse_mapping("# a comment\n" + LOG.replace("name = ", "name  =  ")).sha256 == mapping.sha256
    assert parse_mapping(LOG.replace("horizon_days = 90", "horizon_days = 60")).sha256 != mapping.sha256


def test_unknown_keys_are_refused_with_the_nearest() -> None:
    said = problems(LOG.replace("horizon_days", "horizon_dayz").replace("numbering", "numberring"))
    assert "did you mean horizon_days?" in said
    assert "did you mean numbering?" in said


def test_everything_wrong_is_said_at_once() -> None:
    text = (
        LOG.replace('time_zone = "Asia/Shanghai"', 'time_zone = "Mars/Olympus"')
        .replace('coverage = "full"', 'coverage = "partly"')
        .replace('"Write" = "letter"', '"Write" = "lettre"')
        .replace('dtype = "money"', 'dtype = "euro"')
        .replace("dated = true", 'dated = true\nfixed_at = "registration"')
    )
    said = problems(text)
    for part in (
        "time_zone",
        "coverage",
        "did you mean letter?",
        "attributes.amount.dtype",
        "either fixed_at or dated",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("condition", "part"),
    [
        ("age <= 400 AND agee > 1", "did you mean age?"),
        ("SUM(age) > 3", "SUM"),
        ("age(1) > 2", "functions"),
        ("age > 'x'", "not allowed"),
        ("age + 1", "condition"),
        ("1 = 1", "condition"),
        ("age > (", "not a valid condition"),
        ("age > 1; DROP TABLE x", "not allowed"),
        ("age > (SELECT age)", "SELECT"),
        ("age IS NULL OR", "not a valid condition"),
    ],
)
def test_the_cohort_is_a_condition_over_its_measures(condition: str, part: str) -> None:
    assert part in problems(LOG.replace("age <= 400 AND appeals = 0 AND owed > 10", condition))


@pytest.mark.parametrize(
    "condition",
    ["age BETWEEN 1 AND 30", "appeals IN (0, 1) AND NOT owed = 3", "(age - 1) / 2 < owed", "age IS NOT NULL"],
)
def test_conditions_that_hold(condition: str) -> None:
    text = LOG.replace("age <= 400 AND appeals = 0 AND owed > 10", condition)
    assert parse_mapping(text).task.cohort == condition


@given(st.text(max_size=40))
def test_any_condition_is_taken_or_refused(condition: str) -> None:
    quoted = condition.replace("\\", "").replace('"', "").replace("\n", " ")
    text = LOG.replace("age <= 400 AND appeals = 0 AND owed > 10", "".join(c for c in quoted if c.isprintable()))
    with suppress(SettingsError):
        assert parse_mapping(text).task.measures


@pytest.mark.parametrize(
    ("measure", "part"),
    [
        ('age = { days_since = "registred" }', "did you mean registered?"),
        ("age = { }", "exactly one"),
        ('age = { max = "class" }', "no usable attribute"),
        ('age = { max = "amount", unit = "euro" }', "unit"),
        ('age = { count = ["appeal"], empty = 3 }', "0"),
        ('age = { days_since = "registered", window = 3 }', "no such key"),
    ],
)
def test_measures_are_checked(measure: str, part: str) -> None:
    assert part in problems(LOG.replace('age = { days_since = "registered" }', measure))


def test_g26_a_remedy_as_label_is_bench_only() -> None:
    said = problems(LOG.replace("bench_only = true", "bench_only = false"))
    assert "task.label: contains a remedy" in said


@pytest.mark.parametrize("kinds", ['"letter"', '"visit", "online"', '"assigned_from_above"', '"joint_submission"'])
def test_g26_singling_out_kinds_of_contact_is_bench_only(kinds: str) -> None:
    text = LOG.replace('label = ["appeal"]', f"label = [{kinds}]")
    assert parse_mapping(text).task.label
    assert "singles out kinds of contact" in problems(text.replace("bench_only = true", "bench_only = false"))


def test_g26_a_declaration_in_the_open_needs_a_second_person() -> None:
    text = (
        LOG.replace("bench_only = true", "")
        .replace('label = ["appeal"]', "")
        .replace('appeals = { count = ["appeal"] }', "")
        .replace("AND appeals = 0", "")
    )
    said = problems(text)
    for where in ("attributes.amount", "attributes.class", "kinds.Pay", "kinds.Appeal"):
        assert f"{where}: needs owner" in said
    alone = text.replace('owner = "bench"', 'owner = "bench"\nconfirmed_by = "bench"')
    assert "attributes.amount: needs owner" in problems(alone)


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("", "attributes.category: needs describes"),
        ('describes = "person"', "attributes.category.describes: matter (describes the matter) or handling"),
        ("describes = 1", "attributes.category.describes: must be given as text"),
        ('describes = ""', "attributes.category.describes: must be given as text"),
    ],
)
def test_g26_an_attribute_says_whether_it_describes_the_matter_or_our_handling(said: str, part: str) -> None:
    text = (SHIPPED / "ledger.toml").read_text(encoding="utf-8")
    assert {one.describes for one in parse_mapping(text).attributes} == {"matter"}
    assert part in problems(text.replace('describes = "matter"', said, 1))
    handling = parse_mapping(text.replace('describes = "matter"', 'describes = "handling"', 1))
    assert handling.attributes[0].describes == "handling"
    assert handling.sha256 != parse_mapping(text).sha256


def test_g26_a_bench_and_a_remembered_mapping_may_be_silent_and_keep_their_digest() -> None:
    assert {one.describes for one in parse_mapping(LOG).attributes} == {None}
    said = LOG.replace('owner = "bench"', 'owner = "bench"\ndescribes = "person"', 1)
    assert "describes the matter" in problems(said)
    assert parse_mapping(LOG).sha256 == "64716117d5c5aece133fb24bf879356ec3489550d28080ab85c48644fe0db0f7"
    old = (SHIPPED / "ledger.toml").read_text(encoding="utf-8").replace('describes = "matter"\n', "")
    assert {one.describes for one in parse_mapping(old, remembered=True).attributes} == {None}


@pytest.mark.parametrize(
    ("role", "describes"),
    [("contact", "matter"), ("remedy", "matter"), ("rating", "matter"), ("intake", "handling"), ("reply", "handling")],
)
def test_g26_a_kind_says_by_its_role_what_it_describes(role: str, describes: str) -> None:
    assert KindRule(kind="own", role=role, added=True).describes == describes


@pytest.mark.parametrize("column", ["姓名", "身份证号", "稳控措施", "phone", "反映内容"])
def test_g2_a_mapping_cannot_open_a_forbidden_column(column: str) -> None:
    assert "kept out" in problems(LOG.replace('column = "class"', f'column = "{column}"'))
    assert "kept out" in problems(LOG.replace('matter = "case"', f'matter = "{column}"'))


def test_a_log_needs_its_office_and_columns() -> None:
    text = (
        LOG.replace('occurred = "at"', "")
        .replace("[office]", "[attributes.office]")
        .replace("only = true", "only = false")
    )
    said = problems(text)
    assert "columns.occurred" in said
    assert "office: a log of events must name its office" in said


@pytest.mark.parametrize("name", [name for name in shipped() if load_mapping(name).bench_only])
def test_a_log_for_the_bench_need_not_name_an_office(name: str) -> None:
    text = mapping_text(name)
    silent = re.sub(r"(?m)^\[office\][^\[]*", "", text)
    assert "[office]" not in silent
    found = parse_mapping(silent)
    assert found == load_mapping(name)
    assert found.office == BENCH_OFFICE
    with pytest.raises(SettingsError) as refused:
        parse_mapping(silent.replace("bench_only = true", "bench_only = false"))
    assert "[office]" in refused.value.text("zh")


def test_an_unknown_mapping_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_mapping("ledgr")
    assert "ledger" in caught.value.text("en")
    broken = tmp_path / "broken.toml"
    broken.write_text("name = ", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_mapping(broken)
    assert caught.value.code == "mapping_unreadable"
    broken.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError):
        load_mapping(broken)


def test_g26_a_cohort_singles_out_nobody(tmp_path: Path) -> None:
    text = (SHIPPED / "ledger.toml").read_text(encoding="utf-8")
    for kinds in ('"review_requested"', '"visit"'):
        said = problems(text + f'cohort = "n = 0"\n[task.measures]\nn = {{ count = [{kinds}] }}\n')
        assert "task.measures.n" in said
    fine = parse_mapping(text + 'cohort = "n = 0"\n[task.measures]\nn = { count = ["closed"] }\n')
    assert fine.task.cohort == "n = 0"
