"""Compiles the translations (`shortener/locale/*/LC_MESSAGES/*.po`) to what gettext reads, when they have changed.

Compiled files are binaries: none is kept in the repository, and no tool but Babel is needed to make them.
"""

import logging
import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

logger = logging.getLogger(__name__)


def compile_all(source: Path, target: Path) -> list[Path]:
    """Compile each catalog below `source` that is newer than its file below `target`; the files that were written.
    Several processes may do the same at once. A target that cannot be written leaves everything in English."""
    written = []
    for catalog in sorted(source.glob("*/LC_MESSAGES/*.po")):
        compiled = target / catalog.relative_to(source).with_suffix(".mo")
        if compiled.is_file() and compiled.stat().st_mtime_ns == catalog.stat().st_mtime_ns:
            continue
        try:
            _compile(catalog, compiled)
        except OSError as error:
            logger.warning("translations stay as they are: %s", error)
            break
        written.append(compiled)
    return written


def _compile(catalog: Path, compiled: Path) -> None:
    compiled.parent.mkdir(parents=True, exist_ok=True)
    unfinished = compiled.with_suffix(f".{os.getpid()}")
    when = catalog.stat().st_mtime_ns
    with catalog.open("rb") as words, unfinished.open("wb") as out:
        write_mo(out, read_po(words))
    os.utime(unfinished, ns=(when, when))  # the same time tells that it is of this catalog, older or newer
    unfinished.replace(compiled)
