"""The embedded Valkey: every write in an append-only file before it is answered (unless set otherwise)."""

import subprocess

import redis

from shortener.infra.embedded.binaries import valkey_server
from shortener.infra.embedded.home import Home


def command(home: Home, *, fsync: str = "always") -> list[str]:
    """The server's command line. `fsync`: `always` or `everysec`."""
    layout = home.layout
    settings = {
        "port": "0",
        "unixsocket": str(layout.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(layout.valkey_dir),
        "appendonly": "yes",
        "appendfsync": fsync,
        "aof-load-truncated": "yes",  # a torn tail was never acknowledged
        "save": "",
        "maxmemory-policy": "noeviction",  # clicks wait in it
    }
    return [
        str(valkey_server(home.site)),
        *(word for name, value in settings.items() for word in (f"--{name}", value)),
    ]


def answers(home: Home) -> bool:
    """Whether the server has loaded its data and answers."""
    try:
        with redis.Redis.from_url(home.layout.redis_url, socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def version(home: Home) -> str:
    """As `Valkey 9.1.2`."""
    out = subprocess.run(  # noqa: S603
        [str(valkey_server(home.site)), "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = [word.removeprefix("v=") for word in out.split() if word.startswith("v=")]
    return f"Valkey {found[0]}" if found else "Valkey"
