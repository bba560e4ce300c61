"""Who is asking, and for what."""

from django.http import Http404, HttpRequest

from shortener.accounts.models import User
from shortener.links.errors import LinkNotFound
from shortener.links.models import Link
from shortener.links.queries import get_link


class SignedInRequest(HttpRequest):
    """A request of somebody who has signed in (`login_required` has seen to it)."""

    user: User


def link_or_404(request: SignedInRequest, link_id: str) -> Link:
    """The link of this ID, if the visitor may see it; else the page for 404."""
    try:
        return get_link(request.user, link_id)
    except LinkNotFound as error:
        raise Http404 from error
