"""What is written to the audit chain by the service, and that no answer leaves before its record is committed."""

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from data.errors import SettingsError
from data.store import audit, volume
from data.store.audit import Entry
from data.store.engine import Store
from data.store.turn import turn

#: Actions of the service; a closed list, also the filter of the log page.
VIEW_LIST = "view_list"
VIEW_MATTER = "view_matter"
SCORE = "score"
SCORE_CAPPED = "score_capped"
DECIDE = "decide"
DECISION_UNDONE = "decision_undone"
PUT_FORWARD = "put_forward"
PLAN = "plan"
MEASURE = "measure"
RESULT = "result"
FILLED_LOOKED = "filled_looked"
FILLED_RECORDED = "filled_recorded"
DESK_GRADED = "desk_graded"
MAJOR_REPORTED = "major_reported"
MAJOR_RECEIVED = "major_received"
SUBMIT_LIST = "submit_list"
REOPEN_LIST = "reopen_list"
RETURN_LIST = "return_list"
SIGN_LIST = "sign_list"
SIGN_ENTRY = "sign_entry"
VIEW_SIGN = "view_sign"
TEXT_REFUSED = "text_refused"
LINK_CONFIRMED = "link_confirmed"
LINK_REFUSED = "link_refused"
DISPUTE_RAISED = "dispute_raised"
DISPUTE_ANSWERED = "dispute_answered"
EXPLANATION_ASKED = "explanation_asked"
EXPLANATION_MADE = "explanation_made"
EXPLANATION_PRINTED = "explanation_printed"
EXPLANATION_GIVEN = "explanation_given"
HARM_FOUND = "harm_found"
HARM_ANSWERED = "harm_answered"
VIEW_HARM = "view_harm"
FINDING_MUTED = "finding_muted"
MUTE_LIFTED = "mute_lifted"
VAULT_LOOKUP = "vault_lookup"
VAULT_LIMITED = "vault_limited"
VAULT_CLEARED = "vault_cleared"
VIEW_TODAY = "view_today"
VIEW_TASKS = "view_tasks"
VIEW_LINKS = "view_links"
VIEW_CORRECTIONS = "view_corrections"
ERASED = "erased"
RETENTION = "retention"
VIEW_MODELS = "view_models"
VIEW_MODEL_CARD = "view_model_card"
VIEW_MONITOR = "view_monitor"
VIEW_LOG = "view_log"
SIGN_IN = "sign_in"
SIGN_IN_FAILED = "sign_in_failed"
SIGN_IN_LIMITED = "sign_in_limited"
SIGN_OUT = "sign_out"
PASSWORD_CHANGED = "password_changed"  # noqa: S105 - what was done, no password
PASSWORD_NOT_CHANGED = "password_not_changed"  # noqa: S105
PASSWORD_RESET = "password_reset"  # noqa: S105
ACCOUNT_ADDED = "account_added"
ACCOUNT_DISABLED = "account_disabled"
TOKEN_CREATED = "token_created"  # noqa: S105
TOKEN_REVOKED = "token_revoked"  # noqa: S105
EVENTS_TOLD = "events_told"
VIEW_CLOCKS = "view_clocks"
VIEW_MATTERS = "view_matters"
VIEW_NOTICES = "view_notices"
VOLUME_CAPPED = "volume_capped"
TRIAL_SCORE = "trial_score"
UNUSUAL_LOOKS = "unusual_looks"
VIEW_DIGEST = "view_digest"
VIEW_SUNSET = "view_sunset"
SUNSET_MADE = "sunset_made"
VIEW_IMPORTS = "view_imports"
UPLOAD = "upload"
UPLOAD_RETURNED = "upload_returned"
MAPPING_PROPOSED = "mapping_proposed"
MAPPING_CONFIRMED = "mapping_confirmed"
UNDO = "undo"
VIEW_BOARD = "view_board"
VIEW_BOARD_ROWS = "view_board_rows"
EXPORT_BOARD = "export_board"
RUN_ASKED = "run_asked"
AUDIT_CHECKPOINT = "audit_checkpoint"

#: The files of signed checkpoints in the state directory: written on demand or daily, and at each signature.
CHECKPOINTS = "audit-checkpoints.jsonl"
CHECKPOINTS_SIGNED = "checkpoints.jsonl"


@dataclass(frozen=True, slots=True)
class Counted:
    """One score of an office on a local day, refused where it would pass `limit` (None: no limit)."""

    office_id: str
    local_day: date
    limit: int | None


@dataclass(slots=True)
class _Ticket:
    entries: tuple[Entry, ...]
    counted: Counted | None = None
    refused: bool = False
    done: bool = False
    failed: Exception | None = None


@dataclass(slots=True)
class Journal:
    """The appender of one process: whoever comes first commits for all who wait, and all wait for the commit."""

    store: Store
    key: bytes
    _waiting: list[_Ticket] = field(default_factory=list[_Ticket])
    _gate: threading.Lock = field(default_factory=threading.Lock)
    _writer: threading.Lock = field(default_factory=threading.Lock)

    def record(self, *entries: Entry, counted: Counted | None = None) -> bool:
        """Return once the entries are committed; raises StoreError where they cannot be, and then nothing is shown.

        With `counted` the score is counted in the same commit; false, and nothing recorded, where it passes the limit.
        """
        return self.record_all([(entries, counted)])[0]

    def record_all(self, told: Sequence[tuple[tuple[Entry, ...], Counted | None]]) -> list[bool]:
        """`record` for many at once, in one commit; at least one."""
        tickets = [_Ticket(entries, counted) for entries, counted in told]
        with self._gate:
            self._waiting += tickets  # together, so that one commit holds them all
        with self._writer:
            if not tickets[0].done:
                self._commit()
        if tickets[0].failed is not None:
            raise tickets[0].failed
        return [not ticket.refused for ticket in tickets]

    def _commit(self) -> None:
        with self._gate:
            group, self._waiting = self._waiting, []
        failed: Exception | None = None
        try:
            with turn(self.store), self.store.write():
                self._count(group)
                self._append(group)
        except Exception as problem:
            failed = problem
        for ticket in group:
            ticket.done, ticket.failed = True, failed

    def _append(self, group: list[_Ticket]) -> None:
        audit.append_many(
            self.store, self.key, [entry for ticket in group if not ticket.refused for entry in ticket.entries]
        )

    def _count(self, group: list[_Ticket]) -> None:
        """Count the scores of a group: together where all of an office's may be made, else one after the other."""
        wanted: dict[Counted, list[_Ticket]] = {}
        for ticket in group:
            if ticket.counted is not None:
                wanted.setdefault(ticket.counted, []).append(ticket)
        for one, tickets in wanted.items():
            if self._take(one, len(tickets)):
                continue
            for ticket in tickets:
                ticket.refused = not self._take(one, 1)

    def _take(self, one: Counted, count: int) -> bool:
        return volume.take(self.store, one.office_id, local_day=one.local_day, count=count, limit=one.limit)


def audit_key(state_dir: Path, environment: Mapping[str, str] = os.environ) -> bytes:
    """The key of the chain: `PETITION_RISK_AUDIT_KEY` (hex), else a file: `…_FILE`, or `audit.key` of `state_dir`.

    The file is made where there is none. Raises SettingsError where it cannot be used.
    """
    given = environment.get("PETITION_RISK_AUDIT_KEY")
    if given is None:
        named = environment.get("PETITION_RISK_AUDIT_KEY_FILE")
        return audit.load_or_create_key(Path(named) if named else state_dir / "audit.key")
    try:
        key = bytes.fromhex(given.strip())
    except ValueError:
        key = b""
    if len(key) < 32:
        raise SettingsError(
            "audit_key",
            "PETITION_RISK_AUDIT_KEY 应为至少32字节的十六进制",
            "PETITION_RISK_AUDIT_KEY must be at least 32 bytes in hex",
        )
    return key
