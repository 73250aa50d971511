"""Bytes of a workbook or CSV → a Book of text cells, or a FileError with a remedy; in bounded memory and time."""

from etl.reading.book import read_book, read_book_file
from etl.reading.limits import Limits

__all__ = ["Limits", "read_book", "read_book_file"]
