"""Who the office's OpenID provider says somebody is: authorization code with PKCE, state and nonce, by Authlib.

Everything a sign-in has to remember is derived from one random value in a cookie of the browser that began it.
"""

import hmac
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from data.errors import PetitionRiskError, SettingsError
from data.sign_on_settings import SignOnSettings

VARIABLE = "PETITION_RISK_OIDC_SECRET"
ANSWER = "/sign-on/answer"
#: Signatures by a key of the provider's own; none, and none with a key that is shared.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_TIMEOUT_S = 5
_LEEWAY_S = 60
_KEEP_US = 3_600_000_000


class ProviderSilent(PetitionRiskError):
    """The provider does not answer, or not as one."""

    exit_code = 15
    status = 503

    def __init__(self) -> None:
        super().__init__(
            "sign_on_silent",
            "统一身份服务暂时没有应答，请稍后再试，或用密码登录",
            "the office's sign-on does not answer; try again later, or sign in with a password",
        )


class NotProven(Exception):
    """The answer proves nobody; `why` is one word for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class Provider:
    """The provider of the settings, what it says of itself (read once an hour), and our secret with it, if any."""

    settings: SignOnSettings
    secret: str | None = None
    _said: dict[str, Any] | None = None
    _said_at: int = 0

    def ask_address(self, seed: str, *, now: int) -> str:
        """Where the browser with this random value is sent. Raises ProviderSilent."""
        said = self._metadata(now)
        with self._session(said) as session:
            address, _ = session.create_authorization_url(
                said["authorization_endpoint"],
                state=_derived(seed, "state"),
                nonce=_derived(seed, "nonce"),
                code_verifier=_derived(seed, "verifier"),
            )
        return str(address)

    def name_of(self, seed: str, *, code: str, state: str, iss: str, now: int) -> str:
        """Whom the provider's answer to the browser with this random value proves, by the claim of the settings.

        Raises NotProven for any other answer, ProviderSilent.
        """
        if not seed or not hmac.compare_digest(_derived(seed, "state").encode(), state.encode()):
            raise NotProven("state")
        said = self._metadata(now)
        if iss and iss != self.settings.issuer:
            raise NotProven("iss")
        if not code:
            raise NotProven("denied")
        token = self._token(said, code, _derived(seed, "verifier"))
        claims = self._claims(said, token, _derived(seed, "nonce"), now)
        name = claims.get(self.settings.claim)
        if not isinstance(name, str) or not name:
            raise NotProven("claim")
        return name

    def _token(self, said: Mapping[str, Any], code: str, verifier: str) -> Mapping[str, Any]:
        from authlib.integrations.base_client.errors import OAuthError
        from requests import RequestException

        with self._session(said) as session:
            try:
                return session.fetch_token(
                    said["token_endpoint"],
                    code=code,
                    code_verifier=verifier,
                    grant_type="authorization_code",
                    timeout=_TIMEOUT_S,
                    allow_redirects=False,
                )
            except OAuthError:
                raise NotProven("code") from None
            except (RequestException, ValueError):
                raise ProviderSilent from None

    def _claims(self, said: Mapping[str, Any], token: Mapping[str, Any], nonce: str, now: int) -> Mapping[str, Any]:
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        if not isinstance(token.get("id_token"), str):
            raise NotProven("no_id_token")
        keys = _read(said["jwks_uri"])
        try:
            proven = jwt.decode(token["id_token"], KeySet.import_key_set(keys), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
            claims = CodeIDToken(
                proven.claims,
                proven.header,
                {
                    "iss": {"essential": True, "value": self.settings.issuer},
                    "aud": {"essential": True, "value": self.settings.client_id},
                },
                {"nonce": nonce, "client_id": self.settings.client_id, "access_token": token.get("access_token")},
            )
            claims.validate(now=now // 1_000_000, leeway=_LEEWAY_S)
        except (JoseError, ValueError, KeyError, TypeError):
            raise NotProven("id_token") from None
        return claims

    def _metadata(self, now: int) -> dict[str, Any]:
        if self._said is None or not 0 <= now - self._said_at < _KEEP_US:
            issuer = self.settings.issuer or ""
            said = _read(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            places = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
            scheme = issuer.split("://")[0]
            if said.get("issuer") != issuer or not all(str(place).startswith(f"{scheme}://") for place in places):
                raise ProviderSilent
            self._said, self._said_at = said, now
        return self._said

    def _session(self, said: Mapping[str, Any]) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        method = "none"
        if self.secret is not None:
            offered = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
            method = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        session: Any = OAuth2Session(
            client_id=self.settings.client_id,
            client_secret=self.secret,
            token_endpoint_auth_method=method,
            scope="openid profile",
            redirect_uri=(self.settings.address or "").rstrip("/") + ANSWER,
            code_challenge_method="S256",
        )
        session.trust_env, session.verify = False, _trusted()
        return session


def provider_of(settings: SignOnSettings, environment: Mapping[str, str] = os.environ) -> Provider | None:
    """The provider of the settings, None where none is set.

    Raises SettingsError where Authlib is not installed, or the file of the secret is readable to others.
    """
    if settings.issuer is None:
        return None
    if find_spec("authlib") is None or find_spec("requests") is None:
        _refuse(
            "sign_on_not_installed",
            "设置了 sign_on.issuer，但没有安装所需的库：pip install 'petition-risk[oidc]'",
            "sign_on.issuer is set, and what it needs is not installed: pip install 'petition-risk[oidc]'",
        )
    return Provider(settings, _secret(environment))


def _secret(environment: Mapping[str, str]) -> str | None:
    text, named = environment.get(VARIABLE), environment.get(f"{VARIABLE}_FILE")
    if text is None and named is not None:
        try:
            if Path(named).stat().st_mode & 0o077:
                _refuse(
                    "sign_on_secret_mode",
                    f"{VARIABLE}_FILE 所指的文件只能由本服务的账号读取（chmod 600）",
                    f"the file named by {VARIABLE}_FILE must be readable to the service's account alone (chmod 600)",
                )
            text = Path(named).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            _refuse(
                "sign_on_secret_file",
                f"读不到 {VARIABLE}_FILE 所指的文件",
                f"the file named by {VARIABLE}_FILE cannot be read",
            )
    return (text or "").strip() or None


def _read(address: str) -> dict[str, Any]:
    from requests import RequestException, Session

    with Session() as session:
        session.trust_env, session.verify = False, _trusted()
        try:
            answer = session.get(address, timeout=_TIMEOUT_S, allow_redirects=False)
            found = answer.json() if answer.status_code == 200 else None
        except (RequestException, ValueError):
            found = None
    if not isinstance(found, dict):
        raise ProviderSilent
    return found


def _trusted() -> str | bool:
    """The machine's own authorities: an office's provider is seldom signed by a public one."""
    return ssl.get_default_verify_paths().cafile or True


def _derived(seed: str, what: str) -> str:
    return sha256(f"{what}\0{seed}".encode()).hexdigest()


def _refuse(code: str, zh: str, en: str) -> NoReturn:
    raise SettingsError(code, zh, en)
