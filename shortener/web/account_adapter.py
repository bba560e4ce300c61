"""What allauth asks us about accounts: who may have one, what is believed of other places, how secrets are kept."""

import base64
import io
from typing import Any

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import render
from django.utils.translation import gettext as _

from shortener.accounts.errors import NotFound
from shortener.accounts.models import Invitation, User
from shortener.accounts.queries import invitation_for
from shortener.infra.site_settings import current
from shortener.web.templatetags.web import site_name

INVITATION_KEY = "invitation"  # of the session: the secret of the one that brought somebody here


def signup_mode() -> str:
    """Who may create an account: `open`, `invite` or `closed`."""
    return current().signup


def invitation_of(request: HttpRequest) -> Invitation | None:
    """The invitation that brought the visitor here, as long as it can be taken."""
    try:
        return invitation_for(request.session.get(INVITATION_KEY, ""))
    except NotFound:
        return None


def may_sign_up(request: HttpRequest) -> bool:
    """Whether the visitor may create an account: anybody, those who were invited, or nobody."""
    mode = signup_mode()
    return mode == "open" or (mode == "invite" and invitation_of(request) is not None)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes sign-up when the installation says so, and believes the addresses that invitations were sent to."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether the visitor may create an account."""
        return may_sign_up(request)

    def clean_email(self, email: str) -> str:
        """Where sign-up is for people who were invited, they sign up with the address that was. Raises
        `ValidationError`."""
        email = str(super().clean_email(email))
        if self.request.user.is_authenticated or signup_mode() != "invite":
            return email
        invitation = invitation_of(self.request)
        if invitation is not None and email.lower() != invitation.email.lower():
            raise ValidationError(_("The invitation is for %(email)s.") % {"email": invitation.email})
        return email

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """Whoever has the secret of an invitation has read the mail with it; without mail, the secret was handed over
        by hand, and proves nothing."""
        invitation = invitation_of(request) if settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory" else None
        if invitation is not None and email.lower() == invitation.email.lower():
            return True
        return bool(super().is_email_verified(request, email))

    def get_client_ip(self, request: HttpRequest) -> str:
        """Our own middleware has found it out."""
        return request.META.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104  nothing is bound: an unknown address


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Accounts of those who sign in elsewhere."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Whether the visitor may create an account: by the settings of the provider, or as anybody else. An invited
        person needs the address of the invitation."""
        if sociallogin.provider.app.settings.get("signup"):
            return True
        if signup_mode() != "invite":
            return may_sign_up(request)
        invitation = invitation_of(request)
        addresses = {address.email.lower() for address in sociallogin.email_addresses if address.verified}
        return invitation is not None and invitation.email.lower() in addresses

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """A new account gets an address that the provider has verified, or that we can verify by mail."""
        if sociallogin.is_existing or sociallogin.state.get("process") == "connect":
            return
        is_verified = any(address.verified for address in sociallogin.email_addresses)
        if not is_verified and settings.ACCOUNT_EMAIL_VERIFICATION == "none":
            context = {"provider": sociallogin.provider, "is_unverified": True}
            page = render(request, "socialaccount/authentication_error.html", context, status=403)
            raise ImmediateHttpResponse(page)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of authenticator apps encrypted: whoever gets hold of the database alone cannot make codes."""

    def get_totp_issuer(self) -> str:
        """What authenticator apps call us."""
        return site_name()

    def build_totp_svg(self, url: str) -> str:
        """`url` as a picture that can be scanned in the dark as well."""
        picture = io.BytesIO()
        segno.make(url, error="m").save(picture, kind="svg", border=4, dark="#000", light="#fff", xmldecl=False)
        return picture.getvalue().decode()

    def encrypt(self, text: str) -> str:
        """`text` under a key that comes from SECRET_KEY."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The reverse; nothing that any code fits when SECRET_KEY is another one by now."""
        try:
            return _fernet().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(Fernet.generate_key()[:20]).decode()

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """What a passkey is stored under."""
        entity = dict(super().get_public_key_credential_user_entity(user))
        return {**entity, "display_name": user.get_full_name() or user.email}


def _fernet() -> MultiFernet:
    return MultiFernet([_key(str(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"second factors").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
