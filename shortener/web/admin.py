"""The admin site: users, workspaces, domains, tags and API keys (links: `link_admin`)."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm as DjangoUserChangeForm
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shortener.accounts.models import ApiKey, Member, User, Workspace
from shortener.clicks.event import orphans_of
from shortener.clicks.stats import totals_of
from shortener.links.destinations import InvalidDestination
from shortener.links.fields import optional_destination
from shortener.links.models import Domain, Report, Tag
from shortener.links.signals import domains_changed
from shortener.links.verification import record_of, verify
from shortener.web.link_admin import LinkAdmin
from shortener.web.templatetags.web import grouped

__all__ = ["LinkAdmin"]

# One door for everybody: the page with the rate limit, and later the second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.index_title = _("Administration")


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """An account by e-mail address."""

    class Meta:
        model = User
        fields = ("email",)

    def clean_email(self) -> str:
        """Addresses are compared without case, and kept in small letters."""
        return str(self.cleaned_data["email"]).lower()


class UserForm(DjangoUserChangeForm):  # type: ignore[type-arg]
    """Django's, for a user without a user name."""

    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, Any] = {}

    def clean_email(self) -> str:
        """As in `NewUserForm`."""
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    """People, known by e-mail address."""

    form = UserForm
    add_form = NewUserForm
    add_form_template = "admin/change_form.html"  # Django's own speaks of user names
    list_display = ("email", "first_name", "last_name", "is_active", "is_staff", "last_login")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Personal info"), {"fields": ("first_name", "last_name")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")


class MemberInline(admin.TabularInline):  # type: ignore[type-arg]
    """Who belongs to a workspace."""

    model = Member
    fields = ("user", "role")
    autocomplete_fields = ("user",)
    extra = 0


@admin.register(Workspace)
class WorkspaceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Owners of links."""

    list_display = ("name", "slug", "kind", "member_count", "created_at")
    list_filter = ("kind",)
    ordering = ("name", "id")
    search_fields = ("name", "slug", "memberships__user__email")
    readonly_fields = ("created_at",)
    prepopulated_fields = {"slug": ("name",)}
    inlines = (MemberInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workspace]:
        """With their number of members."""
        workspaces: QuerySet[Workspace] = super().get_queryset(request).annotate(member_count=Count("memberships"))
        return workspaces

    @admin.display(description=_("members"), ordering="member_count")
    def member_count(self, workspace: Any) -> int:
        """How many people belong to it."""
        return int(workspace.member_count)


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


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What visitors say about links."""

    list_display = ("link", "reason", "details", "created_at", "closed_at")
    list_filter = ("reason", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("link__domain",)
    ordering = ("-created_at", "-id")
    readonly_fields = ("link", "reason", "details", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Visitors make them."""
        return False


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Words to find links by."""

    list_display = ("name", "workspace")
    ordering = ("name", "id")
    list_select_related = ("workspace",)
    search_fields = ("name",)
    autocomplete_fields = ("workspace",)


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Keys can be looked at and revoked. Made they are where their secret can be shown once, which is not here."""

    list_display = ("name", "workspace", "created_by", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("workspace", "created_by")
    search_fields = ("name", "prefix")
    ordering = ("-created_at", "-id")
    fields = ("name", "workspace", "scopes", "created_by", "created_at", "last_used_at", "expires_at", "revoked_at")
    readonly_fields = ("workspace", "scopes", "created_by", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not here."""
        return False


def _tell_of_domains() -> None:
    transaction.on_commit(lambda: domains_changed.send(Domain))
