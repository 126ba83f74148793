"""Bytes -> in which encoding they are text."""

import codecs
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple

from dss_web.shared.csv.encoding_guess import LINES, WESTERN, WORDS, Guess, guess, lines_of, words_of
from dss_web.shared.csv.file_kind import other_kind
from dss_web.shared.csv.findings import Finding, FindingKind, InvalidCsv, Severity

# A file is decoded in pieces, so that its size does not matter for memory; smaller ones take longer.
CHUNK_BYTES = 1024 * 1024
# Most files show their encoding in so much; what comes later and does not fit is found when it is read.
BEGINNING_BYTES = 1024 * 1024
# UTF-32 before UTF-16, whose mark is the beginning of the other's.
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MULTI_BYTE: Final = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}", re.DOTALL
)
# Where the text goes over to Japanese: https://www.rfc-editor.org/rfc/rfc1468 (seen 2026-11).
_ISO_2022_JP: Final = re.compile(rb"\x1b\$[@B]")
# Control characters that text may hold: tab, line ends, form feed, DOS's end of file, and ASCII's four separators.
_TEXT_CONTROLS: Final = frozenset(b"\t\n\v\f\r\x1a\x1c\x1d\x1e\x1f\x01\x1b\0")
# How much better the best guess has to be than the next that looks different, to be read without a question.
_CLEAR = 0.25


class Undecodable(NamedTuple):
    """A byte that an encoding does not have where it stands, and its line, counted from 1."""

    line: int
    byte: int


@dataclass(frozen=True, slots=True)
class Encoding:
    """Python's name of an encoding, and what the person should know of how it was found."""

    name: str
    findings: tuple[Finding, ...] = ()


def detect_encoding(file: BinaryIO) -> Encoding:
    """The encoding of a file by its mark or its first mebibyte. Raises InvalidCsv for what is no text.

    UTF-8 is what decodes as UTF-8: other text hardly ever does by chance. What comes after the beginning may yet be
    something else: whoever reads it calls `detect_single_byte`.
    """
    file.seek(0)
    beginning = file.read(BEGINNING_BYTES)
    if not beginning.strip(b" \t\r\n\0\x1a\xef\xbb\xbf\xff\xfe"):
        raise InvalidCsv(Finding(FindingKind.EMPTY))
    if kind := other_kind(file, beginning):
        raise InvalidCsv(Finding(FindingKind.OTHER_KIND, found=kind))
    for mark, encoding in _BYTE_ORDER_MARKS:
        if beginning.startswith(mark):
            return _marked(file, beginning, encoding)
    if b"\0" in beginning and (wide := _wide(file, beginning)):
        return Encoding(wide)
    if _ISO_2022_JP.search(beginning) and not find_undecodable(file, "iso2022_jp"):
        return Encoding("iso2022_jp")
    first = beginning[:4096]
    controls = [place for place, byte in enumerate(first) if byte < 32 and byte not in _TEXT_CONTROLS]
    if len(controls) > len(first) / 50 or first.count(0) > len(first) / 4:
        line = 1 + first.count(b"\n", 0, controls[0] if controls else first.find(0))
        raise InvalidCsv(Finding(FindingKind.NOT_TEXT, line=line))
    try:
        # A character may be cut off at the end of the beginning.
        codecs.getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError:
        return detect_single_byte(file)
    return Encoding("utf-8")


def _marked(file: BinaryIO, beginning: bytes, encoding: str) -> Encoding:
    if encoding == "utf-8":
        file.seek(0)
        return Encoding("utf-8")
    if find_undecodable(file, encoding):
        raise InvalidCsv(Finding(FindingKind.WRONG_MARK, expected=encoding))
    return Encoding(encoding)


def _wide(file: BinaryIO, beginning: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, as some databases export it: the zeros stand in one place of each character."""
    size = len(beginning) - len(beginning) % 4
    zeros = [beginning[place:size:4].count(0) for place in range(4)]
    quarter = size / 4
    if quarter and zeros[2] > 0.8 * quarter and zeros[3] > 0.8 * quarter and zeros[0] < 0.3 * quarter:
        choices = ["utf-32-le"]
    elif quarter and zeros[0] > 0.8 * quarter and zeros[1] > 0.8 * quarter and zeros[3] < 0.3 * quarter:
        choices = ["utf-32-be"]
    else:
        even, odd = beginning[0::2].count(0), beginning[1::2].count(0)
        if max(even, odd) < 0.1 * len(beginning) / 2 or max(even, odd) < 4 * min(even, odd):
            return None
        choices = ["utf-16-be"] if even > odd else ["utf-16-le"]
    return next((one for one in choices if not find_undecodable(file, one)), None)


def detect_single_byte(file: BinaryIO) -> Encoding:
    """The encoding of a file that is not UTF-8, by all its words that are not ASCII.

    Raises InvalidCsv with the first byte that is not UTF-8 where it is UTF-8 but for a few, or where no encoding fits.
    """
    words: dict[bytes, None] = {}
    lines: list[bytes] = []
    valid = high = 0
    for number, chunk in enumerate(_chunks(file)):
        found = _MULTI_BYTE.findall(chunk)
        valid += len(found)
        high += sum(len(one) for one in re.findall(rb"[\x80-\xff]+", chunk)) - sum(map(len, found))
        for word in words_of(chunk):
            if len(words) < WORDS:
                words[word] = None
        # The first line of a chunk, and its last, may be cut off within a character.
        begin = chunk.find(b"\n") + 1 if number else 0
        end = chunk.rfind(b"\n") + 1 if len(chunk) == CHUNK_BYTES else len(chunk)
        lines += itertools.islice(lines_of(chunk[begin:end]), LINES - len(lines))
    guesses = guess(list(words), lines)
    is_nearly_utf8 = valid > 2 * high
    if is_nearly_utf8 or not guesses or guesses[0].score < 0:
        if valid or not guesses:
            raise undecodable(file, "utf-8")
        raise InvalidCsv(Finding(FindingKind.ENCODING, found=_samples(guesses[:3])))
    best, *others = guesses
    others = [one for one in others if one.score > max(0.0, best.score - 1.0)]
    is_clear = best.encoding in WESTERN and all(best.margin(one) > _CLEAR for one in others)
    finding = Finding(
        FindingKind.ENCODING,
        Severity.TELL if is_clear else Severity.ASK,
        column=None,
        found=", ".join(f"“{sample}”" for sample in best.samples),
        expected=_samples([best, *others[:4]]),
    )
    return Encoding(best.encoding, (finding,))


def _samples(guesses: list[Guess]) -> str:
    return "; ".join(f"{one.encoding}: {', '.join(one.samples)}" for one in guesses)


def undecodable(file: BinaryIO, encoding: str) -> InvalidCsv:
    """The error for the first byte of a file that is not of `encoding`."""
    first = find_undecodable(file, encoding)
    line, byte = first or (None, 0)
    found, expected = f"the byte 0x{byte:02X}", f"text in {encoding.upper().removesuffix('-SIG')}"
    return InvalidCsv(Finding(FindingKind.UNDECODABLE, line=line, found=found, expected=expected))


def find_undecodable(file: BinaryIO, encoding: str) -> Undecodable | None:
    """The first byte of a file that is not of `encoding`. A character that the end of the file cuts off counts."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    lines = 1
    for chunk in itertools.chain(_chunks(file), [b""]):
        state = decoder.getstate()
        try:
            lines += decoder.decode(chunk, final=not chunk).count("\n")
        except UnicodeDecodeError as error:
            # Once more, byte by byte, for the line ends before it.
            decoder.setstate(state)
            for position in range(len(chunk)):
                try:
                    lines += decoder.decode(chunk[position : position + 1]).count("\n")
                except UnicodeDecodeError as error_here:
                    return Undecodable(lines, error_here.object[error_here.start])
            return Undecodable(lines, error.object[error.start])
    return None


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """All bytes, from the beginning."""
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
