"""What the commands have in common: the arguments that name a client, and how they end.

Each command is a module with HELP, `add_arguments` and `run`, so that other programs can have it as theirs.
"""

import argparse
import os
import sys
from collections.abc import Callable
from typing import Protocol, TextIO

from .errors import DataStoreError, NotVerified


class Failed(Exception):
    """The command failed. The text is for its person, if there is more to say; `status` is the exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


class Run(Protocol):
    """What a command does with its arguments. `out` and `err` write a line. Raises Failed, DataStoreError, OSError."""

    def __call__(self, options: argparse.Namespace, out: Callable[[str], object], err: Callable[[str], object]) -> None:
        """Do it."""


def add_credentials(parser: argparse.ArgumentParser) -> None:
    """Add the client's id and its key, which the environment may have."""
    identifier = os.environ.get("HAWK_ID")
    parser.add_argument(
        "--id", required=not identifier, default=identifier, help="the client's id, if it is not in HAWK_ID"
    )
    parser.add_argument(
        "--key",
        default=os.environ.get("HAWK_KEY"),
        help="the client's key; safer in the variable HAWK_KEY, which others on the machine cannot see",
    )


def key_of(options: argparse.Namespace) -> str:
    """The client's key. Raises Failed if there is none."""
    if not options.key:
        raise Failed("There is no key: set the variable HAWK_KEY, or give --key")
    key: str = options.key
    return key


def end(run: Run, options: argparse.Namespace, out: Callable[[str], object], err: Callable[[str], object]) -> None:
    """Run a command. Raises Failed for whatever it could not do."""
    try:
        run(options, out, err)
    except BrokenPipeError:
        raise
    except NotVerified as error:
        raise Failed(f"Not verified: {error}") from error
    except DataStoreError as error:
        raise Failed(str(error)) from error
    except OSError as error:
        raise Failed(f"A file cannot be read or written: {error}") from error


def main(run: Run, add_arguments: Callable[[argparse.ArgumentParser], None], text: str) -> None:
    """Run a command as a program of its own."""
    parser = argparse.ArgumentParser(description=text)
    add_arguments(parser)
    options = parser.parse_args()
    try:
        end(run, options, _line_to(sys.stdout), _line_to(sys.stderr))
    except Failed as error:
        if str(error):
            _line_to(sys.stderr)(str(error))
        sys.exit(error.status)
    except BrokenPipeError:
        # Whoever reads the output, such as `head`, has enough. Python would complain once more when it flushes:
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _line_to(stream: TextIO) -> Callable[[str], object]:
    def write(line: str) -> None:
        stream.write(f"{line}\n")
        stream.flush()

    return write
