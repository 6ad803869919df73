"""Signing in by an OpenID provider: a real one on the loopback, with keys and a will of its own."""

import hashlib
import hmac
import json
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from data.errors import SettingsError
from data.settings import load_settings
from data.sign_on_settings import SignOnSettings
from data.store import users
from serving.oidc import VARIABLE, provider_of
from tests.serving.conftest import Desk, log_of

CLIENT, SECRET, OURS = "petition-risk", "a-secret-of-the-two", "https://ours.example"
KEY = RSAKey.generate_key(2048, parameters={"kid": "k1"})
OTHER_KEY = RSAKey.generate_key(2048, parameters={"kid": "k1"})


class Provider:
    """An OpenID provider: it keeps what a browser was sent with, and gives a token for the code once."""

    def __init__(self) -> None:
        self.person = "leader"
        self.now = 0
        #: How it misbehaves.
        self.claims: dict[str, Any] = {}
        self.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "k1"}, claims, KEY)
        self.answer: Any = None
        self.metadata: dict[str, Any] = {}
        self.asked: dict[str, dict[str, str]] = {}
        self.refused: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if path == "/.well-known/openid-configuration":
                    self._send(outer.described())
                elif path == "/jwks":
                    self._send({"keys": [KEY.as_dict(private=False)]})
                else:
                    self._send({}, 404)

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(sent).items()}
                self._send(*outer.token(form, self.headers.get("Authorization", "")))

            def _send(self, body: Any, status: int = 200) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def described(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            **self.metadata,
        }

    def authorize(self, location: str) -> dict[str, str]:
        """What the person's browser is sent back with after they signed in at the provider."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert location.startswith(f"{self.issuer}/authorize?")
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] == f"{OURS}/sign-on/answer"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self.asked)}"
        self.asked[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer, "session_state": "s"}

    def token(self, form: dict[str, str], authorization: str) -> tuple[Any, int]:
        asked = self.asked.pop(form.get("code", ""), None)
        challenge = urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        basic = "Basic " + b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        wrong = [
            name
            for name, right in {
                "code": asked is not None,
                "verifier": asked is not None and asked["code_challenge"].encode() == challenge,
                "redirect_uri": form.get("redirect_uri") == f"{OURS}/sign-on/answer",
                "grant_type": form.get("grant_type") == "authorization_code",
                "client": authorization == basic or form.get("client_secret") == SECRET,
            }.items()
            if not right
        ]
        if wrong or asked is None:
            self.refused += wrong
            return {"error": "invalid_grant"}, 400
        if self.answer is not None:
            return self.answer, 200
        claims = {
            "iss": self.issuer, "sub": "4711", "aud": CLIENT, "iat": self.now, "exp": self.now + 300,
            "nonce": asked["nonce"], "preferred_username": self.person, **self.claims,
        }  # fmt: skip
        kept = {name: value for name, value in claims.items() if value is not None}
        return {"access_token": "a", "token_type": "Bearer", "id_token": self.sign(kept)}, 200


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def behind(desk: Desk, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The service that knows this provider."""
    monkeypatch.setenv(VARIABLE, SECRET)
    provider.now = desk.clock() // 1_000_000
    return desk.with_settings(sign_on=SignOnSettings(issuer=provider.issuer, client_id=CLIENT, address=OURS))


def come_back(client: Any, provider: Provider, **other: str) -> Any:
    """Go to the provider and come back with its answer."""
    away = client.get("/sign-on?next=/list")
    assert away.status_code == 303
    return client.get("/sign-on/answer", params={**provider.authorize(away.headers["location"]), **other})


def why(desk: Desk) -> Any:
    (entry,) = [one for one in log_of(desk) if one.action == "sign_in_failed"]
    assert entry.user_id == "unknown"
    return entry.detail


def test_a_person_of_the_provider_comes_in_and_back(behind: Desk, provider: Provider) -> None:
    client = behind.client()
    page = client.get("/sign-in?next=/list")
    assert 'href="/sign-on?next=%2Flist"' in page.text
    back = come_back(client, provider)
    assert (back.status_code, back.headers["location"]) == (303, "/list")
    assert client.get("/list").status_code == 200
    entry = log_of(behind)[0]
    assert (entry.action, entry.user_id, entry.office_id, entry.detail) == ("sign_in", "leader", "C1", {"by": "oidc"})
    assert provider.refused == []
    assert "pr_away" not in client.cookies


def test_the_provider_is_asked_with_the_secret_in_the_way_it_takes(behind: Desk, provider: Provider) -> None:
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert come_back(behind.client(), provider).headers["location"] == "/list"


def test_the_same_answer_proves_nobody_twice(behind: Desk, provider: Provider) -> None:
    client = behind.client()
    away = client.get("/sign-on").headers["location"]
    answer = provider.authorize(away)
    kept = client.cookies["pr_away"]
    assert client.get("/sign-on/answer", params=answer).status_code == 303
    assert client.get("/sign-on/answer", params=answer).status_code == 403
    stolen = behind.client()
    stolen.cookies.set("pr_away", kept)
    assert stolen.get("/sign-on/answer", params=answer).status_code == 403
    assert provider.refused[0] == "code"


def test_an_answer_for_another_browser_proves_nobody(behind: Desk, provider: Provider) -> None:
    mine, other = behind.client(), behind.client()
    answer = provider.authorize(mine.get("/sign-on").headers["location"])
    other.get("/sign-on")
    for victim in (other, behind.client()):
        refused = victim.get("/sign-on/answer", params=answer)
        assert refused.status_code == 403
        assert "pr_session" not in victim.cookies
    assert {one.detail["why"] for one in log_of(behind)} == {"state"}


WRONG: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "n"},
    "no nonce": {"nonce": None},
    "for another client": {"aud": "elsewhere"},
    "for several, us not among them": {"aud": ["elsewhere", "other"]},
    "handed on by another": {"azp": "elsewhere"},
    "by another issuer": {"iss": "https://elsewhere.example"},
    "no end": {"exp": None},
    "over": {"exp": 1},
    "from tomorrow": {"iat": 4_000_000_000},
    "nobody": {"sub": None},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
def test_a_token_that_is_not_for_this_sign_in_proves_nobody(
    behind: Desk, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    client = behind.client()
    refused = come_back(client, provider)
    assert refused.status_code == 403
    assert "没有确认您的身份" in refused.text
    assert "pr_session" not in client.cookies
    assert why(behind) == {"by": "oidc", "why": "id_token"}


def _part(body: bytes) -> str:
    return urlsafe_b64encode(body).rstrip(b"=").decode()


def _unsigned(claims: dict[str, Any]) -> str:
    return f"{_part(json.dumps({'alg': 'none'}).encode())}.{_part(json.dumps(claims).encode())}."


def _with_public_key(claims: dict[str, Any]) -> str:
    """With the provider's public key, taken for a shared one."""
    head = f"{_part(json.dumps({'alg': 'HS256', 'kid': 'k1'}).encode())}.{_part(json.dumps(claims).encode())}"
    return f"{head}.{_part(hmac.digest(KEY.as_pem(private=False), head.encode(), 'sha256'))}"


SIGNED = {
    "with another key": lambda claims: jwt.encode({"alg": "RS256", "kid": "k1"}, claims, OTHER_KEY),
    "not at all": _unsigned,
    "with what everybody knows": _with_public_key,
    "as no token": lambda _: "a.b.c",
}


@pytest.mark.parametrize("sign", SIGNED.values(), ids=SIGNED)
def test_a_token_not_signed_by_the_provider_proves_nobody(behind: Desk, provider: Provider, sign: Any) -> None:
    provider.sign = sign
    assert come_back(behind.client(), provider).status_code == 403
    assert why(behind) == {"by": "oidc", "why": "id_token"}


@pytest.mark.parametrize(
    ("other", "said"),
    [({"error": "access_denied", "error_description": "<b>no</b>"}, "denied"), ({"iss": "https://e.example"}, "iss")],
)
def test_what_the_provider_refuses_or_another_answers_proves_nobody(
    behind: Desk, provider: Provider, other: dict[str, str], said: str
) -> None:
    refused = come_back(behind.client(), provider, **other)
    assert refused.status_code == 403
    assert "<b>" not in refused.text
    assert why(behind) == {"by": "oidc", "why": said}


def test_no_account_comes_of_it_and_a_disabled_one_stays_out(behind: Desk, provider: Provider) -> None:
    before = users.read_users(behind.store)
    provider.person = "nobody_here"
    refused = come_back(behind.client(), provider)
    assert (refused.status_code, "没有对应的有效账号" in refused.text) == (403, True)
    assert users.read_users(behind.store) == before
    users.disable_user(behind.store, "leader", at=behind.clock())
    provider.person = "leader"
    assert come_back(behind.client(), provider).status_code == 403
    assert [(e.action, e.user_id) for e in log_of(behind)] == [
        ("sign_in_failed", "unknown"),
        ("sign_in_failed", "leader"),
    ]


def test_an_answer_without_a_token_or_a_name_proves_nobody(behind: Desk, provider: Provider) -> None:
    provider.answer = {"access_token": "a", "token_type": "Bearer"}
    assert come_back(behind.client(), provider).status_code == 403
    assert why(behind)["why"] == "no_id_token"


def test_a_silent_or_strange_provider_is_told_and_passwords_still_work(behind: Desk, provider: Provider) -> None:
    provider.metadata = {"issuer": "https://elsewhere.example"}
    silent = behind.client().get("/sign-on")
    assert silent.status_code == 503
    assert "统一身份服务暂时没有应答" in silent.text
    provider.metadata = {"jwks_uri": "ftp://elsewhere.example"}
    assert behind.client().get("/sign-on").status_code == 503
    assert behind.client().get("/sign-in").status_code == 200


def test_twenty_answers_that_prove_nobody_make_an_address_wait(behind: Desk) -> None:
    client = behind.client()
    codes = [client.get("/sign-on/answer?code=x&state=y").status_code for _ in range(21)]
    assert codes == [403] * 20 + [429]


def test_as_shipped_there_is_no_provider(desk: Desk) -> None:
    client = desk.client()
    for path in ("/sign-on", "/sign-on/answer?code=x&state=y"):
        assert client.get(path).headers["location"].startswith("/sign-in")


def test_settings_by_half_and_readable_secrets_are_refused(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="goes with"):
        desk.with_settings(sign_on=SignOnSettings(issuer="https://idp.example"))
    for place in ("http://idp.example", "https://idp.example/?a=b", "idp.example", "https://u:p@idp.example"):
        with pytest.raises(SettingsError):
            load_settings(None, {"PETITION_RISK_SIGN_ON__ISSUER": place})
    path = tmp_path / "secret"
    path.write_text(SECRET)
    path.chmod(0o644)
    asked = SignOnSettings(issuer="https://idp.example", client_id="c", address=OURS)
    with pytest.raises(SettingsError, match="600"):
        provider_of(asked, {f"{VARIABLE}_FILE": str(path)})
    path.chmod(0o600)
    made = provider_of(asked, {f"{VARIABLE}_FILE": str(path)})
    assert made is not None
    assert made.secret == SECRET
    assert load_settings(None, {f"{VARIABLE}_FILE": str(path), VARIABLE: "x"}).sign_on.issuer is None
