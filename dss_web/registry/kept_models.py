"""The models of what was: tables that others have replaced, what loads have changed, and what was deleted for good."""

from django.contrib.postgres.fields import ArrayField
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


class TableChange(models.Model):
    """What a load did to a table or view whose rows clients may follow. The assets half writes it.

    The rows of a relation, in the order of their versions, are an unbroken account if each one's generation before is
    the generation of the one before it. A change that nobody has written here breaks it, unless it added rows.
    """

    relation = RelationField(help_text="The table or view that is read")
    version = models.BigIntegerField(help_text="Its version after the change")
    generation_before = models.BigIntegerField()
    generation = models.BigIntegerField(help_text="Its generation after the change")
    last_id = models.BigIntegerField(help_text="The greatest id that it had then, or has had")
    removed = ArrayField(
        models.BigIntegerField(),
        null=True,
        help_text="The ids that were removed: the first and the last of each range; empty where they are too many",
    )
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = quoted(contract.TABLE_CHANGE)
        ordering = ("relation", "version")
        verbose_name = "change of a table"
        constraints = [models.UniqueConstraint(name="table_change_version", fields=["relation", "version"])]
        # Each load forgets what is old.
        indexes = [models.Index(name="table_change_by_time", fields=["noted_at"])]

    def __str__(self) -> str:
        return f"{self.relation}: {self.version}"


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
