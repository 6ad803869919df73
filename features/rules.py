"""Which matters must be acted on before and regardless of any score, which duty is unmet, which help is still open.

All are pure functions of the visible history and need no model (G7).  Rules are dated, each with its article.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.times import DAY_US, FAR_US
from data.vocabulary import CASE_CLASSES
from features import clocks
from features.answer_measures import MissingParts
from features.clock_rules import State
from features.clock_table import rule_table
from features.kernel import View
from features.measures import Lacks, Renewed
from features.timing import Timing

#: A duty due within so many days counts as unmet (G8).
SOON_DAYS = 7

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpRule:
    """Where a kind of help should at least be considered: rule by its own article, offered by a person."""

    code: str
    zh: str
    en: str
    article: str
    settled_by: tuple[str, ...]
    causes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    after_return: bool = False


HELP_RULES: tuple[HelpRule, ...] = (
    HelpRule(
        code="hearing",
        zh="公开听证（未筛查）",
        en="public hearing (not screened)",
        article="[S0][S1] 应听证尽听证：再次反映的事项筛查听证",
        settled_by=("hearing_screened", "hearing_offered", "hearing_held", "simple_hearing_held"),
        after_return=True,
    ),
    HelpRule(
        code="aid",
        zh="国家司法救助（未筛查）",
        en="judicial aid (not screened)",
        article="[S0][S1] 应救助尽救助：人身损害、交通事故、欠薪、赡养类筛查救助",
        settled_by=("aid_screened", "aid_paid"),
        causes=("injury", "traffic", "wages", "maintenance"),
    ),
    HelpRule(
        code="lawyer",
        zh="律师参与（未告知）",
        en="lawyer (not told)",
        article="律师参与化解和代理涉法涉诉信访案件制度：申诉、申请监督类告知",
        settled_by=("lawyer_offered", "lawyer_present"),
        categories=("criminal_appeal", "civil_appeal", "administrative_appeal", "supervision"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedRule:
    """What our own handling asks for, by which article, and from when until when (wall-clock microseconds)."""

    code: str
    zh: str
    en: str
    article: str
    holds: Callable[[View], Flags]
    valid_from: int = -FAR_US
    valid_until: int = FAR_US

    def held(self, view: View) -> Flags:
        """The rows the rule holds for and is in force at the cutoff of. Shape (rows,)."""
        return self.holds(view) & (view.cutoff > self.valid_from) & (view.cutoff <= self.valid_until)


def overdue(view: View) -> Flags:
    """Whether any duty is overdue and still owed, remedies' clocks included. Shape (rows,)."""
    found = clocks.instances(view)
    late = np.zeros(view.rows, dtype=bool)
    late[found.row[found.state == State.OVERDUE]] = True
    return late


def urgent_open(view: View) -> Flags:
    """Whether the matter was marked urgent and not yet seen to. Shape (rows,)."""
    found = clocks.instances(view)
    flagged = np.zeros(view.rows, dtype=bool)
    flagged[found.row[found.of(lambda rule: rule.code == "urgent") & (found.state == State.RUNNING)]] = True
    return flagged


def led_class_without_leader(view: View) -> Flags:
    """Whether a matter still open is of a class a leader must lead, and none has taken it over. Shape (rows,)."""
    codes = [number for number, text in enumerate(view.history.texts) if text in CASE_CLASSES]
    of_class = np.isin(view.at(view.history.code, view.last(["attribute:case_class"]), -1), codes)
    return of_class & (view.last(["leader_assigned"]) < 0) & (clocks.ended_at(view) >= FAR_US)


def late_objection(view: View) -> Flags:
    """Whether we objected to jurisdiction late and neither took the matter up nor ended it since. Shape (rows,)."""
    found = clocks.instances(view)
    late = found.of(lambda rule: rule.code == "jurisdiction_objection") & (found.state == State.MET_LATE)
    flagged = np.zeros(view.rows, dtype=bool)
    flagged[found.row[late]] = True
    objected = view.last_time(["jurisdiction_objected"])
    taken_up = view.last_time(["accepted", "substantive_contact"]) >= objected
    return flagged & ~taken_up & (clocks.ended_at(view) >= FAR_US)


#: What must be acted on whatever the score.
MUST_ACT: tuple[DatedRule, ...] = (
    DatedRule(
        code="overdue",
        zh="有义务已逾期",
        en="a duty is overdue",
        article="各项时限的依据；承诺同此",
        holds=overdue,
    ),
    DatedRule(
        code="urgent",
        zh="告急未处理",
        en="urgent and not seen to",
        article="信访工作条例：紧急情况即接即办",
        holds=urgent_open,
    ),
    DatedRule(
        code="leader_must_lead",
        zh="应由院领导包案，尚未确定包案领导",
        en="a leader must lead this matter, and none does yet",
        article="最高人民检察院：院领导包案办理首次信访、疑难复杂信访和积案",
        holds=led_class_without_leader,
    ),
    DatedRule(
        code="late_objection",
        zh="管辖异议逾期提出，应先行办理",
        en="objected to jurisdiction too late: take the matter up first",
        article="信访工作条例：对转送、交办有异议的，5个工作日内提出",
        holds=late_objection,
    ),
)


def must_act_rules(view: View) -> dict[str, Flags]:
    """For each must-act rule in force at the cutoff, the rows it holds for. Shapes (rows,)."""
    return {rule.code: rule.held(view) for rule in MUST_ACT}


def must_act(view: View) -> Flags:
    """Whether the matter must be acted on by any rule of the table. Shape (rows,)."""
    return np.any(list(must_act_rules(view).values()), axis=0)


def unmet_duty(view: View) -> Flags:
    """Whether a duty is overdue or due within 7 days, or a complete, explained reply is still lacking. Shape (rows,).

    A matter without any reply lacks all of one: otherwise taking a reply away could lower what is owed (G6).
    """
    found = clocks.instances(view)
    soon = _owed(found) & (found.due - view.cutoff[found.row] <= SOON_DAYS * DAY_US)
    unmet = overdue(view).copy()
    unmet[found.row[soon]] = True
    return unmet | (MissingParts().evaluate(view) > 0) | (Lacks(("explanation",)).evaluate(view) > 0)


def help_open(view: View) -> dict[str, Flags]:
    """For each help rule, the rows where the rule asks for it and nobody has screened or offered it yet."""
    return {rule.code: _applies(view, rule) & (view.last(rule.settled_by) < 0) for rule in HELP_RULES}


def _applies(view: View, rule: HelpRule) -> Flags:
    applies = np.zeros(view.rows, dtype=bool)
    for attribute, wanted in (("cause", rule.causes), ("category", rule.categories)):
        codes = [number for number, text in enumerate(view.history.texts) if text in wanted]
        if codes:
            applies |= np.isin(view.at(view.history.code, view.last([f"attribute:{attribute}"]), -1), codes)
    if rule.after_return:
        applies |= Renewed(("raised_again",)).evaluate(view) >= 1
    return applies


#: What is owed without a date of its own: code, zh, en, article; the undated rules of `MUST_ACT` stand behind them.
_LACKING: tuple[tuple[str, str, str, str], ...] = (
    ("reply_parts", "补齐答复要件", "complete the reply", "答复要件：诉求、事实、理由、意见、依据"),
    ("explanation", "释法说理", "explain the reply", "[S0] 释法说理"),
)
_UNDATED = tuple(rule for rule in MUST_ACT if rule.holds not in (overdue, urgent_open))


def duty_texts(timing: Timing) -> list[tuple[str, str, str, str]]:
    """Code, zh, en and article of each duty, in the order `owed` numbers them."""
    clocked = [(rule.code, rule.zh, rule.en, rule.article) for rule in rule_table(timing, for_features=False).rules]
    return [*clocked, *_LACKING, *((rule.code, rule.zh, rule.en, rule.article) for rule in _UNDATED)]


def owed(view: View) -> pl.DataFrame:
    """The unmet duties of every row as numbers, by row; what a whole register can be asked for.

    Columns row, duty (its place in `duty_texts`), due (wall µs, exclusive), days_left (negative when late), missed.
    """
    found = clocks.instances(view)
    mine = _owed(found).nonzero()[0]
    row, due = found.row[mine], found.due[mine]
    dated = pl.DataFrame(
        {
            "row": row,
            "duty": found.clock[mine],
            "due": due,
            "days_left": np.ceil((due - view.cutoff[row]) / DAY_US).astype(np.int64),
            "missed": found.state[mine] == int(State.OVERDUE),
        },
        schema=_OWED_TYPES,
    )
    replied = view.last(["substantive_reply"]) >= 0
    lacking = (replied & (MissingParts().evaluate(view) > 0), replied & (view.last(["explanation"]) < 0))
    rows = [*lacking, *(rule.holds(view) for rule in _UNDATED)]
    undated = [
        pl.DataFrame({"row": np.flatnonzero(held)}, schema={"row": pl.Int64}).with_columns(
            duty=pl.lit(number, pl.Int64),
            due=pl.lit(None, pl.Int64),
            days_left=pl.lit(None, pl.Int64),
            missed=pl.lit(value=False),
        )
        for number, held in enumerate(rows, len(found.rules))
    ]
    return pl.concat([dated, *undated]).sort("row", maintain_order=True)


_OWED_TYPES = {"row": pl.Int64, "duty": pl.Int64, "due": pl.Int64, "days_left": pl.Int64, "missed": pl.Boolean}


def duties(view: View) -> pl.DataFrame:
    """The unmet duties of every row, most pressing first, for lists and pages.

    Columns row, code, zh, en, article, due (wall µs, exclusive), days_left (negative when late), missed.
    """
    return named_duties(owed(view), view.timing)


def named_duties(found: pl.DataFrame, timing: Timing) -> pl.DataFrame:
    """What `owed` found under these clocks, in words: the columns and the order of `duties`."""
    texts = pl.DataFrame(
        duty_texts(timing), schema=dict.fromkeys(("code", "zh", "en", "article"), pl.String), orient="row"
    )
    told = texts.with_row_index("duty").with_columns(pl.col("duty").cast(pl.Int64))
    return (
        found.join(told, on="duty", how="left", maintain_order="left")
        .select("row", "code", "zh", "en", "article", "due", "days_left", "missed")
        .sort("row", "missed", "days_left", "code", descending=[False, True, False, False], nulls_last=True)
    )


def _owed(found: clocks.Instances) -> Flags:
    """Which clocks are duties of ours that run or are overdue. Shape (instances,)."""
    return found.of(lambda rule: rule.kind == "duty") & (
        (found.state == State.RUNNING) | (found.state == State.OVERDUE)
    )


def nearest_due_days(view: View) -> NDArray[np.float64]:
    """Days until the nearest unmet duty is due, negative when late, +inf where none runs. Shape (rows,)."""
    found = clocks.instances(view)
    owed = _owed(found)
    row = found.row[owed]
    nearest = np.full(view.rows, np.inf)
    np.minimum.at(nearest, row, (found.due[owed] - view.cutoff[row]) / DAY_US)
    return nearest


def missed_days(view: View) -> dict[str, NDArray[np.float64]]:
    """What orders a list without a model: days a duty is overdue, days to the next, days a promise is overdue."""
    found = clocks.instances(view)
    late = found.state == State.OVERDUE
    promise = found.of(lambda rule: rule.code == "promise")
    result: dict[str, NDArray[np.float64]] = {}
    for name, chosen in (("duty_missed_days", late & ~promise), ("promise_overdue_days", late & promise)):
        row = found.row[chosen]
        days = np.zeros(view.rows)
        np.maximum.at(days, row, (view.cutoff[row] - found.due[chosen]) // DAY_US + 1)
        result[name] = days
    result["due_in_days"] = nearest_due_days(view)
    return result


def ever_missed(view: View) -> Flags:
    """Whether any duty was ever missed, settled since or not. Shape (rows,)."""
    found = clocks.instances(view)
    missed = np.zeros(view.rows, dtype=bool)
    missed[found.row[found.times > 0]] = True
    return missed
