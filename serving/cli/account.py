"""The verbs about accounts: who gets one, who loses it, and a new password for who forgot it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from data.errors import UsageError
from serving.cli.options import Json
from serving.cli.session import Session

account = typer.Typer(help="账号 / accounts", no_args_is_help=True, rich_markup_mode=None)
PasswordFile = Annotated[Path | None, typer.Option(help="从文件读取初始口令 / first password from a file")]


@account.command()
def add(
    context: typer.Context,
    user: Annotated[str, typer.Argument(help="账号 / account name")],
    role: Annotated[
        str,
        typer.Option(
            help="handler department_head petition_head leader operator steward approver auditor admin reviewer",
        ),
    ],
    office: Annotated[str, typer.Option(help="单位编号 / office id")],
    name: Annotated[str, typer.Option(help="显示名 / display name")],
    department: Annotated[str | None, typer.Option(help="部门 / department")] = None,
    staff_id: Annotated[str | None, typer.Option(help="工号（台账中的承办人编号）/ staff number")] = None,
    post: Annotated[str | None, typer.Option(help="须回避的岗位 / respondent post: handler department leader")] = None,
    chief: Annotated[bool, typer.Option("--chief", help="检察长，签批重大事项 / the chief prosecutor")] = False,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """新建账号；首次登录须改密码 / add an account; the password is changed at the first sign-in."""
    from data.store.users import User, UserRole
    from serving.clock import now
    from serving.passwords import read_password
    from serving.staffing import add_account

    session: Session = context.obj
    if role not in list(UserRole):
        listed = ", ".join(UserRole)
        raise UsageError("role_unknown", f"没有角色 {role}；可用 {listed}", f"no role {role}; there are {listed}")
    person = User(
        user_id=user,
        display_name=name.strip(),
        role=UserRole(role),
        password_hash="",
        office_id=office,
        department=department,
        staff_id=None if staff_id is None else staff_id.strip(),
        respondent_post=post,
        chief=chief,
    )
    given = None if password_file is None else read_password(password_file)
    password = add_account(session.store, session.key, person, password=given, now=now(), by=session.operator)
    _told(session, "added", user, None if given is not None else password, as_json=as_json)


@account.command("list")
def listing(context: typer.Context, as_json: Json = False) -> None:
    """列出账号 / all accounts."""
    from data.store.users import read_users
    from data.times import from_us

    session: Session = context.obj
    rows: list[dict[str, Any]] = [
        {
            "user": one.user_id,
            "name": one.display_name,
            "role": str(one.role),
            "office": one.office_id,
            "department": one.department,
            "staff_id": one.staff_id,
            "post": one.respondent_post,
            "chief": one.chief,
            "must_change": one.must_change,
            "demo": one.demo,
            "disabled_at": None if one.disabled_at is None else from_us(one.disabled_at).isoformat(),
        }
        for one in read_users(session.store)
    ]
    zh = session.language == "zh"
    marks = {"must_change": "待改密码" if zh else "must change", "disabled_at": "已停用" if zh else "disabled"}
    lines = [
        "\t".join(
            [
                *(str(row[key] or "-") for key in ("user", "role", "office", "department", "staff_id", "name")),
                *(mark for key, mark in marks.items() if row[key]),
            ]
        )
        for row in rows
    ]
    session.report({"accounts": rows}, lines or ["没有账号" if zh else "no accounts"], as_json=as_json)


@account.command()
def disable(
    context: typer.Context,
    user: Annotated[str, typer.Argument(help="账号 / account name")],
    as_json: Json = False,
) -> None:
    """停用账号，立即结束其登录 / disable an account and end its sessions at once."""
    from serving.clock import now
    from serving.staffing import disable_account

    session: Session = context.obj
    disable_account(session.store, session.key, user, now=now(), by=session.operator)
    _told(session, "disabled", user, None, as_json=as_json)


@account.command("reset-password")
def reset(
    context: typer.Context,
    user: Annotated[str, typer.Argument(help="账号 / account name")],
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """重置密码并解除锁定；下次登录须改 / a new password, to be changed at the next sign-in; lifts a lock."""
    from serving.clock import now
    from serving.passwords import read_password
    from serving.staffing import reset_password

    session: Session = context.obj
    given = None if password_file is None else read_password(password_file)
    password = reset_password(session.store, session.key, user, password=given, now=now(), by=session.operator)
    _told(session, "reset", user, None if given is not None else password, as_json=as_json)


_DONE = {
    "added": ("已新建账号", "added account"),
    "disabled": ("已停用账号", "disabled account"),
    "reset": ("已重置密码，账号", "password reset for account"),
}


def _told(session: Session, action: str, user: str, password: str | None, *, as_json: bool) -> None:
    zh = session.language == "zh"
    lines = [f"{_DONE[action][0 if zh else 1]} {user}"]
    body = {"action": action, "user": user}
    if password is not None:
        body["password"] = password
        lines.append(f"口令（只显示这一次）：{password}" if zh else f"password (shown only once): {password}")
    session.report(body, lines, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Register the verb with its four."""
    app.add_typer(account, name="account")
