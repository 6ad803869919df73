"""When a challenger is trained again, against which champion, and how it is put before a second person."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import NotAllowed
from data.settings import Settings
from data.store import models
from data.store.batches import some_batch
from data.store.engine import Store
from data.store.models import ModelVersion
from data.times import local_date
from serving.champion import load_champion
from serving.muting import latest_report
from serving.training_run import train_challenger
from training import promote
from training.contest import compare
from training.dataset import Dataset
from training.run import TrainingOutcome

#: What the record of a version says of the comparison it was trained for, beside the gate's findings.
COMPARISON = "comparison"
Said = tuple[str, str]
_BECAME: dict[str, Said] = {
    "challenger": ("，未提出", " and not put forward"),
    "refused": ("，提出后未予批准", ", put forward and turned down"),
    "retired": ("，启用后已退出", ", and served for a time"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrained:
    """The challenger with its comparison; `made`: by this run; `why_not`: why it was not put forward, else None."""

    version: int
    made: bool
    comparison: dict[str, Any]
    why_not: Said | None

    def as_dict(self) -> dict[str, Any]:
        """The outcome for JSON."""
        why = None if self.why_not is None else {"zh": self.why_not[0], "en": self.why_not[1]}
        proposed = self.why_not is None
        return {
            "version": self.version,
            "made": self.made,
            "proposed": proposed,
            "why_not": why,
            COMPARISON: self.comparison,
        }


def retrain(
    store: Store,
    settings: Settings,
    state: Path,
    key: bytes,
    *,
    now: int,
    by: str,
    seed: int,
    reason: str = "",
    mapping_file: str | None = None,
    progress: Callable[[str, str], None] = lambda zh, en: None,
) -> Retrained:
    """Train a challenger on the latest batch, compare it with the champion, and propose it as `by` (G21).

    It is proposed unless the gate or the comparison speaks against it; somebody else approves.  A second run on the
    same batch against the same champion finds the first one's challenger and changes nothing.  `reason` asks for it
    where the rule is not met, or once more in a month.  Raises NotAllowed where no model is in use, a challenger waits
    for approval, or the rule is not met and no reason given; TooLittleData below the floors (G10), with nothing
    registered.
    """
    found = models.champion(store)
    if found is None:
        raise NotAllowed(
            "retrain_no_champion",
            "当前按规则运行，没有在用模型可比；首次训练请用 petition-risk train",
            "rules serve, there is no champion to compare with; train the first model with petition-risk train",
        )
    held = models.read_models(store)
    _refuse_waiting(held)
    batch = some_batch(store)
    same = [one for one in held if _is_of(one, batch=batch, against=found.version, seed=seed)]
    if same:
        kept = dict(same[0].gate[COMPARISON])
        return Retrained(version=same[0].version, made=False, comparison=kept, why_not=_already(same[0]))
    if not reason:
        _refuse_month(held, now, settings.time_zone)
    due = _check_rule(state, found.version, asked=bool(reason))
    champion = load_champion(state, found)

    def against(dataset: Dataset, outcome: TrainingOutcome) -> dict[str, Any]:
        progress("与在用模型比较", "compare with the champion")
        contest = compare(
            dataset,
            outcome.test,
            champion=champion.scorecard,
            features=champion.feature_set,
            version=champion.version,
            seen_until=learnt_until(state, found),
            seed=seed,
        )
        return contest.as_dict() | {"asked": reason or None, "due": due, "seed": seed}

    done = train_challenger(
        store,
        settings,
        state,
        key,
        now=now,
        by=by,
        seed=seed,
        mapping_file=mapping_file,
        compare=against,
        progress=progress,
    )
    version = done.version or 0
    made = models.find_model(store, version)
    comparison = dict(made.gate[COMPARISON])
    why_not = _why_not(made)
    if why_not is None:
        words = reason or "；".join(zh for zh, _ in due)
        promote.propose(store, key, version, proposer=by, now=now, reason=words)
    return Retrained(version=version, made=True, comparison=comparison, why_not=why_not)


def learnt_until(state: Path, model: ModelVersion) -> int:
    """The last cutoff a version learnt from; where its files do not say, when it was trained."""
    path = state / "models" / str(model.version) / "reference.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return int(kept.get("fit_until") or model.created_at)


def _is_of(model: ModelVersion, *, batch: int, against: int, seed: int) -> bool:
    kept = model.gate.get(COMPARISON)
    return bool(kept) and (model.batch_id, kept["against"], kept["seed"]) == (batch, against, seed)


def _already(model: ModelVersion) -> Said:
    """What became of the challenger that is there already, and that nothing was trained again."""
    became = _BECAME.get(model.state, ("", ""))
    return (
        f"已按同一批数据、对同一在用模型训练过{became[0]}，未重复训练；导入更新的台账后可再训练",
        f"was trained on the same batch against the same champion{became[1]}; nothing was trained again, a newer "
        "ledger may be",
    )


def _why_not(model: ModelVersion) -> Said | None:
    """Why a challenger just made is not put forward."""
    if model.bench_only or not model.gate.get("passed"):
        return "未通过启用检验，未提出", "it did not pass the gate and was not proposed"
    if model.gate[COMPARISON]["behind"]:
        return "召回低于在用模型，且非偶然，未提出", "it catches fewer returns than the champion, and was not proposed"
    return None


def _refuse_waiting(held: list[ModelVersion]) -> None:
    waiting = [one.version for one in held if one.state == "proposed"]
    if waiting:
        raise NotAllowed(
            "retrain_waiting",
            f"第 {waiting[0]} 版正待审批；请先由另一人批准，或 petition-risk promote {waiting[0]} --refuse",
            f"v{waiting[0]} waits for approval; have it approved by another person first, or turned down with "
            f"petition-risk promote {waiting[0]} --refuse",
        )


def _refuse_month(held: list[ModelVersion], now: int, zone: str) -> None:
    month = local_date(now, zone).replace(day=1)
    for one in held:
        if COMPARISON in one.gate and local_date(one.created_at, zone).replace(day=1) == month:
            raise NotAllowed(
                "retrain_this_month",
                f"本月已重新训练过（第 {one.version} 版）；确需再训练，请用 --reason 写明理由",
                f"v{one.version} was trained this month already; to train once more say why with --reason",
            )


def _check_rule(state: Path, version: int, *, asked: bool) -> list[Said]:
    """The grounds on which the latest report proposes training again. Raises NotAllowed without them, unless asked."""
    report = latest_report(state)
    rows: list[dict[str, Any]] = [] if report is None else report["tables"].get("retraining", [])
    verdict = next((row for row in rows if row["name"] == "proposal"), None)
    if report is None or verdict is None or report["model"] != f"petition-risk v{version}":
        lacking: list[Said] = [
            (
                f"没有关于第 {version} 版的监测报告；先运行 petition-risk monitor",
                f"no monitoring report about v{version}; run petition-risk monitor first",
            )
        ]
    elif verdict["met"]:
        return [(zh, en) for zh, en in verdict["grounds"]]
    else:
        lacking = [(one["zh"], one["en"]) for one in verdict["lacking"]]
    if asked:
        return []
    raise NotAllowed(
        "retrain_not_due",
        "按规则暂不重新训练；确需训练，请用 --reason 写明理由。尚缺：",
        "the rule does not propose it; to train all the same say why with --reason. Lacking:",
        lacking,
    )
