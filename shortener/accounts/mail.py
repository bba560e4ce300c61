"""Mail to people. It is sent once the transaction is over: a mail cannot be taken back."""

import logging

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _, override

from shortener.accounts.models import Invitation, User

logger = logging.getLogger(__name__)


def invitation_url(secret: str) -> str:
    """Where an invitation is taken."""
    return settings.BASE_URL + reverse("web:invitation", args=[secret])


def send_invitation(invitation: Invitation, secret: str) -> bool:
    """Send the link. Whether the mail server took it; if not, the log says why."""
    known = User.objects.filter(email__iexact=invitation.email).first()
    with override((known.language if known else "") or settings.LANGUAGE_CODE):
        subject = _("%(workspace)s: your invitation") % {"workspace": invitation.workspace.name}
        context = {"invitation": invitation, "address": invitation_url(secret), "has_account": known is not None}
        return _send(invitation.email, subject, render_to_string("web/settings/invitation.txt", context))


def _send(to: str, subject: str, text: str) -> bool:
    try:
        send_mail(" ".join(subject.split()), text, settings.DEFAULT_FROM_EMAIL, [to])
    except OSError as error:  # smtplib's errors are such, too
        logger.warning("a mail could not be sent: %s", error)
        return False
    return True
