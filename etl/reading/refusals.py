"""The refusals several readers share. Each says what to do, in both languages."""

from __future__ import annotations

from warehouse.errors import FileError


def damaged(name: str, detail_zh: str = "", detail_en: str = "") -> FileError:
    """The file is not whole, or is not what it claims to be."""
    return FileError(
        f"{name} 已损坏或不完整，无法打开{f'（{detail_zh}）' if detail_zh else ''}。"
        "请用表格软件打开，另存为 .xlsx 后再上传。",
        f"{name} is damaged or incomplete{f' ({detail_en})' if detail_en else ''}. "
        "Open it in a spreadsheet program, save it as .xlsx and send that.",
    )


def protected(name: str) -> FileError:
    """The file wants a password."""
    return FileError(
        f"{name} 有打开密码，无法读取。请在表格软件中取消密码，保存后再上传。",
        f"{name} is protected by a password. Remove the password, save it and send it again.",
    )


def too_large(name: str, what_zh: str, what_en: str, setting: str) -> FileError:
    """Over a limit; the administrator's setting is named."""
    return FileError(
        f"{name} {what_zh}，已拒绝。请删去多余内容或拆成几个文件；确有需要时，管理员可调整 {setting}。",
        f"{name} {what_en} and was refused. Remove what is not needed or split it; "
        f"where it must be, the administrator can raise {setting}.",
    )


def unpacks_too_far(name: str) -> FileError:
    """A bomb, or nearly."""
    return FileError(
        f"{name} 解压后过大，已拒绝。请确认它是正常的工作簿，只保留需要的工作表后再上传。",
        f"{name} unpacks to too much and was refused. Check that it is a normal workbook; keep only the sheets needed.",
    )


def reaches_too_far(name: str, sheet: str | None, place: str) -> FileError:
    """A cell far out, or too many of them."""
    where_zh, where_en = (f"工作表“{sheet}”", f" of sheet {sheet!r}") if sheet is not None else ("", "")
    return FileError(
        f"{name} {where_zh}的范围过大（到 {place}），多半是远处某个单元格有内容。请清除多余的行和列，或拆成几个文件。",
        f"The cells{where_en} of {name} reach too far (to {place}); most likely a cell far out holds something. "
        "Clear the rows and columns not needed, or split the file.",
    )


def not_a_spreadsheet(name: str, what_zh: str, what_en: str) -> FileError:
    """Something else, named where it is recognised."""
    return FileError(
        f"{name} 是{what_zh}，不是表格。只接受 .xlsx、.xlsm、.xls、.ods 和 .csv。",
        f"{name} is {what_en}, not a spreadsheet. Send .xlsx, .xlsm, .xls, .ods or .csv.",
    )


def save_as_xlsx(name: str, what_zh: str, what_en: str) -> FileError:
    """A spreadsheet of a kind that is not read."""
    return FileError(
        f"{name} 实际是{what_zh}，不能直接读取。请用表格软件打开，另存为 .xlsx 后再上传。",
        f"{name} is really {what_en}, which is not read. Open it in a spreadsheet program and save it as .xlsx.",
    )


def text_too_long(name: str, sheet: str | None = None, cell: str = "") -> FileError:
    """A cell longer than any spreadsheet program keeps."""
    where_zh, where_en = (f"“{sheet}”的 {cell}", f" ({sheet!r}, {cell})") if sheet is not None else ("", "")
    return FileError(
        f"{name} {where_zh}有单元格超过 32767 个字，已拒绝。请检查是否粘贴了整篇文档。",
        f"A cell of {name}{where_en} is longer than 32767 characters; was a whole document pasted into it?",
    )
