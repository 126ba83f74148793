"""The titles in a header -> the names of a table's columns."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from dss_web.shared.contract import RESERVED_COLUMNS

COLUMN_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
# Postgres cuts longer names off without a word.
NAME_CHARACTERS: Final = 63
# Letters that no normal form takes apart, as people in their countries spell them in ASCII; the signs of currencies and
# the like as words, so that `Total £` and `Total $` stay apart.
_SPELT: Final = str.maketrans(
    {
        **{"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "å": "a", "đ": "d", "ð": "d"},
        **{"þ": "th", "ł": "l", "ı": "i", "ħ": "h", "ŋ": "n", "ŧ": "t", "ĸ": "k", "ſ": "s", "ə": "e"},
        **{"£": " gbp ", "$": " usd ", "€": " eur ", "¥": " jpy ", "%": " percent ", "&": " and ", "№": " no "},
        **{"+": " plus ", "°": " deg ", "²": "2", "³": "3", "µ": "u", "μ": "m"},
    }
)
# Cyrillic as in the United Kingdom's passports for Russian and Ukrainian, Greek as in ELOT 743, both without accents.
_CYRILLIC: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґўјљњћђџ",
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya i i ye g u j l n c d d".split(),
        strict=True,
    )
)
_GREEK: Final = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψωςϊϋ",
        "a v g d e z i th i k l m n x o p r s t y f ch ps o s i y".split(),
        strict=True,
    )
)
_LETTERS: Final = str.maketrans({**{k: v.replace("_", "") for k, v in _CYRILLIC.items()}, **_GREEK})


def clean_name(title: str) -> str:
    """The nearest column name to a title: `Total (£)` -> `total_gbp`; '' where no letter or digit is left."""
    if COLUMN_NAME.fullmatch(title):
        return title
    lower = unicodedata.normalize("NFC", title).casefold().replace("ß", "ss").replace("μ", "µ" if "µ" in title else "μ")
    # Greek's accents go before its letters are spelt, Latin's after: ä is two letters, and ά is one.
    spelt = lower.translate(_SPELT) if not re.search("[α-ω]", lower) else _without_accents(lower)
    plain = _without_accents(spelt.translate(_LETTERS)).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if name and any(letter.isalpha() and letter > "\u024f" for letter in _without_accents(spelt.translate(_LETTERS))):
        return ""  # what is left of a name in another script says nothing
    return f"column_{name}" if name[:1].isdigit() else name


def _without_accents(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


def name_columns(titles: Sequence[str]) -> list[str]:
    """A column name for each title, in order, that no other has and that the database and the loader leave free."""
    wished = [_fitting(clean_name(title) or f"column_{place}") for place, title in enumerate(titles, start=1)]
    taken: set[str] = set()
    later = set(wished)
    names: list[str] = []
    for name in wished:
        unique, copies = name, 0
        while unique in taken or (copies and unique in later):
            copies += 1
            suffix = f"_{copies}"
            unique = name[: NAME_CHARACTERS - len(suffix)].rstrip("_") + suffix
        taken.add(unique)
        names.append(unique)
    return names


def _fitting(name: str) -> str:
    if name in RESERVED_COLUMNS:
        return f"{name}_in_source"
    return name if len(name) <= NAME_CHARACTERS else name[:NAME_CHARACTERS].rstrip("_")
