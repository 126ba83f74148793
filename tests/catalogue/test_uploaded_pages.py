"""The pages of an uploaded dataset: its versions, and values only where nobody could be hurt by them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import pytest

from dss_assets import uploads
from dss_assets.database import Database
from dss_assets.storage import Storage
from infra.local.ports import free_port
from tests.parts.delivered import mark_delivered
from tests.parts.published import Published
from tests.parts.site import ADMINISTRATOR, READER, UPLOADER, Site, Visitor, running_web, unbroken

FIRST = "name,amount\nPens,1\nInk,2\n"
SECOND = "name,amount,region\nPens,1,North\nPaper,3,South\nGlue,5,East\n"


@dataclass(frozen=True)
class Uploaded:
    """A dataset of the uploader with two versions that are loaded, the second with a note."""

    site: Site
    path: str
    files: tuple[str, str]

    @property
    def slug(self) -> str:
        return self.path.split("/")[3]

    @property
    def page(self) -> str:
        """Its page in the catalogue."""
        return f"/datasets/dbt/{self.slug.removeprefix('dbt-')}/"


@pytest.fixture(scope="module")
def uploaded(site: Site) -> Uploaded:
    owner = site.login(UPLOADER)
    path = owner.create_dataset()
    loaded = []
    for content in (FIRST, SECOND):
        loaded.append(owner.upload(path, content).url.split("/")[-2])
        owner.post(f"{path}verify/{loaded[-1]}/", {"accept-changes": "yes", "mode": "replace"})
        with Database(site.database_url).connect("test") as connection:
            (upload,) = [one for one in uploads.due_files(connection) if one.id == loaded[-1]]
            uploads.ingest_upload(connection, Storage(site.storage_url, "datasets", "uploads"), upload, "a run", 2)
            mark_delivered(connection, loaded[-1])
    version = f"{path}version/{loaded[1]}/"
    owner.submit(owner.get(version), f"{version}note/", {"note": "With regions from now on"})
    return Uploaded(site, path, (loaded[0], loaded[1]))


def page(visitor: Visitor, path: str) -> str:
    response = visitor.get(path)
    assert response.status_code == 200, visitor.site.log.read_text()[-3000:]
    return unescape(unbroken(response.text))


def test_versions_say_what_they_changed_and_what_their_people_say_of_them(uploaded: Uploaded, reader: Visitor) -> None:
    text = page(reader, f"{uploaded.page}versions/")

    newest, first = re.split(r"<li class=\"dss-history__one\">", text)[1:3]
    for said in ("3 rows, 1 more than before", "Replaced all rows", "With regions from now on", "New columns: region"):
        assert said in newest
    assert "2 rows. Replaced all rows." in first
    assert "New columns" not in first


@pytest.fixture(params=[True, None])
def personal(request: pytest.FixtureRequest, uploaded: Uploaded) -> Iterator[None]:
    """The dataset may hold personal data, or nobody has said whether it does."""
    say = "UPDATE pipeline SET may_hold_personal_data = %s WHERE slug = %s"
    uploaded.site.sql(say, request.param, uploaded.slug)
    yield
    uploaded.site.sql(say, False, uploaded.slug)


@pytest.mark.usefixtures("personal")
def test_no_value_is_shown_unasked_where_it_may_be_personal(uploaded: Uploaded, reader: Visitor) -> None:
    text = page(reader, uploaded.page)

    assert "Values are not shown" in text
    assert "Paper" not in text
    assert "Pens" not in text
    assert "Pens" in page(reader, f"{uploaded.page}rows/")


def test_values_are_shown_where_somebody_said_that_they_are_not_personal(uploaded: Uploaded, reader: Visitor) -> None:
    text = page(reader, uploaded.page)

    assert "<li>Paper</li>" in text
    assert "Values are not shown" not in text


def test_files_of_an_uploaded_dataset_are_its_versions(uploaded: Uploaded, reader: Visitor) -> None:
    assert reader.get(f"{uploaded.page}files/").url.endswith("/versions/")


def test_only_its_owners_are_led_to_who_reads_it(uploaded: Uploaded, site: Site, reader: Visitor) -> None:
    link = f'href="{uploaded.page}people/"'

    assert link in page(site.login(UPLOADER), uploaded.page)
    assert link in page(site.login(ADMINISTRATOR), uploaded.page)
    assert link not in page(reader, uploaded.page)


def test_each_file_leads_to_dagster_for_those_who_may_see_it(
    uploaded: Uploaded,
    published: Published,
    site: Site,
    static_folder: object,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    port = free_port()
    key = "k" * 43 + "="
    visitors = {person: site.login(person) for person in (ADMINISTRATOR, READER)}
    with running_web(
        tmp_path_factory.mktemp("dagster"),
        static_folder,  # type: ignore[arg-type]
        site.database_url,
        site.storage_url,
        site.sso_url,
        port,
        DSS_DAGSTER_UI_KEY=key,
    ) as other:
        # Cookies are for a host, whatever its port.
        texts = {
            person: [
                unescape(visitor.http.get(f"{other.url}{path}").text)
                for path in (f"{published.path}files/", f"{uploaded.page}versions/")
            ]
            for person, visitor in visitors.items()
        }

    files, versions = texts[ADMINISTRATOR]
    asset = f"/dagster/assets{published.path.removeprefix('/datasets').removesuffix('/')}/file"
    assert f'href="{asset}?view=partitions&partition=2024-01.csv"' in files
    assert 'href="/dagster/runs/a-run"' in files
    name = uploaded.slug.replace("-", ".", 1)
    assert f"/dagster/assets/uploads/file?view=partitions&partition={name}%3A{uploaded.files[1]}" in versions
    assert not [text for text in texts[READER] if "/dagster/" in text.partition("<main")[2]]
