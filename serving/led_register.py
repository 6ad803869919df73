"""How the register of led matters reads on paper: the 包案台账."""

from collections.abc import Sequence
from datetime import date

from data.vocabulary import CASE_CLASSES, KIND, RANKS
from serving.export_text import Language, wording
from serving.led import FOUR, LedMatter
from serving.paper_blocks import Page, Signers, Table, Text
from serving.web.views import Translate, category, of_code


def led_page(office: str, led: Sequence[LedMatter], *, language: Language) -> Page:
    """The register of an office as its ledger stands; `led` are the matters its reader may see (G16)."""
    t = wording(language)
    rows = [[str(number), *_row(one, language, t)] for number, one in enumerate(led, start=1)]
    header = [
        t("paper.no"),
        t("paper.number"),
        t("col.department"),
        t("col.handler"),
        t("col.category"),
        *(t(f"paper.{name}") for name in ("class", "leader", "led_on")),
        *(t(f"paper.led_{name}") for name in FOUR),
        t("paper.led_end"),
        t("paper.remark"),
    ]
    table = Table(
        header=header,
        widths=[1, 3, 2.6, 2, 2.4, 2.6, 2.4, 2.4, 2.4, 2.4, 2.4, 2.4, 2, 2],
        rows=rows,
        empty=t("paper.led_none"),
    )
    signers = Signers(labels=[t("paper.sign_petition"), t("paper.sign_deputy")])
    blocks = [Text(text=t("paper.led_help_line")), table, signers]
    return Page(
        title=f"{office}{t('paper.led')}" if language == "zh" else f"{office} · {t('paper.led')}",
        blocks=blocks,
        landscape=True,
    )


def _row(one: LedMatter, language: Language, t: Translate) -> list[str]:
    matter = one.matter
    return [
        str(matter["matter_no"]),
        matter["department"] or t("none"),
        matter["handler"] or t("none"),
        category(matter["category"], language),
        t("none") if one.case_class is None else of_code(CASE_CLASSES, one.case_class, language),
        of_code(RANKS, one.rank, language)
        if one.led_on is not None
        else t("paper.led_planned" if one.planned else "paper.led_open"),
        "" if one.led_on is None else one.led_on.isoformat(),
        *(_day(day, t) for day in one.days.values()),
        t("none") if one.end is None else (KIND[one.end].zh if language == "zh" else KIND[one.end].en),
        "",
    ]


def _day(day: date | None, t: Translate) -> str:
    return t("none") if day is None else day.isoformat()
