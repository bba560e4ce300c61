"""The settings that hold without a restart: one row, which is opened at once."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from shortener.accounts import audit
from shortener.accounts.actors import Via
from shortener.infra.models import SiteSettings
from shortener.web.access import actor_of


@admin.register(SiteSettings)
class SiteSettingsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What is left empty is as the environment says."""

    fields = ("signup", "anonymous_links", "anonymous_notice", "announcement")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is nothing to choose from."""
        SiteSettings.objects.get_or_create(pk=SiteSettings.THE_ONE)
        return redirect(reverse("admin:infra_sitesettings_change", args=[SiteSettings.THE_ONE]))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """It is made when it is first opened."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Emptying its fields does the same."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and say so in the audit trail."""
        changes = {name: (form.initial.get(name), form.cleaned_data.get(name)) for name in form.changed_data}
        super().save_model(request, obj, form, change)
        audit.record(actor_of(request, Via.ADMIN), "site.updated", workspace=None, changes=changes)
