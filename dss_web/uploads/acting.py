"""Who does what to an upload, for the trail of events that a trigger keeps (`operations.upload_event`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, cast

from django.db import connection, transaction
from psycopg import Connection

from dss_web.registry.catalogue_index import describe
from dss_web.registry.models import UploadEvent, UploadFile, UploadPipeline


class Actor(Protocol):
    """Who does something: a person, as SSO knows them."""

    @property
    def email(self) -> str:
        """Their address."""
        ...

    @property
    def user_id(self) -> str:
        """Their id at SSO."""
        ...


@dataclass(frozen=True, slots=True)
class Requester:
    """Who has asked for a task that is done later."""

    email: str
    user_id: str


@contextmanager
def acting(person: Actor, action: str) -> Iterator[None]:
    """A transaction, in which each change of a dataset or version is noted as this action of this person's."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            # The settings end with the transaction: connections are pooled.
            cursor.execute(
                "SELECT set_config('dss.person', %s, true), set_config('dss.person_id', %s, true),"
                " set_config('dss.action', %s, true)",
                [person.email, person.user_id, action],
            )
        yield


def note(version: UploadFile, person: Actor, action: str) -> None:
    """Note what a person did that changes no row of their version."""
    UploadEvent.objects.create(
        person=person.email,
        person_id=person.user_id,
        action=action,
        dataset=str(version.pipeline),
        version=version.id,
    )


def index(pipeline: UploadPipeline) -> None:
    """Have lists and the search know what is said of a dataset as soon as the transaction ends, which has said it.

    It takes a millisecond; what nobody indexes is found by the worker's next look.
    """
    # Django's connection is one of psycopg's, and the transaction has used it.
    describe(cast("Connection[Any]", connection.connection), [str(pipeline)])
