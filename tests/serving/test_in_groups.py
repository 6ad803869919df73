"""Who waits at the same time is answered in one call, each with the own answer, and a failure is everybody's."""

import asyncio

import pytest

from serving.in_groups import InGroups
from tests.serving.loops import in_own_loop


def test_who_comes_while_a_group_is_answered_is_the_next_group() -> None:
    groups: list[list[int]] = []

    def work(asked: list[int]) -> list[int]:
        groups.append(asked)
        return [10 * one for one in asked]

    async def all_at_once() -> list[int]:
        line = InGroups(work)
        return await asyncio.gather(*(line.answer(one) for one in range(8)))

    assert in_own_loop(all_at_once) == [10 * one for one in range(8)]
    assert [one for group in groups for one in group] == list(range(8))
    assert len(groups) < 8


def test_who_was_answered_together_is_answered_together_again_and_one_alone_at_once() -> None:
    groups: list[int] = []

    def work(asked: list[int]) -> list[int]:
        groups.append(len(asked))
        return asked

    async def again_and_again() -> None:
        line = InGroups(work)
        assert await line.answer(0) == 0

        async def asks(one: int) -> None:
            for _ in range(3):
                assert await line.answer(one) == one

        await asyncio.gather(*map(asks, range(8)))

    in_own_loop(again_and_again)
    # The first of the eight may be under way before the others have come; from then on they are together.
    assert groups[0] == 1
    assert max(groups) == 8
    assert sum(groups) == 25


def test_a_failure_is_told_to_all_of_a_group_and_the_next_one_is_answered() -> None:
    def work(asked: list[int]) -> list[int]:
        if 1 in asked:
            raise OSError("no")
        return asked

    async def twice() -> int:
        line = InGroups(work)
        told = await asyncio.gather(line.answer(1), line.answer(1), return_exceptions=True)
        assert [type(one) for one in told] == [OSError, OSError]
        return await line.answer(2)

    assert in_own_loop(twice) == 2


def test_who_has_gone_holds_nobody_up() -> None:
    async def one_goes() -> int:
        line = InGroups[int, int](lambda asked: asked)
        gone = asyncio.ensure_future(line.answer(1))
        stays = asyncio.ensure_future(line.answer(2))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        return await stays

    assert in_own_loop(one_goes) == 2
