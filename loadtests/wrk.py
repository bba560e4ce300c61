"""Drives a server with wrk: one thread, keep-alive connections, each sending as soon as it has its answer."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from loadtests.children import program
from loadtests.errors import BenchError

SLOWEST = 10  # seconds after which wrk counts a request as timed out
GRACE = 30.0  # seconds beyond its duration after which a wrk that does not end is killed

# What wrk prints is rounded for people; this is the same as numbers. It runs once, at the end.
REPORT = """
function done(summary, latency, requests)
    local e = summary.errors
    io.write(string.format(
        '\\n{"requests": %d, "microseconds": %d, "p50_us": %d, "p99_us": %d, "refused": %d, "broken": %d}\\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        e.status, e.connect + e.read + e.write + e.timeout))
end
"""

# Sends the paths of a file in their order, beginning behind the first `skip`, and again from the top at the end.
# Requests are put together by hand: wrk.format costs the load generator three times as much.
PATHS = """
local paths = {{}}
for path in io.lines("{file}") do paths[#paths + 1] = path end
local at = {skip}
local tail = " HTTP/1.1\\r\\nHost: {host}\\r\\n\\r\\n"
function request()
    at = at % #paths + 1
    return "GET " .. paths[at] .. tail
end
"""

# A new link at every request.
CREATE = """
local head = {{["Authorization"] = "Bearer {key}", ["Content-Type"] = "application/json"}}
local made = 0
function request()
    made = made + 1
    return wrk.format("POST", "{path}", head, '{{"url": "https://example.com/made/{label}/' .. made .. '"}}')
end
"""


@dataclass(frozen=True)
class Load:
    """What one run of wrk saw. `requests` were answered in full; `refused` of them with a status of 400 or above;
    `broken` connections failed or took too long."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    refused: int
    broken: int

    @property
    def requests_per_s(self) -> float:
        return self.requests / self.seconds


def run(url: str, *, script: Path, connections: int, seconds: float, headers: Iterable[str] = ()) -> Load:
    """Drive `url` for `seconds` (whole seconds, at least one). Raises `BenchError` when wrk fails."""
    whole = max(1, round(seconds))
    command = [program("wrk") or "wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{whole}s"]
    command += ["--timeout", f"{SLOWEST}s", "--script", str(script), *_repeated("--header", headers), url]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=whole + GRACE, check=True)
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"wrk did not end within {whole + GRACE:.0f} s") from error
    except subprocess.CalledProcessError as error:
        raise BenchError(f"wrk failed: {' '.join((error.stderr or error.stdout).split())}") from error
    return parse(ended.stdout)


def parse(output: str) -> Load:
    """Read the line that `REPORT` prints. Raises `BenchError` when there is none."""
    for line in reversed(output.splitlines()):
        if line.startswith('{"requests"'):
            seen = json.loads(line)
            return Load(
                requests=seen["requests"],
                seconds=seen["microseconds"] / 1e6,
                p50_ms=seen["p50_us"] / 1e3,
                p99_ms=seen["p99_us"] / 1e3,
                refused=seen["refused"],
                broken=seen["broken"],
            )
    raise BenchError(f"wrk reported nothing: {' '.join(output.split())[-200:]}")


# Many new links at every request, by one prepared body.
BULK = """
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer {key}"
wrk.headers["Content-Type"] = "application/json"
local links = {{}}
for number = 1, {count} do links[number] = '{{"url": "https://example.com/bulk/' .. number .. '"}}' end
wrk.body = '{{"links": [' .. table.concat(links, ",") .. ']}}'
"""


class Scripts:
    """Writes the Lua scripts of a run into `directory`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._written = 0

    def same(self) -> Path:
        """The URL that wrk is given, again and again. Without a request function wrk sends prepared bytes."""
        return self._write("")

    def paths(self, file: Path, *, host: str, skip: int = 0) -> Path:
        """The paths in `file`, one a line."""
        return self._write(PATHS.format(file=file, host=host, skip=skip))

    def create(self, *, path: str, key: str) -> Path:
        """POST requests to `path`, each for another destination."""
        return self._write(CREATE.format(path=path, key=key, label=self._written))

    def bulk(self, *, key: str, count: int) -> Path:
        """POST requests, each for `count` new links."""
        return self._write(BULK.format(key=key, count=count))

    def _write(self, text: str) -> Path:
        self._written += 1
        file = self._directory / f"script-{self._written}.lua"
        file.write_text(text + REPORT)
        return file


def _repeated(flag: str, values: Iterable[str]) -> list[str]:
    return [word for value in values for word in (flag, value)]
