"""The OpenAPI document. Operations say what is theirs alone: their bodies, their answers, and with `fails` the problems
that no other has. What follows from that, or holds for all of them, is added here: examples, problems, headers."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback

from shortener.api.examples import NoExample, example_of
from shortener.api.failures import failures_of, problem_examples
from shortener.api.followups import connect, fields_of
from shortener.api.response_headers import COMPONENTS, header, headers_of
from shortener.api.writing import JSON

View = TypeVar("View", bound=Callable[..., Any])
Described = dict[str, Any]

FORMS = {"multipart/form-data", "application/x-www-form-urlencoded"}
TEXT = {"type": "string"}
IF_NONE_MATCH = {"$ref": "#/components/parameters/If-None-Match"}
REQUEST_ID = {"$ref": "#/components/parameters/X-Request-Id"}
PARAMETERS: Described = {
    "X-Request-Id": {
        "in": "header", "name": "X-Request-Id", "required": False, "schema": TEXT, "example": "import-42",
        "description": "Your name for this request, 1 to 128 letters, digits and `._:/=+-`; the answer has it too",
    },
    "If-None-Match": {
        "in": "header", "name": "If-None-Match", "required": False, "schema": TEXT,
        "example": '"5d41402abc4b2a76b9719d91"',
        "description": "`ETag` of the thing as you have it: 304 without a body while it is the same",
    },
}  # fmt: skip


def noted(operation: Operation, **more: Any) -> None:
    """Add `more` to what the document has of `operation`."""
    operation.openapi_extra = {**(operation.openapi_extra or {}), **more}


def fails(*codes: str) -> Callable[[View], View]:
    """For a view, below its route: problems (of `CODES`) that it answers with besides those that others have too."""

    def decorate(view: View) -> View:
        contribute_operation_callback(view, lambda operation: noted(operation, **{"x-codes": codes}))
        return view

    return decorate


def files(examples: Mapping[str, Any], description: str = "The file", *, is_download: bool = True) -> Described:
    """For `openapi_extra` of operations whose answer is no JSON of ours: what it looks like, by media type."""
    content = {
        kind.partition(";")[0]: {"schema": {"type": "array"} if isinstance(value, list) else TEXT, "example": value}
        for kind, value in examples.items()
    }
    headers = {"Content-Disposition": header("Content-Disposition")} if is_download else {}
    return {"responses": {200: {"description": description, "content": content, "headers": headers}}}


class DescribedApi(NinjaAPI):
    """An API whose document is complete."""

    _document: OpenAPISchema | None = None

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        """What ninja prepares before each operation, and many do not use. Empty bytes: of an empty text Django would
        find out how it is to be encoded."""
        return HttpResponse(content_type=JSON)

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The document, made once: it takes a third of a second, and anybody may ask for it."""
        if self._document is None:
            self._document = self._described(super().get_openapi_schema(**options))
        return self._document

    def _described(self, document: OpenAPISchema) -> OpenAPISchema:
        connect(document)
        found = document["components"]
        for methods in document["paths"].values():
            for method, operation in methods.items():
                _complete(method, operation, found)
        found |= {"headers": COMPONENTS, "parameters": PARAMETERS, "examples": problem_examples()}
        return document


def _complete(method: str, operation: Described, components: Described) -> None:
    schemas = components["schemas"]
    codes, scope = operation.pop("x-codes", ()), operation.pop("x-scope", "")
    operation["security"] = [{name: [scope] for name in way} for way in operation.get("security", [])]
    for parameter in operation["parameters"]:
        _complete_parameter(parameter, schemas)
    content = operation.get("requestBody", {}).get("content", {})
    for kind in FORMS & content.keys():
        content[kind]["schema"]["additionalProperties"] = False  # `conventions` sees to it
    _give_examples(content, schemas)
    failures = failures_of(operation, components, codes, scope)
    answers = {status: response for status, response in operation["responses"].items() if status < 400}
    for status, response in answers.items():
        _give_examples(response.get("content", {}), schemas)
        response["headers"] = headers_of(status, operation, fields_of(response, schemas)) | response.get("headers", {})
    if method == "get" and "ETag" in answers.get(200, {}).get("headers", ()):
        headers = headers_of(304, operation) | {"ETag": header("ETag")}
        answers[304] = {"description": "The thing is as `If-None-Match` says", "headers": headers}
        operation["parameters"].append(IF_NONE_MATCH)
    operation["parameters"].append(REQUEST_ID)
    operation["responses"] = {str(status): response for status, response in answers.items()} | failures


def _complete_parameter(parameter: Described, schemas: Described) -> None:
    name, has_own = parameter["name"], bool(parameter.pop("examples", None))  # of its schema: here they need names
    if parameter["in"] == "path" and not has_own:
        kind = name.removesuffix("_id")
        parameter.setdefault("description", f"ID of the {kind}")
        parameter["example"] = f"{kind}_x8Kd9aQ2"
    with suppress(NoExample):
        parameter.setdefault("example", example_of(parameter["schema"], schemas, name))


def _give_examples(content: Described, schemas: Described) -> None:
    """An example for each media type that has none. What has no example at all goes without; a test finds it."""
    for media in content.values():
        if not {"example", "examples"} & set(media):
            with suppress(NoExample):
                media["example"] = example_of(media["schema"], schemas)
