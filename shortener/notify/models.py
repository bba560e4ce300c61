"""Who is told when something happens."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class Webhook(models.Model):
    """An address of a workspace that wants to hear of events."""

    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=120, blank=True)
    url = models.TextField(max_length=2048)
    events = ArrayField(models.CharField(max_length=40))
    secret = models.CharField(max_length=80)  # signs what is sent (Standard Webhooks: `whsec_` and base64)
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name or self.url
