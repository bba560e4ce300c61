import pytest

from shortener.links.models import Folder, Tag, UtmTemplate
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
