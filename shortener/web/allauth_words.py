"""What django-allauth says on our pages. Its German is informal: our catalog comes first, and has it in the tone of the
other pages, since it is gathered from here."""

from django.utils.translation import gettext_noop as _

WORDS = (
    _("Be patient, you are sending too many requests."),
    _("Too many failed login attempts. Try again later."),
    _("You must type the same password each time."),
    _("Please type your current password."),
    _("You cannot add more than %d email addresses."),
    _("You cannot remove your primary email address."),
    _("You cannot remove your primary email address (%(email)s)."),
    _("Your primary email address must be verified."),
    _("Confirmation email sent to %(email)s."),
    _("You have confirmed %(email)s."),
    _("Removed email address %(email)s."),
    _("Primary email address set."),
    _("Unable to confirm %(email)s because it is already confirmed by a different account."),
    _("You have signed out."),
    _(
        "An account already exists with this email address. Please sign in to that account first, "
        "then connect your %s account."
    ),
    _("Your account has no password set up."),
    _("Your account has no verified email address."),
    _("The third-party account has been connected."),
)
