"""Whether the datasets are there to which a client shall upload."""

from collections.abc import Iterable

from dss_web.hawk.scopes import dataset_of
from dss_web.registry.models import UploadPipeline


def unknown_datasets(scopes: Iterable[str]) -> list[str]:
    """A sentence for an administrator about each scope to upload whose dataset nobody has created."""
    named = [dataset for scope in scopes if (dataset := dataset_of(scope))]
    if not named:
        return []
    known = {str(pipeline) for pipeline in UploadPipeline.objects.all()}
    return [
        f"There is no dataset {dataset} to which people upload. Create it on the upload pages, or correct the name."
        for dataset in dict.fromkeys(named)
        if dataset not in known
    ]
