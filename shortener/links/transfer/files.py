"""Files with links, read record by record: CSV in any encoding and with any delimiter, JSON, NDJSON, SQL dumps."""

import codecs
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from django.utils.translation import gettext as _

from shortener.infra.csv_files import unguarded
from shortener.links.transfer import others, sql
from shortener.links.transfer.errors import TransferError
from shortener.links.transfer.export import FIELDS as EXPORTED
from shortener.links.transfer.packing import PLACE, Record, place_of

SOURCES = ("csv", "json", "yourls", "shlink", "kutt", "bitly")
MOST_CHARACTERS = 1024 * 1024  # of one record
PIECE = 256 * 1024  # bytes looked at, or characters read, at once
DELIMITERS = ",;\t|"
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
LAST_RESORT = "cp1252"
SQL = re.compile(r"^(INSERT INTO|CREATE TABLE|DROP TABLE)\b", re.MULTILINE | re.IGNORECASE)
SURPLUS = ""  # the column of cells without a header


@dataclass(frozen=True)
class Source:
    """What was found in a file: `kind` is one of SOURCES."""

    kind: str
    records: Iterator[Record]


def open_source(stream: IO[bytes], name: str = "", kind: str = "") -> Source:
    """The records in `stream`, a file called `name`. Its kind is found out unless it is given. Raises `TransferError`
    at once or while records are read."""
    if kind and kind not in SOURCES:
        raise TransferError(_("There is no kind of file “%(kind)s”.") % {"kind": kind[:20]})
    encoding = encoding_of(stream)
    stream.seek(0)
    errors = "replace" if encoding == LAST_RESORT else "strict"
    text = io.TextIOWrapper(_Borrowed(stream), encoding=encoding, errors=errors, newline="")
    start = _beginning(text)
    if not start:
        raise TransferError(_("The file is empty."))
    if "\x00" in start[:1000]:
        raise TransferError(_("This is not a text file. Save it as CSV or JSON."))
    found = kind or _kind(start, name)
    if found == "yourls" and not start.startswith(("{", "[")):
        return Source("yourls", _safely(sql.yourls_links(text)))
    if start.startswith(("{", "[")):
        return _json_source(text, start, kind)
    return Source("bitly" if kind == "bitly" else "csv", _safely(_csv(text, start)))


def encoding_of(stream: IO[bytes]) -> str:
    """What the file is written in: by its mark, else UTF-8 if all of it is, else Windows-1252."""
    stream.seek(0)
    start = stream.read(4)
    for mark, name in MARKS.items():
        if start.startswith(mark):
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    stream.seek(0)
    try:
        while piece := stream.read(PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return LAST_RESORT
    return "utf-8"


def delimiter_of(text: str) -> str:
    """What separates cells: the candidate that is in the header, and in the lines below as often."""
    lines = [re.sub(r'"[^"]*"', "", line) for line in text.splitlines()[:10] if line.strip()]
    counts: list[Counter[str]] = [Counter(letter for letter in line if letter in DELIMITERS) for line in lines]

    def rank(letter: str) -> tuple[int, int]:
        return sum(count[letter] == counts[0][letter] for count in counts), counts[0][letter]

    there = [letter for letter in DELIMITERS if counts and counts[0][letter]]
    return max(there, key=rank) if there else ","


def _beginning(text: io.TextIOWrapper) -> str:
    try:
        start = text.read(PIECE)
        text.seek(0)
    except UnicodeError as error:
        raise TransferError(_("The file cannot be read: %(reason)s.") % {"reason": error}) from error
    return start.lstrip("\ufeff \t\r\n")


class _Borrowed(io.BufferedReader):
    """The stream, which stays open when the text around it is done with."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(_Raw(stream), PIECE)


class _Raw(io.RawIOBase):
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


def _kind(start: str, name: str) -> str:
    if name.lower().endswith(".sql") or SQL.search(start):
        return "yourls"
    return "json" if start.startswith(("{", "[")) else "csv"


def _safely(records: Iterator[Record]) -> Iterator[Record]:
    """The same, with mistakes of the file's form as `TransferError`."""
    number = 0
    try:
        for record in records:
            number = place_of(record, number + 1)
            yield record
    except (csv.Error, UnicodeError) as error:
        words = _("Row %(number)d cannot be read: %(reason)s.")
        raise TransferError(words % {"number": number + 1, "reason": error}) from error


def _csv(text: io.TextIOWrapper, start: str) -> Iterator[Record]:
    rows = csv.reader(text, delimiter=delimiter_of(start))
    header = next(rows, [])
    columns = _named(header)
    clean = unguarded if tuple(columns) in {EXPORTED, EXPORTED[:-1]} else str
    all_have_cells = True
    for number, row in enumerate(rows, start=1):
        if not any(row):
            all_have_cells = False
            continue
        record: dict[str, Any] = {name: clean(cell) for name, cell in zip(columns, row, strict=False) if cell}
        if len(row) > len(columns) and any(row[len(columns) :]):
            record[SURPLUS] = row[len(columns) :]
        if not all_have_cells:
            record[PLACE] = number
        yield record


def _named(header: list[str]) -> list[str]:
    """Names for all columns, none twice."""
    names: list[str] = []
    for number, cell in enumerate(header, start=1):
        name = cell.strip().lstrip("\ufeff")[:100] or f"#{number}"
        while name in names:
            name += "'"
        names.append(name)
    return names


def _json_source(text: io.TextIOWrapper, start: str, kind: str) -> Source:
    if start.startswith("[") or re.match(r"\{[^{}\[\]]*\}\s*\n\s*\{", start) or "}\n{" in start:
        elements = _elements(text)
        return Source("json" if kind in {"", "csv", "json"} else kind, _safely(_objects(elements, kind)))
    try:
        whole = json.load(text)
    except (ValueError, RecursionError) as error:
        raise TransferError(_("This is not JSON: %(reason)s.") % {"reason": error}) from error
    found = others.unwrapped(whole, kind)
    return Source(found.kind, iter(found.records))


def _objects(elements: Iterator[Any], kind: str) -> Iterator[Record]:
    read = others.READERS.get(kind, dict)
    for number, element in enumerate(elements, start=1):
        if not isinstance(element, Mapping):
            raise TransferError(_("Entry %(number)d is not an object: {…}.") % {"number": number})
        yield read(element)


def _elements(text: io.TextIOWrapper) -> Iterator[Any]:
    """The elements of a JSON list, or of NDJSON, one after the other."""
    decoder = json.JSONDecoder()
    buffer, is_over = text.read(PIECE).lstrip("\ufeff \t\r\n").removeprefix("["), False
    while True:
        buffer = buffer.lstrip(" \t\r\n,")
        if buffer.startswith("]"):
            return
        try:
            element, end = decoder.raw_decode(buffer)
        except (ValueError, RecursionError) as error:
            if is_over and not buffer:
                return
            if is_over or len(buffer) > MOST_CHARACTERS:
                raise TransferError(_("This is not JSON: %(reason)s.") % {"reason": error}) from error
            piece = text.read(PIECE)
            is_over, buffer = not piece, buffer + piece
        else:
            yield element
            buffer = buffer[end:]
