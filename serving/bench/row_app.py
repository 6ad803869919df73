"""A ready feature row in, band and range out: the model alone behind the server we use, to stand beside MLflow's."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn

from data.store import models
from data.store.engine import open_store
from serving.champion import load_champion
from serving.listening import run_workers
from training import scorecard as cards
from training.calibrate import per_hundred
from training.score import bands

STATE = "PETITION_RISK_STATE"


def make() -> Any:
    """An ASGI application: POST {"row": [value of every feature in order]}."""
    state = Path(os.environ[STATE])
    store = open_store(f"sqlite:///{state / 'petition-risk.db'}")
    found = models.champion(store)
    assert found is not None  # noqa: S101 - the bench looked before it started this
    card = load_champion(state, found).scorecard
    headers = [(b"content-type", b"application/json")]

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        told = b"{}"
        if scope["method"] == "POST":
            x = np.asarray([json.loads(body)["row"]], dtype=np.float64)
            parts = cards.contributions(card, x)
            margins = card.intercept + parts.sum(axis=1)
            low, high = per_hundred(card.calibration, margins)
            said = {"band": bands(card, margins, parts)[0], "per_hundred": [int(low[0]), int(high[0])]}
            told = json.dumps(said).encode()
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": told})

    return answer


def main(port: int, workers: int) -> None:
    """Serve it by worker processes like those of `petition-risk serve`, until ended."""
    made = "serving.bench.row_app:make"
    run_workers(uvicorn.Config(made, factory=True, port=port, workers=workers, log_level="critical", access_log=False))
