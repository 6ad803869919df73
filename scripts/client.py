"""Writes serving/client.py: a typed client of the interface, from the interface's own description."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from serving.app import API_VERSION, routers, routes
from serving.openapi import describe

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "serving" / "client.py"
_HEAD = '''"""A typed client of the interface: written from its description by scripts/client.py, never by hand."""

from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict, cast

import httpx

API_VERSION = "{version}"


class Refused(Exception):
    """The interface refused: `status`, the stable `code`, the words, the request id, and what is off field by field."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: int | None) -> None:
        super().__init__(f"{{status}} {{problem.get('code')}}: {{problem.get('title')}}")
        self.status = status
        self.code = str(problem.get("code"))
        self.title = str(problem.get("title"))
        self.request_id = str(problem.get("request_id"))
        self.errors = cast("list[dict[str, str]]", problem.get("errors", []))
        self.retry_after = retry_after
'''
_CLASS = '''

class Client:
    """Calls of the interface; `token` is a machine's, without one the session cookie of `http` counts.

    Every call raises Refused for a refusal, and httpx.HTTPError where there was no answer.
    """

    def __init__(self, http: httpx.Client, *, token: str | None = None, language: Literal["zh", "en"] = "zh") -> None:
        self._http = http
        self._headers = {"Accept-Language": language}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        match: str | None = None,
    ) -> Any:
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        headers = self._headers if match is None else {**self._headers, "If-Match": match}
        answer = self._http.request(method, path, params=asked, json=body, headers=headers)
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            told = answer.headers.get("content-type", "").startswith("application/problem+json")
            wait = answer.headers.get("retry-after")
            raise Refused(answer.status_code, answer.json() if told else {}, None if wait is None else int(wait))
        return answer.json()
'''


def document() -> dict[str, Any]:
    """The interface's description, as the application serves it."""
    app = FastAPI(title="petition-risk", version=API_VERSION)
    for router in routers():
        app.include_router(router)
    describe(app, [route for route in routes() if route.include_in_schema])
    return app.openapi()


def kind_of(schema: Mapping[str, Any]) -> str:
    """The type of a schema as Python writes it."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    if "anyOf" in schema:
        return " | ".join(kind_of(one) for one in schema["anyOf"])
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    if "enum" in schema:
        return f"Literal[{', '.join(repr(one) for one in schema['enum'])}]"
    match schema.get("type"):
        case "array" if "prefixItems" in schema:
            return f"tuple[{', '.join(kind_of(one) for one in schema['prefixItems'])}]"
        case "array":
            return f"list[{kind_of(schema['items'])}]"
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            return f"dict[str, {kind_of(schema['additionalProperties'])}]"
        case "object":
            return "dict[str, Any]"
        case kind:
            return {"integer": "int", "number": "float", "boolean": "bool", "null": "None"}.get(
                str(kind), "str" if kind else "Any"
            )


def in_order(schemas: Mapping[str, Any]) -> list[str]:
    """The names of the schemas but that of problems, each after those it is made of."""
    ordered: list[str] = []

    def add(name: str) -> None:
        for other in schemas:
            if other != name and f"'#/components/schemas/{other}'" in str(schemas[name]) and other not in ordered:
                add(other)
        if name not in ordered:
            ordered.append(name)

    for name in schemas:
        if name != "Problem":
            add(name)
    return ordered


def shapes(schemas: Mapping[str, Any]) -> str:
    """A TypedDict for every object, a name for everything else."""
    written: list[str] = []
    for name in in_order(schemas):
        schema = schemas[name]
        if schema.get("type") != "object":
            written.append(f"\n{name} = {kind_of(schema)}\n")
            continue
        required = set(schema.get("required", ()))
        # An answer always has all its fields; only what is sent may leave some out.
        sent = schema.get("additionalProperties") is False
        lines = [f'\n\nclass {name}(TypedDict):\n    """{_first(schema)}"""\n']
        for field, kind in schema.get("properties", {}).items():
            told = kind_of(kind)
            lines.append(f"    {field}: {f'NotRequired[{told}]' if sent and field not in required else told}")
        written.append("\n".join(lines) + "\n")
    return "".join(written)


def calls(paths: Mapping[str, Any]) -> str:
    """A method for every operation under /v1."""
    written: list[str] = []
    for path, operations in paths.items():
        if not path.startswith("/v1/"):
            continue
        for method, operation in operations.items():
            written.append(_call(path, method, operation))
    return "".join(written)


def _call(path: str, method: str, operation: Mapping[str, Any]) -> str:
    named = operation.get("parameters", [])
    places = [one for one in named if one["in"] == "path"]
    query = [one for one in named if one["in"] == "query"]
    arguments = [f"{one['name']}: {kind_of(one['schema'])}" for one in places]
    given = [f'"{method.upper()}"', f'f"{path}"' if places else f'"{path}"']
    body = operation.get("requestBody")
    if body is not None:
        arguments.append(f"body: {kind_of(body['content']['application/json']['schema'])}")
        given.append("body=body")
    if query:
        arguments.append("*")
        arguments += [f"{one['name']}: {_optional(kind_of(one['schema']))} = None" for one in query]
        names = [one["name"] for one in query]
        given.append("query={" + ", ".join(f'"{name}": {name}' for name in names) + "}")
    if "412" in operation["responses"]:
        arguments += ["*", "match: str | None = None"]
        given.append("match=match")
    told = kind_of(operation["responses"]["200"]["content"]["application/json"]["schema"])
    about = operation["description"].splitlines()[0]
    return (
        f"\n    def {operation['operationId']}({', '.join(['self', *arguments])}) -> {told}:\n"
        f'        """{about}"""\n'
        f"        return cast({told!r}, self._call({', '.join(given)}))\n"
    )


def _optional(kind: str) -> str:
    return kind if kind.endswith("None") else f"{kind} | None"


def _first(schema: Mapping[str, Any]) -> str:
    return str(schema.get("description", schema.get("title", ""))).splitlines()[0]


def page() -> str:
    """The whole module, formatted."""
    made = document()
    text = _HEAD.format(version=API_VERSION) + shapes(made["components"]["schemas"]) + _CLASS + calls(made["paths"])
    ruff = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(PAGE), "-"]
    return subprocess.run(ruff, input=text, capture_output=True, text=True, check=True, encoding="utf-8").stdout  # noqa: S603


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} ✓")  # noqa: T201
