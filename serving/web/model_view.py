"""How a version in the shadow is told beside the list in use: totals with their intervals, never a matter."""

from collections.abc import Mapping
from typing import Any

from serving.web.views import Translate

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
