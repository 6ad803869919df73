"""Whether aid was paid on a matter before: to look at before it is paid again, never a reason to refuse it."""

from dataclasses import dataclass

import numpy as np

from features.kernel import View

#: The rule behind the check; the text is the office's to fill in once its own article is known.
ARTICLE = "[S2] 发放救助前核对是否已获救助"


@dataclass(frozen=True, slots=True, kw_only=True)
class AidPaid:
    """Aid paid on a matter: how often, and when last (wall-clock microseconds)."""

    times: int
    last_at: int


def aid_paid(view: View) -> list[AidPaid | None]:
    """For each row the aid its own visible history shows as paid, None for none.

    Only the matter itself is looked at: numbers a human confirmed as the same matter count, another matter never
    (G1).  What comes of it is a note beside the proposal; nothing is refused, delayed or removed because of it (red
    line 4).
    """
    times = view.count(["aid_paid"])
    last = view.last_time(["aid_paid"])
    return [
        AidPaid(times=int(count), last_at=int(at)) if count else None
        for count, at in zip(np.asarray(times), np.asarray(last), strict=True)
    ]
