import pytest

from shortener.clicks.sources import SOURCES, medium_of, source_of


@pytest.mark.parametrize(
    ("host", "name", "medium"),
    [
        ("google.com", "Google", "search"),
        ("google.de", "Google", "search"),
        ("google.com.br", "Google", "search"),
        ("news.google.com", "Google", "search"),
        ("mail.google.com", "Gmail", "mail"),
        ("gemini.google.com", "Gemini", "assistant"),
        ("uk.search.yahoo.com", "Yahoo", "search"),
        ("mail.yahoo.com", "Yahoo Mail", "mail"),
        ("l.facebook.com", "Facebook", "social"),
        ("t.co", "X", "social"),
        ("com.linkedin.android", "LinkedIn", "social"),
        ("old.reddit.com", "Reddit", "social"),
        ("Bing.com", "Bing", "search"),
        ("notgoogle.com", "", ""),
        ("google.example.com", "", ""),
        ("example.t.co.example", "", ""),
        ("", "", ""),
        ("localhost", "", ""),
        (".", "", ""),
    ],
)
def test_hosts_and_what_people_call_them(host, name, medium):
    assert (source_of(host), medium_of(source_of(host))) == (name, medium)


def test_every_host_has_one_name():
    hosts = [host for sources in SOURCES.values() for hosts in sources.values() for host in hosts]
    assert len(hosts) == len(set(hosts))
    names = [name for sources in SOURCES.values() for name in sources]
    assert len(names) == len(set(names))
