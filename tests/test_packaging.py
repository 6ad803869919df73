"""Is what is installed exactly what stands here: the wheel's files, the locks, the CI script."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("data", "features", "training", "monitoring", "serving")
_NOT_SOURCE = shutil.ignore_patterns("__pycache__", "var", "*.pyc")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from a copy of the sources in which somebody left files lying about."""
    tree = tmp_path_factory.mktemp("tree")
    for room in (*ROOMS, "tests", "docs"):
        shutil.copytree(ROOT / room, tree / room, ignore=_NOT_SOURCE)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree / name)
    for left in (
        "data/var/state.db",
        "data/var/__init__.py",
        "data/ledger.xlsx",
        "serving/list.xlsx",
        "notes/__init__.py",
    ):
        (tree / left).parent.mkdir(exist_ok=True)
        (tree / left).write_bytes(b"")
    built = tmp_path_factory.mktemp("wheel")
    # Built apart from this environment, whose setuptools may be older than the project asks for.
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(built), str(tree)],
        check=True,
        capture_output=True,
    )
    (found,) = built.glob("*.whl")
    return zipfile.ZipFile(found)


def test_the_wheel_holds_the_five_rooms_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    here = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and not {"__pycache__", "var"} & set(path.relative_to(ROOT).parts)
    }
    assert sorted(packed - here) == []
    assert sorted(here - packed) == []


@pytest.mark.parametrize(
    "part", ["data/mappings/", "data/store/migrations/versions/", "serving/templates/", "serving/static/"]
)
def test_what_is_no_module_is_in_the_wheel_too(wheel: zipfile.ZipFile, part: str) -> None:
    assert any(name.startswith(part) for name in wheel.namelist())


def test_the_licence_goes_with_it(wheel: zipfile.ZipFile) -> None:
    (name,) = [name for name in wheel.namelist() if name.endswith("licenses/LICENSE")]
    assert wheel.read(name) == (ROOT / "LICENSE").read_bytes()


def _locked(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_no_host_and_hashes_everything(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index" not in text.replace("--no-emit-index-url", "")
    packages = re.split(r"^(?=[a-z0-9._-]+(?:\[[^\]]*\])?==)", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 50
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []


def test_the_development_lock_holds_the_same_versions() -> None:
    runtime, development = _locked("requirements.lock"), _locked("requirements-dev.lock")
    assert {name: development.get(name) for name in runtime} == runtime


def test_the_locks_cover_every_dependency_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for lock, asked in (
        ("requirements.lock", project["project"]["dependencies"]),
        ("requirements-dev.lock", project["dependency-groups"]["dev"]),
    ):
        names = {re.split(r"[\[><=; ]", requirement)[0].lower().replace("_", "-") for requirement in asked}
        assert sorted(names - set(_locked(lock))) == []


def test_ci_runs_make_test_and_names_no_host() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script
    assert script.rstrip().endswith("make test")
    assert "://" not in script
    assert "||" not in script


def test_no_tests_is_a_failure() -> None:
    """pytest's exit code 5 must not pass for success on its way through make."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (line,) = [line for line in makefile.splitlines() if '-m "not slow"' in line]
    assert line.startswith("\t$(BIN)/pytest")  # no "-" before it, no "||" after it
    assert "|" not in line


def test_an_unfit_python_is_refused_with_a_message_and_nothing_made(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "install.sh", tmp_path / "scripts" / "install.sh")
    run = subprocess.run(
        ["bash", "scripts/install.sh", "requirements.lock"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHON": "/bin/false"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 1
    assert "需要 Python 3.11、3.12 或 3.13" in run.stderr
    assert "Python 3.11, 3.12 or 3.13 is needed" in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["scripts"]
