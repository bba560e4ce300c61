"""Who asks: API keys as Bearer tokens (RFC 6750)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import ApiKey
from shortener.accounts.policy import key_may
from shortener.accounts.services import authenticate_api_key
from shortener.api.problems import Forbidden

View = TypeVar("View", bound=Callable[..., Any])


class ApiKeyAuth(HttpBearer):
    """Reads `Authorization: Bearer KEY`; the key is `request.auth` afterwards."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        """The key, or None for an answer of 401."""
        return authenticate_api_key(token)


class ApiRequest(HttpRequest):
    """A request that a key has been found for."""

    auth: ApiKey


def needs_scope(scope: str) -> Callable[[View], View]:
    """Refuse requests whose key does not have `scope`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: ApiRequest, *args: Any, **kwargs: Any) -> Any:
            if not key_may(request.auth, scope):
                raise Forbidden(scope)
            return view(request, *args, **kwargs)

        return cast(View, checked)

    return decorate


def actor_of(request: ApiRequest) -> Actor:
    """Who does what this request asks for."""
    return Actor(Via.API, request.auth.created_by, request.auth)
