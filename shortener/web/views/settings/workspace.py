"""The workspace at hand: what it is called, what it uses, who gets it, its end; and choosing or making another one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shortener.accounts.errors import AccountError, NotFound
from shortener.accounts.models import Member
from shortener.accounts.policy import role_allows
from shortener.accounts.queries import members_of, membership, memberships_of
from shortener.accounts.workspaces import create_workspace, make_team, transfer_workspace, update_workspace
from shortener.clicks.usage import usage
from shortener.links.workspaces import delete_workspace
from shortener.web.access import WORKSPACE_KEY, SignedInRequest, actor_of, may, require
from shortener.web.settings_forms import NewWorkspaceForm, SureForm, TransferForm, WorkspaceForm


@may("workspace:read")
@require_http_methods(["GET", "HEAD", "POST"])
def general(request: SignedInRequest) -> HttpResponse:
    """Name and short name; a POST changes them."""
    workspace = request.workspace
    form = WorkspaceForm(
        request.POST if request.method == "POST" else None, initial={"name": workspace.name, "slug": workspace.slug}
    )
    if request.method == "POST":
        require(request, "workspace:write")
        if form.is_valid():
            try:
                update_workspace(workspace, changes=form.cleaned_data, by=actor_of(request))
                messages.success(request, _("Saved."))
                return redirect("web:settings")
            except AccountError as error:
                form.take(error)
    context = {"form": form, "workspace": workspace, "may_write": role_allows(request.role, "workspace:write")}
    return render(request, "web/settings/general.html", context, status=422 if form.errors else 200)


@may("workspace:write")
@require_POST
def open_to_team(request: SignedInRequest) -> HttpResponse:
    """Make the personal workspace a team's."""
    try:
        make_team(request.workspace, by=actor_of(request))
        request.session[WORKSPACE_KEY] = request.workspace.pk
        messages.success(request, _("It is a team workspace now. You have a new personal one beside it."))
    except AccountError as error:
        messages.error(request, str(error))
    return redirect("web:members")


@may("workspace:read")
@require_GET
def show_usage(request: SignedInRequest) -> HttpResponse:
    """How much of everything there is, and how much there may be."""
    context = {"usage": usage(request.workspace), "workspace": request.workspace}
    return render(request, "web/settings/usage.html", context)


@may("workspace:delete")
@require_GET
def danger(request: SignedInRequest) -> HttpResponse:
    """What cannot be undone."""
    return _danger(request)


@may("workspace:transfer")
@require_POST
def transfer(request: SignedInRequest) -> HttpResponse:
    """Give the workspace to another member."""
    form = TransferForm(request.POST, members=_heirs(request))
    if form.is_valid():
        heir = form.members[form.cleaned_data["member"]]
        try:
            transfer_workspace(request.workspace, to=heir, by=actor_of(request))
            messages.success(request, _("%(email)s is the owner now.") % {"email": heir.user.email})
            return redirect("web:members")
        except AccountError as error:
            form.take(error)
    return _danger(request, transfer_form=form)


@may("workspace:delete")
@require_POST
def delete(request: SignedInRequest) -> HttpResponse:
    """Delete the workspace, when its short name was typed."""
    form = _sure(request, request.POST)
    if form.is_valid():
        try:
            count = delete_workspace(request.workspace, by=actor_of(request), confirmed=True)
            request.session.pop(WORKSPACE_KEY, None)
            told = {"workspace": request.workspace.name, "count": count}
            words = ngettext(
                "%(workspace)s is deleted, with %(count)s link.",
                "%(workspace)s is deleted, with %(count)s links.",
                count,
            )
            messages.success(request, words % told)
            return redirect("web:links")
        except AccountError as error:
            form.take(error)
    return _danger(request, delete_form=form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """The form; a POST makes a team workspace and leads there."""
    form = NewWorkspaceForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = create_workspace(name=form.cleaned_data["name"], owner=request.user, by=actor_of(request))
            request.session[WORKSPACE_KEY] = made.pk
            messages.success(request, _("%(workspace)s is yours. Invite the others.") % {"workspace": made.name})
            return redirect("web:members")
        except AccountError as error:
            form.take(error)
    return render(request, "web/settings/new.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_POST
def switch(request: SignedInRequest) -> HttpResponse:
    """Work in another workspace from now on."""
    try:
        chosen = membership(request.user, request.POST.get("workspace", ""))
    except NotFound as error:
        raise Http404 from error
    request.session[WORKSPACE_KEY] = chosen.workspace_id
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return redirect("web:links")
    return redirect(target)


@login_required
@require_GET
def workspaces(request: SignedInRequest) -> HttpResponse:
    """All of one's workspaces."""
    return render(request, "web/settings/workspaces.html", {"seats": memberships_of(request.user)})


def _danger(
    request: SignedInRequest, *, transfer_form: TransferForm | None = None, delete_form: SureForm | None = None
) -> HttpResponse:
    wrong = transfer_form or delete_form
    context = {
        "workspace": request.workspace,
        "transfer_form": transfer_form or TransferForm(members=_heirs(request)),
        "delete_form": delete_form or _sure(request),
        "usage": usage(request.workspace),
    }
    return render(request, "web/settings/danger.html", context, status=422 if wrong else 200)


def _heirs(request: SignedInRequest) -> list[Member]:
    return list(members_of(request.workspace).exclude(user=request.user).filter(user__is_active=True))


def _sure(request: SignedInRequest, data: object = None) -> SureForm:
    slug = request.workspace.slug
    return SureForm(data, words=slug, label=_("Type its short name, %(slug)s, to go on") % {"slug": slug})
