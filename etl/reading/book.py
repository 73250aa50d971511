"""What a file is, found out from its content and not from its name; and the way to its reader."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from etl.reading.archive import Archive
from etl.reading.delimited import read_delimited
from etl.reading.limits import MIB, Limits
from etl.reading.ods import read_ods
from etl.reading.refusals import damaged, not_a_spreadsheet, protected, save_as_xlsx, too_large
from etl.reading.xls import read_xls
from etl.reading.xlsx import read_xlsx
from etl.sheets import Book, Sheet
from warehouse.errors import FileError

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = (
    (b"%PDF", "PDF 文件", "a PDF"),
    (b"Rar!", "压缩包", "a compressed folder"),
    (b"7z\xbc\xaf", "压缩包", "a compressed folder"),
    (b"\x1f\x8b", "压缩包", "a compressed file"),
    (b"\x89PNG", "图片", "a picture"),
    (b"\xff\xd8\xff", "图片", "a picture"),
    (b"GIF8", "图片", "a picture"),
    (b"{\\rtf", "RTF 文档", "an RTF document"),
)
_OLE_STREAMS = {name: name.encode("utf-16-le") for name in ("EncryptedPackage", "WordDocument", "PowerPoint Document")}
_BIFF_BEFORE_OLE = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08")
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


def read_book_file(path: Path, limits: Limits | None = None) -> Book:
    """Read a file of the disk; see ``read_book``. Errors: FileError."""
    limits = limits or Limits.from_environment()
    try:
        if not path.is_file():
            raise FileError(f"找不到文件：{path}。请检查路径。", f"No such file: {path}. Check the path.")
        with path.open("rb") as file:
            content = file.read(limits.bytes + 1)
    except OSError as error:
        raise FileError(
            f"{path.name} 无法读取：{error.strerror}。请检查路径和文件权限。",
            f"{path.name} cannot be read: {error.strerror}. Check the path and the file's permissions.",
        ) from error
    return read_book(path.name, content, limits)


def read_book(name: str, content: bytes, limits: Limits | None = None) -> Book:
    """Read a workbook (.xlsx, .xlsm, .xls, .ods) or a CSV of any encoding and delimiter, whatever its name says.

    Macros are never run, links never followed, formulas never evaluated. Rows of hidden sheets are not read.

    Raises:
        FileError: for all that cannot be read, with what to do; nothing else is raised.
    """
    limits = limits or Limits.from_environment()
    name = _UNFIT.sub("", re.split(r"[\\/]", name)[-1]).strip()[-200:] or "?"
    if not content:
        raise FileError(
            f"{name} 是空文件（0 字节）。请重新导出后再上传。", f"{name} is empty (0 bytes). Export it again."
        )
    if len(content) > limits.bytes:
        size = f"{limits.bytes // MIB} MB"
        raise too_large(name, f"超过 {size}", f"is over {size}", "DABIAO_MAX_FILE_MB")
    return Book(name, hashlib.sha256(content).hexdigest(), content, tuple(_read_sheets(name, content, limits)))


def _read_sheets(name: str, content: bytes, limits: Limits) -> list[Sheet]:
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _read_archive(name, content, limits)
    if content.startswith(OLE):
        return _read_compound(name, content, limits)
    for mark, zh, en in _OTHERS:
        if content.startswith(mark):
            raise not_a_spreadsheet(name, zh, en)
    if content.startswith(_BIFF_BEFORE_OLE):
        raise save_as_xlsx(name, "很旧的 Excel 格式", "a very old Excel format")
    _refuse_markup(name, content)
    return [Sheet(None, read_delimited(name, content, limits))]


def _read_archive(name: str, content: bytes, limits: Limits) -> list[Sheet]:
    archive = Archive(name, content, limits)
    if "xl/workbook.xml" in archive:
        return read_xlsx(name, archive, limits)
    if "xl/workbook.bin" in archive:
        raise save_as_xlsx(name, "二进制工作簿（.xlsb）", "a binary workbook (.xlsb)")
    if "content.xml" in archive and "mimetype" in archive:
        if b"opendocument.spreadsheet" not in archive.read("mimetype"):
            raise not_a_spreadsheet(name, "其他类型的 OpenDocument 文档", "another kind of OpenDocument file")
        return read_ods(name, archive, limits)
    parts = archive.parts()
    if "word/document.xml" in parts:
        raise not_a_spreadsheet(name, "Word 文档", "a Word document")
    if "ppt/presentation.xml" in parts:
        raise not_a_spreadsheet(name, "演示文稿", "a presentation")
    if any(part.startswith(("xl/", "[content_types]")) for part in parts):
        raise damaged(name)
    raise FileError(
        f"{name} 是压缩包，里面没有工作簿的内容。请先解压，再逐个上传其中的表格。",
        f"{name} is a compressed folder, not a workbook. Unpack it and send the spreadsheets in it one by one.",
    )


def _read_compound(name: str, content: bytes, limits: Limits) -> list[Sheet]:
    if _OLE_STREAMS["EncryptedPackage"] in content:
        raise protected(name)
    if _OLE_STREAMS["WordDocument"] in content:
        raise not_a_spreadsheet(name, "Word 文档", "a Word document")
    if _OLE_STREAMS["PowerPoint Document"] in content:
        raise not_a_spreadsheet(name, "演示文稿", "a presentation")
    return read_xls(name, content, limits)


def _refuse_markup(name: str, content: bytes) -> None:
    """Web pages and XML named .xls, as many systems export them: a browser's table is no data."""
    head = content[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head[: len(head) // 2 * 2].decode("utf-16", "ignore")
    else:
        text = head.decode("utf-8", "ignore")
    text = text.lstrip("\ufeff \t\r\n").lower()
    if text.startswith("mime-version:"):
        raise save_as_xlsx(name, "网页（.mht）", "a web page (.mht)")
    if text.startswith("<?xml") and "urn:schemas-microsoft-com:office:spreadsheet" in text:
        raise save_as_xlsx(name, "XML 表格 2003", "an XML spreadsheet of 2003")
    if re.match(r"<(\?xml|!doctype|!--|html|head|meta|style|body|table|div|center)", text):
        raise save_as_xlsx(name, "网页（HTML）或 XML", "a web page (HTML) or XML")
