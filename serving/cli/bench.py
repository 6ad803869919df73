"""The verb bench: figures with their goals, printed again by one command."""

from pathlib import Path
from typing import Annotated

import typer

from data.errors import UsageError
from serving.cli.options import Json
from serving.cli.session import Session, parse_day

benches = typer.Typer(help="评测：数字与目标 / figures beside their goals.", no_args_is_help=True)

Seeds = Annotated[int, typer.Option(min=1, help="种子数 / how many seeds")]


@benches.command()
def reference(
    context: typer.Context,
    first: Annotated[str, typer.Option(help="首个截止日 / first cutoff")],
    last: Annotated[str, typer.Option(help="最后截止日 / last cutoff")],
    test_from: Annotated[str, typer.Option(help="首个检验截止日 / first test cutoff")],
    mapping: Annotated[str | None, typer.Option(help="导入时所用映射 / the mapping of the import")] = None,
    goal: Annotated[list[str] | None, typer.Option(help="目标 名=值 / a goal, figure=value")] = None,
    seeds: Seeds = 5,
    as_json: Json = False,
) -> None:
    """一份日志上的模型，由配置而来 / the model on a case log, from configuration alone."""
    from serving.bench.reference import run_reference

    session: Session = context.obj
    result = run_reference(
        session,
        first=parse_day(first, "--first"),
        last=parse_day(last, "--last"),
        test_from=parse_day(test_from, "--test-from"),
        seeds=seeds,
        goals=parse_goals(goal or []),
        mapping=mapping,
    )
    session.report(result.as_dict(), result.lines(), as_json=as_json)


@benches.command()
def backtest(
    context: typer.Context,
    seeds: Seeds = 5,
    draws: Annotated[int, typer.Option(min=0, help="可见史上限每快照重演数，0为不做 / visible oracle's draws")] = 100,
    as_json: Json = False,
) -> None:
    """模型、基准与上限，虚构省份上 / model, baselines and oracles on invented provinces."""
    from serving.bench.backtest import run_backtest

    session: Session = context.obj
    result = run_backtest(session, seeds=seeds, draws=draws)
    session.report(result.as_dict(), result.lines(), as_json=as_json)


@benches.command()
def features(
    context: typer.Context,
    matters: Annotated[int, typer.Option(min=100, help="事项数 / matters, beside the plain way")] = 200_000,
    large: Annotated[int, typer.Option(min=100, help="大台账事项数 / matters read from SQLite")] = 200_000,
    grow: Annotated[int, typer.Option(min=100, help="增长起点，终点为其十倍 / matters that grow tenfold")] = 20_000,
    full: Annotated[bool, typer.Option(help="一百万、二百万件 / 1 M from SQLite, 0.2 to 2 M growth")] = False,
    flattener: Annotated[
        str | None, typer.Option(help="装有 timeseriesflattener 的解释器 / an interpreter that has it")
    ] = None,
    seed: Annotated[int, typer.Option(min=1, help="种子 / seed")] = 5,
    as_json: Json = False,
) -> None:
    """特征引擎的快慢 / how fast features are built."""
    from serving.bench.features import run_features

    session: Session = context.obj
    start = 200_000 if full else grow
    result = run_features(
        matters=matters,
        large_matters=1_000_000 if full else large,
        growth=(start, 10 * start),
        seed=seed,
        interpreter=flattener,
    )
    session.report(result.as_dict(), result.lines(), as_json=as_json)


@benches.command()
def screen(
    context: typer.Context,
    matters: Annotated[int, typer.Option(min=100, help="在办事项数 / open matters")] = 100_000,
    full: Annotated[bool, typer.Option(help="另测一百万、二百万件 / one and two million open matters too")] = False,
    pages: Annotated[bool, typer.Option(help="页面快慢 / pages beside the job")] = True,
    seed: Annotated[int, typer.Option(min=1, help="种子 / seed")] = 5,
    as_json: Json = False,
) -> None:
    """月排查的快慢，逐阶段 / how fast the monthly job is, stage by stage."""
    from serving.bench.screen import run_screen

    session: Session = context.obj
    result = run_screen(seed=seed, matters=matters, full=full, pages=pages)
    session.report(result.as_dict(), result.lines(), as_json=as_json)


@benches.command()
def monitor(
    context: typer.Context,
    matters: Annotated[int, typer.Option(min=100, help="在办事项数 / open matters")] = 20_000,
    full: Annotated[bool, typer.Option(help="一百万件 / a million matters")] = False,
    lists: Annotated[int, typer.Option(min=1, max=60, help="清单期数 / months of lists")] = 24,
    seed: Annotated[int, typer.Option(min=1, help="种子 / seed")] = 5,
    as_json: Json = False,
) -> None:
    """监测的快慢与内存，24期清单 / how fast the monitors are over two years of lists, and their memory."""
    from serving.bench.monitor import FULL, run_bench

    session: Session = context.obj
    result = run_bench(seed=seed, matters=FULL if full else matters, lists=lists)
    session.report(result.as_dict(), result.lines(), as_json=as_json)


@benches.command()
def watch(
    context: typer.Context,
    first: Annotated[str, typer.Option(help="首个学习截止日 / first cutoff to learn from")],
    train_until: Annotated[str, typer.Option(help="学习到此日为止 / learn until this day")],
    watch_from: Annotated[str, typer.Option(help="首个监测截止日 / first cutoff watched")],
    watch_until: Annotated[str, typer.Option(help="最后监测截止日 / last cutoff watched")],
    mapping: Annotated[str | None, typer.Option(help="导入时所用映射 / the mapping of the import")] = None,
    seed: Annotated[int, typer.Option(min=1, help="种子 / seed")] = 1,
    as_json: Json = False,
) -> None:
    """一份日志上逐月的监测与预估 / what the monitors say of a case log month by month, and what came."""
    from serving.bench.watch import Days, run_watch

    session: Session = context.obj
    days = Days(
        first=parse_day(first, "--first"),
        train_until=parse_day(train_until, "--train-until"),
        watch_from=parse_day(watch_from, "--watch-from"),
        watch_until=parse_day(watch_until, "--watch-until"),
    )
    result = run_watch(session, days, seed=seed, mapping=mapping)
    session.report(result.as_dict(), result.lines(), as_json=as_json)


@benches.command()
def ledger(
    context: typer.Context,
    rows: Annotated[int, typer.Option(min=1000, help="工作簿行数 / rows of the workbook")] = 100_000,
    events: Annotated[int, typer.Option(min=1000, help="日志事件数 / events of the log")] = 2_000_000,
    log: Annotated[Path | None, typer.Option(help="另测此文件 / a file of your own to time too")] = None,
    mapping: Annotated[str, typer.Option(help="该文件的映射 / the mapping of that file")] = "ledger",
    seed: Annotated[int, typer.Option(min=1, help="种子 / seed")] = 7,
    as_json: Json = False,
) -> None:
    """台账导入的快慢，杂乱台账的识别率 / how fast ledgers come in, how much of messy ones is mapped right."""
    from serving.bench.ledger import run_ledger

    session: Session = context.obj
    result = run_ledger(seed=seed, rows=rows, events=events, log=log, mapping=mapping)
    session.report(result.as_dict(), result.lines(), as_json=as_json)


@benches.command()
def train(
    context: typer.Context,
    matters: Annotated[int | None, typer.Option(min=500, help="事项数 / size of the register")] = None,
    cutoffs: Annotated[int, typer.Option(min=12, help="月末数 / month-ends")] = 24,
    folds: Annotated[int, typer.Option(min=3, max=12, help="时间段 / folds")] = 6,
    like_triage: Annotated[bool, typer.Option("--like-triage", help="同类工具的规模 / another tool's size")] = False,
    seed: Annotated[int, typer.Option(min=1, help="种子 / seed")] = 5,
    as_json: Json = False,
) -> None:
    """训练与回溯检验的快慢 / how long training and the back-test take."""
    from serving.bench.like_triage import run_like_triage
    from serving.bench.train import run_train

    session: Session = context.obj
    result = (
        run_like_triage(matters=matters or 20_000, seed=seed)
        if like_triage
        else run_train(session, matters=matters or 200_000, cutoffs=cutoffs, folds=folds, seed=seed)
    )
    session.report(result.as_dict(), result.lines(), as_json=as_json)


@benches.command()
def serve(
    context: typer.Context,
    seconds: Annotated[int, typer.Option(min=1, max=60, help="每项压测秒数 / seconds of each load")] = 5,
    matters: Annotated[
        int, typer.Option(min=0, help="清单页面的在办事项数，0不测 / open matters of the list page")
    ] = 100_000,
    seed: Annotated[int, typer.Option(min=1, help="种子 / seed")] = 5,
    as_json: Json = False,
) -> None:
    """服务的快慢，与 mlflow models serve 并列 / how fast the service answers, on a demonstration's state."""
    from serving.bench.serve import run_serve

    session: Session = context.obj
    result = run_serve(session.state_dir, seed=seed, seconds=seconds, matters=matters)
    session.report(result.as_dict(), result.lines(), as_json=as_json)


@benches.command()
def pages(
    context: typer.Context,
    matters: Annotated[int, typer.Option(min=100, help="在办事项数 / open matters")] = 100_000,
    asked: Annotated[int, typer.Option(min=2, max=200, help="每页次数 / times each page is asked for")] = 10,
    seed: Annotated[int, typer.Option(min=1, help="种子 / seed")] = 5,
    as_json: Json = False,
) -> None:
    """每个角色每一页面的快慢 / how fast every page is, for every role, on a large store."""
    from serving.bench.pages import run_pages

    session: Session = context.obj
    result = run_pages(seed=seed, matters=matters, asked=asked)
    session.report(result.as_dict(), result.lines(), as_json=as_json)


@benches.command()
def soak(
    context: typer.Context,
    minutes: Annotated[float, typer.Option(min=0.3, max=120, help="分钟 / minutes")] = 10,
    seed: Annotated[int, typer.Option(min=1, help="种子 / seed")] = 5,
    as_json: Json = False,
) -> None:
    """混合负载下换模型、杀进程、跑排查 / mixed load with a model swapped, a worker killed, a sweep run."""
    from serving.bench.soak import run_soak

    session: Session = context.obj
    result = run_soak(session.state_dir, seconds=round(60 * minutes), seed=seed)
    session.report(result.as_dict(), result.lines(), as_json=as_json)


@benches.command()
def traps(
    context: typer.Context,
    seeds: Seeds = 5,
    only: Annotated[list[str] | None, typer.Option(help="只看这些陷阱 / only these traps")] = None,
    as_json: Json = False,
) -> None:
    """埋设的异常多久被发现，误报多少 / how soon planted traps are found, how many false alarms."""
    from serving.bench.traps import run_traps

    session: Session = context.obj
    result = run_traps(seeds=seeds, settings=session.settings, only=only or ())
    session.report(result.as_dict(), result.lines(), as_json=as_json)


def parse_goals(texts: list[str]) -> dict[str, float]:
    """Goals given as figure=value. Raises UsageError."""
    goals: dict[str, float] = {}
    for text in texts:
        figure, _, value = text.partition("=")
        try:
            goals[figure] = float(value)
        except ValueError:
            raise UsageError("goal", f"目标须写成 名=值，收到 {text}", f"a goal is figure=value; got {text}") from None
    return goals


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.add_typer(benches, name="bench")
