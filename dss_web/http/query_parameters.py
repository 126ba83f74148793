"""Query parameters that are the same for pages and exports."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Annotated

from django.http import QueryDict
from pydantic import BaseModel, BeforeValidator, Field


def _strict_integer(value: object) -> object:
    """Refuse what only Python reads as an integer, such as `1_000` or digits of other scripts."""
    # int() refuses more than 4,300 digits with an error of its own; nothing that long is an id.
    if isinstance(value, str) and not re.fullmatch(r"[+-]?[0-9]{1,4000}", value):
        raise ValueError
    return value


Integer = Annotated[int, BeforeValidator(_strict_integer)]

ColumnNames = Annotated[
    list[str],
    Field(
        description="The columns to show, in this order: their names with commas between, a name that holds a comma "
        "in double quotes. `next` keeps them. All columns if it is left out.",
        # One parameter with commas in it, where OpenAPI's default is a parameter for each name.
        json_schema_extra={"uniqueItems": True, "explode": False},
    ),
]


@cache
def _names(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(field.alias or name for name, field in model.model_fields.items())


def undeclared_parameters(model: type[BaseModel], parameters: QueryDict) -> Iterable[tuple[str, str]]:
    """Name and value of each parameter that the model does not declare; filters on columns are among them."""
    declared = _names(model)
    return ((name, value) for name, values in parameters.lists() for value in values if name not in declared)
