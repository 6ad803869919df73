"""The verb of the dictionary of features, and of one feature of one matter over time: features."""

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.errors import UsageError
from serving.cli.models import sign_in_as
from serving.cli.options import Json
from serving.cli.session import Session

if TYPE_CHECKING:
    from features.feature import FeatureSet


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
    from features.dictionary import entry

    session: Session = context.obj
    known = _known(session)
    chosen = [feature for feature in known if name in (None, feature.name, feature.zh, feature.en)]
    if not chosen:
        names = [word for feature in known for word in (feature.name, feature.zh, feature.en)]
        near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.4)
        raise UsageError(
            "no_such_feature",
            f"没有特征 {name}" + (f"；是否指 {'、'.join(near)}？" if near else "；petition-risk features 列出全部特征"),
            f"no feature {name}; "
            + (f"did you mean {', '.join(near)}?" if near else "petition-risk features lists them"),
        )
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
    session.report({"fingerprint": known.fingerprint, "features": rows}, lines, as_json=as_json)


def _known(session: Session) -> "FeatureSet":
    """The catalog, with what was declared beside the serving model; where there is no store yet none is made."""
    from features.catalog import CATALOG

    if session.settings.database is None and not (session.state_dir / "petition-risk.db").is_file():
        return CATALOG
    from data.store import models
    from serving.champion import features_of

    serving = models.champion(session.store)
    return CATALOG if serving is None else features_of(session.state_dir, serving.version)


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command()(features)
