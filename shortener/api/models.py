"""What the API itself remembers."""

from django.db import models
from django.db.models.functions import Now


class IdempotentAnswer(models.Model):
    """The answer to a POST with an `Idempotency-Key`: given again to whoever sends the same once more. A row without a
    status belongs to a request that is under way."""

    api_key = models.ForeignKey("accounts.ApiKey", models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)  # SHA-256 of method, path and body
    status = models.SmallIntegerField(null=True)
    content_type = models.CharField(max_length=100, blank=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "key"], name="idempotent_once")]

    def __str__(self) -> str:
        return f"{self.key}: {self.status or 'under way'}"
