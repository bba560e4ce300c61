import base64
import hmac
import re
import struct
import time

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from tests.web.reading import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]
PASSWORD = "correct horse battery"


def code_of(secret: str, now: float | None = None) -> str:
    """The code that an authenticator app shows (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time() if now is None else now) // 30)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def sign_in(client, email):
    return client.post("/accounts/login/", {"login": email, "password": PASSWORD})


@pytest.fixture
def secret(client, owner, settings):
    """Set up by the owner, in another browser."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    browser = Client()
    sign_in(browser, owner.email)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    owner.emailaddress_set.update(verified=True)
    page = Read(browser.get("/accounts/2fa/totp/activate/"))
    [found] = [field["value"] for field in page.all("input", id="secret")]
    assert browser.post("/accounts/2fa/totp/activate/", {"code": code_of(found)}).status_code == 302
    return found


def test_codes_are_those_of_the_rfc():
    assert code_of(base64.b32encode(b"12345678901234567890").decode(), 59) == "287082"


def test_a_password_alone_opens_nothing_any_more(client, owner, secret):
    assert sign_in(client, owner.email).url == "/accounts/2fa/authenticate/"
    assert client.get("/app/").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert client.get("/app/").status_code == 302


def test_a_recovery_code_opens_once(client, owner, secret):
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    for expected in (302, 200):
        browser = Client()
        sign_in(browser, owner.email)
        assert browser.post("/accounts/2fa/authenticate/", {"code": code}).status_code == expected


def test_the_admin_site_has_the_same_door(client, owner, secret):
    owner.is_staff = owner.is_superuser = True
    owner.save()
    assert client.get("/admin/login/").url.startswith("/accounts/login/?next=")
    client.post("/admin/login/", {"username": owner.email, "password": PASSWORD})
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/accounts/login/")


def test_the_database_does_not_hold_the_secret(secret):
    kept = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in kept
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret, time.time() + 30))


def test_another_secret_key_lets_nobody_in(secret, settings):
    settings.SECRET_KEY = "another one, long enough to be a key"
    assert not Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret, time.time() + 30))


def test_the_app_is_told_the_name_of_the_site(client, owner, settings):
    settings.SITE_NAME = "Go"
    sign_in(client, owner.email)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    owner.emailaddress_set.update(verified=True)
    page = client.get("/accounts/2fa/totp/activate/")
    assert "issuer=Go" in page.context["totp_url"]
    assert re.search(r'<img class="totp-qr" src="data:image/svg', page.content.decode())


ADDING = ("/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/")


@pytest.mark.parametrize("verified", [True, False])
def test_a_second_factor_is_offered_once_the_address_is_verified(client, owner, settings, verified):
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    sign_in(client, owner.email)
    owner.emailaddress_set.create(email=owner.email, primary=True, verified=verified)
    page = Read(client.get("/accounts/2fa/"))
    assert [bool(page.all("a", href=path)) for path in ADDING] == [verified, verified]
    assert ("First verify your e-mail address" in page.text) is not verified
    assert page.all("a", href="/accounts/email/")
