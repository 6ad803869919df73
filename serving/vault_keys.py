"""Where the vault's keys come from: the environment, or a file it names; the product makes, stores and shows none."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from data.errors import SettingsError
from data.settings import VaultSettings
from data.store.vault import FILE, Vault, open_vault
from data.vault import LEAST_KEY_BYTES

VARIABLE = "PETITION_RISK_VAULT_KEYS"


def switched_on(settings: VaultSettings, state: Path, environment: Mapping[str, str] = os.environ) -> Vault | None:
    """The vault of a state directory, None where it is off (as shipped). Raises as `read_keys`, and StoreError."""
    if not settings.enabled:
        return None
    keys = read_keys(state, environment)
    state.mkdir(parents=True, exist_ok=True)
    return open_vault(state / FILE, keys, keep_days=settings.keep_days)


def left_behind(settings: VaultSettings, state: Path) -> Vault | None:
    """The vault's file for removing what is in it, on or off and without a key; None where there is no file."""
    path = state / FILE
    return open_vault(path, {}, keep_days=settings.keep_days) if path.exists() else None


def read_keys(state: Path, environment: Mapping[str, str]) -> dict[str, bytes]:
    """The key of each office: lines `office id = "64 hex digits or more"` (TOML) in the variable, or in `…_FILE`.

    Raises SettingsError where there are none, one is too short or not hex, two offices have the same, or the file is
    readable to others or lies beside the data it protects.
    """
    text = environment.get(VARIABLE)
    named = environment.get(f"{VARIABLE}_FILE")
    if text is None and named is not None:
        text = _read(Path(named), state)
    if text is None or not text.strip():
        _refuse(
            "vault_keys_missing",
            f'查重库已启用，但没有密钥；请在 {VARIABLE}_FILE 所指的文件中为各单位写一行 单位代码 = "十六进制密钥"',
            f"the vault is on without keys; {VARIABLE}_FILE names a file with a line office_id = 'hex' for each office",
        )
    try:
        table = tomllib.loads(text)
        keys = {office: bytes.fromhex(value) for office, value in table.items()}
    except (tomllib.TOMLDecodeError, TypeError, ValueError):
        _refuse(
            "vault_keys_form",
            '查重库密钥须逐行写成 单位代码 = "十六进制密钥"',
            'the vault keys must be lines of the form office_id = "key in hex"',
        )
    if any(len(key) < LEAST_KEY_BYTES for key in keys.values()) or len(set(keys.values())) < len(keys):
        _refuse(
            "vault_keys_weak",
            f"查重库密钥须至少{LEAST_KEY_BYTES}字节，且各单位不同",
            f"a vault key has at least {LEAST_KEY_BYTES} bytes, and each office its own",
        )
    return keys


def _read(path: Path, state: Path) -> str:
    try:
        if path.resolve().is_relative_to(state.resolve()):
            _refuse(
                "vault_keys_place",
                "查重库密钥不得放在状态目录内：与它所保护的数据分开存放",
                "the vault keys must not lie in the state directory, beside what they protect",
            )
        if path.stat().st_mode & 0o077:
            _refuse(
                "vault_keys_mode",
                "查重库密钥文件只能由本服务的账号读取（chmod 600）",
                "the file of vault keys must be readable to the service's account alone (chmod 600)",
            )
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        _refuse(
            "vault_keys_file",
            f"读不到 {VARIABLE}_FILE 所指的文件",
            f"the file named by {VARIABLE}_FILE cannot be read",
        )


def _refuse(code: str, zh: str, en: str) -> NoReturn:
    raise SettingsError(code, zh, en)
