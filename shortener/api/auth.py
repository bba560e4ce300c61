"""Who asks: API keys as Bearer tokens (RFC 6750)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest
from ninja.operation import Operation
from ninja.security import HttpBearer
from ninja.utils import contribute_operation_callback

from shortener.accounts.actors import Actor, Via
from shortener.accounts.keys import authenticate_api_key
from shortener.accounts.models import ApiKey, Workspace
from shortener.accounts.policy import key_may
from shortener.api.description import noted
from shortener.api.exchange import exchange
from shortener.api.limits import Meter, count_failure, kind_of
from shortener.api.problems import Forbidden
from shortener.infra.errors import Conflict
from shortener.infra.rate_plans import Kind
from shortener.links.reach import is_limited

View = TypeVar("View", bound=Callable[..., Any])


class ApiKeyAuth(HttpBearer):
    """Reads `Authorization: Bearer KEY`; the key is `request.auth` afterwards."""

    def __call__(self, request: HttpRequest) -> ApiKey | None:
        """The key, or None for an answer of 401. Raises `TooManyRequests` when an address has sent many without one."""
        key: ApiKey | None = super().__call__(request)
        if key is None:
            count_failure(request)
        return key

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        """The key, or None for an answer of 401. Looked up once a request: what stands around operations asks too."""
        this = exchange(request)
        if not this.looked_for_key:
            this.key, this.looked_for_key = authenticate_api_key(token), True
        return this.key


api_key_auth = ApiKeyAuth()


class ApiRequest(HttpRequest):
    """A request that a key has been found for."""

    auth: ApiKey


def found_key(request: HttpRequest) -> ApiKey | None:
    """The key that `request` carries, if it is in force. For what runs before the operation itself."""
    return api_key_auth(request)


def needs_scope(scope: str, budget: Kind | None = None) -> Callable[[View], View]:
    """Refuse requests whose key does not have `scope`, and count all of them on a budget: by default the one that the
    scope says (`limits.kind_of`)."""
    meter = Meter(budget or kind_of(scope))

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: ApiRequest, *args: Any, **kwargs: Any) -> Any:
            if not key_may(request.auth, scope):
                raise Forbidden(scope)
            return view(request, *args, **kwargs)

        def describe(operation: Operation) -> None:
            operation.throttle_objects.append(meter)
            noted(operation, **{"x-scope": scope})

        contribute_operation_callback(checked, describe)
        return cast(View, checked)

    return decorate


def whole_workspace(request: ApiRequest) -> Workspace:
    """The workspace of the key, for what is of all its links. Raises `Conflict` (403) for a key that does not reach
    them all."""
    if is_limited(request.auth):
        raise Conflict("not_allowed", "This key is limited to some links of its workspace. Ask about one of them.")
    return request.auth.workspace


def actor_of(request: ApiRequest) -> Actor:
    """Who does what this request asks for."""
    return Actor(Via.API, request.auth.created_by, request.auth)
