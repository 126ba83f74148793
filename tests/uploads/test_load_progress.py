"""How many rows of a version are copied is shown while it is loaded, before anything of it is committed."""

import psycopg
import pytest

from dss_web.uploads.load_progress import LoadProgress
from tests.parts.site import UPLOADER, Site, id_in

ROWS = 20_000


def test_rows_are_counted_while_they_are_copied(site: Site) -> None:
    person = site.login(UPLOADER)
    dataset = person.create_dataset()
    file_id = id_in(person.upload(dataset, "a,b\n" + "1,2\n" * ROWS).url)
    person.post(f"{dataset}verify/{file_id}/")
    ((key,),) = site.sql(
        "SELECT organisation || '.' || dataset FROM pipeline JOIN pipeline_data_file AS file"
        " ON file.pipeline_id = pipeline.id WHERE file.id = %s",
        file_id,
    )
    site.sql("UPDATE pipeline_data_file SET state = 'processing_dss' WHERE id = %s", file_id)
    assert person.get(f"/upload/progress/{file_id}/").json()["info"] == "Loading the rows"

    with psycopg.connect(site.database_url) as loading:
        loading.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"file {key} {file_id}"])
        loading.execute("CREATE TEMPORARY TABLE half (a integer, b integer)")
        with loading.cursor().copy("COPY half FROM STDIN (FORMAT csv)") as copy:
            copy.write(b"1,2\n" * (ROWS // 2))
            # Postgres has read what its network buffers do not hold.
            copy.write(b"3,4\n" * 5000)
            told: dict[str, object] = {}
            while "of 20,000 rows" not in str(told.get("info")):
                told = person.get(f"/upload/progress/{file_id}/").json()
        assert told["state"] == "processing_dss"
        assert 40 <= int(str(told["progress"])) < 70


@pytest.mark.parametrize(
    ("copied", "seconds", "told"),
    [
        (1_200_000, 60, "Loading: 1,200,000 of 2,700,000 rows, about 2 minutes left"),
        (2_600_000, 60, "Loading: 2,600,000 of 2,700,000 rows, about 10 seconds left"),
        (300_000, 900, "Loading: 300,000 of 2,700,000 rows, about 2 hours left"),
        (1_000, 60, "Loading: 1,000 of 2,700,000 rows"),
        (300_000, 2, "Loading: 300,000 of 2,700,000 rows"),
        (2_700_000, 60, "Loading: all 2,700,000 rows are copied, the table is being finished"),
    ],
)
def test_the_time_that_is_left_is_told_once_it_can_be_known(copied: int, seconds: float, told: str) -> None:
    assert LoadProgress(copied, 2_700_000, seconds).info == told
