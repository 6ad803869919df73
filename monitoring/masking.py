"""Which cells of a table are not shown, so that no small one can be told from its total (G13)."""

from collections.abc import Sequence

from monitoring.figures import is_small

#: Hits and of how many.
Count = tuple[int, int]


def suppressed(counts: Sequence[Count]) -> list[bool]:
    """Which groups of one table with a published total are masked: small ones, and enough others to hide them.

    Together the masked ones are large enough themselves, so that the total less the shown ones tells of no small
    group.  Complementary cells are the smallest there are.
    """
    masked = [False] * len(counts)
    for seen in _passes(counts):
        masked = [own or is_small(*count) for own, count in zip(masked, seen, strict=True)]
        _complete(seen, masked, range(len(counts)))
    return masked


def suppressed_within(counts: Sequence[Count], classes: Sequence[str]) -> tuple[list[bool], dict[str, bool]]:
    """As `suppressed` where the classes that the groups fall into are published as well: masks of both.

    Neither a class less its shown groups, nor the total less the shown classes and groups, is small.
    """
    members = {name: [i for i, own in enumerate(classes) if own == name] for name in dict.fromkeys(classes)}
    masked, hidden = [False] * len(counts), dict.fromkeys(members, False)
    for seen in _passes(counts):
        masked = [own or is_small(*count) for own, count in zip(masked, seen, strict=True)]
        for name, inside in members.items():
            hidden[name] = not _complete(seen, masked, inside) or hidden[name]
        while any(hidden.values()):
            pool = [i for name, inside in members.items() if hidden[name] for i in inside]
            shown = [name for name in members if not hidden[name]]
            if _complete(seen, masked, pool) or not shown:
                break
            hidden[min(shown, key=lambda name: (sum(seen[i][1] for i in members[name]), name))] = True
    return masked, hidden


def _passes(counts: Sequence[Count]) -> tuple[Sequence[Count], Sequence[Count]]:
    """How many alone, then the hits: two measures of the same matters hide the same small groups."""
    return [(of, 2 * of) for _, of in counts], counts


def _complete(counts: Sequence[Count], masked: list[bool], among: Sequence[int]) -> bool:
    """Mask more of `among`, smallest first, until the masked are none or large; False where all do not suffice."""
    while True:
        chosen = [counts[i] for i in among if masked[i]]
        if not chosen or not is_small(sum(hits for hits, _ in chosen), sum(of for _, of in chosen)):
            return True
        left = [i for i in among if not masked[i]]
        if not left:
            return False
        masked[min(left, key=lambda i: (counts[i][1], i))] = True
