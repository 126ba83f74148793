"""The rows on which an upload is based: in a table, or made again from the stored files that they came from."""

from dss_assets.database import Connection, lock_dataset
from dss_assets.errors import InvalidFile
from dss_assets.loading import Tables, load_file
from dss_assets.loading.kept import BASE, find_table_of
from dss_assets.storage import Storage
from dss_assets.uploads.upload import Upload, find

# What messages call a file that was uploaded before.
_PLACE = "A file of an earlier version"


def make_base(connection: Connection, storage: Storage, upload: Upload) -> None:
    """See to it that the rows on which an upload is based are in a table. `connection` is in autocommit mode.

    Where no table has them, they are made from the last version that replaced everything and those that were based on
    it, in their order. Raises InvalidFile where one of these was deleted, or cannot be loaded any more.
    """
    links: list[Upload] = []
    link = upload
    while link.merge and find_table_of(connection, link.key, link.merge.base) is None:
        link = _find(connection, link.merge.base)
        links.append(link)
    for link in reversed(links):
        path = storage.upload_path(link.organisation, link.dataset, link.id)
        with storage.open(path, _PLACE) as file, connection.transaction():
            lock_dataset(connection, link.key)
            load_file(connection, Tables(link.declaration(), BASE), link.id, file, _PLACE)


def _find(connection: Connection, upload_id: str) -> Upload:
    try:
        return find(connection, upload_id)
    except InvalidFile as error:
        raise InvalidFile(
            f"This version is based on an earlier one ({upload_id}) that was deleted, and whose rows are in no table "
            "any more. Nothing was loaded. Upload all rows in one file, and replace those that are there."
        ) from error
