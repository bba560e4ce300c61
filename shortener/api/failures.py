"""How an operation fails, as the description has it. Which problems it answers with follows from what it takes (a body,
a path, an `If-Match`, an `Idempotency-Key`); what is beyond that it says by `description.fails`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from shortener.api.codes import CODES
from shortener.api.examples import example_of
from shortener.api.problems import CONTENT_TYPE, NO_SUCH_FIELD, Forbidden, details, no_such_parameter
from shortener.api.response_headers import header, headers_of

Described = dict[str, Any]

PROBLEM = {"$ref": "#/components/schemas/Problem"}
OF_ALL = ("internal_error", "unavailable")
OF_KEYS = ("bad_request", "invalid_key", "missing_scope", "invalid_fields", "rate_limited")
OF_BODIES = ("length_required", "too_large")
OF_JSON = ("invalid_json", "too_deep")
OF_REPEATS = ("invalid_header", "idempotency_in_progress", "idempotency_answer_gone", "idempotency_key_reused")


def _words(description: str, words: str) -> Described:
    return {
        "description": description,
        "headers": {"Cache-Control": header("Cache-Control")},
        "content": {"text/plain": {"schema": {"type": "string"}, "example": f"{words}\n"}},
    }


# What is not the API's answer: a request of this kind does not reach it.
BEFORE_API = {
    414: ("too_long", _words("The address is too long", "This address is too long.")),
    421: ("misdirected", _words("The `Host` is none of this site's", "No site of this name is served here.")),
}


def problem_examples() -> Described:
    """An example of each problem, for operations to refer to."""
    return {code: _problem(code, kind.example) for code, kind in CODES.items()}


def failures_of(operation: Described, components: Described, codes: Iterable[str] = (), scope: str = "") -> Described:
    """The responses of `operation` by status; those that others have just so are put into `components`. `codes`: what
    it says itself; `scope`: what it needs of a key."""
    schemas, shared = components["schemas"], components.setdefault("responses", dict(BEFORE_API.values()))
    own = {
        "missing_scope": lambda: _problem("missing_scope", str(Forbidden(scope))),
        "invalid_fields": lambda: _problem("invalid_fields", *_wrong_field(operation, schemas)),
    }
    responses: Described = {}
    for status, listed in sorted(_by_status((*_usual(operation), *codes)).items()):
        response = _response(status, listed, operation)
        if mine := own.keys() & set(listed):
            response["content"][CONTENT_TYPE]["examples"] |= {code: own[code]() for code in mine}
            responses[str(status)] = response
        else:
            name = ".".join(listed)
            shared[name] = response
            responses[str(status)] = {"$ref": f"#/components/responses/{name}"}
    for status, declared in operation["responses"].items():
        if status >= 400:
            _add(responses[str(status)]["content"][CONTENT_TYPE], declared["content"]["application/json"], schemas)
    return responses | {
        str(status): {"$ref": f"#/components/responses/{name}"} for status, (name, _) in BEFORE_API.items()
    }


def _add(content: Described, declared: Described, schemas: Described) -> None:
    """What is `declared` is another thing that the answer may be."""
    found = example_of(declared["schema"], schemas)
    content["schema"] = {"anyOf": [PROBLEM, declared["schema"]]}
    content["examples"][found["code"]] = {"summary": found["title"], "value": found}


def _usual(operation: Described) -> Iterator[str]:
    yield from OF_ALL
    if not operation["security"]:
        return
    yield from OF_KEYS
    taken = {(parameter["in"], parameter["name"]) for parameter in operation["parameters"]}
    content = operation.get("requestBody", {}).get("content", ())
    if content:
        yield from OF_BODIES
    if "application/json" in content:
        yield from OF_JSON
    if any(place == "path" for place, _ in taken):
        yield "not_found"
    if ("header", "If-Match") in taken:
        yield "precondition_failed"
    if ("header", "Idempotency-Key") in taken:
        yield from OF_REPEATS


def _by_status(codes: Iterable[str]) -> dict[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for code in codes:
        found[CODES[code].status].append(code)
    return found


def _response(status: int, codes: Iterable[str], operation: Described) -> Described:
    examples = {code: {"$ref": f"#/components/examples/{code}"} for code in codes}
    return {
        "description": HTTPStatus(status).phrase,
        "headers": headers_of(status, operation),
        "content": {CONTENT_TYPE: {"schema": PROBLEM, "examples": examples}},
    }


def _problem(code: str, detail: str, errors: Iterable[tuple[str, str]] = ()) -> Described:
    kind = CODES[code]
    return {"summary": kind.title, "value": details(kind.status, code, detail, errors)}


def _wrong_field(operation: Described, schemas: Described) -> tuple[str, list[tuple[str, str]]]:
    """A mistake that can be made here, in the words of the answer to it."""
    content = operation.get("requestBody", {}).get("content", {})
    for media in content.values():
        schema = media["schema"]
        schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        if required := schema.get("required"):
            return f"{required[0]}: Field required.", [(f"/{required[0]}", "Field required.")]
        return f"colour: {NO_SUCH_FIELD}", [("/colour", NO_SUCH_FIELD)]
    names = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"}
    words = no_such_parameter(names)
    return f"colour: {words}", [("/colour", words)]
