"""How a version is told beside what is in use, in the shadow or before approval: totals with their intervals."""

from collections.abc import Mapping
from typing import Any

from serving.web.views import Translate
from training import contest

_COUNTS = ("lists", "listed", "in_both", "matured")
_SHARES = ("shadow", "in_use", "difference")


def shadow_lines(found: Mapping[str, Any], t: Translate) -> list[tuple[str, str]]:
    """Names and values of a comparison as `serving.shadow.Compared.as_dict` gives it."""
    if not found["lists"]:
        return [(t("shadow.lists"), t("shadow.none"))]
    lines = [(t(f"shadow.{name}"), str(found[name])) for name in _COUNTS]
    if found["difference"] is None:
        return [*lines, (t("shadow.difference"), t("shadow.too_few"))]
    lines += [(t(f"shadow.{name}"), _points(found[name], signed=name == "difference")) for name in _SHARES]
    low, high = found["difference"]["low"], found["difference"]["high"]
    verdict = "models.not_shown"
    if low is not None and high is not None:
        # A matter raised again that stood on the list was rightly there: more of them is better.
        verdict = "models.ahead" if low > 0 else "models.behind" if high < 0 else verdict
    return [*lines, (t("models.verdict"), t(verdict))]


def _points(found: Mapping[str, float | None], *, signed: bool) -> str:
    said = ["—" if value is None else f"{100 * value:{'+' if signed else ''}.1f}" for value in found.values()]
    return f"{said[0]} ({said[1]} – {said[2]}) %"


def contest_view(found: Mapping[str, Any], t: Translate, side: int) -> dict[str, Any]:
    """A comparison as `training.contest.Contest.as_dict` gives it, and why it was made; `side` 0 is Chinese."""
    grounds = "；".join if side == 0 else "; ".join
    why = (
        t("contest.asked", reason=found["asked"])
        if found["asked"]
        else t("contest.due", grounds=grounds(one[side] for one in found["due"]))
    )
    return {
        "title": t("contest.title", version=found["against"]),
        "why": why,
        "said": contest.said(found)[side],
        "behind": t("contest.behind") if found["behind"] else "",
        "header": [t("contest.over"), t("contest.who"), *(names[side] for names in contest.HEADER)],
        "rows": contest.cells_of(found, side),
    }
