"""Are the documents true: links, settings, exit codes, verbs and every command shown."""

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from data import errors
from serving.cli import entry

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh-CN.md")
PAGES = [ROOT / name for name in (*READMES, "CHANGELOG.md")] + sorted((ROOT / "docs").rglob("*.md"))


def _command() -> TyperGroup:
    command = typer.main.get_command(entry.with_verbs())
    assert isinstance(command, TyperGroup)
    return command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_no_machine_and_no_host(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"/root/|/home/|/work/|/tmp/|pypi|debian\.org", text)


def test_the_settings_page_is_that_of_the_code() -> None:
    page = runpy.run_path(str(ROOT / "scripts" / "settings_page.py"))["page"]()
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == page


@pytest.mark.parametrize(
    ("script", "name"), [("features_page", "features-dictionary.md"), ("features_by_example", "features-by-example.md")]
)
def test_the_pages_of_features_are_those_of_the_code(script: str, name: str) -> None:
    page = runpy.run_path(str(ROOT / "scripts" / f"{script}.py"))["page"]()
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == page


def test_the_page_of_refusals_is_that_of_the_code() -> None:
    """`make docs` writes it again after a refusal was added or reworded."""
    script = runpy.run_path(str(ROOT / "scripts" / "errors_page.py"))
    assert (ROOT / "docs" / "errors.md").read_text(encoding="utf-8") == script["page"]()
    found = script["refusals"]()
    assert len(found) > 120
    for one in found:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", one.code), one
        assert re.search(r"[\u4e00-\u9fff]", one.zh), one
        assert not re.search(r"[\u4e00-\u9fff]", one.en), one
        assert one.exit_code in (None, 2, 10, 11, 12, 13, 14, 15, 70), one
        assert 400 <= one.status <= 599, one
    # One from each way of raising: by name, by a class of its own words, through a function, from the table.
    assert {"three_people", "outside_sweep", "file_type", "method_not_allowed"} <= {one.code for one in found}


@pytest.mark.parametrize("name", READMES)
def test_the_verbs_are_those_of_the_command(name: str) -> None:
    table = re.findall(r"^\| `([a-z-]+)` \| \D", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(table) == sorted(_command().commands)


@pytest.mark.parametrize("name", READMES)
def test_the_exit_codes_are_those_of_the_errors(name: str) -> None:
    table = {int(code) for code in re.findall(r"^\| (\d+) \|", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)}
    families = [errors.PetitionRiskError, *errors.PetitionRiskError.__subclasses__()]
    assert table == {0, errors.EXIT_SEVERE} | {family.exit_code for family in families}


@pytest.mark.parametrize("name", READMES)
def test_every_command_shown_is_understood(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    shown = re.findall(r"^(?:\.venv/bin/)?petition-risk (.+)$", text, re.MULTILINE)
    assert shown
    for line in shown:
        root = _command()
        verb, *words = shlex.split(line, comments=True)
        command = root.commands[verb]
        if isinstance(command, TyperGroup):
            verb, *words = words
            command = command.commands[verb]
        # Parsed for real, not invoked: an unknown option or a missing argument raises.
        command.make_context(verb, words)


@pytest.mark.parametrize("name", READMES)
def test_the_settings_shown_exist_with_their_defaults(name: str) -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    keys = re.findall(
        r"^\| `([a-z_]+(?:\.[a-z_]+)?)` \| (\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE
    )
    settings = {key: default for key, default in keys if "." in key or key == "rules_only"}
    assert len(settings) >= 6
    for key, default in settings.items():
        (row,) = [row for row in page.splitlines() if row.startswith(f"| `{key}` |")]
        assert f"| `{default}` |" in row or "| – |" in row


def test_what_the_readme_shows_works_as_written(tmp_path: Path) -> None:
    """The five commands for a ledger of one's own, one after the other in an empty folder."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## With your own ledger")[1]
    commands = re.findall(r"^petition-risk (.+)$", section.split("```")[1], re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["synth", "init", "ingest", "screen", "monitor"]
    for command in commands:
        run = subprocess.run(
            [sys.executable, "-c", "from serving.cli import main; main()", *shlex.split(command)],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "en_US.UTF-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert run.returncode == 0, (command, run.stdout, run.stderr)
    assert len(list((tmp_path / "lists").glob("*.xlsx"))) >= 3
    assert (tmp_path / "petition-risk.toml").is_file()


def test_both_readmes_show_the_same_commands_but_for_file_names() -> None:
    commands = [re.findall(r"petition-risk ([a-z]+)", (ROOT / name).read_text(encoding="utf-8")) for name in READMES]
    assert commands[0] == commands[1]


def test_decisions_are_numbered_once() -> None:
    numbers = [path.name[:4] for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert len(numbers) == len(set(numbers))


def test_the_page_of_security_names_tests_that_are_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if re.match(r"\| [\d.]", line)]
    assert len(rows) > 30
    for row in rows:
        held = row.split("|")[3]
        named = re.findall(r"(tests/[\w/]+\.py)(?:::(\w+))?", held)
        assert named or "reason:" in held or "import-linter" in held, row
        for path, test in named:
            text = (ROOT / path).read_text(encoding="utf-8")
            assert f"def {test}" in text or not test, (path, test)


def test_every_finding_is_explained_once() -> None:
    codes = {
        code
        for path in (ROOT / "monitoring").glob("*.py")
        for call in re.findall(r'\bcode=("[^,\n]+),\n', path.read_text(encoding="utf-8"))
        for code in re.findall(r'"([a-z_]+)"', call)
    }
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE)) == sorted(codes)
