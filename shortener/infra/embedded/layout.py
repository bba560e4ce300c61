"""Where the embedded servers keep their things. Everything follows from the data directory alone, so that a second
shell finds a running stack, and stacks in two directories never meet."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

SOCKET_PATH_LIMIT = 90  # characters: kernels refuse Unix sockets with paths of more than about 100
LONGEST_SOCKET = "/.s.PGSQL.5432.lock"
FOR_ROOT = Path("/var/lib")  # where root's servers have their files when the data directory is closed to others


@dataclass(frozen=True)
class Layout:
    """Paths of one stack."""

    data_dir: Path
    servers_dir: Path  # belongs to the user that the servers run as
    socket_dir: Path

    @property
    def servers_link(self) -> Path:
        """Leads to `servers_dir`, or is it."""
        return self.data_dir / "servers"

    @property
    def postgres_dir(self) -> Path:
        """PostgreSQL's cluster; the major version is part of the name, for its files fit no other."""
        return self.servers_dir / "postgres-18"

    @property
    def valkey_dir(self) -> Path:
        """Valkey's append-only file."""
        return self.servers_dir / "valkey"

    @property
    def binaries_dir(self) -> Path:
        """A copy of the binaries, where the servers' user cannot reach the environment."""
        return self.servers_dir / "binaries"

    @property
    def log_dir(self) -> Path:
        """What the servers say."""
        return self.data_dir / "logs"

    @property
    def lock_file(self) -> Path:
        """Locked by whoever runs the stack."""
        return self.data_dir / "lock"

    @property
    def postgres_socket(self) -> Path:
        """The socket that PostgreSQL makes for its default port."""
        return self.socket_dir / ".s.PGSQL.5432"

    @property
    def valkey_socket(self) -> Path:
        """Valkey's socket."""
        return self.socket_dir / "valkey.sock"

    @property
    def database_url(self) -> str:
        """As DATABASE_URL."""
        return f"postgresql://app@/app?host={quote(str(self.socket_dir), safe='')}"

    @property
    def redis_url(self) -> str:
        """As REDIS_URL."""
        return f"unix://{quote(str(self.valkey_socket))}"


def layout_for(data_dir: Path) -> Layout:
    """The layout of the stack in `data_dir`. Touches nothing."""
    data_dir = data_dir.expanduser().resolve()
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    servers = _servers_dir(data_dir / "servers", digest)
    sockets = servers / "sockets"
    if len(str(sockets) + LONGEST_SOCKET) > SOCKET_PATH_LIMIT:
        sockets = Path(tempfile.gettempdir()).resolve() / f"shortener-{digest}"
    return Layout(data_dir, servers, sockets)


def is_open(path: Path) -> bool:
    """Whether any user may go down to `path`: every directory above it has the search bit for others."""
    return all(parent.stat().st_mode & 1 for parent in path.absolute().parents if parent.exists())


def _servers_dir(link: Path, digest: str) -> Path:
    """In the data directory; but root's servers, which run as somebody else, must be able to get there."""
    if link.exists():
        return link.resolve()
    return FOR_ROOT / f"shortener-{digest}" if os.geteuid() == 0 and not is_open(link) else link
