"""The models of access: which datasets are not open to everybody, and who may read them nevertheless."""

from django.db import models
from django.db.models.functions import Now

from dss_web.registry.catalogue_models import CatalogueEntry
from dss_web.registry.fields import quoted
from dss_web.shared import contract


class RestrictedDataset(models.Model):
    """A dataset that only its people and those with a grant may see. All others are open to all who may come in.

    It and the grants of an uploaded dataset go with the dataset: the database sees to it (migration 0036).
    """

    dataset = models.TextField(primary_key=True, help_text="organisation.dataset")
    restricted_by = models.TextField(blank=True, help_text="Email")
    restricted_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = quoted(contract.RESTRICTED_DATASET)
        ordering = ("dataset",)

    def __str__(self) -> str:
        return self.dataset

    @classmethod
    def schemas(cls) -> set[str]:
        """The schemas of their tables."""
        restricted = CatalogueEntry.objects.filter(key__in=cls.objects.values("dataset"))
        return set(restricted.values_list("schema_name", flat=True))


class DatasetGrant(models.Model):
    """Somebody or something that may read a dataset: a person, a group at SSO, or a client of the API."""

    dataset = models.TextField(help_text="organisation.dataset")
    kind = models.TextField(choices=[(kind, kind) for kind in contract.GranteeKind])
    grantee = models.TextField(
        help_text="A person's email in lower case, an access profile's slug or application:KEY at SSO, or a client's id"
    )
    given_by = models.TextField(blank=True, help_text="Email")
    given_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = quoted(contract.DATASET_GRANT)
        ordering = ("dataset", "kind", "grantee")
        verbose_name = "grant of a dataset"
        constraints = [
            models.UniqueConstraint(name="dataset_grant_once", fields=["dataset", "kind", "grantee"]),
            models.CheckConstraint(
                name="dataset_grant_kind",
                condition=models.Q(kind__in=[kind.value for kind in contract.GranteeKind]),
            ),
        ]
        # What each request of a client asks for, and each page of a person.
        indexes = [models.Index(name="dataset_grant_by_grantee", fields=["kind", "grantee"])]

    def __str__(self) -> str:
        return f"{self.dataset} to {self.kind} {self.grantee}"
