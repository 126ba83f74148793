"""Whom people write to: a name, an address, or both."""

import pytest
from pydantic import ValidationError

from dss_web.configuration import WebSettings
from dss_web.contact import Contact
from tests.conftest import web_environment


@pytest.mark.parametrize(
    ("text", "name", "link"),
    [
        ("the data team", "the data team", ""),
        ("data@example.gov.uk", "data@example.gov.uk", "mailto:data@example.gov.uk"),
        ("the data team <data@example.gov.uk>", "the data team", "mailto:data@example.gov.uk"),
        ("https://help.example/dss?a=1", "https://help.example/dss?a=1", "https://help.example/dss?a=1"),
        ("the help desk <https://help.example/>", "the help desk", "https://help.example/"),
        # A name with an @ is none; nor does an address bring headers of a mail along.
        ("@data on chat", "@data on chat", ""),
        ("a?cc=x&b@example.gov.uk", "a?cc=x&b@example.gov.uk", "mailto:a%3Fcc%3Dx%26b@example.gov.uk"),
        ("javascript:alert(1)", "javascript:alert(1)", ""),
    ],
)
def test_a_contact_is_a_link_where_it_has_an_address(text: str, name: str, link: str) -> None:
    contact = Contact.parse(text)
    assert (contact.name, contact.link) == (name, link)


def test_a_contact_in_a_text_without_links_has_its_address() -> None:
    assert str(Contact.parse("the data team <data@example.gov.uk>")) == "the data team (data@example.gov.uk)"
    assert str(Contact.parse("data@example.gov.uk")) == "data@example.gov.uk"


@pytest.mark.parametrize("text", ["the team <nowhere>", "the team <javascript:alert(1)>", "<script>", "a <b@c.de> d"])
@pytest.mark.parametrize("setting", ["DSS_ACCESS_CONTACT", "DSS_FEEDBACK_CONTACT", "DSS_PRIVACY_CONTACT"])
def test_a_wrong_contact_stops_the_process(monkeypatch: pytest.MonkeyPatch, setting: str, text: str) -> None:
    for name, value in web_environment("postgresql://nowhere/x", "file:///nowhere").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(setting, text)
    with pytest.raises(ValidationError, match="is neither"):
        WebSettings()
