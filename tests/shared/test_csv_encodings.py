"""A few letters or signs that are not ASCII -> the encoding of a file."""

import io

import pytest

from dss_web.shared.csv import FindingKind, Severity, inspect_csv
from dss_web.shared.csv.encoding import CHUNK_BYTES
from tests.parts.csv_files import read

TELL, ASK = Severity.TELL, Severity.ASK


@pytest.mark.parametrize(
    ("text", "encoding", "severity"),
    [
        ("Region,Exports (£m)\nA,5\n", "cp1252", TELL),
        ("Region,£\nA,5\n", "cp1252", TELL),
        ("Item,Price\nA,5 €\n", "cp1252", TELL),
        ("Nom,Prix\nŒuvre,5 €\nCœur,6 €\n", "iso8859-15", TELL),
        ("Item,Weight\nA,5\u00a0kg\n", "cp1252", TELL),
        ("Item,n\nA,5\n© Crown copyright,6\n", "cp1252", TELL),
        ("Item,n\nMicrosoft® Word™,5\n", "cp1252", TELL),
        ("Item,n\n50 µg/m³,5\n5 × 6,7\n", "cp1252", TELL),
        ("k,note\n" + "".join(f"{n},It’s “fine” – costs £{n}\n" for n in range(30)), "cp1252", TELL),
        ("Місто,Сума\nКиїв,5\n", "koi8-u", ASK),
        ("都道府県,人口\n東京都,10\n", "cp932", ASK),
        ("シメイ,n\nタナカ,1\n", "cp932", ASK),
        ("城市,人口\n臺北,100\n高雄,200\n", "big5", ASK),
        ("เมือง,n\nกรุงเทพ,5\n", "cp874", ASK),
        ("المدينة,n\nالقاهرة,5\n", "cp1256", ASK),
        ("名前,n\n東京,5\n", "iso2022_jp", TELL),
    ],
)
def test_few_letters_are_enough_to_tell_an_encoding(text: str, encoding: str, severity: Severity) -> None:
    csv_file, rows = read(text.encode(encoding))
    assert (csv_file.reading.encoding, csv_file.severity) == (encoding, severity)
    assert rows[0] == text.splitlines()[1].split(",")


def test_a_character_between_two_pieces_of_a_file_tells_against_no_encoding() -> None:
    above = b"name,n\n" + b"plain,1\n" * (CHUNK_BYTES // 8 - 2)
    above += b"a" * (CHUNK_BYTES - len(above) - 4) + b",1\n"  # the last byte of the first piece begins a character
    csv_file = inspect_csv(io.BytesIO(above + "서울,1\n부산,2\n".encode("cp949")))
    assert "cp949: 부산" in next(one.expected for one in csv_file.findings if one.kind is FindingKind.ENCODING)
