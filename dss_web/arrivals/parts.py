"""The parts of a file in the storage, `arriving/<organisation>/<dataset>/<id>/<number>`, and the whole out of them."""

from collections.abc import Iterator
from hashlib import sha256

from dss_web.registry.models import Arrival
from dss_web.shared.contract import arriving_folder
from dss_web.uploads import file_storage


class PartLost(Exception):
    """A part is not in the storage as it was recorded; `number` is its."""

    def __init__(self, number: int) -> None:
        super().__init__(f"part {number}")
        self.number = number


def _folder(arrival: Arrival) -> str:
    return arriving_folder(arrival.pipeline.organisation, arrival.pipeline.dataset, str(arrival.id))


def put(arrival: Arrival, number: int, content: bytes) -> None:
    """Write a part. Raises StorageUnavailable."""
    file_storage.put_bytes(f"{_folder(arrival)}/{number}", content)


def read(arrival: Arrival, digests: list[str]) -> Iterator[bytes]:
    """The whole file, a chunk at a time. `digests` has that of each part.

    Raises PartLost, possibly after chunks of the part, or StorageUnavailable.
    """
    # All that the database says is asked for here: the chunks are read in another thread, which would open a connection
    # of its own and never give it back.
    return _read([(f"{_folder(arrival)}/{n}", arrival.size_of(n), digest) for n, digest in enumerate(digests)])


def _read(expected: list[tuple[str, int, str]]) -> Iterator[bytes]:
    for number, (path, size, digest) in enumerate(expected):
        found, read = sha256(), 0
        try:
            for chunk in file_storage.read_chunks(path):
                found.update(chunk)
                read += len(chunk)
                yield chunk
        except FileNotFoundError as error:
            raise PartLost(number) from error
        if found.hexdigest() != digest or read != size:
            raise PartLost(number)


def remove(arrival: Arrival) -> None:
    """Delete all parts. Raises StorageUnavailable."""
    file_storage.delete_tree(_folder(arrival))
