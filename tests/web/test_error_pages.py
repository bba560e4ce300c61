import pytest
from django.template.loader import render_to_string

from tests.web.reading import Read

STANDALONE = [
    "404",
    "500",
    "400",
    "403",
    "403_csrf",
    "413",
    "503",
    "redirects/not_found",
    "redirects/not_yet",
    "redirects/unavailable",
]


@pytest.mark.parametrize("name", STANDALONE)
def test_it_can_be_rendered_without_a_request(name):
    html = render_to_string(f"{name}.html")
    assert "<h1>" in html
    assert "Shortener" in html


def test_each_end_of_a_link_has_its_own_words():
    reasons = ("expired", "archived", "exhausted", "deleted")
    assert len({render_to_string("redirects/gone.html", {"reason": reason}) for reason in reasons}) == len(reasons)


def test_trying_again_asks_for_the_same_address():
    assert '<a class="button primary" href="">' in render_to_string("redirects/unavailable.html")


@pytest.mark.django_db
def test_an_unknown_page(client):
    answer = client.get("/app/nothing/here")
    assert answer.status_code == 404
    assert "There is no such page" in Read(answer).text


@pytest.mark.django_db
def test_an_unknown_page_keeps_the_navigation(signed_in):
    assert Read(signed_in.get("/app/nothing/here")).all("a", href="/app/")


def test_a_mistake_of_ours_needs_neither_database_nor_session(client, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("no")

    client.raise_request_exception = False
    monkeypatch.setattr("shortener.web.views.home.NewLinkForm", fail)
    monkeypatch.setattr("django.contrib.auth.get_user", fail)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something went wrong here" in Read(answer).text


@pytest.mark.parametrize("path", ["/", "/app/", "/accounts/login/"])
def test_while_the_database_is_away_pages_say_so(client, owner, away, path):
    client.raise_request_exception = False
    client.cookies["sessionid"] = "a" * 32
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Not reachable just now" in Read(answer).text
