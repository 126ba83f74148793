"""Dates and times as people give them to a command, and as it shows them. All in UTC."""

import argparse
from datetime import UTC, datetime, time

from django.utils import timezone


def future_moment(text: str) -> datetime:
    """`2026-12-31`, which means to the end of that day, or `2026-12-31T18:00`: in UTC unless it says otherwise."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date like 2026-12-31, nor a time like 2026-12-31T18:00"
        ) from error
    if len(text) == len("2026-12-31"):
        moment = datetime.combine(moment, time.max)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment <= timezone.now():
        raise argparse.ArgumentTypeError(f"{text!r} has passed already")
    return moment


def shown(moment: datetime | None, otherwise: str) -> str:
    """A moment to the minute."""
    return otherwise if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
