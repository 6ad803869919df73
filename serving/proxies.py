"""What a proxy in front says of a request, believed of the configured ones alone: whose address, and which person."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from fastapi import Request

from data.errors import PetitionRiskError
from data.settings import Settings


class HeaderNotBelieved(PetitionRiskError):
    """The header that names a person came from where it may not, or more than once."""

    exit_code = 13
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "header_not_believed",
            "请求带有登录用的请求头，但不是来自设置中的代理，未处理",
            "the request carries the sign-on header, and not from a configured proxy; nothing was done",
        )


def address_of(settings: Settings, request: Request) -> str | None:
    """The browser's address: that of the connection, and behind a proxy of ours what it says (X-Forwarded-For)."""
    peer = None if request.client is None else request.client.host
    if not _ours(settings, peer):
        return peer
    told = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    # Each proxy adds at the end whom it heard; the last that is none of ours is the browser, what stands before it
    # anybody may have written.
    for hop in reversed([one.strip() for one in told]):
        if _address(hop) is None:
            break
        if not _ours(settings, hop):
            return hop
    return peer


def named(settings: Settings, request: Request) -> str | None:
    """The account a trusted proxy names, None for none. Raises HeaderNotBelieved where anybody else names one."""
    header = settings.sign_on.header
    said = [] if header is None else request.headers.getlist(header)
    if not said:
        return None
    peer = None if request.client is None else request.client.host
    if len(said) > 1 or not _ours(settings, peer):
        raise HeaderNotBelieved
    return said[0].strip() or None


def _ours(settings: Settings, peer: str | None) -> bool:
    found = _address(peer)
    return found is not None and any(found in ip_network(one) for one in settings.service.proxies)


def _address(text: str | None) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text or "")
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
