"""Records as they wait in the database: NDJSON, compressed, read again without holding all of it in memory."""

import json
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec
import psycopg
from django.db import connection
from django.utils.translation import gettext as _

from shortener.links.transfer.errors import TransferError

Record = Mapping[str, Any]
MOST_ROWS = 1_000_000
MOST_PACKED = 100 * 1024 * 1024  # bytes in the database
PIECE = 256 * 1024  # bytes read from there at once
SAMPLE = 5  # records shown before an import begins
COLUMNS = 200
# Where a record has its number in the file, behind rows that are empty and no records; else it follows from the order.
# No column of a CSV file is called so: their names are stripped. Other files may have anything there.
PLACE = " row"

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Packed:
    """Records, packed; `columns` in the order in which they were met, `sample` are the first records."""

    data: bytes
    total: int
    columns: list[str]
    sample: list[Record]


def pack(records: Iterable[Record]) -> Packed:
    """All `records`, packed. Raises `TransferError` when there are none or too many."""
    columns: dict[str, None] = {}
    sample: list[Record] = []
    total = 0
    squeeze = zlib.compressobj(6)
    with tempfile.SpooledTemporaryFile(max_size=PIECE * 16) as file:
        for record in records:
            total += 1
            if total > MOST_ROWS:
                raise TransferError(_("There are more than %(most)d rows. Import them in parts.") % {"most": MOST_ROWS})
            if total <= SAMPLE:
                sample.append(record)
            if len(columns) < COLUMNS:
                columns.update(dict.fromkeys(record))
            file.write(squeeze.compress(_line(record)))
        file.write(squeeze.flush())
        if not total:
            raise TransferError(_("There are no links in it."))
        if file.tell() > MOST_PACKED:
            raise TransferError(_("That is too much at once. Import it in parts."))
        file.seek(0)
        columns.pop(PLACE, None)
        return Packed(file.read(), total, list(columns), sample)


def place_of(record: Record, otherwise: int) -> int:
    """Where `record` stands in its file, from 1; `otherwise`, unless it says."""
    place = record.get(PLACE)
    return place if isinstance(place, int) else otherwise


def keep(job_id: int, packed: Packed) -> None:
    """Write what is packed into the row of its import, in the caller's transaction: in binary, for written out in SQL
    it would take the memory of several of its kind."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute("UPDATE links_importjob SET rows = %b WHERE id = %s", [packed.data, job_id])


def chunks(job_id: int, *, start: int, size: int) -> Iterator[list[Record]]:
    """The records of an import behind the first `start` ones, `size` at a time."""
    lines = islice(_lines(job_id), start, None)
    while chunk := list(islice(lines, size)):
        yield [json.loads(line) for line in chunk]


def _line(record: Record) -> bytes:
    try:
        return _encode(record) + b"\n"
    except UnicodeEncodeError:  # half a character: it is told of when its row is read
        return json.dumps(record).encode() + b"\n"


def _lines(job_id: int) -> Iterator[bytes]:
    expand = zlib.decompressobj()
    rest = b""
    for piece in _pieces(job_id):
        *whole, rest = (rest + expand.decompress(piece)).split(b"\n")
        yield from whole


def _pieces(job_id: int) -> Iterator[bytes]:
    offset = 1
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT substring(rows FROM %s FOR %s) FROM links_importjob WHERE id = %s", [offset, PIECE, job_id]
            )
            row = cursor.fetchone()
        if not row or not row[0]:
            return
        yield bytes(row[0])
        offset += PIECE
