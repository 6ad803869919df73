"""Which settings there are, their defaults, and where they come from: TOML file, then environment.

Order, strongest first: environment (`PETITION_RISK_SWEEP__SPOT_SHARE=0.1`), the `--config` file, defaults.
An unknown key anywhere is refused (exit 10) with the nearest known key.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.clock_settings import ClockSettings
from data.errors import SettingsError
from data.sign_on_settings import Networks, SignOnSettings

_PREFIX = "PETITION_RISK_"
#: Environment names with the prefix that are not settings: they choose the file and the directory.
_NOT_SETTINGS = frozenset(
    {"CONFIG", "STATE"}
    | {f"{name}{form}" for name in ("AUDIT_KEY", "OIDC_SECRET", "UPSTREAM_URL", "VAULT_KEYS") for form in ("", "_FILE")}
)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LabelSettings(_Table):
    """When a label is mature."""

    reporting_lag_days: Annotated[int, Field(ge=0, le=365)] = 14


class CohortSettings(_Table):
    """Which matters are screened at a cutoff."""

    max_age_days: Annotated[int, Field(ge=1)] | None = None
    exclude_stale: bool = False
    stale_days: Annotated[int, Field(ge=1)] = 365
    after_end_days: Annotated[int, Field(ge=0)] = 90


class SweepSettings(_Table):
    """How long the list is; must-acts and spot checks come in addition."""

    k: Annotated[int, Field(ge=1)] | None = None
    share: Annotated[float, Field(gt=0, le=1)] = 0.05
    least: Annotated[int, Field(ge=1)] = 3
    spot_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    seed: int = 20260101


class WorkSettings(_Table):
    """How the work on a list is watched."""

    unsigned_days: Annotated[int, Field(ge=1)] = 5
    undo_minutes: Annotated[int, Field(ge=0, le=120)] = 15


class BoardSettings(_Table):
    """What leaders set themselves for the year; None: no target."""

    receptions: Annotated[int, Field(ge=1)] | None = None
    letters: Annotated[int, Field(ge=1)] | None = None


class LearningSettings(_Table):
    """Below these the product refuses to learn and goes on by rules (G10)."""

    min_positives: Annotated[int, Field(ge=1)] = 50
    min_label_coverage: Annotated[float, Field(ge=0, le=1)] = 0.60
    min_link_checks: Annotated[float, Field(ge=0, le=1)] = 0.60
    folds: Annotated[int, Field(ge=3, le=12)] = 4
    train_months: Annotated[int, Field(ge=6, le=240)] = 36
    bootstrap: Annotated[int, Field(ge=50, le=10_000)] = 500


class GateSettings(_Table):
    """What a model must show before it may go live (G11)."""

    max_assumed_share: Annotated[float, Field(ge=0, le=1)] = 0.50
    recall_floor: Annotated[float, Field(ge=0, le=1)] = 0.80
    worst_fold: Annotated[float, Field(ge=0, le=1)] = 0.02
    group_min_positives: Annotated[int, Field(ge=1)] = 30
    shadow_months: Annotated[int, Field(ge=1, le=24)] = 3


class ServiceSettings(_Table):
    """Where the service listens and how long a session lasts."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    idle_minutes: Annotated[int, Field(ge=1)] = 30
    session_hours: Annotated[int, Field(ge=1)] = 10
    secure_cookies: bool = False
    proxies: Networks = ()
    daily_volume_factor: Annotated[float, Field(gt=0)] = 2.0
    daily_trials: Annotated[int, Field(ge=0, le=200)] = 20


class LookSettings(_Table):
    """When looking at matters is unusual: by how many people a day, how often at night, how many matters a day."""

    people: Annotated[int, Field(ge=2)] = 8
    night: Annotated[int, Field(ge=1)] = 10
    night_from: Annotated[int, Field(ge=18, le=23)] = 22
    night_to: Annotated[int, Field(ge=1, le=9)] = 6
    matters: Annotated[int, Field(ge=10)] = 60


class CorrectionSettings(_Table):
    """How long requests may wait: for a correction its answer (G18), for an explanation its paper (G23)."""

    answer_days: Annotated[int, Field(ge=1, le=90)] = 15
    explanation_days: Annotated[int, Field(ge=1, le=15)] = 15


class RetentionSettings(_Table):
    """How long what was computed of a matter is kept after it closed (G19); the audit log is never cut."""

    after_close_days: Annotated[int, Field(ge=30, le=3650)] = 180


class VaultSettings(_Table):
    """Whether keyed hashes of identity numbers may propose links (G3), for how long, and how often in a day."""

    enabled: bool = False
    keep_days: Annotated[int, Field(ge=30, le=1095)] = 365
    daily_lookups: Annotated[int, Field(ge=1, le=50)] = 10


class ImportSettings(_Table):
    """How large an uploaded ledger may be, and how long it waits for its uploader."""

    upload_mb: Annotated[int, Field(ge=1, le=512)] = 50
    keep_hours: Annotated[int, Field(ge=1, le=168)] = 24


class ImpactSettings(_Table):
    """The impact assessment that must exist before the first real screening (G20)."""

    assessment_id: Annotated[str, Field(max_length=200)] | None = None
    approver: str | None = None
    purpose: str = "order of our own monthly work"


class MonitorSettings(_Table):
    """When a finding is a warning, and when severe."""

    psi_warning: Annotated[float, Field(gt=0)] = 0.10
    psi_severe: Annotated[float, Field(gt=0)] = 0.25
    false_share: Annotated[float, Field(gt=0, lt=1)] = 0.01
    waiting_ratio: Annotated[float, Field(ge=1)] = 1.5
    rise_not_counted: Annotated[float, Field(ge=0, le=1)] = 0.10
    rise_unrated: Annotated[float, Field(ge=0, le=1)] = 0.20
    rise_terminated: Annotated[float, Field(ge=0, le=1)] = 0.10
    rise_undocumented: Annotated[float, Field(ge=0, le=1)] = 0.10
    rise_hasty: Annotated[float, Field(ge=0, le=1)] = 0.10
    limit_undocumented: Annotated[float, Field(ge=0, le=1)] = 0.20
    limit_hasty: Annotated[float, Field(ge=0, le=1)] = 0.20
    harm_least: Annotated[int, Field(ge=10)] = 30
    retrain_drifted: Annotated[int, Field(ge=1)] = 1
    retrain_fall: Annotated[float, Field(ge=0, le=0.5)] = 0.02
    retrain_positives: Annotated[int, Field(ge=10)] = 50
    sunset_least: Annotated[int, Field(ge=10)] = 30


class Settings(_Table):
    """All settings of one installation."""

    language: Literal["zh", "en"] | None = None
    time_zone: str = "Asia/Shanghai"
    database: str | None = None
    demo: bool = False
    rules_only: bool = False
    label: LabelSettings = LabelSettings()
    cohort: CohortSettings = CohortSettings()
    sweep: SweepSettings = SweepSettings()
    work: WorkSettings = WorkSettings()
    board: BoardSettings = BoardSettings()
    learning: LearningSettings = LearningSettings()
    gate: GateSettings = GateSettings()
    clock: ClockSettings = ClockSettings()
    service: ServiceSettings = ServiceSettings()
    sign_on: SignOnSettings = SignOnSettings()
    correction: CorrectionSettings = CorrectionSettings()
    looks: LookSettings = LookSettings()
    retention: RetentionSettings = RetentionSettings()
    vault: VaultSettings = VaultSettings()
    imports: ImportSettings = ImportSettings()
    impact: ImpactSettings = ImpactSettings()
    monitor: MonitorSettings = MonitorSettings()


def load_settings(path: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of `path` (None: defaults only), overridden by the environment.

    Raises SettingsError naming every unknown key and every value out of range, once.
    """
    merged: dict[str, Any] = {}
    if path is not None:
        try:
            merged = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise SettingsError(
                "settings_missing",
                f"找不到设置文件 {path.name}；请检查 --config，或先运行 petition-risk init",
                f"settings file {path.name} not found; check --config, or run petition-risk init first",
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
            raise SettingsError(
                "settings_unreadable",
                f"设置文件 {path.name} 不是有效的 TOML：{problem}",
                f"settings file {path.name} is not valid TOML: {problem}",
            ) from None
    for name, value in environment.items():
        if name.startswith(_PREFIX) and name[len(_PREFIX) :] not in _NOT_SETTINGS:
            _put(merged, name[len(_PREFIX) :].lower().split("__"), value)
    try:
        return Settings.model_validate(merged)
    except ValidationError as problem:
        raise SettingsError(
            "settings_invalid",
            "设置有误，未作任何更改",
            "the settings are not valid; nothing was changed",
            [_explain(error) for error in problem.errors()],
        ) from None


def _put(tree: dict[str, Any], keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        below = tree.setdefault(key, {})
        if not isinstance(below, dict):
            below = tree[key] = {}
        tree = below
    tree[keys[-1]] = value


def _explain(error: Any) -> tuple[str, str]:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] != "extra_forbidden":
        return f"{where}：{error['msg']}", f"{where}: {error['msg']}"
    near = difflib.get_close_matches(where, known_keys(), n=1, cutoff=0.5)
    hint_zh = f"；是否指 {near[0]}？" if near else ""
    hint_en = f"; did you mean {near[0]}?" if near else ""
    return f"{where}：没有这个设置{hint_zh}", f"{where}: no such setting{hint_en}"


def known_keys() -> list[str]:
    """Every setting as a dotted key."""
    keys: list[str] = []
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, BaseModel):
            keys.extend(f"{name}.{below}" for below in type(default).model_fields)
        else:
            keys.append(name)
    return keys
