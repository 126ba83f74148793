"""Datasets in published standards: as the standards' own libraries read them, and true of the CSVs that we send."""

import json
from pathlib import Path
from typing import Any, Final

import csvw
import frictionless
import pytest
from psycopg.types.json import Jsonb
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF

from tests.parts.export_reading import export
from tests.parts.service import Client, Service

SCHEMA: Final = "told.standards"
BASE: Final = f"/api/v1/datasets/{SCHEMA}/"
PAGE: Final = URIRef("http://127.0.0.1:8000/datasets/told/standards/")
SDO: Final = Namespace("https://schema.org/")
COLUMNS: Final = {
    "id": "bigint",
    "name of it": "text",
    "is_open": "boolean",
    "day": "date",
    "began_at": "timestamp without time zone",
    "ended_at": "timestamp with time zone",
    "worth": "numeric",
    "count": "integer",
    "codes": "text[]",
}
Json = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def told(service: Service) -> None:
    """A dataset with a column of each type, and rows with values that are hard to read."""
    columns = ", ".join(f'"{name}" {type_}' for name, type_ in COLUMNS.items())
    service.execute(
        f'CREATE SCHEMA "{SCHEMA}"',
        f'CREATE TABLE "{SCHEMA}"."L1" ({columns})',
        f"""INSERT INTO "{SCHEMA}"."L1" VALUES
            (1, 'a, "b"', true, '2026-01-31', '2026-01-31 10:00:00', '2026-01-31 10:00:00.25+00', 1.50, 7, '{{1,2}}'),
            (2, E'two\\nlines', false, '0999-12-31', '2026-01-31 10:00:00.000001', '2026-07-31 10:00+02', -3, -1, NULL),
            (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)""",
    )
    described = [{"name": name, "type": type_, "description": f"The {name}."} for name, type_ in COLUMNS.items()]
    with service.connect() as connection:
        connection.execute(
            "INSERT INTO operations.dataset (key, schema_name, title, description, owner, contact, licence,"
            " licence_url, source_page, tables, declared_at) VALUES (%s, %s, 'Standards', 'What there is.',"
            " 'ada@example.gov.uk', 'data@example.gov.uk', 'OGL', 'https://ogl.example/', 'https://source.example/',"
            " %s, now())",
            [SCHEMA, SCHEMA, Jsonb([{"name": "L1", "columns": described}])],
        )


def read(client: Client, name: str, media_type: str = "application/ld+json") -> Json:
    answer = client.get(BASE + name if "/" not in name else name)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, media_type), answer.text
    document: Json = answer.json()
    return document


def store_csv(client: Client, url: str, folder: Path) -> str:
    """The CSV at a URL of a document, in a file."""
    (folder / "L1.csv").write_bytes(export(client, url.partition("/table-export/")[2]))
    return "L1.csv"


def require_dcat_ap(graph: Graph) -> None:
    """What DCAT-AP 3.0 demands of each class, with a value that is not empty."""
    for kind, properties in {
        DCAT.Catalog: (DCTERMS.title, DCTERMS.description, DCTERMS.publisher),
        DCAT.Dataset: (DCTERMS.title, DCTERMS.description),
        DCAT.Distribution: (DCAT.accessURL,),
        DCAT.DataService: (DCTERMS.title, DCAT.endpointURL),
        FOAF.Agent: (FOAF.name,),
    }.items():
        for subject in graph.subjects(RDF.type, kind):
            for each in properties:
                assert str(graph.value(subject, each) or ""), f"{subject} lacks {each}"


def test_dcat_has_what_its_profile_demands_and_leads_to_the_files(client: Client) -> None:
    graph = Graph().parse(data=json.dumps(read(client, "dcat.jsonld")), format="json-ld")

    require_dcat_ap(graph)
    assert graph.value(PAGE, DCTERMS.identifier) == Literal(SCHEMA)
    files = [str(graph.value(each, DCAT.accessURL)) for each in graph.objects(PAGE, DCAT.distribution)]
    assert sorted(client.get(url, "HEAD").status_code for url in files) == [200, 200, 200]
    (columns,) = set(graph.objects(None, DCTERMS.conformsTo))
    assert client.get(str(columns)).status_code == 200


def test_the_catalogue_has_what_a_client_may_read(service: Service, client: Client) -> None:
    document = read(client, "/api/v1/catalogue.jsonld")
    graph = Graph().parse(data=json.dumps(document), format="json-ld")
    require_dcat_ap(graph)
    assert PAGE in set(graph.objects(URIRef("http://127.0.0.1:8000/datasets/"), DCAT.dataset))

    other = service.add_client("no-standards", "table:other.dataset")
    assert read(other, "/api/v1/catalogue.jsonld")["dcat:dataset"] == []
    for name in ("dcat.jsonld", "csvw.json", "datapackage.json", "schema-org.jsonld"):
        assert other.get(BASE + name).status_code == 403


def test_csv_on_the_web_reads_our_csv(client: Client, tmp_path: Path) -> None:
    document = read(client, "csvw.json", "application/csvm+json")
    document["tables"][0]["url"] = store_csv(client, document["tables"][0]["url"], tmp_path)
    (tmp_path / "csv-metadata.json").write_text(json.dumps(document))

    group = csvw.TableGroup.from_file(tmp_path / "csv-metadata.json")
    rows = list(group.tables[0].iterdicts(strict=True))

    assert [row["id"] for row in rows] == [1, 2, 3]
    assert [row["is_open"] for row in rows] == [True, False, None]
    assert (rows[0]["name%20of%20it"], rows[1]["name%20of%20it"], rows[2]["name%20of%20it"]) == (
        'a, "b"',
        "two\nlines",
        None,
    )
    assert rows[1]["began_at"].isoformat() == "2026-01-31T10:00:00.000001"
    assert rows[1]["ended_at"].isoformat() == "2026-07-31T08:00:00+00:00"
    assert str(rows[0]["worth"]) == "1.50"


def test_a_data_package_is_valid_and_so_are_its_rows(client: Client, tmp_path: Path) -> None:
    document = read(client, "datapackage.json", "application/json")
    document["resources"][0]["path"] = store_csv(client, document["resources"][0]["path"], tmp_path)
    (tmp_path / "datapackage.json").write_text(json.dumps(document))

    report = frictionless.Package(str(tmp_path / "datapackage.json")).validate()

    assert report.valid, report.to_summary()
    assert report.tasks[0].stats["rows"] == 3


def test_schema_org_has_what_search_engines_ask_for(client: Client) -> None:
    document = read(client, "schema-org.jsonld")
    assert document["@context"] == "https://schema.org/"
    graph = Graph().parse(
        data=json.dumps(document | {"@context": {"@vocab": str(SDO)}}), format="json-ld", publicID=str(PAGE)
    )

    assert graph.value(PAGE, RDF.type) == SDO.Dataset
    assert {str(graph.value(PAGE, name)) for name in (SDO.name, SDO.description)} == {"Standards", "What there is."}
    assert len(set(graph.objects(PAGE, SDO.variableMeasured))) == len(COLUMNS)
    assert len(set(graph.objects(PAGE, SDO.distribution))) == 3


def test_a_document_that_has_not_changed_is_not_sent_again(client: Client) -> None:
    tag = client.get(f"{BASE}dcat.jsonld").headers["ETag"]

    assert client.get(f"{BASE}dcat.jsonld", headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/api/v1/datasets/told.nothing/dcat.jsonld").status_code == 404
