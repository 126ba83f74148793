"""Query parameters that are the same for pages and exports."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Annotated

from django.http import QueryDict
from pydantic import BaseModel, BeforeValidator


def _strict_integer(value: object) -> object:
    """Refuse what only Python reads as an integer, such as `1_000` or digits of other scripts."""
    if isinstance(value, str) and not re.fullmatch(r"[+-]?[0-9]{1,4000}", value):
        raise ValueError
    return value


Integer = Annotated[int, BeforeValidator(_strict_integer)]


@cache
def _names(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(field.alias or name for name, field in model.model_fields.items())


def parameters_beyond(model: type[BaseModel], parameters: QueryDict) -> Iterable[tuple[str, str]]:
    """Name and value of each parameter that the model does not declare; filters on columns are among them."""
    declared = _names(model)
    return ((name, value) for name, values in parameters.lists() for value in values if name not in declared)
