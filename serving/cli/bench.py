"""The verb bench: figures with their goals, printed again by one command."""

from typing import Annotated

import typer

from data.errors import UsageError
from serving.cli.options import Json
from serving.cli.session import Session, parse_day

NAMES = ("reference", "backtest", "features")


def bench(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="reference | backtest | features")],
    first: Annotated[str, typer.Option(help="reference：首个截止日 / first cutoff")] = "",
    last: Annotated[str, typer.Option(help="reference：最后截止日 / last cutoff")] = "",
    test_from: Annotated[str, typer.Option(help="reference：首个检验截止日 / first test cutoff")] = "",
    mapping: Annotated[str | None, typer.Option(help="导入时所用映射 / the mapping of the import")] = None,
    goal: Annotated[list[str] | None, typer.Option(help="目标 名=值 / a goal, figure=value")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="种子数 / how many seeds")] = 5,
    sample: Annotated[int, typer.Option(min=0, help="backtest：可见史基准抽样 / visible oracle's sample")] = 1500,
    matters: Annotated[int, typer.Option(min=100, help="features：事项数 / size of the register")] = 20_000,
    as_json: Json = False,
) -> None:
    """评测：数字与目标 / figures beside their goals."""
    session: Session = context.obj
    if name == "reference":
        from serving.bench.reference import run_reference

        if not (first and last and test_from):
            raise UsageError(
                "reference_needs",
                "bench reference 需要 --first、--last、--test-from（均为截止日）",
                "bench reference needs --first, --last and --test-from (cutoff days)",
            )
        result = run_reference(
            session,
            first=parse_day(first, "--first"),
            last=parse_day(last, "--last"),
            test_from=parse_day(test_from, "--test-from"),
            seeds=seeds,
            goals=parse_goals(goal or []),
            mapping=mapping,
        )
    elif name == "backtest":
        from serving.bench.backtest import run_backtest

        result = run_backtest(session, seeds=seeds, sample=sample)
    elif name == "features":
        from serving.bench.features import run_features

        result = run_features(matters=matters, seed=seeds)
    else:
        raise UsageError("bench", f"没有评测 {name}；可用：{'、'.join(NAMES)}", f"no bench {name}; {', '.join(NAMES)}")
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
    app.command()(bench)
