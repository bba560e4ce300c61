"""Who is asking, in which workspace, and for what. Views ask here; what a role may do, `accounts.policy` knows."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import Member, User, Workspace
from shortener.accounts.policy import role_allows, role_in
from shortener.accounts.services import personal_workspace
from shortener.links.errors import LinkNotFound
from shortener.links.models import Link
from shortener.links.queries import get_link

WORKSPACE_KEY = "workspace"  # of the session: which one somebody works in
IMPERSONATOR_KEY = "impersonator"  # the admin who looks at the site as somebody else

View = TypeVar("View", bound=Callable[..., Any])


class SignedInRequest(HttpRequest):
    """A request of somebody who has signed in, in a workspace of theirs (`may` has seen to it)."""

    user: User
    workspace: Workspace
    role: str
    link_role: str  # the one in the workspace of the link that `link_or_404` has found


def may(action: str) -> Callable[[View], View]:
    """Open a view to members whose role in the workspace that they work in allows `action` (see `accounts.policy`);
    others get the page for 403, and the page to sign in."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: SignedInRequest, *args: Any, **kwargs: Any) -> Any:
            member = current_membership(request)
            request.workspace, request.role = member.workspace, member.role
            check_role(member.role, action)
            return view(request, *args, **kwargs)

        return cast(View, login_required(checked))

    return decorate


def check_role(role: str, action: str) -> None:
    """The page for 403 unless `role` allows `action`."""
    if not role_allows(role, action):
        raise PermissionDenied(_("Your role in this workspace does not allow that."))


def require(request: SignedInRequest, action: str) -> None:
    """The page for 403 unless the role allows `action` too: for views that show more than they let everybody do."""
    check_role(request.role, action)


def current_membership(request: HttpRequest) -> Member:
    """The workspace that somebody who has signed in works in: the one that was chosen, as long as they belong to it,
    else their own."""
    assert isinstance(request.user, User)  # noqa: S101  callers have seen to it
    members = Member.objects.select_related("workspace")
    chosen = request.session.get(WORKSPACE_KEY)
    found = members.filter(user=request.user, workspace=chosen).first() if chosen else None
    return found or members.get(user=request.user, workspace=personal_workspace(request.user))


def link_or_404(request: SignedInRequest, link_id: str, action: str = "links:read") -> Link:
    """The link of this ID, if the visitor may see it; else the page for 404. Whoever may see it and not do `action`
    with it gets 403. It need not be of the workspace at hand: addresses are passed on."""
    try:
        link = get_link(request.user, link_id)
    except LinkNotFound as error:
        raise Http404 from error
    request.link_role = role_in(request.user, link.workspace)
    check_role(request.link_role, action)
    return link


def actor_of(request: HttpRequest, via: Via = Via.FORM) -> Actor:
    """Who does what this request asks for."""
    user = request.user if isinstance(request.user, User) else None
    other = request.session.get(IMPERSONATOR_KEY)
    return Actor(via, user, impersonator=User.objects.filter(pk=other).first() if other else None)
