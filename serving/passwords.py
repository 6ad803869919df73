"""What a password must be, how one is made for somebody, and how it is hashed and checked."""

import secrets
import threading
import unicodedata
from functools import lru_cache
from pathlib import Path

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from data.errors import UsageError

#: Length rather than a mixture of signs; argon2 is not to be fed without end either.
SHORTEST = 12
LONGEST = 256
_FEWEST_SIGNS = 5
#: Beyond the account's name a password must hold at least so much of its own.
_OWN = 6
#: Without signs that look alike on paper.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
#: Argon2 takes 64 MiB a check: more than two at a time would let sign-in attempts exhaust the memory.
_AT_ONCE = threading.BoundedSemaphore(2)

TOO_SHORT = ("密码至少 12 个字符", "a password has at least 12 characters")
TOO_LONG = ("密码最多 256 个字符", "a password has at most 256 characters")
TOO_PLAIN = ("密码中不同的字符太少", "the password repeats too few characters")
IS_NAME = ("密码不能是账号名", "the password must not be the account's name")
IS_OLD = ("新密码不能与原密码相同", "the new password must not be the old one")


@lru_cache(maxsize=1)
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """The argon2id hash of a password, parameters included."""
    with _AT_ONCE:
        return _hasher().hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether a password belongs to a hash; None (no such account) takes as long and never matches."""
    with _AT_ONCE:
        right = _hasher().verify(password, password_hash if password_hash is not None else _nobody())
    return right and password_hash is not None


def new_password() -> str:
    """A random password of 98 bits in four groups, to be copied from paper once."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(5)) for _ in range(4))


def read_password(path: Path) -> str:
    """The password in a file, without the line's end. Raises UsageError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise UsageError("password_file", f"无法读取口令文件 {path.name}", f"cannot read {path.name}") from None


def faults(password: str, user_id: str, *, old_hash: str | None = None) -> list[tuple[str, str]]:
    """What speaks against a password, as (zh, en); empty where it may be used."""
    found: list[tuple[str, str]] = []
    if len(password) > LONGEST:
        return [TOO_LONG]
    if len(password) < SHORTEST:
        found.append(TOO_SHORT)
    if len(set(password)) < _FEWEST_SIGNS:
        found.append(TOO_PLAIN)
    if len(_plain(password).replace(_plain(user_id), "")) < min(_OWN, len(password)):
        found.append(IS_NAME)
    if old_hash is not None and matches(password, old_hash):
        found.append(IS_OLD)
    return found


def check(password: str, user_id: str, *, old_hash: str | None = None) -> None:
    """Raises UsageError with every fault of a password."""
    if found := faults(password, user_id, old_hash=old_hash):
        raise UsageError("password_rules", "密码不符合要求", "the password does not meet the rules", found)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
