"""HAWK clients, their keys and the nonces that they have used."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone


class HawkClient(models.Model):
    """Someone who may read the API: an id, and the scopes that its keys have."""

    id = models.TextField(primary_key=True)
    scope = ArrayField(models.TextField(), default=list, blank=True)
    description = models.TextField(blank=True, default="")

    class Meta:
        db_table = "hawk_users"
        ordering = ("id",)
        verbose_name = "HAWK client"

    def __str__(self) -> str:
        return self.id


class HawkKeys(models.QuerySet["HawkKey"]):
    """A query for keys."""

    def live(self) -> Self:
        """Those that are valid now, by the database's clock."""
        return self.filter(revoked_at=None).exclude(expires_at__lte=Now())


class HawkKey(models.Model):
    """A key of a client. Only `dss_web.hawk.keys` makes, rotates and revokes keys: it limits how many are live."""

    client = models.ForeignKey(HawkClient, on_delete=models.CASCADE, related_name="keys")
    secret = models.TextField(editable=False, help_text="Encrypted; empty once the key is revoked")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never")
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = HawkKeys.as_manager()

    class Meta:
        db_table = 'operations"."hawk_key'
        ordering = ("client_id", "id")
        verbose_name = "HAWK key"

    def __str__(self) -> str:
        return f"key {self.pk} of {self.client_id}"

    @property
    def state(self) -> str:
        """`live`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= timezone.now() else "live"


class HawkNonce(models.Model):
    """A nonce that a client has used. Kept until its timestamp is too old for the allowed skew."""

    pk = models.CompositePrimaryKey("client_id", "nonce", "timestamp")
    client_id = models.TextField()
    nonce = models.TextField()
    timestamp = models.BigIntegerField(help_text="The request's ts, seconds since 1970")
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = 'operations"."hawk_nonce'
        verbose_name = "HAWK nonce"

    def __str__(self) -> str:
        return f"{self.client_id} {self.nonce}"
