"""What travels between offices: an approved scorecard as one JSON file of data, with who approved it and its card."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from data.errors import InputRefused, NotAllowed
from data.store.models import Approval, ModelVersion
from features.declared_plain import known_set
from features.feature import FeatureSet
from training import plain_json
from training import scorecard as cards
from training.labels import PRIMARY
from training.plain_json import flag, integer, items, keys, number, text
from training.score import check_features
from training.scorecard import Scorecard

FORMAT = "petition-risk-model/1"
#: With features that the office of origin declared itself: an older reader names the format and stops.
FORMAT_WITH_DECLARED = "petition-risk-model/2"
_KEYS = (
    *("format", "version", "scorecard", "scorecard_sha256", "feature_set", "label", "demo", "assumed_share"),
    *("created_at", "gate", "approvals", "card"),
)
_APPROVAL = ("action", "proposer", "approver", "at", "accepted_assumed", "impact_id", "reason")
_LONGEST_CARD = 2_000_000
_MOST_DECLARED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An approved model of another office. `approvals` are plain rows, `card` its Markdown by language.

    `declared` are the features its office of origin declared beside the catalog, as `features.declared.to_plain`.
    """

    version: int
    scorecard: Scorecard
    demo: bool
    assumed_share: float
    created_at: int
    gate: dict[str, Any]
    approvals: tuple[dict[str, Any], ...]
    card: dict[str, str]
    sha256: str
    declared: tuple[dict[str, Any], ...] = ()


def make_package(
    model: ModelVersion,
    scorecard: Scorecard,
    approvals: Sequence[Approval],
    card: dict[str, str],
    declared: Sequence[dict[str, Any]] = (),
) -> bytes:
    """The file: canonical JSON, no row of any matter in it.

    `declared` are the features declared beside the catalog, if any.  `approvals` are those of this version.  Raises
    NotAllowed unless two people approved it here after it passed the gate, and for bench-only labels (G26).
    """
    own = [_approval(one) for one in approvals if one.version == model.version and one.action in ("propose", "promote")]
    if model.bench_only or not model.gate.get("passed") or not _by_two(own):
        raise NotAllowed(
            "export_unapproved",
            "只有通过启用检验并经两人批准的模型可以导出",
            "only a model that passed the gate and that two people approved can be exported",
        )
    return plain_json.canonical(
        {
            **({"format": FORMAT_WITH_DECLARED, "declared": list(declared)} if declared else {"format": FORMAT}),
            "version": model.version,
            "scorecard": plain_json.read(cards.to_json(scorecard)),
            "scorecard_sha256": model.scorecard_sha256,
            "feature_set": model.feature_fingerprint,
            "label": model.label,
            "demo": model.demo,
            "assumed_share": model.assumed_share,
            "created_at": model.created_at,
            "gate": dict(model.gate),
            "approvals": own,
            "card": {language: card[language] for language in ("zh", "en")},
        }
    )


def read_package(content: bytes, *, sha256: str, feature_set: FeatureSet) -> Package:
    """The model of a package file, held to the SHA-256 its sender told by another way.

    Raises InputRefused where the bytes are others or no package, NotAllowed for a scorecard that is malformed, of
    another feature set (its fingerprint is not that of the installed catalog with what the file declares), bench
    only, of another label, or that two people did not approve after it passed its gate.
    """
    if hashlib.sha256(content).hexdigest() != sha256.strip().lower():
        raise InputRefused(
            "package_altered",
            "文件与对方告知的SHA-256不一致，未导入；请核对编号或重新索取",
            "the file does not have the SHA-256 its sender told you and was not imported; compare the number, or ask "
            "for the file again",
        )
    try:
        read = plain_json.read(content)
        more = isinstance(read, dict) and "declared" in read
        tree = keys(read, [*_KEYS, *(["declared"] if more else [])], "package")
        if tree["format"] != (FORMAT_WITH_DECLARED if more else FORMAT):
            raise ValueError("unknown format")
        declared = tuple(_object(one) for one in items(tree["declared"])) if more else ()
        if more and not 0 < len(declared) <= _MOST_DECLARED:
            raise ValueError(f"declared: 1 to {_MOST_DECLARED} features")
        scorecard = cards.from_json(plain_json.canonical(tree["scorecard"]))
        approvals = tuple(_read_approval(one) for one in items(tree["approvals"]))
        card = {language: text(one) for language, one in keys(tree["card"], ["zh", "en"], "card").items()}
        if max(len(one) for one in card.values()) > _LONGEST_CARD:
            raise ValueError("card: too long")
        package = Package(
            version=integer(tree["version"]),
            scorecard=scorecard,
            demo=flag(tree["demo"]),
            assumed_share=number(tree["assumed_share"]),
            created_at=_instant(tree["created_at"]),
            gate=_gate(tree["gate"]),
            approvals=approvals,
            card=card,
            sha256=sha256.strip().lower(),
            declared=declared,
        )
        if text(tree["scorecard_sha256"]) != cards.sha256(scorecard):
            raise ValueError("the scorecard does not have its SHA-256")
        if (text(tree["label"]), text(tree["feature_set"])) != (scorecard.label, scorecard.feature_set):
            raise ValueError("the scorecard says another label or feature set")
    except (ValueError, TypeError, RecursionError, OverflowError) as problem:
        raise InputRefused(
            "package_refused",
            f"不是本系统导出的模型文件，未导入：{problem}",
            f"this is no model file of this system and was not imported: {problem}",
        ) from None
    _check(package, known_set(package.declared) if package.declared else feature_set)
    return package


def _check(package: Package, feature_set: FeatureSet) -> None:
    check_features(package.scorecard, feature_set)
    if package.scorecard.bench_only or package.scorecard.label != PRIMARY:
        raise NotAllowed(
            "package_label",
            "该模型的观察结果不是未化解再反映，只能用于评测，未导入",
            "the model's label is not the unresolved return; it is for benches only and was not imported",
        )
    if not package.gate["passed"] or not _by_two(package.approvals):
        raise NotAllowed(
            "package_unapproved",
            "该模型在来源单位未通过启用检验或未经两人批准，未导入",
            "the model did not pass the gate at its origin, or two people did not approve it there; not imported",
        )


def _object(tree: Any) -> dict[str, Any]:
    if not isinstance(tree, dict):
        raise ValueError("declared: not an object")
    return cast(dict[str, Any], tree)


def _by_two(approvals: Sequence[dict[str, Any]]) -> bool:
    last = next((one for one in reversed(approvals) if one["action"] == "promote"), None)
    return last is not None and bool(last["proposer"]) and last["proposer"] != last["approver"]


def _approval(one: Approval) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _APPROVAL}


def _read_approval(tree: Any) -> dict[str, Any]:
    item = keys(tree, list(_APPROVAL), "approval")
    for name in ("action", "approver", "reason"):
        text(item[name])
    for name in ("proposer", "impact_id"):
        if item[name] is not None:
            text(item[name])
    flag(item["accepted_assumed"])
    _instant(item["at"])
    if item["action"] not in ("propose", "promote"):
        raise ValueError("approval: unknown action")
    return item


def _gate(tree: Any) -> dict[str, Any]:
    """What the pages show of a gate, and nothing else of what the file says there."""
    if not isinstance(tree, dict):
        raise ValueError("gate: not an object")
    given: dict[str, Any] = tree
    differences = given.get("differences", {})
    if not isinstance(differences, dict):
        raise ValueError("gate: differences")
    return {
        "passed": flag(given.get("passed")),
        "needs_acceptance": flag(given.get("needs_acceptance", False)),
        "reasons": [],
        "differences": {text(code): _figure(found) for code, found in differences.items()},
        "groups": [_group(one) for one in items(given.get("groups", []))],
    }


def _group(tree: Any) -> dict[str, Any]:
    item = keys(tree, ["column", "value", "episodes", "recall", "floor", "verdict"], "group")
    if item["verdict"] not in ("ok", "below", "small"):
        raise ValueError("group: verdict")
    return {
        "column": text(item["column"]),
        "value": text(item["value"]),
        "episodes": integer(item["episodes"]),
        "recall": _figure(item["recall"]),
        "floor": number(item["floor"]),
        "verdict": item["verdict"],
    }


def _figure(tree: Any) -> dict[str, float | None]:
    item = keys(tree, ["value", "low", "high"], "figure")
    return {name: None if value is None else number(value) for name, value in item.items()}


def _instant(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**60:
        raise ValueError("an instant is needed")
    return value
