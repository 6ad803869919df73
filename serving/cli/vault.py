"""The verbs about the identity vault: how many hashes it keeps, and emptying it; nobody is looked up here."""

from typing import Annotated

import typer

from data.errors import UsageError
from serving.cli.options import Json
from serving.cli.session import Session

vault = typer.Typer(help="证件号查重库 / the identity vault", no_args_is_help=True, rich_markup_mode=None)


@vault.command()
def status(context: typer.Context, as_json: Json = False) -> None:
    """是否启用，各院散列件数 / is it on, and how many hashes has each office."""
    from data.store.vault import counts
    from serving.vault_keys import left_behind

    session: Session = context.obj
    settings = session.settings.vault
    keys = sorted(session.vault.keys) if session.vault is not None else []
    found = left_behind(settings, session.state_dir)
    kept = {} if found is None else counts(found)
    zh = session.language == "zh"
    lines = [("已启用" if settings.enabled else "未启用") if zh else ("on" if settings.enabled else "off")]
    lines += [
        f"{office}  {kept.get(office, 0)}" + ("" if office in keys else " –") for office in sorted({*kept, *keys})
    ]
    session.report({"enabled": settings.enabled, "keys": keys, "hashes": kept}, lines, as_json=as_json)


@vault.command()
def clear(
    context: typer.Context,
    confirm: Annotated[bool, typer.Option("--confirm", help="确认清空 / yes, remove every hash")] = False,
    as_json: Json = False,
) -> None:
    """清空查重库，可在停用后进行 / remove every hash and look-up, also with the vault off."""
    from data.store.audit import Entry, append_many
    from data.store.vault import FILE, empty
    from serving.clock import now
    from serving.journal import VAULT_CLEARED

    session: Session = context.obj
    if not confirm:
        raise UsageError("vault_confirm", "清空查重库须加 --confirm", "emptying the vault needs --confirm")
    path = session.state_dir / FILE
    gone = empty(path) if path.exists() else 0
    entry = Entry(at=now(), user_id=session.operator, action=VAULT_CLEARED, detail={"rows": gone})
    append_many(session.store, session.key, [entry])
    line = f"查重库已清空（{gone} 行）" if session.language == "zh" else f"the vault is empty ({gone} rows removed)"
    session.report({"rows": gone}, [line], as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.add_typer(vault, name="vault")
