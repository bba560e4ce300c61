"""gunicorn's worker class: uvicorn with what the redirect path does not need switched off."""

import os
from typing import Any, ClassVar

from uvicorn_worker import UvicornWorker

from config import env
from shortener.redirects.protocol import FastProtocol


class Worker(UvicornWorker):  # type: ignore[misc]
    """uvloop and httptools; no access log, no forwarded headers (`TRUSTED_PROXIES` decides), no web sockets."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {
        "loop": "uvloop",
        "http": FastProtocol if env.load(os.environ).FAST_PATH else "httptools",
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
        "date_header": True,
    }
