"""The history of a link, and the way back to an earlier version."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from shortener.links.errors import LinkError
from shortener.links.history import Restored, history_of, restore_version
from shortener.links.models import Folder
from shortener.web.access import SignedInRequest, actor_of, link_or_404, may
from shortener.web.history_words import field_labels, shown_event
from shortener.web.views.link.head import head

EVENTS_PER_PAGE = 30


@may("links:read")
@require_safe
def history(request: SignedInRequest, link_id: str) -> HttpResponse:
    """What was done to it, newest first; `before`: the event that the page goes on behind."""
    link = link_or_404(request, link_id)
    events = history_of(link)
    newest = events.first()
    if before := request.GET.get("before", ""):
        last = get_object_or_404(events, pk=_number(before))
        events = events.filter(at__lte=last.at).exclude(at=last.at, id__gte=last.pk)
    found = list(events[: EVENTS_PER_PAGE + 1])
    folders = dict(Folder.objects.filter(workspace=link.workspace).values_list("pk", "name"))
    context = {
        **head(request, link, "history"),
        "events": [shown_event(event, folders) for event in found[:EVENTS_PER_PAGE]],
        "newest": newest and newest.pk,
        "older": found[EVENTS_PER_PAGE - 1].pk if len(found) > EVENTS_PER_PAGE else None,
    }
    return render(request, "web/link_history.html", context)


@may("links:read")
@require_POST
def restore(request: SignedInRequest, link_id: str, event_id: int) -> HttpResponse:
    """Give the link the values that its fields had after this event."""
    link = link_or_404(request, link_id, "links:write")
    event = get_object_or_404(history_of(link), pk=event_id)
    try:
        _tell(request, restore_version(link, event, by=actor_of(request)))
    except LinkError as error:
        for name, said in error.errors.items():
            messages.error(request, f"{field_labels([name])}: {' '.join(said)}")
    return redirect("web:link-history", link.public_id)


def _tell(request: SignedInRequest, restored: Restored) -> None:
    if restored.fields:
        messages.success(request, _("Restored: %(fields)s.") % {"fields": field_labels(restored.fields)})
    elif not restored.secrets:
        messages.info(request, _("The link is as it was then already."))
    if restored.secrets:
        words = _("A password is kept in no history: it stays as it is now.")
        messages.warning(request, words)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Http404
    return int(text)
