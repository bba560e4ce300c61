"""gunicorn's worker class: uvicorn with what the redirect path does not need switched off."""

import os
from typing import Any, ClassVar

from uvicorn_worker import UvicornWorker

from config import env
from shortener.infra.memory import keep_what_is_there
from shortener.redirects.protocol import FastProtocol

# A page leaves a thousand objects for the collector, of which hardly any outlives it.
COLLECT_AFTER = (10_000, 20, 20)  # objects; generations


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

    def run(self) -> None:
        """Serve, once the application is there."""
        keep_what_is_there(*COLLECT_AFTER)
        super().run()
