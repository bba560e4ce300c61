import json

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from shortener.accounts.actors import Actor, Via
from shortener.accounts.members import invite
from shortener.accounts.models import User
from shortener.accounts.workspaces import create_workspace
from shortener.web.sessions import SEEN_KEY
from tests.web.reading import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]
PASSWORD = "correct horse battery"


@pytest.fixture
def at_home(client, owner):
    """A browser in which the owner has just typed their password, twice."""
    client.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.fixture
def team(owner):
    return create_workspace(name="Press office", owner=owner, by=Actor(Via.FORM, owner))


def test_the_profile(at_home, owner):
    sent = {"name": "Ada  Example", "time_zone": "Europe/Berlin", "language": "en-gb"}
    assert at_home.post("/app/settings/account/", sent).status_code == 302
    owner.refresh_from_db()
    assert (owner.get_full_name(), owner.time_zone, owner.language) == ("Ada Example", "Europe/Berlin", "en-gb")
    assert Read(at_home.get("/app/settings/account/")).field("name")["value"] == "Ada Example"


def test_mistakes_in_the_profile_are_told_at_once(at_home):
    sent = {"name": "x" * 151, "time_zone": "Mars/Olympus", "language": "tlh"}
    answer = at_home.post("/app/settings/account/", sent)
    page = Read(answer)
    assert answer.status_code == 422
    assert all(page.field(name)["error"] for name in sent)


def test_the_file_has_everything_and_no_secret(at_home, owner, make_link, api_key):
    make_link(title="mine")
    answer = at_home.get("/app/settings/account/data/file")
    found = json.loads(answer.content)
    assert found["profile"]["email"] == owner.email
    assert found["links"][0]["title"] == "mine"
    assert found["api_keys"][0]["name"] == "tests"
    assert found["sessions"][0]["ip"] == "127.0.0.1"
    assert [entry["action"] for entry in found["audit_trail"]] == ["link.created"]
    assert owner.password not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", ["data/file", "delete/"])
def test_who_has_not_just_signed_in_is_asked_again(signed_in, page):
    assert signed_in.get(f"/app/settings/account/{page}").url.startswith("/accounts/reauthenticate/")


def test_deleting_tells_what_ends(at_home, make_link):
    def said():
        return Read(at_home.get("/app/settings/account/delete/")).text

    assert "You cannot sign in any more. This cannot be undone." in said()
    make_link()
    assert "You cannot sign in any more, and 1 personal link stops working for good. This cannot be undone." in said()


def test_deleting_asks_for_the_address(at_home, owner, make_link):
    link = make_link()
    assert at_home.post("/app/settings/account/delete/", {"words": "yes"}).status_code == 422
    answer = at_home.post("/app/settings/account/delete/", {"words": "Owner@example.org"}, follow=True)
    assert "Your account is deleted" in Read(answer).text
    assert not User.objects.exists()
    link.refresh_from_db()
    assert link.deleted_at


def test_who_a_team_depends_on_cannot_go(at_home, owner, team):
    assert "Press office" in Read(at_home.get("/app/settings/account/data/")).text
    answer = at_home.post("/app/settings/account/delete/", {"words": owner.email})
    assert "Nobody else owns Press office" in Read(answer).text
    assert User.objects.exists()


def test_a_session_is_ended_from_another_one(at_home, owner):
    other = Client()
    other.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    session = UserSession.objects.get(session_key=other.session.session_key)
    page = Read(at_home.get("/accounts/sessions/"))
    assert "This one" in page.text
    at_home.post(f"/app/settings/account/sessions/{session.pk}/end")
    assert other.get("/app/").status_code == 302
    assert at_home.get("/app/").status_code == 200


def test_nobody_ends_sessions_of_others(at_home, intruder, owner):
    session = UserSession.objects.get(user=owner)
    assert intruder.post(f"/app/settings/account/sessions/{session.pk}/end").status_code == 404
    assert at_home.get("/app/").status_code == 200


def test_activity_is_noted_now_and_then(at_home, django_assert_num_queries):
    at_home.get("/app/")
    before = UserSession.objects.get().last_seen_at
    at_home.get("/app/")
    assert UserSession.objects.get().last_seen_at == before
    session = at_home.session
    session[SEEN_KEY] -= 301
    session.save()
    at_home.get("/app/")
    assert UserSession.objects.get().last_seen_at > before


# --- Signing up by invitation ------------------------------------------------------------------------------------


@pytest.fixture
def invited(settings, owner, team):
    settings.SIGNUP = "invite"
    return invite(team, email="new@example.org", role="viewer", by=Actor(Via.FORM, owner)).secret


def sign_up(client, email, follow=True):
    sent = {"email": email, "password1": PASSWORD, "password2": PASSWORD}
    return client.post("/accounts/signup/", sent, follow=follow)


def test_strangers_cannot_sign_up_where_people_are_invited(client, invited):
    sign_up(client, "new@example.org")
    assert not User.objects.filter(email="new@example.org").exists()


def test_who_was_invited_signs_up_and_joins(client, invited, team):
    page = Read(client.get(f"/invitations/{invited}/"))
    [door] = [link["href"] for link in page.all("a") if "/signup/?next=" in link["href"]]
    client.post(door, {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD})
    answer = client.post(f"/invitations/{invited}/", follow=True)
    assert "Welcome to Press office" in Read(answer).text
    assert team.memberships.get(user__email="new@example.org").role == "viewer"


def test_an_invitation_is_for_its_address_alone(client, invited):
    client.get(f"/invitations/{invited}/")
    page = Read(sign_up(client, "other@example.org"))
    assert "The invitation is for new@example.org" in page.text
    assert not User.objects.filter(email="other@example.org").exists()


def test_the_mail_that_brought_the_invitation_proves_the_address(client, invited, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client.get(f"/invitations/{invited}/")
    sign_up(client, "new@example.org")
    assert User.objects.get(email="new@example.org").emailaddress_set.get().verified
    assert client.get("/app/").status_code == 200


def test_without_mail_it_proves_nothing(client, invited):
    client.get(f"/invitations/{invited}/")
    sign_up(client, "new@example.org")
    assert not User.objects.get(email="new@example.org").emailaddress_set.filter(verified=True).exists()


def test_an_invitation_that_is_over_opens_no_door(client, invited, team):
    client.get(f"/invitations/{invited}/")
    team.invitations.update(expires_at=timezone.now())
    sign_up(client, "new@example.org")
    assert not User.objects.filter(email="new@example.org").exists()


def test_somebody_else_is_told_whose_it_is(intruder, invited, team):
    assert "The invitation is for new@example.org" in Read(intruder.get(f"/invitations/{invited}/")).text
    intruder.post(f"/invitations/{invited}/")
    assert team.memberships.count() == 1


def test_nonsense_is_no_invitation(client):
    assert client.get("/invitations/nonsense/").status_code == 404


def test_sign_up_is_verified_by_mail(client, settings, mailoutbox):
    settings.SIGNUP, settings.ACCOUNT_EMAIL_VERIFICATION = "open", "mandatory"
    sign_up(client, "new@example.org")
    assert client.get("/app/").status_code == 302
    [address] = [word for word in mailoutbox[0].body.split() if "/confirm-email/" in word]
    path = address.removeprefix("http://testserver")
    assert "Is new@example.org your address?" in Read(client.get(path)).text
    client.post(path)
    assert client.get("/app/").status_code == 200
