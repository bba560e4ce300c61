"""Mails and texts that are django-allauth's: in our words."""

import re
from pathlib import Path

import allauth
import pytest
from allauth.account.adapter import get_adapter
from allauth.core.context import request_context
from django.conf import settings as django_settings
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import gettext, override

from shortener.web.allauth_words import WORDS
from tests.web.reading import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]
PASSWORD = "correct horse battery"
SITE = "Acme links"
MAIL = re.compile(r"\"((?:account|mfa|socialaccount)/email/\w+)\"")
# Codes instead of links and passwords: we do not offer them.
NEVER_SENT = {"account/email/login_code", "account/email/password_reset_code"}
SENT = sorted(
    {name for path in Path(allauth.__file__).parent.rglob("*.py") for name in MAIL.findall(path.read_text())}
    - NEVER_SENT
)
INFORMAL = re.compile(r"\b(du|dich|dir|dein\w*)\b", re.IGNORECASE)
CONTEXT = {
    "activate_url": "http://a", "password_reset_url": "http://b", "signup_url": "http://c", "timestamp": timezone.now(),
    "ip": "192.0.2.1", "user_agent": "", "from_email": "x@example.org", "to_email": "y@example.org",
    "deleted_email": "z@example.org", "provider": "Company",
}  # fmt: skip


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_NAME, settings.SIGNUP = SITE, "open"
    settings.ACCOUNT_EMAIL_VERIFICATION, settings.ACCOUNT_EMAIL_NOTIFICATIONS = "mandatory", True


@pytest.fixture(params=["en", "de"])
def speaker(request, client):
    """A visitor who reads this language."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = request.param
    return client


def rendered(name, language):
    request = RequestFactory().get("/")
    request.user, request.session = AnonymousUser(), {}
    with override(language), request_context(request):
        mail = get_adapter(request).render_mail(
            name, "new@example.org", {**CONTEXT, "request": request, "email": "w@x.org"}
        )
    return mail.subject, mail.body


def path_in(mail):
    assert SITE in mail.subject
    assert SITE in mail.body
    [path] = re.findall(r"http://testserver(/\S+)", mail.body)
    return path


@pytest.mark.parametrize("name", SENT)
def test_every_mail_names_the_site_in_both_languages(name):
    english, german = rendered(name, "en-gb"), rendered(name, "de")
    for one, other in zip(english, german, strict=True):
        assert SITE in one
        assert SITE in other
        assert one != other
        assert "example.com" not in one + other
        assert not INFORMAL.search(other)


@pytest.mark.parametrize("name", SENT)
def test_every_mail_has_a_template_of_ours(name):
    for part in ("subject", "message"):
        assert (django_settings.ROOT / "templates" / f"{name}_{part}.txt").exists()


def test_confirming_at_sign_up(speaker, mailoutbox):
    speaker.post("/accounts/signup/", {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD})
    page = Read(speaker.post(path_in(mailoutbox[0]), follow=True))
    assert not INFORMAL.search(page.text)
    assert "Sign out" in page.text or "Abmelden" in page.text


def test_confirming_another_address(speaker, owner, mailoutbox):
    owner.emailaddress_set.create(email=owner.email, verified=True, primary=True)
    speaker.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    speaker.post("/accounts/reauthenticate/", {"password": PASSWORD})
    speaker.post("/accounts/email/", {"action_add": "", "email": "second@example.org"})
    speaker.post(path_in(mailoutbox[-1]))
    assert owner.emailaddress_set.get(email="second@example.org").verified


def test_a_new_password(speaker, owner, mailoutbox):
    owner.emailaddress_set.create(email=owner.email, verified=True, primary=True)
    speaker.post("/accounts/password/reset/", {"email": owner.email})
    form = speaker.get(path_in(mailoutbox[0]), follow=True).redirect_chain[-1][0]
    speaker.post(form, {"password1": "another good password", "password2": "another good password"})
    owner.refresh_from_db()
    assert owner.check_password("another good password")
    assert SITE in mailoutbox[1].body


@pytest.mark.parametrize(("signup", "is_offered"), [("open", True), ("closed", False)])
def test_strangers_are_asked_to_sign_up_where_they_may(speaker, settings, mailoutbox, signup, is_offered):
    settings.SIGNUP = signup
    speaker.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    [mail] = mailoutbox
    assert ("/accounts/signup/" in mail.body) == is_offered
    assert "nobody@example.org" in mail.body


def test_whoever_has_an_account_is_told_at_sign_up(speaker, owner, mailoutbox):
    owner.emailaddress_set.create(email=owner.email, verified=True, primary=True)
    speaker.post("/accounts/signup/", {"email": owner.email, "password1": PASSWORD, "password2": PASSWORD})
    assert speaker.get(path_in(mailoutbox[0])).status_code == 200


@pytest.mark.parametrize("text", WORDS)
def test_what_is_said_on_pages_has_our_german(text):
    with override("de"):
        said = gettext(text)
    assert said != text
    assert not INFORMAL.search(said)


def test_a_mistake_at_sign_up_is_told_formally(client):
    sent = {"email": "new@example.org", "password1": PASSWORD, "password2": "another one"}
    page = Read(client.post("/accounts/signup/", sent, headers={"accept-language": "de"}))
    assert "Geben Sie beide Male dasselbe Passwort ein." in page.text
