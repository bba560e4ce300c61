import gettext
import os
import shutil
import subprocess
import sys
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import PYTHON_FORMAT
from babel.messages.pofile import read_po

from shortener.infra.translations import compile_all

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "shortener/locale"
GERMAN = SOURCE / "de/LC_MESSAGES/django.po"


def catalog(path=GERMAN):
    with path.open("rb") as file:
        return read_po(file)


def test_a_catalog_is_compiled_once_and_again_when_it_has_changed(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    words = source / "de/LC_MESSAGES/django.po"
    words.parent.mkdir(parents=True)
    words.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Links"\nmsgstr "Kurzlinks"\n'
    )
    [compiled] = compile_all(source, target)
    assert compile_all(source, target) == []
    with compiled.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Links") == "Kurzlinks"
    words.write_text(words.read_text().replace("Kurzlinks", "Verweise"))
    assert compile_all(source, target) == [compiled]
    with compiled.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Links") == "Verweise"
    assert sorted(path.name for path in compiled.parent.iterdir()) == ["django.mo"]


def test_a_target_that_cannot_be_written_is_no_reason_to_stop(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    assert compile_all(SOURCE, tmp_path / "file") == []
    assert "translations stay as they are" in caplog.text


@pytest.fixture(scope="module")
def gathered(tmp_path_factory):
    """The German catalog as gathering the texts anew would leave it."""
    if shutil.which("xgettext") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("xgettext is not there: install gettext")
    copy = tmp_path_factory.mktemp("copy")
    for name in ("config", "shortener", "templates", "manage.py", "Makefile"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, copy / name)
    command = ["make", "-s", "messages", f"BIN={Path(sys.executable).parent}", "-o", "install-dev"]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    return catalog(copy / GERMAN.relative_to(ROOT))


def texts(message):
    return message.string if isinstance(message.string, tuple) else (message.string,)


def test_german_has_every_text(gathered):
    missing = [message.id for message in gathered if message.id and (message.fuzzy or not all(texts(message)))]
    assert missing == []


def test_translations_keep_the_places_for_values():
    wrong = []
    for message in catalog():
        if not message.id:
            continue
        sources = message.id if isinstance(message.id, tuple) else (message.id,)
        wanted = {hit for text in sources for hit in places(text)}
        wrong += [text for text in texts(message) if text and not set(places(text)) <= wanted]
        if not isinstance(message.id, tuple) and texts(message)[0]:
            wrong += [message.id] if set(places(texts(message)[0])) != wanted else []
    assert wrong == []


def places(text):
    named = [hit[0] for hit in PYTHON_FORMAT.findall(text) if hit[0]]
    return named or [name for _, name, _, _ in Formatter().parse(text) if name] if "{" in text or named else named
