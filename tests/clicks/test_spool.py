import subprocess
import sys

from hypothesis import given, settings, strategies

from shortener.clicks.spool import Spool, read_records


def adopted(spool):
    return [record for _, records in spool.adopt() for record in records]


def test_records_come_back_oldest_first(tmp_path):
    spool = Spool(tmp_path / "spool")
    for record in (b"one", b"", b"three" * 1000):
        spool.append(record)
    assert spool.records() == [b"one", b"", b"three" * 1000]


def test_nothing_is_made_before_it_is_needed(tmp_path):
    spool = Spool(tmp_path / "spool")
    assert spool.records() == []
    spool.clear()
    assert list(tmp_path.iterdir()) == []


def test_a_cleared_spool_is_empty_and_can_be_used_again(tmp_path):
    spool = Spool(tmp_path)
    spool.append(b"sent")
    spool.clear()
    assert list(tmp_path.iterdir()) == []
    spool.append(b"next")
    assert spool.records() == [b"next"]


@settings(max_examples=60)
@given(data=strategies.data())
def test_a_torn_tail_costs_only_what_was_torn(tmp_path_factory, data):
    spool = Spool(tmp_path_factory.mktemp("spool"))
    records = [b"first", b"second", b"third"]
    for record in records:
        spool.append(record)
    whole = spool._path.read_bytes()
    cut = data.draw(strategies.integers(0, len(whole)))
    spool._path.write_bytes(whole[:cut])
    kept = list(read_records(spool._path))
    assert kept == records[: len(kept)]
    assert len(kept) == sum(cut >= end for end in (13, 27, 40))


def test_a_damaged_record_is_not_believed(tmp_path):
    spool = Spool(tmp_path)
    spool.append(b"first")
    spool.append(b"second")
    damaged = bytearray(spool._path.read_bytes())
    damaged[-1] ^= 1
    spool._path.write_bytes(damaged)
    assert spool.records() == [b"first"]


def test_the_spool_of_a_living_process_is_left_alone(tmp_path):
    living = Spool(tmp_path)
    living.append(b"mine")
    assert adopted(Spool(tmp_path)) == []
    assert living.records() == [b"mine"]


def test_the_spool_of_a_killed_process_is_adopted_once(tmp_path):
    script = (
        "import os, signal, sys, pathlib; from shortener.clicks.spool import Spool;"
        "s = Spool(pathlib.Path(sys.argv[1])); s.append(b'left behind'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert adopted(Spool(tmp_path)) == [b"left behind"]
    assert adopted(Spool(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_an_adopted_spool_stays_until_its_records_are_safe(tmp_path):
    dead = Spool(tmp_path)
    dead.append(b"left behind")
    import os

    os.close(dead._file)
    heir = Spool(tmp_path)
    found = heir.adopt()
    next(found)
    found.close()  # sending failed
    assert adopted(heir) == [b"left behind"]
