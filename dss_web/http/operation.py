"""How an operation describes itself and its possible responses. `dss_web.docs` derives the OpenAPI document."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

Json = dict[str, Any]


class Tag(StrEnum):
    """The groups into which the documentation sorts operations."""

    TABLES = "Tables"
    DATASETS = "Datasets"
    UPLOADS = "Uploads"
    HEALTH = "Health"


@dataclass(frozen=True, kw_only=True)
class ResponseType:
    """One kind of response, a component of the OpenAPI document.

    `name`             of the component
    `bodies`           the models of which the body is one; none for an empty body
    `headers`          names of headers that are always there, in addition to X-Request-ID
    `optional_headers` names of headers that may be there
    `media_types`      that the body may have
    `examples`         of the body, one for each of `bodies`, if others than those of the models
    """

    name: str
    status: int
    description: str
    bodies: tuple[type[BaseModel], ...] = ()
    headers: tuple[str, ...] = ()
    optional_headers: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ("application/json",)
    examples: tuple[Json, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A route, described for its clients.

    `path`       below the site's root, with its parameters in braces
    `responses`  each kind of response that is possible
    `parameters` OpenAPI parameters that the view reads by itself, without declaring them in its signature
    `method`     GET, which HEAD comes with, or another one
    `body`       the model of what is sent, and its type
    `scopes`     any one of them opens the operation; none where it asks for no signature
    """

    operation_id: str
    path: str
    summary: str
    description: str
    tag: Tag
    responses: tuple[ResponseType, ...]
    parameters: tuple[Json, ...] = ()
    scopes: tuple[str, ...] = ()
    method: str = "GET"
    body: type[BaseModel] | None = None
    body_media_type: str = "application/json"
