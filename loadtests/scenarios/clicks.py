"""From the stream to PostgreSQL: how fast one ingest worker writes clicks, beside a bare COPY of the same rows."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from loadtests import cpu, seed
from loadtests.cpu import CpuClock
from loadtests.measure import Bench, Result, Sample, Summary

CLICKS = 100_000  # written in each round
POLL = 0.002  # seconds between two looks at whether the stream is empty
COLUMNS = (
    "clicked_at, batch_id, position, link_id, kind, visitor, referrer, country, region, city, browser, os, device, "
    "language"
)


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
    from shortener.infra.stores import autonomous_connection

    with autonomous_connection() as connection:
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM clicks_click WHERE link_id BETWEEN %s AND %s", [links[0], links[-1]]
        ).fetchall()
        connection.execute(f"CREATE TABLE bench_copy (LIKE clicks_click {like})")
        clock = CpuClock([os.getpid()])
        before, begun = clock.seconds(), time.perf_counter()
        _write(connection, rows)
        seconds, after = time.perf_counter() - begun, clock.seconds()
        connection.execute("DROP TABLE bench_copy")
    return Sample(len(rows), len(rows) / seconds, cpu.per_request(before, after, len(rows)))


def _write(connection: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    from shortener.clicks.rollups import COPY_TYPES

    with connection.cursor() as cursor, cursor.copy(f"COPY bench_copy ({COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(COPY_TYPES)
        for row in rows:
            copy.write_row(row)
