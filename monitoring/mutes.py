"""Which findings stay quiet because a named person muted them, and which no one can mute."""

from collections.abc import Mapping, Sequence
from typing import Any

from data.store.mutes import Mute
from monitoring.check import Severity, in_order_of

#: What a finding is about, among its numbers; figures themselves do not make it another finding.
_SUBJECT = (
    "office_id",
    "signal",
    "deed",
    "dimension",
    "group",
    "code",
    "column",
    "name",
    "baseline",
    "offices",
    "codes",
    "missing",
    "names",
)
#: That a group is left behind (G13), that figures are pressed (G22), that a flag hurts (G24): severe, these are
#: answered by mending our handling, or on the page that asks for an answer, and never by silence.
NEVER_WHEN_SEVERE: frozenset[str] = frozenset({"group_behind", "group_waits", "figures_pressed_over", "flag_hurts"})


def subject_of(numbers: Mapping[str, Any]) -> str:
    """What a finding is about, as one string; the same month after month, whatever its figures."""
    told: list[str] = []
    for key in _SUBJECT:
        value = numbers.get(key)
        if isinstance(value, str):
            told.append(f"{key}={value}")
        elif isinstance(value, (list, tuple, dict)):
            members = sorted(str(one) for one in value)  # type: ignore[reportUnknownArgumentType]
            told.append(f"{key}={','.join(members)}")
    return ";".join(told)


def is_mutable(code: str, severity: Severity) -> bool:
    """Whether anybody may mute the finding as grave as it is."""
    return severity is not Severity.SEVERE or code not in NEVER_WHEN_SEVERE


def mute_of(code: str, numbers: Mapping[str, Any], severity: Severity, standing: Sequence[Mute]) -> Mute | None:
    """The mute that keeps a finding quiet; None where there is none, or where the finding has grown graver than it."""
    if not is_mutable(code, severity):
        return None
    subject, grave = subject_of(numbers), in_order_of(severity)
    return next(
        (
            one
            for one in standing
            if (one.code, one.subject) == (code, subject) and grave >= in_order_of(Severity(one.severity))
        ),
        None,
    )
