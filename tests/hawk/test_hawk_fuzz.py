"""Whatever is done to a valid `Authorization` header: nobody gets in by it, and nothing breaks.

A header that says the same in other words (`same_request`) is the same header, and lets its owner in.
"""

import http.client
import string
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dss_web.hawk.header import MAX_LENGTH, REQUIRED, parse_header
from dss_web.http.errors import BadRequest
from tests.parts.service import Service

PATH = "/api/v1/table-structure/fuzz/L1"
NAMES = ("id", "ts", "nonce", "hash", "ext", "app", "dlg", "mac")
VALUE_CHARACTERS = frozenset(string.printable[:95]) - {'"', "\\"}


@pytest.fixture(scope="module")
def target(service: Service) -> Service:
    service.execute("CREATE SCHEMA fuzz", 'CREATE TABLE fuzz."L1" (id int PRIMARY KEY)')
    return service


def read(header: str) -> dict[str, str] | None:
    """The attributes of a header, read letter by letter; None if it is not one. Knows nothing of the code's own way."""
    header = header.strip(" \t")
    attributes: dict[str, str] = {}
    if header[:5].lower() != "hawk " or len(header) > MAX_LENGTH:
        return None
    rest = header[5:]
    while rest:
        name, separator, rest = rest.partition('="')
        value, quote_mark, rest = rest.partition('"')
        after = rest.lstrip(" \t")
        if not separator or not quote_mark or name not in NAMES or name in attributes:
            return None
        if not VALUE_CHARACTERS.issuperset(value) or (after and after[0] != ","):
            return None
        attributes[name] = value
        rest = after[1:].lstrip(" \t")
    return attributes


def same_request(header: str, original: str) -> bool:
    """Whether all that the MAC covers is the same. `dlg` counts only beside `app`, and an empty `ext` is none."""

    def signed(text: str) -> dict[str, str] | None:
        attributes = read(text)
        if attributes is None:
            return None
        if not attributes.get("app"):
            attributes.pop("dlg", None)
        return {name: value for name, value in attributes.items() if value or name == "hash"}

    return signed(header) is not None and signed(header) == signed(original)


Mutation = Callable[[str], str]

# Every byte that a header's value can have.
characters = st.characters(codec="latin-1", exclude_characters="\r\n\0")
places = st.integers(0, 400)


def _replace(place: int, length: int, text: str) -> Mutation:
    return lambda header: header[: place % len(header)] + text + header[place % len(header) + length :]


def _of_attribute(name: str, change: Callable[[str], str]) -> Mutation:
    """Change the value of an attribute, where the header can still be read."""

    def mutate(header: str) -> str:
        attributes = read(header) or {}
        return write({**attributes, name: change(attributes.get(name, ""))}) if attributes else header

    return mutate


def write(attributes: dict[str, str]) -> str:
    return "Hawk " + ", ".join(f'{name}="{value}"' for name, value in attributes.items())


def _swap(first: str, second: str) -> Mutation:
    def mutate(header: str) -> str:
        attributes = read(header) or {}
        if first in attributes and second in attributes:
            attributes[first], attributes[second] = attributes[second], attributes[first]
            return write(attributes)
        return header

    return mutate


def _without(name: str) -> Mutation:
    def mutate(header: str) -> str:
        attributes = read(header) or {}
        attributes.pop(name, None)
        return write(attributes) if attributes else header

    return mutate


names = st.sampled_from(NAMES)
values = st.sampled_from(
    [
        str.upper,
        str.swapcase,
        str.title,
        quote,
        lambda value: value + "=",
        lambda value: value.rstrip("="),
        lambda value: " " + value,
        lambda value: value + " ",
        lambda value: "0" + value,
        lambda value: value.replace("+", "-").replace("/", "_"),
        lambda value: value.encode().hex(),
        lambda value: value * 500,
        lambda _: "9" * 5000,
        lambda _: "",
        lambda _: "-1",
        lambda _: "1e9",
        lambda _: "\xb2",
    ]
)
mutations: st.SearchStrategy[Mutation] = st.one_of(
    st.builds(_replace, places, st.just(1), characters),
    st.builds(_replace, places, st.just(0), st.text(characters, min_size=1, max_size=5)),
    st.builds(_replace, places, st.integers(1, 60), st.just("")),
    st.builds(_of_attribute, names, values),
    st.builds(_swap, names, names),
    st.builds(_without, names),
    st.builds(lambda name: lambda header: f'{header}, {name}="x"', st.sampled_from([*NAMES, "tsm", "error", "iD"])),
    st.sampled_from(
        [
            str.lower,
            str.upper,
            str.title,
            lambda header: header + ",",
            lambda header: f"{header},{header}",
            lambda header: header.replace(", ", " ,\t "),
            lambda header: header.replace(", ", ","),
            lambda header: header.replace(", ", "\xa0,"),
            lambda header: header.replace('"', "'"),
            lambda header: header.replace("Hawk ", "Hawk  "),
            lambda header: header.replace("Hawk", "hAWK"),
            lambda header: header.encode("utf-16-le").decode("latin-1").replace("\0", ""),
            lambda header: write(dict(reversed((read(header) or {"x": ""}).items()))),
        ]
    ),
)


def status_of(service: Service, *headers: str) -> int:
    """What a request with these `Authorization` headers is answered, each byte sent as it is."""
    connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=30)
    try:
        connection.putrequest("GET", PATH)
        for header in headers:
            connection.putheader("Authorization", header.encode("latin-1"))
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@settings(max_examples=400, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    extras=st.sampled_from([{}, {"ext": "some-ext"}, {"app": "an-app", "dlg": "someone"}]),
    changes=st.lists(mutations, min_size=1, max_size=3),
)
def test_a_changed_header_lets_nobody_in_and_breaks_nothing(
    target: Service, extras: dict[str, str], changes: list[Mutation]
) -> None:
    original = target.client().sign(target.url + PATH, **extras).request_header
    header = original
    for change in changes:
        header = change(header) or " "

    status = status_of(target, header)

    if same_request(header, original):
        assert status == 200, header
    else:
        assert 400 <= status < 500, header


def test_of_two_headers_none_is_believed(target: Service) -> None:
    headers = [target.client().sign(target.url + PATH).request_header for _ in range(2)]

    assert status_of(target, *headers) == 400
    assert status_of(target, headers[0], "Basic eDp5") == 400
    assert [status_of(target, header) for header in headers] == [200, 200], "their nonces have not been used"


pieces = st.one_of(
    st.sampled_from(["Hawk ", "hawk\t", "Hawk", '"', "=", ",", ", ", " ", "\\", "\n", "\x1f", "\x85", "\xa0", "²"]),
    st.sampled_from([f'{name}="{value}"' for name in (*NAMES, "tsm", "error", "é") for value in ("", "1", "é", "a b")]),
    st.text(max_size=3),
)


@settings(max_examples=3000, deadline=None, database=None)
@given(st.lists(pieces, max_size=14).map("".join))
@example('Hawk id="a",ts="1",nonce="n",mac="m",')
@example('Hawk id="a", ts="²", nonce="n", mac="m"')
@example('Hawk id="a",\x85ts="1", nonce="n", mac="m"')
@example('Hawk id="a", ts="1", nonce="n", mac="m"\n')
def test_a_header_is_read_as_it_stands_or_refused(header: str) -> None:
    try:
        attributes = parse_header(header)
    except BadRequest as refusal:
        assert refusal.message
    else:
        assert attributes == read(header)
        assert all(attributes[name] for name in REQUIRED)
