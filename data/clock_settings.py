"""How an office's clocks count: calendar or working days, days off of its own, and clocks of a procedure path."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from data.vocabulary import KIND, PROCEDURES, Role

_NAME = r"^[a-z][a-z0-9_]{0,39}$"


def _kind(code: str) -> str:
    if code not in KIND:
        raise ValueError(f"没有环节 {code} / no kind {code}")
    return code


def _path(code: str) -> str:
    if code not in PROCEDURES:
        raise ValueError(f"程序类别只能是 {'、'.join(PROCEDURES)} / procedure paths are {', '.join(PROCEDURES)}")
    return code


Kinds = tuple[Annotated[str, AfterValidator(_kind)], ...]


class PathClock(BaseModel):
    """A dated clock of one procedure path: `days` or `months` from each start, unless met, restarted or waived.

    The rules of these paths are set by an office that has read them; the shipped ones are a beginning.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[str, Field(pattern=_NAME)]
    zh: Annotated[str, Field(min_length=1, max_length=40)]
    en: Annotated[str, Field(min_length=1, max_length=80)]
    article: Annotated[str, Field(min_length=1, max_length=120)]
    procedure_path: Annotated[str, AfterValidator(_path)]
    starts: Kinds
    met_by: Kinds
    restarts: Kinds = ()
    waived_by: Kinds = ()
    days: Annotated[int, Field(ge=0, le=3650)] | None = None
    months: Annotated[int, Field(ge=1, le=120)] | None = None
    working: bool = False
    pauses: bool = True
    valid_from: date | None = None
    valid_until: date | None = None

    @model_validator(mode="after")
    def _is_a_duty_of_ours(self) -> Self:
        if (self.days is None) == (self.months is None):
            raise ValueError("days 与 months 须写且只写一个 / give either days or months")
        if not (self.starts and self.met_by):
            raise ValueError("starts 与 met_by 不能为空 / starts and met_by must not be empty")
        remedies = {kind.code for kind in KIND.values() if kind.role is Role.REMEDY} - {"remedy_answered"}
        if remedies & {*self.met_by, *self.restarts, *self.waived_by}:
            raise ValueError("救济申请不能解除或重计我院义务 / asking for a remedy neither meets nor moves our duty")
        return self


SHIPPED_PATHS: tuple[PathClock, ...] = (
    PathClock(
        code="criminal_appeal_review",
        zh="刑事申诉复查",
        en="review of a criminal appeal",
        article="人民检察院办理刑事申诉案件规定（复查期限，可设置）",
        procedure_path="criminal_appeal",
        starts=("case_review_opened",),
        met_by=("substantive_reply",),
        months=3,
    ),
    PathClock(
        code="supervision_review",
        zh="民事行政监督审查",
        en="review of a supervision request",
        article="人民检察院民事诉讼监督规则、行政诉讼监督规则（审查期限，可设置）",
        procedure_path="civil_admin_supervision",
        starts=("accepted",),
        met_by=("substantive_reply",),
        months=3,
    ),
    PathClock(
        code="compensation_decision",
        zh="国家赔偿决定",
        en="decision on state compensation",
        article="国家赔偿法、人民检察院国家赔偿工作规定（可设置；补正的自材料齐全之日起）",
        procedure_path="state_compensation",
        starts=("accepted",),
        met_by=("substantive_reply",),
        restarts=("material_supplied",),
        months=2,
    ),
)


class ClockSettings(BaseModel):
    """How clocks count days, from when the three months run, and the clocks of procedure paths."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    calendar: Literal["calendar", "working"] = "calendar"
    reply_from: Literal["receipt", "acceptance"] = "receipt"
    rest_days: tuple[date, ...] = ()
    work_days: tuple[date, ...] = ()
    paths: tuple[PathClock, ...] = SHIPPED_PATHS

    @model_validator(mode="after")
    def _says_everything_once(self) -> Self:
        codes = [path.code for path in self.paths]
        if len(set(codes)) != len(codes):
            raise ValueError("paths 中代码重复 / a code occurs twice in paths")
        if both := sorted(set(self.rest_days) & set(self.work_days)):
            raise ValueError(f"{both[0]} 不能既休又班 / {both[0]} cannot be both a rest day and a work day")
        return self
