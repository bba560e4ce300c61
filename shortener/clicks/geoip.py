"""Brings the file of places (MMDB) up to date: download, check, and only then put it in place of the old one."""

import gzip
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import maxminddb
from django.conf import settings

MAXMIND = "https://download.maxmind.com/geoip/databases/{edition}/download?suffix=tar.gz"
MOST_BYTES = 1_000_000_000  # of the download, and of what it holds
TIMEOUT = 30.0  # seconds without a byte
KINDS = ("country", "city", "location", "enterprise")  # words in the types of databases that we can read
PROBE = "8.8.8.8"  # any address that every database has

Progress = Callable[[int, int], None]  # bytes so far, bytes in all (0: unknown)


class DownloadFailed(Exception):
    """There is no new file; the message says why."""


@dataclass(frozen=True)
class Source:
    """Where the file comes from. `auth`: user and password."""

    url: str
    auth: tuple[str, str] | None = None


def configured_source() -> Source | None:
    """What the settings name."""
    if settings.GEOIP_URL:
        return Source(datetime.now(UTC).strftime(settings.GEOIP_URL))
    if settings.GEOIP_ACCOUNT_ID and settings.GEOIP_LICENSE_KEY:
        url = MAXMIND.format(edition=settings.GEOIP_EDITION)
        return Source(url, (settings.GEOIP_ACCOUNT_ID, settings.GEOIP_LICENSE_KEY))
    return None


def update(source: Source, path: str, progress: Progress = lambda _done, _all: None) -> str:
    """Put the file of `source` at `path`, which running processes notice within seconds; its type and date. Raises
    `DownloadFailed`, and then nothing has changed."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".geoip-") as directory:
            packed, unpacked = Path(directory, "packed"), Path(directory, "unpacked")
            _download(source, packed, progress)
            _unpack(packed, unpacked)
            about = _check(unpacked)
            unpacked.chmod(0o644)
            unpacked.replace(target)
    except (OSError, EOFError, tarfile.TarError) as error:
        raise DownloadFailed(f"{type(error).__name__}: {error}") from error
    return about


def _download(source: Source, target: Path, progress: Progress) -> None:
    try:
        with (
            httpx.stream("GET", source.url, auth=source.auth, timeout=TIMEOUT, follow_redirects=True) as response,
            target.open("wb") as file,
        ):
            if response.status_code != httpx.codes.OK:
                raise DownloadFailed(f"{response.url.host} answers {response.status_code} {response.reason_phrase}")
            total = int(response.headers.get("content-length") or 0)
            done = 0
            for chunk in response.iter_raw(1 << 16):
                done += len(chunk)
                if done > MOST_BYTES:
                    raise DownloadFailed(f"more than {MOST_BYTES} bytes")
                file.write(chunk)
                progress(done, total)
            if total and done != total:
                raise DownloadFailed(f"{done} bytes of {total} arrived")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DownloadFailed(f"{type(error).__name__}: {error}") from error


def _unpack(packed: Path, target: Path) -> None:
    """By what the file is, whatever it is called."""
    if tarfile.is_tarfile(packed):
        with tarfile.open(packed) as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(".mmdb") and (inner := archive.extractfile(member)):
                    with target.open("wb") as file:
                        shutil.copyfileobj(inner, file)
                    return
        raise DownloadFailed("the archive holds no .mmdb file")
    with packed.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    if not is_gzip:
        packed.replace(target)
        return
    with gzip.open(packed) as stream, target.open("wb") as out:
        while chunk := stream.read(1 << 20):
            out.write(chunk)
            if out.tell() > MOST_BYTES:
                raise DownloadFailed(f"it unpacks to more than {MOST_BYTES} bytes")


def _check(path: Path) -> str:
    """The type and date of a database that can be used. Raises `DownloadFailed`."""
    try:
        with maxminddb.open_database(path) as reader:
            about = reader.metadata()
            reader.get(PROBE)
    except (maxminddb.InvalidDatabaseError, ValueError) as error:
        raise DownloadFailed(f"what was downloaded is no MMDB file ({error})") from error
    if not any(word in about.database_type.lower() for word in KINDS):
        raise DownloadFailed(f"a {about.database_type} database has neither countries nor cities")
    return f"{about.database_type} of {datetime.fromtimestamp(about.build_epoch, UTC):%Y-%m-%d}"
