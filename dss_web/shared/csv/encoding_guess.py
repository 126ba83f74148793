"""Words with bytes above 127 -> in which encoding they are most like words."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

# Single bytes first, the likelier of equals before the other; names are Python's.
SINGLE_BYTE: Final = (
    "cp1252 iso8859-15 cp850 mac-roman cp437 cp1250 iso8859-2 cp1251 koi8-r koi8-u cp866 iso8859-5 cp1253 iso8859-7"
    " cp1254 cp1257 cp1255 cp1256 cp874"
).split()
MULTI_BYTE: Final = ("cp932", "gb18030", "big5", "euc-jp", "cp949")
# Those that programs of the West write: told apart, they are read; any other is a question.
WESTERN: Final = frozenset({"cp1252", "iso8859-15", "cp850", "mac-roman", "cp437"})
# The letters that make up most of the text in a script, lower case.
_FREQUENT: Final = frozenset("оеаинтсрвлαοιετσνηυρéèàüöäñçíóáłśżźąęńščžőåøæěňřâêôßşğı")
_CURRENCIES: Final = "£€¥"
_BETWEEN: Final = "–—‑…•·’‘“”«»´`"
_AFTER_DIGIT: Final = "°²³½¼¾%‰€"
# Letters that only end words, in Greek and Hebrew.
_LAST: Final = "ςךםןףץ"
# What stands alone, or after a name.
_ALONE: Final = "©®™§±×†‡"
# In this country the West's are likelier than those whose letters look like them; a mark is rarer than a letter.
_BELIEF: Final = {
    "iso8859-15": -0.4,
    "cp850": -0.02,
    "mac-roman": -0.04,
    "cp437": -0.06,
    "cp1250": -0.3,
    "iso8859-2": -0.3,
    "cp1254": -0.3,
    "cp1257": -0.5,
    "gb18030": -0.3,
    "big5": -0.4,
    "euc-jp": -0.3,
    "cp949": -0.4,
    "cp1255": -0.5,
    "cp1256": -0.5,
    "cp874": -0.2,
    "koi8-u": -0.05,
    "iso8859-5": -0.3,
}
# A word with its neighbours, so that £5 and °C can be told from a letter.
_WORD: Final = re.compile(rb"[0-9 ,;\t\"'(]?[A-Za-z\x80-\xff'.-]*[\x80-\xff][A-Za-z\x80-\xff'.-]*[0-9 ]?")
WORDS = 3000
# In the encodings of East Asia half of a character may be a letter or a sign of ASCII: their words are those of a text.
_WIDE_WORD: Final = re.compile(r"[A-Za-z0-9'.-]{0,3}[^\x00-\x7f]+[A-Za-z0-9'.-]{0,3}")
LINES = 500
LINE_BYTES = 2000


@dataclass(frozen=True, slots=True)
class Guess:
    """An encoding, how much its words are like words (from -3 to 2, below 0 they are not), three of them, and all."""

    encoding: str
    score: float
    samples: tuple[str, ...]
    words: tuple[str, ...] = ()
    points: tuple[float, ...] = ()

    def margin(self, other: Self) -> float:
        """How much better it is than another by the words that look different in it: most may look the same."""
        whole = self.score - other.score
        if len(self.words) != len(other.words):
            return whole
        pairs = zip(self.words, other.words, self.points, other.points, strict=True)
        better = [mine - its for word, its_word, mine, its in pairs if word != its_word]
        return max(whole, sum(better) / len(better)) if better else whole


def words_of(data: bytes) -> Iterable[bytes]:
    """The words with a byte above 127, each with a character around it."""
    return _WORD.findall(data)


def lines_of(data: bytes) -> Iterable[bytes]:
    """The lines with a byte above 127, each no longer than is worth a look."""
    return (line[:LINE_BYTES] for line in data.splitlines() if not line.isascii())


def guess(words: Sequence[bytes], lines: Sequence[bytes]) -> list[Guess]:
    """All encodings in which the words and lines can be read, best first; one for each way in which they would look."""
    guesses: list[Guess] = []
    seen: set[tuple[str, ...]] = set()
    for encoding in (*SINGLE_BYTE, *MULTI_BYTE):
        try:
            if encoding in MULTI_BYTE:
                # A line may be cut off within a character.
                decoded = (line.decode(encoding, "replace" if len(line) == LINE_BYTES else "strict") for line in lines)
                texts = tuple(word for line in decoded for word in _WIDE_WORD.findall(line))
            else:
                texts = tuple(word.decode(encoding) for word in words)
        except UnicodeDecodeError:
            continue
        if texts in seen:
            continue
        seen.add(texts)
        scored = [_score(text) for text in texts]
        total = sum(count for _, count in scored)
        # One impossible word tells more than many that are possible.
        bad = sum(points < -1.0 for points, _ in scored) / max(1, len(scored))
        score = sum(points for points, _ in scored) / total - 2 * bad if total else -3.0
        score += _BELIEF.get(encoding, 0.0)
        samples = tuple(text.strip(" ,;\t\"'(") for text in texts[:3])
        means = tuple(points / max(1, count) for points, count in scored)
        guesses.append(Guess(encoding, score, samples, texts, means))
    # sorted() keeps the order of equals.
    return sorted(guesses, key=lambda one: -one.score)


def _score(text: str) -> tuple[float, int]:
    """Points for the characters of a word that are not ASCII, and their number."""
    points, count = 0.0, 0
    letters = [character for character in text if character.isalpha()]
    strange = [character for character in letters if character > "\x7f"]
    is_foreign = any(character > "\u036f" for character in strange)
    for position, character in enumerate(text):
        if character <= "\x7f":
            continue
        count += 1
        before = text[position - 1] if position else " "
        after = text[position + 1] if position + 1 < len(text) else " "
        points += _points(character, before, after)
    if is_foreign and len(letters) - len(strange) > (sum(character > "\u3000" for character in strange) > 2):
        points -= 3 * count  # two scripts in one word
    if not is_foreign and len(strange) > 2 and len(strange) > 0.75 * len(letters):
        points -= 1.5 * count  # no word of the West is of accents alone
    return points, count


def _points(character: str, before: str, after: str) -> float:  # noqa: PLR0911, PLR0912 a table of cases
    category = unicodedata.category(character)
    if character in _CURRENCIES:
        if not before.isalnum() and (not after.isalnum() or after in "bkm"):
            return 2.0 if after in "bkm" else 0.5  # in £m, or by itself
        return 1.2 if after.isdigit() or (before.isdigit() and not after.isalpha()) else -1.5
    if character in "’'" and before.isalpha() and after.isalpha():
        return 2.0
    if character in _BETWEEN:
        return 0.8 if not (before.isalpha() and after == " " and character in "‘“«´`") else -0.5
    if character == "¤":
        return -2.0  # which nobody types
    if character in "¿¡":
        return 0.8 if not before.isalpha() and after.isalpha() else -1.5
    if character in "ºª":
        return 0.5 if not after.isalpha() else -1.5
    if character in "²³" and before == "m":
        return 1.8
    if character in _AFTER_DIGIT:
        return 0.8 if character in "²³" or (not before.isalpha() and not after.islower()) else -1.5
    if character in _ALONE:
        if after.isalpha() or before.isalpha() > (character in "®™"):
            return -1.5
        return 0.8 if before.isalpha() or character not in "®™" else 0.0
    if "\uff61" <= character <= "\uff9f":  # half as wide, which no program mixes with others
        return 0.1 if not (_is_wide(before) or _is_wide(after)) else -1.5
    if character in _LAST and after.isalpha():
        return -1.5
    if "\u0590" <= character <= "\u06ff" and category == "Lo":
        return 0.9 if before.isalpha() or after.isalpha() else -0.3
    if "\u0e00" <= character <= "\u0e7f":
        return 0.4 if before > "\x7f" or after > "\x7f" else -0.3
    if category == "Lo":
        return 0.7 if "\u3040" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3" else 0.2
    if character == "\ufffd" or (category in {"Cc", "Cn", "Co", "So"} and "\u2500" <= character <= "\u25ff"):
        return -3.0
    if category == "Cc":
        return -3.0
    if category in {"Ll", "Lu"}:
        common = 0.5 if character.lower() in _FREQUENT else 0.0
        if before.isdigit() or after.isdigit():
            return -1.5
        if not before.isalpha() and not after.isalpha():
            return -0.3
        if category == "Ll":
            is_misplaced = after.isupper() or (character == "ì" and not before.isalpha())
            is_misplaced = is_misplaced or (character == "î" and not after.isalpha())
            return -0.5 if is_misplaced else 1.0 + common
        if before.islower():
            return -2.0
        return 0.6 + common if after.isalpha() else 0.2
    if character == "\u00a0":
        return 0.8 if before.isdigit() else 0.3
    return -1.5 if before.isalpha() or after.isalpha() else 0.0


def _is_wide(character: str) -> bool:
    return "\u3040" <= character <= "\u9fff"
