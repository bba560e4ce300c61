"""What generated requests need: the running site, things in it that they can be about, and what an answer may be."""

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import jsonschema_rs
import requests
from requests.adapters import HTTPAdapter
from schemathesis import Case
from schemathesis.checks import CheckFunction
from schemathesis.config import SchemathesisConfig
from schemathesis.config._checks import ChecksConfig, NegativeDataRejectionConfig, PositiveDataAcceptanceConfig
from schemathesis.config._operations import OperationConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.filters import FilterSet
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, response_schema_conformance

from shortener.api.router import api
from tests.api.document import current, differences
from tests.up import Up

DOCUMENT: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema()))
BASE = "/api/v1"
SHELVES = sorted(match[1] for path in DOCUMENT["paths"] if (match := re.fullmatch(rf"{BASE}/([\w-]+)/{{\w+}}", path)))


# What an answer may be


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


def check_cut(case: Case, answer: Response) -> None:
    """Answers to `fields` have those fields and no others, and each of them is as described."""
    wanted = {name.strip() for name in _asked(answer)["fields"].split(",") if name.strip()}
    thing = _thing(case)
    cut = {**thing, "required": sorted(wanted or thing["required"]), "additionalProperties": False}
    page = _resolved(_answered(case))
    if "data" in page["properties"]:
        cut = {**page, "properties": {**page["properties"], "data": {"type": "array", "items": cut}}}
    jsonschema_rs.validate({**cut, "components": DOCUMENT["components"]}, answer.json())


def _asked(answer: Response) -> dict[str, str]:
    """The query that was sent; of what was sent twice, the last."""
    return dict(parse_qsl(urlsplit(str(answer.request.url)).query, keep_blank_values=True))


def _answered(case: Case) -> dict[str, Any]:
    """The schema of what an operation answers with."""
    found: dict[str, Any] = case.operation.definition.raw["responses"]["200"]["content"]["application/json"]["schema"]
    return found


def _thing(case: Case) -> dict[str, Any]:
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


# The running site


THERE = "one-that-is-there"
known: dict[str, list[str]] = {}  # IDs of things that are there, by the name of the parameter in paths
# What no schema can say of a text, by the name of its field or parameter.
_numbers = count(1)
SENSIBLE: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(["url", "expired_url", "card_image"], lambda text: f"https://example.com/{quote(text, safe='')}"),
    **dict.fromkeys(["id", "ids", "link"], lambda text: known["link_id"][-1]),
    "into": lambda text: known["tag_id"][-1],
    "folder": lambda text: known["folder_id"][-1],
    "domain": lambda text: "",
    "cursor": lambda text: "",
    "email": lambda text: f"{next(_numbers)}@example.org",
    "host": lambda text: f"{next(_numbers)}.example.org",
    "name": lambda text: f"{next(_numbers)}. {text}" if text.isprintable() else f"{next(_numbers)}.",
    "scopes": lambda text: "links:read",
    "time_zone": lambda text: "Europe/Berlin",
    "Idempotency-Key": lambda text: f"key-{next(_numbers)}",
    "If-Match": lambda text: "*",
}


def put_in_place(case: Case) -> None:
    """Real IDs where a path asks for things that are there. Half of the texts in requests that fit the description are
    made such that they can be right, where only we know what is; the other half shows that we are told so."""
    for name, value in (case.path_parameters or {}).items():
        if value == THERE:
            case.path_parameters[name] = known[name][-1]
    meta = case.meta
    if meta is None or meta.phase.name == TestPhase.EXAMPLES:
        return
    if not meta.is_negative_at(ParameterLocation.BODY):
        case.body = _sensible(case.body)
    if not meta.is_negative_at(ParameterLocation.HEADER):
        case.headers.update({name: _sensible(value, name) for name, value in case.headers.items()})
    if not meta.is_negative_at(ParameterLocation.QUERY):
        case.query.update({name: _sensible(value, name) for name, value in case.query.items()})
        if case.query.get("fields") and len(case.query["fields"]) % 2:
            names = sorted(_thing(case)["properties"])
            case.query["fields"] = ",".join(names[:: 1 + len(case.query["fields"]) % len(names)])


def _sensible(value: Any, name: str = "") -> Any:
    """`value` with every other text sensible."""
    if isinstance(value, dict):
        return {name: _sensible(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_sensible(inner, name) for inner in value]
    return SENSIBLE[name](value) if isinstance(value, str) and len(value) % 2 and name in SENSIBLE else value


class FirstPart(HTTPAdapter):
    """Of answers that have no end, their first part."""

    def send(self, *args: Any, **words: Any) -> requests.Response:
        answer = super().send(*args, **words)
        if answer.headers.get("Content-Type", "").startswith("text/event-stream"):
            answer.raw = _First(answer.raw)
        return answer


class _First:
    """What schemathesis reads streams by, at its end after the first part."""

    def __init__(self, raw: Any) -> None:
        self._raw, self._parts = raw, 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def read1(self, *args: Any, **words: Any) -> bytes:
        self._parts -= 1
        return bytes(self._raw.read1(*args, **words)) if self._parts >= 0 else b""


@dataclass
class Site:
    """The running site, and a key that may do everything."""

    url: str
    key: str
    session: requests.Session = field(default_factory=requests.Session)
    guarded: set[str] = field(default_factory=set)  # operations that were seen to let no stranger in

    def __post_init__(self) -> None:
        self.session.mount("http://", FirstPart())
        known.update({name: [make(self)] for name, make in MAKE.items()})

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def asked(self, method: str, path: str, **words: Any) -> Any:
        """The answer to a request that is right."""
        answer = self.session.request(method, f"{self.url}{BASE}{path}", headers=self.headers, timeout=60, **words)
        assert answer.ok, answer.text
        return answer.json()

    def made(self, path: str, **body: Any) -> str:
        """The ID of a new thing."""
        return str(self.asked("POST", path, json=body)["id"])

    def renew(self, name: str) -> None:
        """Make another thing of a kind, as the last one is gone."""
        known[name].append(MAKE[name](self))

    @property
    def ways(self) -> dict[str, Any]:
        """How schemathesis gets here."""
        return {"base_url": self.url, "session": self.session, "headers": self.headers, "timeout": 60}

    def answer_to(self, case: Case) -> Response:
        """What `case` is answered with. Raises if that is wrong."""
        put_in_place(case)
        answer = case.call(**self.ways)
        self.check(case, answer)
        return answer

    def check(self, case: Case, answer: Response, excluded: Iterable[CheckFunction] = (), **more: Any) -> None:
        """Raise if an answer is wrong, by any check but the `excluded` ones."""
        label = case.operation.label
        is_cut = answer.status_code == 200 and "fields" in _asked(answer)
        skipped = [*excluded, *([response_schema_conformance] if is_cut else [])]
        if case.meta and case.meta.phase.data.description == "Positive test case":  # nothing was found to be made wrong
            skipped.append(negative_data_rejection)
        if label in self.guarded:  # the check sends two requests more; no operation asks for a key only sometimes
            skipped.append(ignored_auth)
        case.validate_response(
            answer, headers=self.headers, excluded_checks=skipped, transport_kwargs=self.ways, **more
        )
        if is_cut:
            check_cut(case, answer)
        check_code(case, answer)
        assert list(differences(current(), case.method, urlsplit(str(answer.request.url)).path, answer)) == []
        check_stream(answer)
        check_key(answer, self.headers["Authorization"])
        if 200 <= answer.status_code < 300:
            self.guarded.add(label)


PREPARE = """
from django.core.management import call_command
from shortener.accounts.models import Member, User, Workspace
call_command("apikey", "create", "fuzz")
home = Workspace.objects.order_by("pk").first()
Workspace.objects.update(kind=Workspace.Kind.TEAM)
for number in range(20):
    user = User.objects.create_user(f"member-{number}@example.org", "x")
    Member.objects.create(workspace=home, user=user, role="viewer")
"""


@contextmanager
def running() -> Iterator[Site]:
    """The site, with a team and one thing of each kind."""
    directory = Path(tempfile.mkdtemp(prefix="shortener-test-"))
    directory.chmod(0o755)  # as root, the servers run as somebody else
    up = Up(directory)
    try:
        up.start()
        site = Site(up.url, up.manage("shell", "--no-imports", "-c", PREPARE))
        with site.session:
            yield site
    finally:
        up.clean_up()
        shutil.rmtree(directory)


def _name() -> str:
    return f"fuzz-{next(_numbers)}"


def _started_import(site: Site) -> str:
    files = {"file": ("links.csv", b"url\nhttps://example.com/\n")}
    return str(site.asked("POST", "/imports", files=files, data={"later": "true"})["id"])


def _external(site: Site) -> str:
    name = _name()
    site.made("/links", url="https://example.com/", external_id=name)
    return name


MAKE: dict[str, Callable[[Site], str]] = {
    "link_id": lambda site: site.made("/links", url="https://example.com/page", tags=["press"]),
    "external_id": _external,
    "tag_id": lambda site: site.made("/tags", name=_name()),
    "folder_id": lambda site: site.made("/folders", name=_name()),
    "template_id": lambda site: site.made("/templates", name=_name(), utm={"source": "mail"}),
    "domain_id": lambda site: site.made("/domains", host=f"{_name()}.example.org"),
    "webhook_id": lambda site: site.made("/webhooks", url="https://example.com/hook", events=["link.created"]),
    "key_id": lambda site: site.made("/keys", name=_name(), scopes=["links:read"]),
    "invitation_id": lambda site: site.made("/invitations", email=f"{_name()}@example.org", role="viewer"),
    "import_id": _started_import,
    "event_id": lambda site: str(site.asked("GET", "/audit-events")["data"][0]["id"]),
    "member_id": lambda site: str(site.asked("GET", "/members?limit=100")["data"][-1]["id"]),
}


# What is there


class Things:
    """Which things are there, by the answers that were seen."""

    ITEM = re.compile(rf"{BASE}/(?P<shelf>[\w-]+)/(?P<id>\w+)(?P<rest>(/.*)?)")

    def __init__(self) -> None:
        self._there: dict[tuple[str, str], bool] = {}

    def is_there(self, answer: Response) -> bool | None:
        """Whether the thing that the request was about was there before; None if nobody knows."""
        asked = self.ITEM.fullmatch(_path(answer))
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
        if answer.status_code >= 300:
            return
        asked = self.ITEM.fullmatch(_path(answer))
        if asked and (answer.request.method, asked["rest"]) in ENDS and asked["shelf"] not in STAY:
            self._there[asked["shelf"], asked["id"]] = False
        made = answer.json() if "application/json" in str(answer.headers.get("content-type")) else None
        if isinstance(made, dict) and "id" in made:
            self._there[_path(answer).split("/")[3], made["id"]] = True


ENDS = {("DELETE", ""), ("POST", "/merge")}
STAY = {"keys"}  # one that is deleted does not work any more, and is listed as what it was


def _path(answer: Response) -> str:
    return str(answer.request.path_url).partition("?")[0]
