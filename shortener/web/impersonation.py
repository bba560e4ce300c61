"""Administrators who act as somebody else: to see what they see, and to help. Never hidden: a banner says so on every
page, every change carries both names, and what belongs to the person alone (password, second factor) stays closed."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from shortener.accounts import audit
from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import User
from shortener.web.access import IMPERSONATOR_KEY

LONGEST = 3600  # seconds after which it ends by itself
CLOSED = ("/accounts/", "/admin/", "/app/settings/account", "/app/settings/keys")  # meanwhile


def may_impersonate(request: HttpRequest, person: User) -> bool:
    """Whether whoever asks may act as `person`: administrators may, as people who are none."""
    asking = request.user
    return (
        isinstance(asking, User)
        and asking.is_superuser
        and IMPERSONATOR_KEY not in request.session
        and person.is_active
        and not (person.is_staff or person.is_superuser)
    )


def begin(request: HttpRequest, person: User) -> None:
    """Act as `person` from now on. `may_impersonate` has been asked."""
    admin = request.user
    assert isinstance(admin, User)  # noqa: S101
    audit.record(Actor(Via.ADMIN, admin), "impersonation.started", workspace=None, target_name=person.email)
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])  # a new session: nothing of the old one stays
    request.session[IMPERSONATOR_KEY] = admin.pk
    request.session.set_expiry(LONGEST)


def end(request: HttpRequest) -> User | None:
    """Be oneself again; who that is. None for somebody who was nobody else."""
    admin = User.objects.filter(pk=request.session.get(IMPERSONATOR_KEY, 0), is_active=True, is_superuser=True).first()
    if admin is None:
        return None
    person = request.user
    name = person.email if isinstance(person, User) else ""
    audit.record(Actor(Via.ADMIN, admin), "impersonation.ended", workspace=None, target_name=name)
    login(request, admin, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session.set_expiry(None)
    return admin


class ImpersonationMiddleware:
    """Closes what belongs to the person alone while somebody else acts in their name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_args: object) -> None:
        """Raises `PermissionDenied`, which becomes a page."""
        if request.path.startswith(CLOSED) and IMPERSONATOR_KEY in request.session:
            raise PermissionDenied(_("This is closed while you act as somebody else."))
