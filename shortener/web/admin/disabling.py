"""Switching links off: the page that asks why, for links and for reports about them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _, ngettext

from shortener.accounts.actors import Via
from shortener.links.models import Link
from shortener.links.moderation import REASON_LIMIT, disable_link
from shortener.web.access import actor_of

MOST_AT_ONCE = 500  # links in one action
LISTED = 20  # of them shown before one says yes


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("Reason"), max_length=REASON_LIMIT, help_text=_("The owner sees it. Visitors do not."),
        widget=forms.TextInput(attrs={"class": "vTextField", "autofocus": True}),
    )  # fmt: skip


def disabling(page: "admin.ModelAdmin[Any]", request: HttpRequest, links: QuerySet[Link]) -> HttpResponse | None:
    """The page that asks for a reason; once there is one, the links are switched off, all of them or none."""
    chosen = list(links.select_related("domain").order_by("-created_at")[: MOST_AT_ONCE + 1])
    if not chosen or len(chosen) > MOST_AT_ONCE:
        words = _("Choose at least one link, and at most %(most)d.") % {"most": MOST_AT_ONCE}
        page.message_user(request, words, messages.ERROR)
        return None
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    if form.is_valid():
        with transaction.atomic():
            for link in chosen:
                disable_link(link, form.cleaned_data["reason"], by=actor_of(request, Via.ADMIN))
        words = ngettext("%(count)d link is switched off.", "%(count)d links are switched off.", len(chosen))
        page.message_user(request, words % {"count": len(chosen)}, messages.SUCCESS)
        return None
    context = {
        **page.admin_site.each_context(request),
        "title": _("Switch links off"),
        "opts": page.opts,
        "form": form,
        "links": chosen[:LISTED],
        "more": max(0, len(chosen) - LISTED),
        "action": request.POST.get("action", ""),
        "across": request.POST.get("select_across") == "1",
        "selected": request.POST.getlist("_selected_action"),
    }
    return TemplateResponse(request, "admin/disable_links.html", context, status=422 if form.errors else 200)
