import html
import re
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from config.sign_in import Provider, social_settings
from shortener.accounts.models import User
from tests.web.identity_provider import CLIENT, SECRET, IdentityProvider
from tests.web.reading import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]
LOGIN = "/accounts/oidc/company/login/"


@pytest.fixture(scope="module")
def running():
    provider = IdentityProvider()
    yield provider
    provider.stop()


@pytest.fixture
def company(running, settings):
    """The provider, with somebody whose address it has verified, and our settings for it."""
    running.broken = ""
    running.person = {"sub": "7", "email": "ada@example.org", "email_verified": True, "name": "Ada Example"}
    configure(settings, running)
    return running


def configure(settings, provider, **extra):
    entry = Provider(
        id="company", name="Company", server_url=provider.url, client_id=CLIENT, client_secret=SECRET, **extra
    )
    settings.SOCIALACCOUNT_PROVIDERS = social_settings([entry])


def go(client, company, path=LOGIN):
    """Press the button, be signed in there, come back."""
    page = client.post(path)
    [target] = re.findall(r'content="0;url=([^"]+)"', page.content.decode())
    back = urlsplit(company.authorise(html.unescape(target)))
    return client.get(f"{back.path}?{back.query}")


def test_the_button_is_on_the_page_to_sign_in(client, company):
    page = Read(client.get("/accounts/login/"))
    assert "Continue with Company" in page.text
    assert any(form["action"].startswith(LOGIN) for form in page.all("form"))


def test_without_providers_there_is_none(client):
    assert "Continue with" not in Read(client.get("/accounts/login/")).text


def test_the_way_there_is_no_redirect_that_the_policy_forbids(client, company):
    page = client.post(LOGIN)
    assert page.status_code == 200
    assert "form-action 'self'" in page["Content-Security-Policy"]
    assert Read(page).all("a", rel="noreferrer")[0]["href"].startswith(f"{company.url}/authorize?")


def test_a_link_alone_signs_nobody_in(client, company):
    assert "Continue" in Read(client.get(LOGIN)).text


def test_whoever_is_new_gets_an_account(client, company):
    assert go(client, company).url == "/app/"
    user = User.objects.get(email="ada@example.org")
    assert user.get_full_name() == "Ada Example"
    assert not user.has_usable_password()
    assert EmailAddress.objects.get(user=user).verified


def test_coming_again_is_the_same_person_whatever_the_address(client, company):
    go(client, company)
    company.person["email"] = "other@example.org"
    browser = Client()
    go(browser, company)
    assert User.objects.count() == 1
    assert browser.get("/app/").status_code == 200


def test_a_verified_address_leads_to_the_account_that_has_it(client, company, owner):
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    company.person["email"] = owner.email
    go(client, company)
    assert SocialAccount.objects.get().user == owner
    owner.refresh_from_db()
    assert owner.has_usable_password()


def test_an_account_that_never_proved_its_address_loses_its_password_to_whoever_does(client, company, owner):
    EmailAddress.objects.create(user=owner, email=owner.email, verified=False, primary=True)
    company.person["email"] = owner.email
    go(client, company)
    owner.refresh_from_db()
    assert not owner.has_usable_password()


@pytest.mark.parametrize("unproved", [False, None])
def test_an_address_that_the_provider_has_not_verified_opens_nothing(client, company, owner, unproved):
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    company.person |= {"email": owner.email, "email_verified": unproved}
    assert "does not say that your e-mail address is yours" in Read(go(client, company)).text
    assert client.get("/app/").status_code == 302
    assert not SocialAccount.objects.exists()


def test_with_mail_such_an_address_is_verified_by_us(client, company, settings, mailoutbox):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    company.person["email_verified"] = False
    go(client, company)
    assert client.get("/app/").status_code == 302
    assert mailoutbox[0].to == ["ada@example.org"]


def test_a_provider_whose_addresses_are_trusted(client, company, settings):
    configure(settings, company, trust_email=True)
    del company.person["email_verified"]
    go(client, company)
    assert EmailAddress.objects.get(email="ada@example.org").verified


def test_where_sign_up_is_closed_strangers_stay_outside(client, company, settings):
    settings.SIGNUP = "closed"
    assert "Accounts by invitation" in Read(go(client, company)).text
    assert not User.objects.exists()


def test_a_provider_may_open_the_door_nevertheless(client, company, settings):
    settings.SIGNUP = "closed"
    configure(settings, company, signup=True)
    go(client, company)
    assert User.objects.filter(email="ada@example.org").exists()


def test_the_second_factor_is_asked_for_here_as_well(client, company, owner):
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    Authenticator.objects.create(user=owner, type=Authenticator.Type.TOTP, data={"secret": "x"})
    company.person["email"] = owner.email
    assert go(client, company).url == "/accounts/2fa/authenticate/"
    assert client.get("/app/").status_code == 302


def test_a_closed_account_stays_closed(client, company):
    go(client, company)
    User.objects.update(is_active=False)
    browser = Client()
    go(browser, company)
    assert browser.get("/app/").status_code == 302


def test_connecting_and_disconnecting(client, company, owner):
    client.post("/accounts/login/", {"login": owner.email, "password": "correct horse battery"})
    client.post("/accounts/reauthenticate/", {"password": "correct horse battery"})
    go(client, company, f"{LOGIN}?process=connect")
    account = SocialAccount.objects.get(user=owner)
    assert "Company" in Read(client.get("/accounts/3rdparty/")).text
    client.post("/accounts/3rdparty/", {"account": account.pk})
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("broken", ["issuer", "token"])
def test_what_is_not_right_is_refused(client, company, broken):
    company.broken = broken
    assert "did not work" in Read(go(client, company)).text
    assert not User.objects.exists()


def test_a_provider_that_is_away_is_said_to_be(client, company):
    company.broken = "down"
    page = client.post(LOGIN)
    assert page.status_code == 502
    assert "does not answer as it should" in Read(page).text


def test_a_code_that_somebody_else_asked_for_is_refused(client, company):
    page = client.post(LOGIN)
    [target] = re.findall(r'content="0;url=([^"]+)"', page.content.decode())
    back = urlsplit(company.authorise(html.unescape(target)))
    assert "did not work" in Read(Client().get(f"{back.path}?{back.query}")).text
    assert not User.objects.exists()
