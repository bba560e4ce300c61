"""What any page may cost: queries, and bytes on its way to a browser that has nothing yet. Pages are found in the URL
configuration, so that none is forgotten."""

import gzip
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loadtests.furnishing import values_for
from loadtests.site_map import NoValue, addresses
from shortener.accounts.actors import Actor, Via
from shortener.accounts.keys import create_api_key
from shortener.accounts.members import invite
from shortener.accounts.models import Member, User
from shortener.accounts.workspaces import create_workspace
from shortener.clicks.models import Dimension, Scope
from shortener.links.folders import create_folder
from shortener.links.models import Link, Report
from shortener.links.services import create_link
from shortener.links.tags import create_tag
from shortener.links.templates import create_template
from shortener.web.paging import PAGE_SIZE
from tests.web.counting import count
from tests.web.reading import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]
MOST_QUERIES = 15
MOST_BYTES = 150_000  # of a page and all it loads, at the first visit
DAYS = 30
TAGS = [f"a tag with a long name {number}" for number in range(10)]
LONG = "https://www.example.com/a/long/address/as/people/paste/them?utm_source=newsletter&utm_campaign=spring&id="


@pytest.fixture
def person(owner):
    """Somebody who owns a team's workspace, in which there is much of everything, and runs the site."""
    User.objects.filter(pk=owner.pk).update(is_staff=True, is_superuser=True)
    browser = Client(headers={"Accept-Encoding": "gzip"})
    browser.force_login(owner)
    return browser


@pytest.fixture
def values(owner, person):
    """What the parameters of addresses stand for."""
    by = Actor(Via.FORM, owner)
    team = create_workspace(name="Press office", owner=owner, by=by)
    person.post("/app/workspaces/switch", {"workspace": team.slug})
    folder = create_folder(team, name="Spring", by=by)
    link = _full_of_links(team, by, folder)
    for number in range(12):
        user = User.objects.create_user(f"colleague-{number}@example.org")
        Member.objects.create(workspace=team, user=user, role=Member.Role.MEMBER)
        invite(team, email=f"person-{number}@example.org", by=by)
        create_api_key(workspace=team, name=f"Key {number}", author=owner)
        create_template(team, name=f"Template {number}", utm={"utm_source": "mail"}, by=by)
        create_folder(team, name=f"Folder {number}", by=by)
        Report.objects.create(link=link, reason="spam", details="It is not what it says. " * 20)
    return values_for(team, link, owner)


def _full_of_links(team, by, folder) -> Link:
    for tag in TAGS:
        create_tag(team, name=tag, by=by)
    for number in range(PAGE_SIZE + 5):
        link = create_link(
            workspace=team, by=by, url=f"{LONG}{number}", title=f"A title that says what this is about {number}",
            tags=TAGS[:3], folder=folder.public_id, click_limit=10_000,
            rules=[{"conditions": [{"type": "country", "values": ["DE", "AT"]}], "targets": [{"url": LONG}]}],
        )  # fmt: skip
        count(Scope.LINK, link.pk, DAYS, clicks=1_000, visitors=900, bots=90)
    for ago in range(DAYS):
        for scope, scope_id in ((Scope.LINK, link.pk), (Scope.WORKSPACE, team.pk), (Scope.SITE, 0)):
            count(scope, scope_id, ago, _dimensions(ago), clicks=1_000 + ago, visitors=900, bots=90)
    Link.objects.update(public_stats=True)
    return link


def _dimensions(seed: int) -> dict[str, dict[str, int]]:
    """More values than any list shows."""
    names = [dimension.name.lower() for dimension in Dimension if dimension is not Dimension.LINK]
    return {name: {f"{name} number {seed} {value}": value + 1 for value in range(3)} for name in names}


@pytest.fixture
def pages(person, values):
    """What all addresses that are pages answer, and some of them to more than their path, with the number of queries."""
    lists = ("", "?tag=" + TAGS[0], "?q=example&state=active", "?folder=none", "?order=changed")
    stats = ("", "?range=all&compare=no", "?country=DE&device=mobile", "?more=referrer&show=city")
    further = [
        *(f"/app/{query}" for query in lists),
        *(f"{path}{query}" for path, query in product(("/app/stats", f"/app/links/{values['link_id']}/"), stats)),
        "/app/settings/audit/?action=link.created",
    ]
    return _read(person, [*(address.path for address in addresses(values)), *further])


def _read(person, paths):
    read = {}
    for path in dict.fromkeys(paths):
        with CaptureQueriesContext(connection) as queries:
            answer = person.get(path)
        if answer.status_code == 200 and answer.headers.get("Content-Type", "").startswith("text/html"):
            # A savepoint is the test's: where it runs, the site has a transaction instead.
            read[path] = (answer, sum("SAVEPOINT" not in query["sql"] for query in queries.captured_queries))
        assert answer.status_code < 500, path
    return read


def test_no_page_takes_more_queries_or_bytes_than_it_may(pages):
    queries = {path: number for path, (_answer, number) in pages.items()}
    weights = {path: sum(_loaded(answer).values()) for path, (answer, _number) in pages.items()}
    assert {"/", "/app/", "/app/stats", "/app/settings/audit/", "/admin/", "/admin/links/link/"} <= queries.keys()
    assert len(queries) > 70
    assert {path: number for path, number in queries.items() if number > MOST_QUERIES} == {}
    assert {path: number for path, number in weights.items() if number > MOST_BYTES} == {}


def test_a_new_page_has_to_say_what_its_parameters_stand_for():
    with pytest.raises(NoValue, match="link_id of web:link"):
        addresses({})


def _loaded(answer) -> dict[str, int]:
    """Bytes of a page and of what it makes a browser load, by address."""
    weights = {"": len(answer.content)}
    if answer.headers.get("Content-Encoding") == "gzip":  # all but the shortest
        answer.content = gzip.decompress(answer.content)
    page = Read(answer)
    wanted = [found["href"] for rel in ("stylesheet", "icon") for found in page.all("link", rel=rel)]
    wanted += [found["src"] for tag in ("script", "img") for found in page.all(tag) if "src" in found]
    wanted += [found["href"] for found in page.all("use") if "href" in found]
    while wanted:
        address = wanted.pop().partition("#")[0]
        if address.startswith("/static/") and address not in weights:
            content = _static(address)
            weights[address] = len(gzip.compress(content))
            wanted += _named_in(address, content)
    return weights


def _static(address: str) -> bytes:
    found = finders.find(address.removeprefix("/static/"))
    assert found, address
    return Path(found).read_bytes()


LOADS = {"css": rb"""url\(["']?([\w./-]+)""", "js": rb"""(?:from|import) ["']([\w./-]+)["']"""}


def _named_in(address: str, content: bytes) -> Iterator[str]:
    """What a style sheet or a script loads in turn."""
    for name in re.findall(LOADS.get(address.rpartition(".")[2], rb"(?!)"), content):
        yield urljoin(address, name.decode())
