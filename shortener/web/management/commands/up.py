"""`manage.py up`: everything, in one command."""

import contextlib
import errno
import hashlib
import os
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError

import psycopg
import redis
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections

from shortener.accounts.services import AdminCreated, ensure_admin
from shortener.clicks.housekeeping import tidy
from shortener.infra.embedded import postgres, valkey
from shortener.infra.embedded.errors import EmbeddedError
from shortener.infra.embedded.home import opened
from shortener.infra.embedded.layout import layout_for
from shortener.infra.embedded.stack import START_WAIT, postgres_child, valkey_child
from shortener.infra.processes import Child
from shortener.infra.stores import autonomous_connection, redis_client
from shortener.infra.supervisor import StartFailed, Supervisor

ROOT = Path(__file__).resolve().parents[4]
WEB_WAIT = 60.0  # seconds for the site to answer
PEOPLE_STOP = 130  # exit code of a start that was interrupted


class Stopped(Exception):
    """A stop was asked for while things were starting."""


class Command(BaseCommand):
    help = "Run everything: the databases (unless DATABASE_URL and REDIS_URL name others), the site, the click worker."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        supervisor = Supervisor(self._say)
        try:
            with supervisor.stopped_by_signals():
                self._run(supervisor)
        except Stopped:
            self._say("Stopped.")
            sys.exit(PEOPLE_STOP)
        except (EmbeddedError, StartFailed) as error:
            raise CommandError(str(error)) from error
        self._say("Stopped.")

    def _run(self, supervisor: Supervisor) -> None:
        _check_port(settings.HOST, settings.PORT)
        with self._servers(supervisor):
            self._until_stopped(supervisor)
            supervisor.stop_all()

    def _until_stopped(self, supervisor: Supervisor) -> None:
        with self._step(supervisor, "Database tables are up to date"):
            _migrate()
            _tidy_clicks()
        with self._step(supervisor, "Static files collected"):
            _collect_static()
        self._introduce(ensure_admin(email=settings.ADMIN_EMAIL, password=settings.ADMIN_PASSWORD))
        connections.close_all()
        with self._step(supervisor, "Click worker started"):
            for number in range(settings.INGEST_WORKERS):
                supervisor.start(_worker(number), wait=WEB_WAIT)
        with self._step(supervisor, "Job worker started"):
            supervisor.start(_jobs(), wait=WEB_WAIT)
        with self._step(supervisor, f"Site answers with {settings.WEB_WORKERS} web process(es)"):
            supervisor.start(_web(), wait=WEB_WAIT)
        self._say(f"Ready: {settings.BASE_URL}/   (Ctrl-C stops everything)")
        supervisor.watch()
        self._say("Stopping …")

    @contextlib.contextmanager
    def _servers(self, supervisor: Supervisor) -> Iterator[None]:
        """Both databases: embedded ones are started, others must answer."""
        with contextlib.ExitStack() as stack:
            if settings.EMBEDDED_POSTGRES or settings.EMBEDDED_REDIS:
                home = stack.enter_context(opened(layout_for(settings.DATA_DIR)))
                if settings.EMBEDDED_POSTGRES:
                    if not home.layout.postgres_dir.exists():
                        with self._step(supervisor, f"Database files made in {home.layout.servers_dir}"):
                            postgres.initialise(home)
                    with self._step(supervisor, f"{postgres.version(home)} ready"):
                        supervisor.start(postgres_child(home), wait=START_WAIT)
                if settings.EMBEDDED_REDIS:
                    with self._step(supervisor, f"{valkey.version(home)} ready"):
                        supervisor.start(valkey_child(home, fsync=settings.VALKEY_FSYNC), wait=START_WAIT)
            self._check_others(supervisor)
            try:
                yield
            finally:
                supervisor.stop_all()  # while we still hold the directory's lock

    def _check_others(self, supervisor: Supervisor) -> None:
        if not settings.EMBEDDED_POSTGRES:
            with self._step(supervisor, "Database of DATABASE_URL answers"):
                _check_postgres()
        if not settings.EMBEDDED_REDIS:
            with self._step(supervisor, "Redis of REDIS_URL answers"):
                _check_redis()

    @contextlib.contextmanager
    def _step(self, supervisor: Supervisor, done: str) -> Iterator[None]:
        """Say `done`, with its time, when the block has ended. Raises `Stopped` when a stop was asked for."""
        began = time.monotonic()
        yield
        if supervisor.is_stopping:
            raise Stopped
        self._say(f"✓ {done} ({time.monotonic() - began:.1f} s)")

    def _introduce(self, admin: AdminCreated | None) -> None:
        """Name the first admin, at once: the password is nowhere else."""
        if admin:
            secret = admin.password if admin.generated else "as set by ADMIN_PASSWORD"
            self._say(f"★ First admin: {admin.email}   password: {secret}")
            if admin.generated:
                self._say("  This password is shown once. Sign in and change it.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise EmbeddedError(
                    f"Port {port} is in use: stop what listens there, or choose another: make run PORT={port + 1}"
                ) from error
            raise EmbeddedError(f"Cannot listen on {host}:{port} ({error.strerror}): set HOST and PORT.") from error


def _check_postgres() -> None:
    try:
        connection.ensure_connection()
    except Exception as error:
        if not isinstance(error.__cause__, psycopg.Error):
            raise
        raise EmbeddedError(
            f"The database of DATABASE_URL refuses: {' '.join(str(error).split())}. "
            "Start it, correct DATABASE_URL, or unset it to use the embedded one."
        ) from error


def _check_redis() -> None:
    try:
        redis_client().ping()
    except (redis.RedisError, OSError) as error:
        raise EmbeddedError(
            f"The Redis of REDIS_URL refuses: {' '.join(str(error).split())}. "
            "Start it, correct REDIS_URL, or unset it to use the embedded Valkey."
        ) from error


def _migrate() -> None:
    # A lock, so that two starters on one database wait for each other.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(727001)")
        try:
            call_command("migrate", verbosity=0, interactive=False)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(727001)")


def _tidy_clicks() -> None:
    # The job worker does it every hour; the first clicks should find their partitions.
    with autonomous_connection() as connection_:
        tidy(connection_, datetime.now(UTC).date(), settings.CLICK_RETENTION_DAYS)


def _collect_static() -> None:
    """Collect static files when they have changed since the last time."""
    target = Path(settings.STATIC_ROOT)
    stamp, now = target / ".collected", _static_fingerprint()
    if stamp.is_file() and stamp.read_text() == now:
        return
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(now)


def _static_fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _worker(number: int) -> Child:
    name = "clicks" if settings.INGEST_WORKERS == 1 else f"clicks-{number + 1}"
    return Child(name, [sys.executable, str(ROOT / "manage.py"), "ingest"], options=_child_options())


def _jobs() -> Child:
    return Child("jobs", [sys.executable, str(ROOT / "manage.py"), "jobs"], options=_child_options())


def _web() -> Child:
    return Child(
        "web",
        [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "config/gunicorn.conf.py"), "config.asgi:application"],
        is_ready=_site_answers,
        options=_child_options(),
    )


def _child_options() -> dict[str, object]:
    return {"cwd": ROOT, "env": {**os.environ, "DATA_DIR": str(settings.DATA_DIR), "PYTHONUNBUFFERED": "1"}}


def _site_answers() -> bool:
    host = "127.0.0.1" if settings.HOST in {"0.0.0.0", "::"} else settings.HOST  # noqa: S104
    address = f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}/health/live"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
