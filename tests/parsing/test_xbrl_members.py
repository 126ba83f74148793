"""A zip of accounts: which members are documents, what is skipped and listed, and when the whole file is refused."""

import io
import zipfile

import pytest

from dss_assets.datasets import ACCOUNTS
from dss_assets.errors import DamagedFile, InvalidFile, NoRows
from dss_assets.parsing import open_rows
from tests.parts.assets_fixtures import Ingest, Select
from tests.published import ACCOUNTS_FILE, accounts_member, accounts_of, figure, zipped

COMPANIES = 'SELECT company_id, file_type, debtors::text FROM "companies_house.accounts_legacy"."L0" ORDER BY id'
GOOD = {accounts_member("00000001"): accounts_of("00000001")}


def test_a_document_in_a_pack_of_a_community_interest_company_is_known_by_the_name_of_the_pack(
    ingest_bytes: Ingest, select: Select
) -> None:
    pack = zipped(
        {
            "CIC-1/": "",
            "CIC-1/cic34/report.xhtml": accounts_of("2", figure("Debtors", "2")),
            "CIC-1/accounts/any name.xhtml": accounts_of("2", figure("Debtors", "1")),
        }
    )

    loaded = ingest_bytes(ACCOUNTS, ACCOUNTS_FILE, zipped({accounts_member("SC000002", "_CIC.zip"): pack}))

    assert select(COMPANIES) == [("SC000002", "html", "1")]
    assert loaded.skipped == {"another report beside the accounts in their zip": 1}


@pytest.mark.parametrize("before", ["\r\n\r\n\r\n", "\ufeff", "\ufeff\r\n", ""])
def test_a_document_that_is_called_a_zip_and_has_line_ends_in_front_is_read(
    before: str, ingest_bytes: Ingest, select: Select
) -> None:
    ingest_bytes(ACCOUNTS, ACCOUNTS_FILE, zipped({accounts_member("00000004", "zip"): before + accounts_of("4")}))

    assert select(COMPANIES) == [("00000004", "html", "1234")]


def test_a_document_in_utf_16_is_read(ingest_bytes: Ingest, select: Select) -> None:
    text = accounts_of("1").replace("UTF-8", "UTF-16").encode("utf-16")

    ingest_bytes(ACCOUNTS, ACCOUNTS_FILE, zipped({accounts_member("00000001"): text}))

    assert select(COMPANIES) == [("00000001", "html", "1234")]


def test_what_is_no_document_is_skipped_counted_and_listed_and_the_rest_loads(
    ingest_bytes: Ingest, select: Select
) -> None:
    strays = {
        "__MACOSX/._x.html": b"Mac",
        accounts_member("00000005", "xml"): b"ATTACHMENTPLACEHOLDER000000001",
        accounts_member("00000006", "zip"): b"ATTACHMENTPLACEHOLDER000000002",
        accounts_member("00000007", "xml"): b"<*\x00\x01\x02" + bytes(range(256)),
        accounts_member("00000013"): b"",
        accounts_member("00000014", "zip"): b"PK\x03\x04 and no more",
        "readme.txt": b"not a filing",
        "Prod223_4320_00000015_20261399.html": accounts_of("15").encode(),
    }

    loaded = ingest_bytes(ACCOUNTS, ACCOUNTS_FILE, zipped({"folder/": "", **strays, **GOOD}))

    assert select(COMPANIES) == [("00000001", "html", "1234")]
    assert loaded.skipped == {
        "a name that macOS, Windows or Office leaves in archives": 1,
        "a placeholder for an attachment": 2,
        "binary content": 1,
        "no content": 1,
        "a zip that cannot be unpacked": 1,
        "a name that is not that of a filing": 2,
    }
    assert [reject.place for reject in loaded.rejects] == list(strays)


def test_a_value_that_cannot_be_read_is_skipped_and_its_row_loads(ingest_bytes: Ingest, select: Select) -> None:
    body = [figure("Debtors", "n/a"), figure("CurrentAssets", "5"), figure("StaffCosts", "7", "gone")]

    loaded = ingest_bytes(ACCOUNTS, ACCOUNTS_FILE, zipped({accounts_member("00000009"): accounts_of("9", *body)}))

    assert select(COMPANIES) == [("00000009", "html", None)]
    assert loaded.skipped == {"an invalid value of debtors": 1, "a figure without a valid period": 1}
    assert [(reject.place, reject.reason) for reject in loaded.rejects] == [
        (accounts_member("00000009"), "core:Debtors: found 'n/a', expected a number"),
        (accounts_member("00000009"), "core:StaffCosts: found the context 'gone', expected one with a period"),
    ]


def test_a_comment_within_a_value_does_not_end_it(ingest_bytes: Ingest, select: Select) -> None:
    debtors = figure("Debtors", "1,2<!-- thousand --><?page break?>34")

    ingest_bytes(ACCOUNTS, ACCOUNTS_FILE, zipped({accounts_member("00000001"): accounts_of("1", debtors)}))

    assert select('SELECT debtors FROM "companies_house.accounts_legacy"."L0"') == [(1234,)]


def test_a_value_that_stands_in_another_element_is_told(ingest_bytes: Ingest) -> None:
    document = accounts_of("1", figure("Debtors", "1"), figure("CurrentAssets", "<b>2</b>"))

    loaded = ingest_bytes(ACCOUNTS, ACCOUNTS_FILE, zipped({accounts_member("00000001"): document}))

    assert loaded.skipped == {"a value of current_assets in another element": 1}
    assert "found '2' in an element within it" in loaded.rejects[0].reason


@pytest.mark.parametrize(("documents", "bad", "loads"), [(3, 1, True), (100, 1, True), (100, 2, False), (200, 2, True)])
def test_a_file_fails_in_which_more_than_one_document_in_a_hundred_cannot_be_read(
    documents: int, bad: int, loads: bool, ingest_bytes: Ingest, select: Select
) -> None:
    members = {
        accounts_member(f"{number:08}"): accounts_of("1")[: 600 if number < bad else None]
        for number in range(documents)
    }

    if loads:
        assert ingest_bytes(ACCOUNTS, ACCOUNTS_FILE, zipped(members)).rows == documents - bad
        return
    with pytest.raises(
        InvalidFile, match=r"2 of 100 documents cannot be read, expected at most 1 .*00000000_2026"
    ) as e:
        ingest_bytes(ACCOUNTS, ACCOUNTS_FILE, zipped(members))
    assert "XML that is not well-formed" in str(e.value)
    assert select(COMPANIES) == []


def test_a_file_without_any_document_is_refused(ingest_bytes: Ingest) -> None:
    with pytest.raises(NoRows, match="1 with a name that is not that of a filing"):
        ingest_bytes(ACCOUNTS, ACCOUNTS_FILE, zipped({"readme.txt": "nothing"}))


@pytest.mark.parametrize("missing", [1, 30, 100, 5000])
def test_a_zip_that_was_cut_off_is_not_loaded_in_part(missing: int, ingest_bytes: Ingest, select: Select) -> None:
    content = zipped({accounts_member(f"{number:08}"): accounts_of(str(number)) for number in range(40)})

    with pytest.raises(DamagedFile, match=f"{ACCOUNTS_FILE} is not a whole zip"):
        ingest_bytes(ACCOUNTS, ACCOUNTS_FILE, content[:-missing])
    assert select(COMPANIES) == []


def test_a_zip_whose_bytes_were_damaged_is_not_loaded_in_part(ingest_bytes: Ingest) -> None:
    content = bytearray(zipped({accounts_member(f"{number:08}"): accounts_of(str(number)) for number in range(40)}))
    content[200] ^= 0xFF  # within the first document

    with pytest.raises(DamagedFile, match="is not a whole zip"):
        ingest_bytes(ACCOUNTS, ACCOUNTS_FILE, bytes(content))


def test_a_document_of_a_zip_in_which_several_could_be_it_is_not_guessed(ingest_bytes: Ingest) -> None:
    pack = zipped({f"CIC-1/accounts/{name}.xhtml": accounts_of("1") for name in "ab"})

    loaded = ingest_bytes(ACCOUNTS, ACCOUNTS_FILE, zipped({accounts_member("00000002", "_CIC.zip"): pack, **GOOD}))

    assert loaded.skipped == {"a zip with 2 accounts in it, not 1": 1}


def test_entities_of_a_document_are_expanded_and_no_file_outside_is_read(ingest_bytes: Ingest, select: Select) -> None:
    declared = '?>\n<!DOCTYPE html [<!ENTITY secret SYSTEM "file:///etc/hostname"><!ENTITY five "5">]>'
    members = {
        "1": accounts_of("1", figure("Debtors", "&five;")).replace("?>", declared, 1),
        "2": accounts_of("2", figure("Debtors", "&secret;")).replace("?>", declared, 1),
    }

    content = zipped({accounts_member(company): text for company, text in members.items()})
    loaded = ingest_bytes(ACCOUNTS, ACCOUNTS_FILE, content)

    assert select(COMPANIES) == [("1", "html", "5")]
    assert loaded.skipped == {"XML that is not well-formed": 1}


def test_a_row_is_traced_to_its_document() -> None:
    members = {
        accounts_member(f"{n:08}"): accounts_of("1", figure("Debtors", "1"), figure("Debtors", "1", "year"))
        for n in range(3)
    }

    with open_rows(ACCOUNTS.format, ACCOUNTS.columns, io.BytesIO(zipped(members)), "day.zip", 10**9) as rows:
        assert b"".join(rows.chunks).count(b"\n") == 6
        assert rows.place_of_line(4) == f"day.zip, member {accounts_member('00000001')}"


def test_a_zip_with_more_members_than_a_plain_directory_can_count_is_read() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(70_000):
            archive.writestr(f"{number}.txt", "")
        archive.writestr(*next(iter(GOOD.items())))
    target.seek(0)

    with open_rows(ACCOUNTS.format, ACCOUNTS.columns, target, "month.zip", 10**9) as rows:
        assert b"".join(rows.chunks).count(b"\n") == 1
    assert rows.skipped == {"a name that is not that of a filing": 70_000}
    assert len(rows.rejects) == 1000
