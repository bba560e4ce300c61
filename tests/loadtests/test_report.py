"""What a run prints."""

import json

from loadtests.measure import Result, Sample, Summary, summarize
from loadtests.report import WITHOUT_FAST_PATH, as_json, as_table, broken_bounds

KEYS = {"scenario", "requests_per_s", "p50_ms", "p99_ms", "cpu_us_per_request", "ratio_to_nginx"}
NGINX = Result("nginx", Summary(requests_per_s=99_000.04, cpu_us=7.4, ratio=1.0, p50_ms=0.3001, p99_ms=0.9))
HOT = Result("hot", Summary(24_000.0, 39.3, 3.111, 1.3, 4.0), {"answered": 72_001, "clicks_counted": 72_010})
INGEST = Result("ingest", Summary(34_000.0, 25.0, 3.4, None, None), {"ratio_to_copy": 0.13})


def test_json_has_the_documented_keys_and_what_only_a_scenario_has() -> None:
    nginx, hot, ingest = json.loads(as_json([NGINX, HOT, INGEST]))

    assert set(nginx) == KEYS
    assert set(hot) == {*KEYS, "answered", "clicks_counted"}
    assert (nginx["scenario"], nginx["requests_per_s"], nginx["p50_ms"]) == ("nginx", 99_000.0, 0.3)
    assert (hot["cpu_us_per_request"], hot["ratio_to_nginx"]) == (39.3, 3.11)
    assert (ingest["p50_ms"], ingest["ratio_to_copy"]) == (None, 0.13)


def test_the_table_has_a_line_for_each_scenario() -> None:
    head, *lines = as_table([NGINX, HOT, INGEST]).splitlines()

    assert head.split()[0] == "scenario"
    assert [line.split()[0] for line in lines] == ["nginx", "hot", "ingest"]
    assert lines[1].split()[1:6] == ["24,000", "1.30", "4.00", "39.3", "3.11"]
    assert lines[1].endswith("answered 72,001, clicks_counted 72,010")
    assert lines[2].split()[2:4] == ["–", "–"]


def test_columns_stay_apart_however_large_a_number_is() -> None:
    slow = Result("list", Summary(70.1, 14_019.1, 2_328.85, 367.76, 12_345.67))

    assert as_table([slow]).splitlines()[1].split() == ["list", "70", "367.76", "12345.67", "14,019.1", "2,328.85"]


def test_bounds_that_hold_are_not_mentioned() -> None:
    assert broken_bounds([NGINX, HOT, INGEST]) == []


def test_each_bound_is_named_when_it_is_broken() -> None:
    slow = Result("hot", Summary(24_000.0, 45.1, 6.6, 1.3, 4.0))

    cpu, ratio = broken_bounds([NGINX, slow])

    assert cpu == "hot takes 45.1 µs of CPU a request, and 45 is the most it may"
    assert ratio == "hot takes 6.6 times nginx's bare 302, and 3.2 is the most it may"


def test_what_only_one_scenario_has_can_be_bounded_from_both_sides() -> None:
    late = Result("lag", Summary(5_000.0, 40.0, 0.0, 1.0, 5.0), {"max_lag_s": 2.5})
    slow = Result("ingest", Summary(5_000.0, 40.0, 0.0, None, None), {"ratio_to_copy": 0.1})

    assert broken_bounds([late, slow]) == [
        "lag has max_lag_s 2.5, and 2 is the most it may",
        "ingest has ratio_to_copy 0.1, and 0.125 is the least it may",
    ]


def test_latency_is_bounded_where_that_is_promised() -> None:
    slow = Result("half_load", Summary(9_000.0, 99.0, 20.0, 1.0, 5.1))

    assert broken_bounds([slow]) == ["half_load takes 5.1 ms at the 99th percentile, and 5 is the most it may"]
    assert broken_bounds([slow], WITHOUT_FAST_PATH) == []


def test_writing_links_is_bounded_by_what_one_core_can_do() -> None:
    slow = [
        Result("create", Summary(480.0, 2_001.0, 200.0, 60.0, 90.0)),
        Result("bulk", Summary(7.0, 126_000.0, 1e4, 1, 2)),
    ]

    assert [words.split(" takes ")[0] for words in broken_bounds(slow)] == ["create", "bulk"]


def test_a_round_in_which_the_machine_was_slow_does_not_move_the_figure() -> None:
    yardsticks = [Sample(1, 100_000, 6.0), Sample(1, 50_000, 12.0), Sample(1, 100_000, 6.0)]
    ours = [Sample(1, 20_000, 30.0, 1.0, 2.0), Sample(1, 9_000, 60.0, 9.0, 90.0), Sample(1, 20_000, 30.0, 1.0, 3.0)]

    summary = summarize(ours, yardsticks)

    assert summary == Summary(requests_per_s=20_000, cpu_us=30.0, ratio=5.0, p50_ms=1.0, p99_ms=3.0)
