"""Which screenings and entries a person may read: the one place where lists meet the scope."""

from collections.abc import Sequence

from data.errors import NotFound
from data.store import flags, register, screenings
from data.store.engine import Store
from data.store.screenings import Screening
from data.store.users import UserRole
from serving.office_lines import HAND, REVIEW, Line, office_lines, standing_plans
from serving.permissions import Scope

__all__ = ["HAND", "REVIEW", "Line", "by_rules", "current", "find", "issued", "lines", "offices_with", "standing_plans"]
_HEADS = frozenset({UserRole.DEPARTMENT_HEAD, UserRole.PETITION_HEAD})


def issued(store: Store, scope: Scope, *, limit: int | None = None) -> list[Screening]:
    """The issued screenings that concern an office of the scope, the latest first; a scope that is no office is all."""
    tree = dict(register.office_tree(store))
    concerned = set(scope.offices)
    at: str | None = scope.offices[0]
    while at is not None:
        concerned.add(at)
        at = tree.get(at)
    found = [one for one in screenings.read_screenings(store) if one.scope in concerned or one.scope not in tree]
    return found if limit is None else found[:limit]


def find(store: Store, scope: Scope, screening_id: str) -> Screening:
    """One screening of the scope. Raises NotFound for any other."""
    for screening in issued(store, scope):
        if screening.screening_id == screening_id:
            return screening
    raise NotFound("screening_not_found", "没有找到该排查清单", "no such sweep list")


def current(store: Store, office_id: str) -> Screening | None:
    """The latest issued screening of an office: the one on which people decide."""
    return next(iter(issued(store, Scope(offices=(office_id,)), limit=1)), None)


def offices_with(store: Store, screening: Screening, scope: Scope, role: UserRole) -> list[str]:
    """The offices of the scope on whose list something may stand for a reader of this role, in the scope's order.

    Without looking at every matter: that a person may see one of them is for `lines` to say.
    """
    hidden = REVIEW if role not in _HEADS else HAND
    found = screenings.offices_listed(store, screening.screening_id, offices=scope.offices, without=hidden)
    found |= {put.office_id for put in flags.put_forward_for(store, screening.cutoff, scope.offices)}
    return [office for office in scope.offices if office in found]


def by_rules(screening: Screening, office_id: str) -> bool:
    """Whether an office's list was made by rules: no model, or too few of its numbers were checked for links."""
    return screening.mode == "rules" or office_id in (screening.summary or {}).get("by_rules", ())


def lines(
    store: Store,
    screening: Screening,
    scope: Scope,
    role: UserRole,
    *,
    offices: Sequence[str] | None = None,
    matter_id: str | None = None,
) -> list[Line]:
    """The entries a person may see, of all offices of the scope or some of them, by office, part and rank.

    After them what was put forward by hand, in the order it came.
    """
    wanted = [office for office in scope.offices if offices is None or office in offices]
    found = {office: office_lines(store, screening, office, matter_id=matter_id) for office in wanted}
    stored = [line for office in sorted(wanted) for line in found[office] if line.entry.part != HAND]
    whole = stored + [line for office in wanted for line in found[office] if line.entry.part == HAND]
    return [line for line in whole if scope.holds(line.place) and (line.entry.part != REVIEW or role in _HEADS)]
