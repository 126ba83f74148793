"""`python -m infra.local up`: the whole service on this machine, until Ctrl-C."""

import argparse
import sys
import time
from pathlib import Path

import psycopg

from infra.local.home import Home
from infra.local.process import LocalError
from infra.local.run import LOOK_SECONDS, LocalRun
from infra.local.samples import write_samples
from infra.local.signals import Stopped, stoppable
from infra.local.sso.people import PEOPLE
from infra.local.wait_for_arrivals import arrivals, as_table


def main() -> int:
    """Run the command line; the exit code, 1 where a part could not start or a file did not arrive."""
    options = _options()
    try:
        home = Home(options.home)
        with stoppable(), home.locked():
            return _up(home, options)
    except LocalError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except Stopped:
        return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    up = parser.add_subparsers(required=True, metavar="up").add_parser("up", help="start everything on this machine")
    up.add_argument("--home", type=Path, default=Path(".local"), help="folder for all data and logs (.local)")
    up.add_argument("--publisher", type=Path, help="publish the files of this folder instead of samples")
    up.add_argument(
        "--data-flow",
        choices=["airflow-1", "airflow-2", "airflow-3"],
        default="",
        help="let a stand-in for data-flow, with the API of this Airflow, copy tables into the datasets database, "
        "where otherwise the service does it",
    )
    up.add_argument("--once", action="store_true", help="stop when all published files are in the datasets database")
    up.add_argument("--timeout", type=float, default=300, metavar="SECONDS", help="how long --once waits (300)")
    return parser.parse_args()


def _up(home: Home, options: argparse.Namespace) -> int:
    began = time.monotonic()
    for name in home.end_leftovers():
        print(f"Ended {name}, which an earlier run had left behind.")
    run = LocalRun(home, _publisher_files(home, options.publisher), _say, options.data_flow)
    try:
        print(f"Starting in {home.folder} …", flush=True)
        run.start()
        print(_where_to_look(run, time.monotonic() - began), flush=True)
        if options.once:
            return _wait_for_arrivals(run, began + options.timeout)
        while True:
            time.sleep(LOOK_SECONDS)
            if run.watch():
                print(_where_to_look(run, time.monotonic() - began), flush=True)
    except Stopped:
        print("\nStopping …", flush=True)
        return 0
    finally:
        run.stop()
        print("Everything has stopped.", flush=True)


def _publisher_files(home: Home, folder: Path | None) -> Path:
    if folder is not None:
        if not folder.is_dir():
            raise LocalError(f"--publisher {folder} is not a folder. It must hold <organisation>/<dataset>/<file>.")
        return folder.absolute()
    samples = home.folder / "publisher"
    if not samples.exists():
        write_samples(samples)
    return samples


def _wait_for_arrivals(run: LocalRun, deadline: float) -> int:
    """0 when all has arrived; 1 with the reasons when the time is up, or what is missing is not tried again."""
    arrived = []
    while time.monotonic() < deadline:
        run.watch()
        try:
            arrived = arrivals(run.database_url, run.services.publisher_files)
        except psycopg.OperationalError as error:
            print(f"The database does not answer ({error}). Trying again.")
        else:
            if not any(arrival.reason for arrival in arrived):
                print(as_table(arrived))
                return 0
            if all(arrival.is_refused for arrival in arrived if arrival.reason):
                break
        time.sleep(LOOK_SECONDS)
    print(as_table(arrived))
    for arrival in arrived:
        if arrival.reason:
            print(f"{arrival.dataset} {arrival.file} did not arrive: {arrival.reason}", file=sys.stderr)
    return 1


def _say(message: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {message}", flush=True)


def _where_to_look(run: LocalRun, seconds: float) -> str:
    services = run.services
    page = f"{services.web_url}/api/v1/table-data/hmrc.exporters/L1"
    people = "\n                ".join(f"{person.first_name} {person.last_name}, who {person.may}" for person in PEOPLE)
    manage = _short(services.home.manage_script)
    return f"""Ready after {seconds:.0f} seconds.

  Web app       {services.web_url}/
  Log in as     {people}
  Dagster UI    {services.dagster_url}
  API docs      {services.web_url}/api/docs
  HAWK client   id {services.hawk["id"]}, key {services.hawk["key"]}
  Read a page   {manage} hawk_request "{page}" --id {services.hawk["id"]}
  All commands  {manage} help
  Readiness     {services.web_url}/readiness/
  Metrics       curl -H "Authorization: Bearer {services.metrics_token}" {services.web_url}/metrics
  New files     {_short(services.publisher_files)}/<organisation>/<dataset>/
  Logs          {_short(services.home.logs)}

Press Ctrl-C to stop everything."""


def _short(path: Path) -> Path:
    """The path as people type it here: relative to this folder where it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    sys.exit(main())
