import json

import pytest

from shortener.links.models import ImportJob, Link
from shortener.links.transfer import runner


@pytest.fixture
def worker(monkeypatch):
    """Somebody who carries out imports whenever the command waits."""

    def work(_):
        for job in ImportJob.objects.filter(state="running"):
            runner.run(job.pk)

    monkeypatch.setattr("shortener.client.clients.time.sleep", work)


@pytest.fixture
def file(home):
    path = home / "links.csv"
    path.write_text("Target;Alias\nhttps://example.com/a;one\nhttps://example.com/b;two\n")
    return path


def test_a_file_is_imported_and_exported_again(signed_in, worker, file, home):
    words = ("import", "links.csv", "--map", "url=Target", "--map", "slug=Alias", "--tag", "old")
    tried = signed_in(*words, "--dry-run")
    assert "2 would be created, 0 skipped, 0 failed." in tried.stderr
    assert not Link.objects.exists()
    assert signed_in(*words).exit_code == 0
    assert sorted(Link.objects.values_list("slug", "tags__name")) == [("one", "old"), ("two", "old")]
    assert signed_in("export", "-o", "out.json").exit_code == 0
    assert [link["slug"] for link in json.loads((home / "out.json").read_text())] == ["one", "two"]
    assert sorted(path.name for path in home.iterdir()) == ["links.csv", "out.json"]
    assert signed_in("export", "--tag", "new").stdout.startswith("domain,url,")


def test_what_is_exported_is_imported_from_standard_input(signed_in, worker, make_link, home):
    link = make_link(slug="page")
    assert signed_in("export", "-o", "out.ndjson").exit_code == 0
    assert signed_in("export", "-o", "out", "-f", "ndjson").exit_code == 0
    text = (home / "out.ndjson").read_text()
    assert (json.loads(text)["slug"], (home / "out").read_text()) == ("page", text)
    Link.objects.filter(pk=link.pk).update(slug="other")
    result = signed_in("import", "-", input=text)
    assert (result.exit_code, Link.objects.filter(slug="page").exists()) == (0, True), result.stderr


def test_rows_that_are_wrong_are_listed_and_counted_in_the_exit_code(signed_in, worker, file):
    file.write_text("url;slug\nftp://example.com;one\nhttps://example.com;two\nhttps://example.com;two\n")
    result = signed_in("import", "links.csv")
    assert result.exit_code == 7
    assert "row 1  url  Addresses that begin with ftp:" in result.stderr
    assert "row 3  slug  “two” is taken." in result.stderr
    assert "1 created, 1 skipped, 1 failed." in result.stderr
    assert json.loads(signed_in("import", "links.csv", "--dry-run", "--json").stdout)["skipped"] == 2


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["import", "missing.csv"], 1, "Cannot read missing.csv"),
        (["import", "links.csv", "--map", "url"], 2, "--map takes FIELD=COLUMN"),
        (["import", "https://k.example"], 2, "Say what runs there"),
        (["import", "links.csv", "--domain", "other.example"], 5, "domain  “other.example” is not a verified domain"),
        (["export", "--format", "xml"], 2, "There is no format xml"),
        (["export", "-o", "out.json.gz"], 2, "There is no format gz"),
        (["export", "-o", "out"], 2, "I do not know what out is to be"),
        (["export", "-o", "nowhere/out.csv"], 1, "Cannot write"),
    ],
)
def test_mistakes_are_told_in_words(signed_in, file, words, code, message):
    result = signed_in(*words)
    assert result.exit_code == code
    assert message in result.stderr


def test_another_shortener_is_asked_with_a_key_that_nobody_sees(signed_in, worker):
    result = signed_in("import", "http://127.0.0.1:9", "--source", "kutt", input="secret-key\n")
    assert result.exit_code == 1
    assert "not a public address" in result.stderr
    assert "secret-key" not in result.output
