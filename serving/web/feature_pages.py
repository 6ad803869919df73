"""Pages that tell what each feature is, and what one was over time for one matter and because of which events."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from data.contract import Register
from data.errors import NotFound
from data.mapping import DESCRIBES
from data.store import register
from data.times import cutoff_day, local_date
from features.catalog import CATALOG
from features.dictionary import GROUPS, sign_words
from features.feature import Feature, FeatureSet
from features.made_by import Answered
from serving import journal
from serving.card import place_of
from serving.deps import AnyCaller, Caller, MatterCaller, Service, service_of
from serving.feature_history import FeatureHistory, history_of, shown
from serving.matters import find
from serving.permissions import check_can_see_matter
from serving.web import render
from serving.web.text import TEXTS, translator
from serving.web.views import Translate, article_of

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureView:
    """One feature in the words of the page."""

    name: str
    title: str
    unit: str
    empty: str
    sign: str
    range: str
    source: str
    owner: str
    describes: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointView:
    """The value up to a day, and each record with what the value would be without it."""

    day: str
    value: str
    made: list[tuple[str, str, str]]


@router.get("/features")
def dictionary_page(request: Request, caller: AnyCaller) -> Response:
    """Every feature the product knows, and those declared beside the serving model."""
    features = _features(service_of(request))
    return render.page(request, caller, "features.html", groups=_groups(caller, features), total=len(features))


@router.get("/matters/{matter_id}/features")
def choose_page(request: Request, caller: MatterCaller, matter_id: str) -> Response:
    """The features of a matter to choose from; recorded as a view of the matter."""
    service = service_of(request)
    try:
        found = _open(service, caller, matter_id)
    except register.AliasNumber as alias:
        return Response(status_code=303, headers={"Location": f"/matters/{alias.matter_id}/features"})
    matter = found.matters.row(0, named=True)
    service.journal.record(caller.entry(journal.VIEW_MATTER, matter["office_id"], {"features": "all"}, matter_id))
    told = FeatureSet(features=tuple(one for one in _features(service) if not one.says_how))
    groups = _groups(caller, told)
    return render.page(
        request, caller, "matter_features.html", groups=groups, matter_id=matter_id, number=matter["matter_no"]
    )


@router.get("/matters/{matter_id}/features/{name}")
def history_page(request: Request, caller: MatterCaller, matter_id: str, name: str) -> Response:
    """One feature of a matter over time, with the records that made it where the caller sees its timeline."""
    service = service_of(request)
    chosen = next((one for one in _features(service) if one.name == name and not one.says_how), None)
    try:
        found = _open(service, caller, matter_id)
    except register.AliasNumber as alias:
        return Response(status_code=303, headers={"Location": f"/matters/{alias.matter_id}/features"})
    if chosen is None:
        raise NotFound("no_such_feature", "没有这项特征", "there is no such feature")
    told = history_of(
        service.store,
        service.settings,
        service.journal,
        caller.person,
        found,
        chosen,
        now=caller.now,
        request_id=caller.request_id,
    )
    t = translator(caller.language)
    return render.page(
        request,
        caller,
        "feature.html",
        matter_id=matter_id,
        number=told.matter["matter_no"],
        feature=_view(chosen, caller.language, t),
        points=[_point(told, point, caller.language, t) for point in reversed(told.points)],
        with_events=told.with_events,
    )


def _open(service: Service, caller: Caller, matter_id: str) -> Register:
    found = find(service, caller, matter_id)
    check_can_see_matter(caller.matters, place_of(found.matters.row(0, named=True)))
    return found


def _features(service: Service) -> FeatureSet:
    """The catalog, with what the serving model was fitted on besides."""
    serving = service.champions.current()
    return CATALOG if serving is None else serving.feature_set


def _groups(caller: Caller, features: FeatureSet) -> list[dict[str, Any]]:
    t = translator(caller.language)
    names = {**GROUPS, "declared": TEXTS["features.declared"]}
    place = 0 if caller.language == "zh" else 1
    found = [
        {
            "code": code,
            "title": title[place],
            "features": [_view(one, caller.language, t) for one in features if one.group == code],
        }
        for code, title in names.items()
    ]
    return [group for group in found if group["features"]]


def _view(one: Feature, language: str, t: Translate) -> FeatureView:
    zh = language == "zh"
    reason = one.reason_zh if zh else one.reason_en
    return FeatureView(
        name=one.name,
        title=one.zh if zh else one.en,
        unit=_known("unit", one.unit, t),
        empty=f"{one.empty:g}",
        sign=sign_words(one),
        range=f"{one.low:g} … {one.high:g}",
        source=article_of({"article": one.source}),
        owner=_known("owner", one.owner, t),
        describes=DESCRIBES[one.describes][0 if zh else 1] if one.describes else "",
        reason="" if reason is None else reason.replace("{value}", "N"),
    )


def _known(what: str, word: str, t: Translate) -> str:
    """A word of the catalog in the page's language; a site's own stands as it is."""
    return t(f"{what}.{word}") if f"{what}.{word}" in TEXTS else word


def _point(told: FeatureHistory, point: Answered, language: str, t: Translate) -> PointView:
    return PointView(
        day=cutoff_day(point.cutoff, told.time_zone).isoformat(),
        value=shown(point.value),
        made=[
            (
                f"{local_date(made.occurred_at, told.time_zone)} {told.name_of(made, language)}",
                t("features.known", day=local_date(made.known_from, told.time_zone).isoformat()),
                t("features.without", value=shown(made.without)),
            )
            for made in point.made_by
        ],
    )
