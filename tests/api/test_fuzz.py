"""Every operation of the running site under generated requests, right and wrong ones, alone and one after another: what
it answers is what its description says. `make api-fuzz` asks far more (`FUZZ_EXAMPLES` for each operation) than
`make test`."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from random import SystemRandom
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings, strategies as st
from hypothesis.errors import Flaky
from jsonschema_rs import ValidationError
from schemathesis import Case, HookContext
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.generation.stateful import APIStateMachine
from schemathesis.specs.openapi.checks import ensure_resource_availability, use_after_free

from tests.api.document import current, differences
from tests.api.expected import BASE, DOCUMENT, SHELVES, Things, configured
from tests.api.fuzzing import MAKE, THERE, Site, put_in_place, running

pytestmark = pytest.mark.processes

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "5"))
IS_FULL = "FUZZ_EXAMPLES" in os.environ
JOURNEYS, STEPS = (EXAMPLES // 5, 30) if IS_FULL else (3, 10)
ASKING = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=not IS_FULL, database=None,
    phases=[Phase.explicit, Phase.generate],  # the stores change with every request: there is nothing to be shrunk
    suppress_health_check=list(HealthCheck),
)  # fmt: skip

schema = schemathesis.openapi.from_dict(DOCUMENT, config=configured(is_full=IS_FULL))


@schema.hook
def flatmap_path_parameters(context: HookContext, path_parameters: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Half of the requests are about things that are there; which, `put_in_place` says."""
    there = {name: THERE for name in path_parameters or {} if name in MAKE}
    return st.sampled_from([path_parameters, {**(path_parameters or {}), **there}])


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running() as site:
        yield site


@pytest.fixture
def tally(request: pytest.FixtureRequest, site: Site) -> Iterator[Counter[str]]:
    """Requests by status, for the report of `make api-fuzz`. An operation that nothing succeeds in is not tested."""
    site.renew_names()
    asked: Counter[str] = Counter()
    yield asked
    request.node.user_properties.append(("asked", dict(asked)))
    assert not IS_FULL or any(status.startswith("2") for status in asked), f"no request succeeded: {dict(asked)}"


@schema.parametrize()
@ASKING
def test_every_answer_is_as_described(case: Case, site: Site, tally: Counter[str]) -> None:
    tally[str(site.answer_to(case).status_code)] += 1


@pytest.mark.parametrize(
    ("method", "path", "host", "status"),
    [
        ("DELETE", "/keys/key_x", '"', 421),
        ("GET", "/links", "elsewhere.test", 421),
        ("GET", "/links?q=" + "a" * 9000, None, 414),
    ],
)
def test_what_does_not_reach_the_api_is_described_too(
    method: str, path: str, host: str | None, status: int, site: Site
) -> None:
    headers = {**site.headers, **({"Host": host} if host else {})}
    answer = site.session.request(method, f"{site.url}{BASE}{path}", headers=headers, timeout=60)
    assert answer.status_code == status
    assert list(differences(current(), method, f"{BASE}{path.partition('?')[0]}", answer)) == []


@pytest.mark.parametrize("shelf", SHELVES)
def test_things_are_there_from_their_making_to_their_end(shelf: str, site: Site, tally: Counter[str]) -> None:
    journey, walked, wrong = journeys(shelf, site, tally)
    asking = settings(ASKING, max_examples=min(JOURNEYS, 10), stateful_step_count=STEPS, phases=[Phase.generate])
    number = SystemRandom().randrange(2**32) if IS_FULL else 0
    while len(walked) < JOURNEYS and not wrong:
        # Hypothesis ends a batch as flaky when the same request is answered in another way, as by every site that
        # remembers.
        with suppress(Flaky):
            seed(number)(journey).run(settings=asking)
        number += 1
    for error in wrong:
        raise error


def journeys(
    shelf: str, site: Site, tally: Counter[str]
) -> tuple[type[APIStateMachine], list[Things], list[Exception]]:
    """Sequences of requests along the links of the description, what was seen on each, and what was wrong."""
    walked: list[Things] = []
    wrong: list[Exception] = []

    class Journey(schema.exclude(path_regex=rf"^{BASE}/(?!{shelf}(/|$))").as_state_machine()):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            walked.append(Things())

        def call(self, case: Case, **words: Any) -> Response:
            put_in_place(case)
            answer: Response = super().call(case, **site.ways)
            tally[str(answer.status_code)] += 1
            return answer

        def validate_response(self, answer: Response, case: Case, *_: Any, **words: Any) -> None:
            things = walked[-1]
            # These two do not know of restoring, merging, and keys that end and stay listed; `Things` does.
            known = {True: [use_after_free], False: [ensure_resource_availability], None: []}[things.is_there(answer)]
            try:
                things.check(answer)
                site.check(case, answer, known, recorder=self.recorder)
            except (AssertionError, FailureGroup, ValidationError) as error:
                wrong.append(error)
                raise
            things.note(answer)

    return Journey, walked, wrong
