"""Who is asked for how often."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from loadtests.traffic import mixed, shuffled, write, zipf


def test_the_second_comes_half_as_often_as_the_first_and_the_tenth_a_tenth() -> None:
    seen = Counter(zipf(1_000, 200_000))

    assert seen[0] / seen[1] == pytest.approx(2, rel=0.1)
    assert seen[0] / seen[9] == pytest.approx(10, rel=0.1)


def test_a_larger_exponent_favours_the_popular_more() -> None:
    shares = [Counter(zipf(1_000, 20_000, exponent=exponent))[0] for exponent in (0.8, 1.0, 1.5)]

    assert shares == sorted(shares)
    assert shares[0] < shares[-1] / 2


@given(st.integers(1, 50), st.integers(0, 200))
def test_every_draw_is_a_rank(count: int, draws: int) -> None:
    drawn = zipf(count, draws)

    assert len(drawn) == draws
    assert all(0 <= rank < count for rank in drawn)


def test_every_run_asks_for_the_same() -> None:
    assert zipf(100, 50) == zipf(100, 50)
    assert zipf(100, 50, seed=1) != zipf(100, 50, seed=2)


def test_a_mix_takes_as_much_from_each_pool_whatever_their_sizes() -> None:
    drawn = Counter(mixed([["/known"], [f"/never{number}" for number in range(99)]], 20_000))

    assert drawn["/known"] / 20_000 == pytest.approx(0.5, abs=0.02)
    assert len(drawn) == 100


def test_shuffling_keeps_every_path_once() -> None:
    paths = [f"/{number}" for number in range(100)]

    assert sorted(shuffled(paths)) == sorted(paths)
    assert shuffled(paths) != paths


def test_paths_are_written_one_a_line(tmp_path: Path) -> None:
    assert write(["/a", "/b"], tmp_path / "paths").read_text() == "/a\n/b\n"
