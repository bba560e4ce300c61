"""Batches of clicks on local disk, while Redis is away.

A spool is a directory of segments: append-only files of records, each of them a length and a CRC-32 (big-endian, 4
bytes each), then the payload. Segments have a few megabytes, and are sent and deleted one by one, oldest first, so that
a long absence of Redis needs disk, not memory. The process that writes a spool holds a lock on its directory (flock); a
directory without its lock belongs to a process that is gone, and whoever finds it first adopts it. A record that a
crash has cut short ends its segment. Reading a record twice is harmless: a batch counts once.
"""

import contextlib
import fcntl
import logging
import os
import struct
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path

logger = logging.getLogger(__name__)

HEAD = struct.Struct(">II")  # length, CRC-32
LARGEST = 64 * 1024 * 1024  # bytes; a longer record is a damaged length
SEGMENT_BYTES = 4 * 1024 * 1024  # after which a segment is full; its last record may go beyond
SUFFIX = ".spool"
UNLIMITED = 2**63

Segment = tuple[Path, list[bytes]]  # a file, and the payloads in it


class SpoolFull(OSError):
    """The spools have reached their limit."""


class Spool:
    """This process's own spool, made when it is first needed. Not thread-safe; every method may block.

    `limit`: bytes that all spools in `directory` may take together.
    """

    def __init__(self, directory: Path, limit: int = UNLIMITED) -> None:
        self._directory, self._limit = directory, limit
        self._home: Path | None = None  # of the segments
        self._lock: int | None = None
        self._file: int | None = None  # the segment that is written to
        self._size = self._number = 0

    def append(self, payload: bytes) -> None:
        """Write one record through to the disk. Raises `OSError`, as `SpoolFull` when the limit is reached."""
        record = HEAD.pack(len(payload), zlib.crc32(payload)) + payload
        if spooled_bytes(self._directory) + len(record) > self._limit:
            raise SpoolFull(f"the spools in {self._directory} take {self._limit} bytes, which is their limit")
        if self._file is None or self._size >= SEGMENT_BYTES:
            self._begin_segment()
        assert self._file is not None  # noqa: S101  for mypy
        try:
            _write_all(self._file, record)
            os.fdatasync(self._file)
        except OSError:
            # A half record would hide every one behind it: it is taken back, and the next goes elsewhere.
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._size)
            self._end_segment()
            raise
        self._size += len(record)

    def own(self) -> Generator[Segment]:
        """The segments written so far, oldest first. Each is deleted when the caller asks for the next one: by then its
        payloads have to be safe. What is appended meanwhile goes to further segments."""
        if self._home is None:
            return
        self._end_segment()
        yield from _emptied(self._home)
        if self._file is None:
            self.close()

    def adopted(self) -> Generator[Segment]:
        """The same for the spools of writers that are gone."""
        homes = [path for path in self._directory.glob("[!.]*") if path.is_dir() and path != self._home]
        for home in sorted(homes, key=_age):
            yield from _adopt(home)

    def close(self) -> None:
        """Write no more here; what is left belongs to whoever adopts it."""
        self._end_segment()
        if self._home is not None and self._lock is not None:
            with contextlib.suppress(OSError):  # it is not empty
                self._home.rmdir()
            os.close(self._lock)
        self._home = self._lock = None

    def _begin_segment(self) -> None:
        self._end_segment()
        if self._home is None or not self._home.exists():
            self.close()
            self._home, self._lock = _make_home(self._directory)
        path = self._home / f"{self._number:010}{SUFFIX}"
        self._number += 1
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        _sync_directory(self._home)  # else a power cut could take the whole file

    def _end_segment(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file, self._size = None, 0


def spooled_bytes(directory: Path) -> int:
    """How much lies in the spools of all processes.

    They come and go while they are measured. `Path.glob` would raise `FileNotFoundError` for a directory that goes
    between its being listed and its being read, and the click that asked would be lost.
    """
    return sum(_size(file) for home in _listed(directory) for file in _listed(home) if file.name.endswith(SUFFIX))


def _listed(directory: Path | os.DirEntry[str]) -> list[os.DirEntry[str]]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(directory) as entries:
        return list(entries)
    return []


def _size(file: os.DirEntry[str]) -> int:
    with contextlib.suppress(FileNotFoundError):
        return file.stat().st_size
    return 0


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


def _make_home(directory: Path) -> tuple[Path, int]:
    """A new directory of segments and the lock on it. It gets its name when it is locked: nobody adopts it before."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    home = directory / f"{os.getpid()}-{os.urandom(4).hex()}"
    unnamed = directory / f".{home.name}"
    unnamed.mkdir(mode=0o700)
    lock = os.open(unnamed, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    unnamed.rename(home)
    _sync_directory(directory)
    return home, lock


def _sync_directory(directory: Path) -> None:
    file = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _emptied(home: Path) -> Generator[Segment]:
    """The segments in `home` as of now, each deleted afterwards."""
    for path in sorted(home.glob(f"*{SUFFIX}")):
        yield path, list(read_records(path))
        path.unlink(missing_ok=True)


def _adopt(home: Path) -> Generator[Segment]:
    try:
        lock = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield from _emptied(home)
        with contextlib.suppress(OSError):
            home.rmdir()
    except BlockingIOError:
        pass  # its writer lives
    finally:
        os.close(lock)
