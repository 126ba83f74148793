"""The steps of an import, in the order in which they need one another."""

from collections.abc import Callable, Iterator

from dss_web.configuration import web_settings
from dss_web.moving_in.clients import Clients
from dss_web.moving_in.datasets import UploadedDatasets
from dss_web.moving_in.former import Former
from dss_web.moving_in.registry_rows import RegistryRows
from dss_web.moving_in.report import Step
from dss_web.moving_in.stored_files import move_files
from dss_web.moving_in.tables import declared_datasets, move_tables
from dss_web.moving_in.things import move
from dss_web.moving_in.versions import Versions


def import_steps(
    former: Former,
    theirs_url: str,
    *,
    is_in_place: bool,
    is_applied: bool,
    is_empty: bool,
    say: Callable[[str], None],
) -> Iterator[Step]:
    """Carry the steps out, or say what each would do. `theirs_url` is the Flask service's storage.

    `is_empty`: this service has no tables of its own yet, in a dry run before a database is adopted.
    """
    settings = web_settings()
    published = declared_datasets()
    pipelines = former.rows("public", "pipeline", "id")
    uploaded = frozenset(f"{row['organisation']}.{row['dataset']}" for row in pipelines) - published
    folders = [settings.datasets_folder, settings.upload_folder]
    # The Flask service copied each upload to the folder of published files when it loaded it.
    copies = tuple(f"{settings.datasets_folder}/{key.replace('.', '/', 1)}/" for key in uploaded)

    yield move(Clients(former), is_applied=is_applied, is_empty=is_empty)
    yield move(UploadedDatasets(former, published), is_applied=is_applied, is_empty=is_empty)
    yield move_files(
        theirs_url,
        settings.s3_bucket_url,
        folders,
        lambda path: not path.startswith(copies),
        is_applied=is_applied,
        is_empty=is_empty,
        say=say,
    )
    yield move_tables(is_in_place=is_in_place, is_applied=is_applied, say=say)
    # What follows looks at the tables that are here, and at the files.
    where = settings.s3_bucket_url if is_applied else theirs_url
    yield move(Versions(former, published, where, settings.upload_folder), is_applied=is_applied, is_empty=is_empty)
    yield move(
        RegistryRows(
            former,
            published,
            uploaded,
            where,
            (settings.datasets_folder, settings.upload_folder),
            is_told_of_tables=is_applied,
        ),
        is_applied=is_applied,
        is_empty=is_empty,
    )
