"""What people do in their browsers leaves its lines in the log as well."""

from tests.parts.log import line_of
from tests.parts.site import UPLOADER, Site


def test_the_pages_of_an_upload_leave_their_lines(site: Site) -> None:
    person = site.login(UPLOADER)
    dataset = person.create_dataset()
    page = person.get(dataset)
    uploaded = person.upload(dataset, "a,b\n1,2\n")

    shown = [
        [line_of(site.log, answer.headers["X-Request-ID"])[name] for name in ("route", "method", "status", "bytes")]
        for answer in (page, uploaded.history[0], uploaded)
    ]
    assert shown == [
        ["upload/data/<slug:slug>/", "GET", 200, len(page.content)],
        ["upload/data/<slug:slug>/", "POST", 302, 0],
        ["upload/data/<slug:slug>/verify/<uuid:file_id>/", "GET", 200, len(uploaded.content)],
    ]
    assert UPLOADER.email not in site.log.read_text()
