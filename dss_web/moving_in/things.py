"""One step of the import: the things of one kind that the Flask service has, beside those that are here.

A thing that was brought and has changed since is brought again if it changed there alone. What changed here is ours.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import transaction
from django.utils.crypto import salted_hmac

from dss_web.moving_in.report import Entry, Step
from dss_web.registry.models import MovedThing
from dss_web.shared.former import What


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that the Flask service has. `theirs` changes with it; `problem` says why it cannot be here.

    `theirs` and what is here are compared by digests under the service's secret key: keys of clients may be in them.
    """

    name: str
    theirs: Any
    row: Any = None
    remarks: Sequence[str] = field(default_factory=list)
    problem: str = ""


class Kind(Protocol):
    """A kind of things."""

    name: str
    title: str

    def things(self) -> Iterable[Thing]:
        """Those of the Flask service."""

    def ours(self, thing: Thing) -> Any:
        """What is here by the name of a thing; None for nothing."""

    def write(self, thing: Thing) -> None:
        """Put it here, in the place of what is here by its name."""


def move(kind: Kind, *, is_applied: bool, is_empty: bool) -> Step:
    """Bring the things of a kind, each in one transaction with its note, or say what would be brought.

    `is_empty`: this service has no tables yet.
    """
    step = Step(kind.title)
    before = {} if is_empty else {moved.name: moved for moved in MovedThing.objects.filter(kind=kind.name)}
    for thing in kind.things():
        if thing.problem:
            step.entries.append(Entry(thing.name, What.REFUSED, [thing.problem, *thing.remarks]))
            continue
        theirs = _digest(thing.theirs)
        what, remark = _decide(kind, thing, theirs, before.get(thing.name), is_empty=is_empty)
        if what in {What.NEW, What.UPDATED} and is_applied:
            with transaction.atomic():
                kind.write(thing)
                MovedThing.objects.update_or_create(
                    kind=kind.name,
                    name=thing.name,
                    defaults={"theirs": theirs, "ours": _digest(kind.ours(thing))},
                )
        remarks = [*thing.remarks] if what in {What.NEW, What.UPDATED} else []
        step.entries.append(Entry(thing.name, what, [*([remark] if remark else []), *remarks]))
    return step


def _decide(kind: Kind, thing: Thing, theirs: str, moved: MovedThing | None, *, is_empty: bool) -> tuple[What, str]:
    ours = None if is_empty else kind.ours(thing)
    if moved is None:
        return (What.NEW, "") if ours is None else (What.LEFT, "It was here before the import.")
    if ours is not None and moved.ours == _digest(ours):
        return (What.SAME, "") if moved.theirs == theirs else (What.UPDATED, "")
    if moved.theirs == theirs:
        return What.LEFT, ""
    return What.LEFT, "It has changed since it was brought, here and in the Flask service."


def _digest(value: Any) -> str:
    return salted_hmac(
        "dss_web.moving_in", json.dumps(value, sort_keys=True, default=str), algorithm="sha256"
    ).hexdigest()
