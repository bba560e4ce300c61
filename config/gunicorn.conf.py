"""How gunicorn runs the site: `gunicorn -c config/gunicorn.conf.py config.asgi:application`."""

import gc
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from config import env
from shortener.infra.metrics import forget_dead
from shortener.infra.processes import end_with_parent

try:
    _environment = env.load(os.environ)
except env.ConfigError as error:
    sys.exit(f"The settings need a change before this can start:\n{error}")

gc.set_threshold(50_000)  # as in manage.py
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
_host = f"[{_environment.HOST}]" if ":" in _environment.HOST else _environment.HOST
bind = f"{_host}:{_environment.PORT}"
workers = _environment.WEB_WORKERS
worker_class = "config.worker.Worker"
backlog = 2048
graceful_timeout = 10  # seconds
timeout = 60  # seconds without a sign of life after which a worker is replaced
keepalive = 75  # seconds; longer than common proxies keep an idle connection
accesslog = None  # the redirect path logs no request: clicks are in the database
errorlog = "-"
loglevel = "info" if _environment.LOG_LEVEL == "DEBUG" else "warning"  # starts and stops are the supervisor's to tell
control_socket_disable = True


def on_starting(server: object) -> None:
    """Metrics of processes of an earlier run."""
    forget_dead(_environment.DATA_DIR.resolve() / "metrics")


def post_fork(server: object, worker: Any) -> None:
    """A worker whose master was killed would keep the port, and nobody could stop it."""
    end_with_parent(worker.ppid)
