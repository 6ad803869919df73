"""How the command line starts: global options, verbs, and every refusal as a message with its exit code."""

import functools
import importlib.metadata
import json
import os
import platform
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


#: What an operator is asked for first when something goes wrong, beside our own version.
_NAMED = ("polars", "numpy", "scikit-learn", "mlflow", "sqlalchemy", "fastapi")


def _version(*, wanted: bool) -> None:
    """Print which release this is and what it runs on, each library's version read from its metadata, and end."""
    if not wanted:
        return
    from data.store.sqlite_library import sqlite_module

    release = importlib.metadata.version("petition-risk")
    libraries = " · ".join(f"{name} {importlib.metadata.version(name)}" for name in _NAMED)
    typer.echo(f"petition-risk {release}")
    typer.echo(f"Python {platform.python_version()} · SQLite {sqlite_module().sqlite_version} · {libraries}")
    raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[str | None, typer.Option(help="设置文件 / settings file (TOML)", metavar="FILE")] = None,
    state: Annotated[str | None, typer.Option(help="状态目录 / state directory", metavar="DIR")] = None,
    lang: Annotated[str | None, typer.Option(help="zh | en")] = None,
    _shown: Annotated[
        bool,
        typer.Option(
            "--version",
            help="版本号与所用库的版本 / which release, and which libraries",
            callback=lambda wanted: _version(wanted=wanted),
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Read the global options."""
    context.obj = Session(config=config, state=state, lang=lang)


@functools.cache
def with_verbs() -> typer.Typer:
    """The application with every verb, each put in once however often a process runs the command."""
    from serving.cli import (
        account,
        assure,
        audit,
        bench,
        demo,
        dictionary,
        ledger,
        model,
        models,
        monitor,
        retention,
        sweep,
        token,
        vault,
    )

    for module in (
        ledger,
        models,
        model,
        dictionary,
        assure,
        sweep,
        monitor,
        retention,
        vault,
        account,
        token,
        audit,
        demo,
        bench,
    ):
        module.add_to(app)
    return app


def main() -> None:
    """Run the command; ends the process with the documented exit code."""
    arguments = sys.argv[1:]
    wants_json = "--json" in arguments
    language = session.language_of(arguments, os.environ)
    try:
        with_verbs()(args=arguments)
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
