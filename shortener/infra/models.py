"""What an administrator may change while the site runs."""

from django.db import models


class SiteSettings(models.Model):
    """One row, or none. What is empty is as the environment says."""

    class Signup(models.TextChoices):
        OPEN = "open", "Anybody"
        INVITE = "invite", "Those who were invited"
        CLOSED = "closed", "Nobody"

    THE_ONE = 1

    id = models.SmallIntegerField(primary_key=True, default=THE_ONE, editable=False)
    signup = models.CharField("who may create an account", max_length=10, choices=Signup, blank=True)
    anonymous_links = models.BooleanField("anybody may shorten on the front page", null=True, blank=True)
    anonymous_notice = models.BooleanField("their links say first where they lead", null=True, blank=True)
    announcement = models.CharField(
        max_length=300, blank=True, help_text="Shown on top of every page of the site, until it is empty again"
    )

    class Meta:
        verbose_name = verbose_name_plural = "settings of the site"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="site_settings_one")]

    def __str__(self) -> str:
        return "Settings of the site"
