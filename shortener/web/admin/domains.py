"""Domains in the admin site."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shortener.clicks.event import orphans_of
from shortener.clicks.stats import totals_of
from shortener.links.destinations import InvalidDestination
from shortener.links.fields import optional_destination
from shortener.links.models import Domain
from shortener.links.signals import domains_changed
from shortener.links.verification import record_of, verify
from shortener.web.admin.moments import MOMENTS
from shortener.web.templatetags.web import grouped


class DomainForm(forms.ModelForm):  # type: ignore[type-arg]
    """Where a domain sends its visitors is checked as a link's destination is."""

    class Meta:
        model = Domain
        fields = (
            "host", "workspace", "default_status", "case_sensitive", "root_url", "not_found_url", "expired_url",
            "robots", "verified_at",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Addresses as browsers write them."""
        cleaned: dict[str, Any] = super().clean() or {}
        for name in ("root_url", "not_found_url", "expired_url"):
            try:
                cleaned[name] = optional_destination(cleaned.get(name))
            except InvalidDestination as error:
                self.add_error(name, str(error))
        return cleaned


@admin.register(Domain)
class DomainAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Host names. The default one follows BASE_URL and is not changed here."""

    formfield_overrides = MOMENTS
    list_display = ("host", "workspace", "is_default", "default_status", "verified_at")
    search_fields = ("host",)
    ordering = ("host",)
    form = DomainForm
    fieldsets = (
        (None, {"fields": ("host", "workspace", "is_default", "default_status", "case_sensitive")}),
        (_("Where visitors go without a link"), {"fields": ("root_url", "not_found_url", "expired_url", "robots")}),
        (_("Visits without a link"), {"fields": ("orphans",)}),
        (_("Proof"), {"fields": ("record", "verified_at", "created_at")}),
    )
    readonly_fields = ("is_default", "orphans", "record", "created_at")
    autocomplete_fields = ("workspace",)
    actions = ("verify_domains",)

    @admin.display(description=_("visits of unknown names and of the bare domain"))
    def orphans(self, domain: Domain) -> str:
        """People's; all of them, ever."""
        number = orphans_of(domain.pk or 0)
        return grouped(totals_of([number])[number].clicks)

    @admin.display(description=_("TXT record that proves it"))
    def record(self, domain: Domain) -> str:
        """Name and text, to copy."""
        return "   ".join(record_of(domain)) if domain.pk else ""

    @admin.action(description=_("Look for the proof of the selected domains"))
    def verify_domains(self, request: HttpRequest, queryset: QuerySet[Domain]) -> None:
        """Ask the world, and say what was found."""
        for domain in queryset:
            if verify(domain):
                self.message_user(request, _("%(host)s is verified.") % {"host": domain}, messages.SUCCESS)
            else:
                words = _("%(host)s has neither the TXT record nor the file yet.") % {"host": domain}
                self.message_user(request, words, messages.WARNING)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Addresses are one line."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name.endswith("_url") and field is not None:
            field.widget = AdminTextInputWidget(attrs={"class": "vLargeTextField"})
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The default domain keeps its host."""
        return ("host", *self.readonly_fields) if obj and obj.is_default else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes the default domain."""
        return super().has_delete_permission(request, obj) and not (obj and obj.is_default)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and tell the redirect engine."""
        super().save_model(request, obj, form, change)
        _tell_of_domains()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete, and tell the redirect engine."""
        super().delete_model(request, obj)
        _tell_of_domains()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Domain]) -> None:
        """The same for many; the default one stays."""
        super().delete_queryset(request, queryset.filter(is_default=False))
        _tell_of_domains()


def _tell_of_domains() -> None:
    transaction.on_commit(lambda: domains_changed.send(Domain))
