"""What the document of a major matter's report says: closed fields, of our handling alone."""

from collections.abc import Mapping
from typing import Any

from data.store.major import MajorReport, Receipt
from data.vocabulary import ACTIONS, MAJOR_TRIGGERS
from serving.export_text import Language, wording
from serving.paper_blocks import Facts, Page, Signers, Table
from serving.web.views import category, moment, of_code


def major_page(
    office: str,
    matter: Mapping[str, Any],
    report: MajorReport,
    receipt: Receipt | None,
    *,
    time_zone: str,
    language: Language,
) -> Page:
    """The document of one report."""
    t = wording(language)
    side = 0 if language == "zh" else 1
    fields = [
        (t("paper.trigger"), of_code(MAJOR_TRIGGERS, report.trigger, language)),
        (t("paper.handled"), report.handled),
        (t("paper.overdue"), t("comma").join(duty[1 + side] for duty in report.overdue) or t("none")),
        (t("paper.decision"), of_code(ACTIONS, report.decision, language)),
        (t("paper.reported_at"), moment(report.at, time_zone)),
        (t("paper.received_at"), t("none") if receipt is None else moment(receipt.at, time_zone)),
    ]
    return Page(
        title=f"{office}{t('paper.major')}" if language == "zh" else f"{office} · {t('paper.major')}",
        blocks=[
            Facts(
                rows=[
                    (t("paper.number"), str(matter["matter_no"])),
                    (t("col.department"), matter["department"] or t("none")),
                    (t("col.handler"), matter["handler"] or t("none")),
                    (t("col.category"), category(matter["category"], language)),
                ]
            ),
            Table(header=[t("paper.measure_of"), t("paper.state_of")], widths=[2, 8], rows=fields, empty=""),
            Signers(labels=[t("paper.sign_department"), t("paper.sign_petition"), t("paper.sign_deputy")]),
        ],
    )
