"""The check that every part of a declaration makes of itself."""


def require(condition: bool, message: str) -> None:
    """Raise ValueError with `message`, so that a mistake in a declaration stops the start of the service."""
    if not condition:
        raise ValueError(message)
