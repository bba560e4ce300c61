"""What is done to many links at once, and taken back."""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from shortener.clicks.stats import totals_of
from shortener.infra.errors import Conflict
from shortener.links import selection
from shortener.links.errors import LinkError
from shortener.links.models import Folder
from shortener.links.queries import links_in
from shortener.links.transfer.export import CONTENT_TYPES, export
from shortener.web.access import SignedInRequest, actor_of, may
from shortener.web.filters import matching, without
from shortener.web.views.links import UNDO_KEY


@may("links:write")
@require_POST
def bulk(request: SignedInRequest) -> HttpResponse:
    """Do `action` to the links `link`, or with `all`, to those that match the address; or what is chosen in the menu of
    one link. Then back to the list."""
    action = request.POST.get("action") or next((name for name in OF_ONE if name in request.POST), "")
    act = ACTIONS.get(action)
    try:
        numbers = _chosen(request)
        if act is None or not numbers:
            messages.warning(request, _("Choose links first, then what to do with them."))
        else:
            done = act(request, numbers)
            _say(request, done, action)
    except LinkError as error:
        _complain(request, error)
    return _back(request.GET)


@may("links:write")
@require_POST
def undo(request: SignedInRequest) -> HttpResponse:
    """Take back what gave `token`."""
    try:
        done = selection.undo(request.workspace, request.POST.get("token", ""), by=actor_of(request))
    except LinkError as error:
        _complain(request, error)
    except Conflict as error:
        messages.error(request, str(error))
    else:
        words = ngettext("%(count)s link is back.", "%(count)s links are back.", done.links)
        messages.success(request, words % {"count": done.links})
    return _back(request.GET)


@may("links:read")
@require_http_methods(["GET", "HEAD", "POST"])
def as_csv(request: SignedInRequest) -> HttpResponseBase:
    """The links that match the address as a file; of a POST without `all`, those that are selected."""
    links = matching(request.workspace, request.GET)
    if request.method == "POST" and not request.POST.get("all"):
        try:
            links = links_in(request.workspace).filter(pk__in=_chosen(request))
        except LinkError as error:
            _complain(request, error)
            return _back(request.GET)
    return StreamingHttpResponse(
        export(links, "csv", totals_of),
        content_type=CONTENT_TYPES["csv"],
        headers={"Content-Disposition": 'attachment; filename="links.csv"'},
    )


def _chosen(request: SignedInRequest) -> list[int]:
    if request.POST.get("all"):
        return selection.all_of(matching(request.workspace, request.GET))
    of_one = [request.POST[name] for name in OF_ONE if name in request.POST]
    return selection.picked(request.workspace, of_one or request.POST.getlist("link"))


def _move(request: SignedInRequest, numbers: list[int]) -> selection.Done:
    by, workspace = actor_of(request), request.workspace
    folder: Folder | None = None
    if name := request.POST.get("new_folder", "").strip():
        folder = selection.folder_named(workspace, name, by=by)
    elif number := request.POST.get("folder", ""):
        folder = selection.folder_of(workspace, number)
    return selection.move_all(workspace, numbers, folder, by=by)


def _names(request: SignedInRequest) -> list[str]:
    return request.POST.get("names", "").split(",")


OF_ONE = ("archive", "bring-back", "delete")
ACTIONS: Mapping[str, Callable[[SignedInRequest, list[int]], selection.Done]] = {
    "tag": lambda request, them: selection.tag_all(request.workspace, them, _names(request), by=actor_of(request)),
    "untag": lambda request, them: selection.untag_all(request.workspace, them, _names(request), by=actor_of(request)),
    "move": _move,
    "archive": lambda request, them: selection.archive_all(request.workspace, them, by=actor_of(request)),
    "bring-back": lambda request, them: selection.bring_back_all(request.workspace, them, by=actor_of(request)),
    "delete": lambda request, them: selection.delete_all(request.workspace, them, by=actor_of(request)),
}


def _say(request: SignedInRequest, done: selection.Done, action: str) -> None:
    words = {
        "delete": ngettext("%(count)s link deleted.", "%(count)s links deleted.", done.links),
        "archive": ngettext("%(count)s link archived.", "%(count)s links archived.", done.links),
    }.get(action, ngettext("%(count)s link changed.", "%(count)s links changed.", done.links))
    text = words % {"count": done.links}
    if done.token and done.links:
        request.session[UNDO_KEY] = {"text": text, "token": done.token}
    else:
        messages.success(request, text)


def _complain(request: SignedInRequest, error: LinkError) -> None:
    for words in error.errors.values():
        messages.error(request, " ".join(words))


def _back(asked: QueryDict) -> HttpResponse:
    query = without(asked)
    return redirect(f"{reverse('web:links')}{'?' if query else ''}{query}")
