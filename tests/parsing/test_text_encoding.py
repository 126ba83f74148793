"""Files without a word about their encoding: the bytes decide where they can."""

import io

import pytest

from dss_assets.dataset import Column, Delimited, FixedWidth, Format, TrailingList
from dss_assets.parsing import Rows, open_rows
from dss_assets.parsing.text_encoding import Choice, choose_encoding
from tests.published import zipped

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


def read(form: Format, content: bytes) -> tuple[str, Rows]:
    with open_rows(form, (Column("name"), Column("town")), io.BytesIO(content), "a.txt", 10**6) as rows:
        text = b"".join(rows.chunks).decode(rows.copy_format.encoding)
        return text.replace('"', "").replace("\t", ",").replace("\r\n", "\n"), rows


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("encoding", ["windows-1252", "mac-roman", "iso-8859-1"])
def test_a_file_in_utf_8_is_read_as_such_whatever_is_declared_and_that_is_told(encoding: str, mark: bytes) -> None:
    text = "Café,Genève\n"
    files: list[tuple[Format, bytes]] = [
        (Delimited(encoding=encoding), f"name,town\n{text}".encode()),
        (FixedWidth(widths=(5, 6), encoding=encoding), "Café Genève\n".encode()),
    ]
    for form, content in files:
        assert read(form, mark + content)[0] == text
        assert read(form, mark + content)[1].remarks == (
            f"a.txt was read as UTF-8, which its bytes are, where {encoding} is declared.",
        )

    packed = zipped({"a.txt": mark + "Café\tGenève\r\n".encode(), "b.txt": mark + b"Cafe\tBern\r\n"})
    assert read(TrailingList("\t", (encoding,)), packed)[0] == f"{text}Cafe,Bern\n"


@pytest.mark.parametrize("encoding", ["windows-1252", "mac-roman"])
def test_a_file_in_the_declared_encoding_is_read_in_it_without_a_word(encoding: str) -> None:
    text, rows = read(Delimited(encoding=encoding), "name,town\nCafé,Genève\n".encode(encoding))

    assert (text, rows.remarks) == ("Café,Genève\n", ())
