import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shortener.accounts.keys import create_api_key
from shortener.accounts.services import personal_workspace
from shortener.links.models import ImportJob, Link
from shortener.links.transfer import runner
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
IMPORTS = "/api/v1/imports"
CSV = "Long URL,Alias\nhttps://example.com/a,one\nftp://example.com,two\n"


def upload(api, content=CSV, name="links.csv", headers=None, **form):
    file = SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
    return Client.post(api, IMPORTS, {"file": file, **form}, headers=headers)


def run_all():
    for job in ImportJob.objects.filter(state="running"):
        runner.run(job.pk)


def test_a_file_is_imported_and_tells_what_was_wrong(api):
    response = upload(api)
    assert response.status_code == 202, response.content
    body = response.json()
    assert (body["state"], body["total"], body["source"]) == ("running", 2, "csv")
    assert body["mapping"] == {"url": "Long URL", "slug": "Alias"}
    run_all()
    over = api.get(f"{IMPORTS}/{body['id']}").json()
    assert (over["state"], over["created"], over["failed"], over["done"]) == ("done", 1, 1, 2)
    assert [(entry["row"], entry["field"], entry["outcome"]) for entry in over["errors"]] == [(2, "url", "failed")]
    assert Link.objects.get().created_via == "import"
    assert [entry["id"] for entry in api.get(IMPORTS).json()["data"]] == [body["id"]]


def test_a_dry_run_writes_nothing_and_is_followed_by_the_real_one(api):
    body = upload(api, dry_run="true").json()
    run_all()
    assert api.get(f"{IMPORTS}/{body['id']}").json()["created"] == 1
    assert not Link.objects.exists()
    assert api.post(f"{IMPORTS}/{body['id']}/run", {}).status_code == 202
    run_all()
    assert Link.objects.count() == 1


def test_it_can_be_kept_for_later_cancelled_and_gone_on_with(api):
    body = upload(api, later="true", tags='["old"]').json()
    assert body["state"] == "ready"
    path = f"{IMPORTS}/{body['id']}"
    assert api.post(f"{path}/resume", {}).status_code == 409
    assert api.post(f"{path}/run", {}).json()["state"] == "running"
    assert api.post(f"{path}/cancel", {}).json()["state"] == "cancelled"
    assert api.post(f"{path}/cancel", {}).json()["code"] == "import_state"
    assert api.post(f"{path}/resume", {}).json()["state"] == "running"
    run_all()
    assert Link.objects.get().tags.get().name == "old"


@pytest.mark.parametrize(
    ("form", "pointers"),
    [
        ({"source": "gopher"}, ["/source"]),
        ({"taken": "perhaps"}, ["/taken"]),
        ({"mapping": "["}, ["/mapping"]),
        ({"mapping": '{"url": 7}'}, ["/mapping"]),
        ({"mapping": '{"url": "nowhere"}'}, ["/mapping"]),
        ({"tags": '{"a": "b"}'}, ["/tags"]),
        ({"domain": "other.example"}, ["/domain"]),
        ({"content": ""}, ["/file"]),
        ({"content": b"\x00\x01"}, ["/file"]),
        ({"content": "[1]"}, ["/file"]),
    ],
)
def test_wrong_words_are_named_and_nothing_is_kept(api, form, pointers):
    response = upload(api, **form)
    assert response.status_code == 422, response.content
    assert [error["pointer"] for error in response.json()["errors"]] == pointers
    assert not ImportJob.objects.exists()


def test_fields_that_a_form_does_not_have_are_named_and_nothing_is_kept(api):
    """Whoever misspells `dry_run` does not want to import for real."""
    problem = upload(api, dryrun="true", **{"a/b": "c"}).json()
    assert (problem["status"], problem["code"]) == (422, "invalid_fields")
    assert problem["errors"] == [
        {"pointer": "/a~1b", "message": "There is no such field."},
        {"pointer": "/dryrun", "message": "There is no such field."},
    ]
    assert not ImportJob.objects.exists()
    assert upload(api, headers={"Idempotency-Key": "x"}, colour="red").json()["errors"][0]["pointer"] == "/colour"
    assert upload(api, headers={"Idempotency-Key": "x"}).status_code == 202  # the key was not spent


def test_a_text_is_not_sent_as_a_file_and_a_file_not_as_a_text(api):
    tags = upload(api, tags=SimpleUploadedFile("tags.json", b'["old"]')).json()
    assert tags["errors"] == [{"pointer": "/tags", "message": "Send this as a text, not as a file."}]
    file = Client.post(api, IMPORTS, {"file": CSV}).json()
    assert file["errors"] == [{"pointer": "/file", "message": "Send this as a file, not as a text."}]
    both = upload(api, more=SimpleUploadedFile("more.csv", CSV.encode())).json()
    assert both["errors"] == [{"pointer": "/more", "message": "There is no such field."}]
    assert not ImportJob.objects.exists()


def test_strangers_learn_nothing_of_the_fields_of_a_form(db):
    assert upload(ApiClient("nothing"), colour="red").json()["code"] == "invalid_key"


def test_a_file_that_is_too_large_is_refused(api, monkeypatch):
    monkeypatch.setattr("shortener.api.transfer.LARGE_FILE", 10)
    assert upload(api).json()["errors"][0]["pointer"] == "/file"


@pytest.mark.parametrize(
    "form",
    [
        {"domain": "a\x00.example.org"}, {"tags": '["a\x00"]'}, {"tags": '["a\\u0000"]'},
        {"mapping": '{"url": "Long\\u0000URL"}'},
    ],
)  # fmt: skip
def test_a_nul_character_is_named_and_nothing_is_kept(api, form):
    problem = upload(api, **form).json()
    assert (problem["status"], problem["errors"][0]["pointer"]) == (422, f"/{next(iter(form))}")
    assert "NUL" in problem["errors"][0]["message"]
    assert not ImportJob.objects.exists()


def test_an_upload_that_is_far_too_large_is_not_read_and_the_limit_is_named(api, monkeypatch):
    monkeypatch.setattr("shortener.api.middleware.LARGE", 100)
    answer = upload(api)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "100 bytes" in answer.json()["detail"]


def test_an_upload_that_is_sent_twice_is_imported_once(api):
    headers = {"Idempotency-Key": "once"}
    first, second = upload(api, headers=headers), upload(api, headers=headers)
    assert first.json()["id"] == second.json()["id"]
    assert ImportJob.objects.count() == 1
    other = upload(api, CSV + "https://example.com/b,three\n", headers=headers)
    assert other.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("change", "pointers"),
    [({"source": "bitly"}, ["/source"]), ({"url": "nowhere"}, ["/url"]), ({"key": ""}, ["/key"]), ({"x": 1}, ["/x"])],
)
def test_another_shortener_must_be_one(api, change, pointers):
    body = {"source": "kutt", "url": "https://k.example", "key": "secret", **change}
    response = api.post(f"{IMPORTS}/fetch", body)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == pointers


def test_an_import_from_another_shortener_shows_no_key(api):
    response = api.post(f"{IMPORTS}/fetch", {"source": "kutt", "url": "https://k.example", "key": "secret-key"})
    assert response.status_code == 202
    assert "secret-key" not in response.content.decode()
    assert response.json()["total"] == 0


def test_others_imports_look_like_none(api, stranger):
    import_id = upload(api, later="true").json()["id"]
    _, secret = create_api_key(workspace=personal_workspace(stranger), name="x")
    for method, path in (("get", ""), ("post", "/run"), ("post", "/cancel"), ("post", "/resume")):
        body = [{}] if method == "post" else []
        assert getattr(ApiClient(secret), method)(f"{IMPORTS}/{import_id}{path}", *body).status_code == 404
        assert getattr(ApiClient(secret), method)(f"{IMPORTS}/import_nothing{path}", *body).status_code == 404


def test_importing_and_exporting_need_their_scopes(workspace, make_link):
    make_link()
    _, reader = create_api_key(workspace=workspace, name="r", scopes=["imports:read"])
    assert upload(ApiClient(reader)).json()["code"] == "missing_scope"
    assert ApiClient(reader).get("/api/v1/export").status_code == 403
    assert ApiClient(reader).get(IMPORTS).status_code == 200


@pytest.mark.parametrize(
    ("format_", "content_type"),
    [("csv", "text/csv; charset=utf-8"), ("json", "application/json"), ("ndjson", "application/x-ndjson")],
)
def test_an_export_is_what_an_import_reads(api, make_link, format_, content_type):
    make_link(slug="one", tags=["a"], title="First")
    make_link(slug="two")
    response = api.get(f"/api/v1/export?format={format_}")
    assert response.headers["Content-Type"] == content_type
    assert f"links.{format_}" in response.headers["Content-Disposition"]
    text = b"".join(response.streaming_content)
    Link.objects.all().delete()
    upload(api, text, name=f"links.{format_}")
    run_all()
    assert sorted(Link.objects.values_list("slug", "title")) == [("one", "First"), ("two", "")]


def test_an_export_can_be_of_some_links(api, make_link):
    make_link(slug="one", tags=["a"])
    make_link(slug="two")
    listed = json.loads(b"".join(api.get("/api/v1/export?format=json&tag=a").streaming_content))
    assert [link["slug"] for link in listed] == ["one"]
    assert api.get("/api/v1/export?format=xml").status_code == 422
