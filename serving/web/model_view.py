"""How versions are told: one by one, side by side, beside what is in use, and what people decided about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.store.models import Approval
from serving.deps import Service
from serving.web import views
from serving.web.forms import Refused
from serving.web.views import Translate
from training import contest

#: So many versions stand side by side: what is in use or proposed, then the newest.
_BESIDE = 4
_COUNTS = ("lists", "listed", "in_both", "matured")
_SHARES = ("shadow", "in_use", "difference")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureView:
    """One figure in words."""

    name: str
    value: str
    verdict: str = ""
    good: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """One version as shown."""

    version: int
    state: str
    state_text: str
    gate: str
    gate_text: str
    trained: str
    label: str
    by: str
    people: str
    assumed: str
    fingerprint: str
    scorecard: str
    demo: bool
    reasons: list[str]
    figures: list[FigureView]
    groups: list[FigureView]
    has_card: bool
    came_from: str
    shadow: list[tuple[str, str]]
    contest: dict[str, Any] | None
    early: bool
    proposer: str
    assumed_too: bool
    acts: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A form about a version (None: about what is in use) that was not saved, with what was written."""

    version: int | None
    act: str
    reason: str
    refused: Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Versions side by side: `rows` hold a name and one cell for each of `versions`."""

    versions: list[int]
    rows: list[tuple[str, list[str]]]


def side_by_side(shown: Sequence[ModelView], t: Translate) -> Beside | None:
    """The versions to choose between, the newest first, figure by figure; None where there is nothing to compare."""
    first = sorted(shown, key=lambda model: (model.state not in ("champion", "proposed"), -model.version))[:_BESIDE]
    if len(first) < 2:
        return None
    chosen = sorted(first, key=lambda model: -model.version)
    rows = [
        (t("models.state"), [model.state_text for model in chosen]),
        (t("models.gate"), [model.gate_text for model in chosen]),
        (t("models.trained"), [model.trained for model in chosen]),
        (t("models.assumed"), [model.assumed for model in chosen]),
        (t("models.label"), [model.label for model in chosen]),
    ]
    for kind in ("figures", "groups"):
        told = [{one.name: one for one in getattr(model, kind)} for model in chosen]
        rows += [
            (name, [_cell(figures.get(name), t) for figures in told])
            for name in dict.fromkeys(name for figures in told for name in figures)
        ]
    return Beside(versions=[model.version for model in chosen], rows=rows)


def _cell(figure: FigureView | None, t: Translate) -> str:
    if figure is None:
        return t("none")
    return f"{figure.value}{t('semicolon')}{figure.verdict}" if figure.verdict else figure.value


def decision_view(service: Service, one: Approval, t: Translate) -> dict[str, str]:
    """One decision about models in words: what, about which version, who, when and why."""
    return {
        "what": t(f"models.did.{one.action}"),
        "version": t("none") if one.version is None else t("models.number", version=one.version),
        "who": one.approver,
        "at": views.moment(one.at, service.settings.time_zone),
        "reason": one.reason,
    }


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
