"""`python -m dss_assets move_in`: bring the tables of the Flask service. One line of JSON for each dataset."""

import argparse
import json
from collections.abc import Callable, Sequence

from dss_assets.database import Database
from dss_assets.dataset import Dataset
from dss_assets.moving_in.former import FormerDatabase
from dss_assets.moving_in.move import move_in
from dss_web.shared.former import FormerSettings
from dss_web.shared.settings import SharedSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--datasets", action="store_true", help="only list the keys of all declared datasets, as JSON")
    parser.add_argument("--apply", action="store_true", help="do it; without it, only say what would be done")
    parser.add_argument(
        "--in-place", action="store_true", help="the database of this service is the one of the Flask service"
    )


def move_in_tables(chosen: argparse.Namespace, datasets: Sequence[Dataset], say: Callable[[str], None]) -> int:
    """Bring the tables, or say what would be brought. Needs the two databases, and no other setting."""
    if chosen.datasets:
        say(json.dumps([dataset.key for dataset in datasets]))
        return 0
    own = SharedSettings.from_environment().database_url
    theirs = own if chosen.in_place else FormerSettings.from_environment().flask_database_url
    with (
        Database(theirs).connect("read the Flask service") as source,
        Database(own).connect("move in") as connection,
    ):
        former = FormerDatabase(source, is_in_place=chosen.in_place)
        for outcome in move_in(former, connection, datasets, is_applied=chosen.apply):
            say(str(outcome))
    return 0
