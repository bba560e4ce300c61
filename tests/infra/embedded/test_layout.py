from pathlib import Path

from shortener.infra.embedded.layout import LONGEST_SOCKET, SOCKET_PATH_LIMIT, layout_for


def test_sockets_are_in_the_data_directory_when_their_path_fits(tmp_path):
    layout = layout_for(Path("/srv/data"))
    assert layout.socket_dir == Path("/srv/data/servers/sockets")


def test_a_long_path_has_its_sockets_elsewhere_and_always_at_the_same_place():
    long = Path("/srv") / ("x" * 120)
    layout = layout_for(long)
    assert long not in layout.socket_dir.parents
    assert len(str(layout.socket_dir) + LONGEST_SOCKET) <= SOCKET_PATH_LIMIT
    assert layout_for(long) == layout
    assert layout_for(Path("/srv") / ("y" * 120)).socket_dir != layout.socket_dir


def test_addresses_survive_odd_characters():
    layout = layout_for(Path("/srv/a b#c?d%e"))
    assert layout.database_url == "postgresql://app@/app?host=%2Fsrv%2Fa%20b%23c%3Fd%25e%2Fservers%2Fsockets"
    assert layout.redis_url == "unix:///srv/a%20b%23c%3Fd%25e/servers/sockets/valkey.sock"


def test_two_directories_share_nothing():
    one, other = layout_for(Path("/srv/one")), layout_for(Path("/srv/other"))
    assert one.database_url != other.database_url
    assert one.redis_url != other.redis_url
