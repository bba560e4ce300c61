"""From the stream to PostgreSQL: how fast one ingest worker writes clicks, beside a bare COPY of the same rows, and how
long clicks wait when they keep coming."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import quantiles
from typing import Any

from loadtests import cpu, seed
from loadtests.cpu import CpuClock
from loadtests.measure import Bench, Result, Sample, Summary

CLICKS = 100_000  # written in each round
POLL = 0.002  # seconds between two looks at whether the stream is empty
RATE = 5_000  # clicks per second that `lag` sends
LAG_SECONDS = 20.0
LAG_POLL = 0.05  # seconds between two looks at how long the oldest click has waited


def ingest(bench: Bench) -> Result:
    """Clicks that wait in the stream, written by the stack's ingest worker: enriched, raw rows and rollups, each once.
    CPU is that of the ingest worker."""
    ingested, copied, _ = _measured(bench)
    ratio = round(ingested.requests_per_s / copied.requests_per_s, 3)
    return Result("ingest", ingested, {"ratio_to_copy": ratio, "clicks_per_round": CLICKS})


def copy(bench: Bench) -> Result:
    """The same rows, ready made, by one binary COPY into a table with the same indexes. CPU is that of the client."""
    _, copied, bare = _measured(bench)
    return Result("copy", copied, {"without_indexes_per_s": round(bare.requests_per_s), "rows_per_round": CLICKS})


def _measured(bench: Bench) -> tuple[Summary, Summary, Summary]:
    """Ingest, COPY, and COPY without indexes, all in the same rounds, once in a run."""
    if "ingest and copy" not in bench.kept:
        written: list[Sequence[int]] = []

        def run_ingest() -> Sample:
            written.append(seed.clicked_links())
            return _ingest(bench, written[-1])

        run_ingest()  # warms up
        runs = {
            "ingest": run_ingest,
            "copy": lambda: _copy(written[-1], "INCLUDING INDEXES"),
            "copy without indexes": lambda: _copy(written[-1], ""),
        }
        bench.kept["ingest and copy"] = tuple(bench.rounds(runs).values())
    measured: tuple[Summary, Summary, Summary] = bench.kept["ingest and copy"]
    return measured


def _ingest(bench: Bench, links: Sequence[int]) -> Sample:
    seed.settle(bench.stack)
    pids = bench.stack.ingest_pids()
    with _halted(pids):
        seed.fill_stream(CLICKS, links)
        clock = CpuClock(pids)
        before = clock.seconds()
    seconds = seed.settle(bench.stack, pause=POLL)
    return Sample(CLICKS, CLICKS / seconds, cpu.per_request(before, clock.seconds(), CLICKS))


@contextmanager
def _halted(pids: Sequence[int]) -> Iterator[None]:
    """The processes stand still during the block: they must not begin before everything is in the stream."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _copy(links: Sequence[int], like: str) -> Sample:
    """COPY what was written for `links`, once more, into a table that is dropped again."""
    from shortener.clicks.rollups import COPY_COLUMNS
    from shortener.infra.stores import autonomous_connection

    with autonomous_connection() as connection:
        rows = connection.execute(
            f"SELECT {COPY_COLUMNS} FROM clicks_click WHERE link_id = ANY(%s)", [list(links)]
        ).fetchall()
        connection.execute(f"CREATE TABLE bench_copy (LIKE clicks_click {like})")
        clock = CpuClock([os.getpid()])
        before, begun = clock.seconds(), time.perf_counter()
        _write(connection, rows)
        seconds, after = time.perf_counter() - begun, clock.seconds()
        connection.execute("DROP TABLE bench_copy")
    return Sample(len(rows), len(rows) / seconds, cpu.per_request(before, after, len(rows)))


def _write(connection: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    from shortener.clicks.rollups import COPY_COLUMNS, COPY_TYPES

    copying = f"COPY bench_copy ({COPY_COLUMNS}) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(copying) as copy:
        copy.set_types(COPY_TYPES)
        for row in rows:
            copy.write_row(row)


def lag(bench: Bench) -> Result:
    """Clicks that keep coming at a constant rate, whether or not the worker keeps up: how long they wait at most. CPU
    is that of the ingest worker."""
    seed.settle(bench.stack)
    batches = seed.batches(round(RATE * LAG_SECONDS), seed.clicked_links())
    clock = CpuClock(bench.stack.ingest_pids())
    before, begun = clock.seconds(), time.perf_counter()
    waits = _send_on_schedule(batches, begun)
    sent = time.perf_counter() - begun
    seed.settle(bench.stack)
    clicks = len(batches) * seed.CLICKS_PER_BATCH
    used = cpu.per_request(before, clock.seconds(), clicks)
    quantile = quantiles(waits, n=100, method="inclusive")
    summary = Summary(clicks / sent, used, 0.0, quantile[49] * 1000, quantile[98] * 1000)
    return Result("lag", summary, {"max_lag_s": round(max(waits), 3), "clicks": clicks})


def _send_on_schedule(batches: Sequence[bytes], begun: float) -> list[float]:
    """Send each batch when it is due; for how many seconds the oldest one has waited, seen again and again."""
    from shortener.clicks.streams import FIELD, STREAM, waiting
    from shortener.infra.stores import redis_client

    client, waits, look_at = redis_client(), [0.0, 0.0], begun
    for number, payload in enumerate(batches):
        due = begun + number * seed.CLICKS_PER_BATCH / RATE
        while (now := time.perf_counter()) < due:
            if now >= look_at:
                waits.append(waiting(client, [STREAM])[1])
                look_at = now + LAG_POLL
            else:
                time.sleep(min(due, look_at) - now)
        client.xadd(STREAM, {FIELD: payload})
    return waits
