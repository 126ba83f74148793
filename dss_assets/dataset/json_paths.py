"""Where something stands in a JSON document: `result.resources`, `[0].total`, `dataset[].distribution[]`, `../title`.

Names with dots between, a number in brackets for an element of an array, and empty brackets for each of its elements.
`../` before a path that starts at such an element leads to the element, or document, around it.
"""

import re
import string
from collections.abc import Iterator
from typing import Any, Final

from dss_assets.dataset.validation import require

EACH: Final = "[]"
_NAME: Final = r"[^./\[\]{}]+"
_PATH: Final = re.compile(rf"(?:{_NAME}|\[\d*\])(?:\.{_NAME}|\[\d*\])*")
_STEP: Final = re.compile(rf"{_NAME}|\[\d*\]")
_OUTWARDS: Final = "../"

Step = str | int
# An element, the one around it, and so on, up to the document.
Nested = tuple[Any, ...]


def require_path(path: str, what: str, *, is_relative: bool = False) -> None:
    """Raise ValueError unless this is a path; one that `is_relative` may begin with `../`, and has no `[]`."""
    rest = path
    while is_relative and rest.startswith(_OUTWARDS):
        rest = rest.removeprefix(_OUTWARDS)
    is_path = bool(_PATH.fullmatch(rest)) and not (is_relative and EACH in rest)
    example = (
        "'result.url', '[0].total' or '../title'" if is_relative else "'result.items' or 'dataset[].distribution[]'"
    )
    require(is_path, f"{what} {path!r} is no path in a JSON document, such as {example}")


def steps(path: str) -> tuple[Step, ...]:
    """The steps of a path without `../`: names, numbers of elements, EACH."""
    return tuple(int(part[1:-1]) if re.fullmatch(r"\[\d+\]", part) else part for part in _STEP.findall(path))


def template_paths(template: str) -> tuple[str, ...]:
    """The paths in the braces of a template, such as `content/items/{id}/data`. Raises ValueError where it is none."""
    return tuple(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


def fill(template: str, nested: Nested) -> str | None:
    """The template with the values at its paths; None where one of them is missing or empty."""
    filled = ""
    for text, path, _, _ in string.Formatter().parse(template):
        filled += text
        if path is not None:
            value = find(nested, path)
            if value is None or value == "":
                return None
            filled += str(value)
    return filled


def find(nested: Nested, path: str) -> Any:
    """What stands at a relative path, None where nothing does."""
    while path.startswith(_OUTWARDS):
        path, nested = path.removeprefix(_OUTWARDS), nested[1:]
    value = nested[0] if nested else None
    for step in steps(path):
        value = _step(value, step)
    return value


def first_list(document: Any, path: str) -> list[Any] | None:
    """The outermost of the arrays whose elements a path means, None where there is none."""
    value = document
    for step in steps(path):
        if step == EACH:
            break
        value = _step(value, step)
    return value if isinstance(value, list) else None


def expand(document: Any, path: str) -> Iterator[Nested]:
    """The elements that a path means, each with what is around it. An array within one of them may be missing."""
    way = steps(path)
    yield from _expand((document,), document, way if way[-1] == EACH else (*way, EACH))


def _expand(nested: Nested, value: Any, way: tuple[Step, ...]) -> Iterator[Nested]:
    for number, step in enumerate(way):
        if step != EACH:
            value = _step(value, step)
            continue
        for element in value if isinstance(value, list) else []:
            inner = (element, *nested)
            if rest := way[number + 1 :]:
                yield from _expand(inner, element, rest)
            else:
                yield inner
        return


def _step(value: Any, step: Step) -> Any:
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else None
    return value.get(step) if isinstance(value, dict) else None
