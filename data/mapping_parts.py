"""What a mapping says, once read: office, tables and columns, kinds, lags, labels, attributes and the task."""

import hashlib
import json
from dataclasses import asdict, dataclass

from data.task import Task
from data.vocabulary import KIND, Role

#: What a declaration may describe, in words; nothing that describes a person is taken (red line 1).
DESCRIBES = {"matter": ("描述事项", "describes the matter"), "handling": ("描述本院办理", "describes our handling")}
#: Kinds in these roles are what reached us; all others are what we did.
_REACHED_US = (Role.CONTACT, Role.FROM_ABOVE, Role.NEUTRAL, Role.REMEDY, Role.RATING)


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedOffice:
    """The one office of a log that names none."""

    office_id: str
    name: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetSpec:
    """One table of the file: the sheet's name (None: the first, or a CSV) and our field → its column name."""

    sheet: str | None
    columns: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    """What one code of the file becomes: a kind, its role, and the column holding an amount of money, if any."""

    kind: str
    role: str
    added: bool = False
    zh: str = ""
    en: str = ""
    amount: str | None = None
    owner: str | None = None
    reason: str | None = None
    source: str | None = None
    confirmed_by: str | None = None

    @property
    def describes(self) -> str:
        """Of DESCRIBES: a kind says it by its role."""
        return "matter" if self.role in _REACHED_US else "handling"


@dataclass(frozen=True, slots=True, kw_only=True)
class DateColumn:
    """A column of a ledger with one matter per row: a date in it is an event of `kind`.

    `document_no` is the column beside it with the document's number, if any.
    """

    column: str
    kind: str
    document_no: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeSpec:
    """A declared attribute: money is kept in cents, a day as days since 1970, a flag as 0 or 1.

    Neither `dated` nor fixed at registration: shown and reported, never a feature.  `describes` is one of DESCRIBES;
    only a bench's mapping, and one remembered from before
    it was asked, may leave it out (None).
    """

    name: str
    column: str
    dtype: str
    fixed: bool
    dated: bool
    labels: str | None
    owner: str
    reason: str
    source: str
    confirmed_by: str | None
    describes: str | None

    @property
    def usable(self) -> bool:
        """Whether the fact may become a feature."""
        return self.fixed or self.dated


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSpec:
    """The identity column of the matters table: hashed while it is read where the vault is on, else left unread."""

    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A whole mapping; `source` of the matters it makes is its `name`.

    With one matter per row `matters` and `events` are one spec, and `dates` says which columns are events.
    """

    name: str
    time_zone: str
    numbering: str
    coverage: str
    layout: str
    bench_only: bool
    office: FixedOffice | None
    matters: SheetSpec | None
    events: SheetSpec
    lag_default_days: int
    lag_days: dict[str, int]
    kinds: dict[str, KindRule]
    dates: tuple[DateColumn, ...]
    labels: dict[str, dict[str, str]]
    attributes: tuple[AttributeSpec, ...]
    task: Task
    vault: VaultSpec | None = None

    @property
    def roles(self) -> dict[str, str]:
        """The role of every kind in use: the shipped ones and those this mapping adds."""
        added = {rule.kind: rule.role for rule in self.kinds.values() if rule.added}
        return {code: str(kind.role) for code, kind in KIND.items()} | added

    @property
    def sha256(self) -> str:
        """The digest of the mapping's meaning: comments, order of keys and spacing do not change it."""
        meant = asdict(self)
        if self.vault is None:
            # A mapping from before there was a vault keeps its digest: batches and confirmations name it.
            del meant["vault"]
        for one in meant["attributes"]:
            if one["describes"] is None:  # as above
                del one["describes"]
        return hashlib.sha256(json.dumps(meant, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
