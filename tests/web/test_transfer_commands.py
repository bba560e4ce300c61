import json

import pytest
from django.core.management import CommandError, call_command

from shortener.links.models import Link

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(capfdbinary):
    """Run a command; what it says on standard output."""

    def run(*words):
        capfdbinary.readouterr()
        call_command(*words)
        return capfdbinary.readouterr().out.decode()

    return run


def test_a_file_is_imported_and_comes_back(workspace, said, tmp_path):
    file = tmp_path / "links.csv"
    file.write_text("Target;Alias\nhttps://example.com/a;one\nftp://example.com;two\n")
    words = ("import_links", workspace.slug, str(file), "--map", "url=Target")  # and Alias is known
    with pytest.raises(CommandError, match="Not all rows") as caught:
        said(*words, "--dry-run")
    assert (caught.value.returncode, Link.objects.exists()) == (7, False)
    file.write_text("Target;Alias\nhttps://example.com/a;one\n")
    assert said(*words, "--dry-run") == "1 would be created, 0 skipped, 0 failed.\n"
    assert said(*words, "--tag", "old") == "1 created, 0 skipped, 0 failed.\n"
    [link] = json.loads(said("export_links", workspace.slug))
    assert (link["slug"], link["tags"], link["url"]) == ("one", ["old"], "https://example.com/a")
    assert said("export_links", workspace.slug, "--format", "csv", "--tag", "new").count("\n") == 1


def test_hashes_are_exported_only_when_asked_for(workspace, said, make_link):
    make_link(password="secret")
    assert "password_hash" not in said("export_links", workspace.slug)
    assert "password_hash" in said("export_links", workspace.slug, "--with-password-hashes")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nowhere", "x.csv"), "There is no workspace nowhere"),
        (("owner", "missing.csv"), "Cannot read missing.csv"),
        (("owner", "https://k.example"), "Say what runs there"),
        (("owner", "FILE", "--domain", "other.example"), "domain: “other.example” is not a verified domain"),
        (("owner", "FILE", "--map", "url=nowhere"), "There is no column “nowhere”"),
        (("owner", "FILE", "--map", "url"), "--map takes FIELD=COLUMN, not url"),
    ],
)
def test_mistakes_are_told_in_words(workspace, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").write_text("url\nhttps://example.com/\n")
    with pytest.raises(CommandError, match=message):
        call_command("import_links", *words)
    assert not Link.objects.exists()
