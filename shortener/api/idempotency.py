"""`Idempotency-Key` on POST (draft-ietf-httpapi-idempotency-key-header): whoever does not know whether a request has
arrived sends it again, and it is done once.

The first request takes the key by an INSERT that everybody sees. What it does and the answer to it are committed in one
transaction: a process that dies in between leaves neither, and its claim expires. Answers to what was refused are not
kept, for nothing was done; nor are those that hold secrets (`Cache-Control: no-store`).
"""

import hashlib
import hmac
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from shortener.accounts.models import ApiKey
from shortener.api.exchange import exchange
from shortener.api.models import IdempotentAnswer
from shortener.api.problems import problem

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY = re.compile(r"[!-~]{1,255}\Z")
KEPT_FOR = timedelta(hours=24)
UNDER_WAY = timedelta(seconds=60)  # after which a request without an answer is taken for dead
MOST_KEPT = 4 * 1_048_576  # bytes of an answer
KEPT_HEADERS = ("Location", "ETag", "Link", "Content-Disposition", "Deprecation", "Sunset")

CLAIM = """
INSERT INTO api_idempotentanswer AS answer (api_key_id, key, fingerprint, content_type, headers, body)
VALUES (%(api_key)s, %(key)s, %(fingerprint)s, '', '{}', '')
ON CONFLICT (api_key_id, key) DO UPDATE
SET fingerprint = excluded.fingerprint, status = NULL, content_type = '', headers = '{}', body = '', created_at = now()
WHERE answer.created_at < now() - CASE WHEN answer.status IS NULL THEN %(under_way)s ELSE %(kept_for)s END
RETURNING id, created_at
"""


@dataclass(frozen=True)
class Claim:
    """The right to answer a request; `since` tells it from one that came later."""

    number: int
    since: datetime


class Overtaken(Exception):
    """The request took so long that another one took its key."""


def answer_once(request: HttpRequest, key: ApiKey, run: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer to `request`, which carries a key: `run`'s, or the one that an earlier request was given."""
    name = request.headers[HEADER]
    if not KEY.match(name):
        return problem(400, "invalid_header", f"{HEADER}: send 1 to 255 visible ASCII characters.")
    fingerprint = _fingerprint(request)
    claim = _claim(key, name, fingerprint)
    if claim is None:
        return _earlier(key, name, fingerprint)
    try:
        with transaction.atomic():
            response = run()
            if _is_done(response):
                _keep(claim, request, response)
            else:
                transaction.set_rollback(True)
    except Overtaken:
        return _in_progress()
    except BaseException:
        _give_back(claim)
        raise
    if not _is_done(response):
        _give_back(claim)
    return response


def forget_old_answers() -> int:
    """Remove answers that nobody will be given any more; how many there were."""
    return IdempotentAnswer.objects.filter(created_at__lt=Now() - KEPT_FOR).delete()[0]


def _claim(key: ApiKey, name: str, fingerprint: bytes) -> Claim | None:
    values: dict[str, Any] = {
        "api_key": key.pk, "key": name, "fingerprint": fingerprint, "under_way": UNDER_WAY, "kept_for": KEPT_FOR,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        row = cursor.fetchone()
    return Claim(*row) if row else None


def _earlier(key: ApiKey, name: str, fingerprint: bytes) -> HttpResponse:
    kept = IdempotentAnswer.objects.filter(api_key=key, key=name).first()
    if kept is None:  # given back just now
        return _in_progress()
    if not hmac.compare_digest(bytes(kept.fingerprint), fingerprint):
        words = f"The {HEADER} was sent with another request before. Take a new one."
        return problem(422, "idempotency_key_reused", words)
    if kept.status is None:
        return _in_progress()
    if not kept.content_type and kept.status != 204:
        words = f"This was done and answered with {kept.status}; the answer is not kept."
        response = problem(409, "idempotency_answer_gone", words)
    else:
        body = zlib.decompress(bytes(kept.body))
        response = HttpResponse(body, status=kept.status, content_type=kept.content_type, headers=kept.headers)
    response.headers[REPLAYED] = "true"
    return response


def _keep(claim: Claim, request: HttpRequest, response: HttpResponseBase) -> None:
    """Note the answer, in the transaction of what was done. Raises `Overtaken`."""
    headers = {**response.headers, **exchange(request).headers}
    values = {
        "status": response.status_code,
        "headers": {name: value for name in KEPT_HEADERS if (value := headers.get(name))},
    }
    is_secret = "no-store" in headers.get("Cache-Control", "")
    if isinstance(response, HttpResponse) and not is_secret and len(response.content) <= MOST_KEPT:
        values["content_type"] = response.headers.get("Content-Type", "")
        values["body"] = zlib.compress(response.content, 1)
    mine = IdempotentAnswer.objects.filter(pk=claim.number, created_at=claim.since, status=None)
    if not mine.update(**values):
        raise Overtaken


def _give_back(claim: Claim) -> None:
    """Nothing was done: the key is free again."""
    IdempotentAnswer.objects.filter(pk=claim.number, created_at=claim.since, status=None).delete()


def _is_done(response: HttpResponseBase) -> bool:
    return 200 <= response.status_code < 300


def _in_progress() -> HttpResponse:
    response = problem(409, "idempotency_in_progress", f"A request with this {HEADER} is under way. Try again soon.")
    response.headers["Retry-After"] = "1"
    return response


def _fingerprint(request: HttpRequest) -> bytes:
    """What tells this request from others. Keyed, for a body may hold a password."""
    parts = (request.method or "", request.get_full_path())
    said = hmac.new(settings.SECRET_KEY.encode(), b"idempotency:" + "\n".join(parts).encode() + b"\n", hashlib.sha256)
    for piece in _pieces(request):
        said.update(piece)
    return said.digest()


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    """The body; of an upload, which has no body that could be read twice, its fields and files."""
    if request.content_type != "multipart/form-data":
        yield request.body
        return
    yield repr(sorted(request.POST.lists())).encode()
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            yield repr((name, file.name, file.size)).encode()
            yield from file.chunks()
            file.seek(0)
