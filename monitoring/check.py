"""What a check says: a finding with a code, a severity, what was seen in numbers, and what to do about it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import polars as pl

from data.contract import Register
from data.settings import Settings
from monitoring.part import Part

if TYPE_CHECKING:
    from monitoring.cohorts import Cohort


class Severity(StrEnum):
    """How much a finding asks for: read it, look into it, act before the next list."""

    INFO = "info"
    WARNING = "warning"
    SEVERE = "severe"


SEVERITY_LABELS: dict[Severity, tuple[str, str]] = {
    Severity.INFO: ("知悉", "for information"),
    Severity.WARNING: ("需核查", "look into it"),
    Severity.SEVERE: ("须处理", "act before the next list"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a check has to say, in Chinese and English; `numbers` are the figures its text is made of."""

    code: str
    severity: Severity
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    remedy_zh: str
    remedy_en: str
    numbers: dict[str, Any] = field(default_factory=dict[str, Any])

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain JSON values."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "title": {"zh": self.title_zh, "en": self.title_en},
            "text": {"zh": self.text_zh, "en": self.text_en},
            "remedy": {"zh": self.remedy_zh, "en": self.remedy_en},
            "numbers": self.numbers,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PastList:
    """One list as it was issued.

    `entries`: one row per matter on the list, with `matter_id`, `part` (as stored: "must_act"; "model" or
    "points", the k of the list; "spot"; "review") and `inclusion` (Float64, for spot checks the stored
    probability of being drawn).  `candidates`: one row per matter of the cohort, with `matter_id`,
    `office_id`, `margin` (Float64, null by rules) and one Float64 column per baseline to compare with,
    higher meaning earlier on the list; where the model's calibration is at hand also `chance`, `chance_low` and
    `chance_high` (Float64 in [0, 1]): that the matter is raised again, and the range of the calibration's refits.
    `version` is the model's, None by rules.
    """

    screening_id: str
    cutoff: int
    entries: pl.DataFrame
    candidates: pl.DataFrame
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """A stored feature log of `matters` and `columns` features, built again at the same register, batch and cutoff.

    `differing`: in how many matters each column differs; matters on one side only count under `matter_id`.
    """

    screening_id: str
    matters: int
    columns: int
    differing: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Everything the checks look at. Nothing is fetched by a check.

    `register` is whole, or where it was gone through in parts without matters and rows: then `seen` holds what each
    look found in all parts together; `prepared` is what looks read of the lists, `cohorts` those of the matured ones.
    `as_of` is a cutoff instant.  `reference` is what `monitoring.drift.reference_summary` gave when the model
    was trained; `current` is the stored feature log of the screening looked at (`matter_id`, one column per
    feature, `margin`); both are None by rules.  `previous` is that of the lists before it, of `previous_cutoff`, where
    the same model made lists of the same offices.  `labels` holds `matter_id`, `cutoff` and `label` (null until
    mature) for the cutoffs of the past lists; where `cohorts` holds those of all matured lists, the label 1 will do.
    `feature_names` gives (zh, en) per feature, `of_office` names those that are the same for many matters of an office
    or of a month, `unknown_codes` holds the counts of the last import.
    `unsigned` names the offices whose latest list lies unsigned, with its age in days, the longest first.
    `returned` holds every return that makes a label positive (`matter_id`, `occurred_at`, `known_from`); `rebuilt` is
    the newest log made again.  `decisions` holds the decision that counts on every entry decided on (`screening_id`,
    `matter_id`, `decision`: accept, change or reject) and not by whom; `plan_steps` every step of the plans in force
    (`due`, and `done_on`, null while it is not; both Date).
    """

    register: Register
    settings: Settings
    as_of: int
    reference: dict[str, Any] | None = None
    current: pl.DataFrame | None = None
    previous: pl.DataFrame | None = None
    previous_cutoff: int | None = None
    past: tuple[PastList, ...] = ()
    labels: pl.DataFrame | None = None
    feature_names: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    of_office: frozenset[str] = frozenset()
    unknown_codes: dict[str, int] = field(default_factory=dict[str, int])
    horizon_days: int = 90
    unsigned: tuple[tuple[str, int], ...] = ()
    returned: pl.DataFrame | None = None
    rebuilt: Rebuilt | None = None
    decisions: pl.DataFrame | None = None
    plan_steps: pl.DataFrame | None = None
    seen: "Mapping[Look, pl.DataFrame] | None" = None
    prepared: "Mapping[Callable[[Watch], pl.DataFrame], pl.DataFrame]" = field(default_factory=dict)
    cohorts: "Mapping[str, Cohort]" = field(default_factory=dict[str, "Cohort"])

    def found(self, look: "Look") -> pl.DataFrame:
        """What a look finds in the whole register; rows of parts stand one below the other."""
        return look(Part(self.register, self.as_of), self) if self.seen is None else self.seen[look]

    def made(self, make: "Callable[[Watch], pl.DataFrame]") -> pl.DataFrame:
        """What is made of the lists alone: the same for all parts, and so made once where it was prepared."""
        return self.prepared[make] if make in self.prepared else make(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a check leaves: its table as plain JSON rows, what they come to together if anything, and its findings."""

    name: str
    rows: list[dict[str, Any]]
    findings: list[Finding]
    totals: dict[str, Any] | None = None


#: What a check needs of some whole matters; what is found of several parts is put one below the other.
Look = Callable[[Part, Watch], pl.DataFrame]
#: A check is a function; the list of them stands in `monitoring.run`.
Check = Callable[[Watch], Outcome]

_ORDER = (Severity.SEVERE, Severity.WARNING, Severity.INFO)


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The gravest severity among the findings; None if there are none."""
    present = {finding.severity for finding in findings}
    return next((severity for severity in _ORDER if severity in present), None)


def in_order_of(severity: Severity) -> int:
    """The place of a severity: 0 is the gravest."""
    return _ORDER.index(severity)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings with the gravest first, otherwise as the checks gave them."""
    return sorted(findings, key=lambda finding: in_order_of(finding.severity))
