"""The admin site: users, workspaces, API keys, the audit trail."""

from datetime import UTC, datetime
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm as DjangoUserChangeForm
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _, ngettext
from django.views.decorators.http import require_POST

from shortener.accounts.actors import Via
from shortener.accounts.closing import close_accounts, open_accounts
from shortener.accounts.errors import AccountError
from shortener.accounts.models import ApiKey, AuditEvent, Member, User, Workspace
from shortener.accounts.people import check_deletable
from shortener.clicks.models import Scope
from shortener.clicks.stats import Subject, clicks_since
from shortener.links.models import Link
from shortener.links.queries import count_links, count_personal_links
from shortener.links.workspaces import delete_account, delete_workspace
from shortener.web.access import actor_of
from shortener.web.admin.counting import AboutPaginator
from shortener.web.admin.moments import MOMENTS
from shortener.web.audit_words import ACTIONS, DOORS, target_of
from shortener.web.impersonation import begin, may_impersonate
from shortener.web.templatetags.web import grouped

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
    filter_horizontal = ()  # its script describes its search fields in a way that screen readers pass over
    change_form_template = "admin/user_change_form.html"
    actions = ("close", "reopen")

    def get_urls(self) -> list[Any]:
        """With the way into somebody's shoes."""
        act = self.admin_site.admin_view(self.act_as)
        return [path("<int:number>/act-as/", act, name="accounts_user_act_as"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page says whether one may act as that person."""
        person = self.get_object(request, object_id)
        allowed = person is not None and may_impersonate(request, person)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "may_act_as": allowed})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What the page that asks lists: people and what stops working with them, or what keeps somebody."""
        people = list(objs)
        links = count_personal_links(people)
        counts = {User._meta.verbose_name_plural: len(people), Link._meta.verbose_name_plural: links}  # noqa: SLF001
        kept = [words for person in people for words in _what_keeps(person)]
        return people, counts, set(), kept

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """With the personal workspace, as people do it themselves."""
        try:
            delete_account(obj, by=actor_of(request, Via.ADMIN))
        except AccountError as error:  # since the page that asked
            raise PermissionDenied(str(error)) from error

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """The same for many, all or none."""
        with transaction.atomic():
            for person in queryset:
                self.delete_model(request, person)

    @method_decorator(require_POST)
    def act_as(self, request: HttpRequest, number: int) -> HttpResponse:
        """See the site as that person does; everything done is noted with both names."""
        person = User.objects.filter(pk=number).first()
        if person is None or not may_impersonate(request, person):
            self.message_user(request, _("You cannot act as this person."), messages.ERROR)
            return redirect(reverse("admin:accounts_user_changelist"))
        begin(request, person)
        return redirect(reverse("web:links"))

    @admin.action(description=_("Close the accounts: signed out everywhere, keys revoked"), permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Those of administrators stay open."""
        count = close_accounts(queryset, by=actor_of(request, Via.ADMIN))
        words = ngettext("%(count)d account is closed.", "%(count)d accounts are closed.", count)
        self.message_user(request, words % {"count": count}, messages.SUCCESS)

    @admin.action(description=_("Open the accounts again"), permissions=["change"])
    def reopen(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """The reverse; keys stay revoked."""
        count = open_accounts(queryset, by=actor_of(request, Via.ADMIN))
        words = ngettext("%(count)d account is open.", "%(count)d accounts are open.", count)
        self.message_user(request, words % {"count": count}, messages.SUCCESS)


def _what_keeps(person: User) -> list[str]:
    try:
        check_deletable(person)
    except AccountError as error:
        return [f"{person}: {words}" for said in error.errors.values() for words in said]
    return []


class MemberInline(admin.StackedInline):  # type: ignore[type-arg]
    """Who belongs to a workspace."""

    model = Member
    fields = ("user", "role")
    autocomplete_fields = ("user",)
    extra = 0


@admin.register(Workspace)
class WorkspaceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Owners of links."""

    list_display = ("name", "slug", "kind", "plan", "link_limit", "member_limit", "member_count", "created_at")
    list_filter = ("kind", "plan")
    ordering = ("name", "id")
    search_fields = ("name", "slug", "memberships__user__email")
    fieldsets = (
        (None, {"fields": ("name", "slug", "kind", "utm")}),
        (_("Limits"), {"fields": ("plan", "link_limit", "member_limit", "usage")}),
        (_("History"), {"fields": ("created_at",)}),
    )
    readonly_fields = ("usage", "created_at")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (MemberInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workspace]:
        """With their number of members."""
        workspaces: QuerySet[Workspace] = super().get_queryset(request).annotate(member_count=Count("memberships"))
        return workspaces

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Personal ones go with the account; that of links made without one stays."""
        can_go = obj is None or (obj.kind == Workspace.Kind.TEAM and obj.deleted_at is None)
        return can_go and super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What the page that asks lists: workspaces, and how many links stop working with them."""
        workspaces = list(objs)
        kept = [str(found) for found in workspaces if not self.has_delete_permission(request, found)]
        links = sum(count_links(found) for found in workspaces)
        counts = {Workspace._meta.verbose_name_plural: len(workspaces), Link._meta.verbose_name_plural: links}  # noqa: SLF001
        return workspaces, counts, set(), kept

    def delete_model(self, request: HttpRequest, obj: Workspace) -> None:
        """Close it, as its owner can: links become tombstones, so that nobody gets their slugs."""
        delete_workspace(obj, by=actor_of(request, Via.ADMIN), confirmed=True)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Workspace]) -> None:
        """The same for many, all or none."""
        with transaction.atomic():
            for workspace in queryset:
                self.delete_model(request, workspace)

    @admin.display(description=_("in use"))
    def usage(self, workspace: Workspace) -> str:
        """Links and clicks; members are below."""
        if not workspace.pk:
            return ""
        clicks = clicks_since(Subject(Scope.WORKSPACE, workspace.pk), datetime.now(UTC).date().replace(day=1))
        words = _("Links: %(links)s. Clicks this month: %(clicks)s.")
        return words % {"links": grouped(count_links(workspace)), "clicks": grouped(clicks)}

    @admin.display(description=_("members"), ordering="member_count")
    def member_count(self, workspace: Any) -> int:
        """How many people belong to it."""
        return int(workspace.member_count)


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Keys can be looked at and revoked. Made they are where their secret can be shown once, which is not here."""

    formfield_overrides = MOMENTS
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


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who changed what, everywhere. Nobody writes here."""

    list_display = ("at", "actor_name", "impersonator", "door", "what", "to_what", "workspace")
    list_filter = ("action", "via", ("impersonator", admin.EmptyFieldListFilter))
    list_select_related = ("impersonator", "workspace")
    search_fields = ("actor_name", "target_id", "target_name")
    ordering = ("-at", "-id")
    show_full_result_count = False
    paginator = AboutPaginator

    @admin.display(description=_("action"), ordering="action")
    def what(self, event: AuditEvent) -> str:
        """In words."""
        return str(ACTIONS.get(event.action, event.action))

    @admin.display(description=_("to what"), ordering="target_name")
    def to_what(self, event: AuditEvent) -> str:
        """In words."""
        return target_of(event)

    @admin.display(description=_("through"), ordering="via")
    def door(self, event: AuditEvent) -> str:
        """In words."""
        return str(DOORS.get(event.via, event.via))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Services write it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It stays as it is."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """And where it is."""
        return False
