import ada_url
import pytest
from hypothesis import given, strategies

from shortener.links.destinations import InvalidDestination, parse_destination, shown_destination

OWN = frozenset({"go.example.org", "localhost:8000"})


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("https://example.com/page?a=b#c", "https://example.com/page?a=b#c"),
        ("HTTP://EXAMPLE.com:80", "http://example.com/"),
        ("  https://example.com/  ", "https://example.com/"),
        ("example.com/page", "https://example.com/page"),
        ("//example.com/page", "https://example.com/page"),
        ("example.com:8443/page", "https://example.com:8443/page"),
        ("https://münchen.de/straße?größe=ü", "https://xn--mnchen-3ya.de/stra%C3%9Fe?gr%C3%B6%C3%9Fe=%C3%BC"),
        ("https://example.com/a b", "https://example.com/a%20b"),
        ("https://example.com\\@evil.example/", "https://example.com/@evil.example/"),  # as a browser reads it
        ("http://[2001:db8::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("http://localhost:3000/", "http://localhost:3000/"),
        ("https://go.example.org:8443/", "https://go.example.org:8443/"),  # another port is another site
    ],
)
def test_a_destination_is_stored_as_a_browser_reads_it(text, stored):
    assert parse_destination(text, OWN) == stored


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Enter the address"),
        ("   ", "Enter the address"),
        ("https://", "not a web address"),
        ("https://exa mple.com/", "not a web address"),
        ("ht!tp://example.com", "not a"),
        ("javascript:alert(1)", "javascript:"),
        ("JaVaScRiPt:alert(1)", "javascript:"),
        ("data:text/html,x", "data:"),
        ("file:///etc/passwd", "file:"),
        ("ftp://example.com/", "ftp:"),
        ("mailto:somebody@example.com", "mailto:"),
        ("https://user:secret@example.com/", "user name or password"),
        ("https://user@example.com/", "user name or password"),
        ("https://example.com/\nSet-Cookie: a=b", "control character"),
        ("java\tscript:alert(1)", "control character"),
        ("https://example.com/\x00", "control character"),
        ("https://go.example.org/abc", "lead in a circle"),
        ("https://GO.example.org.:443/abc", "lead in a circle"),
        ("localhost:8000/abc", "lead in a circle"),
        ("hello", "not a complete host name"),
        ("https://example.com/" + "a" * 8192, "8212 characters"),
        ("https://example.com/" + "ü" * 2000, "12020 characters"),  # six for each once it is escaped
    ],
)
def test_what_cannot_be_a_destination_is_refused_with_a_reason(text, reason):
    with pytest.raises(InvalidDestination, match=reason):
        parse_destination(text, OWN)


def test_the_longest_destination_is_accepted():
    text = "https://example.com/" + "a" * (8192 - 20)
    assert parse_destination(text, OWN) == text


@given(strategies.text(max_size=80).map(lambda text: f"https://example.com/{text}") | strategies.text(max_size=80))
def test_whatever_is_accepted_is_plain_ascii_that_a_browser_reads_unchanged(text):
    try:
        stored = parse_destination(text, OWN)
    except InvalidDestination as error:
        assert str(error)
        return
    assert stored.isascii()
    assert stored.isprintable()
    assert ada_url.URL(stored).href == stored
    assert parse_destination(stored, OWN) == stored


def test_people_see_international_names_in_their_letters():
    assert shown_destination("https://xn--mnchen-3ya.de/a") == "https://münchen.de/a"
    assert shown_destination("https://example.com/xn--a") == "https://example.com/xn--a"
