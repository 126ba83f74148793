"""The guide: chapters in Markdown, with the values of this installation filled in."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dss_web.api.page_query import MAX_PAGE_SIZE
from dss_web.configuration import web_settings

_FOLDER: Final = Path(__file__).parent
# In the order in which a newcomer needs them; each is guide/<name>.md, and its anchor on the page.
CHAPTERS: Final = (
    "what-it-is",
    "get-a-key",
    "first-table",
    "curl",
    "sign",
    "verify",
    "refused",
    "datasets",
    "paging",
    "changes",
    "choose",
    "etag",
    "export",
    "upload",
    "types",
    "limits",
)
# The chapters that the OpenAPI document repeats at its security scheme.
HAWK: Final = frozenset({"sign", "verify", "refused"})

_EXAMPLE: Final = re.compile(r"^```(\w+) file=(\S+)\n```$", re.MULTILINE)
_PLACEHOLDER: Final = re.compile(r"\{\{ (\w+) \}\}")


@dataclass(frozen=True)
class Chapter:
    """A chapter: its anchor, its title, and the Markdown below its title."""

    name: str
    title: str
    markdown: str

    @property
    def explains_hawk(self) -> bool:
        """Whether the chapter belongs to the security scheme."""
        return self.name in HAWK


def chapters(origin: str) -> list[Chapter]:
    """The guide for readers who reach the service at `origin`."""
    settings = web_settings()
    contact = settings.contact
    values = {
        "origin": origin,
        "contact": f"[{contact.name}]({contact.link})" if contact.link else contact.name,
        "exports": f"{settings.exports_at_once}",
        "skew": f"{settings.dss_hawk_timestamp_skew_in_seconds}",
        "page_size": f"{settings.dss_pagination_size:,}",
        "max_page_size": f"{MAX_PAGE_SIZE:,}",
        "statement_timeout": f"{settings.dss_statement_timeout_seconds:g}",
        "lock_timeout": f"{settings.dss_lock_timeout_seconds:g}",
        "upload_limit": f"{settings.dss_upload_limit_megabytes:,}",
    }
    return [_chapter(name, values) for name in CHAPTERS]


def _chapter(name: str, values: dict[str, str]) -> Chapter:
    text = (_FOLDER / "guide" / f"{name}.md").read_text()
    text = _PLACEHOLDER.sub(lambda match: values[match[1]], text)
    text = _EXAMPLE.sub(lambda match: f"```{match[1]} file={match[2]}\n{_example(match[2])}```", text)
    title, _, markdown = text.partition("\n")
    return Chapter(name, title.removeprefix("# "), markdown.strip())


def _example(name: str) -> str:
    return (_FOLDER / "examples" / name).read_text()
