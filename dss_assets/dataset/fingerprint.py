"""A declaration -> a text by which it is known again, as far as it decides what is in the tables."""

import hashlib
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, Final

# Words about a column, a conversion or a check that change no value, and how many tables are kept.
_UNTOLD: Final = frozenset({"description", "formerly", "expected", "label_description", "value_description", "kept"})


def fingerprint(*parts: Any) -> str:
    """A digest of parts of a declaration, the same in every process.

    Fields that have their defaults do not count: a release that adds a word to the vocabulary changes no declaration.
    """
    return hashlib.sha256(_told(parts).encode()).hexdigest()


def _told(part: Any) -> str:
    if is_dataclass(part):
        words = (
            f"{field.name}={_told(value)}"
            for field in fields(part)
            if field.name not in _UNTOLD and (value := getattr(part, field.name)) != _default(field)
        )
        return f"{type(part).__name__}({', '.join(words)})"
    if isinstance(part, tuple):
        return f"({', '.join(map(_told, part))})"
    return repr(part)


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default
