"""What htmx is told when the session has ended."""

import pytest

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize("path", ["/app/", "/app/links/link_x/row", "/app/settings/account/", "/app/workspaces/switch"])
def test_the_whole_page_goes_to_sign_in_and_comes_back_to_where_it_was(client, path):
    answer = client.post(path, headers={**HTMX, "HX-Current-URL": "http://testserver/app/?q=a&tag=b#top"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["HX-Redirect"] == "/accounts/login/?next=/app/%3Fq%3Da%26tag%3Db%23top"
    assert "Location" not in answer


@pytest.mark.parametrize("page", ["https://elsewhere.test/app/", "//elsewhere.test/", ""])
def test_nobody_is_led_to_another_site(client, page):
    answer = client.get("/app/", headers={**HTMX, "HX-Current-URL": page})
    assert answer["HX-Redirect"] == "/accounts/login/"


def test_browsers_are_redirected_as_ever(client):
    answer = client.get("/app/?q=a")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/app/%3Fq%3Da")
    assert "HX-Redirect" not in answer


def test_other_redirects_stay_what_they_are(signed_in):
    assert "HX-Redirect" not in signed_in.post("/app/forget-recent", headers=HTMX)
