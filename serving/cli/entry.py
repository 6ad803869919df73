"""How the command line starts: global options, verbs, and every refusal as a message with its exit code."""

import json
import os
import sys
from typing import Annotated

import typer

from data.errors import PetitionRiskError
from serving.cli import session
from serving.cli.session import Session

app = typer.Typer(
    name="petition-risk",
    help="信访隐患月排查：哪件事项的哪项义务何时到期、为何需要帮助。/ Monthly sweep of petition matters.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[str | None, typer.Option(help="设置文件 / settings file (TOML)", metavar="FILE")] = None,
    state: Annotated[str | None, typer.Option(help="状态目录 / state directory", metavar="DIR")] = None,
    lang: Annotated[str | None, typer.Option(help="zh | en")] = None,
) -> None:
    """Read the global options."""
    context.obj = Session(config=config, state=state, lang=lang)


def add_verbs(to: typer.Typer) -> None:
    """Give an application every verb."""
    from serving.cli import account, assure, audit, bench, demo, dictionary, ledger, model, models, retention, sweep

    for module in (ledger, models, model, dictionary, assure, sweep, retention, account, audit, demo, bench):
        module.add_to(to)


def main() -> None:
    """Run the command; ends the process with the documented exit code."""
    add_verbs(app)
    arguments = sys.argv[1:]
    wants_json = "--json" in arguments
    language = session.language_of(arguments, os.environ)
    try:
        app(args=arguments)
    except PetitionRiskError as problem:
        refuse(problem, language, wants_json=wants_json)


def refuse(problem: PetitionRiskError, language: str, *, wants_json: bool) -> None:
    """Say what is wrong on the error stream (and as the last JSON line where asked), then exit."""
    other = "en" if language == "zh" else "zh"
    print(problem.text(language), file=sys.stderr)  # noqa: T201
    print(problem.text(other), file=sys.stderr)  # noqa: T201
    if wants_json:
        body = {
            "error": problem.code,
            "zh": problem.zh,
            "en": problem.en,
            "details": [{"zh": zh, "en": en} for zh, en in problem.details],
            "exit_code": problem.exit_code,
        }
        print(json.dumps(body, ensure_ascii=False))  # noqa: T201
    sys.exit(problem.exit_code)
