"""Every place that has a word on how large an upload may be says the same."""

import re
from pathlib import Path

import pytest

from shortener.infra import uploads

ROOT = Path(__file__).resolve().parents[2]
NGINX = (ROOT / "deploy" / "nginx.conf").read_text()


def test_the_proxy_lets_through_what_the_site_takes():
    general, large = (int(number) for number in re.findall(r"client_max_body_size (\d+)m;", NGINX))
    assert general * uploads.MEBIBYTE == uploads.PICTURES
    assert large * uploads.MEBIBYTE == uploads.LARGE


@pytest.mark.parametrize("path", [*uploads.LARGE_PATHS, "/api/v1/imports"])
def test_it_knows_where_large_ones_go(path):
    (pattern,) = re.findall(r"location ~ (\S+) {", NGINX)
    assert re.match(pattern, path)


@pytest.mark.parametrize("place", ["README.md", "shortener/api/transfer.py", "shortener/web/transfer_forms.py"])
def test_people_are_told_how_large(place):
    words = (ROOT / place).read_text()
    assert re.findall(r"at most (\d+) MB", words, re.IGNORECASE) == [str(uploads.LARGE_FILE // uploads.MEBIBYTE)]
