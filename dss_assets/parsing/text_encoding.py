"""Bytes that could be text in several encodings -> the one in which they read as text of capital letters."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
# What names and addresses hold beside letters: quotation marks, dashes, signs of currencies and trade.
_PUNCTUATION = frozenset("‘’“”–—…£€°·•&®™©\u00a0")  # noqa: RUF001


class Choice(NamedTuple):
    """The encoding in which a file is read, and how sure that is: `is_certain` unless another one fits as well."""

    encoding: str
    is_certain: bool


def choose_encoding(chunks: Iterable[bytes], encodings: Sequence[str]) -> Choice:
    """The first of `encodings` in which the most bytes beyond ASCII are likely characters.

    Each has to be one byte a character. Reads `chunks` to their end; their number does not matter for memory.
    """
    found: Counter[bytes] = Counter()
    for chunk in chunks:
        found.update(_pair(chunk, match.start()) for match in _BEYOND_ASCII.finditer(chunk))
    scores = [sum(count * _likelihood(pair, encoding) for pair, count in found.items()) for encoding in encodings]
    best = max(scores)
    return Choice(encodings[scores.index(best)], not found or scores.count(best) == 1)


def _pair(chunk: bytes, at: int) -> bytes:
    """A byte with the letter before it, which tells whether capitals or small letters are written here."""
    return chunk[at - 1 : at + 1] if at and chunk[at - 1 : at].isalpha() else chunk[at : at + 1]


def _likelihood(pair: bytes, encoding: str) -> int:
    """1 for a character that belongs behind the letter before it, -1 for one that does not."""
    text = pair.decode(encoding, errors="replace")
    character, before = text[-1], text[:-1]
    if character in _PUNCTUATION:
        return 1
    is_latin = character.isalpha() and "\u00c0" <= character <= "\u024f"
    has_the_same_case = not before or before.isupper() == character.isupper()
    return 1 if is_latin and has_the_same_case else -1
