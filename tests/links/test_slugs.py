import pytest
from django.urls import URLPattern, get_resolver
from hypothesis import given, strategies

from shortener.links import slugs
from shortener.redirects.visits import SLUG_PATH


@given(strategies.integers(min_value=1, max_value=2**53))
def test_generated_slugs_are_long_enough_and_can_be_typed(number):
    slug = slugs.generated_slug(number)
    assert slug is None or (len(slug) >= 6 and slugs.ALPHABET.match(slug) and SLUG_PATH.match(f"/{slug}"))


def test_the_first_hundred_thousand_are_all_different():
    made = [slugs.generated_slug(number) for number in range(1, 100_001)]
    assert len(set(made) - {None}) == len([slug for slug in made if slug])


@pytest.mark.parametrize("slug", ["ab", "spring-sale_2027", "x" * 64, "API2", "-_"])
def test_a_slug_people_may_choose(slug):
    assert slugs.problem_with(slug) is None
    assert SLUG_PATH.match(f"/{slug}")


@pytest.mark.parametrize(
    ("slug", "reason"),
    [
        ("a", "2 to 64 characters; this one has 1"),
        ("x" * 65, "this one has 65"),
        ("a b", "letters"),
        ("ümlaut", "letters"),
        ("a/b", "letters"),
        ("ab\n", "letters"),
        ("a.b", "letters"),
        ("admin", "address of a page"),
        ("ADMIN", "address of a page"),
        ("api", "address of a page"),
        ("static", "address of a page"),
    ],
)
def test_a_slug_nobody_may_choose(slug, reason):
    assert reason in slugs.problem_with(slug)


def routes(resolver, prefix=""):
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern, route)


def test_every_route_of_the_site_is_reserved():
    """Fails when somebody adds a page whose address a slug could take."""
    open_routes = [
        route
        for route in routes(get_resolver())
        if SLUG_PATH.match("/" + (first := route.lstrip("^").split("/")[0].rstrip("$")))
        and not slugs.is_reserved(first)
        and not first.startswith("<short:")
    ]
    assert open_routes == []


def test_no_route_begins_with_a_variable():
    """A route such as `<str:name>/` could not be reserved, and would take every slug; short links' own routes do."""
    found = {route for route in routes(get_resolver()) if route.lstrip("^").startswith(("<", "("))}
    assert found == {"<short:slug>", "<short:slug>+", "<short:slug>+stats"}


def test_a_new_route_is_reserved_by_itself(settings, monkeypatch):
    from django.urls import path

    from config import urls

    monkeypatch.setattr(urls, "urlpatterns", [*urls.urlpatterns, path("brand-new/page", lambda r: None)])
    resolver = type(get_resolver())(get_resolver().pattern, urls)
    assert "brand-new" in set(slugs._first_segments(resolver, ""))


def test_a_generated_slug_that_spells_a_reserved_word_is_skipped(monkeypatch):
    slug = slugs.generated_slug(5)
    monkeypatch.setattr(slugs, "reserved_words", lambda: frozenset({slug.lower()}))
    assert slugs.generated_slug(5) is None
