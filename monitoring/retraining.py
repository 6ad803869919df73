"""Whether training again is proposed: inputs have moved, the order holds less well, and enough is known anew."""

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl

from monitoring.check import Finding, Outcome, Severity, Watch
from monitoring.cohorts import has_matured
from monitoring.figures import in_words, pooled_order
from training.estimators import READABLE
from training.evaluate import Backtest

#: Findings that say by themselves that the model holds less well than it did.
DECAYED = {
    "order_decays": ("分数所能说明的在减少", "the score tells less than it did"),
    "calibration_off": ("再次反映的多少与所示不符", "more or fewer came than the model says"),
    "order_not_shown": ("排序未显示出作用", "the order is not shown to work"),
}
_DRIFTED = ("feature_drift", "score_drift")
_Z = NormalDist().inv_cdf(0.975)
Said = tuple[str, str]


def learnt(test: Backtest, fit: Sequence[int]) -> dict[str, Any]:
    """What to keep of a training to tell later whether its model has decayed, as plain JSON.

    `fit_until`: the last cutoff (UTC microseconds) learnt from; `order`: how well the readable model ordered, in the
    back-test, the candidates it would not have listed (None: too few), which is what matured lists can be held to.
    """
    panel = test.panel
    free = panel.known & ~test.above[READABLE]
    cutoffs = panel.rows["cutoff"].rank("dense").cast(pl.Int64).to_numpy() - 1
    found = pooled_order(test.scores[READABLE][free], panel.label[free] > 0, cutoffs[free], panel.matter[free])
    months = len(np.unique(cutoffs[free]))
    order = None if found is None else {"area": found[0], "error": found[1], "lists": months}
    return {"fit_until": max(fit), "order": order}


def propose_retraining(watch: Watch, checked: Sequence[Outcome]) -> Outcome:
    """The rule over what the other checks found; its parts as figures in words, the last row with the verdict.

    All three have to hold: drift since training, decay beyond chance, and enough matters raised again since.  Nothing
    is trained by it: it is a finding that a person acts on.
    """
    limits = watch.settings.monitor
    if watch.reference is None:
        why = ("按规则运行，没有在用模型", "rules-only: no model is in use")
        return Outcome(name="retraining", rows=[_verdict([], [why])], findings=[])
    findings = [one for outcome in checked for one in outcome.findings]
    drifted = sorted({str(one.numbers["name"]) for one in findings if one.code in _DRIFTED})
    moved = _moved(len(drifted))
    decay = _decay(watch.reference, checked)
    told = sorted({one.code for one in findings} & set(DECAYED)) if _is_of_this(watch) else []
    fallen = _fallen(decay, told)
    fresh = _new_positives(watch)
    came = _came(fresh)
    met: list[Said] = []
    lacking: list[Said] = []
    for holds, said, wanted in (
        (len(drifted) >= limits.retrain_drifted, moved, _at_least(limits.retrain_drifted)),
        (
            bool(told) or (decay is not None and decay["fall"] >= limits.retrain_fall and decay["interval"][0] > 0),
            fallen,
            (f"要求下降 {limits.retrain_fall:.2f} 以上且非偶然", f"asked: {limits.retrain_fall:.2f}, beyond chance"),
        ),
        (fresh is not None and fresh >= limits.retrain_positives, came, _at_least(limits.retrain_positives)),
    ):
        (met if holds else lacking).append(said if holds else (f"{said[0]}（{wanted[0]}）", f"{said[1]} ({wanted[1]})"))
    rows = [
        in_words("drifted", "分布变化的特征", "features that moved", *moved, count=len(drifted), names=drifted),
        in_words("decay", "未列入事项的排序能力", "order among unlisted matters", *fallen, figures=decay, codes=told),
        in_words("positives", "训练之后新观察到的", "seen since training", *came, count=fresh),
        _verdict(met, lacking),
    ]
    proposed = [] if lacking else [_proposal(met, len(drifted), decay, fresh)]
    return Outcome(name="retraining", rows=rows, findings=proposed)


def _decay(reference: dict[str, Any], checked: Sequence[Outcome]) -> dict[str, Any] | None:
    """How far the order of matured lists by this version lies below that of its back-test; None: too few, or unknown.

    The two are of different months, and so independent; the interval (95 %) is of their difference.
    """
    totals = next((one.totals for one in checked if one.name == "past_lists" and one.totals), {})
    now, then = totals.get("order", {}).get(str(reference.get("version"))), reference.get("order")
    if now is None or then is None:
        return None
    fall = then["area"] - now["area"]
    half = _Z * float(np.hypot(then["error"], now["error"]))
    return {
        "then": then["area"],
        "now": now["area"],
        "lists": now["lists"],
        "fall": fall,
        "interval": [fall - half, fall + half],
    }


def _is_of_this(watch: Watch) -> bool:
    """Whether what is said of matured lists is said of the model that serves: the newest of them is by it.

    A model that has just taken over answers for no list of the one before.  Unknown versions are taken for it.
    """
    matured = [past for past in watch.past if has_matured(watch, past.cutoff)]
    version = (watch.reference or {}).get("version")
    newest = max(matured, key=lambda past: past.cutoff, default=None)
    return version is None or newest is None or newest.version == version


def _new_positives(watch: Watch) -> int | None:
    """How many matters were raised again after a list later than all the model has learnt from; None: unknown.

    Lists whose outcome was known already when it was trained (`known_until`, where that was kept) tell nothing new.
    """
    reference = watch.reference or {}
    until, known = reference.get("fit_until"), reference.get("known_until")
    if until is None:
        return None
    if watch.labels is None:
        return 0
    later = watch.labels.filter((pl.col("cutoff") > until) & (pl.col("label") == 1))
    new = [one for one in later["cutoff"].unique() if known is None or not has_matured(watch, one, by=known)]
    return later.filter(pl.col("cutoff").is_in(new))["matter_id"].n_unique()


def _moved(count: int) -> Said:
    return f"训练以来 {count} 项特征或分数的分布有变化", f"since training, drift in {count} features or scores"


def _fallen(decay: dict[str, Any] | None, told: Sequence[str]) -> Said:
    zh = "、".join(f"{DECAYED[code][0]}（{code}）" for code in told)
    en = ", ".join(f"{DECAYED[code][1]} ({code})" for code in told)
    also = (f"；监测发现{zh}" if told else "", f"; found: {en}" if told else "")
    if decay is None:
        return f"件数太少，或训练时未留存，无从比较{also[0]}", f"too few to compare, or not kept at training{also[1]}"
    low, high = decay["interval"]
    figures = f"{decay['then']:.2f} → {decay['now']:.2f}"
    fell = ("下降", "fell by") if decay["fall"] > 0 else ("未下降，", "did not fall,")
    return (
        f"训练时 {figures}，{fell[0]}{decay['fall']:+.3f}（95% 区间 {low:+.3f} 至 {high:+.3f}，"
        f"{decay['lists']} 份已满观察期的清单）{also[0]}",
        f"{figures} since training: matured discrimination {fell[1]} {decay['fall']:+.3f} "
        f"(95 % interval {low:+.3f} to {high:+.3f}, {decay['lists']} matured lists){also[1]}",
    )


def _came(fresh: int | None) -> Said:
    if fresh is None:
        return "训练时未留存所学到的月份", "the months learnt from were not kept at training"
    return f"新增 {fresh} 件已满观察期的再次反映", f"{fresh} new mature positives"


def _at_least(count: int) -> Said:
    return f"要求至少 {count}", f"asked: at least {count}"


def _verdict(met: Sequence[Said], lacking: Sequence[Said]) -> dict[str, Any]:
    """The last row: whether it is proposed, and what is lacking, as the verb `retrain` reads it."""
    said = (
        ("建议重新训练，由人决定", "proposed; people decide")
        if not lacking
        else ("暂不建议：" + "；".join(zh for zh, _ in lacking), "not yet: " + "; ".join(en for _, en in lacking))
    )
    shortfall = [{"zh": zh, "en": en} for zh, en in lacking]
    return in_words(
        "proposal", "结论", "verdict", *said, met=not lacking, lacking=shortfall, grounds=[list(one) for one in met]
    )


def _proposal(met: Sequence[Said], drifted: int, decay: dict[str, Any] | None, fresh: int | None) -> Finding:
    return Finding(
        code="retraining_proposed",
        severity=Severity.WARNING,
        title_zh="建议重新训练备选模型",
        title_en="training a challenger is proposed",
        text_zh="；".join(zh for zh, _ in met) + "。",
        text_en="; ".join(en for _, en in met) + ".",
        remedy_zh="模型管理员运行 petition-risk retrain --as 账号：训练备选模型，与在用模型在同一批留出月份上比较，"
        "再由另一人审批。不会自动训练或替换。",
        remedy_en="The steward runs petition-risk retrain --as USER: it trains a challenger, compares it with the "
        "champion on the same held-out months and puts it before a second person. Nothing is trained or replaced by "
        "itself.",
        numbers={"drifted": drifted, "decay": decay, "positives": fresh},
    )
