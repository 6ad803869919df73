"""The verbs about models: train, retrain, promote."""

from pathlib import Path
from typing import Annotated, Any

import typer

from data.errors import NotAllowed, UsageError
from serving.cli.options import Json
from serving.cli.session import Session


def train(
    context: typer.Context,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="随机种子 / seed")] = 1,
    mapping: Annotated[str | None, typer.Option(help="导入时所用映射 / the mapping of the import")] = None,
    full_report: Annotated[
        bool, typer.Option("--full-report", help="报告加入各组特征的作用 / what each group of features adds")
    ] = False,
    as_json: Json = False,
) -> None:
    """训练、回溯检验并登记备选模型 / train, back-test, register a challenger."""
    from serving.clock import now
    from serving.training_run import train_challenger

    session: Session = context.obj
    with session.steps() as step:
        done = train_challenger(
            session.store,
            session.settings,
            session.state_dir,
            session.key,
            now=now(),
            by=session.operator,
            seed=seed,
            mapping_file=mapping,
            full=full_report,
            progress=step,
        )
    session.report(done.as_dict(), [done.markdown(session.language)], as_json=as_json)


def retrain(
    context: typer.Context,
    user: Annotated[str, typer.Option("--as", help="以哪个账号（模型管理员）/ the steward who asks")] = "",
    reason: Annotated[str, typer.Option(help="规则未满足时的理由 / why, where the rule does not propose it")] = "",
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="随机种子 / seed")] = 1,
    mapping: Annotated[str | None, typer.Option(help="导入时所用映射 / the mapping of the import")] = None,
    password_file: Annotated[Path | None, typer.Option(help="口令文件 / file with the password")] = None,
    as_json: Json = False,
) -> None:
    """重新训练备选模型，与在用模型比较，并提出待审批 / train a challenger again, compare it, propose it."""
    from serving.clock import now
    from serving.retraining import retrain as run
    from training.contest import markdown

    session: Session = context.obj
    account = sign_in_as(session, user, password_file)
    require_role(account, "steward")
    words = kept_reason(session, account, reason) if reason.strip() else ""
    with session.steps() as step:
        done = run(
            session.store,
            session.settings,
            session.state_dir,
            session.key,
            now=now(),
            by=account.user_id,
            seed=seed,
            reason=words,
            mapping_file=mapping,
            progress=step,
        )
    side = 0 if session.language == "zh" else 1
    last = _next(done.version) if done.why_not is None else done.why_not
    lines = [markdown(done.comparison, session.language), f"v{done.version} {last[side]}"]
    session.report(done.as_dict(), lines, as_json=as_json)


def promote(
    context: typer.Context,
    version: Annotated[int | None, typer.Argument(help="模型版本 / model version")] = None,
    user: Annotated[str, typer.Option("--as", help="以哪个账号 / the account that decides")] = "",
    reason: Annotated[str, typer.Option(help="理由 / reason")] = "",
    password_file: Annotated[Path | None, typer.Option(help="口令文件 / file with the password")] = None,
    refuse: Annotated[
        bool, typer.Option("--refuse", help="不予批准已提出的版本 / turn down what was proposed")
    ] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="回到上一在用模型 / the champion before")] = False,
    kill: Annotated[bool, typer.Option("--kill", help="停用模型，按规则运行 / stop scoring")] = False,
    unkill: Annotated[bool, typer.Option("--unkill", help="恢复评分 / score again")] = False,
    accept_assumed: Annotated[bool, typer.Option(help="负责人接受推定时间点 / the head accepts assumed times")] = False,
    before_time: Annotated[bool, typer.Option(help="试跑期满前启用 / before its time in the shadow is over")] = False,
    as_json: Json = False,
) -> None:
    """提出、批准、不批准、回退或停用模型 / propose, approve, turn down, roll back or stop a model (two people)."""
    from data.store import models
    from serving.clock import now
    from training import promote as acts

    session: Session = context.obj
    if rollback + kill + unkill + (version is not None) != 1:
        raise UsageError(
            "promote_what",
            "请给出模型版本，或 --rollback、--kill、--unkill 之一",
            "give a model version, or one of --rollback, --kill, --unkill",
        )
    if version is None and (refuse or accept_assumed or before_time):
        raise UsageError(
            "promote_version",
            "--refuse、--accept-assumed、--before-time 须与模型版本同用",
            "--refuse, --accept-assumed and --before-time go with a model version",
        )
    account = sign_in_as(session, user, password_file)
    # Whoever has to stop the model now is not kept waiting for words.
    words = "-" if kill and not reason.strip() else kept_reason(session, account, reason)
    given: dict[str, Any] = {"now": now(), "reason": words}
    store, key, state = session.store, session.key, session.state_dir
    if rollback or kill or unkill:
        require_role(account, "steward", "approver")
        act = acts.rollback if rollback else acts.kill if kill else acts.unkill
        act(store, key, state, by=account.user_id, **given)
        action = "rollback" if rollback else "kill" if kill else "unkill"
    else:
        assert version is not None  # noqa: S101
        if refuse:
            require_role(account, "approver", *heads_of(session, version))
            acts.refuse(store, key, version, approver=account.user_id, **given)
            action = "refuse"
        else:
            action = step_forward(session, account, version, accept_assumed=accept_assumed, early=before_time, **given)
    champion = models.champion(store)
    serving = None if champion is None else champion.version
    session.report(
        {"action": action, "version": version, "champion": serving},
        told(action, version, serving, session.language),
        as_json=as_json,
    )


def _next(version: int) -> tuple[str, str]:
    """What another person does about a version that was put forward."""
    verb = f"petition-risk promote {version} --as"
    return (
        f"{_DONE['propose'][0]}：{verb} 账号 --reason 理由（不予批准加 --refuse），或在模型页上办理",
        f"{_DONE['propose'][1]}: {verb} USER --reason WHY (with --refuse to turn it down), or on the page of models",
    )


_DONE: dict[str, tuple[str, str]] = {
    "propose": ("已提出，须由另一人批准", "proposed; another person has to approve it"),
    "approve": ("已批准启用", "approved"),
    "refuse": ("未予批准", "turned down"),
    "rollback": ("已回退", "rolled back"),
    "kill": ("已停用模型，按规则运行", "the model is stopped, rules order the work"),
    "unkill": ("已恢复评分", "scores again"),
}


def told(action: str, version: int | None, serving: int | None, language: str) -> list[str]:
    """What was done, and what orders the work now."""
    done = _DONE[action][0 if language == "zh" else 1]
    which = f"v{version}" if version else ""
    if language == "zh":
        now = f"在用模型：v{serving}" if serving else "当前按规则运行"
        return [f"{which} {done}".strip(), now]
    return [f"{which} {done}".strip(), f"in use: v{serving}" if serving else "in use: rules, no model"]


def step_forward(
    session: Session, account: Any, version: int, *, accept_assumed: bool, now: int, reason: str, early: bool = False
) -> str:
    """Propose a challenger, or approve what somebody else proposed; returns which of the two was done.

    A model from elsewhere is switched on in the office itself: its head or leader may take either step, two people
    in any case.  Where most times are assumed, the second person is the head of the petition department, who accepts
    them by approving.
    """
    from data.store import models
    from data.store.batches import batch_view
    from training import promote as acts

    store, key = session.store, session.key
    heads = heads_of(session, version)
    model = models.find_model(store, version)
    if model.state != "proposed":
        require_role(account, "steward", *heads)
        acts.propose(store, key, version, proposer=account.user_id, now=now, reason=reason)
        return "propose"
    by_head = accept_assumed and model.gate.get("needs_acceptance")
    require_role(account, *(("petition_head",) if by_head else ("approver", *heads)))
    acts.approve(
        store,
        key,
        session.state_dir,
        version,
        approver=account.user_id,
        now=now,
        reason=reason,
        impact=session.settings.impact,
        vault=session.settings.vault.enabled,
        demo=batch_view(store).demo,
        accept_assumed=accept_assumed,
        accept_early=early,
    )
    return "approve"


def heads_of(session: Session, version: int) -> tuple[str, ...]:
    """The roles that decide beside steward and approver: an office's own heads, of a model from elsewhere."""
    from data.store import shadows

    return () if shadows.find_import(session.store, version) is None else ("petition_head", "leader")


def kept_reason(session: Session, account: Any, reason: str) -> str:
    """The reason as it is kept. Raises InputRefused for none, and for what no text may hold (G2)."""
    from data.forbidden import check_text
    from data.store import audit
    from serving import acts, journal
    from serving.clock import now

    acts.check_reason(reason)
    if found := check_text(reason):
        detail = {"refusals": len(found)}
        entry = audit.Entry(at=now(), user_id=account.user_id, action=journal.TEXT_REFUSED, detail=detail)
        audit.append_many(session.store, session.key, [entry])
        raise acts.text_refused(found)
    return reason.strip()


def sign_in_as(session: Session, user: str, password_file: Path | None) -> Any:
    """The account behind `--as`, its password from the file or a prompt. Raises NotAllowed."""
    from serving.accounts import sign_in
    from serving.clock import now
    from serving.journal import Journal
    from serving.passwords import read_password
    from serving.problems import PasswordChangeRequired

    if not user:
        raise UsageError("as_missing", "请用 --as 指明账号", "say which account acts: --as USER")
    password = (
        typer.prompt("口令 / password", hide_input=True) if password_file is None else read_password(password_file)
    )
    account = sign_in(
        session.store, Journal(store=session.store, key=session.key), user, password, now=now(), request_id="cli"
    )
    if account is None:
        raise NotAllowed(
            "sign_in", "账号或口令不正确，或账号已锁定", "wrong account or password, or the account is locked"
        )
    if account.must_change:
        # A password that somebody else has seen decides nothing.
        raise PasswordChangeRequired
    return account


def require_role(account: Any, *roles: str) -> None:
    """Raise NotAllowed unless the account has one of the roles."""
    if str(account.role) not in roles:
        raise NotAllowed(
            "role",
            f"账号 {account.user_id} 无权执行；需要角色 {'、'.join(roles)}",
            f"account {account.user_id} may not do this; it takes {' or '.join(roles)}",
        )


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    for verb in (train, retrain, promote):
        app.command()(verb)
