"""What making links asks of the stores: as much for a thousand as for one, and nothing that could be left out."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shortener.infra.stores import redis_client
from shortener.links.ids import AHEAD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stores")]
LINKS, BULK = "/api/v1/links", "/api/v1/links/bulk"


@pytest.fixture
def remembering(settings):
    """A process that has looked up key and domains a moment ago."""
    settings.API_KEY_SECONDS = settings.DOMAINS_SECONDS = 60


def asked(api, path, body):
    """The first word of each statement that a request needs, and how often it goes to Redis."""
    api.post(path, body)  # has the first numbers reserved, and scripts loaded
    trips = Counter()
    with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as queries:
        kind = redis_client().connection_pool.connection_class
        patch.setattr(kind, "send_packed_command", noting(kind.send_packed_command, trips))
        assert api.post(path, body).status_code == 201
    return [query["sql"].split()[0] for query in queries], trips["redis"]


def noting(send, trips):
    def noted(*args, **options):
        trips["redis"] += 1
        return send(*args, **options)

    return noted


def links(count):
    return {"links": [{"url": f"https://example.com/{number}"} for number in range(count)]}


def test_a_link_is_written_by_one_statement_and_published_in_one_round_trip(api, remembering):
    statements, trips = asked(api, LINKS, {"url": "https://example.com/1"})
    assert statements == ["WITH", "WITH"]  # link, note and event; the note is done
    assert trips == 2  # budgets, plan


@pytest.mark.parametrize("count", [AHEAD + 1, 1000])
def test_a_thousand_links_take_as_many_as_a_few(api, remembering, count):
    statements, trips = asked(api, BULK, links(count))
    assert statements == ["BEGIN", "WITH", "INSERT", "COMMIT", "WITH"]
    assert trips == 4  # the request, its links, their IDs, their plans
