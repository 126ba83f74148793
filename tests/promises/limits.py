"""What keeps hostile files and links from doing harm."""

from tests.promises.mechanism import Mechanism

_LINKS = "No publisher's link or redirect has the service ask what only its own network reaches"
_SMALL = "A small file that unpacks to far more is refused in little memory"
_WORKBOOK = "A workbook that takes too much memory ends no process but its reader"

MECHANISMS = (
    Mechanism(
        promise=_SMALL,
        file="dss_assets/parsing/archive.py",
        text='            raise NotImplementedError(f"its compression is',
        replacement='            return print(f"its compression is',
        test="tests/parsing/test_bombs.py::test_a_compression_that_would_unpack_to_memory_is_refused",
    ),
    Mechanism(
        promise=_SMALL,
        file="dss_assets/parsing/deflate64.py",
        text="_FED_BYTES = 256",
        replacement="_FED_BYTES = 1024**2",
        test="tests/parsing/test_deflate64.py::test_a_bomb_in_deflate64_unpacks_a_few_megabytes_at_a_time",
    ),
    Mechanism(
        promise=_SMALL,
        file="dss_web/shared/csv/unpacking.py",
        text="{zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}",
        replacement="{zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}",
        test="tests/shared/test_csv_bombs.py::test_a_compression_that_would_unpack_to_memory_is_refused",
    ),
    Mechanism(
        promise=_LINKS,
        file="dss_web/shared/public_hosts.py",
        text="in named or is_public(address):",
        replacement="in named or address:",
        test="tests/sources/test_public_hosts.py::test_a_redirect_to_a_private_address_is_not_followed",
    ),
    Mechanism(
        promise=_SMALL,
        file="dss_assets/parsing/trailing_list.py",
        text="            require_short(rest, member.place, number + 1)",
        replacement="            pass",
        test="tests/parsing/test_bombs.py::test_a_member_without_line_ends_is_refused_after_its_beginning",
    ),
    Mechanism(
        promise=_SMALL,
        file="dss_web/shared/csv/bounded.py",
        text="        if self._in_line > MOST_LINE_BYTES:",
        replacement="        if False:",
        test="tests/shared/test_csv_bombs.py::test_a_file_without_line_ends_is_refused_after_its_beginning",
    ),
    Mechanism(
        promise=_WORKBOOK,
        file="dss_assets/parsing/sheet.py",
        text="    except WorkbookTooLarge as error:",
        replacement="    except MemoryError as error:",
        test="tests/parsing/test_bombs.py::test_a_workbook_with_a_cell_in_its_last_corner_is_refused_and_ends_nothing",
    ),
    Mechanism(
        promise=_WORKBOOK,
        file="dss_web/shared/workbook/__init__.py",
        text='("MemoryError", "memory allocation of", "capacity overflow")',
        replacement="()",
        test="tests/shared/test_csv_bombs.py::test_a_sheet_with_a_cell_in_its_last_corner_is_refused",
    ),
)
