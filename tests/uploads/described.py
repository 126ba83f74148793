"""What is said about a dataset, as people say it, and as readers and the trail have it."""

from tests.parts.service import Client
from tests.uploads.test_versions import Dataset


def structure(client: Client, dataset: Dataset, query: str = "?descriptions=true") -> dict[str, object]:
    answer: dict[str, object] = client.get(f"/api/v1/table-structure/{dataset.name}/L0{query}").json()
    return answer


def describe(dataset: Dataset, **texts: str) -> str:
    page = dataset.person.post(f"{dataset.path}columns/", {f"about-{name}": text for name, text in texts.items()})
    assert page.status_code == 200, page.text
    return page.text


def events(dataset: Dataset, action: str) -> list[tuple[object, ...]]:
    return dataset.site.sql(
        "SELECT person, before, after FROM operations.upload_event WHERE dataset = %s AND action = %s ORDER BY id",
        dataset.name,
        action,
    )
