"""Errors a person can mend. Each says what happened and what to do, in both languages.

DabiaoError
├── WarehouseError    the database cannot be used
│   ├── DatabaseMissing
│   ├── SchemaOutdated
│   ├── SchemaTooNew
│   └── DatabaseUnreachable
├── FileError         a file cannot be read (etl)
├── RuleRefused       proposed rules cannot stand (etl)
├── RulesMoved        data or rules are no longer those a preview was made on (etl)
└── StagingError      an upload or a staged batch is not what it would have to be (etl)
    ├── Moved         what would change is no longer what was looked at
    └── NeedsAnother  who staged a batch may not approve it, too
"""

from __future__ import annotations


class DabiaoError(Exception):
    """What happened and what to do, for a person. ``str()`` is the Chinese text."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.zh, self.en = zh, en

    def text(self, language: str) -> str:
        """The message in ``zh`` or ``en``."""
        return self.en if language == "en" else self.zh


class WarehouseError(DabiaoError):
    """The database cannot be used as it is."""


class DatabaseMissing(WarehouseError):
    """There is no database, or nothing in it."""

    def __init__(self) -> None:
        super().__init__(
            "还没有数据库。请先运行 make run，或依次运行 python -m etl upgrade 和 python -m etl load。",
            "There is no database yet. Run make run, or python -m etl upgrade and then python -m etl load.",
        )


class SchemaOutdated(WarehouseError):
    """The database was made by an earlier version."""

    def __init__(self, found: str, needed: str) -> None:
        super().__init__(
            f"数据库结构是 {found}，本程序需要 {needed}。请运行 python -m etl upgrade，数据会保留。",
            f"The database has schema {found}, this program needs {needed}. Run python -m etl upgrade; the data stay.",
        )


class SchemaTooNew(WarehouseError):
    """The database was made by a later version."""

    def __init__(self, found: str, needed: str) -> None:
        super().__init__(
            f"数据库结构 {found} 比本程序（{needed}）新。请更新程序，不要改动数据库。",
            f"The database schema {found} is newer than this program ({needed}). "
            "Update the program; leave the database as it is.",
        )


class DatabaseUnreachable(WarehouseError):
    """The database does not answer."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"数据库无法访问：{detail}。请检查 DATABASE_URL、文件权限和磁盘空间。",
            f"The database cannot be reached: {detail}. Check DATABASE_URL, file permissions and disk space.",
        )


class FileError(DabiaoError):
    """A file cannot be read as what it should be."""


class RuleRefused(DabiaoError):
    """Proposed rules cannot stand; names the line (from 1) and its column where it is of one."""

    def __init__(self, zh: str, en: str, line: int | None = None, name: str | None = None) -> None:
        super().__init__(zh, en)
        self.line, self.name = line, name


class RulesMoved(DabiaoError):
    """Data or rules changed since the preview, or the rules proposed are not those previewed."""

    def __init__(self) -> None:
        super().__init__(
            "预览之后，数据或规则有了变化，或者提交的不是预览过的规则。什么都没有更改，请重新预览。",
            "Since the preview, data or rules have changed, or these are not the rules that were previewed. "
            "Nothing was changed; please preview again.",
        )


class StagingError(DabiaoError):
    """An upload or a staged batch is not what it would have to be."""


class Moved(StagingError):
    """What would change is no longer what was looked at."""

    def __init__(self) -> None:
        super().__init__(
            "查看之后，数据有了变化，这份文件带来的改动已与当时看到的不同。什么都没有写入，请重新查看。",
            "Since it was looked at, data have changed, and this file would no longer change what was shown. "
            "Nothing was written; please look again.",
        )


class NeedsAnother(StagingError):
    """Who staged a batch may not approve it, too."""

    def __init__(self) -> None:
        super().__init__(
            "提交审核的人不能自己批准。请由另一位有权限的人批准。",
            "Who staged a batch may not approve it. Ask another person who may.",
        )
