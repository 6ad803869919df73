"""The application of one of several worker processes, made from what its parent left in the environment."""

import gc
import os

from fastapi import FastAPI

CONFIG = "PETITION_RISK_CONFIG"
STATE = "PETITION_RISK_STATE"


def make() -> FastAPI:
    """The application on the parent's settings and state directory; the store is migrated and the model on record."""
    from serving.app import create_app
    from serving.cli.session import Session
    from serving.clock import now

    session = Session(config=os.environ.get(CONFIG), state=os.environ.get(STATE), lang=None)
    app = create_app(session.store, session.settings, session.state_dir, now)
    settle()
    return app


def settle() -> None:
    """Call once everything is loaded: what stays is never looked through again for garbage while somebody waits."""
    gc.collect()
    gc.freeze()
