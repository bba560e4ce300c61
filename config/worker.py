"""gunicorn's worker class: uvicorn with what the redirect path does not need switched off."""

from typing import Any, ClassVar

from uvicorn_worker import UvicornWorker


class Worker(UvicornWorker):  # type: ignore[misc]
    """uvloop and httptools; no access log, no forwarded headers (`TRUSTED_PROXIES` decides), no web sockets."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {
        "loop": "uvloop",
        "http": "httptools",
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
        "date_header": True,
    }
