"""What visitors say about links, as a queue: the open ones first, and what to do about them."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _, ngettext

from shortener.accounts.actors import Via
from shortener.links.models import Link, Report
from shortener.links.moderation import close_reports
from shortener.links.queries import shown_destination, state
from shortener.web.access import actor_of
from shortener.web.admin.disabling import disabling

SHOWN = 80  # characters of a destination or of what somebody wrote


class IsOpen(admin.SimpleListFilter):
    """Open ones, unless others are asked for."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """What can be chosen beside all of them."""
        return [("open", str(_("Open"))), ("closed", str(_("Closed"))), ("all", str(_("All")))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Without a further choice of everything: open is what stands for none."""
        for choice in list(super().choices(changelist))[1:]:
            yield {**choice, "selected": choice["selected"] or (not self.value() and "open" in choice["query_string"])}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        """Those that were asked for."""
        if self.value() == "all":
            return queryset
        return queryset.filter(closed_at__isnull=self.value() != "closed")


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Visitors make them; here they are looked at, and closed."""

    list_display = ("link", "destination", "reason", "about", "how_many", "link_state", "created_at", "closed_at")
    list_filter = (IsOpen, "reason")
    list_select_related = ("link__domain", "link__workspace", "link__use")
    search_fields = ("link__slug", "link__destination", "details")
    ordering = ("-created_at", "-id")
    fields = readonly_fields = ("link", "destination", "reason", "details", "link_state", "created_at", "closed_at")
    actions = ("disable_links", "close")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        """With how many open ones their links have."""
        still_open = Count("link__reports", filter=Q(link__reports__closed_at=None))
        reports: QuerySet[Report] = super().get_queryset(request).annotate(open_reports=still_open)
        return reports

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Visitors make them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        """They are closed instead."""
        return False

    @admin.display(description=_("leads to"))
    def destination(self, report: Report) -> str:
        """Where the link leads."""
        return _short(shown_destination(report.link.destination))

    @admin.display(description=_("details"))
    def about(self, report: Report) -> str:
        """The beginning of what the visitor wrote."""
        return _short(report.details)

    @admin.display(description=_("open reports"), ordering="open_reports")
    def how_many(self, report: Report) -> int:
        """Of the same link."""
        return int(getattr(report, "open_reports", 0))

    @admin.display(description=_("link is"))
    def link_state(self, report: Report) -> str:
        """What visitors meet."""
        return state(report.link)

    @admin.action(description=_("Switch the links off …"))
    def disable_links(self, request: HttpRequest, queryset: QuerySet[Report]) -> HttpResponse | None:
        """Ask for the reason, then do it; the reports are closed with it."""
        links = Link.objects.filter(pk__in=queryset.order_by().values("link"), deleted_at=None)
        return disabling(self, request, links)

    @admin.action(description=_("Close: the links are all right"))
    def close(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        """They were looked at."""
        count = close_reports(queryset.order_by(), by=actor_of(request, Via.ADMIN))
        words = ngettext("%(count)d report is closed.", "%(count)d reports are closed.", count)
        self.message_user(request, words % {"count": count}, messages.SUCCESS)


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
