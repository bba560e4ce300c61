"""Links changed on the page that lists them, one in its row or many at once."""

import csv

import pytest

from shortener.accounts.models import Member, Workspace
from shortener.links.models import Folder, Link, Tag
from shortener.links.services import update_link
from tests.web.link.filling import sent
from tests.web.reading import Read

pytestmark = pytest.mark.django_db
LONG = "https://example.com/long"


class TestARowInPlace:
    @pytest.fixture
    def link(self, make_link):
        return make_link(slug="mine", title="Old", tags=["one"])

    def test_its_form(self, signed_in, link):
        page = Read(signed_in.get(f"/app/links/{link.public_id}/row?edit"))
        assert (page.field("title")["value"], page.field("tags")["value"]) == ("Old", "one")
        assert "<html" not in page.html

    def test_saving(self, signed_in, link):
        wanted = {"url": "https://example.com/new", "title": "New", "tags": "two"}
        page = Read(signed_in.post(f"/app/links/{link.public_id}/row", wanted))
        assert page.listed == ["mine"]
        assert "New" in page.text
        link.refresh_from_db()
        assert (link.destination, [tag.name for tag in link.tags.all()]) == ("https://example.com/new", ["two"])

    def test_a_mistake_is_told_at_its_field(self, signed_in, link):
        page = Read(signed_in.post(f"/app/links/{link.public_id}/row", {"url": "nonsense://x", "title": "t" * 301}))
        assert page.field("url")["error"]
        assert page.field("title")["error"]
        link.refresh_from_db()
        assert link.title == "Old"

    @pytest.fixture
    def filled_in(self, signed_in, link):
        """What a browser would send of the form that is open, with changes."""
        shown = sent(signed_in.get(f"/app/links/{link.public_id}/row?edit"))
        return lambda **changes: {**shown, **changes}

    def test_what_others_saved_meanwhile_stays(self, signed_in, link, filled_in):
        update_link(link, changes={"url": "https://example.com/theirs", "title": "Theirs"})
        page = Read(signed_in.post(f"/app/links/{link.public_id}/row", filled_in(tags="two")))
        assert page.listed == ["mine"]
        link.refresh_from_db()
        assert (link.destination, link.title) == ("https://example.com/theirs", "Theirs")
        assert [tag.name for tag in link.tags.all()] == ["two"]

    def test_a_field_that_both_have_changed_shows_both_values_and_saves_nothing(self, signed_in, link, filled_in):
        update_link(link, changes={"url": "https://example.com/theirs", "title": "Theirs"})
        path = f"/app/links/{link.public_id}/row"
        page = Read(signed_in.post(path, filled_in(title="Mine", tags="two")))
        assert "Somebody else has changed this link meanwhile." in page.text
        assert page.field("title")["help"] == "Somebody else has set: Theirs"
        assert [page.field(name)["value"] for name in ("title", "tags", "url")] == [
            "Mine", "two", "https://example.com/theirs",
        ]  # fmt: skip
        link.refresh_from_db()
        assert link.title == "Theirs"
        signed_in.post(path, {name: page.field(name)["value"] for name in ("seen", "title", "tags", "url")})
        link.refresh_from_db()
        assert (link.title, link.destination) == ("Mine", "https://example.com/theirs")
        assert [tag.name for tag in link.tags.all()] == ["two"]

    def test_others_do_not_see_it(self, intruder, link):
        assert intruder.get(f"/app/links/{link.public_id}/row").status_code == 404
        assert intruder.post(f"/app/links/{link.public_id}/row", {"url": LONG}).status_code == 404


class TestManyAtOnce:
    @pytest.fixture
    def links(self, make_link):
        return [make_link(slug=f"link-{number}") for number in range(3)]

    def there(self):
        return set(Link.objects.filter(deleted_at=None).values_list("slug", flat=True))

    def test_selected_ones_are_deleted_and_brought_back(self, signed_in, links):
        wanted = {"action": "delete", "link": [link.public_id for link in links[:2]]}
        page = Read(signed_in.post("/app/bulk", wanted, follow=True))
        assert "2 links deleted." in page.text
        assert self.there() == {"link-2"}
        token = page.field("token")["value"]
        assert "2 links are back." in Read(signed_in.post("/app/undo", {"token": token}, follow=True)).text
        assert len(self.there()) == 3

    def test_the_offer_to_take_it_back_is_made_once(self, signed_in, links):
        signed_in.post("/app/bulk", {"action": "archive", "link": links[0].public_id})
        assert "1 link archived." in Read(signed_in.get("/app/")).text
        assert "1 link archived." not in Read(signed_in.get("/app/")).text

    def test_all_that_match_are_meant_whatever_is_selected(self, signed_in, links):
        signed_in.post("/app/bulk?q=link-1", {"action": "delete", "all": "1", "link": links[0].public_id})
        assert self.there() == {"link-0", "link-2"}

    def test_tags_and_folders(self, signed_in, links, workspace):
        ids = [link.public_id for link in links]
        signed_in.post("/app/bulk", {"action": "tag", "link": ids, "names": "press, autumn"})
        assert {tag.name for tag in Tag.objects.filter(links=links[0])} == {"press", "autumn"}
        signed_in.post("/app/bulk", {"action": "untag", "link": ids[:1], "names": "press"})
        assert {tag.name for tag in Tag.objects.filter(links=links[0])} == {"autumn"}
        signed_in.post("/app/bulk", {"action": "move", "link": ids, "new_folder": "Press"})
        folder = Folder.objects.get(workspace=workspace)
        assert folder.links.count() == 3
        signed_in.post("/app/bulk", {"action": "move", "link": ids[:1], "folder": ""})
        signed_in.post("/app/bulk", {"action": "move", "link": ids[1:2], "folder": folder.public_id})
        assert folder.links.count() == 2

    def test_archived_ones_are_brought_back(self, signed_in, links):
        ids = [link.public_id for link in links]
        signed_in.post("/app/bulk", {"action": "archive", "link": ids})
        signed_in.post("/app/bulk", {"action": "bring-back", "link": ids[:2]})
        assert Link.objects.filter(archived_at=None).count() == 2

    @pytest.mark.parametrize("wanted", [{}, {"action": "delete"}, {"action": "nonsense", "all": "1"}, {"link": "x"}])
    def test_nothing_chosen_is_nothing_done(self, signed_in, links, wanted):
        page = Read(signed_in.post("/app/bulk", wanted, follow=True))
        assert "Choose links first" in page.text
        assert len(self.there()) == 3

    def test_mistakes_are_told(self, signed_in, links):
        page = Read(signed_in.post("/app/bulk", {"action": "tag", "all": "1", "names": "t" * 51}, follow=True))
        assert "at most 50 characters" in page.text
        assert "too long ago" in Read(signed_in.post("/app/undo", {"token": "x"}, follow=True)).text

    def test_one_comes_back_to_the_same_list(self, signed_in, links):
        answer = signed_in.post("/app/bulk?q=link&after=x", {"action": "archive", "all": "1"})
        assert answer.url == "/app/?q=link"

    def test_one_from_its_own_menu(self, signed_in, links):
        signed_in.post("/app/bulk", {"delete": links[1].public_id})
        assert self.there() == {"link-0", "link-2"}

    def test_selected_ones_or_all_that_match_as_a_file(self, signed_in, links):
        def slugs(answer):
            assert answer["Content-Type"].startswith("text/csv")
            return [row["slug"] for row in csv.DictReader(answer.getvalue().decode("utf-8-sig").splitlines())]

        assert slugs(signed_in.post("/app/links.csv", {"link": links[1].public_id})) == ["link-1"]
        assert slugs(signed_in.post("/app/links.csv?q=link-2", {"all": "1"})) == ["link-2"]
        assert slugs(signed_in.get("/app/links.csv?q=link-0")) == ["link-0"]

    def test_links_of_others_stay_what_they_are(self, intruder, links):
        intruder.post("/app/bulk", {"action": "delete", "link": [link.public_id for link in links]})
        intruder.post("/app/bulk", {"action": "delete", "all": "1"})
        assert len(self.there()) == 3

    def test_whoever_only_looks_changes_nothing(self, signed_in, links, owner):
        Member.objects.filter(user=owner).update(role=Member.Role.VIEWER)
        team = Workspace.objects.create(name="Team", slug="team")
        Member.objects.create(user=owner, workspace=team, role=Member.Role.VIEWER)
        session = signed_in.session
        session["workspace"] = team.pk
        session.save()
        Link.objects.update(workspace=team)
        page = Read(signed_in.get("/app/"))
        assert len(page.listed) == 3
        assert not page.all("input", name="link")
        assert not page.all("input", name="url")
        assert signed_in.post("/app/bulk", {"action": "delete", "all": "1"}).status_code == 403
        assert signed_in.get(f"/app/links/{links[0].public_id}/row").status_code == 403
        assert len(self.there()) == 3
