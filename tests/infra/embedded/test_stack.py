"""The embedded servers, started, killed and started again."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from shortener.infra.embedded import home, layout, postgres
from shortener.infra.embedded.errors import EmbeddedError
from shortener.infra.embedded.layout import layout_for
from shortener.infra.embedded.stack import Stack, running
from tests.servers import wait_until

pytestmark = pytest.mark.processes
BYSTANDER = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from shortener.infra.embedded.stack import running
    with running(Path(sys.argv[1])) as stack:
        print(*stack.pids, flush=True)
        time.sleep(600)
    """
)


def remember(stack: Stack, word: str) -> None:
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
        connection.execute("INSERT INTO words VALUES (%s)", [word])
    with redis.Redis.from_url(stack.redis_url) as client:
        client.rpush("words", word)


def remembered(stack: Stack) -> tuple[list[str], list[str]]:
    with psycopg.connect(stack.database_url) as connection:
        rows = [word for (word,) in connection.execute("SELECT word FROM words")]
    with redis.Redis.from_url(stack.redis_url, decode_responses=True) as client:
        return rows, client.lrange("words", 0, -1)


def test_two_stacks_run_side_by_side_and_keep_what_they_have(open_dir):
    with running(open_dir / "one") as one, running(open_dir / "two") as two:
        remember(one, "first")
        remember(two, "second")
    with running(open_dir / "one") as one:
        assert remembered(one) == (["first"], ["first"])
    with running(open_dir / "two") as two:
        assert remembered(two) == (["second"], ["second"])


def test_stopped_servers_leave_no_process_and_no_socket(open_dir):
    with running(open_dir) as stack:
        assert all(psutil.pid_exists(pid) for pid in stack.pids)
    assert not any(psutil.pid_exists(pid) for pid in stack.pids)
    assert list(layout_for(open_dir).socket_dir.iterdir()) == []


def test_a_second_starter_is_told(open_dir):
    with (
        running(open_dir),
        pytest.raises(EmbeddedError, match="Another process already runs the servers in"),
        running(open_dir),
    ):
        pass


@pytest.mark.parametrize("whom", ["starter", "everything"])
def test_after_kill_9_the_next_start_finds_all_data(open_dir, whom):
    with subprocess.Popen([sys.executable, "-c", BYSTANDER, open_dir], stdout=subprocess.PIPE, text=True) as starter:
        pids = [int(pid) for pid in starter.stdout.readline().split()]
        paths = layout_for(open_dir)
        remember(Stack(paths.database_url, paths.redis_url, ()), "kept")
        starter.kill()
        for pid in pids if whom == "everything" else []:
            os.kill(pid, signal.SIGKILL)
    with running(open_dir) as stack:
        assert remembered(stack) == (["kept"], ["kept"])


def test_a_stale_pid_file_that_names_a_stranger_is_no_obstacle(open_dir):
    with running(open_dir) as stack:
        remember(stack, "kept")
    paths = layout_for(open_dir)
    stranger = f"{os.getpid()}\n{paths.postgres_dir}\n"
    for name in (paths.postgres_dir / "postmaster.pid", paths.socket_dir / ".s.PGSQL.5432.lock"):
        name.write_text(stranger)
    with running(open_dir) as stack:
        assert remembered(stack)[0] == ["kept"]


def test_a_cluster_whose_making_was_interrupted_is_made_again(open_dir):
    paths = layout_for(open_dir)
    with home.opened(paths) as opened:
        draft = paths.postgres_dir.with_name(f"{paths.postgres_dir.name}-draft")
        draft.mkdir()
        (draft / "PG_VERSION").write_text("18\n")
        assert postgres.initialise(opened)
        assert not draft.exists()
        assert not postgres.initialise(opened)


def test_a_killed_initdb_leaves_nothing_that_looks_like_a_cluster(open_dir):
    code = "import sys; sys.argv = ['x']\n" + BYSTANDER.replace("Path(sys.argv[1])", f"Path({str(open_dir)!r})")
    paths = layout_for(open_dir)
    draft = paths.postgres_dir.with_name(f"{paths.postgres_dir.name}-draft")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, start_new_session=True) as starter:
        wait_until(draft.exists, what="the start of initdb")
        os.killpg(starter.pid, signal.SIGKILL)
    assert not paths.postgres_dir.exists()
    with running(open_dir) as stack:
        remember(stack, "all well")


def test_a_long_path_works_and_its_sockets_are_removed_at_the_end(open_dir):
    data_dir = open_dir / ("x" * 120)
    with running(data_dir) as stack:
        remember(stack, "short enough")
        assert layout_for(data_dir).socket_dir.exists()
    assert not layout_for(data_dir).socket_dir.exists()


def test_a_data_directory_that_cannot_be_made_is_told():
    with (
        pytest.raises(EmbeddedError, match=r"/proc/no cannot be written .*: set DATA_DIR to a directory you own\."),
        running(Path("/proc/no/such")),
    ):
        pass


def test_a_data_directory_that_is_a_file_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="set DATA_DIR to a directory you own"), running(tmp_path / "file"):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_runs_the_servers_as_somebody_else(open_dir):
    with running(open_dir) as stack:
        assert all(psutil.Process(pid).uids().effective != 0 for pid in stack.pids)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_may_use_a_directory_that_is_closed_to_others(tmp_path, open_dir, monkeypatch):
    monkeypatch.setattr(layout, "FOR_ROOT", open_dir)
    tmp_path.chmod(0o700)
    with running(tmp_path / "data") as stack:
        remember(stack, "kept")
    assert (tmp_path / "data" / "servers").resolve().parent == open_dir
    (tmp_path / "data").rename(tmp_path / "moved")
    with running(tmp_path / "moved") as stack:
        assert remembered(stack) == (["kept"], ["kept"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_is_told_when_a_directory_has_been_closed(open_dir):
    (open_dir / "between").mkdir(mode=0o755)
    with running(open_dir / "between"):
        pass
    (open_dir / "between").chmod(0o700)
    with pytest.raises(EmbeddedError, match="no other user may enter"), running(open_dir / "between"):
        pass


def test_the_servers_are_found_by_their_working_directory(open_dir):
    with running(open_dir):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(EmbeddedError, match="still runs in"):
            patch.setattr(postgres, "STOP_WAIT", 0.1)
            paths = layout_for(open_dir)
            postgres.prepare(home.Home(paths, home.Identity(os.geteuid(), os.getegid()), None))
