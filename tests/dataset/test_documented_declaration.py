"""The declaration that the documents show is one that works."""

from dss_assets.dataset import Dataset
from tests.conftest import REPOSITORY
from tests.documents import blocks
from tests.parts.assets_fixtures import Ingest, Select

CONTRIBUTING = REPOSITORY / "docs/contributing.md"


def test_the_declaration_in_the_documents_loads_a_file(ingest_bytes: Ingest, select: Select) -> None:
    (example,) = [block for block in blocks(CONTRIBUTING) if block.language == "python"]
    names: dict[str, object] = {}
    exec(example.text, names)  # noqa: S102 it is our own
    trees = names["TREES"]
    assert isinstance(trees, Dataset)

    ingest_bytes(trees, "trees_202601.csv", b"Council,Month,Trees_planted\nLeeds,2026-01-01,5\n")
    ingest_bytes(trees, "trees_202602.csv", b"month ending,Local authority,trees_planted\n2026-02-01,Hull,4\n")

    assert [row[2] for row in select('SELECT * FROM "forestry.trees"."L1" ORDER BY id')] == ["Leeds", "Hull"]
