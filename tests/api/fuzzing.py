"""What generated requests need: the running site, and things in it that they can be about."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from schemathesis import Case
from schemathesis.checks import CheckFunction
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, response_schema_conformance

from tests.api.document import current, differences
from tests.api.expected import BASE, check_code, check_cut, check_key, check_stream, is_still_right, query_of, thing_of
from tests.up import standing

THERE = "one-that-is-there"
known: dict[str, list[str]] = {}  # names of things that are there, by what they are (`MAKE`)
# What no schema can say of a text, by the name of its field or parameter.
_numbers = count(1)
SENSIBLE: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(["url", "expired_url", "card_image"], lambda text: f"https://example.com/{quote(text, safe='')}"),
    **dict.fromkeys(["id", "ids", "link"], lambda text: known["link_id"][-1]),
    "into": lambda text: known["into"][-1],
    "short_url": lambda text: known["short_url"][-1],
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
            case.path_parameters[name] = known[_kind(case, name)][-1]
    meta = case.meta
    if meta is None or meta.phase.name == TestPhase.EXAMPLES:
        return
    if not meta.is_negative_at(ParameterLocation.BODY):
        case.body = _sensible(case.body)
    if not meta.is_negative_at(ParameterLocation.HEADER):
        case.headers.update({name: _sensible(value, name) for name, value in case.headers.items()})
    if not meta.is_negative_at(ParameterLocation.QUERY):
        case.query.update(
            {name: _sensible(value, name.replace("url", "short_url")) for name, value in case.query.items()}
        )
        if case.query.get("fields") and len(case.query["fields"]) % 2:
            names = sorted(thing_of(case)["properties"])
            case.query["fields"] = ",".join(names[:: 1 + len(case.query["fields"]) % len(names)])


def _kind(case: Case, name: str) -> str:
    """What the thing is that the parameter `name` of a path names."""
    return "cancelled" if case.path.endswith("/resume") else name


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
    waiting: list[str] = field(default_factory=list)  # invitations; of new ones there may be a hundred in a day

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
        is_cut = answer.status_code == 200 and "fields" in query_of(answer)
        skipped = [*excluded, *([response_schema_conformance] if is_cut else [])]
        if is_still_right(case, answer, self.headers["Authorization"]):
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
            if answer.status_code == 204 or case.path.endswith(USED_UP):
                self._renew(case)

    def renew_names(self) -> None:
        """Links by other names than their IDs, and the tag that others are merged into: a journey may have found one
        of them, and ended it by its ID."""
        for kind in ("external_id", "short_url", "into"):
            known[kind].append(MAKE[kind](self))

    def _renew(self, case: Case) -> None:
        """Make another thing in the place of one that is of no use any more, whatever it was known as: a journey that
        merges a tag into another goes on with that one."""
        if case.path.endswith("/bulk/delete"):
            known["link_id"].append(MAKE["link_id"](self))
        gone = set((case.path_parameters or {}).values())
        for kind in [kind for kind, names in known.items() if names[-1] in gone]:
            known[kind].append(MAKE[kind](self))


# What can be done once with a thing.
USED_UP = ("/bulk/delete", "/merge", "/revoke", "/rotate", "/run", "/cancel", "/resume", "/resend")

PREPARE = """
from datetime import timedelta
from django.core.management import call_command
from django.utils import timezone
from shortener.accounts.models import Invitation, Member, User, Workspace
from shortener.infra.public_id import encode
call_command("apikey", "create", "fuzz")
home = Workspace.objects.order_by("pk").first()
Workspace.objects.update(kind=Workspace.Kind.TEAM)
people = User.objects.bulk_create(User(email=f"member-{number}@example.org", password="!") for number in range(99))
Member.objects.bulk_create(Member(workspace=home, user=person, role="viewer") for person in people)
then = timezone.now() - timedelta(days=2)  # mails are sent again after a minute at the soonest
made = Invitation.objects.bulk_create(
    Invitation(workspace=home, email=f"waiting-{number}@example.org", role="viewer", digest=b"%d" % number,
               created_at=then, expires_at=then + timedelta(days=7))
    for number in range(400)
)
for invitation in made:
    print(encode("invitation", invitation.pk))
"""


@contextmanager
def running() -> Iterator[Site]:
    """The site, with a team and one thing of each kind."""
    with standing() as up:
        key, *waiting = up.manage("shell", "--no-imports", "-c", PREPARE).split()
        site = Site(up.url, key, waiting=waiting)
        with site.session:
            yield site


def _name() -> str:
    return f"fuzz-{next(_numbers)}"


def _kept_import(site: Site) -> str:
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
    "invitation_id": lambda site: site.waiting.pop(),
    "import_id": _kept_import,
    "cancelled": lambda site: str(site.asked("POST", f"/imports/{_kept_import(site)}/cancel")["id"]),
    "into": lambda site: site.made("/tags", name=_name()),
    "short_url": lambda site: str(site.asked("POST", "/links", json={"url": "https://example.com/"})["short_url"]),
    "event_id": lambda site: str(site.asked("GET", "/audit-events")["data"][0]["id"]),
    "member_id": lambda site: str(site.asked("GET", "/members?limit=100")["data"][-1]["id"]),
}
