import ada_url
import pytest
from hypothesis import given, strategies

from shortener.redirects.forwarding import value_of, with_parameters, with_path, with_query, without

HERE = "https://example.com/page"


@pytest.mark.parametrize(
    ("location", "query", "merged", "overridden"),
    [
        (HERE, "", HERE, HERE),
        (HERE, "a=1", f"{HERE}?a=1", f"{HERE}?a=1"),
        (f"{HERE}?a=1", "b=2", f"{HERE}?a=1&b=2", f"{HERE}?a=1&b=2"),
        (f"{HERE}?a=1", "a=2", f"{HERE}?a=1", f"{HERE}?a=2"),
        (f"{HERE}?a=1&b=2", "%61=3&c=4", f"{HERE}?a=1&b=2&c=4", f"{HERE}?b=2&%61=3&c=4"),
        (f"{HERE}?a=1#top", "b=2", f"{HERE}?a=1&b=2#top", f"{HERE}?a=1&b=2#top"),
        (f"{HERE}?a=1&a=2", "a=3", f"{HERE}?a=1&a=2", f"{HERE}?a=3"),
        (HERE, "&&flag&", f"{HERE}?flag", f"{HERE}?flag"),
        (HERE, "x=ü<>\"'", f"{HERE}?x=%C3%BC%3C%3E%22%27", f"{HERE}?x=%C3%BC%3C%3E%22%27"),
    ],
)
def test_parameters_are_added_or_put_in_place(location, query, merged, overridden):
    assert with_query(location, query) == merged
    assert with_query(location, query, override=True) == overridden


@given(strategies.text(), strategies.booleans())
def test_whatever_is_added_the_rest_of_the_url_stays(query, override):
    url = ada_url.URL(with_query(f"{HERE}?own=1#part", query, override=override))
    assert (url.origin, url.pathname, url.hash) == ("https://example.com", "/page", "#part")
    assert url.href.isascii()
    assert not {"\r", "\n", " "} & set(url.href)


def test_parameters_that_are_there_already_stay():
    given = [("utm_source", "mail & more"), ("utm_medium", "x")]
    assert with_parameters(f"{HERE}?utm_medium=own", given) == f"{HERE}?utm_medium=own&utm_source=mail+%26+more"


@pytest.mark.parametrize(
    ("location", "path", "expected"),
    [
        (HERE, "/more", f"{HERE}/more"),
        ("https://example.com", "/a/b", "https://example.com/a/b"),
        ("https://example.com/base/?q=1#f", "/a", "https://example.com/base/a?q=1#f"),
        (HERE, "/%20x/ü", f"{HERE}/%20x/%C3%BC"),
        (HERE, "/a?b#c", f"{HERE}/a%3Fb%23c"),
        (HERE, "/../up", None),
        (HERE, "/%2e%2E/up", None),
        (HERE, "/a/./b", None),
        (HERE, "/..", None),
        (HERE, "/..hidden", f"{HERE}/..hidden"),
    ],
)
def test_paths_are_appended_but_never_climb(location, path, expected):
    assert with_path(location, path) == expected


@given(strategies.text(alphabet=strategies.characters(codec="latin-1")))
def test_a_path_never_leaves_what_it_is_appended_to(path):
    found = with_path("https://example.com/base", f"/{path}")
    if found is not None:
        url = ada_url.URL(found)
        assert url.origin == "https://example.com"
        assert url.pathname.startswith("/base/")


def test_values_are_found_and_parameters_left_out():
    assert value_of("a=1&b=x%20y&b=z", "b") == "x y"
    assert value_of("a", "a") == ""
    assert value_of("a=1", "b") is None
    assert without("a=1&%62=2&c=3", "b") == "a=1&c=3"
