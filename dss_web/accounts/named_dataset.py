"""The names in a URL -> the dataset that it is about. One place decides by it who may see and change a dataset."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404

from dss_web.registry.models import Dataset, UploadFile, UploadPipeline


@dataclass(frozen=True, slots=True)
class NamedDataset:
    """A dataset that there is: `key` is `organisation.dataset`, and `pipeline` is None where it is published."""

    key: str
    pipeline: UploadPipeline | None


def named_dataset(names: Mapping[str, Any]) -> NamedDataset | None:
    """The dataset of these names in a path; None where they are about none. Raises Http404 if there is no such dataset.

    A path names it by its `slug`, by `organisation` and `dataset`, or by the id of one of its versions alone.
    """
    if "slug" in names:
        return _uploaded(UploadPipeline.objects.filter(slug=names["slug"]).first())
    if "file_id" in names:
        version = UploadFile.objects.select_related("pipeline").filter(id=names["file_id"]).first()
        return _uploaded(version.pipeline if version else None)
    if "organisation" not in names or "dataset" not in names:
        return None
    key = f"{names['organisation']}.{names['dataset']}"
    if Dataset.objects.filter(key=key, withdrawn_at=None).exists():
        return NamedDataset(key, None)
    return _uploaded(
        UploadPipeline.objects.filter(organisation=names["organisation"], dataset=names["dataset"]).first()
    )


def _uploaded(pipeline: UploadPipeline | None) -> NamedDataset:
    if pipeline is None:
        raise Http404
    return NamedDataset(str(pipeline), pipeline)
