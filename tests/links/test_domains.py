import pytest
from django.core.management import call_command
from django.utils import timezone

from shortener.links.domains import default_domain, ensure_default_domain, forget_domains, own_hosts
from shortener.links.models import Domain
from shortener.links.queries import short_url

pytestmark = pytest.mark.django_db


def test_migrating_makes_the_default_domain():
    Domain.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert default_domain().host == "127.0.0.1:8000"


def test_links_follow_the_site_to_another_name(make_link, settings):
    link = make_link(slug="abc")
    settings.DEFAULT_DOMAIN, settings.BASE_URL = "go.example.org", "https://go.example.org"
    ensure_default_domain()
    link.domain.refresh_from_db()
    assert short_url(link) == "https://go.example.org/abc"
    assert Domain.objects.count() == 1


def test_own_hosts_are_all_our_names():
    Domain.objects.create(host="s.example.org", verified_at=timezone.now())
    Domain.objects.create(host="only-named.example.org")
    forget_domains()
    assert {"127.0.0.1:8000", "localhost:8000", "s.example.org"} <= own_hosts()
    assert "only-named.example.org" not in own_hosts()
