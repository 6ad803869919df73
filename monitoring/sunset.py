"""Did acting help: a year's flagged matters against what the spot checks say would have come of them anyway."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from monitoring.check import Finding, Severity
from monitoring.figures import LEAST_SHOWN, in_words, is_small, shown_share
from training.metrics import matter_weights

DRAWS = 500
#: A year is whole with a list whose time has passed in every month.
MONTHS = 12
#: The log-odds shift is looked for within these bounds; beyond them a chance is 0 or 1 for every purpose.
_WIDEST, _HALVINGS = 8.0, 40
#: Draws looked at together: some 20 MB at a province's size.
_AT_ONCE = 50
Floats = NDArray[np.float64]
Said = tuple[str, str]

FLAGGED, SPOT = "flagged", "spot"
#: What a case is: one matter on one list. `chance` is null by rules, `inclusion` but for spot checks.
CASE: dict[str, Any] = {
    "matter_id": pl.String,
    "group": pl.String,
    "by_model": pl.Boolean,
    "inclusion": pl.Float64,
    "chance": pl.Float64,
    "returned": pl.Boolean,
    "resolved": pl.Boolean,
    "helped": pl.Boolean,
}

#: Why a report says what it says; the first three recommend nothing.
VERDICTS: dict[str, Said] = {
    "no_lists": (
        "这一年没有已满观察期的清单，无从评估。",
        "No list of this year has matured; there is nothing to judge.",
    ),
    "not_a_year": (
        "不足一年：已满观察期的清单只有 {months} 个月（要求 12 个月），以下数字仅供参考，不下结论。",
        "Less than a year: lists of {months} months have matured (12 are asked for). The figures below are for "
        "information; nothing is concluded.",
    ),
    "by_rules": (
        "这一年的清单都按规则排列，没有模型可评估。",
        "All lists of this year went by rules; there is no model to judge.",
    ),
    "no_spot_checks": (
        "没有可用的随机抽查，无从知道不提示会怎样：未能证明有用，建议按规则运行。",
        "There are no spot checks to tell what would have come without a flag: no proof. Rules-only is recommended.",
    ),
    "too_few": (
        "件数太少，不足以判断：未能证明有用，建议按规则运行。",
        "Too few to tell: no proof. Rules-only is recommended.",
    ),
    "not_shown": (
        "被提示事项的再次反映未显示少于预期：未能证明有用，建议按规则运行。",
        "Flagged matters are not shown to come back less than expected: no proof. Rules-only is recommended.",
    ),
    "worse": (
        "被提示事项的再次反映多于预期，且非偶然：建议按规则运行。",
        "Flagged matters came back more than expected, beyond chance: rules-only is recommended.",
    ),
    "helped": (
        "在下列前提下，被提示事项的再次反映少于预期，且非偶然。",
        "Under the assumptions below flagged matters came back less than expected, beyond chance.",
    ),
}
_NO_PROOF = frozenset({"no_spot_checks", "too_few", "not_shown", "worse"})

ASSUMPTIONS: tuple[Said, ...] = (
    (
        "随机抽查是在未列入的事项中按已存的概率抽取的，且与其他未列入事项一样办理。",
        "Spot checks were drawn at random, with the stored probabilities, from matters off the list, and were handled "
        "as those are.",
    ),
    (
        "模型估计偏高或偏低的程度（对数几率），被提示事项与抽查事项相同；线上没有随机对照，这一点无法用抽查检验。",
        "The model errs by as much (in log-odds) for flagged matters as for spot checks. There is no random comparison "
        "above the line, so that spot checks cannot test this.",
    ),
    (
        "提示一件事项不影响其他事项的办理；若因此少办了别的事项，本比较会显得偏好。",
        "Flagging one matter leaves the handling of others as it was; if others were neglected for it, this looks too "
        "good.",
    ),
    ("再次反映对两类事项同样登记。", "That a matter was raised again is registered alike for both."),
)
LIMITS: tuple[Said, ...] = (
    (
        "这是观察性比较，不是试验：前提不成立时，结论也不成立。",
        "This compares what was observed and is no trial: where an assumption fails, so does the conclusion.",
    ),
    (
        "没有再次反映不等于问题已解决；化解比例两组起点不同，并列供看，不作比较。",
        "Not raised again is not solved. Shares resolved begin from different matters: they stand side by side and are "
        "not compared.",
    ),
    (
        "评估的是我院按清单办理的整体效果，分不清是提示、帮助还是督办起了作用；不得用于考核单位或个人。",
        "It judges our handling by the list as a whole and cannot tell flag, help and supervision apart. It measures "
        "neither an office nor a person.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Shares raised again per flagged case: observed, expected without the flag, and their difference, 95 %.

    `shift` is what the model's log-odds were off by among the spot checks.
    """

    observed: float
    expected: float
    difference: float
    low: float
    high: float
    shift: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sunset:
    """A year's report; nothing in it names a matter, an office or a person, and small counts are masked (G13)."""

    year: int
    as_of: str
    months: int
    lists: int
    versions: tuple[int, ...]
    verdict: str
    effect: Effect | None
    rows: tuple[dict[str, Any], ...]

    @property
    def recommends_rules(self) -> bool:
        """Whether rules-only is recommended for want of proof; people decide."""
        return self.verdict in _NO_PROOF

    @property
    def said(self) -> Said:
        """The conclusion in words."""
        zh, en = VERDICTS[self.verdict]
        return zh.format(months=self.months), en.format(months=self.months)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain JSON values; `finding` is what pages and the light tell, None for nothing."""
        effect = self.effect
        found = _finding(self) if self.recommends_rules else None
        return {
            "year": self.year,
            "as_of": self.as_of,
            "months": self.months,
            "lists": self.lists,
            "versions": list(self.versions),
            "verdict": self.verdict,
            "recommends_rules": self.recommends_rules,
            "said": _both(self.said),
            "effect": None if effect is None else {name: getattr(effect, name) for name in Effect.__dataclass_fields__},
            "rows": list(self.rows),
            "assumptions": [_both(one) for one in ASSUMPTIONS],
            "limits": [_both(one) for one in LIMITS],
            "finding": None if found is None else found.as_dict() | {"muted": None},
        }


def judge(
    cases: pl.DataFrame, *, year: int, as_of: str, months: int, lists: int, versions: tuple[int, ...], least: int
) -> Sunset:
    """The report on the cases (`CASE`) of a year's matured lists, over `months` of it.

    Judged are the lists by a model alone.  At least `least` spot checks, as many flagged cases, and ten of either
    outcome in both, are asked for.
    """
    judged = cases.filter("by_model")
    flagged, spot = (judged.filter(pl.col("group") == name) for name in (FLAGGED, SPOT))
    known = [part.filter(pl.col("chance").is_not_null()) for part in (flagged, spot)]
    small = any(part.height < least or is_small(int(part["returned"].sum()), part.height) for part in known)
    effect = None if small else effect_of(*known, seed=year)
    rows = tuple(row for name, part in ((FLAGGED, flagged), (SPOT, spot)) if part.height for row in _shares(name, part))
    if effect is not None:
        rows += tuple(_told(effect))
    verdict = _verdict(effect, months=months, lists=lists, flagged=flagged.height, spot=spot.height)
    return Sunset(
        year=year, as_of=as_of, months=months, lists=lists, versions=versions, verdict=verdict, effect=effect, rows=rows
    )


def effect_of(flagged: pl.DataFrame, spot: pl.DataFrame, *, seed: int) -> Effect:
    """What the flagged cases came to, less what the model, set right by the spot checks, expects of them.

    The shift of the log-odds is the one at which the spot checks, each weighted by 1 / inclusion, come back as often as
    expected.  The interval is of a bootstrap over matters, which draws both groups together; its error is widened by
    Student's t on the effective number of the rarer outcome among the spot checks, less one, which few of them need.
    """
    from scipy import stats  # most verbs never come here

    ids = pl.concat([flagged["matter_id"], spot["matter_id"]]).rank("dense").cast(pl.Int64).to_numpy() - 1
    first, second = ids[: flagged.height], ids[flagged.height :]
    drawn = np.vstack([np.ones(int(ids.max()) + 1), matter_weights(int(ids.max()) + 1, DRAWS, seed)])
    odds, spot_odds = (_log_odds(part["chance"].to_numpy()) for part in (flagged, spot))
    came, spot_came = (part["returned"].cast(pl.Float64).to_numpy() for part in (flagged, spot))
    inverse = 1 / spot["inclusion"].to_numpy()
    observed, expected, shifts = (np.empty(drawn.shape[0]) for _ in range(3))
    for start in range(0, drawn.shape[0], _AT_ONCE):
        here = slice(start, start + _AT_ONCE)
        shifts[here] = shift(spot_odds, spot_came, drawn[here][:, second] * inverse)
        weights = drawn[here][:, first]
        total = np.maximum(weights.sum(axis=1), 1.0)
        observed[here] = weights @ came / total
        expected[here] = (weights * _chance(odds + shifts[here][:, None])).sum(axis=1) / total
    gap = observed - expected
    rarer = min(_effective(inverse * spot_came), _effective(inverse * (1 - spot_came)))
    half = float(stats.t.ppf(0.975, rarer - 1) * np.sqrt(rarer / (rarer - 1)) * gap[1:].std(ddof=1))
    return Effect(
        observed=float(observed[0]),
        expected=float(expected[0]),
        difference=float(gap[0]),
        low=float(gap[0]) - half,
        high=float(gap[0]) + half,
        shift=float(shifts[0]),
    )


def shift(log_odds: Floats, came: Floats, weights: Floats) -> Floats:
    """What to add to log-odds (n,) so that as many are expected as came (n,), for each row of weights (draws, n)."""
    low, high = np.full(weights.shape[0], -_WIDEST), np.full(weights.shape[0], _WIDEST)
    seen = weights @ came
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        expected = (weights * _chance(log_odds + middle[:, None])).sum(axis=1)
        low, high = np.where(expected < seen, middle, low), np.where(expected < seen, high, middle)
    return (low + high) / 2


def _effective(weights: Floats) -> float:
    """How many equally weighted cases the weights amount to (Kish); at least two."""
    return max(2.0, float(weights.sum()) ** 2 / max(float((weights**2).sum()), 1e-12))


def _chance(log_odds: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-log_odds))


def _log_odds(chance: Floats) -> Floats:
    kept = np.clip(chance, 1e-9, 1 - 1e-9)
    return np.log(kept / (1 - kept))


def _verdict(effect: Effect | None, *, months: int, lists: int, flagged: int, spot: int) -> str:
    if not lists:
        return "no_lists"
    if months < MONTHS:
        return "not_a_year"
    if not flagged:
        return "by_rules"
    if not spot:
        return "no_spot_checks"
    if effect is None:
        return "too_few"
    return "helped" if effect.high < 0 else "worse" if effect.low > 0 else "not_shown"


_GROUPS: dict[str, Said] = {FLAGGED: ("被提示的", "flagged"), SPOT: ("随机抽查的", "spot checks")}
_OUTCOMES: dict[str, Said] = {
    "returned": ("90 天内再次反映", "raised again within 90 days"),
    "resolved": ("90 天内化解且未再反映", "resolved within 90 days and not raised again"),
    "helped": ("30 天内得到帮助", "helped within 30 days"),
}


def _shares(group: str, part: pl.DataFrame) -> list[dict[str, Any]]:
    """What became of a group, as figures in words; small counts masked, intervals over matters."""
    rows: list[dict[str, Any]] = []
    matters = part["matter_id"].n_unique()
    zh, en = _GROUPS[group]
    for name, (what_zh, what_en) in _OUTCOMES.items():
        hits = int(part[name].sum())
        share = shown_share(hits, part.height, masked=is_small(hits, part.height), matters=matters)
        said = _share_words(share)
        rows.append(in_words(f"{group}_{name}", f"{zh}：{what_zh}", f"{en}: {what_en}", *said, figures=share))
    return rows


def _share_words(share: dict[str, Any]) -> Said:
    if share["masked"]:
        return f"少于 {LEAST_SHOWN} 件，不显示", f"under {LEAST_SHOWN}, not shown"
    low, high = share["interval"]
    text = f"{share['hits']}/{share['of']} = {share['share']:.1%} ({low:.1%} – {high:.1%})"
    return text, text


def _told(effect: Effect) -> list[dict[str, Any]]:
    expected, gap = f"{effect.expected:.1%}", f"{effect.difference:+.1%} ({effect.low:+.1%} – {effect.high:+.1%})"
    return [
        in_words("expected", "不提示时预期再次反映", "expected without a flag", expected, expected),
        in_words("difference", "实际减预期（95% 区间）", "observed less expected (95 % interval)", gap, gap),
        in_words(
            "shift",
            "抽查显示模型的偏差（对数几率）",
            "what the model is off by among spot checks (log-odds)",
            f"{effect.shift:+.2f}",
            f"{effect.shift:+.2f}",
        ),
    ]


def _finding(report: Sunset) -> Finding:
    zh, en = report.said
    return Finding(
        code="help_not_shown",
        severity=Severity.WARNING,
        title_zh=f"{report.year} 年度评估：未能证明按模型排列有用",
        title_en=f"yearly report {report.year}: acting on the model's lists is not shown to help",
        text_zh=zh,
        text_en=en,
        remedy_zh="院领导与模型审批人阅年度评估页后决定是否按规则运行（petition-risk promote --kill）；不会自动停用。",
        remedy_en="The leader and the approver read the yearly report and decide whether rules alone go on "
        "(petition-risk promote --kill); nothing is stopped by itself.",
        numbers={"name": str(report.year), "verdict": report.verdict},
    )


def _both(said: Said) -> dict[str, str]:
    return {"zh": said[0], "en": said[1]}
