"""Links in the admin site: shown as rows, written by the services like everywhere else."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _, ngettext

from shortener.accounts.actors import Actor, Via
from shortener.accounts.models import User
from shortener.accounts.services import personal_workspace
from shortener.clicks.stats import Totals, totals_of
from shortener.links.errors import LinkError
from shortener.links.models import Link, Tag
from shortener.links.moderation import enable_link
from shortener.links.named import live_links
from shortener.links.queries import short_url, shown_destination
from shortener.links.services import create_link, delete_link, update_link
from shortener.links.tags import delete_tag
from shortener.web.access import actor_of
from shortener.web.admin.counting import AboutPaginator
from shortener.web.admin.disabling import MOST_AT_ONCE, disabling
from shortener.web.admin.moments import MOMENTS
from shortener.web.forms import Tags, pick
from shortener.web.shown import ShownLink
from shortener.web.templatetags.web import grouped

CHOOSE = "Select this object for an action - {}"  # Django's catalogs have it
SHOWN_CHARACTERS = 80  # of a destination in the list
FOUND_FIRST = 2_000  # links that a search finds before they are put in order


class LinkForm(forms.ModelForm):  # type: ignore[type-arg]
    """Creates or changes a link when it is validated: only the service, by writing, finds out whether a slug is free,
    and only here can its answer still be shown at a field."""

    url = forms.CharField(
        label=_("Destination"), required=False, widget=AdminTextInputWidget(attrs={"class": "vLargeTextField"})
    )
    slug = forms.CharField(
        label=_("Slug"), required=False, widget=AdminTextInputWidget, help_text=_("Left empty, one is made up.")
    )
    title = forms.CharField(label=_("Title"), required=False, widget=AdminTextInputWidget)
    tags = Tags(label=_("Tags"), required=False, help_text=_("Separated by commas."), widget=AdminTextInputWidget)
    archived = forms.BooleanField(label=_("Archived"), required=False)

    by: Actor  # who is signed in; set by LinkAdmin.get_form
    saved: Link | None = None

    class Meta:
        model = Link
        fields = ("workspace", "domain", "status", "active_from", "active_until", "click_limit")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "domain" in self.fields:
            self.fields["domain"].required = False  # there is a default one
        link = self.instance
        if link.pk:
            self.initial["url"] = shown_destination(link.destination)
            self.initial["tags"] = sorted(tag.name for tag in link.tags.all())
            self.initial["archived"] = link.archived_at is not None

    def _post_clean(self) -> None:
        """In place of the model's own validation."""
        if self.errors:
            return
        try:
            self.saved = self._change() if self.instance.pk else self._create()
        except LinkError as error:
            for field, messages in error.errors.items():
                self.add_error(field if field in self.fields else None, messages)

    def _create(self) -> Link:
        values = {name: value for name, value in self.cleaned_data.items() if name != "archived"}
        values["domain"] = values["domain"].host if values["domain"] else ""
        link = create_link(**values, by=self.by)
        return update_link(link, changes={"archived": True}, by=self.by) if self.cleaned_data.get("archived") else link

    def _change(self) -> Link:
        return update_link(self.instance, changes=pick(self.cleaned_data, self.changed_data), by=self.by)


class InState(admin.SimpleListFilter):
    """What somebody has done to a link."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """What can be chosen beside all of them."""
        return [("disabled", str(_("Switched off"))), ("archived", str(_("Archived"))), ("neither", str(_("Neither")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Link]) -> QuerySet[Link]:
        """Those that were asked for."""
        conditions: dict[str | None, dict[str, Any]] = {
            "disabled": {"disabled_at__isnull": False},
            "archived": {"archived_at__isnull": False},
            "neither": {"disabled_at": None, "archived_at": None},
        }
        return queryset.filter(**conditions.get(self.value(), {}))


@admin.register(Link)
class LinkAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Every link that is not deleted."""

    form = LinkForm
    formfield_overrides = MOMENTS
    list_display = ("__str__", "shown_destination", "title", "workspace", "state", "created_at")
    list_filter = (
        InState,
        "status",
        "created_via",
        "created_at",
        "domain",  # all of them: which ones have links, every link would have to be asked
    )
    list_select_related = ("domain", "workspace", "use")
    search_fields = ("slug", "destination", "title")
    search_help_text = _("Short address, slug, destination or title")
    actions = ("disable", "enable", "archive")
    list_per_page = 50
    show_full_result_count = False  # counting a big table takes longer than showing a page of it
    paginator = AboutPaginator
    autocomplete_fields = ("workspace", "domain")
    ordering = ("-id",)  # the order in which they came, along the primary key
    fieldsets = (
        (None, {"fields": ("url", "slug", "domain", "workspace")}),
        (_("For you"), {"fields": ("title", "tags")}),
        (_("Behaviour"), {"fields": ("status", "active_from", "active_until", "click_limit", "archived")}),
    )
    history = (
        "opens",
        "disabled_at",
        "disabled_reason",
        "clicks",
        "created_by",
        "created_via",
        "created_at",
        "updated_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Link]:
        """Tombstones are not links any more."""
        return super().get_queryset(request).filter(deleted_at=None)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Link], search_term: str
    ) -> tuple[QuerySet[Link], bool]:
        """A whole short address finds its link. Words are looked for first and what has them is put in order then: the
        other way round, those that are rare would be looked for in all links. Of words that many links have, the first
        page is soon full."""
        found = urlsplit(search_term.strip())
        if found.scheme in ("http", "https") and (slug := found.path.strip("/")):
            link = queryset.filter(domain__host=found.netloc.lower(), slug=slug)
            if link.exists():
                return link, False
        links, may_repeat = super().get_search_results(request, queryset, search_term)
        if not search_term.strip():
            return links, may_repeat
        first = list(links.order_by().values_list("pk", flat=True)[: FOUND_FIRST + 1])
        return (links if len(first) > FOUND_FIRST else queryset.filter(pk__in=first)), may_repeat

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form, told who fills it in."""
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"by": actor_of(request, Via.ADMIN)})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A link that exists has a history."""
        return (*self.fieldsets, (_("History"), {"fields": self.history})) if obj else self.fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A link that exists keeps its address and its owner."""
        return ("slug", "domain", "workspace", *self.history) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """New links are one's own unless one says otherwise."""
        assert isinstance(request.user, User)  # noqa: S101  the admin site has seen to it
        return {"workspace": personal_workspace(request.user).pk, **super().get_changeform_initial_data(request)}

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """The link that validating the form has written."""
        return form.saved

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Written already."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Written already, tags too."""

    def delete_model(self, request: HttpRequest, obj: Link) -> None:
        """Deletion is the service's as well."""
        delete_link(obj, by=actor_of(request, Via.ADMIN))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        """The same for many."""
        for link in queryset:
            delete_link(link, by=actor_of(request, Via.ADMIN))

    @admin.action(description=_("Switch off …"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Link]) -> HttpResponse | None:
        """Ask for the reason, then do it."""
        return disabling(self, request, queryset)

    @admin.action(description=_("Switch on again"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        """The reverse."""
        by = actor_of(request, Via.ADMIN)
        count = sum(enable_link(link, by=by).disabled_at is None for link in queryset.exclude(disabled_at=None))
        words = ngettext("%(count)d link works again.", "%(count)d links work again.", count)
        self.message_user(request, words % {"count": count}, messages.SUCCESS)

    @admin.action(description=_("Archive"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        """Put them aside, as their owners can."""
        chosen = list(queryset.filter(archived_at=None)[:MOST_AT_ONCE])
        for link in chosen:
            update_link(link, changes={"archived": True}, by=actor_of(request, Via.ADMIN))
        words = ngettext("%(count)d link is archived.", "%(count)d links are archived.", len(chosen))
        self.message_user(request, words % {"count": len(chosen)}, messages.SUCCESS)

    def action_checkbox(self, obj: Link) -> SafeString:
        """Django's own, but for a template that it renders for each row: a quarter of the page's time."""
        box = '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">'
        return format_html(box, ACTION_CHECKBOX_NAME, obj.pk, gettext(CHOOSE).format(obj))

    @admin.display(description=_("destination"), ordering="destination")
    def shown_destination(self, link: Link) -> str:
        """Its beginning, in the letters of its language."""
        shown = shown_destination(link.destination)
        return shown if len(shown) <= SHOWN_CHARACTERS else f"{shown[: SHOWN_CHARACTERS - 1]}…"

    @admin.display(description=_("state"))
    def state(self, link: Link) -> str:
        """What a visitor would meet."""
        return ShownLink(link, Totals()).state_label

    @admin.display(description=_("short address"))
    def opens(self, link: Link) -> SafeString:
        """The short URL, to try it."""
        return format_html('<a href="{0}">{0}</a>', short_url(link))

    @admin.display(description=_("clicks"))
    def clicks(self, link: Link) -> str:
        """All of them, ever."""
        return grouped(totals_of([link.pk])[link.pk].clicks)


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Words to find links by."""

    list_display = ("name", "workspace")
    ordering = ("name", "id")
    list_select_related = ("workspace",)
    search_fields = ("name",)
    autocomplete_fields = ("workspace",)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What the page that asks lists: tags, and how many links go on without one."""
        tags = list(objs)
        links = sum(live_links(tag) for tag in tags)
        return tags, {Tag._meta.verbose_name_plural: len(tags), Link._meta.verbose_name_plural: links}, set(), []  # noqa: SLF001

    def delete_model(self, request: HttpRequest, obj: Tag) -> None:
        """Deletion is the service's."""
        delete_tag(obj, by=actor_of(request, Via.ADMIN))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Tag]) -> None:
        """The same for many, all or none."""
        with transaction.atomic():
            for tag in queryset:
                self.delete_model(request, tag)
