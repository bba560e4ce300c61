"""Tags of the pages about people and workspaces: `{% load settings %}`."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from shortener.accounts.models import Member
from shortener.accounts.queries import memberships_of
from shortener.clicks.agent import read_agent
from shortener.web.access import current_membership
from shortener.web.account_adapter import may_sign_up
from shortener.web.settings_nav import Menu, menu

register = template.Library()


@register.simple_tag(takes_context=True)
def settings_menu(context: dict[str, Any]) -> Menu:
    """The menu of these pages."""
    return menu(context["request"])


@register.simple_tag(takes_context=True)
def workspace_choice(context: dict[str, Any]) -> dict[str, Any]:
    """The seats of whoever has signed in, and the one that they work in."""
    request = context["request"]
    seats = list(memberships_of(request.user))
    chosen = getattr(request, "workspace", None) or current_membership(request).workspace
    return {"seats": seats, "current": chosen}


@register.simple_tag(takes_context=True)
def signup_is_open(context: dict[str, Any]) -> bool:
    """Whether the visitor may create an account."""
    return may_sign_up(context["request"])


@register.simple_tag(takes_context=True)
def has_unverified_address(context: dict[str, Any]) -> bool:
    """Whether an address of whoever has signed in waits to be verified: until then allauth takes no second factor."""
    return bool(context["request"].user.emailaddress_set.filter(verified=False).exists())


@register.filter
def role_name(role: str) -> str:
    """What a role is called."""
    return str(Member.Role(role).label)


@register.filter
def browser_name(user_agent: str) -> str:
    """What people call the browser and system of a User-Agent."""
    agent = read_agent(user_agent, tools_are_bots=False)
    names = {"browser": agent.browser or _("Some browser"), "system": agent.os or _("some system")}
    return _("%(browser)s on %(system)s") % names
