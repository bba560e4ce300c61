import re

import pytest
from django.core import mail

from shortener.accounts.models import User
from tests.web.reading import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]
PASSWORD = "correct horse battery"


@pytest.fixture
def open_to_all(settings):
    settings.SIGNUP = "open"


def test_signing_in_leads_to_the_links(client, owner):
    answer = client.post("/accounts/login/", {"login": "Owner@Example.org", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain == [("/app/", 302)]
    assert "Sign out" in Read(answer).text


def test_signing_in_leads_back(client, owner):
    sent = {"login": owner.email, "password": PASSWORD, "next": "/app/?q=x"}
    assert client.post("/accounts/login/", sent).url == "/app/?q=x"


def test_signing_in_does_not_lead_elsewhere(client, owner):
    sent = {"login": owner.email, "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post("/accounts/login/", sent).url == "/app/"


def test_a_wrong_password_is_told(client, owner):
    page = Read(client.post("/accounts/login/", {"login": owner.email, "password": "wrong"}))
    assert "not correct" in page.text
    assert page.field("login")["value"] == owner.email


def test_signing_out(signed_in):
    answer = signed_in.post("/accounts/logout/", follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "Sign in" in Read(answer).text


def test_looking_does_not_sign_out(signed_in):
    assert "Sign out?" in Read(signed_in.get("/accounts/logout/")).text
    assert signed_in.get("/app/").status_code == 200


@pytest.mark.usefixtures("open_to_all")
def test_signing_up(client):
    sent = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    answer = client.post("/accounts/signup/", sent, follow=True)
    assert answer.redirect_chain == [("/app/", 302)]
    assert User.objects.get().workspaces.count() == 1


@pytest.mark.usefixtures("open_to_all")
def test_mistakes_at_sign_up_are_told_at_their_fields(client):
    sent = {"email": "new@", "password1": "12345678", "password2": "other"}
    page = Read(client.post("/accounts/signup/", sent))
    assert page.field("email")["error"]
    assert page.field("password1")["error"]
    assert page.field("email")["value"] == "new@"


def test_closed_sign_up(client, settings):
    settings.SIGNUP = "closed"
    assert "Accounts by invitation" in Read(client.get("/accounts/signup/")).text
    client.post("/accounts/signup/", {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD})
    assert not User.objects.exists()
    assert not Read(client.get("/accounts/login/")).all("a", href="/accounts/signup/")


def test_a_forgotten_password_is_replaced_by_mail(client, owner):
    answer = client.post("/accounts/password/reset/", {"email": owner.email}, follow=True)
    assert "Look into your mail" in Read(answer).text
    [address] = re.findall(r"http://testserver(/\S+)", mail.outbox[0].body)
    form = client.get(address, follow=True)
    sent = {"password1": "another good password", "password2": "another good password"}
    assert "Password changed" in Read(client.post(form.redirect_chain[-1][0], sent, follow=True)).text
    assert client.login(request=None, email=owner.email, password="another good password")


def test_an_unknown_address_is_answered_alike(client):
    answer = client.post("/accounts/password/reset/", {"email": "nobody@example.org"}, follow=True)
    assert "Look into your mail" in Read(answer).text


def test_an_old_reset_link_says_so(client):
    answer = client.get("/accounts/password/reset/key/1-nonsense/")
    assert "This link does not work any more" in Read(answer).text


def test_changing_the_password(signed_in, owner):
    sent = {"oldpassword": PASSWORD, "password1": "another good password", "password2": "another good password"}
    assert signed_in.post("/accounts/password/change/", sent).status_code == 302
    assert signed_in.get("/app/").status_code == 200
    owner.refresh_from_db()
    assert owner.check_password("another good password")


def test_the_e_mail_page(client, owner):
    client.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})  # adding asks once more who is there
    signed_in = client
    page = Read(signed_in.get("/accounts/email/"))
    assert page.all("a", **{"aria-current": "page", "href": "/accounts/email/"})
    signed_in.post("/accounts/email/", {"action_add": "", "email": "second@example.org"})
    assert "second@example.org" in Read(signed_in.get("/accounts/email/")).text
