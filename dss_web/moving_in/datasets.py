"""The datasets that staff fill by uploading: rows of `public.pipeline` in both services."""

from collections.abc import Iterator
from typing import Any

from dss_web.moving_in.former import Former
from dss_web.moving_in.things import Thing
from dss_web.registry.models import UploadPipeline
from dss_web.uploads.names import reasons_not_copied


class UploadedDatasets:
    """Datasets by `organisation.dataset`. Their pages keep their addresses. `published` are keys of declared ones."""

    name = "dataset"
    title = "Uploaded datasets"

    def __init__(self, former: Former, published: frozenset[str]) -> None:
        self._former, self._published = former, published

    def things(self) -> Iterator[Thing]:
        """Each dataset, with what is odd about its name."""
        slugs: set[str] = set()
        for row in self._former.rows("public", "pipeline", "id"):
            organisation, dataset = row["organisation"], row["dataset"]
            key, slug = f"{organisation}.{dataset}", row["slug"]
            remarks = [f"{reason}." for reason in reasons_not_copied(organisation, dataset).values()]
            if slug in slugs:
                slug = f"{slug}-{row['id']}"
                remarks.append(f"Another dataset has the address {row['slug']} already; this one gets {slug}.")
            slugs.add(slug)
            names = {"organisation": organisation, "dataset": dataset, "slug": slug}
            problem = "It has the name of a published dataset." if key in self._published else ""
            yield Thing(key, names, names, remarks, problem)

    def ours(self, thing: Thing) -> Any:
        """The dataset's address."""
        found = _find(thing).first()
        return found and {"slug": found.slug}

    def write(self, thing: Thing) -> None:
        """Make the dataset. It has no owner, so that everybody who may upload still may."""
        if not _find(thing).exists():
            UploadPipeline.objects.create(**thing.row)


def _find(thing: Thing) -> Any:
    return UploadPipeline.objects.filter(organisation=thing.row["organisation"], dataset=thing.row["dataset"])
