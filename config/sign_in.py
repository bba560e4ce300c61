"""Signing in elsewhere: what `SIGN_IN_PROVIDERS` says, and what django-allauth makes of it."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Those that speak OAuth in ways of their own; any other one is OpenID Connect and needs a `server_url`.
BUILT_IN = ("github", "gitlab", "google", "microsoft")


class Provider(BaseModel):
    """One place to sign in at. `signup`: whoever signs in there gets an account here, whatever SIGNUP says.
    `trust_email`: its addresses count as verified even if it does not say that they are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    name: str = Field("", max_length=60)
    client_id: str = Field(min_length=1)
    client_secret: str = ""
    server_url: str = ""
    signup: bool = False
    trust_email: bool = False

    @model_validator(mode="after")
    def _reachable(self) -> "Provider":
        parts = urlsplit(self.server_url)
        if not self.server_url and self.id not in BUILT_IN:
            raise ValueError(f"{self.id} needs a server_url (only {', '.join(BUILT_IN)} go without)")
        if self.server_url and (parts.scheme not in {"https", "http"} or not parts.hostname):
            raise ValueError(f"the server_url of {self.id} must begin with https:// or http://")
        return self

    @property
    def app(self) -> str:
        """What allauth calls its kind."""
        return "openid_connect" if self.server_url else self.id

    def settings(self) -> dict[str, Any]:
        """The entry under `APPS`."""
        special: dict[str, Any] = {"signup": self.signup, "verified_email": self.trust_email}
        if self.server_url:
            special["server_url"] = self.server_url.rstrip("/")
        if self.id == "microsoft":
            special["tenant"] = "organizations"
        return {
            "provider_id": self.id, "name": self.name or self.id.capitalize(), "client_id": self.client_id,
            "secret": self.client_secret, "settings": special,
        }  # fmt: skip


def social_settings(providers: Iterable[Provider]) -> dict[str, dict[str, Any]]:
    """`SOCIALACCOUNT_PROVIDERS`. OpenID Connect is asked with PKCE."""
    found: dict[str, dict[str, Any]] = {}
    for provider in providers:
        found.setdefault(provider.app, {"APPS": [], "OAUTH_PKCE_ENABLED": True})["APPS"].append(provider.settings())
    return found


def social_apps(providers: Iterable[Provider]) -> list[str]:
    """Further entries of `INSTALLED_APPS`."""
    names = sorted({provider.app for provider in providers} - {"openid_connect"})
    return [f"allauth.socialaccount.providers.{name}" for name in names]
