"""The passage a figure was read from: quoted only from the very file it was read from."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.passages import CONTEXT, Passage, find_passage
from tests.dashboard.conftest import OpenSite
from warehouse.catalog import Source
from warehouse.queries.lineage import Fact

TEXT = "前文" * 50 + "上半年新增养老床位\n600张，超过去年。" + "后文" * 50
START = TEXT.index("600")
END = START + len("600张")


def digest(content: bytes) -> str:
    """SHA-256 as sources.csv has it."""
    return hashlib.sha256(content).hexdigest()


def fact(sha256: str | None, start: int | None = START, end: int | None = END) -> Fact:
    """A fact read from a file of that hash."""
    source = Source(1, "report", "document", "总结", None, None, None, sha256, None)
    return Fact(
        1, None, None, None, "bed", source, None, start, end, "high", None, 1, "a.csv", "me",
        datetime(2026, 1, 1, tzinfo=UTC), None,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the original under a name of the owner's, and others beside it."""
    (tmp_path / "别的.txt").write_text("完全不同的文件" * 80, encoding="utf-8")
    (tmp_path / "some name.docx.txt").write_bytes(TEXT.encode())
    (tmp_path / ".hidden").write_bytes(b"\x00\xff")
    (tmp_path / "more").mkdir()
    return tmp_path


def test_the_passage_stands_between_what_comes_before_and_after(folder: Path) -> None:
    found = find_passage(folder, fact(digest(TEXT.encode())))
    assert found == Passage(
        TEXT[START - CONTEXT : START].replace("\n", ""), "600张", TEXT[END : END + CONTEXT].replace("\n", "")
    )
    assert "\n" not in found.before + found.after


def test_at_the_edges_of_the_file_there_is_less_around_it(folder: Path) -> None:
    sha256 = digest(TEXT.encode())
    assert find_passage(folder, fact(sha256, 0, 2)) == Passage("", TEXT[:2], TEXT[2 : 2 + CONTEXT].replace("\n", ""))
    last = find_passage(folder, fact(sha256, len(TEXT) - 2, len(TEXT)))
    assert last is not None
    assert (last.marked, last.after) == (TEXT[-2:], "")


@pytest.mark.parametrize(
    ("start", "end"),
    [(None, None), (5, None), (None, 5), (0, len(TEXT) + 1), (9999, 10000), (-3, 5), (10, 5)],
)
def test_a_span_that_is_not_in_the_file_quotes_nothing(folder: Path, start: int | None, end: int | None) -> None:
    assert find_passage(folder, fact(digest(TEXT.encode()), start, end)) is None


def test_an_edited_copy_is_never_quoted(folder: Path) -> None:
    (folder / "some name.docx.txt").write_bytes(TEXT.replace("600", "900").encode())
    assert find_passage(folder, fact(digest(TEXT.encode()))) is None


def test_a_file_edited_after_it_was_quoted_is_quoted_no_more(folder: Path) -> None:
    original = folder / "some name.docx.txt"
    assert find_passage(folder, fact(digest(TEXT.encode()))) is not None
    before = original.stat().st_mtime_ns
    original.write_bytes(TEXT.replace("600", "900").encode())
    os.utime(original, ns=(before + 10**9, before + 10**9))
    assert find_passage(folder, fact(digest(TEXT.encode()))) is None


def test_a_file_that_comes_later_is_noticed(folder: Path, tmp_path: Path) -> None:
    content = ("新" + TEXT).encode()
    assert find_passage(folder, fact(digest(content))) is None
    (folder / "later.txt").write_bytes(content)
    assert find_passage(folder, fact(digest(content))) is not None


def test_without_a_hash_or_a_folder_nothing_is_quoted(folder: Path) -> None:
    assert find_passage(folder, fact(None)) is None
    assert find_passage(folder, fact("")) is None
    assert find_passage(folder / "none", fact(digest(TEXT.encode()))) is None
    assert find_passage(folder / ".hidden", fact(digest(TEXT.encode()))) is None


def test_an_original_that_is_not_text_is_not_quoted(folder: Path) -> None:
    """A workbook or a PDF may be registered as a source, with its hash."""
    content = b"PK\x03\x04\xff\xfe\x00\xd8" * 100
    (folder / "book.xlsx").write_bytes(content)
    assert find_passage(folder, fact(digest(content), 1, 5)) is None


def test_a_file_that_may_not_be_read_is_passed_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "a locked one.txt":
            raise PermissionError(path)
        return read(path)

    (folder / "a locked one.txt").write_text("x")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert find_passage(folder, fact(digest(TEXT.encode()))) is not None


def test_the_drawer_quotes_the_original_escaped(open_site: OpenSite, loaded_file: Path, tmp_path: Path) -> None:
    """The span of a real fact, in a file made to have markup where it points."""
    folder = tmp_path / "originals"
    folder.mkdir()
    site = open_site(loaded_file, sources=folder)
    with site.read() as reading:
        source = next(s for s in reading.catalog.sources.values() if s.code == "zhonglou-2020-h1")
        assert source.sha256
    link = "/?why=320404.dibao_standard.total.2020-S1.-"
    assert site.build(link, page="why")["why"].all("blockquote") == []
    text = "甲" * 300 + "<script>alert(1)</script>" + "乙" * 5000
    (folder / "copy.txt").write_text(text, encoding="utf-8")
    assert site.build(link, page="why")["why"].all("blockquote") == [], "another file is never quoted"
    with site.reader.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE dim_source SET sha256 = ?", (digest(text.encode()),))
        connection.exec_driver_sql("UPDATE warehouse_state SET value = '99' WHERE name = 'data_version'")
    tree = site.build(link, page="why").check()["why"]
    assert tree.one("blockquote").one("mark").raw == text[344:352]
    assert "<script>alert(1)</script>" in tree.one("blockquote").raw
    assert not tree.all("script")
