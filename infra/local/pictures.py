"""The README's pictures, from the service as it runs: `make pictures` while `make run` does.

They show the asset graph of a dataset in the Dagster UI, a search in the catalogue, and the page on which a person
checks an upload's columns.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from infra.local.chromium import find_chromium

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
CSV = "Company Name,Exports,Founded\nAcme Pumps,1204,1987-03-01\nBrine & Sons,88,2003-11-17\nCastings plc,,1962-06-30\n"


def main() -> None:
    """Take all pictures from the service that runs in `--home`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(".local"))
    service = parser.parse_args().home / "service.json"
    if not service.exists():
        sys.exit(f"Nothing runs in {service.parent}: start it with `make run`.")
    where = json.loads(service.read_text())
    program = find_chromium()
    if program is None:
        sys.exit("Chromium is not installed: `make test` installs it.")
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        _take_asset_graph(browser, where["dagster"])
        _take_catalogue(browser, where["web"])
        _take_upload(browser, where["web"])
        browser.close()


def _take_asset_graph(browser: Browser, dagster: str) -> None:
    page = browser.new_page(viewport={"width": 1800, "height": 620})
    page.goto(f"{dagster}/locations/data-store-service/asset-groups/hmrc/lineage")
    page.get_by_text("datasets").first.wait_for()
    page.wait_for_timeout(3000)  # the graph moves to its place
    page.screenshot(path=FOLDER / "asset-graph.png")


def _take_catalogue(browser: Browser, web: str) -> None:
    page = browser.new_page(viewport={"width": 1000, "height": 1250})
    page.goto(f"{web}/datasets/?q=postcode")
    page.get_by_role("button", name="Rita").click()
    page.locator("mark").first.wait_for()
    page.screenshot(path=FOLDER / "catalogue.png")


def _take_upload(browser: Browser, web: str) -> None:
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    page.goto(web)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Ursula").click()
    page.goto(f"{web}/upload/create/")
    page.get_by_label("Organisation").fill("DBT")
    page.get_by_label("Dataset", exact=True).fill("companies")
    page.get_by_role("button", name="Create dataset").click()
    if page.get_by_role("alert").count():  # an earlier picture has made it
        page.goto(f"{web}/upload/")
        page.get_by_role("link", name="companies").first.click()
    else:
        page.get_by_role("link", name="Personal data").click()
        page.get_by_label("No", exact=True).check()
        page.get_by_role("button", name="Save").click()
        page.get_by_role("link", name="Upload the first file").click()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "companies.csv")
        file.write_text(CSV)
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Upload and check").click()
        page.get_by_role("heading", name="Check the columns").wait_for()
    page.screenshot(path=FOLDER / "upload.png", full_page=True)


if __name__ == "__main__":
    main()
