"""All datasets as they are described: those of declarations, and those that people upload, in one shape."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.urls import reverse

from dss_web.registry.fields import quoted
from dss_web.shared import contract


def page_of(key: str) -> str:
    """The page of `organisation.dataset` in the catalogue."""
    organisation, dataset = key.split(".", 1)
    return reverse("catalogue-dataset", args=(organisation, dataset))


class CatalogueEntry(models.Model):
    """A dataset, published or uploaded. A view derives the rows, so nothing has to be written to keep them true.

    `tables` has for each table its name and columns: name, type and description. An uploaded dataset has those of the
    version in use, and none before one is loaded.
    """

    key = models.TextField(primary_key=True, help_text="organisation.dataset")
    schema_name = models.TextField(help_text="The schema of its tables")
    is_uploaded = models.BooleanField(help_text="Whether people upload it; otherwise it is declared")
    title = models.TextField()
    description = models.TextField()
    owner = models.TextField(help_text="Who answers for it here; of an uploaded one, the emails of its owners")
    contact = models.TextField(help_text="Whom to ask about the data")
    licence = models.TextField(help_text="The name of the licence")
    licence_url = models.TextField()
    source_page = models.TextField(help_text="Where the publisher presents it")
    late_after = models.DurationField(null=True, help_text="How long after the last load it is late")
    may_hold_personal_data = models.BooleanField(null=True, help_text="Empty where nobody has said")
    classification = models.TextField(help_text="One of contract.Classification, or empty")
    tables = models.JSONField()
    withdrawn_at = models.DateTimeField(null=True, help_text="Since when no declaration is there any more")
    archived_at = models.DateTimeField(null=True, help_text="Since when it is closed for uploads")

    class Meta:
        managed = False
        db_table = quoted(contract.CATALOGUE)
        ordering = ("key",)

    def __str__(self) -> str:
        return self.key

    def get_absolute_url(self) -> str:
        """Its page in the catalogue."""
        return page_of(self.key)

    @classmethod
    def of_schema(cls, schema: str) -> "CatalogueEntry | None":
        """The dataset whose tables are in a schema; None where there is none, or its declaration is gone."""
        return cls.objects.filter(schema_name=schema, withdrawn_at=None).order_by("is_uploaded", "key").first()

    def column_descriptions(self, table: str) -> dict[str, str]:
        """What the columns of a table mean, by their names; empty for a table that the dataset does not have."""
        columns: list[dict[str, Any]] = [
            column for each in self.tables if each["name"] == table for column in each["columns"]
        ]
        return {column["name"]: column["description"] for column in columns}


class IndexedDataset(models.Model):
    """A dataset as lists and the search have it: as of the last look of `catalogue_index` at the catalogue."""

    key = models.TextField(primary_key=True, help_text="organisation.dataset")
    schema_name = models.TextField(help_text="The schema of its tables")
    is_uploaded = models.BooleanField()
    organisation = models.TextField()
    title = models.TextField()
    description = models.TextField()
    owner = models.TextField()
    state = models.TextField(help_text="One of `dataset_states.State`")
    since = models.DateTimeField(null=True, help_text="Since when it is in that state")
    why = models.TextField(help_text="Empty where nothing is wrong")
    loaded_at = models.DateTimeField(null=True, help_text="When something was loaded last")
    rows = models.BigIntegerField(null=True, help_text="Of the table that the API serves, as Postgres estimates them")
    is_archived = models.BooleanField()
    fingerprint = models.BigIntegerField(null=True, help_text="Of all that the search vector was made of")
    search = SearchVectorField(help_text="Names and title before owner and columns, these before descriptions")

    class Meta:
        db_table = quoted(contract.CATALOGUE_INDEX)
        ordering = ("title", "key")
        indexes = [GinIndex(name="catalogue_index_search", fields=["search"])]

    def __str__(self) -> str:
        return self.key

    def get_absolute_url(self) -> str:
        """Its page in the catalogue."""
        return page_of(self.key)
