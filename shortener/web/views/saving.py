"""Saving what a form says about a link, whoever else saves meanwhile."""

from typing import Any, TypeVar

from shortener.links.errors import LinkChanged, LinkError
from shortener.links.models import Link
from shortener.links.services import update_link
from shortener.web.access import SignedInRequest, actor_of, link_or_404
from shortener.web.seen_form import SeenForm

Form = TypeVar("Form", bound=SeenForm)


def save(request: SignedInRequest, link: Link, kind: type[Form]) -> tuple[Form, dict[str, Any] | None]:
    """The form as it was sent, and what it has changed; None when nothing was saved, and the form says why."""
    while True:
        form = kind.of(link, request.POST)
        if not form.is_valid() or form.has_conflicts():
            return form, None
        try:
            if changes := form.changes():
                update_link(link, changes=changes, by=actor_of(request), if_version=link.version)
        except LinkChanged:
            link = link_or_404(request, link.public_id, "links:write")
        except LinkError as error:
            form.take(error)
            return form, None
        else:
            return form, changes
