"""What allauth asks us about accounts."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes sign-up when the installation says so."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether strangers may create an account."""
        return bool(settings.SIGNUP_OPEN)
