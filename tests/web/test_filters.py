from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from shortener.links.models import Domain, Folder, Link, LinkUse
from shortener.links.queries import state
from shortener.web.filters import matching

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)


def slugs(workspace, **filters):
    return [link.slug for link in matching(workspace, asked(**filters))]


def asked(**filters):
    query = QueryDict(mutable=True)
    query.update(filters)
    return query


@pytest.fixture
def in_every_state(make_link):
    """Links in every state, and in several at once: the first of a list decides."""
    columns = {
        "archived_at": (None, NOW - DAY),
        "disabled_at": (None, NOW - DAY),
        "active_until": (None, NOW - DAY, NOW + DAY),
        "active_from": (None, NOW - 2 * DAY, NOW + DAY),
        "click_limit": (None, 3),
    }
    for number, archived in enumerate(columns["archived_at"]):
        for disabled in columns["disabled_at"]:
            for until in columns["active_until"]:
                for start in columns["active_from"]:
                    for limit in columns["click_limit"]:
                        link = make_link()
                        values = (archived, disabled, until, start, limit)
                        Link.objects.filter(pk=link.pk).update(**dict(zip(columns, values, strict=True)))
                        if limit and number % 2 == 0:
                            LinkUse.objects.create(link=link, used=3)


@pytest.mark.parametrize("wanted", ["active", "scheduled", "expired", "archived", "exhausted", "disabled"])
def test_a_state_is_what_one_link_says_of_itself(workspace, in_every_state, wanted):
    def of(link):
        use = getattr(link, "use", None)
        return state(link, use.used if use else 0)

    everything = matching(workspace, asked())
    expected = {link.pk for link in everything if of(link) == wanted}
    assert expected
    assert {link.pk for link in matching(workspace, asked(state=wanted))} == expected


def test_by_folder(workspace, make_link):
    folder = Folder.objects.create(workspace=workspace, name="Press")
    Link.objects.filter(pk=make_link(slug="inside").pk).update(folder=folder)
    make_link(slug="outside")
    assert slugs(workspace, folder=folder.public_id) == ["inside"]
    assert slugs(workspace, folder="none") == ["outside"]


def test_by_domain(workspace, make_link):
    Domain.objects.create(host="go.test", workspace=workspace, verified_at=NOW)
    make_link(slug="there", domain="go.test")
    make_link(slug="here")
    assert slugs(workspace, domain="GO.test") == ["there"]


def test_by_creator(workspace, make_link, stranger):
    make_link(slug="mine")
    Link.objects.filter(pk=make_link(slug="theirs").pk).update(created_by=stranger)
    assert slugs(workspace, creator=stranger.email) == ["theirs"]


def test_filters_add_up(workspace, make_link):
    make_link(slug="both", tags=["press"], title="Report")
    make_link(slug="tag-only", tags=["press"])
    make_link(slug="text-only", title="Report")
    assert slugs(workspace, tag="press", q="report") == ["both"]


@pytest.mark.parametrize("name", ["folder", "creator", "state"])
@pytest.mark.parametrize("nonsense", ["x", "-1", "9" * 40, "1 OR 1=1", "²"])
def test_nonsense_matches_nothing(workspace, make_link, name, nonsense):
    make_link()
    assert slugs(workspace, **{name: nonsense}) == []


def test_others_links_never_match(workspace, make_link, stranger):
    from shortener.accounts.services import personal_workspace

    make_link(slug="private")
    assert slugs(personal_workspace(stranger)) == []
