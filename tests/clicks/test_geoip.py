import gzip
import io
import tarfile
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from shortener.clicks import geo, geoip, tasks
from shortener.clicks.geo import GeoDatabase, Place
from shortener.clicks.geoip import DownloadFailed, Source, update


def database(path, country="DE", kind="Test-City"):
    """A file that knows one network; its bytes."""
    writer = MMDBWriter(ip_version=6, database_type=kind, ipv4_compatible=True)
    place = {
        "country": {"iso_code": country},
        "subdivisions": [{"names": {"en": "Hesse"}}],
        "city": {"names": {"en": "Frankfurt"}},
    }
    writer.insert_network(IPSet(["203.0.113.0/24", "2001:db8::/32", "8.8.8.0/24"]), place)
    writer.to_db_file(str(path))
    return path.read_bytes()


def packed_tar(content, name="GeoLite2-City_20270101/GeoLite2-City.mmdb"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


@contextmanager
def served(body, status=200, length=None):
    """A web server that answers every request with `body`; its address, and the Authorization headers it saw."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.headers.get("Authorization"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/places", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def _look_each_time(monkeypatch):
    monkeypatch.setattr(geo, "LOOK_EVERY", 0)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, packed_tar], ids=["mmdb", "gzip", "tar"])
def test_a_file_is_downloaded_and_used_without_a_restart(tmp_path, pack):
    target = tmp_path / "places.mmdb"
    places = GeoDatabase(str(target))
    assert places.find("203.0.113.9") == Place()
    with served(pack(database(tmp_path / "new"))) as (url, _):
        assert update(Source(url), str(target)).startswith("Test-City of ")
    assert places.find("203.0.113.9") == Place("DE", "Hesse", "Frankfurt")
    with served(pack(database(tmp_path / "new", "AT"))) as (url, _):
        update(Source(url), str(target))
    assert places.find("2001:db8::1").country == "AT"
    assert places.find("192.0.2.1") == Place()
    assert places.find("nonsense") == Place()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "places.mmdb"]


@pytest.mark.parametrize(
    ("body", "options", "reason"),
    [
        (b"<html>", {}, "no MMDB file"),
        (b"", {}, "no MMDB file"),
        (gzip.compress(b"nonsense"), {}, "no MMDB file"),
        (gzip.compress(b"x" * 5000)[:30], {}, "ended before"),
        (packed_tar(b"x", "readme.txt"), {}, "holds no .mmdb file"),
        (b"no", {"status": 401}, "answers 401"),
        (b"x" * 10, {"length": 20}, "RemoteProtocolError"),
    ],
)
def test_what_cannot_be_used_changes_nothing(tmp_path, body, options, reason):
    target = tmp_path / "places.mmdb"
    before = database(target)
    with served(body, **options) as (url, _), pytest.raises(DownloadFailed, match=reason):
        update(Source(url), str(target))
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["places.mmdb"]


def test_a_database_of_something_else_is_refused(tmp_path):
    other = database(tmp_path / "other", kind="GeoLite2-ASN")
    with served(other) as (url, _), pytest.raises(DownloadFailed, match="neither countries nor cities"):
        update(Source(url), str(tmp_path / "places.mmdb"))


def test_a_download_that_is_too_large_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(geoip, "MOST_BYTES", 100)
    with served(b"x" * 1000) as (url, _), pytest.raises(DownloadFailed, match="more than 100 bytes"):
        update(Source(url), str(tmp_path / "places.mmdb"))


def test_nobody_there_is_a_failure_like_others(tmp_path):
    with served(b"") as (url, _):
        pass
    with pytest.raises(DownloadFailed, match="ConnectError"):
        update(Source(url), str(tmp_path / "places.mmdb"))
    with pytest.raises(DownloadFailed):
        update(Source("nonsense"), str(tmp_path / "places.mmdb"))


def test_the_licence_key_goes_to_its_owner(tmp_path, settings, monkeypatch):
    settings.GEOIP_ACCOUNT_ID, settings.GEOIP_LICENSE_KEY = "1234", "secret"
    with served(packed_tar(database(tmp_path / "new"))) as (url, seen):
        monkeypatch.setattr(geoip, "MAXMIND", url + "/{edition}")
        source = geoip.configured_source()
        assert source.url.endswith("/GeoLite2-City")
        update(source, str(tmp_path / "places.mmdb"))
    assert seen == ["Basic MTIzNDpzZWNyZXQ="]


def test_months_in_the_address_are_those_of_now(settings):
    settings.GEOIP_URL = "https://places.example/%Y/%m"
    assert geoip.configured_source().url.removeprefix("https://places.example/20")[:3].endswith("/")


def test_the_command(tmp_path, settings):
    settings.GEOIP_DATABASE = str(tmp_path / "places.mmdb")
    with pytest.raises(CommandError, match="Set GEOIP_URL"):
        call_command("geoip", "update")
    out = StringIO()
    with served(database(tmp_path / "new")) as (url, _):
        call_command("geoip", "update", url=url, stdout=out)
    assert "Test-City of" in out.getvalue()
    with served(b"no") as (url, _), pytest.raises(CommandError, match="is as it was"):
        call_command("geoip", "update", url=url)


def test_the_weekly_job_does_without(tmp_path, settings, caplog):
    settings.GEOIP_DATABASE = str(tmp_path / "places.mmdb")
    tasks.update_geoip(0)
    with served(b"no", status=500) as (url, _):
        settings.GEOIP_URL = url
        tasks.update_geoip(0)
    assert "stay as they are" in caplog.text


def test_a_damaged_file_is_said_once_and_does_no_harm(tmp_path, caplog):
    path = tmp_path / "places.mmdb"
    path.write_bytes(b"nonsense")
    places = GeoDatabase(str(path))
    assert places.find("203.0.113.9") == places.find("203.0.113.9") == Place()
    assert caplog.text.count("cannot be read") == 1
