import os
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import AuditEvent
from shortener.accounts.services import personal_workspace, public_workspace
from shortener.links import ids, slugs
from shortener.links.errors import LinkChanged, LinkError
from shortener.links.models import Domain, Link, Tag
from shortener.links.services import create_link, delete_link, update_link
from shortener.links.signals import links_changed

pytestmark = pytest.mark.django_db
EARLY, LATE = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)


def errors_of(call, *args, **kwargs):
    with pytest.raises(LinkError) as caught:
        call(*args, **kwargs)
    return caught.value.errors


def test_a_link_has_a_generated_slug_and_the_defaults(make_link, owner):
    link = make_link("https://example.com/a")
    link.refresh_from_db()
    assert link.slug == slugs.generated_slug(link.pk)
    assert (link.status, link.version, link.created_by, link.created_via) == (302, 1, owner, "api")


def test_a_new_link_is_what_is_read_later(make_link, api_key, owner):
    made = make_link(by=Actor(Via.API, owner, api_key[0]), slug="sale", title="Sale", active_from=EARLY)
    read = Link.objects.get()
    columns = [field.attname for field in Link._meta.concrete_fields]
    assert [getattr(made, column) for column in columns] == [getattr(read, column) for column in columns]
    with CaptureQueriesContext(connection) as queries:
        related = [made.workspace, made.domain, made.created_by, made.created_with]
    assert (len(queries), made._state.adding, made._state.db) == (0, False, "default")
    assert related == [read.workspace, read.domain, read.created_by, read.created_with]


def test_a_slug_that_is_taken_costs_an_id_and_the_trail_names_the_one_that_was_made(make_link, monkeypatch):
    make_link(slug=slugs.generated_slug(70_001))
    numbers = iter([70_001, 70_002])
    monkeypatch.setattr(ids, "take", lambda _count: [next(numbers)])
    link = make_link()
    assert (link.pk, AuditEvent.objects.latest("pk").target_id) == (70_002, link.public_id)
    assert AuditEvent.objects.count() == 2


def test_a_link_keeps_everything_it_was_given(make_link):
    link = make_link(
        slug="sale", title=" Sale ", tags=["Spring", "spring", " mail "], status=307, active_from=EARLY,
        active_until=LATE, click_limit=5,
    )  # fmt: skip
    link.refresh_from_db()
    assert (link.slug, link.title, link.status, link.click_limit) == ("sale", "Sale", 307, 5)
    assert (link.active_from, link.active_until) == (EARLY, LATE)
    assert sorted(tag.name for tag in link.tags.all()) == ["mail", "spring"]


def test_every_wrong_field_is_named_and_nothing_is_written(make_link):
    errors = errors_of(
        make_link, "javascript:alert(1)", slug="admin", title="x" * 301, tags=["a" * 51], status=303, active_from=LATE,
        active_until=EARLY, click_limit=0,
    )  # fmt: skip
    assert set(errors) == {"url", "slug", "title", "tags", "status", "active_until", "click_limit"}
    assert Link.objects.count() == Tag.objects.count() == 0


def test_a_taken_slug_is_refused(make_link):
    make_link(slug="taken")
    assert errors_of(make_link, slug="taken") == {"slug": ["“taken” is taken. Choose another name."]}


@pytest.mark.parametrize("says", [True, False])
def test_links_of_nobody_can_say_first_where_they_lead(db, settings, make_link, says):
    settings.ANONYMOUS_NOTICE = says
    link = create_link(workspace=public_workspace(), by=Actor(Via.FORM), url="https://example.com/")
    assert link.notice is says
    assert make_link().notice is False


def test_new_links_begin_with_the_campaign_of_their_workspace(make_link, workspace):
    workspace.utm = {"utm_source": "house"}
    workspace.save()
    assert make_link(workspace=workspace).utm == {"utm_source": "house"}
    assert make_link(workspace=workspace, utm={"medium": "mail"}).utm == {"utm_medium": "mail"}
    assert make_link(workspace=workspace, utm={}).utm == {}


def test_links_are_made_on_verified_domains_of_ones_own(make_link, workspace, stranger):
    now = datetime.now(UTC)
    Domain.objects.create(host="theirs.test", workspace=personal_workspace(stranger), verified_at=now)
    Domain.objects.create(host="unproved.test", workspace=workspace)
    Domain.objects.create(host="mine.test", workspace=workspace, verified_at=now)
    Domain.objects.create(host="all.test", verified_at=now)
    for host in ("theirs.test", "unproved.test", "nobodys.test"):
        assert errors_of(make_link, domain=host) == {
            "domain": [f"“{host}” is not a verified domain of yours. There are: 127.0.0.1:8000, all.test, mine.test."]
        }
    assert make_link(domain="Mine.test").domain.host == "mine.test"
    assert make_link(domain="all.test").domain.host == "all.test"
    assert make_link().domain.host == "127.0.0.1:8000"


def test_slugs_that_differ_in_case_are_different(make_link):
    assert make_link(slug="Sale").pk != make_link(slug="sale").pk


def test_a_generated_slug_that_somebody_has_chosen_costs_an_id(make_link, monkeypatch):
    monkeypatch.setattr(ids, "_ahead", ids._Ahead(list(ids.reserve_block(10)), os.getpid()))  # in one row
    number = make_link().pk
    chosen = make_link(slug=slugs.generated_slug(number + 2))
    assert chosen.pk == number + 1
    assert make_link().pk == number + 3


def test_an_id_that_is_in_use_is_never_used_again(make_link, monkeypatch):
    """The unique index is the last word, should the allocator ever be wrong."""
    link = make_link()
    numbers = iter([link.pk, link.pk, link.pk + 1])
    monkeypatch.setattr(ids, "take", lambda count: [next(numbers)])
    assert make_link().pk == link.pk + 1


def test_a_deleted_links_slug_is_never_handed_out_again(make_link):
    delete_link(make_link(slug="gone"))
    assert "slug" in errors_of(make_link, slug="gone")


def test_deleting_twice_is_harmless(make_link):
    link = make_link()
    delete_link(link)
    delete_link(link)
    link.refresh_from_db()
    assert link.deleted_at is not None


def test_a_change_touches_only_what_it_names(make_link):
    link = make_link(title="before", tags=["a"], click_limit=3)
    changed = update_link(link, changes={"title": "after"})
    assert (changed.title, changed.click_limit, [t.name for t in changed.tags.all()]) == ("after", 3, ["a"])
    assert changed.version == 2
    assert changed.updated_at > link.updated_at


def test_a_link_can_be_archived_and_brought_back(make_link):
    link = update_link(make_link(), changes={"archived": True})
    assert link.archived_at is not None
    assert update_link(link, changes={"archived": False}).archived_at is None


def test_a_wrong_change_changes_nothing(make_link):
    link = make_link(title="before")
    assert set(errors_of(update_link, link, changes={"title": "after", "url": "ftp://x.example"})) == {"url"}
    link.refresh_from_db()
    assert (link.title, link.version) == ("before", 1)


def test_the_window_is_checked_against_what_is_stored(make_link):
    link = make_link(active_until=EARLY)
    assert set(errors_of(update_link, link, changes={"active_from": LATE})) == {"active_until"}


@pytest.mark.parametrize("field", ["slug", "nonsense", "created_at"])
def test_other_fields_cannot_be_changed(make_link, field):
    assert set(errors_of(update_link, make_link(), changes={field: "x"})) == {field}


def test_a_link_to_ourselves_is_refused(make_link):
    link = make_link()
    assert "circle" in errors_of(make_link, f"http://{link.domain.host}/{link.slug}")["url"][0]


def test_nul_characters_are_refused_in_every_text(make_link):
    assert set(errors_of(make_link, "https://example.com/\x00", slug="a\x00b", title="\x00", tags=["\x00"])) == {
        "url", "slug", "title", "tags",
    }  # fmt: skip


def test_changes_are_announced_after_commit_and_not_before(make_link, django_capture_on_commit_callbacks):
    heard = []

    def listen(keys, **_):
        heard.extend(keys)

    links_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks() as callbacks:
            link = make_link()
            assert heard == []
        for callback in callbacks:
            callback()
    finally:
        links_changed.disconnect(listen)
    assert heard == [(link.domain_id, link.slug)]


def test_workspaces_have_tags_of_their_own(make_link, stranger):
    from shortener.accounts.services import personal_workspace

    make_link(tags=["a"])
    create_link(workspace=personal_workspace(stranger), by=Actor(Via.FORM), url="https://example.com", tags=["A"])
    assert Tag.objects.count() == 2


def test_a_change_can_be_held_to_the_version_that_was_seen(make_link):
    link = make_link(title="Old")
    update_link(link, changes={"title": "Theirs"}, if_version=link.version)
    with pytest.raises(LinkChanged) as caught:
        update_link(link, changes={"title": "Mine"}, if_version=link.version)
    assert (Link.objects.get().title, caught.value.version) == ("Theirs", link.version + 1)


@pytest.mark.parametrize("year", [1969, 9999])
def test_moments_are_in_years_that_every_time_zone_has(make_link, year):
    with pytest.raises(LinkError) as caught:
        make_link(
            active_from=datetime(year, 12, 31, 23, tzinfo=UTC), active_until=datetime(year, 12, 31, 23, 59, tzinfo=UTC)
        )
    assert caught.value.errors == {
        "active_from": ["A moment is in a year from 1970 to 9000."],
        "active_until": ["A moment is in a year from 1970 to 9000."],
    }
