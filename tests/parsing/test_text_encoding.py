"""Files without a word about their encoding: the bytes decide where they can."""

import pytest

from dss_assets.parsing.text_encoding import Choice, choose_encoding

ENCODINGS = ("mac-roman", "windows-1252")
NAMES = [
    "CAFÉ CRÈME LTD",
    "O\u2019NEILL & SÖHNE",
    "£1 SHOP",
    "MÜLLER \u2013 CÔTE D\u2019OR",
    "Société Générale",
    "ÅNGSTRÖM",
]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", NAMES)
def test_names_are_read_in_the_encoding_in_which_they_were_written(name: str, encoding: str) -> None:
    text = f"202601\t1\t{name}\t1 QUAY\r\n" * 3

    choice = choose_encoding([text.encode(encoding)], ENCODINGS)

    assert text.encode(encoding).decode(choice.encoding) == text or not choice.is_certain
    assert choice.encoding == encoding or not choice.is_certain


def test_many_names_decide_where_one_does_not() -> None:
    for encoding in ENCODINGS:
        chunks = [f"202601\t1\t{name}\r\n".encode(encoding) for name in NAMES]
        assert choose_encoding(chunks, ENCODINGS) == Choice(encoding, True)


def test_ascii_is_certain_in_the_first_encoding() -> None:
    assert choose_encoding([b"202601\t1\tACME LTD\r\n"], ENCODINGS) == Choice("mac-roman", True)
