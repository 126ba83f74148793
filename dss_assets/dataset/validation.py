"""The checks that every part of a declaration makes of itself: a mistake stops the start of the service."""

import codecs
import re
import string
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

import sqlglot
from sqlglot import expressions
from sqlglot.errors import SqlglotError


def require(condition: bool, message: str) -> None:
    """Raise ValueError with `message` unless the condition holds."""
    if not condition:
        raise ValueError(message)


def require_pattern(text: str, what: str) -> frozenset[str]:
    """The named groups of a regular expression. Raises ValueError where it is none."""
    try:
        return frozenset(re.compile(text).groupindex)
    except re.error as error:
        raise ValueError(f"{what} {text!r} is no regular expression: {error}") from error


def require_encoding(name: str) -> None:
    """Raise ValueError unless Python knows the encoding."""
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise ValueError(f"Python knows no encoding {name!r}") from error


def require_interval(every: timedelta) -> None:
    """Raise ValueError unless a source is looked at every second or less often."""
    require(every >= timedelta(seconds=1), f"a source cannot be looked at every {every}")


def require_url(url: str, what: str) -> None:
    """Raise ValueError unless this is an absolute URL over HTTP."""
    is_url = url.startswith(("https://", "http://")) and bool(urlsplit(url).netloc)
    require(is_url, f"{what} {url!r} is no URL")


def require_file_name(name: str) -> None:
    """Raise ValueError where a file cannot be stored under this name."""
    require(bool(name) and "/" not in name and not name.startswith("."), f"{name!r} is not the name of a file")


def require_different(names: Iterable[str], what: str) -> None:
    """Raise ValueError where a name is there twice."""
    known = list(names)
    doubled = sorted(name for name, count in Counter(known).items() if count > 1)
    require(not doubled, f"{what} declared twice: {', '.join(doubled)}")


def placeholders(text: str) -> frozenset[str]:
    """The names in the braces of a format string. Raises ValueError where it is none."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def named_columns(condition: str, what: str) -> tuple[str, ...]:
    """The columns that an SQL expression names, each once, in their order. Raises ValueError where it is none.

    Postgres knows best what is SQL, and is asked at the first load. What no Postgres takes is found here.
    """
    try:
        parsed = sqlglot.parse(condition, read="postgres")
    except SqlglotError as error:
        reason = re.sub(r"\x1b\[\d*m", "", str(error)).partition("\n")[0]
        raise ValueError(f"{what} {condition!r} is not valid SQL: {reason}") from error
    nodes = [node for part in parsed if part for node in part.walk()]
    require(
        len(parsed) == 1
        and isinstance(parsed[0], expressions.Condition)
        and not any(isinstance(node, expressions.Query) or node.comments for node in nodes),
        f"{what} {condition!r} is no single SQL expression over the columns of a row",
    )
    names = {node.name for node in nodes if isinstance(node, expressions.Column)}
    # In the order of the text, which sqlglot's own order is not.
    return tuple(sorted(names, key=lambda name: (condition.find(name), name)))
