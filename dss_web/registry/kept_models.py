"""The models of what makes it possible to go back: tables that others have replaced, and what was deleted for good."""

from django.db import models
from django.db.models.functions import Now

from dss_web.registry.fields import RelationField, quoted
from dss_web.shared import contract


class KeptTable(models.Model):
    """A table that another one has replaced, kept for its readers and for a restoration. The assets half writes it."""

    relation = RelationField(primary_key=True)
    source = models.TextField(help_text="organisation.dataset")
    file_name = models.TextField(help_text="The file whose rows it holds")
    generation = models.BigIntegerField(help_text="The table's generation, which its name has")
    rows = models.BigIntegerField()
    digest = models.TextField(help_text="SHA-256 of the bytes whose rows it holds")
    declaration = models.TextField(help_text="Fingerprint of the declaration by which they were read")
    kept_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = quoted(contract.KEPT_TABLE)
        ordering = ("-generation",)
        verbose_name = "kept table"
        constraints = [models.UniqueConstraint(name="kept_table_generation", fields=["source", "generation"])]

    def __str__(self) -> str:
        return f"{self.source}: {self.generation}"


class Deletion(models.Model):
    """A version, or a whole dataset, that a person had deleted: the record that stays. It holds none of the data.

    Neither has it names of files, which may say something about a person. The assets half carries it out.
    """

    organisation = models.TextField()
    dataset = models.TextField()
    version = models.UUIDField(null=True, blank=True, help_text="The id of the version; empty for a whole dataset")
    state = models.TextField(
        choices=[(state, state) for state in contract.DeletionState], default=contract.DeletionState.REQUESTED
    )
    requested_by = models.TextField(help_text="Email of the person")
    requested_by_id = models.TextField(help_text="The person's user_id at SSO")
    requested_at = models.DateTimeField(db_default=Now())
    was_restricted = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether its dataset was not open to everybody when it went: who asked, and administrators, see it",
    )
    counts = models.JSONField(db_default={}, blank=True, help_text="How much of what is deleted")
    left_to_do = models.TextField(
        blank=True, db_default="", help_text="What the service cannot delete, and operators have to"
    )
    error_message = models.TextField(blank=True, db_default="", help_text="Why it is not done yet; it is tried again")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = quoted(contract.DELETION)
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                name="deletion_state", condition=models.Q(state__in=[state.value for state in contract.DeletionState])
            ),
            # Whoever asks twice asks for the same. Two constraints, since to check one with nulls_distinct Django asks
            # the database for its version, also for commands that need none.
            models.UniqueConstraint(
                name="deletion_requested_once",
                fields=["organisation", "dataset", "version"],
                condition=models.Q(state="requested"),
            ),
            models.UniqueConstraint(
                name="deletion_of_dataset_requested_once",
                fields=["organisation", "dataset"],
                condition=models.Q(state="requested", version=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}.{self.dataset}{f' {self.version}' if self.version else ''}"
