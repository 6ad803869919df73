"""Why a file cannot be read at all, in words for the person who gave it."""

from typing import NoReturn

from data.errors import InputRefused

#: What can be read, as refusals name it.
READABLE = ".xlsx .xlsm .xls .xlsb .ods .csv .tsv .parquet .xes"


def damaged(name: str) -> NoReturn:
    """The workbook (or table) is broken, or its parts do not fit together."""
    raise InputRefused(
        "file_damaged",
        f"{name}：文件已损坏或不完整；请在表格软件中打开后另存，或重新导出（未导入任何内容）",
        f"{name}: the file is damaged or incomplete; open it and save it again, or export it again "
        "(nothing was written)",
    ) from None


def too_large(name: str) -> NoReturn:
    """The file, or what it unpacks to, is larger than can be meant."""
    raise InputRefused(
        "file_too_large",
        f"{name}：文件过大或压缩比异常；请分期导出后再导入（未导入任何内容）",
        f"{name}: the file is too large, or unpacks to too much; export it in parts (nothing was written)",
    ) from None


def too_wide(name: str, sheet: str) -> NoReturn:
    """A sheet's cells stand so far apart that the table between them could not be held."""
    raise InputRefused(
        "sheet_too_large",
        f"{name}：工作表“{sheet}”的内容散布过广（行数×列数过大）；请删去远处的零散单元格后另存（未导入任何内容）",
        f"{name}: the cells of sheet {sheet} stand too far apart (rows × columns); delete the stray ones and save "
        "again (nothing was written)",
    ) from None


def encrypted(name: str) -> NoReturn:
    """The workbook asks for a password."""
    raise InputRefused(
        "file_encrypted",
        f"{name}：工作簿有打开密码；请在表格软件中取消密码后另存（未导入任何内容）",
        f"{name}: the workbook is encrypted; remove its password and save it again (nothing was written)",
    ) from None


def entities(name: str) -> NoReturn:
    """The XML declares a document type: no spreadsheet program writes one."""
    raise InputRefused(
        "file_entities",
        f"{name}：文件中含有 XML 实体声明（DOCTYPE），为安全起见不读取；请在表格软件中重新另存（未导入任何内容）",
        f"{name}: the file declares XML entities (DOCTYPE) and is not read for safety; save it again "
        "(nothing was written)",
    ) from None


def other_type(name: str, found: str) -> NoReturn:
    """The file is something else than a ledger, whatever its name says."""
    raise InputRefused(
        "file_type",
        f"{name}：这是 {found} 文件，不是台账；可读取：{READABLE}（未导入任何内容）",
        f"{name}: this is a {found} file, not a ledger; can be read: {READABLE} (nothing was written)",
    ) from None
