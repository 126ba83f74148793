"""Numbers as people read them in sentences."""


def counted(number: int, noun: str) -> str:
    """A number with its noun: '1 row', '2,500 rows'."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
