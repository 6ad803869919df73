"""A typed client of the interface: written from its description by scripts/client.py, never by hand."""

from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict, cast

import httpx

API_VERSION = "1.0.0"


class Refused(Exception):
    """The interface refused: `status`, the stable `code`, the words, the request id, and what is off field by field."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: int | None) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('title')}")
        self.status = status
        self.code = str(problem.get("code"))
        self.title = str(problem.get("title"))
        self.request_id = str(problem.get("request_id"))
        self.errors = cast("list[dict[str, str]]", problem.get("errors", []))
        self.retry_after = retry_after


class ActIn(TypedDict):
    """Why; the text passes the gate, or nothing is done."""

    reason: str


class ActShape(TypedDict):
    """One decision about models. Reasons are read on the page of models."""

    action: str
    version: int | None
    proposer: str | None
    approver: str
    at: str
    accepted_assumed: bool


class Acts(TypedDict):
    """Every decision about models in the order they were made, and the version that serves now (null: rules)."""

    champion: int | None
    items: list[ActShape]


class ApproveIn(TypedDict):
    """Why, and whether a model from elsewhere is expressly let in before its time in the shadow is over."""

    reason: str
    accept_early: NotRequired[bool]


class BandShape(TypedDict):
    """The handling-risk band: of the handling of a matter, never of a person."""

    code: Literal["general", "larger", "major"]
    label: str


class ClockShape(TypedDict):
    """One clock of the matter, running or done."""

    clock: str
    text: str
    started_on: str
    due_on: str
    state: Literal["running", "met", "met_late", "overdue", "waived", "missed"]
    days_left: int
    article: str


class DutyShape(TypedDict):
    """A duty our office owes. `days_left` counts at `as_of`; 1 is the last day in time, 0 and below are late."""

    code: str
    text: str
    due_on: str | None
    days_left: int | None
    missed: bool
    article: str


class HelpShape(TypedDict):
    """Help the rules ask to be considered and nobody has screened yet."""

    code: str
    text: str
    article: str


class ReasonShape(TypedDict):
    """One reason; our office is its subject."""

    text: str
    fact: str
    as_of: str


class Assessment(TypedDict):
    """How the handling of a matter stands at `as_of`."""

    matter_id: str
    matter_no: str
    as_of: str
    ledger_until: str
    band: BandShape | None
    per_hundred: tuple[int, int] | None
    reasons: list[ReasonShape]
    duties: list[DutyShape]
    help: list[HelpShape]
    clocks: list[ClockShape]
    model_version: int | None
    rules_only: bool
    notice: str


class BatchShape(TypedDict):
    """An import, an undo, or what was decided or written between two ledgers."""

    batch_id: int
    act: Literal["import", "link", "correction", "event"]
    offices: list[str]
    recorded_at: str
    recorded_by: str
    covers_until: str
    undoes: int | None
    in_effect: bool


class BatchPage(TypedDict):
    """Batches of the caller's offices, the newest first."""

    items: list[BatchShape]
    page: int
    page_size: int
    total: int


class CardShape(TypedDict):
    """The card of a version as Markdown, in the caller's language."""

    version: int
    card: str


class ClocksShape(TypedDict):
    """Every clock of a matter at `as_of`."""

    matter_id: str
    as_of: str
    is_open: bool
    clocks: list[ClockShape]


class DecisionRequest(TypedDict):
    """What a person decides and why. `owner` (a staff number) and `plan` belong to a change."""

    decision: Literal["accept", "change", "reject"]
    reason: str
    owner: NotRequired[str]
    plan: NotRequired[str]
    once: str


FlagState = Literal["pending", "accepted", "changed", "rejected"]


class StateShape(TypedDict):
    """Whether a person has verified the entry, and with what outcome."""

    code: FlagState
    label: str


class DecisionShape(TypedDict):
    """The decision that counts for an entry: who, when, why, and what was changed."""

    state: StateShape
    decided_by: str
    at: str
    reason: str
    owner: str | None
    plan: str | None


class PutForwardShape(TypedDict):
    """Who put a matter forward by hand, when and why."""

    put_by: str
    at: str
    reason: str


class DecisionsShape(TypedDict):
    """Everything decided on the matter's entries, and when it was put forward by hand; the newest first."""

    decisions: list[DecisionShape]
    put_forward: list[PutForwardShape]


class DigestShape(TypedDict):
    """A closed month in counts by action, over all offices and by office (there without counts under ten)."""

    month: str
    totals: dict[str, int]
    by_office: dict[str, dict[str, int]]
    head_seq: int | None
    head_hash: str | None


class EntryShape(TypedDict):
    """One matter in one part of the list. Spot checks carry no band and no range."""

    office_id: str
    matter_id: str
    matter_no: str
    department: str | None
    handler: str | None
    category: str | None
    cause: str | None
    part: Literal["must_act", "model", "points", "spot", "review", "hand"]
    rank: int
    band: BandShape | None
    per_hundred: tuple[int, int] | None
    reasons: list[ReasonShape]
    duties: list[DutyShape]
    help: list[HelpShape]
    state: StateShape
    decision: DecisionShape | None
    put_forward: PutForwardShape | None


class EventIn(TypedDict):
    """An event of a registered matter, by its number: codes, days and our own document number; no free text."""

    matter_no: str
    kind: str
    occurred_on: str
    people: NotRequired[Literal["1", "2-4", "5+"] | None]
    due_on: NotRequired[str | None]
    amount_fen: NotRequired[int | None]
    solved: NotRequired[Literal["fully", "partly", "no"] | None]
    caused_by: NotRequired[Literal["remedy", "our_appointment", "material_request"] | None]
    document_no: NotRequired[str | None]
    parts: NotRequired[list[Literal["claim", "facts", "grounds", "opinion", "basis"]] | None]
    rank: NotRequired[Literal["chief", "deputy", "team", "department_head"] | None]
    form: NotRequired[Literal["reception", "appointment", "field"] | None]


class MatterIn(TypedDict):
    """A matter to register: codes only, no person's data. `department` is one of the ledger's."""

    matter_no: str
    registered_on: str
    department: NotRequired[str | None]
    handler: NotRequired[str | None]
    category: NotRequired[
        Literal[
            "against_procuratorate",
            "supervision",
            "report",
            "accusation",
            "criminal_appeal",
            "judicial_aid",
            "state_compensation",
            "civil_appeal",
            "administrative_appeal",
            "public_interest",
            "minors",
            "other",
        ]
        | None
    ]
    cause: NotRequired[
        Literal[
            "demolition",
            "wages",
            "maintenance",
            "enterprise",
            "land",
            "traffic",
            "injury",
            "contract",
            "execution",
            "environment",
            "fraud",
            "other",
        ]
        | None
    ]
    procedure_path: NotRequired[
        Literal[
            "petition_opinion", "criminal_appeal", "civil_admin_supervision", "no_filing", "state_compensation", "other"
        ]
        | None
    ]
    first_time: NotRequired[bool | None]
    reply_possible: NotRequired[bool | None]
    respondent_post: NotRequired[Literal["handler", "department", "leader"] | None]


class EventsIn(TypedDict):
    """New matters and events, written together or not at all."""

    matters: NotRequired[list[MatterIn]]
    events: NotRequired[list[EventIn]]
    once: str


class EventsOut(TypedDict):
    """The batch that was written, and the ids of the matters concerned, in the order they were sent."""

    batch_id: int
    matter_ids: list[str]
    events: int


class FindingShape(TypedDict):
    """One thing the monitors found, and what to do about it; `muted_until` is the day to which it is muted, or null."""

    code: str
    severity: str
    title: str
    text: str
    remedy: str
    muted_until: str | None


class Health(TypedDict):
    """The process answers."""

    status: str


class LogRow(TypedDict):
    """One entry of the log in its place in the chain."""

    seq: int
    at: str
    user: str
    action: str
    office_id: str | None
    matter_id: str | None
    request_id: str | None
    hash: str


class LogPage(TypedDict):
    """Entries, the newest first; `before` asks for the page after this one, null at the end."""

    items: list[LogRow]
    before: int | None


class MatterRow(TypedDict):
    """One matter of the ledger, without any judgement of it."""

    matter_id: str
    matter_no: str
    office_id: str
    department: str | None
    handler: str | None
    category: str | None
    cause: str | None
    procedure_path: str | None


class MatterPage(TypedDict):
    """Matters in order of their numbers."""

    items: list[MatterRow]
    page: int
    page_size: int
    total: int


class TimelineEvent(TypedDict):
    """One event, or (`silence` filled) a stretch without a record of our work."""

    date: str
    text: str
    side: str
    notes: list[str]
    silence: str


class MatterShape(TypedDict):
    """A matter as its handler sees it. `timeline` is null for leaders of a superior office."""

    matter_id: str
    matter_no: str
    as_of: str
    ledger_until: str
    band: BandShape | None
    per_hundred: tuple[int, int] | None
    reasons: list[ReasonShape]
    duties: list[DutyShape]
    help: list[HelpShape]
    clocks: list[ClockShape]
    model_version: int | None
    rules_only: bool
    notice: str
    office_id: str
    department: str | None
    handler: str | None
    category: str | None
    cause: str | None
    procedure_path: str | None
    is_open: bool
    in_sweep: bool
    timeline: list[TimelineEvent] | None


class MeasureIn(TypedDict):
    """Help or a duty that was done."""

    action: Literal[
        "reply",
        "monthly_follow_up",
        "explanation",
        "material_told",
        "hearing",
        "aid",
        "lawyer",
        "joint_meeting",
        "leader_reception",
        "leader_assigned",
        "review",
        "correction",
        "transfer_told",
        "counselling",
        "field_visit",
    ]
    done_on: str
    outcome: Literal["done", "offered_closed", "not_possible"]
    document_no: NotRequired[str]
    once: str


class MeasureShape(TypedDict):
    """Help or a duty that was done, and how it ended."""

    action: str
    label: str
    done_on: str
    outcome: str
    document_no: str | None
    by: str
    at: str


class ModelShape(TypedDict):
    """One version: what it was fitted on, what the gate said, and where it stands."""

    version: int
    name: str
    state: str
    label: str
    created_at: str
    created_by: str
    scorecard_sha256: str
    feature_fingerprint: str
    assumed_share: float
    bench_only: bool
    demo: bool
    gate: dict[str, Any]


class ServedShape(TypedDict):
    """Which version served when; null is rules-only."""

    version: int | None
    since: str
    until: str | None


class Models(TypedDict):
    """All versions, newest first, the one in use, and the history of what served."""

    champion: int | None
    rules_only: bool
    items: list[ModelShape]
    served: list[ServedShape]


class Monitored(TypedDict):
    """The latest monitoring report; `as_of` is null without one, `severity` is the gravest that is not muted."""

    as_of: str | None
    severity: str | None
    findings: list[FindingShape]


class StepIn(TypedDict):
    """A step: an action of the closed list of help and duties, and the day it is due."""

    action: Literal[
        "reply",
        "monthly_follow_up",
        "explanation",
        "material_told",
        "hearing",
        "aid",
        "lawyer",
        "joint_meeting",
        "leader_reception",
        "leader_assigned",
        "review",
        "correction",
        "transfer_told",
        "counselling",
        "field_visit",
    ]
    due_on: str


class PlanIn(TypedDict):
    """A plan that takes the place of the one before. Send If-Match to replace only the one you have read."""

    owner: str
    steps: list[StepIn]
    once: str


class StepShape(TypedDict):
    """One step of a plan: help or a duty, and the last day for it."""

    action: str
    label: str
    due_on: str


class PlanShape(TypedDict):
    """A plan as it stands; `owner` is a staff number."""

    owner: str
    steps: list[StepShape]
    by: str
    at: str


class PutForwardRequest(TypedDict):
    """Why a matter is put forward by hand; `once` as in DecisionRequest."""

    reason: str
    once: str


class Ready(TypedDict):
    """What an answer needs: each check, and whether answers come from a model or from rules."""

    status: str
    checks: dict[str, str]
    mode: str
    version: int | None


class ResultIn(TypedDict):
    """How the work ended; only the first of the four says that the matter is resolved."""

    result: Literal["resolved", "answered", "procedure", "transferred"]
    once: str


class ResultShape(TypedDict):
    """How the work a list asked for ended."""

    result: str
    label: str
    by: str
    at: str


class WhatIf(TypedDict):
    """A duty of ours supposed to be done. Contacts, remedies and results cannot be supposed."""

    kind: Literal[
        "accepted",
        "transfer_told",
        "procedural_reply",
        "progress_reply",
        "substantive_reply",
        "explanation",
        "follow_up_call",
        "promise_made",
        "promise_kept",
        "error_corrected",
    ]
    occurred_on: str
    due_on: NotRequired[str | None]
    document_no: NotRequired[str | None]


class ScoreRequest(TypedDict):
    """Which matter, and what is supposed; nothing of it is stored."""

    matter_id: str
    what_if: NotRequired[list[WhatIf]]


class ScreeningHead(TypedDict):
    """One issued sweep."""

    screening_id: str
    cutoff_day: str
    mode: Literal["model", "rules"]
    model_version: int | None
    list_hash: str | None
    created_at: str


class ScreeningPage(TypedDict):
    """Sweeps, the latest first."""

    items: list[ScreeningHead]
    page: int
    page_size: int
    total: int


class ScreeningShape(TypedDict):
    """A sweep with the entries the caller may see, by office, part and rank."""

    screening_id: str
    cutoff_day: str
    mode: Literal["model", "rules"]
    model_version: int | None
    list_hash: str | None
    created_at: str
    entries: list[EntryShape]
    page: int
    page_size: int
    total: int


class TrialEventIn(TypedDict):
    """One event of an invented history."""

    kind: str
    occurred_on: str
    due_on: NotRequired[str | None]
    documented: NotRequired[bool]


class TrialIn(TypedDict):
    """An invented history. Real matters are scored by `/v1/score`, which takes none."""

    category: NotRequired[
        Literal[
            "against_procuratorate",
            "supervision",
            "report",
            "accusation",
            "criminal_appeal",
            "judicial_aid",
            "state_compensation",
            "civil_appeal",
            "administrative_appeal",
            "public_interest",
            "minors",
            "other",
        ]
        | None
    ]
    events: list[TrialEventIn]


class TrialShape(TypedDict):
    """An assessment of nothing that exists."""

    matter_id: str
    matter_no: str
    as_of: str
    ledger_until: str
    band: BandShape | None
    per_hundred: tuple[int, int] | None
    reasons: list[ReasonShape]
    duties: list[DutyShape]
    help: list[HelpShape]
    clocks: list[ClockShape]
    model_version: int | None
    rules_only: bool
    notice: str
    trial: Literal[True]


class WorkShape(TypedDict):
    """The plan that counts, and what was done and reached, the newest first."""

    plan: PlanShape | None
    measures: list[MeasureShape]
    results: list[ResultShape]


class Client:
    """Calls of the interface; `token` is a machine's, without one the session cookie of `http` counts.

    Every call raises Refused for a refusal, and httpx.HTTPError where there was no answer.
    """

    def __init__(self, http: httpx.Client, *, token: str | None = None, language: Literal["zh", "en"] = "zh") -> None:
        self._http = http
        self._headers = {"Accept-Language": language}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        match: str | None = None,
    ) -> Any:
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        headers = self._headers if match is None else {**self._headers, "If-Match": match}
        answer = self._http.request(method, path, params=asked, json=body, headers=headers)
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            told = answer.headers.get("content-type", "").startswith("application/problem+json")
            wait = answer.headers.get("retry-after")
            raise Refused(answer.status_code, answer.json() if told else {}, None if wait is None else int(wait))
        return answer.json()

    def score_matter(self, body: ScoreRequest) -> Assessment:
        """Band, range per hundred, reasons and clocks of a registered matter of the caller's own office."""
        return cast("Assessment", self._call("POST", "/v1/score", body=body))

    def read_screenings(self, *, page: int | None = None, page_size: int | None = None) -> ScreeningPage:
        """The sweeps that concern the caller's offices."""
        return cast("ScreeningPage", self._call("GET", "/v1/screenings", query={"page": page, "page_size": page_size}))

    def read_screening(
        self,
        screening_id: str,
        *,
        office: str | None = None,
        part: Literal["must_act", "model", "points", "spot", "review", "hand"] | None = None,
        page: int | None = None,
        page_size: int | None = None,
    ) -> ScreeningShape:
        """The entries of a sweep within the caller's scope; the ETag begins with the list's own hash."""
        return cast(
            "ScreeningShape",
            self._call(
                "GET",
                f"/v1/screenings/{screening_id}",
                query={"office": office, "part": part, "page": page, "page_size": page_size},
            ),
        )

    def decide(self, screening_id: str, matter_id: str, body: DecisionRequest) -> DecisionShape:
        """Accept, change or reject one entry, with a reason. Typed text passes the gate or is refused."""
        return cast(
            "DecisionShape",
            self._call("POST", f"/v1/screenings/{screening_id}/entries/{matter_id}/decision", body=body),
        )

    def put_forward(self, matter_id: str, body: PutForwardRequest) -> PutForwardShape:
        """Put a matter forward by hand: on top of the office's latest list, displaced by no score."""
        return cast("PutForwardShape", self._call("POST", f"/v1/matters/{matter_id}/put-forward", body=body))

    def read_matter(self, matter_id: str) -> MatterShape:
        """Facts, clocks, duties, help and reasons; a spot check comes without band and range."""
        return cast("MatterShape", self._call("GET", f"/v1/matters/{matter_id}"))

    def read_clocks(self, matter_id: str) -> ClocksShape:
        """The clocks of a matter of the caller's scope, running and done."""
        return cast("ClocksShape", self._call("GET", f"/v1/matters/{matter_id}/clocks"))

    def read_matters(
        self,
        *,
        office: str | None = None,
        number: str | None = None,
        department: str | None = None,
        handler: str | None = None,
        category: str | None = None,
        cause: str | None = None,
        page: int | None = None,
        page_size: int | None = None,
    ) -> MatterPage:
        """The matters of one office within the caller's scope; `number` finds numbers that hold it."""
        return cast(
            "MatterPage",
            self._call(
                "GET",
                "/v1/matters",
                query={
                    "office": office,
                    "number": number,
                    "department": department,
                    "handler": handler,
                    "category": category,
                    "cause": cause,
                    "page": page,
                    "page_size": page_size,
                },
            ),
        )

    def read_work(self, matter_id: str) -> WorkShape:
        """The plan of a matter of the caller's scope, the measures taken and the results."""
        return cast("WorkShape", self._call("GET", f"/v1/matters/{matter_id}/work"))

    def read_decisions(self, matter_id: str) -> DecisionsShape:
        """What people decided on the matter's entries, list by list."""
        return cast("DecisionsShape", self._call("GET", f"/v1/matters/{matter_id}/decisions"))

    def save_plan(self, matter_id: str, body: PlanIn, *, match: str | None = None) -> WorkShape:
        """Make or replace the plan of a matter on the latest list."""
        return cast("WorkShape", self._call("POST", f"/v1/matters/{matter_id}/plan", body=body, match=match))

    def record_measure(self, matter_id: str, body: MeasureIn) -> WorkShape:
        """Record help or a duty done on a matter of the latest list."""
        return cast("WorkShape", self._call("POST", f"/v1/matters/{matter_id}/measures", body=body))

    def record_result(self, matter_id: str, body: ResultIn) -> WorkShape:
        """Record that the work a list asked for is done; it takes a measure first."""
        return cast("WorkShape", self._call("POST", f"/v1/matters/{matter_id}/results", body=body))

    def write_events(self, body: EventsIn) -> EventsOut:
        """Register matters and record events of the caller's own office; clocks and must-act rules start at once."""
        return cast("EventsOut", self._call("POST", "/v1/events", body=body))

    def read_models(self) -> Models:
        """Versions with gate results and the full history of which served when (G21)."""
        return cast("Models", self._call("GET", "/v1/models"))

    def read_model_card(self, version: int) -> CardShape:
        """The card generated from the run that made the version."""
        return cast("CardShape", self._call("GET", f"/v1/models/{version}/card"))

    def read_acts(self) -> Acts:
        """Who proposed, approved, refused, rolled back or stopped which version, and when."""
        return cast("Acts", self._call("GET", "/v1/models/decisions"))

    def propose(self, version: int, body: ActIn) -> Acts:
        """Put a challenger forward; the steward's part."""
        return cast("Acts", self._call("POST", f"/v1/models/{version}/propose", body=body))

    def approve(self, version: int, body: ApproveIn) -> Acts:
        """Let a proposed version serve; the approver's part, never the proposer's."""
        return cast("Acts", self._call("POST", f"/v1/models/{version}/approve", body=body))

    def refuse(self, version: int, body: ActIn) -> Acts:
        """Turn a proposed version down; the approver's part."""
        return cast("Acts", self._call("POST", f"/v1/models/{version}/refuse", body=body))

    def rollback(self, body: ActIn) -> Acts:
        """Let the champion before this one serve again, or the rules; either of the two may."""
        return cast("Acts", self._call("POST", "/v1/models/rollback", body=body))

    def stop(self, body: ActIn) -> Acts:
        """The kill switch: no model scores; clocks, must-acts and the list by rules run on."""
        return cast("Acts", self._call("POST", "/v1/models/stop", body=body))

    def resume(self, body: ActIn) -> Acts:
        """Let the approved champion score again."""
        return cast("Acts", self._call("POST", "/v1/models/resume", body=body))

    def try_history(self, body: TrialIn) -> TrialShape:
        """What the model in use says of an invented history; marked, on record, and capped a day."""
        return cast("TrialShape", self._call("POST", "/v1/trial", body=body))

    def read_monitoring(self) -> Monitored:
        """What the latest monitoring run found."""
        return cast("Monitored", self._call("GET", "/v1/monitoring"))

    def read_batches(self, *, page: int | None = None, page_size: int | None = None) -> BatchPage:
        """The batches of the register that concern the caller's offices alone."""
        return cast("BatchPage", self._call("GET", "/v1/batches", query={"page": page, "page_size": page_size}))

    def read_log(self, *, before: int | None = None, page_size: int | None = None) -> LogPage:
        """Who saw and did what, the newest first; reading it is itself on record."""
        return cast("LogPage", self._call("GET", "/v1/log", query={"before": before, "page_size": page_size}))

    def read_digest(self, *, month: str | None = None) -> DigestShape:
        """The digest of a closed month, without matters: of the month before where none is named."""
        return cast("DigestShape", self._call("GET", "/v1/digest", query={"month": month}))
