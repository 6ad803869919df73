"""How a refusal is told: RFC 9457 problem details in the caller's language, with a stable code and no values."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from fastapi.responses import JSONResponse

from data.errors import PetitionRiskError

Language = Literal["zh", "en"]
MEDIA_TYPE = "application/problem+json"


class TooManyRequests(PetitionRiskError):
    """A cap was reached; `retry_after` says in seconds when to come again."""

    exit_code = 13
    status = 429

    def __init__(self, code: str, zh: str, en: str, retry_after: int) -> None:
        super().__init__(code, zh, en)
        self.retry_after = retry_after


class NotSignedIn(PetitionRiskError):
    """No valid session came with the request."""

    exit_code = 13
    status = 401

    def __init__(self) -> None:
        super().__init__("not_signed_in", "请先登录", "sign in first")


class BadToken(PetitionRiskError):
    """The token sent is unknown, expired or revoked; which of them is not told."""

    exit_code = 13
    status = 401

    def __init__(self) -> None:
        super().__init__("bad_token", "令牌无效、已过期或已停用", "the token is unknown, expired or revoked")


class PasswordChangeRequired(PetitionRiskError):
    """The account still has the password somebody else gave it: nothing answers before it is changed."""

    exit_code = 13
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "password_change_required",
            "首次登录须先在网页上修改密码",
            "change the password first, on the pages",
        )


class ForeignOrigin(PetitionRiskError):
    """A changing request was sent by another site's page."""

    exit_code = 13
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "foreign_origin", "请求来自其他站点，未处理", "the request comes from another site; nothing was done"
        )


class Unreadable(PetitionRiskError):
    """The request does not follow the interface's description."""

    exit_code = 2
    status = 422


#: Plain HTTP refusals of the framework: status → (code, zh, en).
BY_STATUS: dict[int, tuple[str, str, str]] = {
    400: ("bad_request", "请求无法读取", "the request cannot be read"),
    401: ("not_signed_in", "请先登录", "sign in first"),
    403: ("not_allowed", "不允许此操作", "this is not allowed"),
    404: ("not_found", "没有这个地址", "no such address"),
    405: ("method_not_allowed", "此地址不支持该方法", "this address does not support the method"),
    413: ("too_large", "请求内容过大", "the request is too large"),
    415: ("media_type", "请以 application/json 提交", "send application/json"),
    422: ("invalid", "请求内容不符合接口说明", "the request does not follow the interface's description"),
    429: ("too_many", "请求过于频繁", "too many requests"),
    500: (
        "internal",
        "服务内部出错，已记录；请凭请求编号联系管理员",
        "an internal error was recorded; quote the request id",
    ),
    503: ("store_unavailable", "数据库暂时不可用，请稍后再试", "the store is not available, try again later"),
}

#: What is wrong with a field, by the validator's type; values are never repeated.
FIELDS: dict[str, tuple[str, str]] = {
    "missing": ("缺少此项", "is missing"),
    "extra_forbidden": ("含有接口说明以外的项", "holds a field the description does not know"),
    "enum": ("不在允许的范围内", "is not one of the allowed values"),
    "literal_error": ("不在允许的范围内", "is not one of the allowed values"),
    "uuid_parsing": ("应为事项标识(UUID)", "must be a UUID"),
    "int_parsing": ("应为整数", "must be a whole number"),
    "date_from_datetime_parsing": ("应为日期，如 2026-10-31", "must be a date such as 2026-10-31"),
    "date_parsing": ("应为日期，如 2026-10-31", "must be a date such as 2026-10-31"),
    "string_too_long": ("过长", "is too long"),
    "too_long": ("项数过多", "has too many items"),
    "json_invalid": ("不是有效的 JSON", "is not valid JSON"),
}
ANY_FIELD = ("格式不符", "is not of the expected form")


def problem(
    *,
    status: int,
    code: str,
    zh: str,
    en: str,
    language: Language,
    request_id: str,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The response for one refusal; `errors` has {"where", "message"} for each field at fault."""
    body: dict[str, Any] = {
        "type": f"urn:petition-risk:problem:{code}",
        "title": zh if language == "zh" else en,
        "status": status,
        "code": code,
        "request_id": request_id,
    }
    if errors:
        body["errors"] = [dict(error) for error in errors]
    sent = {"Content-Language": "zh-CN" if language == "zh" else "en", "Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE, headers=sent)


def of_error(error: PetitionRiskError, language: Language, request_id: str) -> JSONResponse:
    """A refusal of our own as a problem; its details become `errors`."""
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyRequests) else None
    if isinstance(error, BadToken):
        headers = {"WWW-Authenticate": "Bearer"}
    details = [{"where": "", "message": zh if language == "zh" else en} for zh, en in error.details]
    return problem(
        status=error.status,
        code=error.code,
        zh=error.zh,
        en=error.en,
        language=language,
        request_id=request_id,
        errors=details,
        headers=headers,
    )


def of_status(
    status: int, language: Language, request_id: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A plain HTTP refusal as a problem."""
    code, zh, en = BY_STATUS.get(status, BY_STATUS[400 if status < 500 else 500])
    return problem(status=status, code=code, zh=zh, en=en, language=language, request_id=request_id, headers=headers)


def field_errors(errors: Sequence[Any], language: Language) -> list[dict[str, str]]:
    """What the validator found, as {"where", "message"}; neither values nor unknown names are repeated."""
    told: list[dict[str, str]] = []
    for error in errors:
        kind = str(error["type"])
        where = [str(part) for part in error["loc"]]
        if kind == "extra_forbidden":
            where = where[:-1]
        if kind == "json_invalid":
            where = where[:1]
        zh, en = FIELDS.get(kind, ANY_FIELD)
        told.append({"where": ".".join(where), "message": zh if language == "zh" else en})
    return told
