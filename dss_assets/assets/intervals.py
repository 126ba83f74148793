"""How often sensors look."""

from typing import Final

# As often as Dagster looks at sensors: files that were just listed wait for no longer, nor does a next attempt.
LOOK_SECONDS: Final = 5


def interval(seconds: int) -> int:
    """The least interval of a sensor that is to look so often.

    Dagster looks every five seconds, give or take: a whole multiple of that would miss every other turn.
    """
    return max(seconds - 1, 1)
