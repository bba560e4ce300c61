"""Every operation of the running site under generated requests, right and wrong ones: what it answers is what its
description says. `make api-fuzz` asks far more (`FUZZ_EXAMPLES` for each operation) than `make test`."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings, strategies as st
from schemathesis import Case, HookContext
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import response_schema_conformance

from shortener.api.router import api
from tests.up import Up

pytestmark = pytest.mark.processes

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "5"))
IS_FULL = "FUZZ_EXAMPLES" in os.environ
STREAMS = ["listen", "listenToLink"]  # have no end; `test_live.py` listens to them
# No schema says that a slug is taken, that a host does not exist, or that one moment is after another. Requests that are
# right in form may be refused for that, with 422 and a reason for each field (which the other checks look at), or with
# 412 where a generated `If-Match` names nothing that ever was. Addresses that are too long are not read at all.
REFUSED = ["2xx", "401", "403", "404", "409", "412", "414", "422"]
WRONG = ["400", "401", "403", "404", "405", "409", "411", "412", "413", "414", "422"]

config = SchemathesisConfig()
config.projects.default.checks.positive_data_acceptance.expected_statuses = REFUSED
config.projects.default.checks.negative_data_rejection.expected_statuses = WRONG
config.projects.default.phases.coverage.enabled = IS_FULL  # hundreds of requests for each operation
schema = schemathesis.openapi.from_dict(dict(api.get_openapi_schema()), config=config).exclude(operation_id=STREAMS)
known: dict[str, list[str]] = {}  # IDs of things that are there, by the name of the parameter in paths
numbers = count(1)
THERE = "one-that-is-there"


@dataclass
class Site:
    """The running site, and a key that may do everything."""

    url: str
    key: str
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=f"{self.url}/api/v1", headers=self.headers, timeout=60)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def made(self, path: str, **body: Any) -> str:
        """The ID of a new thing."""
        answer = self.client.post(path, json=body)
        assert answer.is_success, answer.text
        return str(answer.json()["id"])


MEMBERS = """
from shortener.accounts.models import Member, User, Workspace
home = Workspace.objects.order_by("pk").first()
Workspace.objects.update(kind=Workspace.Kind.TEAM)
for number in range(20):
    user = User.objects.create_user(f"member-{number}@example.org", "x")
    Member.objects.create(workspace=home, user=user, role="viewer")
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    directory = Path(tempfile.mkdtemp(prefix="shortener-test-"))
    directory.chmod(0o755)  # as root, the servers run as somebody else
    up = Up(directory)
    try:
        up.start()
        key = up.manage("apikey", "create", "fuzz")
        up.manage("shell", "-c", MEMBERS)
        site = Site(up.url, key)
        with site.client:
            known.update({name: [make(site)] for name, make in MAKE.items()})
            yield site
    finally:
        up.clean_up()
        shutil.rmtree(directory)


def _number() -> str:
    return f"fuzz-{next(numbers)}"


def _started_import(site: Site) -> str:
    answer = site.client.post(
        "/imports", files={"file": ("links.csv", b"url\nhttps://example.com/\n")}, data={"later": "true"}
    )
    return str(answer.json()["id"])


def _external(site: Site) -> str:
    name = _number()
    site.made("/links", url="https://example.com/", external_id=name)
    return name


MAKE: dict[str, Callable[[Site], str]] = {
    "link_id": lambda site: site.made("/links", url="https://example.com/page", tags=["press"]),
    "external_id": _external,
    "tag_id": lambda site: site.made("/tags", name=_number()),
    "folder_id": lambda site: site.made("/folders", name=_number()),
    "template_id": lambda site: site.made("/templates", name=_number(), utm={"source": "mail"}),
    "domain_id": lambda site: site.made("/domains", host=f"{_number()}.example.org"),
    "webhook_id": lambda site: site.made("/webhooks", url="https://example.com/hook", events=["link.created"]),
    "key_id": lambda site: site.made("/keys", name=_number(), scopes=["links:read"]),
    "invitation_id": lambda site: site.made("/invitations", email=f"{_number()}@example.org", role="viewer"),
    "import_id": _started_import,
    "event_id": lambda site: str(site.client.get("/audit-events").json()["data"][0]["id"]),
    "member_id": lambda site: str(site.client.get("/members?limit=100").json()["data"][-1]["id"]),
}


@schemathesis.hook
def flatmap_path_parameters(context: HookContext, path_parameters: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Half of the requests are about things that are there; which, `before_call` says."""
    there = {name: THERE for name in path_parameters or {} if name in MAKE}
    return st.sampled_from([path_parameters, {**(path_parameters or {}), **there}])


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: Any) -> None:
    """Put real IDs where they are wanted."""
    for name, value in (case.path_parameters or {}).items():
        if value == THERE:
            case.path_parameters[name] = known[name][-1]


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=not IS_FULL, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_every_answer_is_as_described(case: Case, site: Site) -> None:
    # `fields` leaves out what the schema requires: that is its purpose.
    cut = [response_schema_conformance] if "fields" in (case.query or {}) else []
    answer = case.call_and_validate(base_url=site.url, headers=site.headers, timeout=60, excluded_checks=cut)
    if case.method == "DELETE" and answer.status_code == 204:
        for name in case.path_parameters:
            known[name].append(MAKE[name](site))
