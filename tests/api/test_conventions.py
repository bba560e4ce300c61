"""What holds for every operation of the API."""

import gzip
from datetime import UTC, datetime

import pytest
from django.test import RequestFactory
from ninja import NinjaAPI, Schema

from shortener.accounts.keys import create_api_key
from shortener.api.codes import CODES
from shortener.api.deprecation import deprecated
from shortener.api.exchange import exchange
from shortener.api.paging import read_cursor, write_cursor
from shortener.infra.errors import Refused
from shortener.links.models import Link
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
LINKS = "/api/v1/links"
URL = {"url": "https://example.com/"}


# --- Errors


def test_the_type_of_a_problem_leads_to_its_explanation(api, client):
    problem = api.get(f"{LINKS}/link_nothing").json()
    address, _, anchor = problem["type"].partition("#")
    page = client.get(address.removeprefix("http://127.0.0.1:8000")).content.decode()
    assert anchor == problem["code"] == "not_found"
    assert all(f'id="{code}"' in page for code in CODES)


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v2/links", "/api/v1/nothing", "/api/v1/links/a/b/c"])
def test_addresses_that_do_not_exist_are_problems_too(api, path):
    response = api.get(path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_method_that_an_address_does_not_know_is_a_problem_that_names_those_it_does(api):
    response = api.delete(LINKS)
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "POST"}


# --- What cannot be read


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        (b"", 422, "invalid_fields", ""),
        (b"{", 400, "invalid_json", ""),
        (b'{"url": "https://example.com/\xff"}', 400, "invalid_json", ""),
        (b'{"url": "\\ud800"}', 400, "invalid_json", ""),
        (b'{"url": NaN}', 400, "invalid_json", ""),
        (b'{"click_limit": 1e999}', 400, "invalid_json", ""),
        (b"{} {}", 400, "invalid_json", ""),
        (b'{"tags": ["a", "b\\u0000"]}', 422, "invalid_fields", "/tags/1"),
        (b'{"a/b\\u0000": 1}', 422, "invalid_fields", ""),
        (b'{"utm": {"a~/b": "\\u0000"}}', 422, "invalid_fields", "/utm/a~0~1b"),
        (b'{"rules": ' + b"[" * 40 + b"]" * 40 + b"}", 400, "too_deep", ""),
        (b"[" * 100_000, 400, "too_deep", ""),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(api, body, status, code, pointer):
    response = api.post(LINKS, body)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code)
    assert problem["errors"][0]["pointer"] == pointer
    assert not Link.objects.exists()


@pytest.mark.parametrize(("query", "pointer"), [("q=%FF", "/q"), ("q=a%00b", "/q"), ("%00=1", ""), ("tag=%C3", "/tag")])
def test_a_query_that_cannot_be_read_is_refused(api, query, pointer):
    response = api.get(f"{LINKS}?{query}")
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


def test_a_body_of_more_than_a_mebibyte_is_refused_unread(api):
    response = api.post(LINKS, b'{"title": "' + b"x" * 1_048_576 + b'"}')
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_a_body_in_chunks_is_refused_in_words_that_help(api):
    response = api.generic("POST", LINKS, b"", headers={"Transfer-Encoding": "chunked"}, CONTENT_LENGTH="")
    assert (response.status_code, response.json()["code"]) == (411, "length_required")


def test_a_parameter_that_does_not_exist_is_refused_like_a_field(api):
    problem = api.get(f"{LINKS}?tga=x&limit=1").json()
    assert (problem["status"], [error["pointer"] for error in problem["errors"]]) == (422, ["/tga"])
    assert api.post(f"{LINKS}?dry=1", URL).status_code == 422
    assert not Link.objects.exists()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"notice": 1}, "/notice"), ({"notice": "true"}, "/notice"), ({"click_limit": "5"}, "/click_limit"),
        ({"click_limit": True}, "/click_limit"), ({"click_limit": 5.0}, "/click_limit"), ({"status": "302"}, "/status"),
        ({"title": 7}, "/title"), ({"tags": "spring"}, "/tags"), ({"utm": []}, "/utm"), ({"utm": {"source": 1}}, "/utm/source"),
        ({"rules": [{"targets": [{"url": "https://example.com/", "weight": "2"}]}]}, "/rules/0/targets/0/weight"),
        ({"rules": [{"conditions": [{"type": "bot", "value": 1}], "targets": [{"url": "https://a.example/"}]}]},
         "/rules/0/conditions/0/bot/value"),
        ({"active_until": 1798761600}, "/active_until"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused_not_guessed_at(api, make_link, change, pointer):
    link = make_link()
    response = api.patch(f"{LINKS}/{link.public_id}", change)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_fields")
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert Link.objects.get().version == link.version


def test_a_parameter_that_is_there_twice_is_refused_unless_it_is_a_list(api):
    problem = api.get(f"{LINKS}?limit=1&state=active&limit=3").json()
    assert (problem["status"], [error["pointer"] for error in problem["errors"]]) == (422, ["/limit"])
    assert api.get("/api/v1/stats?country=DE&country=FR&browser=Firefox").status_code == 200


def test_a_parameter_without_a_name_does_not_exist_either(api):
    response = api.get("/api/v1/links?=0")
    assert (response.status_code, response.json()["code"]) == (422, "invalid_fields")


# --- Fields


def test_an_answer_can_be_cut_down(api, make_link):
    link = make_link()
    assert api.get(f"{LINKS}/{link.public_id}?fields=slug,id").json() == {"id": link.public_id, "slug": link.slug}
    page = api.get(f"{LINKS}?fields=id").json()
    assert page == {"data": [{"id": link.public_id}], "next": None}


@pytest.mark.parametrize("piece", ["id, ", "\r", "\x85", ", "])
def test_too_long_a_list_of_fields_is_refused_whatever_is_in_it(api, piece):
    longest = (piece * 1000)[:1000]
    assert api.get(LINKS, {"fields": longest}).status_code == 200
    problem = api.get(LINKS, {"fields": f"{longest} "}).json()
    assert (problem["status"], problem["errors"][0]["pointer"]) == (422, "/fields")
    assert "1,000 characters" in problem["errors"][0]["message"]


def test_a_field_that_does_not_exist_is_named(api, make_link):
    for path in (f"{LINKS}/{make_link().public_id}", LINKS):
        problem = api.get(f"{path}?fields=id,colour").json()
        assert problem["errors"][0]["pointer"] == "/fields"
        assert "“colour”" in problem["detail"]


# --- Pages


def test_the_next_page_is_named_in_a_header_with_the_same_filters(api, make_link):
    made = [make_link(tags=["ü"]) for _ in range(3)]
    first = api.get(f"{LINKS}?limit=2&tag=%C3%BC")
    address, _, relation = first.headers["Link"].partition("; ")
    assert relation == 'rel="next"'
    second = api.get(address.strip("<>").removeprefix("http://127.0.0.1:8000"))
    assert [link["id"] for link in second.json()["data"]] == [made[0].public_id]
    assert "Link" not in second.headers


def test_a_cursor_gives_back_what_was_put_in():
    moment = datetime(2027, 1, 1, 1, 2, 3, 456789, tzinfo=UTC)
    assert read_cursor(write_cursor("-created_at", moment, 7), "-created_at") == (moment, 7)
    assert read_cursor(write_cursor("name", "ü", 7), "name") == ("ü", 7)


def test_a_cursor_that_was_changed_or_is_of_another_list_is_refused():
    cursor = write_cursor("name", "a", 7)
    for wrong, sort in (
        (cursor[:-1] + "A", "name"),
        (cursor, "-name"),
        ("", "name"),
        ("ü", "name"),
        ("A" * 900, "name"),
    ):
        with pytest.raises(Refused):
            read_cursor(wrong, sort)


# --- Headers


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/links", URL), ("/tags", {"name": "press"}), ("/webhooks", {"url": "https://1.1.1.1/", "events": ["link.created"]}),
        ("/keys", {"name": "x", "scopes": ["links:read"]}),
    ],
)  # fmt: skip
def test_what_is_made_says_where_it_is(api, settings, path, body):
    made = api.post(f"/api/v1{path}", body)
    assert made.headers["Location"] == f"{settings.BASE_URL}/api/v1{path}/{made.json()['id']}"
    found = api.get(made.headers["Location"].removeprefix(settings.BASE_URL))
    assert (found.json()["id"], found.headers["ETag"]) == (made.json()["id"], made.headers["ETag"])
    assert "Location" not in found.headers


def test_nothing_has_neither_type_nor_length(api, make_link):
    response = api.delete(f"{LINKS}/{make_link().public_id}")
    assert response.status_code == 204
    assert not {"Content-Type", "Content-Length"} & set(response.headers)


def test_a_request_keeps_the_name_it_was_given(api):
    assert api.get(LINKS, headers={"X-Request-Id": "abc-1.2"}).headers["X-Request-Id"] == "abc-1.2"


@pytest.mark.parametrize("given", [None, "", "a b", "x" * 200, "a\tb", "é"])
def test_a_request_without_a_usable_name_gets_one(api, given):
    headers = {} if given is None else {"X-Request-Id": given}
    first, second = (api.get(LINKS, headers=headers).headers["X-Request-Id"] for _ in range(2))
    assert len(first) == len(second) == 32
    assert first != second


def test_head_is_get_without_the_body(api, make_link):
    path = f"{LINKS}/{make_link().public_id}"
    got, head = api.get(path), api.head(path)
    assert head.status_code == 200
    assert head.content == b""
    for name in ("Content-Length", "ETag", "Content-Type"):
        assert head.headers[name] == got.headers[name]


def test_one_thing_has_an_etag_that_changes_with_it(api, make_link):
    path = f"{LINKS}/{make_link().public_id}"
    first = api.get(path).headers["ETag"]
    assert api.get(path).headers["ETag"] == api.get(f"{path}?fields=id").headers["ETag"] == first
    assert api.patch(path, {"title": "x"}).headers["ETag"] == api.get(path).headers["ETag"] != first


def test_what_has_not_changed_is_not_sent_again(api, make_link):
    path = f"{LINKS}/{make_link().public_id}"
    etag = api.get(path).headers["ETag"]
    for header in (etag, f'"other", W/{etag}', "*"):
        response = api.get(path, headers={"If-None-Match": header})
        assert (response.status_code, response.content, response.headers["ETag"]) == (304, b"", etag)
    assert api.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_long_answers_are_compressed_for_who_wants_it(api, make_link):
    make_link(title="long " * 50)
    plain = api.get(LINKS)
    packed = api.get(LINKS, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content


def test_no_answer_may_be_kept_by_others(api):
    assert "private" in api.get(LINKS).headers["Cache-Control"]
    assert api.get(f"{LINKS}/link_nothing").headers["Cache-Control"] == "no-store"


def test_the_api_makes_no_session_and_asks_for_no_cookie(api):
    response = api.get(LINKS)
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")
    assert "Content-Security-Policy" in response.headers


# --- Other origins


def test_no_page_of_another_origin_may_call_unless_a_setting_says_so(api):
    response = api.get(LINKS, headers={"Origin": "https://app.example"})
    assert "Access-Control-Allow-Origin" not in response.headers


def test_pages_of_an_allowed_origin_may_call_the_api_and_nothing_else(api, client, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]
    origin = {"Origin": "https://app.example"}
    asked = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "idempotency-key"}
    preflight = client.options(LINKS, headers=asked)
    assert preflight.status_code == 200
    assert "idempotency-key" in preflight.headers["Access-Control-Allow-Headers"]
    answer = api.get(LINKS, headers=origin)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in client.get("/", headers=origin).headers


# --- Deprecation


def test_a_deprecated_operation_says_so_in_its_answers_and_in_the_description():
    class Out(Schema):
        ok: bool

    api = NinjaAPI(urls_namespace="deprecated", docs_url=None)

    @api.get("/old", response=Out)
    @deprecated(datetime(2027, 1, 1, tzinfo=UTC), sunset=datetime(2027, 7, 1, tzinfo=UTC), instead="https://x.example")
    def old(request):
        return Out(ok=True)

    [pattern] = [pattern for pattern in api.urls[0] if pattern.name == "old"]
    request = RequestFactory().get("/old")
    assert pattern.callback(request).status_code == 200
    assert exchange(request).headers == {
        "Deprecation": "@1798761600",
        "Sunset": "Thu, 01 Jul 2027 00:00:00 GMT",
        "Link": '<https://x.example>; rel="deprecation"; type="text/html"',
    }
    assert api.get_openapi_schema(path_prefix="")["paths"]["/old"]["get"]["deprecated"] is True


def test_every_operation_describes_what_it_takes_besides(client):
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            names = [parameter.get("name") for parameter in operation["parameters"]]
            assert ("Idempotency-Key" in names) == (method == "post"), path
    assert "fields" in [
        parameter["name"] for parameter in paths["/api/v1/links"]["get"]["parameters"] if "name" in parameter
    ]


def test_a_revoked_key_is_refused_with_a_problem(api_key, workspace):
    from django.utils import timezone

    key, secret = create_api_key(workspace=workspace, name="gone")
    key.revoked_at = timezone.now()
    key.save()
    response = ApiClient(secret).get(LINKS)
    assert (response.status_code, response.json()["code"]) == (401, "invalid_key")


def test_a_form_that_cannot_be_read_is_a_bad_request(rf):
    from django.http.multipartparser import MultiPartParserError

    from shortener.api.problems import problem_of

    assert (
        problem_of(rf.post("/api/v1/tags"), MultiPartParserError("Invalid boundary in multipart: None")).status_code
        == 400
    )


@pytest.mark.parametrize("moment", ["1798794000", "8.07e-101", "0"])
def test_a_number_is_no_moment(api, moment):
    answers = [api.get(f"/api/v1/{address}={moment}") for address in ("links?created_from", "stats?start")]
    answers.append(api.post("/api/v1/links", {"url": "https://example.com/", "active_until": float(moment)}))
    assert [answer.status_code for answer in answers] == [422] * 3


def test_strangers_learn_nothing_of_parameters(client, db):
    assert client.get("/api/v1/links?fields=nothing").status_code == 401
    assert client.get("/api/v1/tags?nothing=1").status_code == 401
