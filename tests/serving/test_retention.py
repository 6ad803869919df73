"""What expires goes, an erased matter is found nowhere, and lists and log still verify."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
import xlsxwriter

from data.errors import LeaseHeld, NotFound
from data.link_proposals import EARLIER
from data.reconcile import ATTRIBUTE_DRAFT, EVENT_DRAFT
from data.settings import ImpactSettings, Settings
from data.store import audit, disputes, flags, lease, links, register, schema_work, screenings, users
from data.store.batches import Batch
from data.store.disputes import Dispute
from data.store.engine import Store
from data.store.flags import Decision, PutForward
from data.store.links import LinkDecision
from data.store.snapshots import read_snapshots
from data.store.users import User, UserRole
from data.times import DAY_US
from serving.dead_runs import log_path
from serving.erasing import erase
from serving.held import LEASE, TTL_US
from serving.removal import broken_lists, no_sweep
from serving.retention import retain
from serving.screening import screen
from tests.histories import at, event, register_of, seen

NUMBER = "渌检控申〔2026〕7741号"
LATER = "渌检控申〔2026〕8852号"
OTHER = "渌检控申〔2026〕1234号"
TYPED = "答复文书落款日期写错一天需要更正"
PLAN = "当面释法说理并补发答复文书给来信人"
CUTOFF = seen("2026-10-31")
KEY = b"k" * 32
BATCH = Batch(
    source="test",
    file_sha256="0" * 64,
    mapping_name="ledger",
    mapping_sha256="0" * 64,
    coverage="append",
    observed_until=CUTOFF,
    time_zone="Asia/Shanghai",
    recorded_at=CUTOFF,
    recorded_by="test",
)
SETTINGS = Settings(impact=ImpactSettings(assessment_id="PIA-1", approver="x"))


@dataclass
class Place:
    store: Store
    state: Path
    screening_id: str

    def matter(self, number: str) -> str:
        return str(register.find_matter(self.store, matter_no=number)["matter_id"][0])


@pytest.fixture
def place(store: Store, tmp_path: Path) -> Place:
    """Three matters, a list of them, and everything people can say of the one to be erased, with its later number."""
    state = tmp_path
    rows = {
        number: [
            event(f"2026-0{month}-01", "letter"),
            event(f"2026-0{month}-01", "registered"),
            event(f"2026-0{month}-20", "visit"),
        ]
        for number, month in ((NUMBER, 3), (LATER, 5), (OTHER, 6))
    }
    made = register_of(rows, attributes=[(OTHER, EARLIER, NUMBER, "2026-06-01")])
    made = replace(made, attributes=made.attributes.with_columns(usable=pl.lit(value=False)))
    register.write_register(store, made, BATCH)
    users.add_user(
        store,
        User(
            user_id="head",
            display_name="head",
            role=UserRole.PETITION_HEAD,
            password_hash="x",
            office_id="T01",
            must_change=False,
        ),
    )
    sweep = screen(
        store, SETTINGS, state, KEY, cutoff=CUTOFF, scope="T01", clock=lambda: CUTOFF + DAY_US, by="operator"
    )
    found = Place(store=store, state=state, screening_id=sweep.screening.screening_id)
    number, later = found.matter(NUMBER), found.matter(LATER)
    once = iter(f"{n:036d}" for n in range(99))
    common: dict[str, Any] = {"office_id": "T01", "matter_id": number}
    by: dict[str, Any] = {"decided_by": "head", "role": "petition_head", "at": CUTOFF}
    flags.add_decision(
        store,
        Decision(
            **common, **by, screening_id=found.screening_id, decision="change", reason=TYPED, plan=PLAN, once=next(once)
        ),
    )
    flags.add_put_forward(
        store, PutForward(**common, cutoff=CUTOFF, put_by="head", at=CUTOFF, reason=TYPED, once=next(once))
    )
    disputes.raise_dispute(
        store,
        Dispute(
            **common,
            subject="category",
            target="",
            before={"code": None},
            wanted={"code": "petition"},
            reason_class="class",
            text=TYPED,
            raised_by="head",
            role="petition_head",
            raised_at=CUTOFF,
            due_at=CUTOFF,
            once=next(once),
        ),
    )
    links.confirm_link(
        store, LinkDecision(**common, **by, alias_id=later, decision="confirm", evidence={}, once=next(once))
    )
    (state / "exports").mkdir()
    with xlsxwriter.Workbook(state / "exports" / "list.xlsx") as book:
        book.add_worksheet().write_string(0, 0, NUMBER)
    return found


def everywhere(place: Place) -> str:
    """All that the database holds, as text."""
    told: list[str] = []
    inspector = sa.inspect(place.store.engine)
    with place.store.read() as connection:
        for name in inspector.get_table_names():
            told += [str(tuple(row)) for row in connection.execute(sa.text(f'SELECT * FROM "{name}"'))]
    return "\n".join(told)


def bytes_of(state: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(state.rglob("*")) if path.is_file())


def gone(place: Place) -> Any:
    return erase(
        place.store,
        place.state,
        KEY,
        SETTINGS,
        matter_no=NUMBER,
        office_id="T01",
        by="head",
        reason="到期",
        now=CUTOFF + 9,
    )


def test_g19_an_erased_matter_is_found_nowhere(place: Place) -> None:
    assert NUMBER in everywhere(place)
    ids = [place.matter(NUMBER), place.matter(LATER)]
    proof = gone(place)
    held, told = bytes_of(place.state), everywhere(place)
    for word in (NUMBER, LATER, TYPED, PLAN):
        assert word not in told
        for coding in ("utf-8", "gb18030", "utf-16-le"):
            assert word.encode(coding) not in held, (word, coding)
    assert proof.left == []
    assert proof.files["exports/list.xlsx"] == "removed"
    assert not (place.state / "exports" / "list.xlsx").exists()
    for log in screenings.feature_logs(place.store, place.screening_id):
        frame = pl.read_parquet(place.state / log.path)
        assert not set(ids) & set(frame["matter_id"])
        assert (frame.height, log.rows) == (1, 1)
    assert {"events", "attributes", "matters", "links", "link_decisions", "disputes", "flag_decisions"} <= set(
        proof.tables
    )
    assert proof.tables["snapshots"] == 2
    assert not set(ids) & set(read_snapshots(place.store)["matter_id"])
    with pytest.raises(NotFound):
        register.matter_register(place.store, ids[0])
    assert register.read_register(place.store).matters.height == 1


def test_g19_lists_and_log_still_verify_and_the_proof_says_what_went(place: Place) -> None:
    assert broken_lists(place.store) == []
    proof = gone(place)
    assert proof.lists_verify
    assert broken_lists(place.store) == []
    assert audit.verify(place.store, KEY).intact
    last = audit.read_entries(place.store)[-1].entry
    assert (last.action, last.user_id, last.detail["proof"]) == ("erased", "head", proof.proof_id)
    written = (place.state / "erasures" / f"{proof.proof_id}.json").read_text(encoding="utf-8")
    assert json.loads(written)["tables"] == proof.tables
    assert NUMBER not in written


def test_g19_an_altered_list_does_not_verify(place: Place) -> None:
    table = screenings.schema.entries
    with place.store.write() as connection:
        connection.execute(table.update().values(rank=table.c.rank + 1))
    assert broken_lists(place.store) == [place.screening_id]


def test_g19_the_next_ledger_does_not_bring_it_back(place: Place) -> None:
    before = register.read_register(place.store, batch_id=1)
    gone(place)
    assert before.matters.height == 3
    again = replace(BATCH, file_sha256="1" * 64, coverage="full")
    register.write_batch(
        place.store,
        again,
        before.matters,
        before.events.select(EVENT_DRAFT),
        before.attributes.select(ATTRIBUTE_DRAFT),
        confirm=True,
    )
    assert register.read_matters(place.store)["matter_no"].to_list() == [OTHER]
    assert NUMBER not in everywhere(place)


def test_g19_what_was_signed_keeps_its_digest_only(place: Place) -> None:
    steps, signed = schema_work.list_steps, schema_work.signed_entries
    with place.store.write() as connection:
        step = connection.execute(
            steps.insert().values(
                screening_id=place.screening_id,
                office_id="T01",
                step="submit",
                version=1,
                opinion="",
                content_hash="c" * 64,
                by="head",
                role="petition_head",
                at=CUTOFF,
                once="x" * 36,
            )
        ).inserted_primary_key
        assert step is not None
        connection.execute(
            signed.insert().values(
                step_id=step[0],
                place=1,
                matter_id=place.matter(NUMBER),
                part="points",
                band="major",
                taken=True,
                content={"number": NUMBER},
                content_hash="d" * 64,
            )
        )
    gone(place)
    with place.store.read() as connection:
        row = connection.execute(signed.select()).mappings().one()
    assert (row["content_hash"], row["content"], row["matter_id"], row["band"]) == ("d" * 64, {}, "", None)


def test_g19_scores_of_a_matter_closed_long_ago_expire_and_the_matter_stays(place: Place) -> None:
    closing = register_of({OTHER: [event("2026-06-01", "letter"), event("2026-11-05", "closed")]})
    drafts = closing.events.filter(pl.col("kind") == "closed").select(EVENT_DRAFT)
    drafts = drafts.with_columns(matter_id=pl.lit(place.matter(OTHER)))
    later = replace(BATCH, file_sha256="2" * 64, observed_until=seen("2027-06-30"))
    none = closing.attributes.clear().select(ATTRIBUTE_DRAFT)
    register.write_batch(place.store, later, closing.matters.clear(), drafts, none)

    def run(day: str, *, dry_run: bool = False) -> int:
        proof = retain(place.store, place.state, KEY, SETTINGS, by="operator", now=at(day), dry_run=dry_run)
        assert proof.lists_verify
        return int(proof.tables["entries"])

    before = len(screenings.read_entries(place.store, place.screening_id))
    assert run("2026-12-01") == 0
    assert run("2027-07-01", dry_run=True) == 1
    assert len(screenings.read_entries(place.store, place.screening_id)) == before
    assert run("2027-07-01") == 1
    assert run("2027-07-01") == 0
    left = screenings.read_entries(place.store, place.screening_id)
    assert place.matter(OTHER) not in {entry.matter_id for entry in left}
    assert place.matter(OTHER) in set(read_snapshots(place.store)["matter_id"])  # holds neither score nor band
    assert not register.matter_events(place.store, place.matter(OTHER)).is_empty()


def test_nothing_is_erased_or_expires_while_a_sweep_is_under_way_and_no_sweep_meanwhile(place: Place) -> None:
    sweeping = "os:timer@host:7#abc"
    now = CUTOFF + 9
    lease.acquire(place.store, LEASE, holder=sweeping, now=now, ttl_us=TTL_US)
    told: list[str] = []
    for remove in (
        lambda: gone(place),
        lambda: retain(place.store, place.state, KEY, SETTINGS, by="x", now=now, dry_run=False),
    ):
        with pytest.raises(LeaseHeld, match=sweeping) as refused:
            remove()
        told.append(refused.value.code)
    assert told == ["lease_held", "lease_held"]
    assert not register.find_matter(place.store, matter_no=NUMBER).is_empty()
    assert retain(place.store, place.state, KEY, SETTINGS, by="x", now=now, dry_run=True).tables["entries"] == 0
    lease.release(place.store, LEASE, holder=sweeping)

    with no_sweep(place.store, by="head", now=now, what="erase"), pytest.raises(LeaseHeld) as refused:
        screen(
            place.store,
            SETTINGS,
            place.state,
            KEY,
            cutoff=seen("2026-09-30"),
            scope="T01",
            clock=lambda: now + 60_000_000,
            by="timer",
        )
    assert "head erase@" in refused.value.zh
    assert lease.current(place.store, LEASE, now=now + 60_000_000) is None  # given back


def test_what_a_sweep_that_died_left_hidden_is_erased_too(place: Place) -> None:
    hidden = screenings.begin_screening(
        place.store,
        cutoff=seen("2026-09-30"),
        scope="T01",
        batch_id=1,
        model_version=None,
        settings={},
        now=at("2026-11-01"),
        by="died",
        demo=False,
    )
    whole = place.state / log_path(hidden.screening_id)
    rest = whole.with_name(f"{whole.name}.partial")
    for path in (whole, rest):
        path.write_text(f"{place.matter(NUMBER)} {NUMBER}")
    proof = gone(place)
    assert proof.left == []
    assert not whole.exists()
    assert not rest.exists()
    assert screenings.unfinished(place.store) == []
