"""The verb of the dictionary of features, and of one feature of one matter over time: features."""

from pathlib import Path
from typing import Annotated

import typer

from data.errors import UsageError
from serving.cli.models import sign_in_as
from serving.cli.options import Json
from serving.cli.session import Session


def features(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="特征名 / a feature's name")] = None,
    matter: Annotated[str | None, typer.Option(help="事项编号 / the matter's number")] = None,
    office: Annotated[str | None, typer.Option(help="办理单位 / the matter's office")] = None,
    user: Annotated[str, typer.Option("--as", help="以哪个账号 / the account that asks")] = "",
    password_file: Annotated[Path | None, typer.Option(help="口令文件 / file with the password")] = None,
    as_json: Json = False,
) -> None:
    """特征词典；某事项某特征的变化与由来 / the dictionary; one feature of a matter over time."""
    from features.catalog import CATALOG
    from features.dictionary import entry

    session: Session = context.obj
    chosen = [feature for feature in CATALOG if name in (None, feature.name, feature.zh, feature.en)]
    if not chosen:
        raise UsageError("no_such_feature", f"没有特征 {name}", f"no feature {name}; petition-risk features lists them")
    if matter is not None:
        if name is None:
            raise UsageError(
                "feature_missing", "请写明特征名", "say which feature: features NAME --matter NO --as USER"
            )
        from serving.clock import now
        from serving.feature_history import feature_history
        from serving.journal import Journal

        account = sign_in_as(session, user, password_file)
        told = feature_history(
            session.store,
            session.settings,
            Journal(store=session.store, key=session.key),
            account,
            chosen[0],
            matter_no=matter,
            office_id=office,
            now=now(),
        )
        session.report(told.as_dict(), told.lines(session.language), as_json=as_json)
        return
    rows = [entry(feature) for feature in chosen]
    label = "zh" if session.language == "zh" else "en"
    if name is None:
        lines = [f"{row['name']:<36}{row['group']:<12}{row[label]}" for row in rows]
    else:
        lines = [f"{key}: {value}" for key, value in rows[0].items()]
    session.report({"fingerprint": CATALOG.fingerprint, "features": rows}, lines, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command()(features)
