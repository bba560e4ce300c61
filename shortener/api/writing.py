"""Writes answers: JSON, cut down to the fields that were asked for, with an `ETag` when it is of one thing."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja.renderers import BaseRenderer
from pydantic import BaseModel

from shortener.api.exchange import exchange

JSON = "application/json; charset=utf-8"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump()
    return str(value)


_encode = msgspec.json.Encoder(enc_hook=_plain).encode


class JsonRenderer(BaseRenderer):
    """What django-ninja writes answers with."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """`data` as JSON."""
        return render(request, data, response_status)


def answer(request: HttpRequest, data: Any, status: int = 200) -> HttpResponse:
    """An answer with `data`, past the slow validation of what we have made ourselves."""
    return HttpResponse(render(request, data, status), status=status, content_type=JSON)


def render(request: HttpRequest, data: Any, status: int = 200) -> bytes:
    """`data` as JSON, cut down to the wanted fields. One thing (it has an `id`) gets an `ETag`, and a new one a
    `Location`."""
    written = _encode(data)
    this = exchange(request)
    if isinstance(data, Mapping) and "id" in data:
        this.headers.setdefault("ETag", _tag(written))
        if status in (201, 202):
            this.headers["Location"] = f"{settings.BASE_URL}/api/v1/{data['id'].partition('_')[0]}s/{data['id']}"
    return written if this.fields is None else _encode(_cut(data, this.fields))


def etag_of(data: Any) -> str:
    """The `ETag` of the answer that shows `data` (before any fields are left out)."""
    return _tag(_encode(data))


def _tag(written: bytes) -> str:
    return f'"{blake2b(written, digest_size=12).hexdigest()}"'


def _cut(data: Any, fields: frozenset[str]) -> Any:
    if isinstance(data, Mapping) and isinstance(data.get("data"), list):
        return {**data, "data": [_cut(item, fields) for item in data["data"]]}
    if isinstance(data, BaseModel):
        data = data.model_dump()
    return {name: value for name, value in data.items() if name in fields}
