"""Short words for imports in tests."""

import io
import json
from typing import Any

from shortener.accounts.actors import Actor, Via
from shortener.links.models import ImportJob
from shortener.links.transfer import jobs, runner

BY = Actor(Via.COMMAND)


def prepared(workspace: Any, content: Any, name: str = "", kind: str = "", **options: Any) -> ImportJob:
    """An import of `content`: text, bytes, or records."""
    data = (
        content
        if isinstance(content, bytes)
        else (content if isinstance(content, str) else json.dumps(content)).encode()
    )
    wanted = jobs.Options(**options)
    return jobs.prepare(workspace, io.BytesIO(data), name=name, kind=kind, options=wanted, by=BY)


def imported(workspace: Any, content: Any, *, dry_run: bool = False, **rest: Any) -> ImportJob:
    """The same, carried out."""
    job = prepared(workspace, content, **rest)
    jobs.start(job, dry_run=dry_run, by=BY, defer=False)
    over = runner.run(job.pk)
    assert over is not None
    return over


def counts(job: ImportJob) -> tuple[int, int, int]:
    """Created, skipped, failed."""
    return job.created, job.skipped, job.failed
