"""A text that a regular expression of a declaration matches: what a publisher would write there."""

import re
from collections.abc import Iterator, Mapping
from itertools import product

from infra.local.publisher_pages import MONTHS

# A group without another in it, and how often it stands there.
_GROUP = re.compile(
    r"(?<!\\)\((?:\?P<(?P<name>\w+)>|\?:)?(?P<inner>(?:\\.|\[[^\]]*\]|[^()\\\[])*)\)(?P<count>[?*+]|\{[^}]*\})?"
)
_TOKEN = re.compile(r"(?P<one>\\.|\[[^\]]+\]|.)(?:\{(?P<times>\d+)(?:,\d*)?\}|(?P<count>[?*+]))?", re.DOTALL)
_FLAGS = re.compile(r"\(\?[a-z]+\)")
_CLASSES = {r"\d": "2", r"\w": "x", r"\s": " ", ".": "x"}
# Characters of nobody's alphabet stand for the values of groups while the rest is taken apart.
_FIRST_MARK = 0xE000


def example(pattern: str, groups: Mapping[str, str] | None = None, flags: int = 0) -> str | None:
    """A text that the whole pattern matches, with these values in its named groups, in whatever letters fit.

    None where none was found: patterns that look around, for example, are not understood.
    """
    known = groups or {}
    for values in product(*map(_spellings, known.values())):
        text = _written(pattern, dict(zip(known, values, strict=True)))
        if re.fullmatch(pattern, text, flags):
            return text
    return None


def _spellings(value: str) -> Iterator[str]:
    """`AUG` is also `Aug`, `aug` and `August`."""
    yield from (month for month in MONTHS if month[:3].upper() == value.upper())
    yield from (value, value.title(), value.lower())


def _written(pattern: str, groups: Mapping[str, str]) -> str:
    marks = {name: chr(_FIRST_MARK + number) for number, name in enumerate(groups)}

    def ungrouped(group: re.Match[str]) -> str:
        if group["name"] in marks:
            return marks[group["name"]]
        return "" if group["count"] in {"?", "*"} else group["inner"].partition("|")[0]

    text = _FLAGS.sub("", pattern)
    while (shorter := _GROUP.sub(ungrouped, text)) != text:
        text = shorter
    # Of alternatives at the top, too, the first will do.
    text = re.split(r"(?<!\\)\|", text)[0]
    text = "".join(map(_token, _TOKEN.finditer(text)))
    for name, mark in marks.items():
        text = text.replace(mark, groups[name])
    return text


def _token(token: re.Match[str]) -> str:
    if token["count"] in {"?", "*"}:
        return ""
    one = token["one"]
    if one.startswith("["):
        character = one[1:].removeprefix("^")[:1] if not one.startswith("[^") else "x"
        character = _CLASSES.get(one[1:3], character)
    else:
        character = _CLASSES.get(one, one.removeprefix("\\"))
    return character * int(token["times"] or 1)
