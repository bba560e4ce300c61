"""Domains of the workspace: added, proved, set up and removed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from shortener.accounts.policy import role_allows
from shortener.infra.errors import Conflict, NotFound, Refused
from shortener.links.domain_services import (
    add_domain,
    domains_seen_by,
    id_of,
    is_preferred,
    pick_domain,
    remove_domain,
    update_domain,
    verify_domain,
)
from shortener.links.models import Domain
from shortener.links.verification import FILE, record_of
from shortener.web.access import SignedInRequest, actor_of, may, require
from shortener.web.domain_forms import DomainForm, NewDomainForm


@may("domains:read")
@require_http_methods(["GET", "HEAD", "POST"])
def domains(request: SignedInRequest) -> HttpResponse:
    """Those of the workspace and those that all share; a POST adds one."""
    form = NewDomainForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(request, "domains:write")
        if form.is_valid():
            try:
                domain = add_domain(request.workspace, by=actor_of(request), **form.cleaned_data)
                messages.success(request, _("Added. Now prove that it is yours."))
                return redirect("web:domain", id_of(domain))
            except Refused as error:
                form.take(error)
            except Conflict as error:
                form.add_error("host", str(error))
    context = {
        "form": form,
        "domains": [{"domain": domain, "id": id_of(domain)} for domain in domains_seen_by(request.workspace)],
        "may_write": role_allows(request.role, "domains:write"),
        "preferred": request.workspace.preferred_domain_id,
    }
    return render(request, "web/settings/domains.html", context, status=422 if form.errors else 200)


@may("domains:write")
@require_http_methods(["GET", "HEAD", "POST"])
def domain(request: SignedInRequest, domain_id: str) -> HttpResponse:
    """How to prove it, and how it behaves; a POST changes that."""
    found = _own(request, domain_id)
    initial = {name: getattr(found, name) for name in DomainForm.COLUMNS}
    initial["is_preferred"] = is_preferred(found)
    form = DomainForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            update_domain(found, changes=changes, by=actor_of(request))
            messages.success(request, _("Saved."))
            return redirect("web:domain", domain_id)
        except Refused as error:
            form.take(error)
    return render(request, "web/settings/domain.html", _context(found, form), status=422 if form.errors else 200)


@may("domains:write")
@require_POST
def verify(request: SignedInRequest, domain_id: str) -> HttpResponse:
    """Look for the proof."""
    if verify_domain(_own(request, domain_id), by=actor_of(request)):
        messages.success(request, _("Proved: links can live on it now."))
    else:
        messages.warning(request, _("The proof is not there yet. A new record can take an hour to be seen."))
    return redirect("web:domain", domain_id)


@may("domains:write")
@require_POST
def remove(request: SignedInRequest, domain_id: str) -> HttpResponse:
    """Forget it."""
    try:
        remove_domain(_own(request, domain_id), by=actor_of(request))
    except Conflict as error:
        messages.error(request, str(error))
        return redirect("web:domain", domain_id)
    messages.success(request, _("Removed."))
    return redirect("web:domains")


def _own(request: SignedInRequest, domain_id: str) -> Domain:
    """The domain, if it belongs to the workspace alone."""
    try:
        found = pick_domain(request.workspace, domain_id)
    except NotFound as error:
        raise Http404 from error
    if found.workspace_id != request.workspace.pk:
        raise Http404
    return found


def _context(found: Domain, form: DomainForm) -> dict[str, Any]:
    name, text = record_of(found)
    return {"domain": found, "id": id_of(found), "form": form, "record": name, "text": text, "file": FILE}
