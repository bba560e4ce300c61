"""The developer guide; every example in it is run against a live server."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shortener.api.snippets import EXAMPLES, KEY, LANGUAGES
from shortener.links.models import Link
from tests.web.reading import Read

ROOT = Path(__file__).parents[2]
ALL = [(example, language) for example in EXAMPLES for language in LANGUAGES]


def program(name):
    found = shutil.which(name)
    if found is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{name} is not there")
    return found


def run(language, code):
    commands = {
        "curl": lambda: [program("bash"), "-euc", code.replace("curl ", "curl --fail-with-body -sS ")],
        "python": lambda: [sys.executable, "-c", code],
        "javascript": lambda: [program("node"), "--input-type=module", "-e", code],
    }
    if language == "curl":
        program("curl")
    return subprocess.run(commands[language](), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(("example", "language"), ALL, ids=[f"{example.name}-{language}" for example, language in ALL])
@pytest.mark.django_db(transaction=True)
def test_every_example_does_what_it_says(live_server, redis_empty, make_link, api_key, example, language):
    make_link("https://example.com/page", tags=["demo"], slug="findable")
    code = {name: text for text, name, _ in example.written(live_server.url, api_key[1])}[language]
    done = run(language, code)
    assert done.returncode == 0, done.stderr + done.stdout
    if example.name == "create":
        assert Link.objects.filter(destination="https://example.com/a/long/page", title="A page").count() == 1
    elif example.name == "list":
        assert "/findable" in done.stdout
    elif example.name == "change":
        assert Link.objects.filter(destination="https://example.com/new").count() == 1
    else:
        assert "clicks" in done.stdout


@pytest.mark.django_db
class TestPage:
    def test_it_has_every_example_with_the_address_of_this_site(self, client, settings):
        page = Read(client.get("/developers"))
        assert page.html.count("<pre") == len(ALL)
        assert page.html.count(KEY) >= len(ALL)
        assert f"{settings.BASE_URL}/api/v1/links" in page.html

    @pytest.mark.parametrize("language", ["en", "de"])
    def test_its_words_have_no_marks_of_another_format(self, client, language):
        page = client.get("/developers", headers={"accept-language": language})
        prose = re.sub(r"<figure.*?</figure>", "", page.content.decode(), flags=re.DOTALL)
        assert "`" not in prose

    def test_whoever_is_signed_in_is_shown_the_way_to_keys(self, client, owner):
        client.force_login(owner)
        assert "/app/settings/keys" in Read(client.get("/developers")).html

    def test_language_models_get_the_same_in_short(self, client, settings):
        answer = client.get("/llms.txt")
        assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
        text = answer.content.decode()
        assert text.startswith("# Shortener\n\n> ")
        assert "&" not in text.replace("&&", "")  # nothing is escaped
        for path in ("/api/v1/openapi.json", "/api/v1/docs", "/developers", "/api/v1/errors"):
            assert f"({settings.BASE_URL}{path})" in text
            assert client.get(path).status_code == 200

    def test_their_addresses_are_nobodys_slugs(self, make_link):
        from shortener.links.errors import LinkError

        with pytest.raises(LinkError):
            make_link(slug="developers")
