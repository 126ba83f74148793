"""The datasets that a client of the API was granted, besides what its scopes open."""

from collections.abc import Iterable, Sequence

from dss_web.hawk.models import HawkClient
from dss_web.hawk.scopes import opens_every_table, tables_opened
from dss_web.registry.models import CatalogueEntry, DatasetGrant
from dss_web.shared.contract import GranteeKind


def ungrantable(datasets: Iterable[str]) -> list[str]:
    """A sentence for an administrator about each of these `organisation.dataset` that there is not."""
    known = set(CatalogueEntry.objects.filter(withdrawn_at=None).values_list("key", flat=True))
    return [
        f"There is no dataset {dataset}. The page /datasets/ lists those that there are."
        for dataset in dict.fromkeys(datasets)
        if dataset not in known
    ]


def grant_datasets(client_id: str, datasets: Iterable[str]) -> None:
    """Let a client read these datasets, and go on to read those that it was granted before."""
    DatasetGrant.objects.bulk_create(
        [DatasetGrant(kind=GranteeKind.CLIENT, grantee=client_id, dataset=dataset) for dataset in datasets],
        ignore_conflicts=True,
    )


def reads_dataset(client: HawkClient, entry: CatalogueEntry, granted: Sequence[str]) -> bool:
    """Whether a client reads tables of a dataset through the table routes; `granted` are the ids of those let."""
    scopes = client.scope
    return client.pk in granted or opens_every_table(scopes) or bool(tables_opened(scopes, entry.schema_name))
