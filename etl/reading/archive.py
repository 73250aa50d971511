"""Parts of a zipped workbook, inflated in pieces and counted: what an archive declares is not believed."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from etl.reading.limits import MIB, Limits
from etl.reading.refusals import damaged, protected, unpacks_too_far

PIECE = 2**16
MAX_PARTS = 10_000
_STORED, _DEFLATED = 0, 8


class Archive:
    """A zip in memory. Parts are found whatever their case; none is written to disk."""

    def __init__(self, name: str, content: bytes, limits: Limits) -> None:
        self._name, self._content, self._limits = name, content, limits
        self._unpacked = 0
        if content.count(b"PK\x01\x02") > MAX_PARTS:
            raise unpacks_too_far(name)
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                entries = archive.infolist()
        except (zipfile.BadZipFile, struct.error, NotImplementedError, ValueError, OSError, IndexError) as error:
            raise damaged(name) from error
        self._entries = {entry.filename.lower(): entry for entry in entries}
        if len(self._entries) < len(entries):
            raise damaged(name, "有同名的部分", "it has two parts of one name")

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._entries

    def parts(self) -> list[str]:
        """Names of all parts, in lower case."""
        return list(self._entries)

    def pieces(self, part: str) -> Iterator[bytes]:
        """A part, inflated, in pieces of ``PIECE`` bytes. Errors: FileError, also for what is not as declared."""
        entry = self._entries.get(part.lower())
        if entry is None:
            raise damaged(self._name, f"缺少 {part}", f"{part} is missing")
        if entry.flag_bits & 1:
            raise protected(self._name)
        header = self._content[entry.header_offset : entry.header_offset + 30]
        if len(header) < 30 or header[:4] != b"PK\x03\x04" or entry.compress_type not in (_STORED, _DEFLATED):
            raise damaged(self._name)
        start = entry.header_offset + 30 + sum(struct.unpack_from("<HH", header, 26))
        packed = memoryview(self._content)[start : start + entry.compress_size]
        size = crc = 0
        try:
            for piece in _stored(packed) if entry.compress_type == _STORED else _inflated(packed):
                size, crc = size + len(piece), zlib.crc32(piece, crc)
                self._count(len(piece))
                yield piece
        except zlib.error as error:
            raise damaged(self._name) from error
        if size != entry.file_size or crc != entry.CRC:
            raise damaged(self._name)

    def read(self, part: str, at_most: int = MIB) -> bytes:
        """A small part as a whole. Errors: FileError."""
        found = b""
        for piece in self.pieces(part):
            found += piece
            if len(found) > at_most:
                raise unpacks_too_far(self._name)
        return found

    def _count(self, size: int) -> None:
        self._unpacked += size
        if self._unpacked > min(self._limits.unpacked, self._limits.ratio * max(len(self._content), MIB)):
            raise unpacks_too_far(self._name)


def _stored(packed: memoryview) -> Iterator[bytes]:
    for start in range(0, len(packed), PIECE):
        yield bytes(packed[start : start + PIECE])


def _inflated(packed: memoryview) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for start in range(0, len(packed), PIECE):
        rest: bytes | memoryview = packed[start : start + PIECE]
        while rest and not inflate.eof:
            yield inflate.decompress(rest, PIECE)
            rest = inflate.unconsumed_tail
    while piece := inflate.decompress(b"", PIECE):
        yield piece
    if not inflate.eof:
        raise zlib.error("incomplete")
