"""Reading what wrk says, and the scripts it is given."""

from pathlib import Path

import pytest

from loadtests.errors import BenchError
from loadtests.wrk import Load, Scripts, parse

OUTPUT = """\
Running 3s test @ http://127.0.0.1:8000/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.30ms  304.11us   8.11ms   92.11%
  48226 requests in 3.10s, 8.37MB read
Requests/sec:  15556.77

{"requests": 48226, "microseconds": 3100000, "p50_us": 1231, "p99_us": 2875, "refused": 7, "broken": 1}
"""


def test_the_numbers_come_from_the_line_for_programs() -> None:
    load = parse(OUTPUT)

    assert load == Load(requests=48_226, seconds=3.1, p50_ms=1.231, p99_ms=2.875, refused=7, broken=1)


def test_the_rate_is_per_second_that_wrk_ran() -> None:
    assert round(parse(OUTPUT).requests_per_s, 2) == 15_556.77


@pytest.mark.parametrize("output", ["", "unable to connect to 127.0.0.1:1 Connection refused\n"])
def test_without_that_line_there_is_no_figure(output: str) -> None:
    with pytest.raises(BenchError, match="wrk reported nothing"):
        parse(output)


def test_a_script_reports_once_and_sends_the_same_by_default(tmp_path: Path) -> None:
    text = Scripts(tmp_path).same().read_text()

    assert "function done" in text
    assert "function request" not in text


def test_a_script_of_paths_knows_the_file_the_host_and_where_to_begin(tmp_path: Path) -> None:
    text = Scripts(tmp_path).paths(tmp_path / "x.paths", host="127.0.0.1:81", skip=9).read_text()

    assert f'io.lines("{tmp_path}/x.paths")' in text
    assert "Host: 127.0.0.1:81\\r\\n\\r\\n" in text
    assert "local at = 9\n" in text


def test_scripts_do_not_overwrite_each_other_nor_make_the_same_links(tmp_path: Path) -> None:
    scripts = Scripts(tmp_path)

    first, second = (scripts.create(path="/api", key="k").read_text() for _ in range(2))

    assert first != second
