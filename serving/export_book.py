"""What the sheets of one copy say: rows in words from the stored entries, and the page that explains them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from data.store.screenings import Screening
from data.times import DAY_US, cutoff_day, from_us, local_date
from data.vocabulary import ACTIONS, BANDS
from serving.export_pdf import write_pdf
from serving.export_sheets import WIDTHS, Cell, Mark, NoteSheet, PartSheet, write_workbook
from serving.export_text import ANSWERS, MEASURES, Language, wording
from serving.lists import Line
from serving.web.list_view import expected
from serving.web.views import Translate, article_of, category, cause, last_day, said
from serving.workflow import state_of

#: Spot checks stand without band, range and reasons (G14).
_RISK_COLUMNS = frozenset({"band", "per_hundred", "reasons"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The entries on one copy, by part and rank; `review` is None where the copy has no such sheet.

    `general_left_out` and `spots_left_out` count what a leaders' copy does not list.
    """

    must: tuple[Line, ...]
    hand: tuple[Line, ...]
    middle: tuple[Line, ...]
    spot: tuple[Line, ...]
    review: tuple[Line, ...] | None
    general_left_out: int
    spots_left_out: int

    @property
    def lines(self) -> list[Line]:
        """Every row of the copy, in the order of the sheets."""
        return [*self.must, *self.hand, *self.middle, *self.spot, *(self.review or ())]

    @property
    def matter_ids(self) -> list[str]:
        """The matters on the copy, each once, in the order of the sheets."""
        return list(dict.fromkeys(line.entry.matter_id for line in self.lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """For whom, why, by whom and when (UTC microseconds) a list of an office is printed; `k` is its size.

    `standing`: lines of the notes on how far the list has come (text key, value).
    `by_rules`: no model ordered this office's list.  `keys`: by (matter id, part), where the copy can be read back.
    """

    screening: Screening
    office: str
    recipient: str
    department: str | None
    purpose: str
    user: str
    now: int
    time_zone: str
    language: Language
    serial: str
    k: int
    by_rules: bool
    standing: Sequence[tuple[str, str]] = ()
    keys: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What a copy says, whatever file it becomes: its sheets, the mark on each, and its title."""

    sheets: list[PartSheet | NoteSheet]
    mark: Mark
    title: str


def make_book(chosen: Selection, copy: Copy) -> bytes:
    """The workbook of a copy."""
    paper = paper_of(chosen, copy)
    return write_workbook(paper.sheets, paper.mark, title=paper.title, made=from_us(copy.now), language=copy.language)


def make_pdf(chosen: Selection, copy: Copy) -> bytes:
    """The same copy as a PDF to print. Raises as `export_pdf.write_pdf`."""
    paper = paper_of(chosen, copy)
    return write_pdf(paper.sheets, paper.mark, title=paper.title, made=from_us(copy.now), language=copy.language)


def paper_of(chosen: Selection, copy: Copy) -> Paper:
    """The sheets of a copy: must-acts, flags, spot checks, the head's sheet where it belongs, and the notes."""
    t = wording(copy.language)
    cutoff = cutoff_day(copy.screening.cutoff, copy.time_zone)
    mark = Mark(
        serial=copy.serial,
        recipient=_recipient(copy, t),
        user=copy.user,
        moment=f"{_local(copy.now, copy):%Y-%m-%d %H:%M}",
        cutoff=cutoff.isoformat(),
        basis=_basis(copy, t),
        demo=copy.screening.demo,
    )
    sheets: list[PartSheet | NoteSheet] = [
        _sheet(copy, t, "must", chosen.must, empty=_empty(copy, t, "must_act", chosen)),
        *([_sheet(copy, t, "hand", chosen.hand, empty="")] if chosen.hand else []),
        _sheet(
            copy,
            t,
            "model",
            chosen.middle,
            empty=_empty(copy, t, "middle", chosen),
            notes=_middle_notes(chosen, copy, t),
            signers=_signers(chosen, copy, t),
        ),
        _sheet(copy, t, "spot", chosen.spot, empty=_empty(copy, t, "spot", chosen)),
    ]
    if chosen.review is not None:
        sheets.append(_sheet(copy, t, "review", chosen.review, empty=t("empty.review")))
    sheets.append(NoteSheet(name=t("notes"), title=_title(copy, t, t("notes")), lines=_notes(chosen, copy, t)))
    return Paper(sheets=sheets, mark=mark, title=_title(copy, t, mark.recipient))


def row_of(line: Line, language: Language) -> dict[str, Cell]:
    """One entry as typed cells; days left are whole days from the day after the cutoff, negative when late."""
    t, entry, matter = wording(language), line.entry, line.matter
    dated = [duty for duty in entry.duties if duty.get("due") is not None]
    first = min(dated, key=lambda duty: int(duty["days_left"])) if dated else next(iter(entry.duties), None)
    due = first.get("due") if first is not None else None
    return {
        "rank": entry.rank,
        "matter": matter["matter_no"],
        "department": matter["department"] or t("none"),
        "handler": matter["handler"] or t("none"),
        "category": category(matter["category"], language),
        "cause": cause(matter["cause"], language),
        "band": None if entry.band is None else t(f"band.{entry.band}"),
        "per_hundred": _per_hundred(entry.per_hundred_low, entry.per_hundred_high),
        "reasons": line.put.reason if line.put is not None else _reasons(entry.reasons, entry.duties, language, t),
        "duties": _duties(first, entry.duties, language, t),
        "due": None if due is None else last_date(int(due)),
        # Stored as whole days from the cutoff's midnight to the exclusive end of the last day.
        "days_left": None if first is None or due is None else int(first["days_left"]) - 1,
        "help": t("comma").join(said(one, language) for one in entry.help) or t("none"),
        "state": t(f"flag.state.{state_of(line.decision)}"),
        "plan": _planned(line, language, t),
    }


def _planned(line: Line, language: Language, t: Translate) -> str | None:
    if line.plan is None:
        return None
    side = 0 if language == "zh" else 1
    steps = [t("planned", action=ACTIONS[one.action][side], due=one.due.isoformat()) for one in line.plan.lines]
    return t("planned_by", owner=line.plan.owner, plan=t("join").join(steps))


def last_date(due_wall_micros: int) -> date:
    """The last day on which a duty is in time, from its exclusive end."""
    return from_us(due_wall_micros - DAY_US).date()


def _sheet(
    copy: Copy,
    t: Translate,
    part: str,
    lines: Sequence[Line],
    *,
    empty: str,
    notes: Sequence[str] = (),
    signers: Sequence[str] = (),
) -> PartSheet:
    dropped = _RISK_COLUMNS if part == "spot" else frozenset({"band", "per_hundred"} if part == "hand" else ())
    if copy.by_rules:
        dropped |= {"per_hundred"}
    if all(line.plan is None for line in lines):
        dropped |= {"plan"}
    if copy.department is not None:
        notes = (t("department_note", department=copy.department), *notes)
    began = local_date(copy.screening.cutoff, copy.time_zone).isoformat()
    help_ = "　".join((t(f"list.part.{part}_help"), *notes))
    name = t(f"list.part.{part}")
    return PartSheet(
        name=name,
        title=_title(copy, t, name + t("count", n=len(lines))),
        notes=(help_, t("days_note", day=began)),
        columns=tuple(column for column in WIDTHS if column not in dropped),
        rows=[row_of(line, copy.language) for line in lines],
        empty=empty,
        signers=signers,
        keys=[copy.keys[line.entry.matter_id, line.entry.part] for line in lines] if copy.keys else (),
    )


def _middle_notes(chosen: Selection, copy: Copy, t: Translate) -> list[str]:
    notes: list[str] = []
    if copy.recipient == "own_leaders":
        notes.append(t("leader_note", n=chosen.general_left_out))
    # Of a department's few entries a range says nothing, and differences to the whole would tell of the others.
    found = expected(chosen.middle) if copy.department is None else None
    if found is not None:
        notes.append(t("list.interval", n=found[0], low=found[1], high=found[2]))
    return notes


def _signers(chosen: Selection, copy: Copy, t: Translate) -> list[str]:
    if not chosen.middle:
        return []
    labels = [t(f"sign.{copy.recipient}")]
    if copy.recipient == "own_leaders" and any(line.entry.band == BANDS[-1] for line in chosen.middle):
        labels.append(t("sign.own_leaders_major"))
    return labels


def _empty(copy: Copy, t: Translate, part: str, chosen: Selection) -> str:
    who = t("who.office") if copy.department is None else t("who.department")
    if copy.recipient == "own_leaders" and part == "middle":
        return t("empty.middle_leader", n=chosen.general_left_out)
    if copy.recipient == "own_leaders" and part == "spot":
        return t("empty.spot_leader", n=chosen.spots_left_out)
    return t(f"empty.{part}", who=who, day=cutoff_day(copy.screening.cutoff, copy.time_zone).isoformat())


def _per_hundred(low: int | None, high: int | None) -> str | None:
    return None if low is None or high is None else f"{low}–{high}"


def _reasons(
    reasons: Sequence[Mapping[str, Any]], duties: Sequence[Mapping[str, Any]], language: Language, t: Translate
) -> str:
    """The sentences, and the articles of the duties owed; never points, values or feature names."""
    told = [said(reason, language) for reason in reasons if said(reason, language)]
    numbered = told if len(told) < 2 else [f"{number}. {text}" for number, text in enumerate(told, 1)]
    articles = list(dict.fromkeys(article for article in map(article_of, duties) if article))
    if articles:
        numbered.append(t("basis_of", articles=t("join").join(articles)))
    return "\n".join(numbered) or t("none")


def _duties(
    first: Mapping[str, Any] | None, duties: Sequence[Mapping[str, Any]], language: Language, t: Translate
) -> str:
    """The nearest duty, whose date has columns of its own, then the others with theirs."""
    if first is None:
        return t("none")
    others = [
        said(duty, language)
        if duty.get("due") is None
        else t("due_by", duty=said(duty, language), day=last_day(int(duty["due"])))
        for duty in duties
        if duty is not first
    ]
    return "\n".join([said(first, language), *others])


def _recipient(copy: Copy, t: Translate) -> str:
    if copy.department is None:
        return t(f"recipient.{copy.recipient}")
    return t(f"recipient.{copy.recipient}", department=copy.department)


def _basis(copy: Copy, t: Translate) -> str:
    screening = copy.screening
    return t("list.by_rules") if copy.by_rules else t("list.by_model", version=screening.model_version)


def _title(copy: Copy, t: Translate, part: str) -> str:
    day = cutoff_day(copy.screening.cutoff, copy.time_zone)
    return t("title", office=copy.office, month=t("month", year=day.year, month=day.month), part=part)


def _local(micros: int, copy: Copy) -> datetime:
    return from_us(micros).astimezone(ZoneInfo(copy.time_zone)).replace(tzinfo=None, microsecond=0)


def _notes(chosen: Selection, copy: Copy, t: Translate) -> list[tuple[str, Cell]]:
    screening = copy.screening
    notice = (screening.summary or {}).get("notice")
    basis = _basis(copy, t)
    if notice:
        basis += f"（{said(notice, copy.language)}）" if copy.language == "zh" else f" ({said(notice, copy.language)})"
    scope = "leader" if copy.recipient == "own_leaders" else "all" if copy.department is None else "department"
    reading = ["rules" if copy.by_rules else "interval", "again", "band", "duty", "help", "fill"]
    reading += ["read_back", "correct"] if copy.keys else ["correct"]
    filled = {"measures": "、".join(MEASURES), "answers": "、".join(ANSWERS)}
    return [
        (t("notes.office"), copy.office),
        (t("notes.cutoff"), cutoff_day(screening.cutoff, copy.time_zone)),
        (t("notes.basis"), basis),
        (t("notes.batch"), screening.batch_id),
        (t("notes.hash"), screening.list_hash or t("none")),
        *((t(name), value) for name, value in copy.standing),
        (t("notes.made_at"), _local(screening.created_at, copy)),
        (t("notes.k"), copy.k),
        (t("notes.recipient"), _recipient(copy, t)),
        (t("notes.scope"), t(f"notes.scope_{scope}", department=copy.department)),
        (t("notes.purpose"), copy.purpose),
        (t("notes.exported_by"), copy.user),
        (t("notes.exported_at"), _local(copy.now, copy)),
        (t("notes.serial"), copy.serial),
        *_counts(chosen, t),
        (t("notes.how"), None),
        *(
            (
                t(f"notes.{name}"),
                t(f"notes.{name}_text", **(filled if name == "fill" else {})),
            )
            for name in reading
        ),
        *((t(f"list.part.{part}"), t(f"list.part.{part}_help")) for part in ("must", "model", "spot")),
    ]


def _counts(chosen: Selection, t: Translate) -> list[tuple[str, Cell]]:
    bands = {band: sum(line.entry.band == band for line in chosen.middle) for band in BANDS}
    parts = [
        ("must", chosen.must),
        *([("hand", chosen.hand)] if chosen.hand else []),
        ("model", chosen.middle),
        ("spot", chosen.spot),
    ]
    if chosen.review is not None:
        parts.append(("review", chosen.review))
    found: list[tuple[str, Cell]] = []
    for part, lines in parts:
        found.append((t("notes.listed", part=t(f"list.part.{part}")), len(lines)))
        if part == "model":
            found.append((t("notes.bands"), t("notes.bands_value", **bands)))
    return found
