"""Two hundred foreign or mutated model files are each refused by a clear code; a right one comes through whole."""

import hashlib
import io
import json
import pickle
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from data.errors import PetitionRiskError
from data.store.models import Approval, ModelVersion
from features.catalog import CATALOG
from features.feature import FeatureSet
from tests.serving.conftest import make_scorecard
from training import package
from training import scorecard as cards
from training.scorecard import Pair

CARD = {"zh": "# 模型卡\n", "en": "# Model card\n"}
AT = 1_760_000_000_000_000


def scorecard() -> cards.Scorecard:
    """The installed catalog's, with a table of two so that its checks are reached."""
    plain = make_scorecard()
    places = [CATALOG.names.index(name) for name in ("monthly_follow_up_missed", "days_since_substantive_contact")]
    first, second = sorted(places)
    pair = Pair(
        first=first,
        second=second,
        first_thresholds=np.array([0.5]),
        second_thresholds=np.array([60.0]),
        values=np.array([[0, 0], [0, 100_000_000]], dtype=np.int64),
    )
    values = pair.values - cards.value_at(pair, plain.steps[first].empty, plain.steps[second].empty)
    return replace(plain, pairs=(replace(pair, values=values),))


def model(**changes: Any) -> ModelVersion:
    card = scorecard()
    gate = {"passed": True, "needs_acceptance": False, "reasons": [], "differences": {}, "groups": []}
    given: dict[str, Any] = {
        "version": 3,
        "name": "petition-risk",
        "scorecard_sha256": cards.sha256(card),
        "scorecard_path": "card.json",
        "feature_fingerprint": card.feature_set,
        "label": card.label,
        "bench_only": False,
        "demo": False,
        "assumed_share": 0.2,
        "created_at": AT,
        "created_by": "steward",
        "gate": gate,
    }
    return ModelVersion(**(given | changes))


def approvals(version: int = 3) -> list[Approval]:
    common: dict[str, Any] = {"version": version, "at": AT, "accepted_assumed": False, "reason": "r"}
    return [
        Approval(action="propose", proposer=None, approver="steward", impact_id=None, **common),
        Approval(action="promote", proposer="steward", approver="approver", impact_id="PIA", **common),
    ]


RIGHT = package.make_package(model(), scorecard(), approvals(), CARD)


def read(content: bytes, feature_set: FeatureSet = CATALOG) -> package.Package:
    """As if its sender had told the number of just these bytes: what is refused is refused for what it says."""
    return package.read_package(content, sha256=hashlib.sha256(content).hexdigest(), feature_set=feature_set)


def code_of(content: bytes, **given: Any) -> str:
    with pytest.raises(PetitionRiskError) as caught:
        read(content, **given)
    assert caught.value.zh
    assert caught.value.exit_code in (11, 13)
    return caught.value.code


def test_a_package_comes_through_whole_and_holds_no_row() -> None:
    found = read(RIGHT)
    assert cards.to_json(found.scorecard) == cards.to_json(scorecard())
    assert [one["action"] for one in found.approvals] == ["propose", "promote"]
    assert found.card == CARD
    assert package.make_package(model(), scorecard(), approvals(), CARD) == RIGHT
    assert "matter_id" not in RIGHT.decode()


@pytest.mark.parametrize(
    ("change", "decisions"),
    [
        ({}, []),
        ({}, approvals(4)),
        ({}, approvals()[:1]),
        ({"gate": {"passed": False}}, approvals()),
        ({"bench_only": True}, approvals()),
    ],
)
def test_g21_what_two_people_did_not_approve_is_not_exported(change: Any, decisions: list[Approval]) -> None:
    with pytest.raises(PetitionRiskError) as caught:
        package.make_package(model(**change), scorecard(), decisions, CARD)
    assert caught.value.code == "export_unapproved"


def flipped() -> Iterator[bytes]:
    rng = np.random.default_rng(11)
    for _ in range(80):
        content = bytearray(RIGHT)
        content[rng.integers(len(content))] ^= int(rng.integers(1, 256))
        yield bytes(content)
    for size in np.linspace(0, len(RIGHT) - 1, 40).astype(int):
        yield RIGHT[:size]


def test_120_flipped_or_truncated_files_are_refused_by_their_number() -> None:
    told = hashlib.sha256(RIGHT).hexdigest()
    for content in flipped():
        with pytest.raises(PetitionRiskError) as caught:
            package.read_package(content, sha256=told, feature_set=CATALOG)
        assert caught.value.code == "package_altered"


def _zip(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, RIGHT)
    return buffer.getvalue()


class _Evil:
    def __reduce__(self) -> Any:
        return (pytest.fail, ("unpickled",))


FOREIGN: dict[str, bytes] = {
    "empty": b"",
    "pickle": pickle.dumps(_Evil()),
    "pickle protocol 0": pickle.dumps(_Evil(), protocol=0),
    "zip": _zip("scorecard.json"),
    "zip slip": _zip("../../../evil.json"),
    "xml": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]><a>&b;</a>",
    "scorecard alone": cards.to_json(scorecard()),
    "list": b"[]",
    "null": b"null",
    "number": b"7",
    "text": b'"petition-risk-model/1"',
    "not utf-8": b"\xff\xfe{}",
    "utf-16": RIGHT.decode().encode("utf-16"),
    "with a mark": b"\xef\xbb\xbf" + RIGHT,
    "NUL": RIGHT + b"\x00",
    "two objects": RIGHT + RIGHT,
    "deep list": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "huge": b" " * (17 * 1024 * 1024),
    "huge number": b'{"format":' + b"9" * 100_000 + b"}",
    "key twice": RIGHT.replace(b'{"approvals"', b'{"approvals":[],"approvals"', 1),
    "inner key twice": RIGHT.replace(b'"bands":{', b'"bands":{"larger":1,', 1),
    "NaN": RIGHT.replace(b'"a":0.0', b'"a":NaN', 1),
    "Infinity": RIGHT.replace(b'"a":0.0', b'"a":Infinity', 1),
    "-Infinity": RIGHT.replace(b'"a":0.0', b'"a":-Infinity', 1),
    "1e999": RIGHT.replace(b'"a":0.0', b'"a":1e999', 1),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files_are_refused(name: str) -> None:
    assert FOREIGN[name] != RIGHT
    assert code_of(FOREIGN[name]) in ("package_refused", "scorecard_refused")


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of the tree, lists by their first item."""
    if path:
        yield path
    if isinstance(tree, dict):
        for key in tree:
            yield from places(tree[key], (*path, key))
    elif isinstance(tree, list) and tree:
        yield from places(tree[0], (*path, 0))


def changed(path: tuple[Any, ...], value: Any) -> bytes:
    tree = json.loads(RIGHT)
    at = tree
    for key in path[:-1]:
        at = at[key]
    if value is None:
        at.pop(path[-1])
    else:
        at[path[-1]] = value
    return json.dumps(tree).encode()


#: Text a person wrote, and figures shown as they are: another one is another package, not a malformed one.
FREE = {("card", "zh"), ("card", "en"), ("approvals", 0, "reason"), ("approvals", 0, "approver")}


def test_every_field_left_out_or_of_another_type_is_refused() -> None:
    """Some 80 more: each field removed, and each replaced by something of another type."""
    tried = 0
    for path in places(json.loads(RIGHT)):
        listed = isinstance(path[-1], int)
        inside_gate = path[0] == "gate" and len(path) > 1
        if not listed and not inside_gate:
            code_of(changed(path, None))
            tried += 1
        if not inside_gate:
            code_of(changed(path, {"unlikely": [1.5]}))
            tried += 1
    assert tried > 60


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("format",), "petition-risk-model/2", "package_refused"),
        (("scorecard_sha256",), "0" * 64, "package_refused"),
        (("label",), "another", "package_refused"),
        (("feature_set",), "f" * 64, "package_refused"),
        (("scorecard", "intercept"), 5, "package_refused"),  # well formed, but not what was approved
        (("scorecard", "format"), "petition-risk-scorecard/1", "scorecard_refused"),
        (("gate", "passed"), False, "package_unapproved"),
        (("approvals",), [], "package_unapproved"),
        (("approvals", 1, "proposer"), "approver", "package_unapproved"),
        (("approvals", 1, "action"), "propose", "package_unapproved"),
        (("approvals", 1, "action"), "kill", "package_refused"),
        (("assumed_share",), 10**400, "package_refused"),
        (("created_at",), -1, "package_refused"),
        (("card", "zh"), "长" * 2_000_001, "package_refused"),
        (("note",), "more", "package_refused"),
    ],
)
def test_what_is_well_formed_but_wrong_is_refused_by_its_ground(path: Any, value: Any, code: str) -> None:
    assert code_of(changed(path, value)) == code


def _with(card: cards.Scorecard, **changes: Any) -> bytes:
    other = replace(card, **changes)
    tree = json.loads(RIGHT)
    tree |= {
        "scorecard": json.loads(cards.to_json(other)),
        "scorecard_sha256": cards.sha256(other),
        "feature_set": other.feature_set,
        "label": other.label,
    }
    return json.dumps(tree).encode()


def test_another_catalog_bench_labels_and_false_words_about_features_are_refused() -> None:
    card = scorecard()
    fewer = FeatureSet(features=CATALOG.features[:-1])
    assert code_of(RIGHT, feature_set=fewer) == "feature_set_differs"
    assert code_of(_with(card, feature_set="0" * 64)) == "feature_set_differs"
    assert code_of(_with(card, bench_only=True)) == "package_label"
    assert code_of(_with(card, label="clock_miss_30d")) == "package_label"
    # G8: a contact term that calls itself something else
    steps = tuple(replace(step, contact_term=False) for step in card.steps)
    assert code_of(_with(card, steps=steps)) == "feature_set_differs"
    signs = tuple(replace(step, sign=0) for step in card.steps)
    assert code_of(_with(card, steps=signs)) == "feature_set_differs"
