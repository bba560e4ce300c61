"""The OpenAPI document, with what holds for every operation and none says itself: problem details have a media type of
their own, bodies can be too large and addresses too long, answers carry a request ID and say what is left."""

from collections.abc import Iterable
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from shortener.api.followups import connect

PROBLEM = "#/components/schemas/Problem"
PROBLEM_TYPE = "application/problem+json"
TEXT = {"type": "string"}
HEADERS: dict[str, tuple[str, str]] = {
    "X-Request-Id": ("The request's name: the one that was sent, or a new one", "0192f3a1c5d87b6ea1f4c0b2d9e8f7a6"),
    "RateLimit-Policy": ("The budgets that hold: `q` requests in `w` seconds", '"read";q=3000;w=60'),
    "RateLimit": ("What is left of them: `r` requests, and more in `t` seconds", '"read";r=2999;t=60'),
    "Retry-After": ("Seconds to wait", "5"),
}


def files(kinds: Iterable[str], description: str = "The file") -> dict[str, Any]:
    """For `openapi_extra` of operations whose answer is text of one of the media types `kinds`."""
    names = [kind.partition(";")[0] for kind in kinds]
    types = {name: {"schema": {"type": "array"} if name == "application/json" else TEXT} for name in names}
    return {"responses": {200: {"description": description, "content": types}}}


class DescribedApi(NinjaAPI):
    """An API whose document is complete."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The document."""
        document = super().get_openapi_schema(**options)
        for methods in document["paths"].values():
            for operation in methods.values():
                _complete(operation)
        connect(document)
        return document


def _complete(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if "requestBody" in operation:
        responses.setdefault(411, _problem("The length of the body is not said"))
        responses.setdefault(413, _problem("The body is too large"))
    responses.setdefault(414, {"description": "The address is too long", "content": {"text/plain": {"schema": TEXT}}})
    for status, response in responses.items():
        content = response.get("content", {})
        if content.get("application/json", {}).get("schema") == {"$ref": PROBLEM}:
            content[PROBLEM_TYPE] = content.pop("application/json")
        response.setdefault("headers", {}).update(_headers(int(status), bool(operation.get("security"))))


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {PROBLEM_TYPE: {"schema": {"$ref": PROBLEM}}}}


def _headers(status: int, is_counted: bool) -> dict[str, Any]:
    names = [] if status == 414 else ["X-Request-Id"]
    if is_counted and status not in (411, 413, 414):
        names += ["RateLimit-Policy", "RateLimit"]
    if status == 429:
        names.append("Retry-After")
    return {
        name: {"description": about, "schema": TEXT, "example": example}
        for name, (about, example) in HEADERS.items()
        if name in names
    }
