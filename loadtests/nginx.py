"""The yardstick: nginx with one worker process that answers everything with a bare `return 302`."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtests.children import Program, accepts, free_port, program
from loadtests.cpu import CpuClock, children_of

# Every connection is kept for as long as the client likes: the default closes it after 1,000 requests.
CONFIG = """\
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {directory}/body;
{temporary}
    server {{
        listen 127.0.0.1:{port};
        return 302 https://example.com/;
    }}
}}
"""
MODULES = ("proxy", "fastcgi", "uwsgi", "scgi")  # each makes a directory at start, by default where only root may
START_SECONDS = 10.0


@dataclass(frozen=True)
class Nginx:
    """A running nginx."""

    url: str
    cpu: CpuClock


@contextmanager
def running(directory: Path) -> Iterator[Nginx]:
    """Start nginx with its files in `directory`; it ends with the block."""
    executable = program("nginx") or "nginx"
    port = free_port()
    file = directory / "nginx.conf"
    file.write_text(configuration(directory, port, _build_options(executable)))
    command = [executable, "-p", str(directory), "-e", "stderr", "-c", str(file)]
    with Program("nginx", command, directory / "nginx.log", env=os.environ, cwd=directory) as child:
        child.wait_until(lambda: accepts(port), seconds=START_SECONDS, what="start of nginx")
        yield Nginx(f"http://127.0.0.1:{port}", CpuClock(children_of(child.pid)))


def configuration(directory: Path, port: int, build_options: str) -> str:
    """The configuration file. `build_options` (of `nginx -V`) tell which modules there are to be given a directory."""
    built_in = (name for name in MODULES if f"--without-http_{name}_module" not in build_options)
    temporary = "\n".join(f"    {name}_temp_path {directory}/{name};" for name in built_in)
    return CONFIG.format(directory=directory, port=port, temporary=temporary)


def _build_options(executable: str) -> str:
    return subprocess.run([executable, "-V"], capture_output=True, text=True, check=True).stderr
