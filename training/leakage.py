"""Which facts know too much: columns that tell the outcome before it came, or that changed after it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from data import vocabulary
from data.contract import Register
from data.mapping import Task
from data.times import DAY_US
from features.feature import FeatureSet
from training import labels as outcomes
from training.metrics import Floats, wilson
from training.splits import Fold

#: A value of fewer matters than this proves nothing.
_LEAST_MATTERS = 30
#: Nothing honest is so sure: a value whose share of returns has a lower 95 % bound of a half, and of these odds' times
#: the odds of all.
_SURE, _TIMES = 0.5, 20.0
#: One feature alone, out of fold, does not order matters this well.
_AREA = 0.90
#: A fact written down at the start does not name a later event this surely …
_FORETOLD = 0.90
#: … when the event comes at least so many days after the fact was known.
_AHEAD_US = 30 * DAY_US
_AFTER_US = 30 * DAY_US
_MOST_VALUES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """One finding: which column, what was seen (zh, en); `severe` ones keep a model from passing the gate."""

    name: str
    code: str
    severe: bool
    zh: str
    en: str

    def as_dict(self) -> dict[str, object]:
        """Plain data for JSON."""
        return {"name": self.name, "code": self.code, "severe": self.severe, "zh": self.zh, "en": self.en}


def attribute_leaks(register: Register, task: Task) -> tuple[Leak, ...]:
    """What is wrong with the facts of a register before any feature is made of them, by name.

    A fact may foretell (a value stands, from the first, almost only in matters where a certain later event comes),
    may change with the outcome, or may be neither dated nor fixed at registration (it is then left out, and named).
    """
    facts = register.attributes
    found = [
        Leak(
            name=name,
            code="undated",
            severe=False,
            zh="未注明日期，也未声明为登记时固定：不作为特征",
            en="neither dated nor declared fixed at registration: no feature is made of it",
        )
        for name in facts.filter(~pl.col("usable"))["name"].unique().sort()
    ]
    returned = outcomes.returns(register, task).select("matter_id", "occurred_at", kind=pl.lit("raised again"))
    later = pl.concat([returned, _ends(register)])
    for name in facts.filter("usable")["name"].unique().sort():
        mine = facts.filter(pl.col("usable") & (pl.col("name") == name))
        found.extend(_foretells(name, mine, later))
        found.extend(_changes(name, mine, returned))
    return tuple(found)


def _ends(register: Register) -> pl.DataFrame:
    """When each matter ended, by which kind of end, as it stands."""
    ends = [kind.code for kind in vocabulary.KINDS if kind.role.value == "end" and kind.code != "reopened"]
    return register.events.filter(pl.col("known_until").is_null() & pl.col("kind").is_in(ends)).select(
        "matter_id", "occurred_at", "kind"
    )


def _foretells(name: str, facts: pl.DataFrame, later: pl.DataFrame) -> list[Leak]:
    """A value known from the first that almost only matters with a certain later event have."""
    value = pl.coalesce(pl.col("text"), pl.col("number").cast(pl.String))
    first = (
        facts.with_columns(value=value)
        .sort("known_from", "seq")
        .unique("matter_id", keep="first", maintain_order=True)
        .select("matter_id", "value", "known_from")
        .drop_nulls("value")
    )
    sizes = first.group_by("value").agg(pl.len().alias("matters")).filter(pl.col("matters") >= _LEAST_MATTERS)
    if sizes.height == 0 or first["value"].n_unique() < 2:
        return []
    sizes = sizes.sort("matters", "value", descending=[True, False]).head(_MOST_VALUES)
    came = (
        first.join(later, on="matter_id", how="inner")
        .filter(pl.col("occurred_at") >= pl.col("known_from") + _AHEAD_US)
        .select("matter_id", "value", "kind")
        .unique()
    )
    everyone = came.group_by("kind").agg(pl.len().alias("of_all"))
    table = (
        came.group_by("value", "kind")
        .agg(pl.len().alias("hits"))
        .join(sizes, on="value", how="inner")
        .join(everyone, on="kind", how="left")
        .with_columns(rest=(pl.col("of_all") - pl.col("hits")) / (first.height - pl.col("matters")))
        .sort("kind", "value")
    )
    found: list[Leak] = []
    for row in table.iter_rows(named=True):
        low = wilson(row["hits"], row["matters"])[0]
        if low < _FORETOLD or row["rest"] > low / 2:
            continue
        share = row["hits"] / row["matters"]
        found.append(
            Leak(
                name=name,
                code="foretells",
                severe=True,
                zh=f"取值“{row['value']}”自始即有，而其中{share:.0%}的事项后来出现{_kind(row['kind'], 0)}"
                f"（{row['hits']}/{row['matters']}件；其余为{row['rest']:.0%}）：该值应是事后填写",
                en=f"the value “{row['value']}” stands from the first, and {share:.0%} of its matters later show "
                f"“{_kind(row['kind'], 1)}” ({row['hits']} of {row['matters']}; {row['rest']:.0%} of the others): it "
                "must have been filled in afterwards",
            )
        )
    return found


def _changes(name: str, facts: pl.DataFrame, returned: pl.DataFrame) -> list[Leak]:
    """Later versions of a fact that come after the outcome far more often than before it."""
    moves = facts.sort("known_from", "seq").filter(pl.int_range(pl.len()).over("matter_id") > 0)
    near = moves.select("matter_id", changed="occurred_at").join(returned, on="matter_id", how="inner")
    apart = pl.col("changed") - pl.col("occurred_at")
    after = near.filter((apart >= 0) & (apart < _AFTER_US))["matter_id"].n_unique()
    before = near.filter((apart < 0) & (apart >= -_AFTER_US))["matter_id"].n_unique()
    if after + before < _LEAST_MATTERS or wilson(after, after + before)[0] < 0.75:
        return []
    return [
        Leak(
            name=name,
            code="changes_after",
            severe=False,
            zh=f"取值多在结果出现后30天内改动（之后{after}件，之前{before}件）：请核对其获知时间",
            en=f"changes come in the 30 days after the outcome ({after} matters) rather than before ({before}): "
            "check when it was known",
        )
    ]


def feature_leaks(rows: pl.DataFrame, feature_set: FeatureSet, folds: Sequence[Fold]) -> tuple[Leak, ...]:
    """Features that alone tell the outcome implausibly well out of fold; `rows` are those of a `Dataset`.

    Each feature is cut into its values, or into fifty parts where it has more; a part's share of returns is learned
    on the fitting months and read on the test months after them.
    """
    from sklearn.metrics import roc_auc_score

    known = rows.filter(pl.col("label").is_not_null())
    test = known.filter(pl.col("cutoff").is_in([cutoff for fold in folds for cutoff in fold.test]))
    fitting = known.filter(pl.col("cutoff").is_in(list(folds[0].train.fit)))
    target = test["label"].to_numpy()
    if not 0 < target.sum() < target.size:
        return ()
    overall = float(np.asarray(target, dtype=np.float64).mean())
    found: list[Leak] = []
    for feature in feature_set:
        learned, seen = (frame[feature.name].cast(pl.Float64).to_numpy() for frame in (fitting, test))
        edges = _edges(learned)
        if not edges.size:
            continue
        part, here = np.searchsorted(edges, learned, side="right"), np.searchsorted(edges, seen, side="right")
        rate = _rates(part, fitting["label"].cast(pl.Float64).to_numpy(), edges.size + 1)
        area = float(roc_auc_score(target, rate[here]))
        if area >= _AREA:
            found.append(
                Leak(
                    name=feature.name,
                    code="too_good",
                    severe=True,
                    zh=f"单凭此项在检验月份的 ROC AUC 达{area:.3f}，不合常理",
                    en=f"alone it reaches a ROC AUC of {area:.3f} in the test months, which nothing honest does",
                )
            )
        sure = _sure_parts(test, here, overall)
        if sure is not None:
            at, share, matters = sure
            say = f"{float(np.median(seen[here == at])):g}"
            found.append(
                Leak(
                    name=feature.name,
                    code="too_sure",
                    severe=True,
                    zh=f"取值约{say}的{matters}件事项中，检验月份有{share:.0%}再次反映（总体{overall:.1%}）：疑为事后填写",
                    en=f"of {matters} matters with a value about {say}, {share:.0%} were followed by the outcome in "
                    f"the test months ({overall:.1%} of all): probably filled in afterwards",
                )
            )
    return tuple(found)


def _edges(values: Floats) -> Floats:
    """Where a feature is cut: between its values, or at quantiles where there are more than fifty."""
    distinct = np.unique(values)
    if distinct.size > 50:
        distinct = np.unique(np.quantile(values, np.linspace(0, 1, 51)))
    return (distinct[1:] + distinct[:-1]) / 2 if distinct.size > 1 else np.empty(0)


def _rates(part: np.ndarray, label: Floats, count: int) -> Floats:
    size = np.bincount(part, minlength=count)
    return (np.bincount(part, weights=label, minlength=count) + label.mean()) / (size + 1)


def _sure_parts(test: pl.DataFrame, part: np.ndarray, overall: float) -> tuple[int, float, int] | None:
    """The part with the surest outcome, where its lower bound over matters is implausibly high."""
    by_matter = (
        test.select("matter_id", "label")
        .with_columns(part=pl.Series(part))
        .group_by("part", "matter_id")
        .agg(pl.col("label").cast(pl.Float64).mean())
        .group_by("part")
        .agg(pl.len().alias("matters"), pl.col("label").sum().alias("hits"))
        .filter(pl.col("matters") >= _LEAST_MATTERS)
        .sort("part")
    )
    odds = _TIMES * overall / (1 - overall)
    line = max(_SURE, odds / (1 + odds))
    worst: tuple[int, float, int] | None = None
    for row in by_matter.iter_rows(named=True):
        share = row["hits"] / row["matters"]
        if wilson(row["hits"], row["matters"])[0] >= line and (worst is None or share > worst[1]):
            worst = (int(row["part"]), share, int(row["matters"]))
    return worst


def _kind(code: str, language: int) -> str:
    if code == "raised again":
        return ("再次反映", "raised again")[language]
    kind = vocabulary.KIND.get(code)
    return code if kind is None else (kind.zh, kind.en)[language]
