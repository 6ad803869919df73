"""How requests that wait at the same time are answered together, in one call outside the event loop.

While one group is being answered the next gathers, and the more ask at once the less each of them costs.  Who asks
alone never waits; where several were answered together, the first of them to ask again waits a moment for the others.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

#: Seconds for those just answered to ask again: less than one commit takes, more than a turn of the event loop.
_MOMENT = 0.0015
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Line(Generic[Asked, Answer]):
    """Who waits in one event loop, the task that answers them, and how many it answered last."""

    waiting: "list[tuple[Asked, asyncio.Future[Answer]]]" = field(
        default_factory=list["tuple[Asked, asyncio.Future[Answer]]"]
    )
    task: "asyncio.Task[None] | None" = None
    last: int = 0


@dataclass(slots=True)
class InGroups(Generic[Asked, Answer]):
    """`work` takes what a group asked, in order, and gives as many answers; what it raises is raised for all of it."""

    work: Callable[[list[Asked]], list[Answer]]
    _lines: "WeakKeyDictionary[asyncio.AbstractEventLoop, _Line[Asked, Answer]]" = field(
        default_factory=WeakKeyDictionary["asyncio.AbstractEventLoop", "_Line[Asked, Answer]"]
    )

    async def answer(self, asked: Asked) -> Answer:
        """The answer of the next group."""
        loop = asyncio.get_running_loop()
        line = self._lines.setdefault(loop, _Line[Asked, Answer]())
        future: asyncio.Future[Answer] = loop.create_future()
        line.waiting.append((asked, future))
        if line.task is None:
            line.task = loop.create_task(self._go(line))
        return await future

    async def _go(self, line: _Line[Asked, Answer]) -> None:
        loop = asyncio.get_running_loop()
        while line.waiting:
            if len(line.waiting) < line.last:
                await asyncio.sleep(_MOMENT)
            group, line.waiting = line.waiting, []
            line.last = len(group)
            try:
                answers = await loop.run_in_executor(None, self.work, [asked for asked, _ in group])
            except Exception as problem:
                for _, future in group:
                    if not future.done():  # who asked has gone
                        future.set_exception(problem)
            else:
                for (_, future), answer in zip(group, answers, strict=True):
                    if not future.done():
                        future.set_result(answer)
        line.task = None
