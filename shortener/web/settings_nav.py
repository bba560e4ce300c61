"""The pages about oneself and about the workspace, in the order of the menu, and who may see which."""

from dataclasses import dataclass

from allauth.socialaccount.adapter import get_adapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shortener.accounts.models import Member
from shortener.accounts.policy import role_allows
from shortener.web.access import current_membership


@dataclass(frozen=True)
class Item:
    """One entry of the menu. `action`: what the role has to allow; `below`: further addresses it stands for."""

    label: str | Promise
    name: str
    action: str = ""
    below: tuple[str, ...] = ()


ACCOUNT = (
    Item(_("Profile"), "web:account"),
    Item(_("E-mail addresses"), "account_email"),
    Item(_("Password"), "account_change_password", below=("/accounts/password/",)),
    Item(_("Second factor"), "mfa_index", below=("/accounts/2fa/",)),
    Item(_("Sessions"), "usersessions_list"),
    Item(_("Sign-in elsewhere"), "socialaccount_connections"),
    Item(_("Your data"), "web:account-data"),
)
WORKSPACE = (
    Item(_("General"), "web:settings", "workspace:read"),
    Item(_("Members"), "web:members", "members:read"),
    Item(_("Domains"), "web:domains", "domains:read", below=("/app/settings/domains/",)),
    Item(_("Tags, folders, templates"), "web:labels", "tags:read", below=("/app/settings/labels/",)),
    Item(_("API keys"), "web:keys", "keys:read", below=("/app/settings/keys/",)),
    Item(_("Audit log"), "web:audit", "audit:read"),
    Item(_("Usage and limits"), "web:usage", "workspace:read"),
    Item(_("Transfer or delete"), "web:danger", "workspace:delete"),
)


@dataclass(frozen=True)
class Entry:
    """An item as the page shows it."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Menu:
    """Both halves, and the seat that the second one is about."""

    account: list[Entry]
    workspace: list[Entry]
    member: Member


def menu(request: HttpRequest) -> Menu:
    """What whoever asks finds in the menu."""
    member = current_membership(request)
    elsewhere = bool(get_adapter().list_providers(request))
    account = [item for item in ACCOUNT if elsewhere or item.name != "socialaccount_connections"]
    allowed = [item for item in WORKSPACE if role_allows(member.role, item.action)]
    return Menu(_shown(account, request), _shown(allowed, request), member)


def _shown(items: list[Item], request: HttpRequest) -> list[Entry]:
    urls = [(item, reverse(item.name)) for item in items]
    path = request.path
    return [Entry(str(item.label), url, path == url or any(map(path.startswith, item.below))) for item, url in urls]
