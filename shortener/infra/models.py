"""What an administrator may change while the site runs."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SiteSettings(models.Model):
    """One row, or none. What is empty is as the environment says."""

    class Signup(models.TextChoices):
        OPEN = "open", _("Anybody")
        INVITE = "invite", _("Those who were invited")
        CLOSED = "closed", _("Nobody")

    THE_ONE = 1

    id = models.SmallIntegerField(primary_key=True, default=THE_ONE, editable=False)
    signup = models.CharField(_("who may create an account"), max_length=10, choices=Signup, blank=True)
    anonymous_links = models.BooleanField(_("anybody may shorten on the front page"), null=True, blank=True)
    anonymous_notice = models.BooleanField(_("their links say first where they lead"), null=True, blank=True)
    announcement = models.CharField(
        _("announcement"),
        max_length=300,
        blank=True,
        help_text=_("Shown on top of every page of the site, until it is empty again"),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("settings of the site")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="site_settings_one")]

    def __str__(self) -> str:
        return str(_("Settings of the site"))
