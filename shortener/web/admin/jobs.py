"""Jobs in the admin site: as Procrastinate's own pages have them, without the styles that our policy forbids."""

import json
from collections.abc import Iterable

from django.contrib import admin
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.admin import ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

LONGEST = 2_000  # characters of a job's arguments that are shown

admin.site.unregister(ProcrastinateJob)


@admin.register(ProcrastinateJob)
class JobAdmin(ProcrastinateJobAdmin):
    """Work that is waiting, under way and done."""

    list_display = ["id", "task_name", "arguments", "status", "queue_name", "attempts", "last_event"]
    list_filter = ["status", "queue_name", "task_name"]
    fields = [
        "task_name", "arguments", "status", "queue_name", "lock", "queueing_lock", "priority", "scheduled_at",
        "attempts", "events",
    ]  # fmt: skip
    inlines = []

    @admin.display(description=_("arguments"))
    def arguments(self, job: ProcrastinateJob) -> str:
        """As JSON, one to a line when there are several."""
        return format_html("<pre>{}</pre>", json.dumps(job.args, indent=2 if len(job.args) > 1 else None)[:LONGEST])

    @admin.display(description=_("last event"))
    def last_event(self, job: ProcrastinateJob) -> str:
        """What it was, and when."""
        return next((_told(event) for event in _events_of(job)), "")

    @admin.display(description=_("events"))
    def events(self, job: ProcrastinateJob) -> str:
        """All of them, a line each, the newest first."""
        return format_html_join(mark_safe("<br>"), "{}", ((_told(event),) for event in _events_of(job)))


def _events_of(job: ProcrastinateJob) -> Iterable[ProcrastinateEvent]:
    return job.procrastinateevent_set.all()  # in their order, and here already


def _told(event: ProcrastinateEvent) -> str:
    name = event.type.replace("_", " ")
    return f"{name}, {date_format(localtime(event.at), 'SHORT_DATETIME_FORMAT')}" if event.at else name
