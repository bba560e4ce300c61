"""The OpenAPI document as tests read it: what is missing in it, what is wrong with it, and whether an answer is as it
says."""

import re
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any

import jsonschema_rs

Described = dict[str, Any]
SCHEMAS = "#/components/schemas/"
PROBLEM_TYPE = "application/problem+json"
BEFORE_API = {"414", "421"}  # such a request does not reach the API
# HTTP's own, or of what stands around the API: see `response_headers`.
NOT_DESCRIBED = frozenset(
    {"content-type", "content-length", "content-encoding", "vary", "date", "server", "connection", "allow", "x-live"}
    | {"x-accel-buffering", "transfer-encoding", "content-security-policy", "x-content-type-options", "referrer-policy"}
    | {"cross-origin-opener-policy", "permissions-policy", "x-frame-options", "strict-transport-security"}
)


class Document:
    """An OpenAPI document."""

    def __init__(self, document: Described) -> None:
        self.raw = document
        self._validators: dict[str, jsonschema_rs.Validator] = {}

    @cached_property
    def operations(self) -> dict[str, Described]:
        """By method and path."""
        return {
            f"{method} {path}": operation
            for path, methods in self.raw["paths"].items()
            for method, operation in methods.items()
        }

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str], Described]]:
        found = [(name.partition(" "), operation) for name, operation in self.operations.items()]
        found.sort(key=lambda item: item[0][2].count("{"))  # `/links/lookup` before `/links/{link_id}`
        return [
            (method, re.compile(re.sub(r"\\{external_id\\}", ".+", re.sub(r"\\{(?!external)\w+\\}", "[^/]+", re.escape(path)))), operation)
            for (method, _, path), operation in found
        ]  # fmt: skip

    def operation(self, method: str, path: str) -> Described | None:
        """The operation that answers this request."""
        wanted = "get" if method.lower() == "head" else method.lower()
        return next((of for verb, at, of in self._patterns if verb == wanted and at.fullmatch(path)), None)

    def resolved(self, part: Described) -> Described:
        """`part`, or what it refers to."""
        if "$ref" not in part:
            return part
        found: Any = self.raw
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return dict(found)

    def complaints(self, schema: Described, value: Any) -> list[str]:
        """What is wrong with `value`. Fields that no schema knows are, too."""
        key = repr(schema)
        if key not in self._validators:
            whole = {**self._closed(schema), "components": {"schemas": self._closed_schemas}}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        return [f"{error.instance_path}: {error.message}" for error in self._validators[key].iter_errors(value)]

    @cached_property
    def _closed_schemas(self) -> Described:
        return {name: self._closed(schema) for name, schema in self.raw["components"]["schemas"].items()}

    def _closed(self, schema: Any) -> Any:
        """`schema` without room for fields that it does not name."""
        if isinstance(schema, list):
            return [self._closed(part) for part in schema]
        if not isinstance(schema, dict):
            return schema
        closed = {name: self._closed(part) if name != "examples" else part for name, part in schema.items()}
        if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
            closed["additionalProperties"] = False
        return closed


def missing(document: Document) -> Iterator[str]:
    """What each operation should say and does not."""
    for name, operation in document.operations.items():
        for part in ("operationId", "summary", "description", "tags", "responses"):
            if not operation.get(part):
                yield f"{name}: {part}"
        if "security" not in operation:
            yield f"{name}: security (none is an empty list)"
        for listed in operation["parameters"]:
            parameter = document.resolved(listed)
            for part in ("description", "example"):
                if parameter.get(part) in (None, "", []):
                    yield f"{name}: {part} of parameter {parameter['name']}"
        for kind, media in operation.get("requestBody", {}).get("content", {}).items():
            if not _examples(document, media):
                yield f"{name}: example of the body ({kind})"
        yield from (f"{name}: {words}" for words in _missing_answers(document, operation))


def _missing_answers(document: Document, operation: Described) -> Iterator[str]:
    responses = {status: document.resolved(response) for status, response in operation["responses"].items()}
    if not any(status < "300" for status in responses):
        yield "an answer of success"
    usual = {"400", "401", "403", "414", "421", "422", "429", "500"} if operation["security"] else {"500"}
    if "requestBody" in operation:
        usual |= {"411", "413"}
    yield from (f"status {status}" for status in sorted(usual - set(responses)))
    for status, response in responses.items():
        yield from _missing_in(document, status, response)


def _missing_in(document: Document, status: str, response: Described) -> Iterator[str]:
    if not response.get("description"):
        yield f"description of {status}"
    if not response.get("content") and status not in ("204", "304"):
        yield f"content of {status}"
    if status not in BEFORE_API and "X-Request-Id" not in response.get("headers", {}):
        yield f"headers of {status}"
    for kind, media in response.get("content", {}).items():
        if not _examples(document, media):
            yield f"example of {status} ({kind})"
    for header, described in response.get("headers", {}).items():
        if not {"description", "schema", "example"} <= set(document.resolved(described)):
            yield f"description of the header {header} of {status}"


def wrong_examples(document: Document) -> Iterator[str]:
    """Examples that are not what they are examples of."""
    for name, operation in document.operations.items():
        for listed in operation["parameters"]:
            parameter = document.resolved(listed)
            for words in document.complaints(parameter["schema"], parameter.get("example")):
                yield f"{name}: parameter {parameter['name']}: {words}"
        for kind, media in operation.get("requestBody", {}).get("content", {}).items():
            for value in _examples(document, media):
                yield from (f"{name}: body ({kind}): {words}" for words in document.complaints(media["schema"], value))
        for status, listed in operation["responses"].items():
            for kind, media in document.resolved(listed).get("content", {}).items():
                for value in _examples(document, media):
                    yield from (
                        f"{name}: {status} ({kind}): {words}" for words in document.complaints(media["schema"], value)
                    )
                    if kind == PROBLEM_TYPE and str(value["status"]) != status:
                        yield f"{name}: the example of {status} is of {value['status']}"


def _examples(document: Document, media: Described) -> list[Any]:
    if "example" in media:
        return [media["example"]]
    return [document.resolved(example)["value"] for example in media.get("examples", {}).values()]


def differences(document: Document, method: str, path: str, response: Any, *, has_body: bool = True) -> Iterator[str]:
    """What is another in the answer to this request than the document says. `response`: Django's, or httpx's;
    `has_body`: whether it has all that the document says of bodies."""
    operation = document.operation(method, path)
    if operation is None or response.status_code == 405:
        return
    listed = operation["responses"].get(str(response.status_code))
    if listed is None:
        yield f"{response.status_code} is not described"
        return
    described = document.resolved(listed)
    yield from _header_differences(document, described, {name.lower() for name in response.headers})
    if "X-Live" in response.headers:  # what is in front of Django makes a stream of it
        return
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    content = described.get("content", {})
    if kind and kind not in content:
        yield f"{kind} is not described for {response.status_code}"
    elif not has_body:
        return
    elif kind == PROBLEM_TYPE and response.json()["code"] not in content[kind]["examples"]:
        yield f"{response.json()['code']} is not described for {response.status_code}"
    elif kind == "application/json" and "properties" in document.resolved(content[kind]["schema"]):
        yield from document.complaints(content[kind]["schema"], response.json())


def _header_differences(document: Document, described: Described, sent: set[str]) -> Iterator[str]:
    known = {name.lower(): document.resolved(header) for name, header in described.get("headers", {}).items()}
    unknown = {name for name in sent - set(known) - NOT_DESCRIBED if not name.startswith("access-control-")}
    yield from (f"the header {name} is not described" for name in sorted(unknown))
    for name, header in known.items():
        if header.get("required") and name not in sent:
            yield f"the header {name} was not sent"


@cache
def current() -> Document:
    """That of the API."""
    from shortener.api.router import api

    return Document(dict(api.get_openapi_schema()))
