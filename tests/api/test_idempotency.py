"""Requests with an `Idempotency-Key`, one after the other and all at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.utils import timezone

from shortener.accounts.keys import create_api_key
from shortener.accounts.models import AuditEvent
from shortener.api import idempotency
from shortener.api.models import IdempotentAnswer
from shortener.api.tasks import forget_answers
from shortener.links.models import Link
from tests.conftest import ApiClient

LINKS = "/api/v1/links"
URL = {"url": "https://example.com/"}


def post(api, key="k1", body=URL, path=LINKS, **headers):
    return api.post(path, body, headers={"Idempotency-Key": key, **headers})


def at_once(count, call):
    """What `call` returns in `count` threads that begin together."""

    def run(number):
        try:
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.django_db
def test_the_same_request_again_gets_the_first_answer_again(api):
    first, second = post(api), post(api)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first.headers["ETag"] == second.headers["ETag"]
    assert ("Idempotency-Replayed" in first.headers, second.headers["Idempotency-Replayed"]) == (False, "true")
    assert Link.objects.count() == AuditEvent.objects.filter(action="link.created").count() == 1


@pytest.mark.django_db
def test_another_request_with_the_same_key_is_refused(api):
    post(api)
    for refused in (post(api, body={"url": "https://example.com/2"}), post(api, path=f"{LINKS}?x=1")):
        assert refused.status_code == 422
    assert post(api, body={"url": "https://example.com/2"}).json()["code"] == "idempotency_key_reused"
    assert Link.objects.count() == 1


@pytest.mark.django_db
def test_other_keys_are_other_requests(api, workspace):
    _, secret = create_api_key(workspace=workspace, name="another")
    ids = {post(api, "a").json()["id"], post(api, "b").json()["id"], post(ApiClient(secret), "a").json()["id"]}
    assert len(ids) == 3


@pytest.mark.django_db
def test_what_was_refused_may_be_sent_again_and_mended(api):
    assert post(api, body={"url": "nonsense:"}).status_code == 422
    assert not IdempotentAnswer.objects.exists()
    assert post(api).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 256, "a\x7f"])
def test_a_key_that_is_none_is_refused(api, key):
    response = post(api, key)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_header")
    assert not Link.objects.exists()


@pytest.mark.django_db
def test_without_a_valid_key_of_ours_nothing_is_remembered(client):
    assert client.post(LINKS, "{}", "application/json", headers={"Idempotency-Key": "k"}).status_code == 401
    assert not IdempotentAnswer.objects.exists()


@pytest.mark.django_db
def test_an_answer_that_may_not_be_stored_is_not(api, monkeypatch):
    monkeypatch.setattr(idempotency, "MOST_KEPT", 10)
    post(api)
    again = post(api)
    assert (again.status_code, again.json()["code"]) == (409, "idempotency_answer_gone")
    assert bytes(IdempotentAnswer.objects.get().body) == b""
    assert Link.objects.count() == 1


@pytest.mark.django_db
def test_an_answer_with_a_secret_is_not_stored(api, api_key, rf):
    request = rf.post("/x", {}, headers={"Idempotency-Key": "k"})
    for status in (201, 409):
        secret = HttpResponse("secret", status=201, headers={"Cache-Control": "no-store"})
        assert idempotency.answer_once(request, api_key[0], lambda answer=secret: answer).status_code == status
    assert b"secret" not in bytes(IdempotentAnswer.objects.get().body)


@pytest.mark.django_db
def test_answers_are_forgotten_after_a_day(api):
    post(api, "old")
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    post(api, "new")
    forget_answers(0)
    assert [answer.key for answer in IdempotentAnswer.objects.all()] == ["new"]
    assert post(api, "old").headers.get("Idempotency-Replayed") is None


@pytest.mark.django_db
def test_a_request_that_died_keeps_its_key_for_a_minute_and_then_no_longer(api, api_key):
    post(api)
    request = IdempotentAnswer.objects.get()
    IdempotentAnswer.objects.update(status=None, body=b"")
    waiting = post(api)
    assert (waiting.status_code, waiting.json()["code"]) == (409, "idempotency_in_progress")
    assert waiting.headers["Retry-After"] == "1"
    IdempotentAnswer.objects.update(created_at=request.created_at - timedelta(seconds=61))
    assert post(api).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_a_request_that_fails_in_the_middle_leaves_nothing(api, monkeypatch):
    from shortener.api import links

    def fail(*_):
        raise RuntimeError("after the link was made")

    with monkeypatch.context() as patched:
        patched.setattr(links, "shown", fail)
        assert post(api).status_code == 500
    assert not Link.objects.exists()
    assert not IdempotentAnswer.objects.exists()
    assert post(api).status_code == 201


def test_fifty_times_at_once_makes_one_link(stores, api_key):
    answers = at_once(50, lambda _: post(ApiClient(api_key[1])))
    made = {answer.content for answer in answers if answer.status_code == 201}
    others = [answer for answer in answers if answer.status_code != 201]
    assert len(made) == 1
    assert {answer.json()["code"] for answer in others} <= {"idempotency_in_progress"}
    assert Link.objects.count() == AuditEvent.objects.filter(action="link.created").count() == 1
    assert post(ApiClient(api_key[1])).content in made


def test_who_is_overtaken_does_nothing(stores, api, api_key, rf):
    """A request hangs for longer than its claim holds, and another one takes its key."""
    request = rf.post(LINKS, URL, content_type="application/json", headers={"Idempotency-Key": "k"})

    def slow():
        IdempotentAnswer.objects.update(created_at=timezone.now())  # as the one that overtakes does
        Link.objects.update(title="done twice")
        return HttpResponse(status=201)

    post(api, "other")
    assert idempotency.answer_once(request, api_key[0], slow).status_code == 409
    assert Link.objects.get().title == ""
