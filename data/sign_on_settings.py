"""Settings of signing in by the office's own sign-on: which proxies are believed, and what they or a provider say."""

from ipaddress import ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

#: A network as wide as this is no proxy any more.
_WIDEST = {4: 8, 6: 32}
_TAKEN = frozenset({"x-request-id", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"})


def _network(text: str) -> str:
    network = ip_network(text.strip(), strict=False)
    if network.prefixlen < _WIDEST[network.version]:
        raise ValueError("wider than a proxy's network")
    return str(network)


def _header(name: str) -> str:
    if name.lower() in _TAKEN:
        raise ValueError("says something else already")
    return name


def _place(address: str) -> str:
    found = urlsplit(address)
    at_home = found.hostname in ("127.0.0.1", "::1", "localhost")
    if found.scheme not in ("https", *(["http"] if at_home else [])) or not found.hostname:
        raise ValueError("not an https address")
    if found.query or found.fragment or found.username:
        raise ValueError("more than an address")
    return address


def _split(value: object) -> object:
    """The environment has one text: addresses apart by commas."""
    return [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value


#: Addresses or networks of proxies; in the environment apart by commas.
Networks = Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], BeforeValidator(_split)]
_Header = Annotated[str, Field(pattern=r"^(X|Remote|Cas|Oidc)-[A-Za-z0-9-]{1,50}$"), AfterValidator(_header)]
_Place = Annotated[str, Field(max_length=300), AfterValidator(_place)]


class SignOnSettings(BaseModel):
    """How people come in without a password of ours: a trusted proxy's header or an OpenID provider; off as shipped."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    header: _Header | None = None
    issuer: _Place | None = None
    client_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    claim: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,60}$")] = "preferred_username"
    address: _Place | None = None
