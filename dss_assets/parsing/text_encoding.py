"""Bytes that could be text in several encodings -> the one in which they are read.

UTF-8 tells itself: text in another encoding is not UTF-8 by accident. Of the others the likeliest is taken.
"""

import codecs
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

# What names and addresses hold beside letters: quotation marks, dashes, signs of currencies and trade.
_PUNCTUATION = frozenset("‘’“”–—…£€°·•&®™©\u00a0")  # noqa: RUF001


class Choice(NamedTuple):
    """The encoding in which a file is read, and how sure that is: `is_certain` unless another one fits as well."""

    encoding: str
    is_certain: bool


def is_utf_8(chunks: Iterable[bytes]) -> bool:
    """Whether there are characters beyond ASCII, and all bytes are UTF-8. Reads to the first that is not."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_beyond_ascii = False
    try:
        for chunk in chunks:
            is_beyond_ascii = is_beyond_ascii or not chunk.isascii()
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return is_beyond_ascii


def has_a_byte_a_character(encoding: str) -> bool:
    """Whether a text of the encoding is as long as its bytes, so that nearly any bytes are text in it."""
    every_byte = bytes(range(256))
    return codecs.lookup(encoding).name != "utf-8" and len(every_byte.decode(encoding, errors="replace")) == 256


def utf_8_remark(place: str, declared: str) -> str:
    """What is to be said of a file that is UTF-8, though an encoding of one byte a character is declared."""
    return f"{place} was read as UTF-8, which its bytes are, where {declared} is declared."


def choose_encoding(chunks: Iterable[bytes], encodings: Sequence[str]) -> Choice:
    """The first of `encodings` in which the most bytes beyond ASCII are likely characters.

    Each has to be one byte a character. Reads `chunks` to their end; their number does not matter for memory.
    """
    found: Counter[bytes] = Counter()
    for chunk in chunks:
        # Many places, and few pairs: what each of them means is asked once.
        characters = np.frombuffer(chunk, np.uint8)
        places = np.flatnonzero(characters > 0x7F)
        before = characters[np.maximum(places, 1) - 1].astype(np.uint16)
        pairs, counts = np.unique(before << 8 | characters[places], return_counts=True)
        found.update({int(pair).to_bytes(2): int(count) for pair, count in zip(pairs, counts, strict=True)})
    scores = [sum(count * _likelihood(pair, encoding) for pair, count in found.items()) for encoding in encodings]
    best = max(scores)
    return Choice(encodings[scores.index(best)], not found or scores.count(best) == 1)


def _likelihood(pair: bytes, encoding: str) -> int:
    """1 for a character that belongs behind what is before it, -1 for one that does not.

    A letter before it tells whether capitals or small letters are written here.
    """
    text = (pair if pair[:1].isalpha() else pair[-1:]).decode(encoding, errors="replace")
    character, before = text[-1], text[:-1]
    if character in _PUNCTUATION:
        return 1
    is_latin = character.isalpha() and "\u00c0" <= character <= "\u024f"
    has_the_same_case = not before or before.isupper() == character.isupper()
    return 1 if is_latin and has_the_same_case else -1
