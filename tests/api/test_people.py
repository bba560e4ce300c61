"""Members, invitations, the workspace and its audit trail by API."""

import pytest

from shortener.accounts.keys import create_api_key
from shortener.accounts.models import AuditEvent, Invitation, Member, Workspace
from shortener.accounts.services import personal_workspace
from tests.conftest import ApiClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]
API = "/api/v1"


@pytest.fixture
def team(workspace):
    Workspace.objects.filter(pk=workspace.pk).update(kind="team")
    return workspace


@pytest.fixture
def helper(team, stranger):
    return Member.objects.create(workspace=team, user=stranger, role="member")


class TestMembers:
    def test_are_listed_changed_and_removed(self, api, helper):
        one = f"{API}/members/{helper.public_id}"
        assert [member["email"] for member in api.get(f"{API}/members").json()["data"]] == [
            "owner@example.org", "stranger@example.org",
        ]  # fmt: skip
        assert api.patch(one, {"role": "viewer"}).json()["role"] == "viewer"
        assert api.get(one).json()["role"] == "viewer"
        assert api.delete(one).status_code == 204
        assert api.get(one).status_code == 404

    def test_are_held_to_what_was_seen(self, api, helper):
        one = f"{API}/members/{helper.public_id}"
        seen = {"If-Match": api.get(one).headers["ETag"]}
        assert api.patch(one, {"role": "viewer"}, headers=seen).status_code == 200
        assert api.patch(one, {"role": "admin"}, headers=seen).status_code == 412
        assert api.delete(one, headers=seen).status_code == 412
        assert Member.objects.get(pk=helper.pk).role == "viewer"

    def test_the_last_owner_stays(self, api, team, owner):
        one = f"{API}/members/{Member.objects.get(workspace=team, user=owner).public_id}"
        assert api.patch(one, {"role": "viewer"}).status_code == 422
        refused = api.delete(one)
        assert (refused.status_code, refused.json()["code"], refused.json()["errors"]) == (409, "conflict", [])

    @pytest.mark.parametrize("body", [{}, {"role": "king"}, {"role": "owner"}, {"role": "admin", "name": "x"}])
    def test_a_role_that_cannot_be_given_is_refused(self, api, helper, body):
        assert api.patch(f"{API}/members/{helper.public_id}", body).status_code == 422


class TestInvitations:
    def test_are_sent_listed_and_taken_back(self, api, team, mailoutbox):
        made = api.post(f"{API}/invitations", {"email": "new@example.org", "role": "viewer"})
        assert made.status_code == 201
        body, one = made.json(), f"{API}/invitations/{made.json()['id']}"
        assert (body["email"], body["role"], body["invited_by"]) == ("new@example.org", "viewer", "owner@example.org")
        assert [mail.to for mail in mailoutbox] == [["new@example.org"]]
        assert api.get(one).json() == body
        assert [invitation["id"] for invitation in api.get(f"{API}/invitations").json()["data"]] == [body["id"]]
        assert api.post(f"{one}/resend").status_code == 409  # it has just been sent
        assert api.delete(one, headers={"If-Match": '"another"'}).status_code == 412
        assert api.delete(one).status_code == 204
        assert api.get(one).status_code == 404
        assert Invitation.objects.get().revoked_at

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"email": "nobody"}, "/email"),
            ({"email": "owner@example.org"}, "/email"),
            ({"email": "a@example.org", "role": "owner"}, "/role"),
            ({"email": "a@example.org", "role": "king"}, "/role"),
            ({}, "/email"),
        ],
    )
    def test_what_is_wrong_is_named(self, api, team, body, field):
        refused = api.post(f"{API}/invitations", body)
        assert refused.status_code == 422
        assert [error["pointer"] for error in refused.json()["errors"]] == [field]
        assert not Invitation.objects.exists()


class TestWorkspace:
    def test_is_read_and_changed(self, api):
        seen = api.get(f"{API}/workspace")
        changed = api.patch(
            f"{API}/workspace", {"name": "Acme", "slug": "acme", "utm": {"source": "s"}},
            headers={"If-Match": seen.headers["ETag"]},
        )  # fmt: skip
        assert changed.status_code == 200
        assert {**seen.json(), "name": "Acme", "slug": "acme"} == {**changed.json(), "utm": seen.json()["utm"]}
        assert changed.json()["utm"]["source"] == "s"
        late = api.patch(f"{API}/workspace", {"name": "x"}, headers={"If-Match": seen.headers["ETag"]})
        assert late.status_code == 412

    @pytest.mark.parametrize(
        ("body", "field"),
        [({"name": ""}, "/name"), ({"slug": "a b"}, "/slug"), ({"utm": {"colour": "x"}}, "/utm/colour"),
         ({"utm": {"source": "x" * 201}}, "/utm"), ({"plan": "large"}, "/plan")],
    )  # fmt: skip
    def test_what_is_wrong_is_named(self, api, body, field):
        refused = api.patch(f"{API}/workspace", body)
        assert refused.status_code == 422
        assert [error["pointer"] for error in refused.json()["errors"]] == [field]

    def test_tells_what_is_in_it_and_what_is_left(self, api, make_link):
        make_link(tags=["a", "b"])
        usage = api.get(f"{API}/workspace/usage").json()
        assert (usage["links"], usage["tags"], usage["members"], usage["keys"]) == (1, 2, 1, 1)
        assert (usage["link_limit"], usage["plan"]) == (None, "standard")
        names = [budget["name"] for budget in usage["budgets"]]
        assert names[:2] == ["create", "create-workspace"]
        read = usage["budgets"][names.index("read")]
        assert read["remaining"] == read["quota"] - 1


class TestAuditEvents:
    def test_are_listed_filtered_and_read(self, api, make_link, owner):
        link = make_link()
        api.patch(f"{API}/links/{link.public_id}", {"title": "new"})
        api.post(f"{API}/tags", {"name": "t"})
        found = api.get(f"{API}/audit-events").json()["data"]
        assert [event["action"] for event in found][:3] == ["tag.created", "link.updated", "link.created"]
        assert found[1]["changes"] == {"title": ["", "new"]}
        assert (found[1]["actor"], found[1]["via"]) == (owner.email, "api")
        assert found[1]["key"].startswith("key_")
        assert api.get(f"{API}/audit-events/{found[1]['id']}").json() == found[1]
        for query, most in (
            ("action=tag", 1), ("action=link.updated", 1), (f"target={link.public_id}", 2), ("actor=nobody", 0),
            ("actor=owner", 3), ("until=2020-01-01T00:00:00Z", 0), ("since=2020-01-01T00:00:00Z", len(found)),
        ):  # fmt: skip
            assert len(api.get(f"{API}/audit-events?{query}").json()["data"]) == most, query

    def test_are_found_from_a_zone_that_postgresql_does_not_know(self, api, make_link):
        make_link()
        assert api.get(f"{API}/audit-events?since=1371-01-16T14:29:14-17:35").json()["data"]

    def test_are_nobody_elses(self, api, make_link, stranger):
        make_link()
        number = api.get(f"{API}/audit-events").json()["data"][0]["id"]
        other = ApiClient(create_api_key(workspace=personal_workspace(stranger), name="x")[1])
        assert other.get(f"{API}/audit-events/{number}").status_code == 404
        assert AuditEvent.objects.filter(workspace=personal_workspace(stranger)).count() == len(
            other.get(f"{API}/audit-events").json()["data"]
        )

    def test_take_no_more_queries_for_more(self, api, make_link, django_assert_max_num_queries):
        for _ in range(8):
            make_link()
        with django_assert_max_num_queries(3):
            assert len(api.get(f"{API}/audit-events").json()["data"]) >= 8
