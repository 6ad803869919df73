"""What the interface's description says beyond what is read from the routes: problems, the cookie, the rules."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from serving.permissions import MACHINE_RIGHTS, RIGHTS, Right
from serving.problems import BY_STATUS, MEDIA_TYPE
from serving.sessions import COOKIE

_ABOUT = """\
Reads the monthly sweep and the handling of matters, and scores **registered matters of the caller's own office**.

* Answers carry a band, reasons and a range per hundred; never a bare probability.
* A score never refuses, delays or lessens reception, review, hearing or aid. It is no judgement of a person.
* Every view and score is recorded with user, matter and request id.
* Kinds of contact are no parameter anywhere; unknown query parameters are refused.
"""
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details, in the caller's language, without submitted values.",
    "required": ["type", "title", "status", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "stable"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["where", "message"],
                "properties": {"where": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_VERSION = "$response.body#/items/0/version"
_MATTER = "$response.body#/items/0/matter_id"
#: What may be asked with an answer in hand: operation → [(operation, its path parameters, its body)].
_LINKS: dict[str, list[tuple[str, dict[str, str], dict[str, str] | None]]] = {
    "read_matters": [("score_matter", {}, {"matter_id": _MATTER})],
    "read_screening": [
        (
            "decide",
            {
                "screening_id": "$response.body#/screening_id",
                "matter_id": "$response.body#/entries/0/matter_id",
            },
            None,
        ),
        ("read_matter", {"matter_id": "$response.body#/entries/0/matter_id"}, None),
    ],
    "write_events": [("read_clocks", {"matter_id": "$response.body#/matter_ids/0"}, None)],
    "read_models": [
        (name, {"version": _VERSION}, None) for name in ("read_model_card", "propose", "approve", "refuse")
    ],
}


def describe(app: FastAPI, routes: list[APIRoute]) -> None:
    """Give the application its OpenAPI 3.1 document, made once at the first request for it."""

    def made() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, routes)
        return app.openapi_schema

    app.openapi = made


def _document(app: FastAPI, routes: list[APIRoute]) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, openapi_version="3.1.0", description=_ABOUT, routes=app.routes
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    document["components"]["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "set by the sign-in page"},
        "token": {"type": "http", "scheme": "bearer", "description": "a machine's token: writes events, reads clocks"},
    }
    for route in routes:
        for method in route.methods or ():
            _finish(document["paths"][route.path_format][method.lower()], route)
    return document


def _finish(operation: dict[str, Any], route: APIRoute) -> None:
    from serving.deps import right_of

    right = right_of(route)
    # What a client calls the operation: the name of the function, each of which is there once.
    operation["operationId"] = route.name
    answers = operation["responses"]
    statuses = [422, 500, 503]
    if right is not None and right is not Right.OPEN:
        operation["security"] = [{"session": []}, *([{"token": []}] if right in MACHINE_RIGHTS else [])]
        operation["description"] = f"{operation.get('description', '')}\n\nRoles: {', '.join(sorted(RIGHTS[right]))}."
        statuses += [401, 403]
    if "{" in route.path:
        statuses.append(404)
    if "requestBody" in operation:
        statuses += [400, 413]
    for status in sorted(statuses):
        if "model" in answers.get(str(status), {}) or (str(status) in answers and status == 503):
            continue
        answers[str(status)] = _problem(status)
    for status, answer in answers.items():
        if status.startswith("4") and "content" not in answer:
            answers[status] = _problem(int(status), answer["description"])
    links = {
        name: {"operationId": name, "parameters": parameters, **({} if body is None else {"requestBody": body})}
        for name, parameters, body in _LINKS.get(route.name, [])
    }
    if links:
        answers["200"]["links"] = links


def _problem(status: int, said: str | None = None) -> dict[str, Any]:
    code, zh, en = BY_STATUS.get(status, BY_STATUS[400])
    return {
        "description": said or en,
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                    "type": f"urn:petition-risk:problem:{code}",
                    "title": zh,
                    "status": status,
                    "code": code,
                    "request_id": "3f0c5b7a9d2e4c61",
                },
            }
        },
    }
