"""The values of a column -> how many look like what, with the lines of the first of each.

Every value of a file is looked at, so most are counted by numpy without a look at each: the characters of a value say
what it cannot be, and only the rest is looked at one by one (`cells`).
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dss_web.shared.csv.cells import TYPED_CHARACTERS, Kind, look_at
from dss_web.shared.csv.text import INVISIBLE, LOST, MARK

# Beyond so many different values it matters little how many there are. All columns together keep so many at most, and
# none keeps values that are longer on average: a file of any size is checked in the same memory.
DISTINCT = 10_000
_DISTINCT_OF_ALL = 300_000
_LONG_VALUES = 200
EXAMPLES = 3
# A column with so many different texts is text, whatever else it holds.
_TEXTS = 500
_DIGIT, _DOT, _DASH, _SLASH, _COLON, _BLANK, _LETTER, _OTHER = (1 << place for place in range(8))
_NUMERIC: Final = _DIGIT | _DOT
_DATED: Final = _DIGIT | _DASH
# Any code point above 127 is as 128; 0 separates the values of a batch.
_CLASSES: Final = np.full(256, _OTHER, np.uint8)
_CLASSES[0] = 0
_CLASSES[48:58] = _DIGIT
_CLASSES[65:91] = _CLASSES[97:123] = _LETTER
for _character, _class in ((".", _DOT), ("-", _DASH), ("/", _SLASH), (":", _COLON), (" ", _BLANK), ("\t", _BLANK)):
    _CLASSES[ord(_character)] = _class
_BLANKS: Final = np.array([chr(code).isspace() for code in range(256)])
_WIDE_BLANKS: Final = np.array([code for code in range(256, 0x3001) if chr(code).isspace()], np.uint32)
_MONTH_DAYS: Final = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] + [0] * 87, np.int32)
_TWICE: Final = re.compile("[ÂÃ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|Ð[\u0080-\u00bf°±²³´µ¶·¸¹º»¼½¾¿]")
_TWICE_SIGNS: Final = ("Ã", "Â", "â€", "Ð")
_C1: Final = re.compile("[\u0080-\u009f]")
# Quotation marks, dashes, the ellipsis and the euro are what Windows-1252 has there, and people type.
_C1_SIGNS: Final = "\u0080\u0085\u0091\u0092\u0093\u0094\u0096\u0097"


class Example(NamedTuple):
    """A value and the line of its row."""

    line: int
    value: str


class ColumnCensus:
    """What one column holds: `counts` of each kind, `examples` of each, the `nulls` that are words, and its limits.

    `is_capped` says that there are more different values than `distinct` has.
    """

    def __init__(self, columns: int = 1) -> None:
        """Nothing yet, of one of so many columns."""
        self._most_distinct = max(100, min(DISTINCT, _DISTINCT_OF_ALL // columns))
        self.is_capped = False
        self.counts: Counter[Kind] = Counter()
        self.examples: dict[Kind, list[Example]] = {}
        self.nulls: Counter[str] = Counter()
        self.distinct: set[str] = set()
        self.padded = 0
        self.numbers: tuple[float, float] | None = None
        self.dates: tuple[str, str] | None = None
        self.strange: dict[str, Example] = {}
        self._texts = 0

    @property
    def filled(self) -> int:
        """The number of values that are not empty."""
        return sum(count for kind, count in self.counts.items() if kind is not Kind.EMPTY)

    def take(self, values: Sequence[str], lines: Sequence[int]) -> str:
        """Count a batch of values with the lines of their rows. They are returned as one text, with NUL between."""
        joined = "\0".join(values)
        if len(joined) < len(values):
            self.counts[Kind.EMPTY] += len(values)
            return joined
        if not self.is_capped:
            self.distinct.update(values)
            self.distinct.discard("")
            is_long = len(joined) > _LONG_VALUES * len(values)
            self.is_capped = is_long or len(self.distinct) > self._most_distinct
            if self.is_capped:
                self.distinct = set(islice(self.distinct, 0 if is_long else self._most_distinct))
        is_ascii = joined.isascii()
        if self._texts > _TEXTS and len(joined) > _LONG_VALUES * len(values):
            self._take_long(joined, values, lines)
            return joined
        if is_ascii:
            data: NDArray[Any] = np.frombuffer(joined.encode(), np.uint8)
        else:
            self._look_for_strange(joined, values, lines)
            data = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
        separators = np.flatnonzero(data == 0)
        if len(separators) >= len(values):
            self._note("nul", "\0", values, lines)
            return joined  # no such file is loaded
        starts = np.concatenate(([0], separators + 1))
        lengths = np.concatenate((separators, [len(data)])) - starts
        filled = np.flatnonzero(lengths)
        self.counts[Kind.EMPTY] += len(values) - len(filled)
        starts, lengths = starts[filled], lengths[filled]
        firsts, lasts = data[starts], data[starts + lengths - 1]
        self.padded += int(np.count_nonzero(_are_blank(firsts) | _are_blank(lasts)))
        if self._texts > _TEXTS:
            self.counts[Kind.TEXT] += len(filled)
            return joined
        classes = _CLASSES[data] if is_ascii else _CLASSES[np.minimum(data, 128)]
        masks = np.bitwise_or.reduceat(classes, starts)
        batch = _Batch(values, lines, data, filled, starts, lengths, firsts, masks)
        left = self._take_numbers(batch)
        left = self._take_dates(batch, left)
        self._take_others(batch, left)
        return joined

    def _take_long(self, joined: str, values: Sequence[str], lines: Sequence[int]) -> None:
        """Count long values of a column that is text, one by one: there are few of them, but each takes much memory."""
        if joined.count("\0") >= len(values):
            self._note("nul", "\0", values, lines)
        if not joined.isascii():
            self._look_for_strange(joined, values, lines)
        empty = values.count("")
        self.counts[Kind.EMPTY] += empty
        self.counts[Kind.TEXT] += len(values) - empty
        self.padded += sum(value[:1].isspace() or value[-1:].isspace() for value in values)

    def _take_numbers(self, batch: "_Batch") -> NDArray[Any]:
        """Count the plain numbers; the places in the batch of what is left."""
        second = batch.data[np.minimum(batch.starts + 1, len(batch.data) - 1)]
        zeros = (batch.firsts == 48) & (batch.lengths > 1) & (second != 46)
        digits = batch.masks == _DIGIT
        self._add(Kind.ZEROS, batch, np.flatnonzero(digits & zeros))
        small = np.flatnonzero(digits & ~zeros & (batch.lengths < 10))
        self._add(Kind.INTEGER, batch, small)
        decimal = np.zeros(0, np.int64)
        with_dot = batch.masks == _NUMERIC
        if with_dot.any():
            dots = np.add.reduceat((batch.data == 46).astype(np.int32), batch.starts)
            decimal = np.flatnonzero(with_dot & (dots == 1) & ~zeros & (batch.lengths < TYPED_CHARACTERS))
            self._add(Kind.DECIMAL, batch, decimal)
        for length in np.unique(batch.lengths[small]).tolist():
            places = small[batch.lengths[small] == length]
            table = batch.data[batch.starts[places][:, None] + np.arange(length)].astype(np.int64) - 48
            self._limit(table @ (10 ** np.arange(length)[::-1]))
        if len(decimal):
            self._limit(np.fromiter(map(float, batch.at(decimal)), np.float64, len(decimal)))
        numbers = np.concatenate((small, decimal))
        taken = digits & zeros
        taken[numbers] = True
        return np.flatnonzero(~taken)

    def _take_dates(self, batch: "_Batch", left: NDArray[Any]) -> NDArray[Any]:
        """Count the dates and times in the forms that most files have; the places of what is left."""
        masks = batch.masks[left] & ~np.uint8(_BLANK | _COLON)
        for mask in (_DATED, _DIGIT | _SLASH):
            for length in (10, 16, 19):
                places = left[(masks == mask) & (batch.lengths[left] == length)]
                if len(places) < 100:  # one by one is as quick
                    continue
                table = batch.data[batch.starts[places][:, None] + np.arange(length)].astype(np.int32) - 48
                year_first = mask == _DATED
                found, key = _dated(table, length, year_first=year_first)
                for kind, chosen in found:
                    these = places[chosen]
                    if len(these):
                        self._add(kind, batch, these)
                        keys = key[chosen]
                        self._limit_dates(batch.at(these[[int(keys.argmin()), int(keys.argmax())]]))
                        left = np.setdiff1d(left, these, assume_unique=True)
                masks = batch.masks[left] & ~np.uint8(_BLANK | _COLON)
        return left

    def _take_others(self, batch: "_Batch", left: NDArray[Any]) -> None:
        """Look at the different ones of what is left, one by one, until it is clear that they are text."""
        long = batch.lengths[left] > TYPED_CHARACTERS
        if long.any():
            self._add(Kind.TEXT, batch, left[long])
            self._texts += min(int(long.sum()), len(set(batch.at(left[long][: _TEXTS + 2]))))
            left = left[~long]
        found: dict[str, int] = {}
        counts: Counter[str] = Counter(values := batch.at(left))
        if len(counts) < len(values):
            for place, value in zip(left.tolist(), values, strict=True):
                found.setdefault(value, place)
        else:
            found = dict(zip(values, left.tolist(), strict=True))
        for value, count in counts.items():
            if self._texts > _TEXTS:
                self.counts[Kind.TEXT] += count
                continue
            kind, order = look_at(value)
            self.counts[kind] += count
            if kind is Kind.TEXT:
                self._texts += 1
            elif kind is Kind.NULL_WORD:
                self.nulls[value.strip()] += count
            elif order:
                self._limit_dates([order])
            elif kind in {Kind.INTEGER, Kind.LARGE, Kind.DECIMAL, Kind.SCIENTIFIC, Kind.CUT}:
                self._limit(np.array([float(value.strip())]))
            examples = self.examples.setdefault(kind, [])
            if len(examples) < EXAMPLES:
                examples.append(batch.example(found[value]))

    def _add(self, kind: Kind, batch: "_Batch", places: NDArray[Any]) -> None:
        if not len(places):
            return
        self.counts[kind] += len(places)
        examples = self.examples.setdefault(kind, [])
        if len(examples) < EXAMPLES:
            examples += [batch.example(place) for place in places[: EXAMPLES - len(examples)]]

    def _limit(self, numbers: NDArray[Any]) -> None:
        low, high = float(numbers.min()), float(numbers.max())
        self.numbers = (min(low, self.numbers[0]), max(high, self.numbers[1])) if self.numbers else (low, high)

    def _limit_dates(self, values: Sequence[str]) -> None:
        low, high = (
            f"{one[6:10]}-{one[3:5]}-{one[:2]}{one[10:]}" if one[2] == "/" else one for one in (values[0], values[-1])
        )
        self.dates = (min(low, self.dates[0]), max(high, self.dates[1])) if self.dates else (low, high)

    def _look_for_strange(self, joined: str, values: Sequence[str], lines: Sequence[int]) -> None:
        if MARK in joined:
            self._note("marks", MARK, values, lines)
        for name, characters in (("lost", LOST), ("invisible", INVISIBLE)):
            if name not in self.strange and (sign := next((one for one in characters if one in joined), "")):
                self._note(name, sign, values, lines)
        for name, clues, pattern in (("decoded-twice", _TWICE_SIGNS, _TWICE), ("controls", _C1_SIGNS, _C1)):
            # Looking for a few characters is a hundred times as fast as the pattern.
            is_likely = name not in self.strange and any(clue in joined for clue in clues)
            if is_likely and (match := pattern.search(joined)):
                self._note(name, match[0], values, lines)

    def _note(self, name: str, text: str, values: Sequence[str], lines: Sequence[int]) -> None:
        for value, line in zip(values, lines, strict=True):
            if text in value:
                self.strange.setdefault(name, Example(line, value))
                return
        # It stands across two values.


def _are_blank(characters: NDArray[Any]) -> NDArray[Any]:
    """Which characters `str.strip` takes off: Postgres passes over blanks and tabs only."""
    # Of one byte each but for an Asian blank and a few of typographers.
    blank: NDArray[Any] = _BLANKS[np.minimum(characters, 255)]
    if characters.dtype != np.uint8:
        blank = (blank & (characters < 256)) | np.isin(characters, _WIDE_BLANKS)
    return blank


class _Batch(NamedTuple):
    """The filled values of a batch: `filled` are their places in `values`, and all arrays have one entry for each."""

    values: Sequence[str]
    lines: Sequence[int]
    data: NDArray[Any]
    filled: NDArray[Any]
    starts: NDArray[Any]
    lengths: NDArray[Any]
    firsts: NDArray[Any]
    masks: NDArray[Any]

    def at(self, places: NDArray[Any]) -> list[str]:
        values = self.values
        return [values[place] for place in self.filled[places].tolist()]

    def example(self, place: int) -> Example:
        row = int(self.filled[place])
        return Example(self.lines[row], self.values[row])


def _dated(
    table: NDArray[Any], length: int, *, year_first: bool
) -> tuple[list[tuple[Kind, NDArray[Any]]], NDArray[Any]]:
    """Which rows of characters (as their distance from `0`) are a date, or a date and a time, and in which order.

    And for each row a number that grows with its date, taken with the day first.
    """
    dash, slash, colon, blank = (ord(one) - 48 for one in "-/: ")
    places = [0, 1, 2, 3, 5, 6, 8, 9] if year_first else [0, 1, 3, 4, 6, 7, 8, 9]
    marks = {4: dash, 7: dash} if year_first else {2: slash, 5: slash}
    if length > 10:
        places += [11, 12, 14, 15] + ([17, 18] if length > 16 else [])
        marks |= {10: blank, 13: colon} | ({16: colon} if length > 16 else {})
    digits = table[:, places]
    good = ((digits >= 0) & (digits <= 9)).all(axis=1)
    for place, mark in marks.items():
        good &= table[:, place] == mark

    def number(*positions: int) -> NDArray[Any]:
        total = np.zeros(len(table), np.int32)
        for position in positions:
            total = total * 10 + np.clip(table[:, position], 0, 9)
        return total

    time = np.zeros(len(table), np.int64)
    if length > 10:
        hour, minute, second_of = number(11, 12), number(14, 15), number(17, 18) if length > 16 else 0
        good &= (hour < 24) & (minute < 60) & (second_of < 60)
        time = hour * 10_000 + minute * 100 + second_of
    year = number(0, 1, 2, 3) if year_first else number(6, 7, 8, 9)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    good &= year > 0

    def is_day(month: NDArray[Any], day: NDArray[Any]) -> NDArray[Any]:
        good_day: NDArray[Any] = (day > 0) & (day <= _MONTH_DAYS[month]) & (leap | (month != 2) | (day < 29))
        return good_day

    word = "DATE" if length == 10 else "TIME"
    if year_first:
        key = (year * 10_000 + number(5, 6) * 100 + number(8, 9)).astype(np.int64) * 1_000_000 + time
        return [(Kind[f"{word}_ISO"], good & is_day(number(5, 6), number(8, 9)))], key
    first, second = number(0, 1), number(3, 4)
    key = (year * 10_000 + second * 100 + first).astype(np.int64) * 1_000_000 + time
    day_first, month_first = good & is_day(second, first), good & is_day(first, second)
    either = day_first & month_first
    return [
        (Kind[f"{word}_EITHER"], either),
        (Kind[f"{word}_DAY"], day_first & ~either),
        (Kind[f"{word}_MONTH"], month_first & ~day_first),
    ], key
