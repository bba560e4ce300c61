"""How often we are right about user agents that others have labelled."""

import importlib.resources
import json
import os
import tarfile
from functools import cache
from pathlib import Path

import pytest
import yaml
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from shortener.clicks.agent import read_agent

ARCHIVE = Path(__file__).parents[2] / ".cache/ua-parser-0.3.5.tgz"  # `make user-agents`

# The cases are of 2014. Since then uap-core names Windows without its version, which has a field of its own.
WINDOWS = ("XP", "7", "CE", "3.1", "ME", "95", "98", "NT", "NT 4.0", "2000", "8", "8.1", "RT", "RT 8.1", "Vista")
TODAY = {"Other": "", **{f"Windows {version}": "Windows" for version in WINDOWS}}


@cache
def published_cases(name):
    """User agents with what they are, from ua-parser's own tests."""
    if not ARCHIVE.is_file():
        if os.environ.get("CI"):
            pytest.fail(f"{ARCHIVE} is missing: run `make user-agents`")
        pytest.skip("the cases that ua-parser publishes are not here: `make user-agents` fetches them, with npm")
    with tarfile.open(ARCHIVE) as archive:
        cases = yaml.load(archive.extractfile(f"package/test_resources/{name}.yaml"), yaml.CSafeLoader)["test_cases"]
    # Cases with `js_ua` are about what a script in the page can tell besides.
    labelled = [(case["user_agent_string"], case["family"]) for case in cases if "js_ua" not in case]
    return [(agent, TODAY.get(family, family)) for agent, family in labelled]


def share_right(cases, field):
    right = sum(getattr(read_agent(agent, tools_are_bots=False), field) == family for agent, family in cases)
    return right / len(cases)


@pytest.mark.parametrize(
    ("names", "field", "least_cases", "least_right"),
    [
        # Some browsers have other names since 2014.
        (("test_user_agent_parser", "firefox_user_agent_strings"), "browser", 450, 0.94),
        (("test_user_agent_parser_os", "additional_os_tests"), "os", 300, 0.99),
    ],
)
def test_cases_that_ua_parser_publishes(names, field, least_cases, least_right):
    cases = [case for name in names for case in published_cases(name)]
    assert len(cases) >= least_cases
    assert share_right(cases, field) >= least_right


@cache
def real_traffic():
    """User agents of 2025's traffic, each once."""
    lines = importlib.resources.files("fake_useragent").joinpath("data/browsers.jsonl").read_text().splitlines()
    return list({case["useragent"]: case for case in map(json.loads, lines)}.values())


@pytest.mark.parametrize(
    ("field", "label", "least_right"), [("browser", "browser", 0.98), ("os", "os", 0.99), ("device", "type", 0.99)]
)
def test_user_agents_of_real_traffic(field, label, least_right):
    cases = [(case["useragent"], case[label]) for case in real_traffic()]
    assert len(cases) >= 500
    assert share_right(cases, field) >= least_right


def test_no_browser_is_taken_for_a_bot():
    wrong = [case["useragent"] for case in real_traffic() if read_agent(case["useragent"], tools_are_bots=True).is_bot]
    assert not wrong


def test_the_crawlers_of_the_list_are_bots():
    crawlers = [
        agent
        for entry in CRAWLER_USER_AGENTS_DATA
        if "http-library" not in entry.get("tags", ())
        for agent in entry["instances"]
    ]
    assert len(crawlers) >= 500
    assert all(read_agent(agent, tools_are_bots=False).is_bot for agent in crawlers)
