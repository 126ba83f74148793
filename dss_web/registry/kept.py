"""The models of what makes it possible to go back: tables that others have replaced."""

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
