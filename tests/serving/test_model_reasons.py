"""The model page says in words which group stands against a model."""

import re

import pytest

from data.store import models
from tests.serving.conftest import CUTOFF, Desk
from training.metrics import Figure
from training.select import GroupRecall

GROUPS = [
    ("category", "criminal_appeal", "类别 刑事申诉", "category criminal appeal"),
    ("registered_as", "report", "登记类别 举报", "registered as report"),
    ("office_id", "C1", "单位 C1", "office C1"),
    ("office_size", "small", "单位规模 小", "office size small"),
]


def _reasons(column: str, value: str) -> list[dict[str, str]]:
    return [
        {
            "zh": f"{column}={value}的召回[10.0, 20.0]低于下限30%",
            "en": f"recall for {column}={value} [10.0, 20.0] is low",
        },
        {"zh": f"{column}={value}的召回(—)低于下限30%", "en": f"recall for {column}={value} (—) is low"},
        {"zh": "与B1相比未显示更好：[-1.0, 2.0]", "en": "not shown to be better than B1: [-1.0, 2.0]"},
    ]


@pytest.mark.parametrize(("column", "value", "zh", "en"), GROUPS)
def test_a_group_is_named_in_words(desk: Desk, column: str, value: str, zh: str, en: str) -> None:
    group = GroupRecall(
        column=column, value=value, episodes=40, recall=Figure(value=0.1, low=0.1, high=0.2), floor=0.3, verdict="below"
    )
    models.add_model(
        desk.store,
        models.ModelVersion(
            name="scorecard",
            scorecard_sha256="0" * 64,
            scorecard_path="card.json",
            feature_fingerprint="f" * 64,
            label="unresolved_return_90d",
            bench_only=False,
            demo=False,
            assumed_share=0.1,
            created_at=CUTOFF,
            created_by="steward",
            gate={
                "passed": False,
                "reasons": _reasons(column, value),
                "differences": {},
                "groups": [
                    {
                        "column": group.column,
                        "value": group.value,
                        "episodes": group.episodes,
                        "recall": group.recall.as_dict(),
                        "floor": group.floor,
                        "verdict": group.verdict,
                    }
                ],
            },
        ),
    )
    client = desk.client("steward")
    chinese, english = (re.sub(r"<[^>]+>", "", client.get(f"/models?lang={lang}").text) for lang in ("zh", "en"))
    assert f"{zh}的召回[10.0, 20.0]低于下限30%" in chinese
    assert f"{zh}的召回(—)低于下限30%" in chinese
    assert f"recall for {en} [10.0, 20.0] is low" in english
    assert f"recall for {en} (—) is low" in english
    for page in (chinese, english):
        assert f"{column}=" not in page
        assert "B1" in page
