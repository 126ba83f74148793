"""Pages of links as publishers write them, and what stands in their place now and then."""

import pytest

from dss_assets.errors import TransientError
from dss_assets.sources import PublisherClient, list_files, read_listing
from dss_assets.storage import Storage
from tests.parts.unruly import Answer, Framing, UnrulyPublisher
from tests.parts.unruly_fixtures import UNRULY, Linked

FILE = b'<a href="exporters2512.zip">December</a>'
GOOD = b"<html><body>" + FILE + b"</body></html>"


@pytest.mark.parametrize(
    ("page", "path"),
    [
        (GOOD, "/trade/exporters2512.zip"),
        (b'<html><A HREF="Exporters2512.ZIP">December</A></html>', "/trade/Exporters2512.ZIP"),
        (b'<html><a href="../media/x/exporters2512.zip?v=1">December</a></html>', "/media/x/exporters2512.zip?v=1"),
        (b'<html><base href="/media/abc/">' + FILE + b"</html>", "/media/abc/exporters2512.zip"),
        (b'<html><BASE HREF="../other/page"/>' + FILE + b"</html>", "/other/exporters2512.zip"),
        (b'<html><a href="exporters%32512.zip ">December</a></html>', "/trade/exporters%32512.zip"),
        (b'<html><a href="\\media\\x\\exporters2512.zip">December</a></html>', "/media/x/exporters2512.zip"),
        (b'<html><a href="http://[/exporters2512.zip"></a>' + FILE + b"</html>", "/trade/exporters2512.zip"),
        (b'<html><a href="/get?id=7&amp;file=exporters2512.zip"></a></html>', "/get?id=7&file=exporters2512.zip"),
        (b'<html><a href="/get/7" download="exporters2512.zip">December</a></html>', "/get/7"),
        (b'<html><a href="/view?of=exporters2512.zip"></a>' + FILE + b"</html>", "/trade/exporters2512.zip"),
    ],
    ids=[
        *("relative", "upper case", "parent", "base", "relative base", "escaped", "backslashes", "beside no URL"),
        *("in the query", "in an attribute", "at the end of a path before a query"),
    ],
)
def test_a_link_leads_where_a_browser_would_go(
    page: bytes, path: str, unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage, linked: Linked
) -> None:
    unruly.answers["/trade/page"] = Answer(page)

    [file] = list_files(linked("/trade/page"), unruly_client, storage)

    assert file.url == unruly.url + path
    assert file.name.lower() == "exporters2512.zip"


def test_a_link_to_the_real_host_goes_where_the_setting_says(
    unruly: UnrulyPublisher, storage: Storage, linked: Linked
) -> None:
    unruly.answers["/page"] = Answer(b'<html><a href="https://publisher.example/exporters2512.zip"></a></html>')
    unruly_client = PublisherClient({"https://publisher.example": unruly.url, UNRULY: unruly.url})

    [file] = list_files(linked("/page"), unruly_client, storage)

    assert file.url == f"{unruly.url}/exporters2512.zip"


@pytest.mark.parametrize("framing", [Framing.LENGTH, Framing.CHUNKED])
def test_a_page_without_its_end_tag_is_whole_where_http_says_so(
    framing: Framing, unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage, linked: Linked
) -> None:
    unruly.answers["/page"] = Answer(b"<html><body><ul><li>" + FILE + b"</ul><p>Crown copyright\n", framing=framing)

    assert len(list_files(linked("/page"), unruly_client, storage)) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html><body><ul><li>" + FILE + b"<li><a hr"),
        Answer(b"<html><body><ul><li>" + FILE + b"<li>"),
        Answer(b"<html><body>" + FILE, framing=Framing.CLOSE),
    ],
    ids=["within a tag", "within a list", "no length"],
)
def test_a_page_that_may_have_been_cut_is_refused(
    answer: Answer, unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage, linked: Linked
) -> None:
    unruly.answers["/page"] = answer

    with pytest.raises(TransientError, match=r"/page was cut short"):
        list_files(linked("/page"), unruly_client, storage)


@pytest.mark.parametrize("framing", Framing)
def test_a_page_that_breaks_off_is_refused(
    framing: Framing, unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage, linked: Linked
) -> None:
    unruly.answers["/page"] = Answer(GOOD + b" " * 5000, framing=framing, cuts=[len(FILE) + 12])

    with pytest.raises(TransientError, match=r"/page (broke off|was cut short)"):
        list_files(linked("/page"), unruly_client, storage)


@pytest.mark.parametrize(
    "wrong",
    [b"", b"<html></html>", b'<html><body><form action="/login"><a href="/help">Help</a></form></body></html>'],
    ids=["nothing", "empty", "login"],
)
@pytest.mark.parametrize("pages", [("/right", "/wrong"), ("/wrong", "/right")])
def test_one_page_that_is_not_right_makes_no_shorter_listing(
    pages: tuple[str, str],
    wrong: bytes,
    unruly: UnrulyPublisher,
    unruly_client: PublisherClient,
    storage: Storage,
    linked: Linked,
) -> None:
    unruly.answers |= {"/right": Answer(GOOD), "/wrong": Answer(wrong)}

    with pytest.raises(TransientError, match=rf"{unruly.url}/wrong"):
        list_files(linked(*pages), unruly_client, storage)


def test_links_that_nearly_match_are_told(
    unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage, linked: Linked
) -> None:
    others = ("exporters-2601.zip", "exporter2602.zip", "importers2512.zip", "exporters.pdf", "smka122512.zip")
    page = b"<html>" + FILE + "".join(f'<a href="/media/{name}"></a>' for name in others).encode() + b"</html>"
    unruly.answers["/page"] = Answer(page)

    listing = read_listing(linked("/page"), unruly_client, storage)

    assert [file.name for file in listing.files] == ["exporters2512.zip"]
    assert listing.near_misses == ["exporters-2601.zip", "exporter2602.zip"]
