"""Words of commands."""

from django.core.management.base import CommandError

from shortener.accounts.models import Workspace

LISTED = 50


def workspace_of(slug: str) -> Workspace:
    """The workspace with this slug. Raises `CommandError` that names those there are."""
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        known = ", ".join(Workspace.objects.values_list("slug", flat=True)[:LISTED])
        raise CommandError(f"There is no workspace {slug}; there are {known}.")
    return workspace
