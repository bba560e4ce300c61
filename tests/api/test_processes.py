"""Keys and budgets in four web processes at once."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest

from loadtests.stack import NO_LIMIT
from tests.chaos.test_coherence import Cluster
from tests.up import open_directory

pytestmark = pytest.mark.processes
WITHIN = 1.0  # seconds: a key that is revoked ends everywhere
KEY = {"create": "", "read": "100/hour", "stats": "", "bulk": ""}
PLANS = {**json.loads(NO_LIMIT), "standard": {"key": KEY, "workspace": dict.fromkeys(KEY, "")}}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with open_directory() as directory:
        cluster = Cluster(directory, further=3)
        cluster.up.environment["RATE_PLANS"] = json.dumps(PLANS)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


class Caller:
    """Asks one process with one key, over one connection."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=20)
        self._headers = {"Authorization": f"Bearer {key}"}

    def status(self, method: str, path: str) -> int:
        self._connection.request(method, path, headers=self._headers)
        response = self._connection.getresponse()
        response.read()
        return response.status

    def close(self) -> None:
        self._connection.close()


def test_of_four_hundred_requests_to_four_processes_a_budget_of_a_hundred_passes_a_hundred(cluster):
    key = cluster.up.manage("apikey", "create", "limited")
    callers = [Caller(port, key) for port in cluster.ports for _ in range(4)]
    with ThreadPoolExecutor(len(callers)) as threads:
        found = threads.map(lambda caller: [caller.status("GET", "/api/v1/links") for _ in range(25)], callers)
        answers = Counter(status for statuses in found for status in statuses)
    for caller in callers:
        caller.close()
    assert answers == {200: 100, 429: 300}


def test_a_key_that_is_revoked_ends_in_every_process_within_a_second(cluster):
    key = cluster.up.manage("apikey", "create", "leaked")
    boss = Caller(cluster.ports[0], cluster.up.manage("apikey", "create", "boss"))
    [listed] = [line for line in cluster.up.manage("apikey", "list").splitlines() if "  leaked  " in line]
    number = listed.partition("  ")[0]
    callers = [Caller(port, key) for port in cluster.ports]

    def works(caller: Caller) -> bool:
        return caller.status("DELETE", "/api/v1/links/link_none") != 401

    assert all(works(caller) for caller in callers)  # every process has it in memory
    assert boss.status("POST", f"/api/v1/keys/{number}/revoke") == 200
    revoked = time.monotonic()
    last = revoked
    while time.monotonic() < revoked + 2 * WITHIN:
        before = time.monotonic()  # a request that was let in began before it was answered
        still = [works(caller) for caller in callers]
        last = before if any(still) else last
    for caller in (boss, *callers):
        caller.close()
    print(f"{last - revoked:.3f} s after its end the key was last let in")
    assert last - revoked < WITHIN
