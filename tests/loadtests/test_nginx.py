"""The yardstick's configuration."""

from pathlib import Path

from loadtests.nginx import configuration


def test_it_answers_with_a_bare_redirect_from_one_process_and_keeps_connections() -> None:
    text = configuration(Path("/somewhere"), 8123, "")

    assert "worker_processes 1;" in text
    assert "listen 127.0.0.1:8123;" in text
    assert "return 302 " in text
    assert "keepalive_requests 1000000000;" in text


def test_nothing_is_written_outside_its_directory() -> None:
    text = configuration(Path("/somewhere"), 8123, "")

    for line in text.splitlines():
        if "temp_path" in line or line.startswith("pid"):
            assert "/somewhere/" in line


def test_modules_that_are_not_built_in_are_not_configured() -> None:
    text = configuration(Path("/d"), 1, "configure arguments: --without-http_uwsgi_module --with-threads")

    assert "uwsgi_temp_path" not in text
    assert "fastcgi_temp_path /d/fastcgi;" in text
