"""What surrounds every answer: headers, problems, health, counters, description, pages offline."""

import importlib
import json
import pkgutil
import re
from pathlib import Path

import pytest

from serving import api
from serving.api import shapes
from serving.app import routes
from tests.serving.conftest import Desk

STATIC = Path(__file__).parents[2] / "serving" / "static"


def test_security_headers_on_every_answer(desk: Desk) -> None:
    client = desk.client("petition_head")
    for path in ("/list", "/v1/screenings", "/healthz", "/nothing", "/static/app.css", "/sign-in", "/v1/nothing"):
        headers = client.get(path).headers
        csp = headers["content-security-policy"]
        assert "default-src 'self'" in csp
        assert "unsafe" not in csp
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert re.fullmatch(r"[0-9a-f]{16}", headers["x-request-id"])
        if not path.startswith("/static"):
            assert headers["cache-control"] == "no-store"


def test_a_well_formed_request_id_is_kept_and_another_is_not(desk: Desk) -> None:
    client = desk.client()
    assert (
        client.get("/healthz", headers={"X-Request-ID": "proxy-12345678"}).headers["x-request-id"] == "proxy-12345678"
    )
    assert client.get("/healthz", headers={"X-Request-ID": "a b\tc"}).headers["x-request-id"] != "a b\tc"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/v1/nothing", 404, "not_found"), ("/v1/models", 401, "not_signed_in"), ("/v1/score", 405, "method_not_allowed")],
)
def test_problems_have_a_stable_code_and_the_callers_language(desk: Desk, path: str, status: int, code: str) -> None:
    client = desk.client()
    for language, word in (("zh", "没有这个地址"), ("en", "no such address")):
        found = client.get(path, headers={"Accept-Language": language})
        assert found.status_code == status
        assert found.headers["content-type"] == "application/problem+json"
        body = found.json()
        assert (body["status"], body["code"]) == (status, code)
        assert body["request_id"] == found.headers["x-request-id"]
        if code == "not_found":
            assert body["title"] == word


def test_validation_errors_repeat_neither_values_nor_unknown_names(desk: Desk) -> None:
    client = desk.client("petition_head")
    secret = "张三13800000000"
    bodies = (
        {"matter_id": secret},
        {"matter_id": desk.matter("A-1"), secret: 1},
        {
            "matter_id": desk.matter("A-1"),
            "what_if": [{"kind": secret, "occurred_on": secret, "document_no": secret * 9}],
        },
    )
    for body in bodies:
        found = client.post("/v1/score", json=body)
        assert found.status_code == 422
        assert "张三" not in found.text
        assert "13800000000" not in found.text
        assert found.json()["errors"]
    broken = client.post("/v1/score", content=b'{"matter_id": ', headers={"Content-Type": "application/json"})
    assert broken.json()["errors"][0]["message"] == "不是有效的 JSON"


def test_large_bodies_are_refused(desk: Desk) -> None:
    client = desk.client("petition_head")
    found = client.post("/v1/score", json={"matter_id": "x" * 100_000})
    assert found.status_code == 413
    assert found.json()["code"] == "too_large"
    chunks = (b"x" * 10_000 for _ in range(10))
    streamed = client.post("/v1/score", content=chunks, headers={"Content-Type": "application/json"})
    assert (streamed.status_code, streamed.json()["code"]) == (413, "too_large")
    assert client.post("/sign-in", data={"user": "x" * 100_000}).status_code == 413


def test_an_error_of_our_own_shows_no_trace(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret value")

    client = desk.client("petition_head")
    monkeypatch.setattr("serving.api.screenings.lists.issued", broken)
    found = client.get("/v1/screenings")
    assert (found.status_code, found.json()["code"]) == (500, "internal")
    monkeypatch.setattr("serving.web.list_page.lists.issued", broken)
    page = client.get("/list")
    assert page.status_code == 500
    for answer in (found, page):
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
        assert answer.headers["x-request-id"] in answer.text
        assert "default-src" in answer.headers["content-security-policy"]


def test_health_and_readiness(desk: Desk) -> None:
    client = desk.client()
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["checks"] == {"store": "ok", "model": "rules_only", "clock": "ok"}
    desk.clock.now = 0
    assert client.get("/readyz").status_code == 503


def test_readiness_fails_without_the_store_and_liveness_does_not(desk: Desk) -> None:
    desk.store.close()
    path = desk.store.path
    assert path is not None
    for file in path.parent.glob("register.db*"):
        file.unlink()
    path.mkdir()
    client = desk.client()
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz", headers={"Cookie": "pr_session=x"}).status_code == 200


def test_the_log_is_json_without_matters_addresses_or_messages(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret value")

    client = desk.client("petition_head")
    client.get(f"/v1/matters/{desk.matter('A-1')}")
    client.get("/list?number=A-1")
    monkeypatch.setattr("serving.web.list_page.lists.issued", broken)
    client.get("/list")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["request", "request", "failed", "request"]
    assert lines[0]["route"] == "/v1/matters/{matter_id}"
    assert lines[2]["kind"] == "ZeroDivisionError"
    text = json.dumps(lines)
    for word in ("secret", "A-1", desk.matter("A-1"), "petition_head", "127.0.0.1"):
        assert word not in text


def test_metrics_name_routes_and_no_matter_kind_or_person(desk: Desk) -> None:
    client = desk.client("petition_head")
    client.get(f"/v1/matters/{desk.matter('A-1')}")
    text = client.get("/metrics").text
    assert 'route="/v1/matters/{matter_id}"' in text
    assert "petition_risk_rules_only 1.0" in text
    for word in (desk.matter("A-1"), "A-1", "visit", "contact", "petition_head", "C1"):
        assert word not in text
    labels = set(re.findall(r'[{,](\w+)="', text))
    assert labels <= {"method", "route", "status", "le", "result", "severity"}


def test_the_description_is_openapi_31_with_examples_and_rules(desk: Desk) -> None:
    document = desk.client().get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    described = {route.path for route in routes() if route.path.startswith("/v1/")}
    assert set(document["paths"]) == {"/healthz", "/readyz"} | described
    assert len(described) >= 25
    tokens = {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if {"token": []} in operation.get("security", ())
    }
    assert tokens == {"/v1/events", "/v1/matters/{matter_id}/clocks"}
    score = document["paths"]["/v1/score"]["post"]
    assert score["security"] == [{"session": []}]
    assert {"401", "403", "404", "409", "422", "429"} <= set(score["responses"])
    assert "handler" in score["description"]
    assert document["components"]["schemas"]["ScoreRequest"]["examples"]
    for path in document["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                if status.startswith("4"):
                    assert list(answer["content"]) == ["application/problem+json"], (operation["summary"], status)


def test_examples_of_the_description_fit_their_own_shapes() -> None:
    from pydantic import BaseModel

    checked = 0
    for info in pkgutil.iter_modules(api.__path__):
        module = importlib.import_module(f"{api.__name__}.{info.name}")
        for shape in vars(module).values():
            if isinstance(shape, type) and issubclass(shape, BaseModel) and shape is not BaseModel:
                extra = shape.model_config.get("json_schema_extra")
                for example in extra.get("examples", []) if isinstance(extra, dict) else []:
                    shape.model_validate_json(json.dumps(example))
                    checked += 1
    assert checked >= 10
    shapes.Assessment.model_validate(shapes.EXAMPLE)


def test_docs_and_pages_ask_nobody_else(desk: Desk) -> None:
    client = desk.client("steward")
    pages = [client.get(path).text for path in ("/docs", "/about", "/sign-in", "/models", "/monitor")]
    for page in pages:
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page)
        assert "<script>" not in page
        assert not re.findall(r'\son\w+="|style="', page)
    for name in ("app.css", "docs.js", "icon.svg", "swagger/swagger-ui.css", "swagger/swagger-ui-bundle.js"):
        assert client.get(f"/static/{name}").status_code == 200
    assert "http" not in (STATIC / "app.css").read_text(encoding="utf-8")
    assert (STATIC / "swagger" / "LICENSE").is_file()


def test_old_browsers_understand_the_style_sheet() -> None:
    css = re.sub(r"/\*.*?\*/", "", (STATIC / "app.css").read_text(encoding="utf-8"), flags=re.S)
    for new in (":has(", ":is(", ":where(", "@container", "@layer", "inset:", "aspect-ratio", "color-mix", "&", "dvh"):
        assert new not in css, new
    assert css.count("{") == css.count("}")


def test_static_files_do_not_lead_elsewhere(desk: Desk) -> None:
    client = desk.client()
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/", "/static/..%2fapp.py"):
        assert client.get(path).status_code == 404, path


def test_every_get_page_answers_head_or_405_and_no_other_method(desk: Desk) -> None:
    client = desk.client("petition_head")
    for route in routes():
        for method in ("PUT", "DELETE", "PATCH"):
            address = route.path.replace("{matter_id}", desk.matter("A-1")).replace("{screening_id}", "x")
            assert client.request(method, address).status_code == 405
