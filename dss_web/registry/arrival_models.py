"""The models of files that are on their way to the service, in parts: what has been announced, and what is here."""

import uuid

from django.db import models
from django.db.models.functions import Now

from dss_web.registry.fields import quoted
from dss_web.registry.upload_models import UploadFile, UploadPipeline
from dss_web.shared import contract


class Arrival(models.Model):
    """A file that somebody sends in parts. It becomes a version once all of them are here.

    The row stays for a while after that, so that a sender who did not get the answer can ask again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    # The migration makes the constraints of both itself, with ON DELETE CASCADE: the assets half deletes these, too.
    pipeline = models.ForeignKey(UploadPipeline, on_delete=models.CASCADE, related_name="arrivals", db_constraint=False)
    version = models.OneToOneField(
        UploadFile,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="arrival",
        db_constraint=False,
        help_text="What has become of it",
    )
    original_name = models.TextField()
    size = models.BigIntegerField(help_text="Bytes of the whole file")
    part_size = models.IntegerField(help_text="Bytes of each part but the last")
    digest = models.TextField(blank=True, db_default="", help_text="SHA-256 of the whole file, if the sender knows it")
    modified = models.TextField(
        blank=True, db_default="", help_text="When the sender's file was last changed, in the sender's words"
    )
    sent_by = models.TextField(help_text="Email of the person, or the name of the client")
    sent_by_id = models.TextField(help_text="The person's user_id at SSO, or the id of the client")
    begun_at = models.DateTimeField(db_default=Now())
    touched_at = models.DateTimeField(db_default=Now(), help_text="When a part of it last came")

    class Meta:
        db_table = quoted(contract.ARRIVAL)
        ordering = ("-begun_at",)
        constraints = [
            # Whoever begins the same file again goes on with it, also in a second tab at the same moment.
            models.UniqueConstraint(
                name="arrival_begun_once",
                fields=["pipeline", "sent_by_id", "original_name", "size", "digest", "modified"],
                condition=models.Q(version=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pipeline}: {self.original_name}"

    @property
    def parts_count(self) -> int:
        """In how many parts it comes. They are numbered from 0."""
        return -(-self.size // self.part_size)

    def size_of(self, number: int) -> int:
        """How many bytes the part of this number has."""
        return min(self.part_size, self.size - number * self.part_size)


class ArrivedPart(models.Model):
    """A part of a file that is in the storage, whole."""

    pk = models.CompositePrimaryKey("arrival", "number")
    arrival = models.ForeignKey(Arrival, on_delete=models.CASCADE, related_name="parts", db_constraint=False)
    number = models.IntegerField(help_text="Counted from 0")
    digest = models.TextField(help_text="SHA-256 of its bytes")

    class Meta:
        db_table = quoted(contract.ARRIVED_PART)
        ordering = ("number",)
        verbose_name = "arrived part"

    def __str__(self) -> str:
        return f"{self.arrival_id}: {self.number}"
