import random
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.forbidden import (
    Additions,
    check_text,
    forbidden_header,
    forbidden_value,
    gate,
    header_key,
    is_code,
    masked,
    may_show,
    name_runs,
    shown,
)
from data.vocabulary import CATEGORIES, CAUSES, KINDS, PROCEDURES

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity(place: str, born: date, serial: int) -> str:
    body = f"{place}{born:%Y%m%d}{serial:03d}"
    return body + "10X98765432"[sum(int(s) * w for s, w in zip(body, _WEIGHTS, strict=True)) % 11]


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ("姓名", "name"),
        ("信访人姓名", "name"),
        (" 信 访 人 ", "name"),
        ("来访人", "name"),
        ("身份证号", "id_number"),
        ("证件号码", "id_number"),
        ("手机号", "phone"),
        ("联系电话", "phone"),
        ("联系方式（手机）", "phone"),
        ("车牌", "plate"),
        ("家庭住址", "address"),
        ("现居住地址", "address"),
        ("民族", "ethnicity"),
        ("宗教信仰", "religion"),
        ("既往病史", "health"),
        ("心理状况", "health"),
        ("行踪", "movement"),
        ("活动轨迹", "movement"),
        ("性别", "sex"),
        ("年龄", "age"),
        ("出生年月", "age"),
        ("单位职业", "occupation"),
        ("工作单位", "occupation"),
        ("微信号", "messenger"),
        ("ＱＱ", "messenger"),
        ("照片", "photo"),
        ("稳控措施", "control"),
        ("近期动向", "control"),
        ("是否重点人员", "control"),
        ("包保责任人", "control"),
        ("盯防责任人", "control"),
        ("劝返情况", "control"),
        ("反映内容", "free_text"),
        ("petitioner_name", "name"),
        ("FullName", "name"),
        ("Phone No.", "phone"),
        ("date of birth", "age"),
        ("licence_plate", "plate"),
        ("e-mail", "email"),
        ("home address", "address"),
        ("Key Person", "control"),
    ],
)
def test_g2_forbidden_columns_are_known_by_name(header: str, rule: str) -> None:
    assert forbidden_header(header) == rule


@pytest.mark.parametrize(
    "header",
    ["事项编号", "办理单位", "承办部门", "承办人编号", "案件类别", "诉求事由", "程序类别", "首次反映", "可否答复",
     "收件日期", "登记日期", "录入日期", "环节", "发生日期", "涉及人数", "文书号", "到期日", "备注类别", "信访人数",
     "case_id", "timestamp", "activity", "article", "points", "stage", "amount"],
)  # fmt: skip
def test_columns_of_the_ledger_are_not_forbidden(header: str) -> None:
    assert forbidden_header(header) is None


def test_headers_are_compared_folded() -> None:
    assert header_key("＊ 发生 日期（必填）：") == header_key("发生日期")


@given(
    st.sampled_from(["110105", "430223", "140101", "650102"]),
    st.dates(min_value=date(1920, 1, 1), max_value=date(2015, 12, 31)),
    st.integers(min_value=1, max_value=999),
    st.sampled_from(["{}", "编号{}号", " {} ", "A-{}", "（{}）", "{}。"]),
)
def test_g2_identity_numbers_are_found_wherever_they_stand(place: str, born: date, serial: int, frame: str) -> None:
    number = identity(place, born, serial)
    assert forbidden_value(frame.format(number)) == "id_number"
    assert forbidden_value(frame.format(number.lower())) == "id_number"
    wide = number.translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)})
    assert forbidden_value(frame.format(wide)) == "id_number"
    assert forbidden_value(f"{number[:6]} {number[6:14]} {number[14:]}") == "id_number"


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("110105491231002", "id_number"),
        ("13800138000", "phone"),
        ("138-0013-8000", "phone"),
        ("1 3 8 0 0 1 3 8 0 0 0", "phone"),
        ("+86 138 0013 8000", "phone"),
        ("１３８００１３８０００", "phone"),
        ("0731-82345678", "phone"),
        ("(010)62345678", "phone"),
        ("湘B12345", "plate"),
        ("湘B·D12345", "plate"),
        ("4111 1111 1111 1111", "bank_card"),
        ("someone@example.org", "email"),
        ("微信：test_account", "messenger"),
        ("QQ 123456789", "messenger"),
        ("建设路12号", "address"),
        ("幸福小区3栋402室", "address"),
        ("3栋2单元402室", "address"),
        ("某县某镇某村三组", "address"),
    ],
)
def test_g2_values_are_known_by_content(value: str, rule: str) -> None:
    assert forbidden_value(value) == rule


def test_g2_cards_are_told_by_their_check_digit() -> None:
    hits = [d for d in range(10) if forbidden_value(f"621234567890123{d}") == "bank_card"]
    assert len(hits) == 1


@pytest.mark.parametrize(
    "value",
    [
        "渌检控申〔2026〕00012号",
        "湘检申复〔2026〕第345号",
        "43022320260115001",
        "430223202601150017",
        "430223260115001",
        "XF-2026-000123",
        "S0012",
        "S38735",
        "N21190",
        "2026年10月31日前",
        "专案组复〔2026〕12号",
        "石路检2026-12号",
    ],
)
def test_numbers_of_matters_and_documents_pass(value: str) -> None:
    assert forbidden_value(value) is None


def test_gate_is_the_value_rule_per_row() -> None:
    cells = pl.Series("c", ["S0012", None, "13800138000", "S0012", "110105194912310021"])
    assert gate(cells).to_list() == [forbidden_value(c) if c else None for c in cells.to_list()]
    assert gate(pl.Series("c", [None, "x"], dtype=pl.String)).to_list() == [None, None]
    assert gate(pl.Series("c", [], dtype=pl.String)).to_list() == []


@pytest.mark.parametrize("text", ["S0012", "s12", "A-0012", "0012", "KS_17"])
def test_staff_codes(text: str) -> None:
    assert is_code(text)


@pytest.mark.parametrize("text", ["张三", "zhangsan", "Zhang San", "S0012张三", "13800138000", "", "欧阳测试"])
def test_g2_names_are_no_staff_codes(text: str) -> None:
    assert not is_code(text)


@pytest.mark.parametrize(
    "text", ["张三", "李小明", "欧阳测试", "张三2026-1", "张三诉李四案1", "李小明案〔2026〕1号", "买买提·艾力"]
)
def test_g2_names_in_codes_are_seen(text: str) -> None:
    assert name_runs(text)


@pytest.mark.parametrize(
    "text", ["渌检控申〔2026〕12号", "高检交〔2026〕3号", "湘检〔2026〕1号", "XF2026001", "专案组复〔2026〕2号"]
)
def test_numbers_hold_no_name(text: str) -> None:
    assert not name_runs(text)


def test_our_own_vocabulary_may_be_shown() -> None:
    labels = [kind.zh for kind in KINDS]
    labels += [zh for table in (CATEGORIES, CAUSES, PROCEDURES) for zh, _ in table.values()]
    assert [label for label in labels if not may_show(label)] == []
    assert may_show("来信登记")


@pytest.mark.parametrize(
    "text", ["赵测试", "仝小明", "张三诉李四案", "他说要再来北京反映一直到有人答复为止的那种情况", "13800138000"]
)
def test_g2_what_may_be_a_person_is_not_shown(text: str) -> None:
    assert not may_show(text)
    assert text not in shown(text)
    assert str(len(text)) in shown(text)


def test_g2_a_mask_holds_nothing_of_the_value() -> None:
    mask = masked("id_number", "110105194912310021")
    assert not any(part in mask for part in ("110105", "1949", "0021"))
    assert "18" in mask


def test_g2_a_site_may_only_add() -> None:
    more = Additions(columns=("内部代号",), patterns=(("site", r"^HZ\d+$"),), words=("回头看人员",))
    assert forbidden_header("内部代号", more) == "site"
    assert forbidden_header("姓名", more) == "name"
    assert forbidden_value("HZ12", more) == "site"
    assert forbidden_value("13800138000", more) == "phone"
    assert [r.rule for r in check_text("列为回头看人员", more)] == ["control"]


@pytest.mark.parametrize(
    "word", ["稳控", "管控", "劝返", "截访", "训诫", "盯防", "重点人员", "赴省", "进京", "稳 控", "稳·控"]
)
def test_g2_control_words_are_refused_with_help_wording(word: str) -> None:
    refusals = [r for r in check_text(f"建议{word}后再答复") if r.rule == "control"]
    assert refusals
    assert all(r.offer_zh and r.offer_en for r in refusals)


@pytest.mark.parametrize(
    "text",
    [
        "身份证110105194912310021",
        "打电话13800138000联系",
        "信访人张小三多次来访",
        "姓名：李四",
        "张女士反映",
        "住建设路12号",
    ],
)
def test_g2_typed_identities_are_refused(text: str) -> None:
    refusals = check_text(text)
    assert refusals
    assert not any(part in r.zh + r.en + r.offer_zh for r in refusals for part in ("张", "李四", "138", "1101", "建设"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "我院逾期12天未作每月后续答复，其间再次反映2次。拟于11月10日前书面答复并释法说理。",
        "信访人要求当面答复，申请人于三月补充材料，建议公开听证。",
        "已告知律师参与和司法救助途径，文书渌检答〔2026〕12号。",
    ],
)
def test_typed_words_about_our_work_pass(text: str) -> None:
    assert check_text(text) == []


def test_typed_text_has_a_limit() -> None:
    assert [r.rule for r in check_text("答" * 501)] == ["too_long"]
    assert check_text("答" * 500) == []


@given(st.dates(min_value=date(2021, 1, 1), max_value=date(2030, 12, 31)), st.integers(0, 9999))
def test_matter_numbers_made_of_place_and_day_pass(day: date, serial: int) -> None:
    assert forbidden_value(f"430223{day + timedelta(0):%Y%m%d}{serial:04d}") is None


def test_g2_a_whole_column_is_judged_as_value_by_value():
    rng = random.Random(3)
    parts = [
        *"1380926547 .-()号路村组楼栋县镇屯@王",
        "〔2025〕", "138", "010", "+86", "110101", "19900101", "001X", "62", "京A", "粤b", "qq", "微信", "wx",
        "单元", "室", "社区", "小区", "家属院", "大厦", "１３８", "\u200b", "\x1c", "\n", "·",
    ]  # fmt: skip
    values = list({"".join(rng.choice(parts) for _ in range(rng.randint(1, 14))) for _ in range(60_000)})
    found = gate(pl.Series(values)).to_list()
    assert sum(rule is not None for rule in found) > 5_000
    assert found == [forbidden_value(value) for value in values]


@pytest.mark.parametrize("place", ["991999", "000000", "100101", "700101", "900101", "160102"])
def test_g2_an_identity_number_of_no_province_is_found_by_its_check_digit(place: str) -> None:
    for born in (date(1949, 10, 1), date(1999, 9, 9), date(2015, 12, 31)):
        number = identity(place, born, 7)
        for written in (number, f"编号{number}号", f"{number[:6]} {number[6:14]} {number[14:]}", f"{number} {number}"):
            assert forbidden_value(written) == "id_number", written
        wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
        assert forbidden_value(wrong) is None


@pytest.mark.parametrize(("before", "after"), [("甲2026", ""), ("甲2026", "号"), ("123", "0999"), ("00", "")])
def test_g2_an_identity_number_glued_to_digits_is_found_by_its_check_digit(before: str, after: str) -> None:
    for serial in range(2, 40):
        number = identity("110105", date(1949, 12, 31), serial)
        if number[-1] != "X" or not after[:1].isdigit():
            assert forbidden_value(f"{before}{number}{after}") == "id_number", number


def test_g2_a_long_serial_that_only_looks_alike_is_a_serial() -> None:
    assert forbidden_value("甲2026" + "110105" + "20260303" + "0123" + "号") is None
