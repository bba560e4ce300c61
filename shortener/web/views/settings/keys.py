"""API keys of the workspace. A secret is shown in the answer that made it, and kept nowhere."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shortener.accounts.keys import create_api_key, keys_in, pick_key, revoke_api_key, rotate_api_key
from shortener.accounts.models import ApiKey
from shortener.accounts.policy import grantable, role_allows
from shortener.infra.errors import Conflict, NotFound, Refused
from shortener.links.domains import domain_ids, domains_for
from shortener.web.access import SignedInRequest, actor_of, may
from shortener.web.key_forms import KeyForm

SHOWN = 100  # keys in the list


@may("keys:read")
@require_GET
def keys(request: SignedInRequest) -> HttpResponse:
    """Those that work, then those that are over."""
    now = timezone.now()
    listed = sorted(keys_in(request.workspace)[:SHOWN], key=lambda key: not key.is_usable(now))
    context = {
        "keys": [{"key": key, "is_usable": key.is_usable(now)} for key in listed],
        "may_write": role_allows(request.role, "keys:write"),
    }
    return render(request, "web/settings/keys.html", context)


@may("keys:write")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """The form; a POST makes the key and shows its secret."""
    hosts = list(domains_for(request.workspace).values_list("host", flat=True))
    form = KeyForm(
        request.POST if request.method == "POST" else None, grantable=list(grantable(request.role)), hosts=hosts
    )
    if form.is_valid():
        try:
            return _secret(request, *_made(request, form.cleaned_data))
        except Refused as error:
            form.take(error)
    return render(request, "web/settings/key_new.html", {"form": form}, status=422 if form.errors else 200)


@may("keys:write")
@require_POST
def replace(request: SignedInRequest, key_id: str) -> HttpResponse:
    """A new secret; the old one goes on for a day."""
    try:
        return _secret(request, *rotate_api_key(_key(request, key_id), by=actor_of(request)), is_replacement=True)
    except (Refused, Conflict) as error:
        messages.error(request, str(error))
        return redirect("web:keys")


@may("keys:write")
@require_POST
def revoke(request: SignedInRequest, key_id: str) -> HttpResponse:
    """End a key."""
    revoke_api_key(_key(request, key_id), by=actor_of(request))
    messages.success(request, _("Revoked: the key does not work any more."))
    return redirect("web:keys")


def _made(request: SignedInRequest, values: dict[str, Any]) -> tuple[ApiKey, str]:
    days = values["days"]
    return create_api_key(
        workspace=request.workspace,
        name=values["name"],
        by=actor_of(request),
        scopes=values["scopes"],
        expires_at=timezone.now() + timedelta(days=int(days)) if days else None,
        domain_ids=domain_ids(request.workspace, values["domains"]),
        own_links_only=values["own_links_only"],
    )


def _secret(request: SignedInRequest, key: ApiKey, secret: str, *, is_replacement: bool = False) -> HttpResponse:
    context = {"key": key, "secret": secret, "is_replacement": is_replacement}
    response = render(request, "web/settings/key_secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _key(request: SignedInRequest, key_id: str) -> ApiKey:
    try:
        return pick_key(keys_in(request.workspace), key_id)
    except NotFound as error:
        raise Http404 from error
