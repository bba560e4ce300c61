"""The way back to one's own account."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from shortener.web.impersonation import end


@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Be oneself again."""
    if end(request) is None:
        return redirect("web:links")
    messages.success(request, _("You are back in your own account."))
    return redirect("admin:accounts_user_changelist")
