"""The verb that serves the pages and the API."""

from typing import Annotated

import typer

from serving.cli.session import Session


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option()] = None,
    port: Annotated[int | None, typer.Option()] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="进程数 / worker processes")] = 1,
) -> None:
    """启动网页与接口 / serve the pages and the API."""
    session: Session = context.obj
    run_service(session, host=host, port=port, workers=workers)


def run_service(session: Session, *, host: str | None = None, port: int | None = None, workers: int = 1) -> None:
    """Serve until interrupted; with several workers each is a process of its own, and one that dies is replaced.

    Requests in progress are answered before the service ends, for at most ten seconds.
    """
    import os
    from contextlib import suppress

    import uvicorn
    from uvicorn.config import STARTUP_FAILURE

    from serving import worker
    from serving.clock import now
    from serving.listening import refuse_taken, run_workers
    from training.promote import reconcile

    settings = session.settings
    host, port = host or settings.service.host, settings.service.port if port is None else port
    refuse_taken(host, port)
    # A crash between an approval and the alias is mended here: the record decides.
    reconcile(session.store, session.state_dir)
    if workers > 1:
        if session.config is not None:
            os.environ[worker.CONFIG] = session.config
        os.environ[worker.STATE] = str(session.state_dir)
        session.store.close()
    app = None
    if workers == 1:
        from serving.app import create_app

        app = create_app(session.store, settings, session.state_dir, now)
        worker.settle()
    config = uvicorn.Config(
        app or "serving.worker:make",
        factory=app is None,
        workers=workers,
        # A worker that is still starting on a busy machine is not taken for dead.
        timeout_worker_healthcheck=60,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        # What a proxy says is weighed by serving.proxies, of the configured ones alone.
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    if workers > 1:
        run_workers(config)
        return
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise SystemExit(STARTUP_FAILURE)
