"""An S3 server for one machine: moto's, with a bucket whose objects are kept in a folder.

moto holds objects in memory. They are read from the folder at the start, and every change is written to it within
MIRROR_SECONDS.
"""

import argparse
import signal
import threading
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

import boto3
from moto.server import ThreadedMotoServer

# Files that are put into the folder by hand are in the bucket this soon.
MIRROR_SECONDS: Final = 2.0


class Bucket:
    """One bucket and the folder that mirrors it: an object is a file named by its key, with `/` as %2F."""

    def __init__(self, client: Any, name: str, folder: Path) -> None:
        """Mirror the bucket `name` of a boto3 client in `folder`."""
        self._client = client
        self._name = name
        self._folder = folder
        self._seen: dict[str, object] = {}
        self._unfinished = folder / "%"  # no key is quoted as this
        folder.mkdir(parents=True, exist_ok=True)

    def restore(self) -> None:
        """Make the bucket and put into it what the folder holds."""
        self._client.create_bucket(Bucket=self._name)
        for file in self._folder.iterdir():
            if file != self._unfinished:
                self._client.upload_file(str(file), self._name, unquote(file.name))
        self._seen = self._objects()

    def mirror(self) -> None:
        """Write the objects that are new or another, and delete the files of those that are gone."""
        objects = self._objects()
        for key, version in objects.items():
            if self._seen.get(key) == version:
                continue
            try:
                self._client.download_file(self._name, key, str(self._unfinished))
            except self._client.exceptions.ClientError:
                continue  # deleted meanwhile: the next look sees that
            self._unfinished.replace(self._folder / quote(key, safe=""))
        for key in self._seen.keys() - objects.keys():
            (self._folder / quote(key, safe="")).unlink(missing_ok=True)
        self._seen = objects

    def _objects(self) -> dict[str, object]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name)
        return {
            entry["Key"]: (entry["ETag"], entry["LastModified"]) for page in pages for entry in page.get("Contents", ())
        }


def main() -> None:
    """Serve a bucket until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    # Filled before anybody can look into it: on a port of its own, over the same memory.
    inner = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    inner.start()
    endpoint = "http://{}:{}".format(*inner.get_host_and_port())
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 it checks no keys
    )
    bucket = Bucket(client, options.bucket, options.folder)
    bucket.restore()
    ThreadedMotoServer(options.host, options.port, verbose=False).start()
    while not stopping.wait(MIRROR_SECONDS):
        bucket.mirror()
    bucket.mirror()


if __name__ == "__main__":
    main()
