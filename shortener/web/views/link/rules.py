"""The rules of a link: an editor, the same as JSON, and a visitor to try them on."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from json import dumps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shortener.links.destinations import parse_destination
from shortener.links.domains import own_hosts
from shortener.links.errors import LinkChanged, LinkError
from shortener.links.models import Link
from shortener.links.rule_mistakes import mistakes_in
from shortener.links.rules import RULES_PER_LINK, parse_rules
from shortener.links.services import update_link
from shortener.web.access import SignedInRequest, actor_of, link_or_404, may
from shortener.web.forms import Rules, ServiceForm
from shortener.web.rule_editor.drafts import RuleDraft, drafts_of, note_mistakes, rules_of, set_shares
from shortener.web.rule_editor.kinds import choices
from shortener.web.rule_editor.posted import apply, read_drafts
from shortener.web.rule_editor.trying import PersonaForm, Trial, tried
from shortener.web.rule_editor.words import RuleWords, rules_in_words
from shortener.web.views.link.head import head

Kept = list[dict[str, Any]]


@dataclass
class Editor:
    """What the page shows: rules as far as they have come, and the visitor they are tried on. `seen`: the rules that
    this draft started from; `theirs`: what somebody else has saved meanwhile."""

    drafts: list[RuleDraft]
    seen: str
    persona: PersonaForm
    errors: list[str] = field(default_factory=list)
    theirs: list[RuleWords] | None = None
    trial: Trial | None = None
    most: int = RULES_PER_LINK

    @property
    def is_wrong(self) -> bool:
        """Whether something has to be put right first."""
        return bool(self.errors) or any(draft.is_wrong for draft in self.drafts)


class JsonForm(ServiceForm):
    """Rules as the API takes them."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    rules = Rules(label="JSON")


@may("links:read")
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: SignedInRequest, link_id: str) -> HttpResponse:
    """The editor. A POST does what one of its buttons says (`do`); only `save` changes the link."""
    link = link_or_404(request, link_id)
    if request.method != "POST":
        return _page(request, link, Editor(drafts_of(link.rules), _digest(link.rules), PersonaForm()))
    action = request.POST.get("do", "save")
    if action == "save":
        return _save(request, link_or_404(request, link_id, "links:write"), _posted(request, link))
    editor = _posted(request, link)
    if action == "try":
        _try(link, editor)
    else:
        apply(action, editor.drafts)
    return _page(request, link, editor)


@may("links:read")
@require_http_methods(["GET", "HEAD", "POST"])
def rules_json(request: SignedInRequest, link_id: str) -> HttpResponse:
    """The rules as JSON; a POST saves them."""
    link = link_or_404(request, link_id, "links:write")
    initial = {"rules": link.rules, "seen": _digest(link.rules)}
    form = JsonForm(request.POST if request.method == "POST" else None, initial=initial)
    theirs = None
    if form.is_valid():
        try:
            if _keep(request, link, form.cleaned_data["rules"], form.cleaned_data["seen"]):
                messages.success(request, _("Saved."))
                return redirect("web:link-rules", link.public_id)
            theirs = dumps(link.rules, indent=2, ensure_ascii=False)
            form.data = {**form.data.dict(), "seen": _digest(link.rules)}  # type: ignore[attr-defined]
        except LinkError as error:
            form.take(error)
    context = {**head(request, link, "rules"), "form": form, "theirs": theirs}
    return render(request, "web/link_rules_json.html", context, status=422 if form.errors else 409 if theirs else 200)


def _posted(request: SignedInRequest, link: Link) -> Editor:
    """The editor as it was sent. Who may not edit sends no rules: the link's own are meant."""
    has_rules = "rules" in request.POST
    drafts = read_drafts(request.POST) if has_rules else drafts_of(link.rules)
    seen = request.POST.get("seen", "") if has_rules else _digest(link.rules)
    return Editor(drafts, seen, PersonaForm(request.POST))


def _save(request: SignedInRequest, link: Link, editor: Editor) -> HttpResponse:
    wanted = _checked(editor)
    if wanted is None:
        return _page(request, link, editor, status=422)
    try:
        if _keep(request, link, wanted, editor.seen):
            messages.success(request, _("Saved."))
            return redirect("web:link-rules", link.public_id)
    except LinkError as error:
        editor.errors += [message for found in error.errors.values() for message in found]
        return _page(request, link, editor, status=422)
    editor.theirs, editor.seen = rules_in_words(link.rules), _digest(link.rules)
    return _page(request, link, editor, status=409)


def _keep(request: SignedInRequest, link: Link, wanted: Kept, seen: str) -> bool:
    """Whether `wanted` was saved. Not so when the rules are others by now than those that were `seen`: then `link` has
    them."""
    while True:
        if seen and seen != _digest(link.rules) and link.rules != wanted:
            return False
        if link.rules == wanted:
            return True
        try:
            update_link(link, changes={"rules": wanted}, by=actor_of(request), if_version=link.version)
        except LinkChanged:
            link.refresh_from_db()
        else:
            return True


def _try(link: Link, editor: Editor) -> None:
    wanted = _checked(editor)
    if wanted is not None and editor.persona.is_valid():
        editor.trial = tried(link, editor.persona.persona(), wanted)


def _checked(editor: Editor) -> Kept | None:
    """The rules of `editor` as they would be kept; None when they cannot, which it then says."""
    wanted = rules_of(editor.drafts)
    checked = partial(_destination, own=own_hosts())
    if mistakes := mistakes_in(wanted, checked):
        editor.errors += note_mistakes(editor.drafts, mistakes)
        return None
    return parse_rules(wanted, checked)


def _destination(url: str, own: Container[str]) -> str:
    if not url:
        raise ValueError(_("Enter the address to go to."))
    return parse_destination(url, own)


def _page(request: SignedInRequest, link: Link, editor: Editor, status: int = 200) -> HttpResponse:
    """The whole page, or for our script the form alone."""
    set_shares(editor.drafts)
    in_place = request.headers.get("X-Requested-With") == "fetch"
    context = {
        **head(request, link, "rules"),
        "editor": editor,
        "kinds": choices(),
        "words": rules_in_words(link.rules),
        "zone": timezone.get_current_timezone_name(),
        "address": reverse("web:link-rules", args=[link.public_id]),
    }
    template = "web/_rules_form.html" if in_place else "web/link_rules.html"
    return render(request, template, context, status=422 if editor.is_wrong and status == 200 else status)


def _digest(kept: Sequence[Mapping[str, Any]]) -> str:
    """Says whether rules are the same as others, in few letters."""
    return blake2b(dumps(kept, sort_keys=True).encode(), digest_size=9).hexdigest()
