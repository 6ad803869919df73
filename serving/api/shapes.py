"""What the interface's answers look like, with examples."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from data.store.flags import Decision, PutForward
from data.times import from_us, local_date
from data.vocabulary import BAND_LABELS
from serving.card import Card
from serving.problems import Language
from serving.web.text import TEXTS
from serving.web.views import article_of, last_day, said, wall_day
from serving.workflow import FlagState, state_of

Band = Literal["general", "larger", "major"]
_ID = "7b0c2a52-5d0e-5a54-9a53-6a3f6f1d2c11"
REASON: dict[str, Any] = {"text": "我院逾期12天未作每月后续答复，其间再次反映2次", "fact": "", "as_of": "2026-10-31"}
DUTY: dict[str, Any] = {
    "code": "monthly_follow_up",
    "text": "每月后续答复",
    "due_on": "2026-10-19",
    "days_left": -12,
    "missed": True,
    "article": "群众信访件件有回复：三个月后仍未办结的，每月答复进展",
}
HELP: dict[str, Any] = {"code": "hearing", "text": "公开听证（未筛查）", "article": "应听证尽听证"}
CLOCK: dict[str, Any] = {
    "clock": "substantive_reply",
    "text": "三个月答复",
    "started_on": "2026-06-03",
    "due_on": "2026-09-03",
    "state": "met",
    "days_left": -59,
    "article": "群众信访件件有回复：3个月内办理过程或结果答复",
}


DECISION: dict[str, Any] = {
    "state": {"code": "accepted", "label": "已接受"},
    "decided_by": "zhang",
    "at": "2026-11-03T01:20:00+00:00",
    "reason": "已核实，下周作每月后续答复",
    "owner": None,
    "plan": None,
}
PUT_FORWARD: dict[str, Any] = {"put_by": "zhang", "at": "2026-11-03T01:20:00+00:00", "reason": "承诺的答复日期临近"}


class BandShape(BaseModel):
    """The handling-risk band: of the handling of a matter, never of a person."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "larger", "label": "较大"}]})
    code: Band
    label: str


class ReasonShape(BaseModel):
    """One reason; our office is its subject."""

    model_config = ConfigDict(json_schema_extra={"examples": [REASON]})
    text: str
    fact: str = ""
    as_of: str = ""


class DutyShape(BaseModel):
    """A duty our office owes. `days_left` counts at `as_of`; 1 is the last day in time, 0 and below are late."""

    model_config = ConfigDict(json_schema_extra={"examples": [DUTY]})
    code: str
    text: str
    due_on: str | None
    days_left: int | None
    missed: bool
    article: str


class HelpShape(BaseModel):
    """Help the rules ask to be considered and nobody has screened yet."""

    model_config = ConfigDict(json_schema_extra={"examples": [HELP]})
    code: str
    text: str
    article: str


class ClockShape(BaseModel):
    """One clock of the matter, running or done."""

    model_config = ConfigDict(json_schema_extra={"examples": [CLOCK]})
    clock: str
    text: str
    started_on: str
    due_on: str
    state: Literal["running", "met", "met_late", "overdue", "waived", "missed"]
    days_left: int
    article: str


class StateShape(BaseModel):
    """Whether a person has verified the entry, and with what outcome."""

    model_config = ConfigDict(json_schema_extra={"examples": [DECISION["state"]]})
    code: FlagState
    label: str


class DecisionShape(BaseModel):
    """The decision that counts for an entry: who, when, why, and what was changed."""

    model_config = ConfigDict(json_schema_extra={"examples": [DECISION]})
    state: StateShape
    decided_by: str
    at: str
    reason: str
    owner: str | None
    plan: str | None


class PutForwardShape(BaseModel):
    """Who put a matter forward by hand, when and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [PUT_FORWARD]})
    put_by: str
    at: str
    reason: str


class Assessment(BaseModel):
    """How the handling of a matter stands at `as_of`.

    `per_hundred`: of 100 matters like this, about so many are raised again within 90 days, as a 95 % range; null by
    rules.  There is no single figure, by design.
    """

    matter_id: str
    matter_no: str
    as_of: str
    ledger_until: str
    band: BandShape | None
    per_hundred: tuple[int, int] | None = Field(examples=[[18, 27]])
    reasons: list[ReasonShape]
    duties: list[DutyShape]
    help: list[HelpShape]
    clocks: list[ClockShape]
    model_version: int | None
    rules_only: bool
    notice: str


EXAMPLE: dict[str, Any] = {
    "matter_id": _ID,
    "matter_no": "控申访〔2026〕37号",
    "as_of": "2026-10-31T16:00:00+00:00",
    "ledger_until": "2026-10-31",
    "band": {"code": "larger", "label": "较大"},
    "per_hundred": [18, 27],
    "reasons": [REASON],
    "duties": [DUTY],
    "help": [HELP],
    "clocks": [CLOCK],
    "model_version": 3,
    "rules_only": False,
    "notice": TEXTS["footer.rule"][0],
}


def band_shape(code: str | None, language: Language) -> BandShape | None:
    """A band with its label."""
    if code is None:
        return None
    return BandShape.model_validate({"code": code, "label": BAND_LABELS[code][0 if language == "zh" else 1]})


def state_shape(decision: Decision | None, language: Language) -> StateShape:
    """The state of an entry with its label."""
    code = state_of(decision)
    return StateShape(code=code, label=TEXTS[f"flag.state.{code}"][0 if language == "zh" else 1])


def decision_shape(made: Decision, language: Language) -> DecisionShape:
    """A stored decision."""
    return DecisionShape(
        state=state_shape(made, language),
        decided_by=made.decided_by,
        at=from_us(made.at).isoformat(),
        reason=made.reason,
        owner=made.owner,
        plan=made.plan,
    )


def put_forward_shape(made: PutForward) -> PutForwardShape:
    """A matter put forward, as stored."""
    return PutForwardShape(put_by=made.put_by, at=from_us(made.at).isoformat(), reason=made.reason)


def reason_shape(row: Mapping[str, Any], language: Language) -> ReasonShape:
    """A stored or computed reason; which feature it came from is not told, for some are about contacts."""
    return ReasonShape(text=said(row, language), fact=said(row, language, "fact"), as_of=str(row.get("as_of") or ""))


def duty_shape(row: Mapping[str, Any], language: Language) -> DutyShape:
    """A stored or computed duty."""
    due = row.get("due")
    left = row.get("days_left")
    return DutyShape(
        code=str(row.get("code") or row.get("clock") or ""),
        text=said(row, language),
        due_on=None if due is None else last_day(int(due)),
        days_left=None if left is None else int(left),
        missed=bool(row.get("missed")),
        article=article_of(row),
    )


def help_shape(row: Mapping[str, Any], language: Language) -> HelpShape:
    """A stored or computed help."""
    return HelpShape(code=str(row["code"]), text=said(row, language), article=article_of(row))


def clock_shapes(card: Card, language: Language) -> list[ClockShape]:
    """The clocks of a card."""
    return [
        ClockShape(
            clock=row["clock"],
            text=said(row, language),
            started_on=wall_day(int(row["started"])),
            due_on=last_day(int(row["due"])),
            state=row["state"],
            days_left=int(row["days_left"]),
            article=article_of(row),
        )
        for row in card.clocks
    ]


def assessment(card: Card, language: Language) -> Assessment:
    """A card as the interface tells it."""
    return Assessment(
        matter_id=card.matter["matter_id"],
        matter_no=card.matter["matter_no"],
        as_of=from_us(card.as_of).isoformat(),
        ledger_until=local_date(card.observed_until - 1, card.time_zone).isoformat(),
        band=band_shape(card.band, language),
        per_hundred=card.per_hundred,
        reasons=[reason_shape(row, language) for row in card.reasons],
        duties=[duty_shape(row, language) for row in card.duties],
        help=[help_shape(row, language) for row in card.help],
        clocks=clock_shapes(card, language),
        model_version=card.version,
        rules_only=card.rules_only,
        notice=TEXTS["footer.rule"][0 if language == "zh" else 1],
    )
