import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shortener.accounts.models import Member
from shortener.links.models import ImportJob, Link
from shortener.links.transfer import runner
from shortener.links.transfer.queries import id_of
from tests.web.reading import Read

pytestmark = pytest.mark.django_db
CSV = "Target;Alias;Colour\nhttps://example.com/a;one;red\nftp://example.com;two;blue\n"


def upload(browser, content=CSV, **form):
    file = SimpleUploadedFile("links.csv", content.encode() if isinstance(content, str) else content)
    return browser.post("/app/import", {"do": "upload", "file-file": file, "file-source": "", **form})


def work():
    for job in ImportJob.objects.filter(state="running"):
        runner.run(job.pk)


CHOICES = {"column-0": "url", "column-1": "slug", "column-2": "", "taken": "skip", "domain": "", "tags": "old"}


def test_a_file_becomes_links_step_by_step(signed_in):
    begun = upload(signed_in)
    assert begun.status_code == 302
    page = Read(signed_in.get(begun.url))
    assert "2 rows were found" in page.text
    assert "https://example.com/a" in page.text
    assert {"value": "slug", "selected": ""} in page.all("option", value="slug")
    assert signed_in.post(begun.url, {**CHOICES, "do": "try"}).url == begun.url
    assert "0 of 2 rows" in Read(signed_in.get(begun.url)).text
    work()
    tried = Read(signed_in.get(begun.url))
    assert "This is what would happen Would be made 1 Left out 0 With mistakes 1" in tried.text
    assert "Addresses that begin with ftp:" in tried.text
    assert not Link.objects.exists()
    signed_in.post(begun.url, {"do": "import"})
    work()
    assert "The links are here Made 1" in Read(signed_in.get(begun.url)).text
    link = Link.objects.get()
    assert (link.slug, link.created_via, link.tags.get().name) == ("one", "import", "old")


def test_what_is_under_way_is_asked_for_again_and_again_and_only_that_part_comes(signed_in):
    path = upload(signed_in).url
    signed_in.post(path, {**CHOICES, "do": "import"})
    part = signed_in.get(path, headers={"HX-Request": "true"})
    assert Read(part).all("div", id="import")[0]["hx-trigger"] == "every 1s"
    assert "<html" not in part.content.decode()
    work()
    assert "hx-trigger" not in signed_in.get(path, headers={"HX-Request": "true"}).content.decode()


def test_the_columns_can_be_changed_after_trying(signed_in):
    path = upload(signed_in).url
    signed_in.post(path, {**CHOICES, "do": "try"})
    work()
    assert "What is in which column?" in Read(signed_in.get(f"{path}?columns")).text
    signed_in.post(path, {**CHOICES, "column-2": "title", "do": "import"})
    work()
    assert Link.objects.get().title == "red"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"column-2": "url"}, "Another column is that already."),
        ({"column-0": ""}, "Say which column holds the destination."),
        ({"taken": "perhaps"}, "perhaps is not one of the available choices"),
        ({"column-1": "colour"}, "colour is not one of the available choices"),
        ({"domain": "other.example"}, "other.example is not one of the available choices"),
        ({"tags": "x" * 51}, "A tag has at most 50 characters."),
    ],
)
def test_wrong_choices_are_told_beside_them(signed_in, change, words):
    path = upload(signed_in).url
    response = signed_in.post(path, {**CHOICES, **change, "do": "import"})
    assert response.status_code == 422
    assert words in Read(response).text
    assert ImportJob.objects.get().state == "ready"


@pytest.mark.parametrize(
    ("content", "words"), [(b"\x00\x01", "This is not a text file"), ("[1]", "Entry 1 is not an object"), ("", "empty")]
)
def test_files_that_cannot_be_read_are_told_beside_the_field(signed_in, content, words):
    response = upload(signed_in, content)
    assert response.status_code == 422
    assert words in Read(response).text
    assert not ImportJob.objects.exists()


def test_no_file_is_told(signed_in):
    response = signed_in.post("/app/import", {"do": "upload", "file-source": ""})
    assert "This field is required" in Read(response).field("file-file")["error"]


def test_another_shortener_is_tried_first(signed_in):
    form = {"do": "fetch", "site-source": "kutt", "site-url": "nowhere", "site-key": ""}
    wrong = Read(signed_in.post("/app/import", form))
    assert "not the address of a shortener" in wrong.field("site-url")["error"]
    assert "Give the key" in wrong.field("site-key")["error"]
    begun = signed_in.post("/app/import", {**form, "site-url": "http://127.0.0.1:9", "site-key": "secret-key"})
    assert "Asking for the links" in Read(signed_in.get(begun.url)).text
    work()
    over = Read(signed_in.get(begun.url))
    assert "not a public address" in over.text
    assert "secret-key" not in over.html
    assert not Link.objects.exists()


def test_it_can_be_stopped_and_gone_on_with(signed_in):
    path = upload(signed_in).url
    signed_in.post(path, {**CHOICES, "do": "import"})
    signed_in.post(path, {"do": "cancel"})
    assert "The import was cancelled" in Read(signed_in.get(path)).text
    assert "This cannot be done now" in Read(signed_in.post(path, {"do": "cancel"}, follow=True)).text
    signed_in.post(path, {"do": "resume"})
    work()
    assert Link.objects.count() == 1


def test_rows_that_are_left_out_are_a_file(signed_in):
    path = upload(signed_in, "url\nftp://=1\n").url
    signed_in.post(path, {"column-0": "url", "taken": "skip", "do": "import"})
    work()
    lines = signed_in.get(f"{path}/problems.csv").content.decode().splitlines()
    assert lines[0] == "row,outcome,field,message"
    assert lines[1].startswith("1,failed,url,")


def test_what_a_file_says_is_shown_as_text(signed_in):
    page = signed_in.get(upload(signed_in, "url,<b>x</b>\nhttps://example.com,<script>alert(1)</script>\n").url)
    assert "<script>alert" not in page.content.decode()
    assert "<b>x</b>" not in page.content.decode()


@pytest.mark.parametrize("path", ["", "/problems.csv"])
def test_others_imports_look_like_none(signed_in, intruder, path):
    upload(signed_in)
    job = ImportJob.objects.get()
    assert intruder.get(f"/app/import/{id_of(job)}{path}").status_code == 404
    assert intruder.get(f"/app/import/import_nothing{path}").status_code == 404
    assert intruder.post(f"/app/import/{id_of(job)}", {"do": "cancel"}).status_code == 404


def test_viewers_cannot_import_and_can_export(signed_in, workspace, make_link):
    make_link(slug="one")
    session = signed_in.session
    session["workspace"] = workspace.pk
    session.save()
    Member.objects.update(role=Member.Role.VIEWER)
    assert signed_in.get("/app/import").status_code == 403
    assert upload(signed_in).status_code == 403
    assert signed_in.get("/app/export").status_code == 200


def test_signing_in_comes_first(client):
    for path in ("/app/import", "/app/export", "/app/export/file?format=csv"):
        assert client.get(path).url.startswith("/accounts/login/")


def test_an_upload_that_is_too_large_is_not_read(signed_in, client, monkeypatch):
    monkeypatch.setattr("shortener.infra.uploads.LARGE", 100)
    answer = upload(signed_in)
    assert answer.status_code == 413
    assert "That was too large" in Read(answer).text
    assert not ImportJob.objects.exists()


def test_large_uploads_are_for_imports_alone(signed_in, make_link, monkeypatch):
    monkeypatch.setattr("shortener.infra.uploads.PICTURES", 100)
    assert upload(signed_in).status_code == 302
    big = {"file": io.BytesIO(b"x" * 200)}
    assert signed_in.post(f"/app/links/{make_link().public_id}/qr", big).status_code == 413


def test_the_limit_is_named(signed_in, monkeypatch):
    monkeypatch.setattr("shortener.infra.uploads.LARGE", 100)
    answer = upload(signed_in)
    assert "This form takes 250 MB at most" in Read(answer).text
    assert Read(answer).all("a", href="/app/")  # the page is one of ours, with its navigation
    answer = signed_in.post("/app/", {"url": "x" * 1_100_000})
    assert "This form takes 1 MB at most" in Read(answer).text


def test_an_export_is_a_file(signed_in, make_link):
    make_link(slug="one", tags=["a"])
    make_link(slug="two")
    assert "Export 2 links" in Read(signed_in.get("/app/export")).text
    assert "Export 1 link " in Read(signed_in.get("/app/export?q=two")).text
    assert signed_in.get("/app/export/file?format=csv&q=nothing").getvalue().count(b"\n") == 1
    response = signed_in.get("/app/export/file?format=json&tag=a")
    assert "links.json" in response.headers["Content-Disposition"]
    assert [link["slug"] for link in json.loads(b"".join(response.streaming_content))] == ["one"]
    assert signed_in.get("/app/export/file?format=xml").status_code == 422
