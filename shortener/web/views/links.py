"""The list of a workspace's links, and the form that adds one."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from shortener.accounts.policy import role_allows
from shortener.clicks.ranking import ranked
from shortener.links.choices import Choices, choices_of
from shortener.links.errors import LinkError, LinkNotFound
from shortener.links.filters import in_time
from shortener.links.models import Link
from shortener.links.queries import links_in, pick
from shortener.links.selection import MOST
from shortener.links.services import create_link
from shortener.web.access import SignedInRequest, actor_of, may, require
from shortener.web.filters import ORDER_LABELS, FilterForm, chips_of, is_narrowed, matching, order_of
from shortener.web.forms import NewLinkForm
from shortener.web.paging import Page, page_of
from shortener.web.shown import ShownLink, shown, shown_all

UNDO_KEY = "undo"  # of the session: what was done last, in words, and the token that takes it back
FIELDS = frozenset({"url", "slug", "domain", "title", "tags", "folder", "lasts", "password"})


@may("links:read")
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: SignedInRequest) -> HttpResponse:
    """Links that match the address (see `web.filters`); a POST adds one and comes back here to show it."""
    choices = choices_of(request.workspace)
    if request.method != "POST":
        return _page(request, _form(choices), choices)
    require(request, "links:write")
    form = _form(choices, request.POST)
    link = _create(request, form)
    if link is None:
        return _page(request, form, choices)
    return redirect(reverse("web:links", query={"created": link.public_id}))


def _form(choices: Choices, data: object = None) -> NewLinkForm:
    return NewLinkForm(data, domains=choices.domains, folders=choices.folders, fields=FIELDS)


def _create(request: SignedInRequest, form: NewLinkForm) -> Link | None:
    """The new link; None when something was wrong, which `form` then says."""
    if not form.is_valid():
        return None
    try:
        return create_link(workspace=request.workspace, by=actor_of(request), **form.wanted())
    except LinkError as error:
        form.take(error)
        return None


def _page(request: SignedInRequest, form: NewLinkForm, choices: Choices) -> HttpResponse:
    asked, everything = request.GET, links_in(request.workspace)
    order, place = order_of(asked), {name: asked.get(name, "") for name in ("after", "before")}
    found, too_long = matching(request.workspace, asked), ""
    if order == "clicks":
        found, everything = ranked(found, request.workspace), ranked(everything, request.workspace)
    try:
        with in_time(narrowed=is_narrowed(asked) or order == "clicks"):
            page = page_of(found, everything, order=order, **place)
    except LinkError as error:
        page, too_long = Page([], "", ""), str(error.errors["q"][0])
    context = {
        "too_long": too_long,
        "form": form,
        "created": _created(request),
        "rows": shown_all(page.links, days=30),
        "page": page,
        "text": asked.get("q", "").strip(),
        "folder": asked.get("folder", ""),
        "narrowed": is_narrowed(asked),
        "filter_form": FilterForm(asked, choices),
        "chips": chips_of(asked, choices),
        "choices": choices,
        "order": order,
        "orders": ORDER_LABELS,
        "most": MOST,
        "may_write": role_allows(request.role, "links:write"),
        "undo": request.session.pop(UNDO_KEY, None) if UNDO_KEY in request.session else None,
    }
    return render(request, "web/links.html", context, status=422 if form.errors else 200)


def _created(request: SignedInRequest) -> ShownLink | None:
    """The link that has just been made."""
    if not (link_id := request.GET.get("created", "")):
        return None
    try:
        return shown(pick(links_in(request.workspace), link_id))
    except LinkNotFound:
        return None
