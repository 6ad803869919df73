"""The verbs about tokens of machines: make one, list them, end one; each decided by the administrator."""

from pathlib import Path
from typing import Annotated, Any

import typer

from serving.cli.options import Json
from serving.cli.session import Session

token = typer.Typer(help="机器令牌 / tokens of machines", no_args_is_help=True, rich_markup_mode=None)
As = Annotated[str, typer.Option("--as", help="账户管理员账号 / the administrator's account")]
PasswordFile = Annotated[Path | None, typer.Option(help="口令文件 / file with the password")]


@token.command()
def create(
    context: typer.Context,
    office: Annotated[str, typer.Option(help="单位编号 / office id")],
    purpose: Annotated[str, typer.Option(help="用途，如 12309热线 / which machine it is for")],
    right: Annotated[list[str], typer.Option(help="events（写入事件）clocks（读取时限）/ may be given twice")],
    user: As = "",
    days: Annotated[int, typer.Option(help="有效天数 / days it lasts")] = 90,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """新建令牌，只显示一次 / a new token, shown only once."""
    from serving.cli.models import sign_in_as
    from serving.clock import now
    from serving.machine_tokens import create_token

    session: Session = context.obj
    admin = sign_in_as(session, user, password_file)
    made, text = create_token(
        session.store, session.key, admin, office_id=office, purpose=purpose, rights=right, days=days, now=now()
    )
    zh = session.language == "zh"
    lines = [
        f"已新建令牌 {made.token_id}" if zh else f"made token {made.token_id}",
        f"令牌（只显示这一次，请存入该系统的密钥库）：{text}" if zh else f"token (shown only once): {text}",
    ]
    session.report(_row(made) | {"token": text}, lines, as_json=as_json)


@token.command("list")
def listing(context: typer.Context, user: As = "", password_file: PasswordFile = None, as_json: Json = False) -> None:
    """列出本院及下级院的令牌 / the tokens of one's offices."""
    from serving.cli.models import sign_in_as
    from serving.clock import now
    from serving.machine_tokens import list_tokens

    session: Session = context.obj
    found = list_tokens(session.store, sign_in_as(session, user, password_file))
    zh = session.language == "zh"
    states = {"stands": ("有效", "stands"), "ended": ("已失效", "ended")}
    lines = [
        "\t".join(
            [
                one.token_id,
                one.office_id,
                ",".join(one.rights),
                states["stands" if one.stands(now()) else "ended"][0 if zh else 1],
                one.purpose,
            ]
        )
        for one in found
    ]
    body = {"tokens": [_row(one) for one in found]}
    session.report(body, lines or ["没有令牌" if zh else "no tokens"], as_json=as_json)


@token.command()
def revoke(
    context: typer.Context,
    token_id: Annotated[str, typer.Argument(help="令牌编号 / the token's id", metavar="ID")],
    user: As = "",
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """停用令牌，立即生效 / end a token at once."""
    from serving.cli.models import sign_in_as
    from serving.clock import now
    from serving.machine_tokens import revoke_token

    session: Session = context.obj
    admin = sign_in_as(session, user, password_file)
    ended = revoke_token(session.store, session.key, admin, token_id, now=now())
    said = f"已停用令牌 {ended.token_id}" if session.language == "zh" else f"revoked token {ended.token_id}"
    session.report(_row(ended), [said], as_json=as_json)


def _row(one: Any) -> dict[str, Any]:
    from data.times import from_us

    def day(at: int | None) -> str | None:
        return None if at is None else from_us(at).isoformat()

    return {
        "id": one.token_id,
        "office": one.office_id,
        "purpose": one.purpose,
        "rights": [str(right) for right in one.rights],
        "created_at": day(one.created_at),
        "created_by": one.created_by,
        "expires_at": day(one.expires_at),
        "revoked_at": day(one.revoked_at),
        "last_used_at": day(one.last_used_at),
    }


def add_to(app: typer.Typer) -> None:
    """Register the verb with its three."""
    app.add_typer(token, name="token")
