"""Tags, folders and campaign templates of the workspace."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace
from shortener.accounts.policy import role_allows
from shortener.infra.errors import NotFound, Refused
from shortener.links import folders, selection, tags, templates
from shortener.links.errors import LinkError
from shortener.links.models import Folder
from shortener.links.named import id_of
from shortener.links.queries import links_in
from shortener.web.access import SignedInRequest, actor_of, may, require


@dataclass(frozen=True)
class Label:
    """One kind of them: its services, told the values of the form."""

    title: str | Promise
    about: str | Promise
    everything: Callable[[Workspace], Iterable[Any]]
    pick: Callable[[Workspace, str], Any]
    create: Callable[[Workspace, Actor, dict[str, str]], Any]
    change: Callable[[Any, Actor, dict[str, str]], Any]
    delete: Callable[..., None]
    kind: Any
    has_values: bool = False
    give: Callable[[Any, Any, Actor], Any] | None = None  # all links of one to another; None for none
    giving: str | Promise = ""
    none: str | Promise = ""  # what the choice of no other is called; empty where there has to be one


LABELS = {
    "tags": Label(
        gettext_lazy("Tags"), gettext_lazy("Words to find links by. A link has any number of them."),
        tags.tags_in, tags.pick_tag,
        lambda workspace, by, sent: tags.create_tag(workspace, name=sent["name"], by=by),
        lambda tag, by, sent: tags.rename_tag(tag, name=sent["name"], by=by),
        tags.delete_tag, tags.KIND,
        give=lambda tag, into, by: tags.merge_tags(tag, into, by=by), giving=gettext_lazy("Merge into"),
    ),
    "folders": Label(
        gettext_lazy("Folders"), gettext_lazy("Where links lie, each in one at most."),
        folders.folders_in, folders.pick_folder,
        lambda workspace, by, sent: folders.create_folder(workspace, name=sent["name"], by=by),
        lambda folder, by, sent: folders.rename_folder(folder, name=sent["name"], by=by),
        folders.delete_folder, folders.KIND,
        give=lambda folder, into, by: _move(folder, into, by=by), giving=gettext_lazy("Move its links to"),
        none=gettext_lazy("No folder"),
    ),
    "templates": Label(
        gettext_lazy("Campaign templates"), gettext_lazy("Campaign parameters under a name, to make links with."),
        templates.templates_in, templates.pick_template,
        lambda workspace, by, sent: templates.create_template(
            workspace, name=sent["name"], utm=_parameters(sent["values"]), by=by
        ),
        lambda template, by, sent: templates.update_template(
            template, changes={"name": sent["name"], "utm": _parameters(sent["values"])}, by=by
        ),
        templates.delete_template, templates.KIND, has_values=True,
    ),
}  # fmt: skip


@may("tags:read")
@require_GET
def labels(request: SignedInRequest) -> HttpResponse:
    """All three lists."""
    return _page(request)


@may("tags:read")
@require_POST
def create(request: SignedInRequest, kind: str) -> HttpResponse:
    """A new one."""
    label, sent = _label(request, kind), _sent(request)
    try:
        label.create(request.workspace, actor_of(request), sent)
    except Refused as error:
        return _page(request, kind, "", sent, error)
    messages.success(request, _("Saved."))
    return redirect("web:labels")


@may("tags:read")
@require_POST
def change(request: SignedInRequest, kind: str, label_id: str) -> HttpResponse:
    """Another name, or other parameters."""
    label, sent = _label(request, kind), _sent(request)
    try:
        label.change(_pick(request, label, label_id), actor_of(request), sent)
    except Refused as error:
        return _page(request, kind, label_id, sent, error)
    messages.success(request, _("Saved."))
    return redirect("web:labels")


@may("tags:read")
@require_POST
def delete(request: SignedInRequest, kind: str, label_id: str) -> HttpResponse:
    """Links lose it, and stay."""
    label = _label(request, kind)
    label.delete(_pick(request, label, label_id), by=actor_of(request))
    messages.success(request, _("Deleted. The links stay."))
    return redirect("web:labels")


@may("tags:read")
@require_POST
def give(request: SignedInRequest, kind: str, label_id: str) -> HttpResponse:
    """All links of one to the one that `into` names: a tag is gone then, a folder empty."""
    label = _label(request, kind)
    if label.give is None:
        raise Http404
    sent, other = _sent(request), request.POST.get("into", "")
    thing = _pick(request, label, label_id)
    try:
        if not other and not label.none:
            raise LinkError({"into": [_("Choose another.")]})
        label.give(thing, _pick(request, label, other) if other else None, actor_of(request))
    except Refused as error:
        return _page(request, kind, label_id, {**sent, "name": thing.name}, error)
    messages.success(request, _("Done."))
    return redirect("web:labels")


def _move(folder: Folder, into: Folder | None, *, by: Actor) -> None:
    inside = selection.all_of(links_in(folder.workspace).filter(folder=folder))
    selection.move_all(folder.workspace, inside, into, by=by)


def _label(request: SignedInRequest, kind: str) -> Label:
    if kind not in LABELS:
        raise Http404
    require(request, f"{kind}:write")
    return LABELS[kind]


def _pick(request: SignedInRequest, label: Label, label_id: str) -> Any:
    try:
        return label.pick(request.workspace, label_id)
    except NotFound as error:
        raise Http404 from error


def _sent(request: SignedInRequest) -> dict[str, str]:
    return {"name": request.POST.get("name", ""), "values": request.POST.get("values", "")}


def _parameters(text: str) -> dict[str, str]:
    """`source=newsletter&medium=email` as values by name; both ways of writing a name are read."""
    return {
        name.removeprefix("utm_"): value for name, value in parse_qsl(text.strip().lstrip("?"), keep_blank_values=True)
    }


def _text(values: dict[str, str]) -> str:
    return urlencode({name.removeprefix("utm_"): value for name, value in values.items()})


def _page(
    request: SignedInRequest, kind: str = "", label_id: str = "", sent: dict[str, str] | None = None,
    error: Refused | None = None,
) -> HttpResponse:  # fmt: skip
    """The lists; `error` is shown where `sent` came from: below a row, or in the form for a new one (no ID)."""
    lists = [_list(request, name, label, kind, label_id, sent, error) for name, label in LABELS.items()]
    return render(request, "web/settings/labels.html", {"lists": lists}, status=422 if error else 200)


def _list(
    request: SignedInRequest, name: str, label: Label, kind: str, label_id: str, sent: dict[str, str] | None,
    error: Refused | None,
) -> dict[str, Any]:  # fmt: skip
    told = [message for messages_ in error.errors.values() for message in messages_] if error and name == kind else []
    rows = []
    for thing in label.everything(request.workspace):
        key = id_of(label.kind, thing)
        is_wrong = bool(told) and key == label_id
        rows.append({
            "id": key, "thing": thing, "live": getattr(thing, "live", None), "errors": told if is_wrong else [],
            "name": sent["name"] if is_wrong and sent else thing.name,
            "values": sent["values"] if is_wrong and sent else _text(getattr(thing, "values", {})),
        })  # fmt: skip
    return {
        "kind": name, "label": label, "rows": rows, "may_write": role_allows(request.role, f"{name}:write"),
        "errors": told if not label_id else [], "sent": sent if told and not label_id else None,
    }  # fmt: skip
