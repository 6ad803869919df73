"""Where an uploaded ledger waits between preview and import: for its uploader alone, removed after a set time."""

import json
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from data.errors import InputRefused, NotFound
from data.forbidden import forbidden_value, name_runs
from data.whole_file import write_whole
from serving.deps import Caller, Service
from serving.problems import Unreadable

_HOUR_US = 3_600_000_000
_ID = re.compile(r"[0-9a-f]{32}")
_SUFFIX = re.compile(r"(?:\.[a-z0-9]{1,5}){1,2}")
_STATE, _RETURNED = "state.json", "returned.xlsx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One uploaded ledger: whose it is, how its mapping stands, and what became of it (`lines`: zh and en)."""

    upload_id: str
    user_id: str
    office_id: str
    name: str
    file: str
    created_at: int
    observed_until: str | None = None
    toml: str | None = None
    version: int | None = None
    batch_id: int | None = None
    changed: bool = False
    report: dict[str, Any] | None = None
    lines: Sequence[Sequence[str]] = ()


class _InMemory(MultiPartParser):
    """Parts stay in memory: nothing of an upload is spooled into a common directory."""

    spool_max_size = 1 << 31


async def read_form(request: Request) -> tuple[Mapping[str, str], str, bytes]:
    """The fields of a multipart form, and its one file: name and content. Raises Unreadable, InputRefused."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Unreadable("upload_form", "请用网页上的表单上传", "use the form on the page")
    try:
        form = await _InMemory(request.headers, request.stream(), max_files=1, max_fields=10).parse()
    except MultiPartException:
        raise Unreadable("upload_form", "请用网页上的表单上传", "use the form on the page") from None
    try:
        given = form.get("file")
        fields = {key: value for key, value in form.items() if isinstance(value, str)}
        if not isinstance(given, UploadFile) or not given.filename:
            return fields, "", b""
        return fields, given.filename, await given.read()
    finally:
        await form.close()


def keep(service: Service, caller: Caller, office_id: str, filename: str, content: bytes, until: str | None) -> Upload:
    """Put an upload down for its uploader; what has waited too long is removed first. Raises InputRefused."""
    purge(service, caller.now)
    if not content:
        raise InputRefused("upload_empty", "请选择一个有内容的台账文件", "choose a ledger file that is not empty")
    suffix = "".join(Path(filename.replace("\\", "/")).suffixes[-2:]).lower()
    plain = Path(filename.replace("\\", "/")).name
    shown = plain if forbidden_value(plain) is None and not name_runs(plain) else "台账" + suffix
    upload = Upload(
        upload_id=secrets.token_hex(16),
        user_id=caller.person.user_id,
        office_id=office_id,
        name=shown[:80],
        file="台账" + (suffix if _SUFFIX.fullmatch(suffix) else ""),
        created_at=caller.now,
        observed_until=until,
    )
    folder = _folder(service) / upload.upload_id
    folder.mkdir(mode=0o700, parents=True)
    write_whole(folder / upload.file, content, mode=0o600)
    save(service, upload)
    return upload


def find(service: Service, caller: Caller, upload_id: str) -> Upload:
    """The caller's own upload. Raises NotFound for any other, and for one that has been removed."""
    path = _folder(service) / upload_id / _STATE
    if _ID.fullmatch(upload_id) and path.is_file():
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found = Upload(**stored)
        fresh = caller.now - found.created_at < service.settings.imports.keep_hours * _HOUR_US
        if found.user_id == caller.person.user_id and fresh:
            return found
    raise NotFound("no_such_upload", "没有该上传文件，或已过期删除；请重新上传", "no such upload, or it has expired")


def waiting(service: Service, caller: Caller) -> list[Upload]:
    """The caller's uploads that wait for their import, the newest first."""
    found: list[Upload] = []
    for path in _folder(service).glob(f"*/{_STATE}"):
        try:
            found.append(find(service, caller, path.parent.name))
        except NotFound:
            continue
    return sorted((one for one in found if one.batch_id is None), key=lambda one: -one.created_at)


def save(service: Service, upload: Upload) -> None:
    """Write down how an upload stands."""
    write_whole(
        _folder(service) / upload.upload_id / _STATE,
        json.dumps(asdict(upload), ensure_ascii=False).encode(),
        mode=0o600,
    )


def ledger_of(service: Service, upload: Upload) -> Path:
    """The uploaded file. Raises NotFound once it has been taken in."""
    path = _folder(service) / upload.upload_id / upload.file
    if not path.is_file():
        raise NotFound("upload_taken", "该文件已导入并删除；请重新上传", "the file was taken in and removed")
    return path


def finish(service: Service, upload: Upload, returned: bytes | None, **result: Any) -> Upload:
    """The ledger itself is removed at once; what came back waits for its uploader."""
    folder = _folder(service) / upload.upload_id
    if returned is not None:
        write_whole(folder / _RETURNED, returned, mode=0o600)
    (folder / upload.file).unlink(missing_ok=True)
    done = replace(upload, **result)
    save(service, done)
    return done


def returned_of(service: Service, upload: Upload) -> bytes | None:
    """The workbook of what came back, None where nothing did."""
    path = _folder(service) / upload.upload_id / _RETURNED
    return path.read_bytes() if path.is_file() else None


def drop(service: Service, upload: Upload) -> None:
    """Remove an upload and all that belongs to it."""
    shutil.rmtree(_folder(service) / upload.upload_id, ignore_errors=True)


def purge(service: Service, now: int) -> None:
    """Remove every upload that has waited longer than the settings allow, whosever it is."""
    for folder in _folder(service).glob("*"):
        try:
            created = int(json.loads((folder / _STATE).read_text(encoding="utf-8"))["created_at"])
        except (OSError, ValueError, KeyError):
            created = 0
        if now - created >= service.settings.imports.keep_hours * _HOUR_US:
            shutil.rmtree(folder, ignore_errors=True)


def _folder(service: Service) -> Path:
    folder = service.state_dir / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
