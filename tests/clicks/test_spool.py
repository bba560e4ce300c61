import errno
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies

from shortener.clicks import spool as spool_module
from shortener.clicks.spool import HEAD, Spool, SpoolFull, read_records, spooled_bytes


@pytest.fixture(autouse=True)
def small_segments(monkeypatch):
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 100)


def sent(segments):
    """All payloads of `segments`, taken as safe."""
    return [record for _, records in segments for record in records]


def left_behind(directory, *records):
    """A spool whose process is gone."""
    dead = Spool(directory)
    for record in records:
        dead.append(record)
    dead.close()


def files(directory):
    return sorted(path for path in directory.rglob("*") if path.is_file())


def test_records_come_back_oldest_first(tmp_path):
    spool = Spool(tmp_path / "spool")
    records = [b"one", b"", b"three" * 1000, *(b"%d" % number for number in range(100))]
    for record in records:
        spool.append(record)
    assert len(files(tmp_path)) > 5
    assert sent(spool.own()) == records


def test_nothing_is_made_before_it_is_needed(tmp_path):
    spool = Spool(tmp_path / "spool")
    assert sent(spool.own()) == sent(spool.adopted()) == []
    spool.close()
    assert list(tmp_path.iterdir()) == []


def test_a_spool_that_was_sent_leaves_nothing_and_can_be_used_again(tmp_path):
    spool = Spool(tmp_path)
    spool.append(b"sent")
    assert sent(spool.own()) == [b"sent"]
    assert list(tmp_path.iterdir()) == []
    spool.append(b"next")
    assert sent(spool.own()) == [b"next"]


def test_what_is_spooled_while_it_is_sent_waits_for_the_next_time(tmp_path):
    spool = Spool(tmp_path)
    spool.append(b"first")
    with closing(spool.own()) as segments:
        assert next(segments)[1] == [b"first"]
        spool.append(b"meanwhile")
        assert list(segments) == []
    assert sent(spool.own()) == [b"meanwhile"]


def test_no_more_than_a_segment_is_held_at_once(tmp_path):
    spool = Spool(tmp_path)
    for number in range(200):
        spool.append(b"%010d" % number)
    assert max(sum(map(len, records)) for _, records in spool.own()) <= 110


def test_a_segment_stays_until_its_records_are_safe(tmp_path):
    spool = Spool(tmp_path)
    for number in range(30):
        spool.append(b"%010d" % number)
    with closing(spool.own()) as segments:
        first = next(segments)[1]
        second = next(segments)[1]  # the first one is safe; sending the second fails
    again = sent(spool.own())
    assert again[: len(second)] == second
    assert len(first) + len(again) == 30


@settings(max_examples=60)
@given(records=strategies.lists(strategies.binary(max_size=60), min_size=1, max_size=30), data=strategies.data())
def test_a_torn_tail_costs_only_what_was_torn(tmp_path_factory, records, data):
    """A process that is killed in the middle of a write has told nobody that this click is safe."""
    directory = tmp_path_factory.mktemp("spool")
    left_behind(directory, *records)
    last = files(directory)[-1]
    in_last = list(read_records(last))
    cut = data.draw(strategies.integers(0, last.stat().st_size))
    os.truncate(last, cut)
    whole, end = len(records) - len(in_last), 0
    for record in in_last:
        end += HEAD.size + len(record)
        whole += cut >= end
    assert sent(Spool(directory).adopted()) == records[:whole]
    assert list(directory.iterdir()) == []


@settings(max_examples=60)
@given(noise=strategies.binary(max_size=80))
def test_noise_is_never_taken_for_a_record(tmp_path_factory, noise):
    directory = tmp_path_factory.mktemp("spool")
    left_behind(directory, b"first")
    path = files(directory)[0]
    path.write_bytes(path.read_bytes() + noise)
    assert next(read_records(path)) == b"first"
    assert sum(HEAD.size + len(record) for record in read_records(path)) <= path.stat().st_size


def test_a_damaged_record_is_not_believed_and_hides_no_other_segment(tmp_path):
    left_behind(tmp_path, b"first", b"second", b"x" * 100, b"third")
    first = files(tmp_path)[0]
    damaged = bytearray(first.read_bytes())
    damaged[HEAD.size + len(b"first") + HEAD.size] ^= 1
    first.write_bytes(damaged)
    assert sent(Spool(tmp_path).adopted()) == [b"first", b"third"]


def test_the_spool_of_a_living_process_is_left_alone(tmp_path):
    living = Spool(tmp_path)
    living.append(b"mine")
    assert sent(Spool(tmp_path).adopted()) == []
    assert sent(living.own()) == [b"mine"]


def test_the_spool_of_a_killed_process_is_adopted_once(tmp_path):
    script = (
        "import os, signal, sys, pathlib; from shortener.clicks.spool import Spool;"
        "s = Spool(pathlib.Path(sys.argv[1])); s.append(b'left behind'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert sent(Spool(tmp_path).adopted()) == [b"left behind"]
    assert sent(Spool(tmp_path).adopted()) == []
    assert list(tmp_path.iterdir()) == []


def test_two_heirs_do_not_share(tmp_path):
    left_behind(tmp_path, b"left behind")
    with closing(Spool(tmp_path).adopted()) as segments:
        assert next(segments)[1] == [b"left behind"]
        assert sent(Spool(tmp_path).adopted()) == []


def test_an_adopted_segment_stays_until_its_records_are_safe(tmp_path):
    left_behind(tmp_path, b"left behind")
    heir = Spool(tmp_path)
    with closing(heir.adopted()) as segments:
        next(segments)  # sending fails
    assert sent(heir.adopted()) == [b"left behind"]


def test_a_limit_is_that_of_all_spools_together(tmp_path):
    left_behind(tmp_path, b"x" * 50)
    spool = Spool(tmp_path, limit=150)
    spool.append(b"y" * 60)
    with pytest.raises(SpoolFull):
        spool.append(b"z" * 60)
    assert spooled_bytes(tmp_path) == 2 * HEAD.size + 110
    assert sent(spool.adopted()) == [b"x" * 50]
    spool.append(b"z" * 60)
    assert sent(spool.own()) == [b"y" * 60, b"z" * 60]


def test_a_spool_that_goes_while_all_are_measured_takes_nothing_and_stops_nobody(tmp_path, monkeypatch):
    spool, other, look = Spool(tmp_path, limit=1000), tmp_path / "1-gone", os.scandir
    spool.append(b"one")

    def look_too_late(path):
        if Path(path) == other:
            other.rmdir()
        return look(path)

    monkeypatch.setattr(os, "scandir", look_too_late)
    for _ in range(2):
        other.mkdir()
        assert spooled_bytes(tmp_path) == HEAD.size + 3
    other.mkdir()
    spool.append(b"two")
    assert not other.exists()
    assert sent(spool.own()) == [b"one", b"two"]


def test_a_disk_that_fails_in_the_middle_hides_no_other_record(tmp_path, monkeypatch):
    spool = Spool(tmp_path)
    spool.append(b"before")

    def fail_half_way(file, data):
        os.write(file, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(spool_module, "_write_all", fail_half_way)
        with pytest.raises(OSError, match="no space"):
            spool.append(b"too much")
    spool.append(b"after")
    assert sent(spool.own()) == [b"before", b"after"]


def test_a_spool_whose_directory_was_taken_away_makes_another(tmp_path):
    import shutil

    spool = Spool(tmp_path / "spool")
    spool.append(b"gone")
    shutil.rmtree(tmp_path / "spool")
    for _ in range(2):  # the first is written into a file that nobody will find
        spool.append(b"x" * 100)
    assert sent(spool.own()) == [b"x" * 100]
