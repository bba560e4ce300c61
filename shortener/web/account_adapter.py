"""What allauth asks us about accounts."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from shortener.accounts.errors import NotFound
from shortener.accounts.models import Invitation
from shortener.accounts.queries import invitation_for
from shortener.infra.site_settings import current

INVITATION_KEY = "invitation"  # of the session: the secret of the one that brought somebody here


def invitation_of(request: HttpRequest) -> Invitation | None:
    """The invitation that brought the visitor here, as long as it can be taken."""
    try:
        return invitation_for(request.session.get(INVITATION_KEY, ""))
    except NotFound:
        return None


def may_sign_up(request: HttpRequest) -> bool:
    """Whether the visitor may create an account: anybody, those who were invited, or nobody."""
    return current().signup == "open"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes sign-up when the installation says so."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether the visitor may create an account."""
        return may_sign_up(request)
