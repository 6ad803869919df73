"""What every verb works with: settings, state directory, store, audit key, language, and how it speaks."""

import getpass
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Generator

    from data.settings import Settings
    from data.store.engine import Store
    from data.store.vault import Vault

DEFAULT_STATE = Path("data") / "var"
DEFAULT_CONFIG = "petition-risk.toml"


def language_of(arguments: Sequence[str], environment: Mapping[str, str], setting: str | None = None) -> str:
    """`zh` or `en`: `--lang`, else the setting, else `LANG`; Chinese where nothing says otherwise."""
    for place, argument in enumerate(arguments):
        value = argument.removeprefix("--lang=") if argument.startswith("--lang=") else None
        if argument == "--lang" and place + 1 < len(arguments):
            value = arguments[place + 1]
        if value in ("zh", "en"):
            return value
    if setting is not None:
        return setting
    wanted = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return "en" if wanted.lower().startswith("en") else "zh"


@dataclass(kw_only=True)
class Session:
    """One run of the command; the store is opened when a verb first needs it."""

    config: str | None
    state: str | None
    lang: str | None

    @cached_property
    def settings(self) -> "Settings":
        """The settings of `--config`, else of petition-risk.toml where there is one."""
        from data.settings import load_settings

        chosen = self.config or os.environ.get("PETITION_RISK_CONFIG")
        if chosen is None and Path(DEFAULT_CONFIG).is_file():
            chosen = DEFAULT_CONFIG
        return load_settings(None if chosen is None else Path(chosen))

    @cached_property
    def state_dir(self) -> Path:
        """The state directory; it may not exist yet."""
        return Path(self.state or os.environ.get("PETITION_RISK_STATE") or DEFAULT_STATE)

    @cached_property
    def language(self) -> str:
        """The language messages are printed in."""
        if self.lang is not None and self.lang not in ("zh", "en"):
            raise UsageError("language", f"不支持的语言 {self.lang}；可用 zh、en", f"no language {self.lang}; zh or en")
        return self.lang or language_of((), os.environ, self.settings.language)

    @cached_property
    def store(self) -> "Store":
        """The store, with its tables up to date; the state directory is made where there is none."""
        from data.store.engine import migrate, open_store

        url = self.settings.database
        if url is None:
            self.state_dir.mkdir(parents=True, exist_ok=True)
            self.state_dir.chmod(0o700)
            url = f"sqlite:///{(self.state_dir / 'petition-risk.db').resolve()}"
        store = open_store(url)
        migrate(store)
        return store

    @cached_property
    def key(self) -> bytes:
        """The key of the audit chain."""
        from serving.journal import audit_key

        self.state_dir.mkdir(parents=True, exist_ok=True)
        return audit_key(self.state_dir)

    @cached_property
    def vault(self) -> "Vault | None":
        """The identity vault, None where it is off."""
        from serving.vault_keys import switched_on

        return switched_on(self.settings.vault, self.state_dir)

    @cached_property
    def operator(self) -> str:
        """Who runs the command, as the operating system knows them; put on record."""
        try:
            return f"os:{getpass.getuser()}"
        except (KeyError, OSError):
            return "os:unknown"

    def say(self, zh: str, en: str) -> None:
        """Print a line in the chosen language."""
        print(zh if self.language == "zh" else en)  # noqa: T201

    def report(self, body: Mapping[str, Any], lines: Sequence[str], *, as_json: bool) -> None:
        """Print lines for people; with `as_json` one JSON object as the last line."""
        for line in lines:
            print(line)  # noqa: T201
        if as_json:
            print(json.dumps(body, ensure_ascii=False, default=str))  # noqa: T201

    @contextmanager
    def steps(self, total: int | None = None) -> "Generator[Callable[[str, str], None]]":
        """A progress line on the error stream: call the value with (zh, en) before each step."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        if not console.is_terminal:
            yield lambda zh, en: console.print(f"· {zh if self.language == 'zh' else en}", highlight=False)
            return
        with Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console
        ) as bar:
            task = bar.add_task("", total=total)

            def step(zh: str, en: str) -> None:
                bar.update(task, description=zh if self.language == "zh" else en, advance=1)

            yield step


def parse_day(text: str, option: str) -> Any:
    """A date given as YYYY-MM-DD. Raises UsageError."""
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            "date",
            f"{option} 须写成 年-月-日，如 2026-10-31；收到 {text!r}",
            f"{option} must be YYYY-MM-DD, say 2026-10-31; got {text!r}",
        ) from None
