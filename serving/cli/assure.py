"""The verb that checks the product against small histories a domain expert wrote: assure."""

from pathlib import Path
from typing import Annotated

import typer

from data.errors import EXIT_SEVERE, UsageError
from serving.cli.options import Json
from serving.cli.session import Session


def assure(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="用例文件 / the cases: .xlsx, or a folder of .csv")] = None,
    template: Annotated[Path | None, typer.Option(help="写出样表 / write a sample workbook", metavar="FILE")] = None,
    as_json: Json = False,
) -> None:
    """用小案例检验特征、时限与必办规则 / check features, clocks and rules against small histories."""
    session: Session = context.obj
    if (file is None) == (template is None):
        raise UsageError("assure_what", "请给出用例文件，或 --template", "give the file with the cases, or --template")
    if template is not None:
        from serving.assure_template import write_template

        write_template(template)
        done = (f"样表已写到 {template.name}", f"the sample was written to {template.name}")
        session.report({"template": template.name}, [done[0] if session.language == "zh" else done[1]], as_json=as_json)
        return
    from features.assure import check
    from features.assure_sheets import read_sheets
    from features.timing import timing_of

    assert file is not None  # noqa: S101 - one of the two was given
    timing = timing_of(session.settings.clock)
    verdicts = [one for case, wanted in read_sheets(file, timing) for one in check(case, wanted, timing=timing)]
    wrong = [one for one in verdicts if not one.holds]
    total = (
        f"{len(verdicts)} 项期望，{len(verdicts) - len(wrong)} 项相符，{len(wrong)} 项不符",
        f"{len(verdicts)} expectations: {len(verdicts) - len(wrong)} as expected, {len(wrong)} not",
    )
    lines = [one.sentence(session.language) for one in wrong] + [total[0] if session.language == "zh" else total[1]]
    body = {
        "expectations": len(verdicts),
        "differing": [
            {
                "case": one.expected.case,
                "last_day": one.expected.last_day.isoformat(),
                "what": one.expected.what,
                "expected": one.expected.value,
                "got": one.got,
                "zh": one.sentence("zh"),
                "en": one.sentence("en"),
            }
            for one in wrong
        ],
    }
    session.report(body, lines, as_json=as_json)
    if wrong:
        raise typer.Exit(EXIT_SEVERE)


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command()(assure)
