"""How an answer carries an ETag, and how a reader or a writer says which version they have seen."""

from collections.abc import Mapping
from hashlib import sha256

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from data.errors import NotAllowed

UNCHANGED = {304: {"description": "unchanged since the ETag sent in If-None-Match"}}


class ChangedMeanwhile(NotAllowed):
    """The version named in If-Match is no longer the one that stands."""

    status = 412

    def __init__(self) -> None:
        super().__init__(
            "changed_meanwhile",
            "内容已被他人更改，请重新读取后再提交",
            "somebody changed it meanwhile; read it again before sending",
        )


def tagged(request: Request, body: BaseModel, *, prefix: str = "") -> Response:
    """The answer with its ETag, or 304 where the caller has it already.

    The tag tells one reader's answer, in one language, from another's.
    """
    plain = body.model_dump(mode="json")
    headers = {"ETag": f'"{prefix}{digest(plain)}"', "Vary": "Authorization, Cookie, Accept-Language"}
    if headers["ETag"] in _tags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    return JSONResponse(plain, headers=headers)


def check_match(request: Request, now: Mapping[str, object]) -> None:
    """Raises ChangedMeanwhile where the request names a version (If-Match) that is not `now`."""
    wanted = request.headers.get("if-match")
    if wanted is not None and wanted.strip() != "*" and f'"{digest(now)}"' not in _tags(wanted):
        raise ChangedMeanwhile


def digest(plain: object) -> str:
    """A short digest of plain values."""
    return sha256(repr(plain).encode()).hexdigest()[:16]


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}
