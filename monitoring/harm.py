"""Does a flag hurt: what our office did with flagged matters, against like unflagged and spot-checked ones (G24)."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.times import DAY_US, wall
from data.vocabulary import CLOSERS, SUBSTANTIVE
from monitoring.check import Finding, Outcome, PastList, Severity, Watch
from monitoring.cohorts import has_matured
from monitoring.figures import is_small
from monitoring.part import Part
from training.sweep_list import RANKED

_DRAWS = 500
_TEXTS = ("matter_id", "list", "office_id", "group")
_CHOSEN = pl.Schema({**dict.fromkeys(_TEXTS, pl.String), "place": pl.Float64, "cutoff": pl.Int64})
_Z = NormalDist().inv_cdf(0.975)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What is compared: its names, and whether more of it is worse (+1) or better (-1) for the matter."""

    name: str
    zh: str
    en: str
    worse: int


DEEDS: tuple[Deed, ...] = (
    Deed(name="days_to_reply", zh="答复所用天数", en="days to a reply", worse=1),
    Deed(name="not_accepted", zh="不予受理", en="not accepted", worse=1),
    Deed(name="returned", zh="退回", en="returned", worse=1),
    Deed(name="terminated", zh="终结", en="terminated", worse=1),
    Deed(name="withdrawn", zh="撤回", en="withdrawn", worse=1),
    Deed(name="helped", zh="已提供帮助", en="help offered", worse=-1),
)


def check_harm(watch: Watch) -> Outcome:
    """Flagged matters of matured lists against like ones: the difference per deed, and whether it is beyond chance.

    Like are those of the same office and list next below the line, as many as were flagged, in the order the list
    was made by.  They are compared where also alike in having been answered and ended, or not, by then; what is left
    of the order is taken out by a linear term.  The figures of the spot checks stand beside it.
    Intervals are of a bootstrap over matters.
    """
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    compared = compared_matters(watch)
    if compared is None:
        return Outcome(name="harm", rows=rows, findings=findings)
    kind = compared["group"].to_numpy()
    flagged, like, spot = kind == "flagged", kind == "like", kind == "spot"
    groups = {"flagged": flagged, "like": like, "spot": spot}
    matters = compared["matter_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    level = NormalDist().inv_cdf(1 - watch.settings.monitor.false_share / len(DEEDS))
    least = watch.settings.monitor.harm_least
    enough = min(len(np.unique(matters[flagged])), len(np.unique(matters[like]))) >= least
    across = watch.register.offices.height > 1
    near = flagged | like
    strata, place = _codes(compared, near), compared["place"].to_numpy()[near]
    columns = [compared[deed.name].cast(pl.Float64).to_numpy() for deed in DEEDS]
    gaps = _differences(
        [values[near] for values in columns], flagged[near], place, strata, matters[near], watch.settings.sweep.seed
    )
    for deed, values, (gap, error) in zip(DEEDS, columns, gaps, strict=True):
        row: dict[str, Any] = {"deed": deed.name, "zh": deed.zh, "en": deed.en, "worse": deed.worse}
        masks = {
            name: across and deed.name != "days_to_reply" and is_small(int(values[chosen].sum()), int(chosen.sum()))
            for name, chosen in groups.items()
        }
        for name, chosen in groups.items():
            row[name] = {
                "of": int(chosen.sum()),
                "mean": None if masks[name] or not chosen.any() else float(values[chosen].mean()),
                "masked": masks[name],
            }
        # From a difference and one of its sides the other can be told.
        hidden = masks["flagged"] or masks["like"]
        row["difference"] = None if hidden else gap
        row["interval"] = None if hidden else [gap - _Z * error, gap + _Z * error]
        row["enough"] = enough
        rows.append(row)
        if enough and error > 0 and deed.worse * gap > level * error:
            findings.append(_hurts(deed, row, gap, error))
    return Outcome(name="harm", rows=rows, findings=findings)


def compared_matters(watch: Watch) -> pl.DataFrame | None:
    """The flagged, like and spot-checked matters of all matured lists, one row per list; None where there are none.

    Columns: matter_id, list, office_id, group, answered and ended (by the cutoff), place (Float64, the score
    within office and list, in standard deviations), and one per deed: what was done in the horizon after the cutoff.
    """
    rows = watch.found(deeds)
    if not {"flagged", "like"} <= set(rows["group"].to_list()):
        return None
    return rows.sort("list", "matter_id")


def _chosen(past: PastList) -> pl.DataFrame:
    ranked_by = (
        "margin" if past.candidates["margin"].is_not_null().any() or "B6" not in past.candidates.columns else "B6"
    )
    score = pl.col(ranked_by).cast(pl.Float64).fill_null(0.0)
    frame = (
        past.candidates.select("matter_id", "office_id", score=score)
        .join(past.entries.select("matter_id", "part"), on="matter_id", how="left")
        .with_columns(list=pl.lit(past.screening_id), flagged=pl.col("part").is_in(RANKED).fill_null(value=False))
        .with_columns(k=pl.col("flagged").sum().over("office_id"), line=_line())
    )
    free = (pl.col("part").is_null() | (pl.col("part") == "spot")) & (pl.col("score") <= pl.col("line"))
    like = (
        frame.filter(free)
        .sort("office_id", "score", "matter_id", descending=[False, True, False])
        .filter(pl.int_range(pl.len()).over("office_id") < pl.col("k"))
        .with_columns(group=pl.lit("like"))
    )
    flagged = frame.filter("flagged").with_columns(group=pl.lit("flagged"))
    spot = (
        frame.filter(pl.col("part") == "spot")
        .join(like.select("matter_id"), on="matter_id", how="anti")
        .with_columns(group=pl.lit("spot"))
    )
    spread = pl.col("score").std().over("office_id")
    return pl.concat([flagged, like, spot]).select(
        "matter_id",
        "list",
        "office_id",
        "group",
        place=pl.when(spread > 0)
        .then((pl.col("score") - pl.col("score").mean().over("office_id")) / spread)
        .otherwise(0.0),
    )


def _line() -> pl.Expr:
    """The lowest score that was flagged in the office."""
    return pl.col("score").filter(pl.col("flagged")).min().over("office_id")


def chosen_of(watch: Watch) -> pl.DataFrame:
    """The flagged, like and spot-checked matters of all matured lists, with the cutoff of each."""
    found = [
        _chosen(past).with_columns(cutoff=pl.lit(past.cutoff, pl.Int64))
        for past in watch.past
        if has_matured(watch, past.cutoff)
    ]
    return pl.concat([pl.DataFrame(schema=_CHOSEN), *found])


def deeds(part: Part, watch: Watch) -> pl.DataFrame:
    """What was done for the chosen matters that lie in a part; see `compared_matters`."""
    register, zone = part.register, part.register.time_zone
    chosen = watch.made(chosen_of).join(part.offices.select("matter_id"), on="matter_id", how="semi")
    begins = chosen.select("list", "matter_id", "cutoff", begin=pl.Series(wall(chosen["cutoff"], zone)))
    standing = register.events.filter(pl.col("known_until").is_null()).join(begins, on="matter_id")
    events = standing.with_columns(after=pl.Series(wall(standing["occurred_at"], zone)) - pl.col("begin"))
    seen = events.filter((pl.col("known_from") < pl.col("cutoff")) & (pl.col("after") < 0)).sort("after", "seq")
    inside = events.filter((pl.col("after") >= 0) & (pl.col("after") < watch.horizon_days * DAY_US))
    helps = [code for code, role in register.roles.items() if role == "help" and not code.endswith("_screened")]
    kind = pl.col("kind")
    reply = kind.is_in(SUBSTANTIVE) | ((kind == "progress_reply") & pl.col("document_no").is_not_null())
    last_end = kind.filter(kind.is_in([*CLOSERS, "reopened"])).last()
    before = seen.group_by("list", "matter_id").agg(
        reply.any().alias("answered"), (last_end != "reopened").fill_null(value=False).alias("ended")
    )
    done = inside.group_by("list", "matter_id").agg(
        (pl.col("after").filter(reply).min() / DAY_US).alias("days_to_reply"),
        *((kind == name).any().alias(name) for name in ("not_accepted", "returned", "terminated", "withdrawn")),
        kind.is_in(helps).any().alias("helped"),
    )
    flags = ["answered", "ended", *(deed.name for deed in DEEDS[1:])]
    one = ["list", "matter_id"]
    found = chosen.drop("cutoff").join(done, on=one, how="left").join(before, on=one, how="left")
    return found.with_columns(
        # Who is not answered within the horizon has waited at least so long.
        pl.col("days_to_reply").fill_null(float(watch.horizon_days)),
        *(pl.col(name).fill_null(value=False) for name in flags),
    )


def _codes(rows: pl.DataFrame, near: NDArray[np.bool_]) -> NDArray[np.int64]:
    return (
        rows.filter(pl.Series(near))
        .select(pl.struct("list", "office_id", "answered", "ended").rank("dense"))
        .to_series()
        .to_numpy()
        - 1
    )


def _differences(
    columns: Sequence[Floats],
    flagged: NDArray[np.bool_],
    place: Floats,
    strata: NDArray[np.int64],
    matters: NDArray[np.int64],
    seed: int,
) -> list[tuple[float, float]]:
    """Per column the difference flagged makes within strata, `place` held fixed, and its bootstrap standard error.

    Arrays of shape (n,).  Least squares on both, all centred within the strata; matters are drawn, with all they have.
    """
    size = np.bincount(strata)

    def centred(column: Floats) -> Floats:
        return column - (np.bincount(strata, weights=column) / size)[strata]

    x, z = centred(flagged.astype(np.float64)), centred(place)
    products = [x * x, x * z, z * z]
    for values in columns:
        y = centred(values)
        products += [x * y, z * y]
    # What one matter adds to each sum: drawing matters is weighing these.
    mine = np.stack([np.bincount(matters, weights=product) for product in products], axis=1).astype(np.float64)

    def solved(sums: Floats, column: int) -> Floats:
        xx, xz, zz, xy, zy = (sums[:, i] for i in (0, 1, 2, 3 + 2 * column, 4 + 2 * column))
        # Where nothing is left of the order there is nothing to hold fixed.
        slope = np.divide(xz, zz, out=np.zeros_like(xz), where=zz > 1e-9)
        below = xx - slope * xz
        return np.divide(xy - slope * zy, below, out=np.zeros_like(xy), where=below > 1e-9)

    drawn = _drawn(mine, seed)
    whole = mine.sum(axis=0, keepdims=True)
    return [(float(solved(whole, i)[0]), float(solved(drawn, i).std(ddof=1))) for i in range(len(columns))]


def _drawn(mine: Floats, seed: int) -> Floats:
    """The sums of `mine`, of shape (matters, columns), over each bootstrap draw of matters. Shape (draws, columns)."""
    rng, count = np.random.default_rng(seed), len(mine)
    lots = (np.bincount(rng.integers(count, size=count), minlength=count) for _ in range(_DRAWS))
    return np.stack([lot @ mine for lot in lots])


def _hurts(deed: Deed, row: dict[str, Any], gap: float, error: float) -> Finding:
    days = deed.name == "days_to_reply"
    if row["difference"] is None:
        shown_zh, shown_en = "件数按规定不显示，差距非偶然", "figures not shown; the gap is beyond chance"
    else:
        low, high = gap - _Z * error, gap + _Z * error
        shown_zh = shown_en = (
            f"{gap:+.1f} ({low:+.1f} – {high:+.1f})" if days else f"{gap:+.1%} ({low:+.1%} – {high:+.1%})"
        )
        shown_zh, shown_en = f"相差 {shown_zh}", f"a difference of {shown_en}"
    return Finding(
        code="flag_hurts",
        severity=Severity.SEVERE,
        title_zh=f"被提示的事项受到的对待更差：{deed.zh}",
        title_en=f"flagged matters fare worse: {deed.en}",
        text_zh=f"已满观察期的清单，与同院同期排位相近而未提示的事项相比：{shown_zh}（括号内为95%区间）。",
        text_en=f"Matured lists, against unflagged matters of the same office and list next below the line: {shown_en} "
        "(95 % interval in brackets).",
        remedy_zh="检务督察和院领导在“提示是否有害”页看到本发现；模型已停用、按规则运行，直至具名负责人在该页说明原因。",
        remedy_en="The auditor and the leader see this on the page “Do flags hurt”; the model is out of service and "
        "rules order the work until a named person has answered there why.",
        numbers={"deed": deed.name, "difference": row["difference"], "interval": row["interval"]},
    )
