"""The verb that serves the pages and the API."""

from typing import Annotated

import typer

from serving.cli.session import Session


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option()] = None,
    port: Annotated[int | None, typer.Option()] = None,
) -> None:
    """启动网页与接口 / serve the pages and the API."""
    session: Session = context.obj
    run_service(session, host=host, port=port)


def run_service(session: Session, *, host: str | None = None, port: int | None = None) -> None:
    """Serve until interrupted."""
    import uvicorn

    from serving.app import create_app
    from serving.clock import now
    from training.promote import reconcile

    settings = session.settings
    if (session.state_dir / "mlflow.db").is_file():
        # A crash between an approval and the alias is mended here: the record decides.
        reconcile(session.store, session.state_dir)
    app = create_app(session.store, settings, session.state_dir, now)
    uvicorn.run(
        app,
        host=host or settings.service.host,
        port=settings.service.port if port is None else port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
