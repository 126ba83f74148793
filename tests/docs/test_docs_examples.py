"""The documentation's examples, run in an empty folder as the served page shows them, by a client with a new key."""

import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import psycopg
import pyarrow.parquet
import pytest
from psycopg import sql

from dss_assets.loading.change_tracking import track_changes
from infra.local.postgres import Postgres
from tests.conftest import REPOSITORY, web_environment
from tests.docs.page import Code, Docs, read_docs
from tests.parts.service import Service, running

NOT_RUN = re.compile(r"pip install|export API_URL")


@pytest.fixture(scope="module")
def web(
    postgres_server: Postgres, migrated_template: str, static_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A web app with a table as the dataset's L1, three pages long."""
    postgres_server.create_database("documented", template=migrated_template)
    settings = {"DSS_STATIC_FOLDER": str(static_folder), "DSS_WEB_WORKERS": "1"}
    with running(postgres_server.url("documented"), tmp_path_factory.mktemp("web"), **settings) as service:
        service.execute(
            'CREATE SCHEMA "hmrc.exporters"',
            'CREATE TABLE "hmrc.exporters"."L1" (id int PRIMARY KEY, data_source_row_id int, datetime timestamp,'
            " company_name text, address text, postcode text, export_item_codes text[])",
            """INSERT INTO "hmrc.exporters"."L1" SELECT g, g, '2024-05-01', 'leeds trading ltd', '1 mill lane leeds',
                'LS11AA', ARRAY['84713000', '90189084'] FROM generate_series(1, 25) g""",
        )
        with psycopg.connect(service.database_url) as connection:
            track_changes(connection, sql.Identifier("hmrc.exporters", "L1"))
        yield service


@pytest.fixture(scope="module")
def docs(web: Service) -> Docs:
    return read_docs(web.url)


@pytest.fixture(scope="module")
def reader(web: Service, docs: Docs, tmp_path_factory: pytest.TempPathFactory) -> "Reader":
    """Someone with an empty folder, and a key made by the page's own command."""
    (command,) = [code.text for code in docs.codes if "add_hawk_client" in code.text]
    made = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=REPOSITORY,
        env=web_environment(web.database_url, "file:///nowhere"),
        capture_output=True,
        text=True,
        check=True,
    )
    identifier, key = re.findall(r"(?:id|key): +(\S+)", made.stdout)
    (settings,) = [code.text for code in docs.codes if "export API_URL" in code.text]
    settings = settings.replace("HAWK_ID=…", f"HAWK_ID={identifier}").replace("HAWK_KEY=…", f"HAWK_KEY={key}")
    return Reader(settings, tmp_path_factory.mktemp("empty"))


class Reader:
    """Runs commands in a shell in which the page's settings, with id and key filled in, and Python's packages are."""

    def __init__(self, settings: str, folder: Path) -> None:
        self.settings = settings
        self.folder = folder

    def run(self, command: str, folder: Path | None = None) -> str:
        finished = subprocess.run(
            ["/bin/sh", "-ec", f"{self.settings}\n{command}"],
            cwd=folder or self.folder,
            env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout


def test_every_example_prints_what_the_page_says(docs: Docs, reader: Reader) -> None:
    compared = 0
    for code, following in pairwise([*docs.codes, Code("", "")]):
        if code.file:
            (reader.folder / code.file).write_text(code.text)
        elif code.purpose == "run":
            printed = reader.run(code.text)
            assert following.purpose == "output", f"the page does not say what this prints: {code.text}"
            assert printed.rstrip("\n") == following.text.rstrip("\n"), code.text
            compared += 1

    assert compared >= 8


def test_the_repositorys_own_command_reads_to_the_last_page(docs: Docs, reader: Reader) -> None:
    (command,) = [code.text for code in docs.codes if code.purpose == "manage" and "--follow" in code.text]

    pages = reader.run(command, REPOSITORY).splitlines()

    assert len(pages) == 3
    assert pages[-1].endswith('"next":null}')


def test_the_curl_command_that_it_prints_is_good_for_one_request(docs: Docs, reader: Reader) -> None:
    (command,) = [code.text for code in docs.codes if code.purpose == "manage" and "--print-curl" in code.text]

    curl = reader.run(command, REPOSITORY)

    assert "HAWK_KEY" not in curl
    assert reader.run(f"{curl.strip()} --silent").startswith('{"columns":')
    assert reader.run(f"{curl.strip()} --silent --output /dev/null --write-out '%{{http_code}}'") == "401"


def test_the_repositorys_own_command_fetches_a_whole_table(docs: Docs, reader: Reader, tmp_path: Path) -> None:
    (command,) = [code.text for code in docs.codes if code.purpose == "manage" and "hawk_export" in code.text]

    reader.run(command.replace("--output ", f"--output {tmp_path}/"), REPOSITORY)

    assert pyarrow.parquet.read_table(tmp_path / "exporters.parquet").num_rows == 25


def test_a_table_of_which_a_part_is_missing_is_noticed(docs: Docs, reader: Reader) -> None:
    (program,) = [code.text for code in docs.codes if code.file == "export_table.py"]
    (reader.folder / "cut.py").write_text(program.replace("digest.update(block)", "digest.update(block[:-1])"))

    with pytest.raises(AssertionError, match="is not all that was sent"):
        reader.run("python3 cut.py hmrc.exporters L1")


def test_no_command_of_the_page_is_left_untried(docs: Docs) -> None:
    untried = [
        code.text for code in docs.codes if code.language == "sh" and not code.purpose and not NOT_RUN.search(code.text)
    ]

    assert [text.split()[2] for text in untried] == ["add_hawk_client"], "by which the reader's key is made"


def test_the_normalised_string_on_the_page_gives_the_published_mac(docs: Docs, reader: Reader) -> None:
    (normalised,) = [code.text for code in docs.codes if code.purpose == "normalised"]
    (header,) = [code.text for code in docs.codes if code.purpose == "header"]
    (reader.folder / "normalised").write_text(normalised)

    mac = reader.run(
        "openssl dgst -sha256 -hmac werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn -binary normalised | openssl base64"
    )

    assert mac.strip() == "6R4rV5iE+NPoym+WwjeHzjAGXUtLNIxmo1vpMofpLAE="
    assert f'mac="{mac.strip()}"' in header


def test_an_answer_that_somebody_changed_is_noticed_by_the_program_without_libraries(
    docs: Docs, reader: Reader
) -> None:
    (program,) = [code.text for code in docs.codes if code.file == "hawk_get.py"]
    (reader.folder / "changed.py").write_text(program.replace("response.read()", "response.read() + b' '"))

    with pytest.raises(AssertionError, match="signature is wrong"):
        reader.run('python3 changed.py "$API_URL/api/v1/table-structure/hmrc.exporters/L1"')


def test_a_program_that_is_refused_names_the_request(docs: Docs, reader: Reader) -> None:
    (program,) = [code for code in docs.codes if code.file == "read_table.py"]
    (reader.folder / program.purpose.removeprefix("file=")).write_text(program.text)

    with pytest.raises(AssertionError, match=r"403 .* \(request [0-9a-f]{32}\)"):
        reader.run("python3 read_table.py ons.postcode_directory L1")
