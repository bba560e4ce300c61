"""Batches of clicks on local disk, while Redis is away.

A spool is an append-only file of records: length and CRC-32 (big-endian, 4 bytes each), then the payload. The process
that writes it holds a lock on it (flock); a file without its lock belongs to a process that is gone, and whoever finds
it first adopts it. A record that a crash has cut short ends the file. Reading a record twice is harmless: a batch
counts once.
"""

import contextlib
import fcntl
import logging
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

logger = logging.getLogger(__name__)

HEAD = struct.Struct(">II")  # length, CRC-32
LARGEST = 64 * 1024 * 1024  # bytes; a longer record is a damaged length
SUFFIX = ".spool"
UNLIMITED = 2**63


class SpoolFull(OSError):
    """The spools have reached their limit."""


class Spool:
    """This process's own spool file, made when it is first needed. Not thread-safe; every method may block.

    `limit`: bytes that all spools in `directory` may take together.
    """

    def __init__(self, directory: Path, limit: int = UNLIMITED) -> None:
        self._directory, self._limit = directory, limit
        self._path = directory / f"{os.getpid()}-{os.urandom(4).hex()}{SUFFIX}"
        self._file: int | None = None

    def append(self, payload: bytes) -> None:
        """Write one record through to the disk. Raises `OSError`, as `SpoolFull` when the limit is reached."""
        if spooled_bytes(self._directory) + HEAD.size + len(payload) > self._limit:
            raise SpoolFull(f"the spools in {self._directory} take {self._limit} bytes, which is their limit")
        if self._file is None:
            self._file = _create(self._path)
        record = HEAD.pack(len(payload), zlib.crc32(payload)) + payload
        start = os.lseek(self._file, 0, os.SEEK_END)
        try:
            _write_all(self._file, record)
            os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, start)  # a half record would hide every one behind it
            raise

    def records(self) -> list[bytes]:
        """The payloads written so far, oldest first."""
        return list(read_records(self._path)) if self._file is not None else []

    def clear(self) -> None:
        """Forget what was written: it has arrived elsewhere. Unlocked by closing, when the file is gone."""
        if self._file is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = None

    def adopt(self) -> Iterator[tuple[Path, list[bytes]]]:
        """Spools whose writers are gone, with their payloads. Each is deleted when the caller asks for the next one:
        by then its payloads have to be safe."""
        for path in sorted(self._directory.glob(f"*{SUFFIX}"), key=_age):
            if path != self._path:
                yield from _adopt_one(path)


def spooled_bytes(directory: Path) -> int:
    """How much lies in the spools of all processes."""
    total = 0
    for path in directory.glob(f"*{SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def read_records(path: Path) -> Iterator[bytes]:
    """The whole and undamaged records at the beginning of the file at `path`."""
    data = path.read_bytes()
    position = 0
    while position + HEAD.size <= len(data):
        length, checksum = HEAD.unpack_from(data, position)
        payload = data[position + HEAD.size : position + HEAD.size + length]
        if length > LARGEST or len(payload) < length or zlib.crc32(payload) != checksum:
            logger.warning("%s is damaged after %d bytes: a record was cut short there", path, position)
            return
        yield payload
        position += HEAD.size + length


def _create(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return file


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _adopt_one(path: Path) -> Iterator[tuple[Path, list[bytes]]]:
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.exists():  # else somebody else has just adopted and deleted it
            yield path, list(read_records(path))
            path.unlink(missing_ok=True)
    except BlockingIOError:
        pass  # its writer lives
    finally:
        os.close(file)
