"""What can go wrong, in both languages, and which exit code each family has."""

from collections.abc import Sequence


class PetitionRiskError(Exception):
    """A refusal a person can act on: what, where and how to mend it, in Chinese and English.

    `code` is stable (used in API problems and JSON output), `exit_code` is that of the command line.
    Several findings are gathered and raised once; `details` holds one line each, as (zh, en).
    """

    exit_code = 70
    status = 500

    def __init__(self, code: str, zh: str, en: str, details: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(f"{zh} / {en}")
        self.code = code
        self.zh = zh
        self.en = en
        self.details = tuple(details)

    def __reduce__(self) -> tuple[type["PetitionRiskError"], tuple[object, ...]]:
        """What makes it again in another process."""
        return type(self), (self.code, self.zh, self.en, self.details)

    def text(self, language: str) -> str:
        """The message with its details, one per line, in `zh` or `en`."""
        head = self.zh if language == "zh" else self.en
        lines = [zh if language == "zh" else en for zh, en in self.details]
        return "\n".join([head, *(f"  - {line}" for line in lines)])


class UsageError(PetitionRiskError):
    """The call's words are off (exit 2)."""

    exit_code = 2
    status = 422


class SettingsError(PetitionRiskError):
    """A setting is unknown or out of range (exit 10)."""

    exit_code = 10
    status = 500


class InputRefused(PetitionRiskError):
    """A file or value cannot be taken as it is; nothing was written (exit 11)."""

    exit_code = 11
    status = 422


class TooLittleData(PetitionRiskError):
    """The data cannot support what was asked; the product goes on by rules (exit 12, G10)."""

    exit_code = 12
    status = 409


class NotAllowed(PetitionRiskError):
    """The caller, or the state of things, does not allow it (exit 13)."""

    exit_code = 13
    status = 403


class LeaseHeld(PetitionRiskError):
    """Another runner holds the lease (exit 14)."""

    exit_code = 14
    status = 409


class StoreError(PetitionRiskError):
    """The store is missing, too old, locked or full (exit 15)."""

    exit_code = 15
    status = 503


class NotFound(PetitionRiskError):
    """No such thing, or not visible to the caller (exit 2)."""

    exit_code = 2
    status = 404


#: Severe monitoring findings are a result, not an error; the command ends with this code.
EXIT_SEVERE = 20
