"""A small invented office tree with people of every role, an issued list, and the application in front of it."""

import json
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from data.settings import Settings
from data.store import models, register, screenings, users
from data.store.engine import Store, open_store
from data.store.screenings import ListEntry
from data.store.users import User, UserRole
from features.catalog import CATALOG
from serving.accounts import hash_password
from serving.app import create_app
from serving.journal import audit_key
from serving.machine_tokens import create_token
from serving.sessions import start_session
from tests.histories import at, event, register_of, seen
from tests.stored import batch_of
from training import scorecard as cards
from training.scorecard import Bands, Calibration, Scorecard, Step

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

PASSWORD = "a-long-test-password"
CUTOFF = seen("2026-10-31")
NOW = at("2026-11-03") + 9 * 3_600_000_000
OFFICES = (("P1", "示例省院", None, "province"), ("M1", "示例市院", "P1", "city"), ("C1", "示例甲县院", "M1", "county"))
MORE = (("C2", "示例乙县院", "M1", "county"),)

#: number → (office, department, handler, respondent post)
PLACES: dict[str, tuple[str, str, str, str | None]] = {
    "A-1": ("C1", "刑事检察部", "S1", None),
    "A-2": ("C1", "刑事检察部", "S2", None),
    "A-3": ("C1", "民事检察部", "S3", None),
    "A-4": ("C1", "民事检察部", "S1", "leader"),
    "A-5": ("C1", "刑事检察部", "S1", "handler"),
    "A-6": ("C1", "民事检察部", "S3", "department"),
    "A-7": ("C1", "控告申诉检察部", "S4", None),
    "B-1": ("C2", "刑事检察部", "S9", None),
    "B-2": ("C2", "刑事检察部", "S9", "leader"),
    "M-1": ("M1", "刑事检察部", "S20", None),
}
PARTS = {"A-1": "must_act", "A-2": "model", "A-3": "model", "A-4": "model", "A-5": "must_act", "A-6": "model"}
PARTS |= {"A-7": "spot", "B-1": "model", "B-2": "must_act", "M-1": "model"}


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now

    def forward(self, *, minutes: int = 0, hours: int = 0) -> None:
        self.now += (minutes + 60 * hours) * 60_000_000


@dataclass
class Desk:
    """The application with its parts, and how to sign in."""

    store: Store
    settings: Settings
    state_dir: Path
    clock: Clock
    ids: dict[str, str]
    screening_id: str
    app: Any
    clients: list[TestClient] = field(default_factory=list)

    def client(self, user: str | None = None, language: str = "zh") -> TestClient:
        """A browser of its own with a session of `user` (the sign-in page has its own tests)."""
        made = TestClient(self.app, follow_redirects=False, headers={"Accept-Language": language})
        self.clients.append(made)
        if user is not None:
            found = users.find_user(self.store, user)
            assert found is not None
            token = start_session(self.store, found, self.settings.service, now=self.clock())
            made.cookies.set("pr_session", token, domain="testserver.local")
        return made

    def machine(self, *rights: str, office: str = "C1") -> TestClient:
        """A machine of an office, with a token of its own."""
        admin = users.find_user(self.store, "admin")
        assert admin is not None
        key = audit_key(self.state_dir)
        _, token = create_token(
            self.store, key, admin, office_id=office, purpose="12309热线", rights=rights, days=30, now=self.clock()
        )
        made = self.client()
        made.headers["Authorization"] = f"Bearer {token}"
        return made

    def matter(self, number: str) -> str:
        return self.ids[number]

    def with_settings(self, **changes: Any) -> "Desk":
        settings = self.settings.model_copy(update=changes)
        app = create_app(self.store, settings, self.state_dir, self.clock)
        return replace(self, settings=settings, app=app, clients=[])


def token_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]*)"', page)
    assert found is not None
    return found[1]


def sign_in(client: TestClient, user: str, password: str = PASSWORD, **more: str) -> Any:
    page = client.get("/sign-in")
    form = {"user": user, "password": password, "csrf": token_of(page.text), **more}
    return client.post("/sign-in", data=form)


def _history(number: str) -> list[dict[str, Any]]:
    rows = [
        event("2026-06-01", "letter"),
        event("2026-06-01", "registered"),
        event("2026-06-05", "procedural_reply", document_no="检回〔2026〕1号"),
        event("2026-06-20", "accepted"),
    ]
    if PARTS[number] == "must_act":
        rows += [event("2026-07-20", "visit"), event("2026-08-10", "joint_submission", people_band=3)]
    else:
        rows += [event("2026-08-28", "substantive_reply", document_no="检复〔2026〕2号", parts_missing=4)]
        rows += [event("2026-09-25", "online"), event("2026-10-20", "progress_reply", document_no="检复〔2026〕9号")]
    return rows


def people() -> list[tuple[str, UserRole, str, str | None, str | None, str | None]]:
    """user, role, office, department, staff number, respondent post."""
    return [
        ("handler", UserRole.HANDLER, "C1", "刑事检察部", "S1", "handler"),
        ("department_head", UserRole.DEPARTMENT_HEAD, "C1", "刑事检察部", None, "department"),
        ("civil_head", UserRole.DEPARTMENT_HEAD, "C1", "民事检察部", None, "department"),
        ("petition_head", UserRole.PETITION_HEAD, "C1", None, None, None),
        ("leader", UserRole.LEADER, "C1", None, None, "leader"),
        ("city_leader", UserRole.LEADER, "M1", None, None, "leader"),
        ("other_head", UserRole.PETITION_HEAD, "C2", None, None, None),
        ("operator", UserRole.OPERATOR, "M1", None, None, None),
        ("steward", UserRole.STEWARD, "M1", None, None, None),
        ("approver", UserRole.APPROVER, "M1", None, None, None),
        ("auditor", UserRole.AUDITOR, "M1", None, None, None),
        ("admin", UserRole.ADMIN, "M1", None, None, None),
        ("reviewer", UserRole.REVIEWER, "M1", None, None, None),
        ("no_staff_no", UserRole.HANDLER, "C1", "刑事检察部", None, None),
    ]


@pytest.fixture(scope="session")
def hashed() -> str:
    """One real argon2 hash for all test accounts."""
    return hash_password(PASSWORD)


@pytest.fixture(scope="session")
def filled(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, hashed: str
) -> tuple[Path, dict[str, str], str]:
    """A store with matters, people and an issued rules-only list to copy, the matters' ids, and the list's."""
    path = tmp_path_factory.mktemp("filled") / "register.db"
    shutil.copy(migrated_file, path)
    store = open_store(f"sqlite:///{path}")
    ids = _fill(store)
    for user, role, office, department, staff_id, post in people():
        account = User(
            user_id=user,
            display_name=f"测试{user}",
            role=role,
            password_hash=hashed,
            office_id=office,
            department=department,
            staff_id=staff_id,
            respondent_post=post,
            must_change=False,
        )
        users.add_user(store, account)
    screening_id = issue(store, ids)
    store.close()
    return path, ids, screening_id


@pytest.fixture
def desk(tmp_path: Path, filled: tuple[Path, dict[str, str], str]) -> Iterator[Desk]:
    """A store with matters, people and an issued rules-only list, and the application."""
    template, ids, screening_id = filled
    shutil.copy(template, tmp_path / "register.db")
    store = open_store(f"sqlite:///{tmp_path}/register.db")
    clock = Clock()
    settings = Settings()
    app = create_app(store, settings, tmp_path, clock)
    made = Desk(
        store=store,
        settings=settings,
        state_dir=tmp_path,
        clock=clock,
        ids=dict(ids),
        screening_id=screening_id,
        app=app,
    )
    yield made
    for client in made.clients:
        client.close()
    store.close()


def _fill(store: Store) -> dict[str, str]:
    made = register_of(
        {number: _history(number) for number in PLACES},
        attributes=[(number, "category", "criminal_appeal", "2026-06-01") for number in PLACES],
        observed_until="2026-11-01",
        offices={number: place[0] for number, place in PLACES.items()},
    )
    offices = pl.DataFrame(
        [dict(zip(("office_id", "name", "parent_id", "level"), row, strict=True)) for row in (*OFFICES, *MORE)],
        schema=made.offices.schema,
    )
    places = pl.DataFrame(
        [
            {
                "matter_no": no,
                "department": p[1],
                "handler": p[2],
                "respondent_post": p[3],
                "category": "criminal_appeal",
            }
            for no, p in PLACES.items()
        ],
        schema_overrides={"respondent_post": pl.String},
    ).with_columns(cause=pl.lit("injury"))
    matters = made.matters.drop("department", "handler", "respondent_post", "category", "cause").join(
        places, on="matter_no"
    )
    ready = replace(made, offices=offices, matters=matters.select(made.matters.columns))
    register.write_register(
        store,
        ready,
        batch_of(ready, observed_until=CUTOFF, recorded_at=CUTOFF),
    )
    return {row["matter_no"]: row["matter_id"] for row in matters.iter_rows(named=True)}


def issue(store: Store, ids: dict[str, str], *, version: int | None = None, cutoff: int = CUTOFF) -> str:
    """Issue a list with one entry per matter; by a model when `version` is given."""
    begun = screenings.begin_screening(
        store,
        cutoff=cutoff,
        scope="P1",
        batch_id=1,
        model_version=version,
        settings={},
        now=cutoff,
        by="operator",
        demo=False,
    )
    entries: list[ListEntry] = []
    ranks: dict[tuple[str, str], int] = {}
    for number, (office, _, _, _) in PLACES.items():
        part = PARTS[number] if version is not None or PARTS[number] != "model" else "points"
        rank = ranks[office, part] = ranks.get((office, part), 0) + 1
        model = part == "model"
        entries.append(
            ListEntry(
                office_id=office,
                matter_id=ids[number],
                part=part,  # type: ignore[arg-type]
                rank=rank,
                band=None if part == "spot" else "larger",
                margin_nano=1 if model else None,
                per_hundred_low=18 if model else None,
                per_hundred_high=27 if model else None,
                reasons=[{"feature": "x", "points_nano": 1, "zh": "我院逾期12天未作每月后续答复", "en": "we are late"}],
                duties=[
                    {
                        "code": "monthly_follow_up",
                        "zh": "每月后续答复",
                        "en": "monthly follow-up",
                        "article": "[S0] 每月答复进展",
                        "due": (CUTOFF + 8 * 3_600_000_000) - 11 * 86_400_000_000 if part == "must_act" else None,
                        "days_left": -11 if part == "must_act" else None,
                        "missed": part == "must_act",
                    }
                ],
                help=[
                    {
                        "code": "hearing",
                        "zh": "公开听证（未筛查）",
                        "en": "hearing (not screened)",
                        "article": "应听证尽听证",
                    }
                ],
            )
        )
    screenings.write_entries(store, begun.screening_id, entries)
    screenings.issue_draft(store, begun.screening_id, list_hash="ab" * 32, summary={"offices": {"C1": {"cohort": 100}}})
    return begun.screening_id


def make_scorecard() -> Scorecard:
    """A scorecard over the installed catalog that knows three of its features."""
    points = {
        "monthly_follow_up_missed": 400_000_000,
        "days_since_substantive_contact": 300_000_000,
        "raised_again_ever": 900_000_000,
    }
    thresholds = {"monthly_follow_up_missed": 0.5, "days_since_substantive_contact": 30.0, "raised_again_ever": 1.5}
    steps = tuple(
        Step(
            name=feature.name,
            sign=feature.sign,
            empty=float(feature.empty),
            contact_term=feature.contact_term,
            thresholds=np.array([thresholds[feature.name]]) if feature.name in points else np.array([]),
            values=np.array([0, points[feature.name]] if feature.name in points else [0], dtype=np.int64),
        )
        for feature in CATALOG
    )
    knots = np.array([-2_000_000_000, 0, 2_000_000_000], dtype=np.int64)
    return Scorecard(
        steps=steps,
        intercept=-1_000_000_000,
        feature_set=CATALOG.fingerprint,
        calibration=Calibration(
            a=0.0,
            b=1.0,
            knots=knots,
            low=np.array([50_000, 200_000, 500_000], dtype=np.int64),
            high=np.array([90_000, 300_000, 700_000], dtype=np.int64),
        ),
        bands=Bands(larger=-700_000_000, major=-100_000_000),
        label="unresolved_return_90d",
        horizon_days=90,
        bench_only=False,
        cohort="test",
    )


def register_card(desk: Desk, card: Scorecard) -> int:
    """Register a scorecard that passed its gate; the number of its version."""
    return add_card(desk.store, desk.state_dir, card)


def add_card(store: Store, state_dir: Path, card: Scorecard) -> int:
    """As `register_card`, where there is no application."""
    content = cards.to_json(card)
    path = state_dir / f"card-{len(models.read_models(store))}.json"
    path.write_bytes(content)
    gate = {
        "passed": True,
        "reasons": [],
        "differences": {"b1": {"value": 0.11, "low": 0.04, "high": 0.18}},
        "groups": [
            {
                "column": "category",
                "value": "criminal_appeal",
                "episodes": 40,
                "recall": {"value": 0.4, "low": 0.3, "high": 0.5},
                "floor": 0.3,
                "verdict": "ok",
            },
            {
                "column": "office_id",
                "value": "C1",
                "episodes": 4,
                "recall": {"value": 0.25, "low": 0.0, "high": 0.6},
                "floor": 0.3,
                "verdict": "small",
            },
        ],
    }
    return models.add_model(
        store,
        models.ModelVersion(
            name="scorecard",
            scorecard_sha256=cards.sha256(card),
            scorecard_path=path.name,
            feature_fingerprint=card.feature_set,
            label=card.label,
            bench_only=False,
            demo=False,
            assumed_share=0.1,
            created_at=CUTOFF,
            created_by="steward",
            gate=gate,
        ),
    )


@pytest.fixture
def approve(desk: Desk) -> Callable[[Scorecard], int]:
    """Register a scorecard, propose it as the steward and approve it as the approver."""

    def approved(card: Scorecard) -> int:
        version = register_card(desk, card)
        models.propose(desk.store, version, proposer="steward", at=CUTOFF, reason="回溯检验领先")
        models.promote(desk.store, version, approver="approver", at=CUTOFF + 1, reason="已核对模型卡")
        return version

    return approved


def log_of(desk: Desk) -> list[Any]:
    """The audit entries, in order."""
    from data.store import audit

    return [stored.entry for stored in audit.read_entries(desk.store)]


def body_of(answer: Any) -> dict[str, Any]:
    return json.loads(answer.text)
