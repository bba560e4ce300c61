"""What a search asks the index of trigrams."""

import pytest
from django.db import connection
from hypothesis import given, strategies

from shortener.links import words
from shortener.links.models import Link
from shortener.links.queries import links_in, search
from shortener.links.words import telling

SAMPLE = [f"HTTPS://EXAMPLE.COM/{number * 7919 % 10007}/PAGE?ID={number}" for number in range(100)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("page?id=123456", ["=123456"]),
        ("https://example.com/Straße", ["/Straße"]),
        ("Foo/page/bar", ["Foo/", "/bar"]),
        ("page", ["page"]),  # nothing else to go by
        ("xampl", ["xampl"]),
        ("example.com/7919", ["example.com/7919"]),  # is in the sample: the host may tell it from others
        ("?", ["?"]),
        ("", [""]),
    ],
)
def test_words_that_most_links_have_are_left_out(text, parts):
    assert telling(text, SAMPLE) == parts


def test_without_a_sample_nothing_is_left_out():
    assert telling("page?id=123456", SAMPLE[:5]) == ["page?id=123456"]


@given(strategies.text(alphabet="page?id=/:1ßé_ ", min_size=1, max_size=20))
def test_whatever_has_the_text_has_its_parts_in_this_order(text):
    rest = text
    for part in telling(text, SAMPLE):
        assert part in rest
        rest = rest.partition(part)[2]


@pytest.mark.django_db
def test_a_search_finds_the_same_whatever_the_sample_says(workspace, make_link, monkeypatch):
    for path in ("page?id=1234567", "1234567/page?id=", "PAGE?ID=1234567&x", "page?id=99", "1234567/page?id=1"):
        make_link(url=f"https://example.com/{path}")
    make_link(title="100 % Straße/page?id=1234567")
    for text in (
        "page?id=1234567",
        "PAGE?id=1234567",
        "Straße/page",
        "0 % straße",
        "id=99",
        "https://example.com/page",
    ):
        found = []
        for sample in ({}, {f"link_{column}_trgm": SAMPLE for column in words.COLUMNS}):
            monkeypatch.setattr(words._samples, "get", lambda sample=sample: sample)
            found.append(set(search(links_in(workspace), text).values_list("pk", flat=True)))
        assert found[0] == found[1] != set()


@pytest.mark.django_db
def test_samples_are_what_analyze_has_drawn(make_link):
    for number in range(60):
        make_link(url=f"https://example.com/{number}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE links_link")
    sample = words._load()["link_destination_trgm"]
    assert set(sample) <= {destination.upper() for destination in Link.objects.values_list("destination", flat=True)}
    assert telling("https://example.com/new", sample) == ["/new"]
