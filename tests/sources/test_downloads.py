"""Downloads that break off: taken up where they ended, or not kept."""

import hashlib

import pytest

from dss_assets.errors import NotAtItsUrl, TransientError
from dss_assets.sources import PublisherClient
from dss_assets.storage import Storage
from tests.parts.unruly import Answer, Framing, UnrulyPublisher

LINES = "".join(f"{number},a line of a file\n" for number in range(1000)).encode()
ETAG = {"ETag": '"one"'}
FILE = "/files/a.csv"


def _stored(unruly_client: PublisherClient, unruly: UnrulyPublisher, storage: Storage, name: str = "a.csv") -> bytes:
    """The bytes that are kept of a file after its download."""
    stored = storage.put("datasets/file", unruly_client.fetch(name, unruly.url + FILE))
    kept = b"".join(storage.read("datasets/file"))
    assert stored.digest == hashlib.sha256(kept).hexdigest()
    return kept


@pytest.mark.parametrize("framing", Framing)
def test_a_whole_file_is_kept(
    framing: Framing, unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    unruly.answers[FILE] = Answer(LINES, framing=framing)

    assert _stored(unruly_client, unruly, storage) == LINES


@pytest.mark.parametrize(
    ("framing", "head_length"),
    [
        (Framing.LENGTH, len(LINES)),
        (Framing.CHUNKED, len(LINES)),
        (Framing.CHUNKED, None),
        (Framing.CLOSE, len(LINES)),
        (Framing.CLOSE, None),
        (Framing.CLOSE, 0),
    ],
)
def test_what_breaks_off_is_not_kept(
    framing: Framing, head_length: int | None, unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    """The cut is behind a line: the rows before it would load as if they were all."""
    cut = LINES.index(b"520,")
    unruly.answers[FILE] = Answer(LINES, framing=framing, head_length=head_length, cuts=[cut])

    with pytest.raises(TransientError, match="broke off"):
        _stored(unruly_client, unruly, storage)

    assert storage.find("datasets/file") is None
    assert _stored(unruly_client, unruly, storage) == LINES, "the next attempt has it whole"


@pytest.mark.parametrize("framing", Framing)
@pytest.mark.parametrize("headers", [ETAG, {"Last-Modified": "Mon, 02 Nov 2026 10:00:00 GMT"}], ids=["ETag", "date"])
def test_a_broken_download_goes_on_where_it_ended(
    headers: dict[str, str], framing: Framing, unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    unruly.answers[FILE] = Answer(
        LINES, headers=headers, framing=framing, head_length=len(LINES), cuts=[9000, 5000], takes_ranges=True
    )

    assert _stored(unruly_client, unruly, storage) == LINES
    assert unruly.gets(FILE) == ["", "bytes=9000-", "bytes=14000-"]


def test_a_download_that_breaks_off_again_and_again_is_left_for_the_next_attempt(
    unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    unruly.answers[FILE] = Answer(LINES, headers=ETAG, cuts=[2000] * 100, takes_ranges=True)

    with pytest.raises(TransientError, match="broke off"):
        _stored(unruly_client, unruly, storage)

    assert len(unruly.gets(FILE)) == 6
    assert storage.find("datasets/file") is None


@pytest.mark.parametrize(
    "changed",
    [
        Answer(b"other bytes" * 3000, headers={"ETag": '"two"'}, takes_ranges=True),
        Answer(LINES, headers=ETAG),
        Answer(status=503),
        Answer(LINES[:9000], headers=ETAG, status=416),
    ],
    ids=["another file", "no ranges", "503", "416"],
)
def test_the_rest_of_another_file_is_not_joined(
    changed: Answer, unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    unruly.answers[FILE] = Answer(LINES, headers=ETAG, cuts=[9000], takes_ranges=True)
    chunks = unruly_client.fetch("a.csv", unruly.url + FILE)
    next(chunks)
    unruly.answers[FILE] = changed

    with pytest.raises(TransientError, match=r"broke off|503"):
        list(chunks)


def test_a_weak_etag_does_not_promise_the_same_bytes(
    unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    unruly.answers[FILE] = Answer(LINES, headers={"ETag": 'W/"one"'}, cuts=[9000], takes_ranges=True)

    with pytest.raises(TransientError, match="broke off"):
        _stored(unruly_client, unruly, storage)


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_gone_from_its_url_is_told_from_one_that_does_not_come(
    status: int, unruly: UnrulyPublisher, unruly_client: PublisherClient
) -> None:
    unruly.answers[FILE] = Answer(status=status)

    with pytest.raises(NotAtItsUrl, match=str(status)):
        list(unruly_client.fetch("a.csv", unruly.url + FILE))


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><title>Maintenance</title>",
        b"\n\n  <!-- build 17 -->\n<!DOCTYPE html><html><body>Log in</body></html>",
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"><html/>',
        b"<!--" + b"x" * 5000 + b"--><html></html>",
        b"<HTML><BODY>We are sorry</BODY></HTML>",
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.zip", "A.ZIP"])
def test_a_page_in_place_of_a_file_is_not_kept(
    name: str, page: bytes, unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    unruly.answers[FILE] = Answer(page)

    with pytest.raises(TransientError, match="200 with an HTML page instead of the file"):
        _stored(unruly_client, unruly, storage, name)
    assert storage.find("datasets/file") is None


def test_an_error_of_arcgis_in_place_of_a_file_is_told_with_its_message(
    unruly: UnrulyPublisher, unruly_client: PublisherClient
) -> None:
    unruly.answers[FILE] = Answer(b'{"error": {"code": 498, "message": "Invalid token."}}')

    with pytest.raises(TransientError, match=r"200 with the error .*498.*Invalid token\."):
        list(unruly_client.fetch("a.csv", unruly.url + FILE))
