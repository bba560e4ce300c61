import pytest

from shortener.accounts.models import AuditEvent, Member
from shortener.accounts.services import personal_workspace
from shortener.links import tags
from shortener.links.models import Folder, Link, Tag, UtmTemplate
from shortener.links.named import id_of
from tests.web.reading import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]
PAGE = "/app/settings/labels/"


def ids_of(page, kind):
    actions = [form["action"] for form in page.all("form") if form.get("action", "").startswith(f"{PAGE}{kind}/")]
    return sorted({action.split("/")[5] for action in actions if action.count("/") > 5 or action.endswith("delete")})


def test_tags_are_listed_with_their_links_renamed_and_deleted(signed_in, make_link):
    make_link(tags=["press"])
    page = Read(signed_in.get(PAGE))
    assert "press 1 link" in page.text
    [key] = ids_of(page, "tags")
    signed_in.post(f"{PAGE}tags/{key}/", {"name": "Press"})
    assert Tag.objects.get().name == "Press"
    signed_in.post(f"{PAGE}tags/{key}/delete")
    assert not Tag.objects.exists()


def test_folders(signed_in, workspace):
    signed_in.post(f"{PAGE}folders/", {"name": "Spring"})
    assert Folder.objects.get().workspace == workspace
    answer = signed_in.post(f"{PAGE}folders/", {"name": "spring"})
    assert answer.status_code == 422
    page = Read(answer)
    assert page.all("input", id="new-folders", value="spring")
    assert page.element("errors-folders")


def test_templates(signed_in):
    signed_in.post(f"{PAGE}templates/", {"name": "Mail", "values": "?utm_source=newsletter&medium=email"})
    template = UtmTemplate.objects.get()
    assert template.values == {"utm_source": "newsletter", "utm_medium": "email"}
    page = Read(signed_in.get(PAGE))
    assert "source=newsletter&medium=email" in page.text
    [key] = ids_of(page, "templates")
    answer = signed_in.post(f"{PAGE}templates/{key}/", {"name": "Mail", "values": ""})
    assert answer.status_code == 422
    assert Read(answer).element(f"errors-{key}")


def test_those_of_others_are_not_there(signed_in, intruder, workspace):
    signed_in.post(f"{PAGE}tags/", {"name": "press"})
    [key] = ids_of(Read(signed_in.get(PAGE)), "tags")
    assert intruder.post(f"{PAGE}tags/{key}/", {"name": "mine"}).status_code == 404
    assert intruder.post(f"{PAGE}tags/{key}/delete").status_code == 404
    assert Tag.objects.get().name == "press"


def test_there_are_no_other_kinds(signed_in):
    assert signed_in.post(f"{PAGE}links/", {"name": "x"}).status_code == 404


def test_a_tag_is_merged_into_another(signed_in, make_link):
    link = make_link(tags=["press", "Presse"])
    german, english = Tag.objects.get(name="Presse"), Tag.objects.get(name="press")
    assert "Merge into" in Read(signed_in.get(PAGE)).text
    answer = signed_in.post(f"{PAGE}tags/{id_of(tags.KIND, german)}/give", {"into": id_of(tags.KIND, english)})
    assert answer.url == PAGE
    assert [tag.name for tag in Link.objects.get(pk=link.pk).tags.all()] == ["press"]


def test_the_links_of_a_folder_move_to_another_or_out(signed_in, workspace, make_link):
    spring, summer = (Folder.objects.create(workspace=workspace, name=name) for name in ("Spring", "Summer"))
    link = make_link(folder=spring)
    assert "Move its links to" in Read(signed_in.get(PAGE)).text
    for into, expected in ((summer.public_id, summer), ("", None)):
        source = link.folder
        signed_in.post(f"{PAGE}folders/{source.public_id}/give", {"into": into})
        link.refresh_from_db()
        assert link.folder == expected
    changes = AuditEvent.objects.filter(target_id=link.public_id, action="link.updated").order_by("id")
    assert [event.changes["folder_id"] for event in changes] == [[spring.pk, summer.pk], [summer.pk, None]]


def test_merging_with_nothing_itself_or_others_tags_is_refused(signed_in, workspace, make_link, stranger):
    make_link(tags=["press"])
    [key] = [id_of(tags.KIND, tag) for tag in Tag.objects.all()]
    theirs = Tag.objects.create(workspace=personal_workspace(stranger), name="theirs")
    for into, status in (("", 422), (key, 422), (id_of(tags.KIND, theirs), 404)):
        assert signed_in.post(f"{PAGE}tags/{key}/give", {"into": into}).status_code == status
    assert signed_in.post(f"{PAGE}templates/{key}/give", {"into": key}).status_code == 404
    assert set(Tag.objects.values_list("name", flat=True)) == {"press", "theirs"}


def test_viewers_change_nothing(signed_in, workspace, make_link):
    make_link(tags=["press"])
    session = signed_in.session
    session["workspace"] = workspace.pk
    session.save()
    [key] = ids_of(Read(signed_in.get(PAGE)), "tags")
    Member.objects.update(role=Member.Role.VIEWER)
    for what in ("", "give", "delete"):
        assert signed_in.post(f"{PAGE}tags/{key}/{what}", {"name": "x"}).status_code == 403
    assert not ids_of(Read(signed_in.get(PAGE)), "tags")


def test_a_new_link_goes_into_a_folder(signed_in, workspace):
    assert not Read(signed_in.get("/app/")).all("select", name="folder", id="id_folder")
    folder = Folder.objects.create(workspace=workspace, name="Spring")
    for path in ("/app/", "/"):
        assert "Spring" in Read(signed_in.get(path)).text
        signed_in.post(path, {"url": f"https://example.com{path}", "folder": folder.public_id})
    assert workspace.links.filter(folder=folder).count() == 2


def test_folders_of_others_are_none_to_put_links_in(signed_in, workspace, stranger):
    Folder.objects.create(workspace=workspace, name="Spring")
    theirs = Folder.objects.create(workspace=personal_workspace(stranger), name="Theirs")
    answer = signed_in.post("/app/", {"url": "https://example.com/", "folder": theirs.public_id})
    assert answer.status_code == 422
    assert not workspace.links.exists()
