"""What an answer to a generated request may be, by the description and by the answers before it."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema_rs
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.config._checks import ChecksConfig, NegativeDataRejectionConfig, PositiveDataAcceptanceConfig
from schemathesis.config._operations import OperationConfig
from schemathesis.core.mutations import Mutation
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.filters import FilterSet
from schemathesis.generation import GenerationMode

from shortener.api.router import api

DOCUMENT: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema()))
BASE = "/api/v1"
SHELVES = sorted(match[1] for path in DOCUMENT["paths"] if (match := re.fullmatch(rf"{BASE}/([\w-]+)/{{\w+}}", path)))


def statuses_of(operation: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What requests that fit the description may be answered with, and what those that do not, besides the statuses
    that the operation does not tell of.

    No schema says that a slug is taken, that a host does not exist, or that one moment is after another: requests that
    are right in form may be refused for that, with 422 and a reason for each field. But only where there is something
    to be wrong. What the role of a key does not allow (403) is told by operations that ask for more than a scope."""
    parameters = [_parameter(given) for given in operation["parameters"]]
    places, names = {given["in"] for given in parameters}, {given["name"] for given in parameters}
    has_body = "requestBody" in operation
    refusals = {
        "304": "If-None-Match" in names,
        "403": bool(codes_of(operation, "403") - {"missing_scope"}),
        "404": True,
        "409": True,
        "412": "If-Match" in names,
        "414": bool({"path", "query"} & places),
        "421": True,  # a `Host` may be among the headers that are made up
        "422": has_body or "query" in places or "Idempotency-Key" in names,  # which was sent with another request
    }
    mistakes = {"400": has_body or "Idempotency-Key" in names, "401": True, "411": has_body, "413": has_body}
    told = {str(status) for status in operation["responses"]}
    refused = [status for status, is_possible in refusals.items() if is_possible and status in told]
    mistaken = [status for status, is_possible in mistakes.items() if is_possible and status in told]
    return ["2xx", *refused], [*(status for status in refused if status != "304"), *mistaken]


def codes_of(operation: dict[str, Any], status: str) -> set[str]:
    """The codes of problems with `status` that the operation tells of."""
    response = operation["responses"].get(status, {})
    response = DOCUMENT["components"]["responses"].get(response.get("$ref", "").rpartition("/")[2], response)
    return set(response.get("content", {}).get("application/problem+json", {}).get("examples", ()))


def _parameter(given: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["components"]["parameters"].get(given.get("$ref", "").rpartition("/")[2], given)
    return found


def configured(is_full: bool) -> SchemathesisConfig:
    """How schemathesis asks; `is_full`: with the coverage phase, which is hundreds of requests for each operation."""
    config = SchemathesisConfig()
    project = config.projects.default
    project.phases.coverage.enabled = is_full
    project.phases.stateful.generation.modes = [GenerationMode.POSITIVE]  # wrong requests lead nowhere
    project.phases.stateful.inference.algorithms = []  # the description's own links, and none that are guessed
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            refused, wrong = statuses_of(operation)
            checks = ChecksConfig(
                positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=refused),
                negative_data_rejection=NegativeDataRejectionConfig(expected_statuses=wrong),
            )
            one = FilterSet()
            one.include(operation_id=operation["operationId"])
            project.operations.operations.append(OperationConfig(filter_set=one, checks=checks))
    return config


def is_still_right(case: Case, answer: Response, key: str) -> bool:
    """Whether nothing has arrived of what was made wrong in a request: our key is sent whatever was taken away, a
    parameter is not when its value is an empty list, and in an address a value is a list of one."""
    if case.meta is None or case.meta.phase.data.description == "Positive test case":
        return True
    has_key = answer.request.headers.get("Authorization") == key
    sent, told = query_of(answer).keys(), {parameter.name for parameter in case.operation.query}
    knows_all = sent <= told

    def is_lost(change: Mutation) -> bool:
        if change.parameter_location == ParameterLocation.HEADER:
            return has_key and "Authorization" in str(change.original_value)
        is_list = change.keywords == ("type",) and change.original_value == "array"
        is_extra = "additionalProperties" in change.keywords and knows_all
        wrong = change.parameter or change.schema_pointer.removeprefix("/properties/").partition("/")[0]
        is_empty = "required" not in change.keywords and wrong in told - sent  # a value that no query can say
        return change.parameter_location == ParameterLocation.QUERY and (is_list or is_extra or is_empty)

    mutations: tuple[Mutation, ...] = getattr(case.meta.phase.data, "mutations", ())
    return bool(mutations) and all(map(is_lost, mutations))


def check_cut(case: Case, answer: Response) -> None:
    """Answers to `fields` have those fields and no others, and each of them is as described."""
    wanted = {name.strip() for name in query_of(answer)["fields"].split(",") if name.strip()}
    thing = thing_of(case)
    cut = {**thing, "required": sorted(wanted or thing["required"]), "additionalProperties": False}
    page = _resolved(_answered(case))
    if "data" in page["properties"]:
        cut = {**page, "properties": {**page["properties"], "data": {"type": "array", "items": cut}}}
    jsonschema_rs.validate({**cut, "components": DOCUMENT["components"]}, answer.json())


def query_of(answer: Response) -> dict[str, str]:
    """The query that was sent; of what was sent twice, the last."""
    return dict(parse_qsl(urlsplit(str(answer.request.url)).query, keep_blank_values=True))


def _answered(case: Case) -> dict[str, Any]:
    """The schema of what an operation answers with."""
    found: dict[str, Any] = case.operation.definition.raw["responses"]["200"]["content"]["application/json"]["schema"]
    return found


def thing_of(case: Case) -> dict[str, Any]:
    """The schema of the thing that an operation answers with, or of those that it lists."""
    answered = _answered(case)
    listed = _resolved(answered)["properties"].get("data")
    return _resolved(listed["items"] if listed else answered)


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: dict[str, Any] = DOCUMENT["components"]["schemas"][name] if name else schema
    return found


def check_code(case: Case, answer: Response) -> None:
    """A problem's code is one of those that the operation tells of."""
    told = codes_of(case.operation.definition.raw, str(answer.status_code))
    if told:
        code = answer.json()["code"]
        assert code in told, f"{answer.status_code} with the code “{code}”, and the description tells of {sorted(told)}"


def check_stream(answer: Response) -> None:
    """Streams begin at once, and say how soon to come back."""
    if "text/event-stream" in str(answer.headers.get("content-type")):
        assert answer.content.startswith(b"retry: "), answer.content


def check_key(answer: Response, key: str) -> None:
    """401 is for strangers, and nothing but refusals is."""
    is_stranger = answer.request.headers.get("Authorization") != key
    assert is_stranger or answer.status_code != 401, "401 for a good key"
    assert not is_stranger or answer.status_code >= 400, "let a stranger in"


class Things:
    """Which things are there, by the answers that were seen."""

    ITEM = re.compile(rf"{BASE}/(?P<shelf>[\w-]+)/(?P<id>\w+)(?P<rest>(/.*)?)")

    def __init__(self) -> None:
        self._there: dict[tuple[str, str], bool] = {}

    def is_there(self, answer: Response) -> bool | None:
        """Whether the thing that the request was about was there before; None if nobody knows, or if the answer is an
        earlier one again (`Idempotency-Key`)."""
        asked = None if "idempotency-replayed" in answer.headers else self.ITEM.fullmatch(_path(answer))
        return self._there.get((asked["shelf"], asked["id"])) if asked else None

    def check(self, answer: Response) -> None:
        """Raise if a thing that was deleted is there, or one that was made is not."""
        was_there, path = self.is_there(answer), _path(answer)
        if was_there and not path.endswith("/merge"):  # `into` may name a tag that is not there
            assert answer.status_code != 404, f"{answer.request.method} {path}: it was made, and is not there"
        if was_there is False and not path.endswith("/restore"):
            assert answer.status_code >= 400, f"{answer.request.method} {path}: it was deleted, and is there"

    def note(self, answer: Response) -> None:
        """Learn from an answer."""
        if answer.status_code >= 300 or "idempotency-replayed" in answer.headers:
            return
        asked = self.ITEM.fullmatch(_path(answer))
        if asked and (answer.request.method, asked["rest"]) in ENDS and asked["shelf"] not in STAY:
            self._there[asked["shelf"], asked["id"]] = False
        elif asked and asked["rest"] and answer.request.method == "DELETE":  # of its clicks: it is not gone itself
            self._there.setdefault((asked["shelf"], asked["id"]), True)
        made = answer.json() if "application/json" in str(answer.headers.get("content-type")) else None
        if isinstance(made, dict) and "id" in made:
            self._there[_path(answer).split("/")[3], made["id"]] = True


ENDS = {("DELETE", ""), ("POST", "/merge")}
STAY = {"keys"}  # one that is deleted does not work any more, and is listed as what it was


def _path(answer: Response) -> str:
    return str(answer.request.path_url).partition("?")[0]
