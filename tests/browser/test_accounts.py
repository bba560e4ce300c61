import time

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Page, expect

from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import Member, User
from shortener.accounts.workspaces import create_workspace
from shortener.links.services import create_link
from tests.browser.accessible import assert_accessible
from tests.web.test_second_factor import code_of

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


def sign_in(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def is_it_you(page: Page) -> None:
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


def test_the_code_of_an_authenticator_app_is_asked_for_at_the_door(open_page, transactional_db, owner):
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    page = open_page("/")
    sign_in(page, owner.email)
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Set up").click()
    is_it_you(page)
    secret = page.get_by_label("Secret").input_value()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    sign_out(page)
    sign_in(page, owner.email)
    expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()
    code = page.get_by_label("Code", exact=True)
    code.fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Incorrect code.")).to_be_visible()
    code.fill(code_of(secret, time.time() + 30))  # what the app shows next: a code opens once
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Links", exact=True)).to_be_visible()


def test_a_passkey_opens_the_door(open_page, transactional_db, owner):
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    page = open_page("/accounts/login/")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": key})
    sign_in(page, owner.email)
    page.goto("/accounts/2fa/webauthn/add/")
    is_it_you(page)
    page.get_by_label("Name").fill("My phone")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    sign_out(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Links", exact=True)).to_be_visible()
    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_text("My phone")).to_be_visible()


def test_a_passkey_that_is_not_there_is_said_to_be(open_page):
    page = open_page("/accounts/login/")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {**key, "automaticPresenceSimulation": True}})
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("That did not work")


OUTSIDE = ("login", "signup", "password/reset")
OWN = (
    "/app/settings/account/", "/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/",
    "/app/settings/account/data/", "/app/settings/account/delete/", "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/add/", "/app/workspaces/", "/app/workspaces/new", "/app/settings/", "/app/settings/members/",
    "/app/settings/domains/", "/app/settings/labels/", "/app/settings/keys/", "/app/settings/keys/new", "/app/settings/audit/", "/app/settings/usage/",
    "/app/settings/danger/",
)  # fmt: skip


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_everybody_can_use_these_pages(open_page, transactional_db, owner, scheme, width):
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    by = Actor(Via.FORM, owner)
    team = create_workspace(name="Press office", owner=owner, by=by)
    colleague = User.objects.create_user("colleague@example.org", "x")
    Member.objects.create(workspace=team, user=colleague, role="viewer")
    create_link(workspace=team, url="https://example.com/", by=by)
    page = open_page("/", color_scheme=scheme, reduced_motion="reduce", viewport={"width": width, "height": 800})
    for name in OUTSIDE:
        page.goto(f"/accounts/{name}/")
        assert_accessible(page)
    sign_in(page, owner.email)
    page.goto("/accounts/reauthenticate/")
    assert_accessible(page)
    is_it_you(page)
    page.goto("/app/workspaces/")
    page.get_by_role("button", name="Open Press office").click()
    for path in OWN:
        page.goto(path)
        assert_accessible(page)
