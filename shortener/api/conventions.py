"""What holds for every operation of the API, around each of them (`api.add_decorator`): a new resource gets it without
asking.

- Parameters that do not exist are refused, and fields of forms, like those of JSON (`schemas.Body`).
- `fields` cuts an answer to a GET down.
- `Idempotency-Key` makes every POST safe to repeat.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from ninja.operation import Operation
from pydantic import BaseModel

from shortener.api.auth import found_key
from shortener.api.exchange import exchange
from shortener.api.idempotency import HEADER, answer_once
from shortener.api.problems import NO_SUCH_FIELD, no_such_parameter, problem_of
from shortener.api.reading import escaped
from shortener.infra.errors import Refused

Run = Callable[..., HttpResponseBase]

FIELDS_LENGTH = 1000  # characters
FIELDS_PARAMETER = {
    "in": "query",
    "name": "fields",
    "required": False,
    "schema": {"type": "string", "maxLength": FIELDS_LENGTH, "default": ""},
    "description": "Names of the fields to answer with, separated by commas; all of them unless given",
    "example": "id,short_url",
}
KEY_PARAMETER = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "A name for this request: whoever sends it again within 24 hours gets the first answer again",
    "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
}


def conventions(run: Run) -> Run:
    """`run` of an operation, with what holds for all."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    selectable = _selectable(operation) if operation.methods == ["GET"] else frozenset()
    known = _names(operation, "query") | ({"fields"} if selectable else frozenset())
    lists = _lists(operation)
    texts, files = _names(operation, "form"), _names(operation, "file")
    is_post = operation.methods == ["POST"] and bool(operation.auth_callbacks)
    _describe(operation, [_fields_parameter(operation)] if selectable else [KEY_PARAMETER] if is_post else [])

    @wraps(run)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            if request.META.get("QUERY_STRING"):
                _check_names(request.GET, known)
                _check_once(request.GET, lists)
                if "fields" in request.GET and selectable:
                    exchange(request).fields = _wanted(request.GET["fields"], selectable)
            if (texts or files) and found_key(request) is not None:
                _check_form(request, texts, files)
            if is_post and HEADER in request.headers and (key := found_key(request)) is not None:
                return answer_once(request, key, lambda: run(request, *args, **kwargs))
        except Exception as error:  # noqa: BLE001  as ninja does for what is raised inside
            if operation.auth_callbacks and found_key(request) is None:
                return run(request, *args, **kwargs)  # 401 comes first: strangers learn nothing of parameters
            return problem_of(request, error)
        return run(request, *args, **kwargs)

    return checked


def _check_names(given: Iterable[str], known: frozenset[str]) -> None:
    if unknown := sorted(set(given) - known):
        raise Refused({escaped(name): [no_such_parameter(known)] for name in unknown})


def _check_once(given: QueryDict, lists: frozenset[str]) -> None:
    """Which of two values would hold, nobody could know."""
    if twice := [name for name, values in given.lists() if len(values) > 1 and name not in lists]:
        raise Refused({escaped(name): ["Give this once."] for name in sorted(twice)})


def _check_form(request: HttpRequest, texts: frozenset[str], files: frozenset[str]) -> None:
    wrong = dict.fromkeys({*request.POST, *request.FILES} - texts - files, NO_SUCH_FIELD)
    wrong |= dict.fromkeys(texts.intersection(request.FILES), "Send this as a text, not as a file.")
    wrong |= dict.fromkeys(files.intersection(request.POST), "Send this as a file, not as a text.")
    if wrong:
        raise Refused({escaped(name): [wrong[name]] for name in sorted(wrong)})


def _wanted(text: str, selectable: frozenset[str]) -> frozenset[str] | None:
    if len(text) > FIELDS_LENGTH:
        raise Refused({"fields": [f"These names have more than {FIELDS_LENGTH:,} characters together."]})
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    if unknown := sorted(names - selectable):
        raise Refused({"fields": [f"There is no field “{unknown[0]}”. There are: {', '.join(sorted(selectable))}."]})
    return names or None


def _selectable(operation: Operation) -> frozenset[str]:
    """Fields of what the operation answers with: of the thing, or of the things that it lists as `data`."""
    model = operation.response_models.get(200)
    is_model = isinstance(model, type) and issubclass(model, BaseModel)
    shown: Any = model.model_fields["response"].annotation if model is not None and is_model else None
    if not (isinstance(shown, type) and issubclass(shown, BaseModel)):
        return frozenset()
    if "data" in shown.model_fields:
        listed = getattr(shown.model_fields["data"].annotation, "__args__", (None,))[0]
        shown = listed if isinstance(listed, type) and issubclass(listed, BaseModel) else shown
    return frozenset(shown.model_fields)


def _fields_parameter(operation: Operation) -> dict[str, Any]:
    """`FIELDS_PARAMETER`, with an example that the operation knows."""
    return {**FIELDS_PARAMETER, "example": min(_selectable(operation))}


def _names(operation: Operation, source: str) -> frozenset[str]:
    """What may be sent in the query, as fields of a form or as its files."""
    models = [model for model in operation.models if model.__ninja_param_source__ == source]
    names = [getattr(model, "__ninja_flatten_map__", None) or model.model_fields for model in models]
    return frozenset(name for some in names for name in some)


def _lists(operation: Operation) -> frozenset[str]:
    """What may be several times in the query."""
    models = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    return frozenset(name for model in models for name in getattr(model, "__ninja_collection_fields__", ()))


def _describe(operation: Operation, parameters: list[dict[str, Any]]) -> None:
    if parameters:
        extra = operation.openapi_extra or {}
        operation.openapi_extra = {**extra, "parameters": [*extra.get("parameters", []), *parameters]}
