"""YOURLS' table of links in an SQL dump (mysqldump, phpMyAdmin), read token by token: nothing is run, and text that
looks like SQL inside of values stays text."""

import re
from collections.abc import Iterator
from typing import NamedTuple, TextIO

from django.utils.translation import gettext as _

from shortener.links.transfer.errors import TransferError
from shortener.links.transfer.packing import Record

PIECE = 256 * 1024  # characters read at once
LONGEST = 1024 * 1024  # characters of one token
TABLE = re.compile(r"(?:\w*_)?url\Z", re.IGNORECASE)
COLUMNS = ("keyword", "url", "title", "timestamp", "ip", "clicks")  # as YOURLS makes them
FIELDS = {"keyword": "slug", "url": "url", "title": "title", "timestamp": "created_at", "clicks": "clicks"}
TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<comment>(?:--|\#)[^\n]*(?:\n|\Z) | /\*.*?\*/)
    | (?P<string>'(?:[^'\\]++|\\.|'')*+' | "(?:[^"\\]++|\\.|"")*+")
    | `(?P<name>(?:[^`]|``)*+)`
    | (?P<word>[A-Za-z_][A-Za-z0-9_$]*)
    | (?P<number>-?\d[0-9A-Za-z.+]*)
    | (?P<mark>[(),;])
    | (?P<other>/(?!\*) | -(?!-) | [^'"`/\#-])
    """,
    re.VERBOSE | re.DOTALL,
)
ESCAPED = {"0": "\0", "n": "\n", "r": "\r", "t": "\t", "b": "\b", "Z": "\x1a"}


class Token(NamedTuple):
    """A piece of SQL: its kind, and what it says."""

    kind: str
    text: str


def yourls_links(text: TextIO) -> Iterator[Record]:
    """The links of the dump. Raises `TransferError` for what is not a dump of YOURLS."""
    tokens = _tokens(text)
    there = False
    for statement in _inserts(tokens):
        there = True
        yield from statement
    if not there:
        raise TransferError(_("There is no table of links (yourls_url) in this dump."))


def _inserts(tokens: Iterator[Token]) -> Iterator[Iterator[Record]]:
    """The rows of each INSERT into the table of links; other statements are passed over."""
    begins = True  # a statement
    for token in tokens:
        inserts = begins and token.kind == "word" and token.text.upper() in {"INSERT", "REPLACE"}
        if inserts and TABLE.match(_table(tokens)):
            yield _rows(tokens)  # to the end of the statement
            begins = True
        else:
            begins = token == ("mark", ";")


def _table(tokens: Iterator[Token]) -> str:
    name = ""
    for token in tokens:
        if token.kind == "name" or (token.kind == "word" and token.text.upper() not in {"INTO", "IGNORE"}):
            name = token.text
            break
    return name


def _rows(tokens: Iterator[Token]) -> Iterator[Record]:
    """The rows of one INSERT, from behind the table's name to its end."""
    columns: list[str] = list(COLUMNS)
    for token in tokens:
        if token == ("mark", ";"):
            return
        if token == ("mark", "("):
            columns = [name.lower() for name in _until_closed(tokens)]
        elif token.kind == "word" and token.text.upper() in {"VALUES", "VALUE"}:
            break
    for token in tokens:
        if token == ("mark", ";"):
            return
        if token == ("mark", "("):
            yield _record(columns, list(_until_closed(tokens)))
        elif token != ("mark", ","):
            raise TransferError(_("The dump cannot be read near “%(text)s”.") % {"text": token.text[:50]})


def _record(columns: list[str], values: list[str]) -> Record:
    if len(columns) != len(values):
        raise TransferError(_("A row of the dump has %(count)d values.") % {"count": len(values)})
    return {FIELDS[name]: value for name, value in zip(columns, values, strict=True) if name in FIELDS and value}


def _until_closed(tokens: Iterator[Token]) -> Iterator[str]:
    """The values up to the closing bracket; NULL is empty."""
    for token in tokens:
        if token == ("mark", ")"):
            return
        if token.kind in {"string", "number", "name"}:
            yield token.text
        elif token.kind == "word":
            # `_binary 'text'` has the name of a character set in front.
            if not token.text.startswith("_"):
                yield "" if token.text.upper() == "NULL" else token.text
        elif token != ("mark", ","):
            raise TransferError(_("The dump cannot be read near “%(text)s”.") % {"text": token.text[:50]})
    raise TransferError(_("The dump ends in the middle."))


def _tokens(text: TextIO) -> Iterator[Token]:
    buffer, position, is_over = "", 0, False
    while True:
        found = TOKEN.match(buffer, position)
        # A token at the very end may go on in what was not read yet.
        if not is_over and (found is None or found.end() == len(buffer)):
            if len(buffer) - position > LONGEST:
                raise TransferError(_("The dump cannot be read: a value does not end."))
            piece = text.read(PIECE)
            is_over, buffer, position = not piece, buffer[position:] + piece, 0
            continue
        if found is None:
            if position < len(buffer):
                raise TransferError(_("The dump ends in the middle."))
            return
        position = found.end()
        kind = found.lastgroup or "other"
        if kind in {"space", "comment"}:
            continue
        yield Token(kind, _value(kind, found[kind]))


def _value(kind: str, text: str) -> str:
    if kind == "name":
        return text.replace("``", "`")
    if kind != "string":
        return text
    quote, inner = text[0], text[1:-1]
    if quote in inner:
        inner = inner.replace(quote * 2, quote) if "\\" not in inner else inner
    if "\\" not in inner:
        return inner
    pattern = re.compile(rf"\\(.)|{quote}{quote}", re.DOTALL)
    return pattern.sub(lambda found: ESCAPED.get(found[1], found[1]) if found[1] else quote, inner)
