"""What an office tells its superior office of a month's sweep: totals only, small ones of matters not shown."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.store.plans import Measure, Result
from data.store.screenings import Screening
from data.times import cutoff_day
from data.vocabulary import ACTIONS, BANDS, CATEGORIES, CAUSES, RESULTS
from monitoring.masking import suppressed
from serving.export_text import Language, wording
from serving.lists import HAND, REVIEW, Line, by_rules
from serving.paper_blocks import Block, Facts, Heading, Page, Signers, Table, Text
from serving.standing import Standing
from serving.web.views import Translate, said
from serving.workflow import FlagState, state_of
from training.sweep_list import MUST_ACT, SPOT

_PARTS: Mapping[str, tuple[str, ...]] = {
    "must_act": (MUST_ACT,),
    "middle": ("model", "points"),
    "hand": (HAND,),
    "spot": (SPOT,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """An office's list of a month with what people did on it since: lines, measures, results, and how it stands."""

    screening: Screening
    office_id: str
    office: str
    lines: Sequence[Line]
    measures: Sequence[Measure]
    results: Sequence[Result]
    standing: Standing


def report_page(month: Month, *, time_zone: str, language: Language) -> Page:
    """The report; an office's own duties and acts are exact, distributions of matters hide what is under ten."""
    t = wording(language)
    day = cutoff_day(month.screening.cutoff, time_zone)
    lines = [line for line in month.lines if line.entry.part != REVIEW]
    basis = (
        t("list.by_rules")
        if by_rules(month.screening, month.office_id)
        else t("list.by_model", version=month.screening.model_version)
    )
    sent = month.standing.sent
    cohort = (month.screening.summary or {}).get("offices", {}).get(month.office_id, {}).get("cohort", 0)
    blocks: list[Block] = [
        Facts(
            rows=[
                (t("paper.office"), month.office),
                (t("paper.cutoff"), day.isoformat()),
                (t("paper.basis"), basis),
                (t("paper.list_state"), t(f"standing.state.{month.standing.state}")),
                *([(t("paper.version_hash"), sent.content_hash or "")] if sent is not None else []),
            ]
        ),
        Heading(text=t("paper.scope")),
        _counted(
            t,
            [
                (t("paper.cohort"), int(cohort)),
                *(
                    (t(f"paper.listed.{name}"), _of_part(lines, name))
                    for name in ("must_act", "middle", "hand", "spot")
                ),
            ],
        ),
        Heading(text=t("paper.duty_title")),
        _overdue(t, lines, language),
        Heading(text=t("paper.work_title")),
        _counted(t, _work(t, lines, month, language)),
        Heading(text=t("paper.split_title")),
        Text(text=t("paper.split_help")),
        *_splits(t, lines, language),
        Heading(text=t("paper.words_title")),
        Text(text=""),
        Text(text=""),
        Text(text=""),
        Text(text=t("paper.totals_only")),
        Signers(labels=[t("paper.sign_petition"), t("paper.sign_deputy")]),
    ]
    told = t("month", year=day.year, month=day.month)
    return Page(
        title=f"{month.office} {told}{t('paper.report') if language == 'zh' else ' · ' + t('paper.report')}",
        blocks=blocks,
    )


def _of_part(lines: Sequence[Line], name: str) -> int:
    return sum(line.entry.part in _PARTS[name] for line in lines)


def _overdue(t: Translate, lines: Sequence[Line], language: Language) -> Table:
    """Our own duties overdue at the cutoff, by duty: exact however few."""
    seen: dict[tuple[str, str], str] = {}
    counts: Counter[str] = Counter()
    for line in lines:
        for duty in line.entry.duties:
            label = said(duty, language)
            if duty.get("missed") and (line.entry.matter_id, label) not in seen:
                seen[line.entry.matter_id, label] = label
                counts[label] += 1
    return Table(
        header=[t("paper.duty"), t("paper.count")],
        widths=[8, 2],
        rows=[[label, str(number)] for label, number in counts.most_common()],
        empty=t("paper.no_overdue"),
    )


def _work(t: Translate, lines: Sequence[Line], month: Month, language: Language) -> list[tuple[str, int]]:
    side = 0 if language == "zh" else 1
    mine = {line.entry.matter_id: line for line in lines}
    states = Counter(state_of(line.decision) for line in mine.values())
    done = Counter(one.action for one in month.measures)
    ended = Counter(one.result for one in month.results)
    return [
        *((t(f"flag.state.{state}"), states[state]) for state in FlagState),
        (t("paper.planned"), sum(line.plan is not None for line in mine.values())),
        *((labels[side], done[code]) for code, labels in ACTIONS.items() if done[code]),
        *((labels[side], ended[code]) for code, labels in RESULTS.items() if ended[code]),
    ]


def _splits(t: Translate, lines: Sequence[Line], language: Language) -> list[Table]:
    side = 0 if language == "zh" else 1
    mine = list({line.entry.matter_id: line for line in reversed(lines)}.values())
    bands = {band: (t(f"band.{band}"), t(f"band.{band}")) for band in BANDS}
    # Spot checks are shown to nobody with a band (G14).
    found: list[tuple[str, Counter[str], Mapping[str, tuple[str, str]]]] = [
        ("band", Counter(one.entry.band for one in mine if one.entry.band and one.entry.part != SPOT), bands),
        ("category", Counter(str(one.matter["category"] or "other") for one in mine), CATEGORIES),
        ("cause", Counter(str(one.matter["cause"] or "other") for one in mine), CAUSES),
    ]
    return [
        Table(
            header=[t(f"paper.by_{name}"), t("paper.count")],
            widths=[8, 2],
            rows=shown_counts(counts, {code: pair[side] for code, pair in labels.items()}, t("paper.split_rest")),
            empty=t(f"paper.by_{name}") + t("colon") + t("paper.split_none"),
        )
        for name, counts, labels in found
    ]


def shown_counts(counts: Mapping[str, int], labels: Mapping[str, str], rest: str) -> list[list[str]]:
    """Rows of label and number, the larger first: what is under ten, and what would give it away, only together."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    masks = suppressed([(number, 2 * number) for _, number in ordered])
    shown = [
        [labels.get(code, code), str(number)]
        for (code, number), masked in zip(ordered, masks, strict=True)
        if not masked
    ]
    hidden = sum(number for (_, number), masked in zip(ordered, masks, strict=True) if masked)
    return [*shown, [rest, str(hidden)]] if shown and hidden else shown


def _counted(t: Translate, rows: Sequence[tuple[str, int]]) -> Table:
    return Table(
        header=[t("paper.measure_of"), t("paper.count")],
        widths=[8, 2],
        rows=[[label, str(number)] for label, number in rows],
        empty="",
    )
