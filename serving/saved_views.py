"""What a person may keep of a page's filters under a name, and how it is renamed or removed.

A view is its owner's alone.  It holds choices of the closed lists of the page and no typed search; what the page does
not offer (any choice by kind of contact, red line 7) is refused, not left out in silence.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from data.errors import InputRefused, NotFound
from data.store import register, views
from data.store.views import SavedView
from data.vocabulary import CATEGORIES, CAUSES
from serving import acts
from serving.acts import NotNow
from serving.card import place_of
from serving.deps import Caller, Service

#: So many views of an account.
MOST = 20
LONGEST_NAME = 20
#: The pages with filters, and what of their addresses is kept; () where the values are the ledger's own words.
PAGES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "list": {
        "office": (),
        "part": ("must", "hand", "model", "spot", "review"),
        "department": (),
        "handler": (),
        "category": tuple(CATEGORIES),
        "cause": tuple(CAUSES),
        "clock": ("late", "week", "later", "none"),
        "state": ("pending", "bare", "planned"),
        "sort": ("due", "number", "handler"),
    },
    "matters": {
        "office": (),
        "department": (),
        "handler": (),
        "category": tuple(CATEGORIES),
        "cause": tuple(CAUSES),
        "clock": ("late", "week", "later", "none"),
        "state": ("pending", "bare", "planned"),
        "month": (),
        "sort": ("due", "handler"),
    },
}
#: Where one stands on a page, or what was typed into a search: never kept.
_PASSING = frozenset({"screening", "page", "number", "lang"})


def kept(service: Service, caller: Caller, page: str) -> list[SavedView]:
    """The caller's own views of a page."""
    return [one for one in views.views_of(service.store, caller.person.user_id) if one.page == page]


def address(view: SavedView) -> str:
    """Where a view leads."""
    return f"/{view.page}?{urlencode(view.query)}"


def choices(service: Service, caller: Caller, here: str) -> tuple[str, dict[str, str]]:
    """Page and choices of an address; raises InputRefused for what is no page or no choice of it for the caller."""
    asked = urlsplit(here)
    page = asked.path.removeprefix("/")
    if page not in PAGES:
        raise InputRefused("view_page", "此页没有可保存的视图", "this page has no views")
    offered, found, wrong = PAGES[page], dict[str, str](), list[str]()
    for name, value in parse_qsl(asked.query):
        if name in _PASSING:
            continue
        closed = offered.get(name)
        if closed is None or (closed and value not in closed):
            wrong.append(name)
        else:
            found[name] = value
    if wrong or not _in_ledger(service, caller, found):
        raise InputRefused(
            "view_filter",
            "含有本页没有的筛选条件，不能保存",
            "these are no filters of this page and cannot be kept",
        )
    if not found.keys() - {"office"}:
        raise InputRefused("view_empty", "请先选择筛选条件或排序，再保存", "choose a filter or an order first")
    return page, found


def save(service: Service, caller: Caller, here: str, name: str) -> None:
    """Keep the choices of an address under a name; the same again changes nothing.

    Raises InputRefused for a name that is missing, too long or may not be kept, or choices that may not; NotNow where
    the name is taken or the account has its number.
    """
    page, query = choices(service, caller, here)
    given = _name(service, caller, name)
    with service.store.write():
        mine = views.views_of(service.store, caller.person.user_id)
        same = next((one for one in mine if (one.page, one.name) == (page, given)), None)
        if same is not None and dict(same.query) == query:
            return
        if same is not None:
            raise _taken()
        if len(mine) >= MOST:
            raise NotNow(
                "views_full", f"最多保存 {MOST} 个视图，请先删除不用的", f"at most {MOST} views; remove one first"
            )
        views.add(service.store, user_id=caller.person.user_id, page=page, name=given, query=query, at=caller.now)


def rename(service: Service, caller: Caller, view_id: int, name: str) -> None:
    """Give the caller's view another name. Raises as `save`; NotFound for a view that is not theirs."""
    given = _name(service, caller, name)
    with service.store.write():
        mine = views.views_of(service.store, caller.person.user_id)
        view = _own(mine, view_id)
        if any(one.page == view.page and one.name == given and one.view_id != view_id for one in mine):
            raise _taken()
        views.rename(service.store, view_id, given)


def remove(service: Service, caller: Caller, view_id: int) -> None:
    """Remove the caller's view; one that is gone already stays gone. Raises NotFound for somebody else's."""
    with service.store.write():
        mine = views.views_of(service.store, caller.person.user_id)
        if any(one.view_id == view_id for one in mine):
            views.remove(service.store, view_id)


def _in_ledger(service: Service, caller: Caller, query: Mapping[str, str]) -> bool:
    """Whether office, department and handler are values of the ledger the caller sees, and no text of their own."""
    scope = caller.matters
    office = query.get("office", scope.offices[0])
    if office not in scope.offices:
        return False
    asked = {name: query[name] for name in ("department", "handler") if name in query}
    mine = [row for row in register.matters_of_office(service.store, office).to_dicts() if scope.holds(place_of(row))]
    return all(any(row[name] == value for row in mine) for name, value in asked.items())


def _name(service: Service, caller: Caller, name: str) -> str:
    given = " ".join(name.split())
    if not given or len(given) > LONGEST_NAME:
        raise InputRefused(
            "view_name",
            f"请写视图名称，不超过 {LONGEST_NAME} 个字",
            f"name it in at most {LONGEST_NAME} characters",
        )
    acts.check_texts(service, caller, [given], office_id=caller.matters.offices[0])
    return given


def _own(mine: list[SavedView], view_id: int) -> SavedView:
    for one in mine:
        if one.view_id == view_id:
            return one
    raise NotFound("no_such_view", "没有该视图", "no such view")


def _taken() -> NotNow:
    return NotNow("view_taken", "已有同名视图，请换一个名称", "a view of this name is there already; choose another")
