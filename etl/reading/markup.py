"""XML as a stream, in bounded memory: no document type, no entities, only UTF-8, no endless nesting or naming."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NoReturn
from xml.parsers import expat

from etl.reading.refusals import damaged, unpacks_too_far

Attributes = dict[str, str]
MAX_DEPTH = 200
MAX_NAMES = 20_000
MAX_TOKEN = 4 * 2**20
"""Bytes of one tag, comment or instruction."""
MAX_TEXT = 2**20
"""Characters between two tags that are listened to."""


class Markup:
    """A parser that reports elements by their local names (``start``, ``end``); text gathers in ``pieces``.

    Whoever listens empties ``pieces``; prefixes of attributes are left as they are.
    """

    def __init__(
        self,
        name: str,
        start: Callable[[str, Attributes], None],
        end: Callable[[str], None],
        pieces: list[str] | None = None,
        max_tags: int = 1_000_000,
    ) -> None:
        self._name, self._start, self._end = name, start, end
        self._pieces: list[str] = [] if pieces is None else pieces
        self._tags_left = max_tags
        self._depth = 0
        self._local: dict[str, str] = {}
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._on_start
        self._parser.EndElementHandler = self._on_end
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.XmlDeclHandler = self._on_declaration
        if pieces is not None:
            self._parser.CharacterDataHandler = pieces.append

    def read(self, part: Iterable[bytes]) -> None:
        """Parse a whole part. Errors: FileError."""
        fed = 0
        try:
            for piece in part:
                if not fed and piece[:2] in (b"\xff\xfe", b"\xfe\xff"):
                    raise damaged(self._name, "文字编码不是 UTF-8", "not in UTF-8")
                fed += len(piece)
                self._tags_left -= piece.count(b"<")
                self._parser.Parse(piece, False)
                if (
                    self._tags_left < 0
                    or len(self._parser.intern) > MAX_NAMES
                    or fed - self._parser.CurrentByteIndex > MAX_TOKEN
                    or (self._pieces and sum(map(len, self._pieces)) > MAX_TEXT)
                ):
                    raise unpacks_too_far(self._name)
            self._parser.Parse(b"", True)
        except (expat.ExpatError, ValueError) as error:
            raise damaged(self._name) from error

    def _on_start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise unpacks_too_far(self._name)
        local = self._local.get(name)
        if local is None:
            local = self._local[name] = name.rpartition(":")[2]
        self._start(local, attributes)

    def _on_end(self, name: str) -> None:
        self._depth -= 1
        self._end(self._local[name])

    def _on_declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
            raise damaged(self._name, "文字编码不是 UTF-8", "not in UTF-8")

    def _refuse(self, *declaration: object) -> NoReturn:
        raise damaged(self._name, "含有不允许的 XML 声明", "it declares XML entities")
