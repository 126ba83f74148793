"""What stands around the files on publishers' pages: navigation, other links, stray items of a search."""

import re
from collections.abc import Sequence
from pathlib import Path

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

# Upper and lower case, a link without a target and one to a place on the page, as pages of publishers have them.
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
  <header>
    <A HREF="/{host}/">{host}</A>
    <nav>
      <a href="/{host}/find/">Find</a>
      <a href="https://www.gov.uk/">GOV.UK</a>
      <a href="#content">Skip to content</a>
      <a>Menu</a>
    </nav>
  </header>
  <main id="content">
    <h1>{title}</h1>
    <ul>
{links}    </ul>
  </main>
  <footer><a href="mailto:data@{host}">Contact</a> &copy; Crown copyright</footer>
</body>
</html>
"""


def links_page(host: str, title: str, links: Sequence[tuple[str, str]]) -> bytes:
    """A page with links, each with its target and its text."""
    items = "".join(f'      <li><a class="download" href="{target}">{text}</a></li>\n' for target, text in links)
    return _PAGE.format(host=host, title=title, links=items).encode()


def stray_names(files: Sequence[Path]) -> list[str]:
    """Names beside those of files: of other data, and one that nearly is one of them."""
    word = re.split(r"[^a-z]", files[0].stem.lower())[0] if files else "data"
    return ["others2405.zip", f"{word}-layout.pdf", f"bds-{word}-notes.zip"]


def stray_titles(title: str) -> list[str]:
    """Titles that a fuzzy search also finds."""
    return ["User guide", "Other areas (May 2024) for the UK", f"Notes to {title[: len(title) // 3]}"]
