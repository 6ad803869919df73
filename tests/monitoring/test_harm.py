"""Is it found when flagged matters fare worse, and is a list that changes nothing left alone (G24)."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from data.contract import Attributes, Events, Matters, Register
from data.settings import Settings
from data.times import DAY_US, cutoff_instant
from data.vocabulary import KINDS
from monitoring.check import PastList, Severity, Watch
from monitoring.harm import DEEDS, check_harm, compared_matters
from monitoring.tables import audit_tables

ZONE = "Asia/Shanghai"
CUTOFF = cutoff_instant(date(2026, 3, 31), ZONE)
OFFICES = 4


def flagged_watch(
    *, seed: int = 1, matters: int = 800, hurt: str = "", ranked: str = "margin", entered: int = 0
) -> Watch:
    """One matured list of a fifth of the matters; whoever ranks high is answered later anyway, flag or no flag.

    `hurt` names what flagged matters suffer; `entered` is by how many days an event is known late.
    """
    draw = np.random.default_rng(seed)
    score = np.round(draw.normal(size=matters), 3)
    office = [f"o{i % OFFICES}" for i in range(matters)]
    ids = [f"m{i:04}" for i in range(matters)]
    part: dict[int, str] = {}
    for name in sorted(set(office)):
        order = [i for i in np.argsort(-score) if office[i] == name]
        k = len(order) // 5
        part |= dict.fromkeys(order[:k], "model") | dict.fromkeys(order[k + 5 :: 30], "spot")
    events = []

    def put(i: int, kind: str, day: float) -> None:
        occurred = CUTOFF + int(day * DAY_US)
        events.append(
            {"event_id": f"e{len(events)}", "matter_id": ids[i], "kind": kind, "occurred_at": occurred}
            | dict.fromkeys(("known_at", "known_from", "recorded_at"), occurred + entered * DAY_US)
            | {"batch_id": 1, "seq": len(events), "assumed": False, "people_band": 0}
        )

    for i in range(matters):
        flagged = part.get(i) == "model"
        put(i, "registered", -60)
        answered = draw.random() < 0.3 - 0.2 * (score[i] > 0.5)
        if answered:
            put(i, "substantive_reply", -20)
        slow = 2.5 if flagged and hurt == "days_to_reply" else 1.0
        if not answered:
            put(i, "substantive_reply", float(draw.exponential(40 + 10 * score[i].clip(-2, 2))) * slow)
        for kind in ("not_accepted", "returned", "terminated", "withdrawn"):
            if draw.random() < (0.5 if flagged and hurt == kind else 0.1):
                put(i, kind, 30.0)
        if draw.random() < (0.1 if flagged and hurt == "helped" else 0.4):
            put(i, "lawyer_offered", 10.0)
    names = [f"o{i}" for i in range(OFFICES)]
    rows = [{"matter_id": m, "source": "t", "office_id": o, "matter_no": m} for m, o in zip(ids, office, strict=True)]
    register = Register(
        offices=pl.DataFrame({"office_id": names, "name": names, "level": "county"}),
        matters=pl.DataFrame(rows, schema=dict.fromkeys(Matters.column_names(), pl.String)),
        events=pl.DataFrame(events, schema=Events.create_empty().schema),
        attributes=Attributes.create_empty(),
        observed_until=cutoff_instant(date(2026, 12, 31), ZONE),
        time_zone=ZONE,
        roles={kind.code: str(kind.role) for kind in KINDS},
    )
    margin = pl.Series(score if ranked == "margin" else [None] * matters, dtype=pl.Float64)
    past = PastList(
        screening_id="s1",
        cutoff=CUTOFF,
        entries=pl.DataFrame({"matter_id": [ids[i] for i in part], "part": list(part.values()), "inclusion": 0.1}),
        candidates=pl.DataFrame({"matter_id": ids, "office_id": office, "margin": margin, "B6": score}),
    )
    return Watch(register=register, settings=Settings(), as_of=register.observed_until, past=(past,))


@pytest.mark.parametrize("deed", [deed.name for deed in DEEDS])
def test_g24_what_flagged_matters_suffer_is_found_severe_and_nothing_else(deed: str) -> None:
    (found,) = check_harm(flagged_watch(hurt=deed)).findings
    assert (found.code, found.severity, found.numbers["deed"]) == ("flag_hurts", Severity.SEVERE, deed)
    assert "按规则运行" in found.remedy_zh
    assert "named person" in found.remedy_en


def test_g24_a_list_that_changes_nothing_is_left_alone() -> None:
    found = [check_harm(flagged_watch(seed=seed)).findings for seed in range(8)]
    assert sum(bool(one) for one in found) == 0


def test_g24_by_rules_the_order_of_the_points_tells_who_is_alike() -> None:
    by_rules = check_harm(flagged_watch(hurt="days_to_reply", ranked="points"))
    assert by_rules.rows == check_harm(flagged_watch(hurt="days_to_reply")).rows
    assert [one.code for one in by_rules.findings] == ["flag_hurts"]


def test_g24_like_matters_are_the_next_below_the_line_of_their_office() -> None:
    watch = flagged_watch()
    rows = compared_matters(watch)
    assert rows is not None
    joined = rows.join(watch.past[0].candidates.select("matter_id", "B6"), on="matter_id")
    for name in ("o0", "o1", "o2", "o3"):
        own = joined.filter(pl.col("office_id") == name)
        flagged, like = (own.filter(pl.col("group") == group) for group in ("flagged", "like"))
        assert flagged.height == like.height == 40
        assert like["B6"].max() <= flagged["B6"].min()  # type: ignore[operator]
    assert rows["matter_id"].n_unique() == rows.height


def test_the_days_to_a_reply_are_those_of_the_register_and_end_with_the_horizon() -> None:
    watch = flagged_watch()
    rows = compared_matters(watch)
    assert rows is not None
    for matter, days in rows.select("matter_id", "days_to_reply").head(40).iter_rows():
        replies = [
            (at - CUTOFF) / DAY_US
            for one, kind, at in watch.register.events.select("matter_id", "kind", "occurred_at").iter_rows()
            if one == matter and kind == "substantive_reply" and 0 <= at - CUTOFF < 90 * DAY_US
        ]
        assert days == pytest.approx(min(replies, default=90.0))


def test_what_was_known_only_after_the_cutoff_does_not_make_a_matter_answered() -> None:
    early, late = compared_matters(flagged_watch()), compared_matters(flagged_watch(entered=30))
    assert early is not None
    assert late is not None
    assert early["answered"].any()
    assert not late["answered"].any()


def test_too_few_or_too_early_says_so_and_judges_nothing() -> None:
    watch = flagged_watch(hurt="days_to_reply", matters=80)
    outcome = check_harm(watch)
    assert outcome.findings == []
    assert not any(row["enough"] for row in outcome.rows)
    early = replace(watch, register=replace(watch.register, observed_until=CUTOFF + 50 * DAY_US))
    assert check_harm(early).rows == []
    assert check_harm(replace(watch, past=())).rows == []


def test_g13_small_counts_and_what_they_could_be_told_from_are_hidden_across_offices() -> None:
    watch = flagged_watch(matters=400)
    for row in check_harm(watch).rows:
        if row["flagged"]["masked"] or row["like"]["masked"]:
            assert row["difference"] is row["interval"] is None
    alone = replace(watch.register, offices=watch.register.offices.head(1))
    assert all(row["difference"] is not None for row in check_harm(replace(watch, register=alone)).rows)


def test_the_table_shows_every_deed_in_both_languages() -> None:
    rows = check_harm(flagged_watch(matters=80)).rows
    for language in ("zh", "en"):
        ((_, header, cells),) = audit_tables("harm", rows, language)
        assert len(cells) == len(DEEDS)
        assert {len(row) for row in cells} == {len(header)}
