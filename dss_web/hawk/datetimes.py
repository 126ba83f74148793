"""Dates and times as commands take and print them. All in UTC."""

import argparse
from datetime import UTC, datetime, time

from django.utils import timezone


def parse_future(text: str) -> datetime:
    """A time after now: `2026-12-31`, which means the end of that day, or `2026-12-31T18:00`; UTC unless it has a zone.

    Raises argparse.ArgumentTypeError.
    """
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date like 2026-12-31, nor a time like 2026-12-31T18:00"
        ) from error
    if len(text) == len("2026-12-31"):
        parsed = datetime.combine(parsed, time.max)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    if parsed <= timezone.now():
        raise argparse.ArgumentTypeError(f"{text!r} has passed already")
    return parsed


def format_minute(value: datetime | None, default: str) -> str:
    """A time to the minute, as in `2026-12-31 18:00 UTC`; `default` for None."""
    return default if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
