"""The verb model: cards to read, and approved models from office to office; rows never move."""

from pathlib import Path
from typing import Annotated

import typer

from data.errors import InputRefused, UsageError
from serving.cli.options import Json
from serving.cli.session import Session

model = typer.Typer(help="模型卡、导出、导入、试跑 / cards, export, import, shadow.", no_args_is_help=True)
Version = Annotated[int, typer.Argument(help="模型版本 / model version")]


@model.command()
def export(
    context: typer.Context,
    version: Version,
    out: Annotated[Path, typer.Option(help="输出文件 / the file to write")],
    as_json: Json = False,
) -> None:
    """导出已批准的模型（只含数据）/ export an approved model, data only."""
    import hashlib

    from serving.clock import now
    from serving.model_transfer import export_model

    session: Session = context.obj
    content = export_model(session.store, session.key, session.state_dir, version, now=now(), by=session.operator)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(content)
    except OSError:
        raise not_written(out) from None
    sha256 = hashlib.sha256(content).hexdigest()
    lines = (
        [f"已导出：{out}", f"SHA-256：{sha256}", "请另行（如电话、公文）告知对方此编号。"]
        if session.language == "zh"
        else [f"exported: {out}", f"SHA-256: {sha256}", "Tell the other office this number by another way."]
    )
    session.report({"file": str(out), "sha256": sha256, "version": version}, lines, as_json=as_json)


@model.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="模型文件 / the model file")],
    sha256: Annotated[str, typer.Option(help="对方另行告知的SHA-256 / as its sender told you")],
    as_json: Json = False,
) -> None:
    """导入他院已批准的模型，先试跑 / import a model approved elsewhere; it runs in the shadow first."""
    from serving.clock import now
    from serving.model_transfer import import_model
    from serving.web.views import day

    session: Session = context.obj
    try:
        size = file.stat().st_size
        content = b"" if size > 2**25 else file.read_bytes()
    except OSError:
        raise InputRefused("package_unreadable", f"无法读取 {file.name}", f"{file.name} cannot be read") from None
    done = import_model(
        session.store,
        session.settings,
        session.key,
        session.state_dir,
        content,
        sha256=sha256,
        now=now(),
        by=session.operator,
    )
    until = day(done.shadow_until, session.settings.time_zone)
    if session.language == "zh":
        first = f"已导入为第 {done.version} 版（备选）" if done.made else f"此前已导入为第 {done.version} 版"
        lines = [first, f"在记分表旁试跑至 {until}，不向承办人显示；之后由两人启用：promote {done.version} --as 账号"]
    else:
        first = (
            f"imported as version {done.version} (challenger)" if done.made else f"was version {done.version} already"
        )
        lines = [
            first,
            f"runs in the shadow until {until}; then two people switch it on: promote {done.version} --as USER",
        ]
    body = {"version": done.version, "made": done.made, "shadow_until": until, "origin_version": done.package.version}
    session.report(body, lines, as_json=as_json)


@model.command()
def shadow(context: typer.Context, version: Version, as_json: Json = False) -> None:
    """试跑比较：与在用清单相比 / a model in the shadow beside the list in use."""
    from data.store.by_part import in_one
    from data.store.models import find_model
    from data.store.register import read_register
    from serving.shadow import compare
    from serving.web.model_view import shadow_lines
    from serving.web.text import translator

    session: Session = context.obj
    find_model(session.store, version)  # an unknown version is told before the register is read
    found = compare(session.store, session.settings, in_one(read_register(session.store)), version)
    lines = [
        f"{name}: {value}"
        for name, value in shadow_lines(found.as_dict(), translator("zh" if session.language == "zh" else "en"))
    ]
    session.report(found.as_dict(), lines, as_json=as_json)


@model.command()
def card(
    context: typer.Context,
    version: Version,
    out: Annotated[Path, typer.Option(help="输出目录 / folder")],
    as_json: Json = False,
) -> None:
    """模型卡、公开记录与告知文本 / model card, public record and notice, HTML and Markdown."""
    from serving.model_card import write_documents

    session: Session = context.obj
    try:
        written = write_documents(session.store, session.settings, session.state_dir, version, out)
    except OSError:
        raise not_written(out) from None
    session.report({"files": written}, [f"+ {name}" for name in written], as_json=as_json)


def not_written(path: Path) -> UsageError:
    """What is said where `--out` cannot be written."""
    return UsageError(
        "out_unwritable", f"无法写入 {path.name}，请换一处", f"{path.name} cannot be written; name another"
    )


def mlflow_ui(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="端口 / port")] = 5000,
) -> None:
    """打开MLflow自带网页（仅本机）/ MLflow's own page, on this machine only."""
    import uvicorn

    from training.registry import page_application

    session: Session = context.obj
    application = page_application(session.state_dir)
    session.say(
        f"MLflow：http://127.0.0.1:{port} （仅本机可访问，Ctrl+C 结束）",
        f"MLflow: http://127.0.0.1:{port} (this machine only, Ctrl+C ends)",
    )
    uvicorn.run(application, host="127.0.0.1", port=port, workers=1, log_level="warning", access_log=False)


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.command("mlflow-ui")(mlflow_ui)
    app.add_typer(model, name="model")
