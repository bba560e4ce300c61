"""Up to a thousand links at once."""

import pytest

from shortener.accounts.models import AuditEvent
from shortener.links.models import Link, Publication, Tag
from shortener.links.signals import links_changed

pytestmark = pytest.mark.django_db
LINKS = "/api/v1/links"
BULK = f"{LINKS}/bulk"


def url(number):
    return {"url": f"https://example.com/{number}"}


def results(response):
    return [result["status"] for result in response.json()["results"]]


def pointers(response):
    return [error["pointer"] for error in response.json()["errors"]]


def test_links_are_made_in_their_order(api):
    response = api.post(BULK, {"links": [{**url(number), "tags": ["a", f"t{number}"]} for number in range(3)]})
    assert response.status_code == 201
    body = response.json()
    assert (body["succeeded"], body["failed"], results(response)) == (3, 0, [201] * 3)
    for number, result in enumerate(body["results"]):
        assert result["link"]["url"] == f"https://example.com/{number}"
        assert result["link"] == api.get(f"{LINKS}/{result['link']['id']}").json()
    assert Tag.objects.count() == 4


def test_links_that_are_made_together_are_one_event(api):
    made = [result["link"]["id"] for result in api.post(BULK, {"links": [url(1), url(2)]}).json()["results"]]
    event = AuditEvent.objects.get(action="links.created")
    assert event.changes == {"links": [None, made]}


def test_a_thousand_links_take_as_many_queries_as_two(api, settings, django_assert_max_num_queries):
    settings.DOMAINS_SECONDS = 60
    for count in (2, 1000):
        with django_assert_max_num_queries(17):
            assert (
                api.post(BULK, {"links": [{**url(number), "tags": ["t"]} for number in range(count)]}).status_code
                == 201
            )


def test_more_than_a_thousand_or_none_are_refused(api):
    for count in (0, 1001):
        assert api.post(BULK, {"links": [url(1)] * count}).status_code == 422
    assert not Link.objects.exists()


WRONG = [{"url": "nonsense:"}, {"url": "https://example.com", "colour": 1}, 7, {**url(1), "slug": "taken"}]


def test_one_that_is_wrong_stops_all(api, make_link):
    make_link(slug="taken")
    for number, item in enumerate(WRONG):
        response = api.post(BULK, {"links": [url(0), item]})
        assert response.status_code == 422, item
        assert pointers(response) == [["/links/1/url"], ["/links/1/colour"], ["/links/1"], ["/links/1/slug"]][number]
    assert Link.objects.count() == 1
    assert not AuditEvent.objects.filter(action="links.created").exists()


def test_each_for_itself_when_that_is_wanted(api, make_link):
    make_link(slug="taken")
    response = api.post(BULK, {"links": [url(0), *WRONG, url(9)], "atomic": False})
    assert response.status_code == 207
    assert results(response) == [201, 422, 422, 422, 422, 201]
    problem = response.json()["results"][4]["problem"]
    assert problem["errors"] == [{"pointer": "/links/4/slug", "message": "“taken” is taken. Choose another name."}]
    assert Link.objects.count() == 3


def test_when_none_could_be_done_the_answer_is_an_error(api):
    response = api.post(BULK, {"links": [{"url": "nonsense:"}, {}], "atomic": False})
    assert (response.status_code, response.json()["code"]) == (422, "all_failed")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert results(response) == [422, 422]


def test_a_name_that_is_twice_among_them_goes_to_the_first(api):
    links = [
        {**url(1), "slug": "same"},
        {**url(2), "slug": "same"},
        {**url(3), "external_id": "e"},
        {**url(4), "external_id": "e"},
    ]
    response = api.post(BULK, {"links": links, "atomic": False})
    assert results(response) == [201, 422, 201, 422]


def test_links_are_announced_once_they_are_there(api, django_capture_on_commit_callbacks):
    heard = []

    def listen(keys, **_):
        heard.append(len(keys))

    links_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            api.post(BULK, {"links": [url(1), url(2)]})
            assert (Publication.objects.count(), heard) == (2, [])
    finally:
        links_changed.disconnect(listen)
    assert heard == [2]


def test_links_are_changed_each_in_its_own_way(api, make_link):
    first, second = make_link(tags=["x", "y"]), make_link()
    items = [{"id": first.public_id, "tags": ["y", "z"]}, {"id": second.public_id, "title": "T", "archived": True}]
    response = api.patch(BULK, {"links": items})
    assert (response.status_code, results(response)) == (200, [200, 200])
    for link, result in zip((first, second), response.json()["results"], strict=True):
        assert result["link"] == api.get(f"{LINKS}/{link.public_id}").json()
    assert response.json()["results"][0]["link"]["tags"] == ["y", "z"]
    event = AuditEvent.objects.get(action="link.updated", target_id=first.public_id)
    assert event.changes == {"tags": [["x", "y"], ["y", "z"]]}


def test_a_change_that_is_wrong_stops_all_or_only_itself(api, make_link):
    link = make_link()
    items = [
        {"id": link.public_id, "title": "T"},
        {"id": "link_nothing", "title": "T"},
        {"id": link.public_id + "x", "url": 7},
    ]
    refused = api.patch(BULK, {"links": items[:2]})
    assert (refused.status_code, pointers(refused)) == (422, ["/links/1"])
    assert api.get(f"{LINKS}/{link.public_id}").json()["title"] == ""
    response = api.patch(BULK, {"links": items, "atomic": False})
    assert (response.status_code, results(response)) == (207, [200, 404, 422])
    assert api.get(f"{LINKS}/{link.public_id}").json()["title"] == "T"


def test_external_ids_are_not_given_twice_by_changes(api, make_link):
    make_link(external_id="old")
    first, second, third = make_link(), make_link(), make_link()
    items = [
        {"id": first.public_id, "external_id": "new"}, {"id": second.public_id, "external_id": "new"},
        {"id": third.public_id, "external_id": "old"},
    ]  # fmt: skip
    response = api.patch(BULK, {"links": items, "atomic": False})
    assert results(response) == [200, 422, 422]


def test_links_are_deleted_together(api, make_link):
    kept, *gone = [make_link() for _ in range(3)]
    ids = [link.public_id for link in gone]
    response = api.post(f"{BULK}/delete", {"ids": ids})
    assert (response.status_code, results(response)) == (200, [204, 204])
    assert [link["id"] for link in api.get(LINKS).json()["data"]] == [kept.public_id]
    assert AuditEvent.objects.filter(action="link.deleted", target_id__in=ids).count() == 2
    again = api.post(f"{BULK}/delete", {"ids": [kept.public_id, *ids], "atomic": False})
    assert (again.status_code, results(again)) == (207, [204, 404, 404])


def test_external_ids_name_links_too_and_none_is_named_twice(api, make_link):
    make_link(external_id="a/1")
    other = make_link(external_id="b")
    changed = api.patch(BULK, {"links": [{"id": "ext_a/1", "title": "A"}, {"id": other.public_id, "title": "B"}]})
    assert [result["link"]["title"] for result in changed.json()["results"]] == ["A", "B"]
    twice = api.patch(BULK, {"links": [{"id": "ext_b", "title": "C"}, {"id": other.public_id, "title": "D"}]})
    assert (twice.status_code, pointers(twice)) == (422, ["/links/1/id"])
    for name in ("ext_", "ext_c"):
        assert results(api.post(f"{BULK}/delete", {"ids": ["ext_b", name], "atomic": False}))[1] == 404
        assert api.post(f"{LINKS}/{other.public_id}/restore").status_code == 200
    assert Link.objects.get(pk=other.pk).title == "B"


def test_what_changes_nothing_is_no_change(api, make_link):
    link = make_link(title="As it is", tags=["a"])
    same = api.patch(BULK, {"links": [{"id": link.public_id, "title": "As it is", "tags": ["A"]}]})
    assert (same.status_code, Link.objects.get().version) == (200, link.version)


def test_a_link_that_is_there_twice_is_refused(api, make_link):
    number = make_link().public_id
    for response in (
        api.patch(BULK, {"links": [{"id": number}, {"id": number}]}),
        api.post(f"{BULK}/delete", {"ids": [number, number]}),
    ):
        assert response.status_code == 422
    assert api.get(f"{LINKS}/{number}").status_code == 200


def test_the_same_thousand_again_are_made_once(api):
    body, header = {"links": [url(number) for number in range(1000)]}, {"Idempotency-Key": "k"}
    first, second = (api.post(BULK, body, headers=header) for _ in range(2))
    assert first.content == second.content
    assert Link.objects.count() == 1000
