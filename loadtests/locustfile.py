"""The mixed workload: visitors follow links (most of the traffic, few links getting most of it), people paste addresses
into the form, programs use the API, and owners look at statistics.

    export API_KEY=$(python manage.py apikey create locust)
    locust -f loadtests/locustfile.py --host http://127.0.0.1:8000 --headless --users 50 --spawn-rate 10 --run-time 1m

Without `--headless` there is a page to watch at http://localhost:8089. LINKS (default 200) is how many links are made
at the start, through the API. The form needs a site on which anybody may shorten (ANONYMOUS_LINKS).
"""

import os
import random
import re
import sys
from pathlib import Path
from typing import Any

import requests
from locust import FastHttpUser, HttpUser, between, constant_pacing, events, task
from locust.runners import MasterRunner

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from loadtests.client import LINKS as LINKS_PATH
from loadtests.traffic import zipf

API_KEY = os.environ.get("API_KEY", "")
LINKS = int(os.environ.get("LINKS", "200"))
DRAWS = 50_000
AUTHORIZATION = {"Authorization": f"Bearer {API_KEY}"}
CSRF_FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')

_draws: list[dict[str, Any]] = []  # links, each as often as it is popular


@events.init.add_listener  # type: ignore[untyped-decorator,unused-ignore]
def require_key(**_: Any) -> None:
    """Say at once what is missing, not in a thousand failures."""
    if not API_KEY:
        sys.exit("Set API_KEY: export API_KEY=$(python manage.py apikey create locust)")


@events.test_start.add_listener  # type: ignore[untyped-decorator,unused-ignore]
def make_links(environment: Any, **_: Any) -> None:
    """The links that everybody follows."""
    if isinstance(environment.runner, MasterRunner):
        return  # its workers make their own
    with requests.Session() as session:
        made = [_make(session, environment.host, number) for number in range(LINKS)]
    _draws[:] = [made[rank] for rank in zipf(LINKS, DRAWS)]


def _make(session: requests.Session, host: str, number: int) -> dict[str, Any]:
    body = {"url": f"https://example.com/popular/{number}"}
    answer = session.post(f"{host}{LINKS_PATH}", json=body, headers=AUTHORIZATION, timeout=10)
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made


def some_link() -> dict[str, Any]:
    """A link, the popular ones more often."""
    return random.choice(_draws)


class Visitor(FastHttpUser):
    """Follows links, and does not go where they lead."""

    weight = 30
    wait_time = constant_pacing(0.1)

    @task
    def follow(self) -> None:
        path = f"/{some_link()['slug']}"
        with self.client.get(path, name="/{slug}", allow_redirects=False, catch_response=True) as response:
            if response.status_code == 302:
                response.success()
            else:
                response.failure(f"answered {response.status_code}")


class Person(HttpUser):
    """Pastes an address into the form."""

    weight = 2
    wait_time = between(1, 3)

    @task
    def shorten(self) -> None:
        page = self.client.get("/", name="/ (form)")
        if found := CSRF_FIELD.search(page.text):
            form = {
                "csrfmiddlewaretoken": found[1],
                "url": f"https://example.com/pasted/{random.getrandbits(60)}",
            }
            self.client.post("/", form, name="/ (shorten)", headers={"Referer": f"{self.host}/"})


class Script(HttpUser):
    """Uses the API."""

    weight = 4
    wait_time = between(0.2, 1)

    def on_start(self) -> None:
        self.client.headers.update(AUTHORIZATION)

    @task(4)
    def create(self) -> None:
        body = {"url": f"https://example.com/scripted/{random.getrandbits(60)}", "tags": ["locust"]}
        self.client.post(LINKS_PATH, json=body, name="API create")

    @task(3)
    def get(self) -> None:
        self.client.get(f"{LINKS_PATH}/{some_link()['id']}", name="API get")

    @task(1)
    def list_(self) -> None:
        self.client.get(LINKS_PATH, name="API list")


class Owner(HttpUser):
    """Looks at the statistics of a link."""

    weight = 1
    wait_time = between(1, 3)

    @task
    def stats(self) -> None:
        path = f"{LINKS_PATH}/{some_link()['id']}/stats"
        self.client.get(path, headers=AUTHORIZATION, name="API stats")
