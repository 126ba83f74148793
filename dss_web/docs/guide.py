"""The guide: chapters in Markdown, with the values of this installation filled in."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from dss_web.api.page_query import MAX_PAGE_SIZE
from dss_web.client.wheel import build_wheel
from dss_web.configuration import web_settings
from dss_web.exports.stream import CHECKPOINT_BYTES

_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True)
class GuidePage:
    """A page of the guide at /api/docs/guide/<name>: its title, what it is for, and its chapters in order.

    Each chapter is guide/<chapter>.md, and its name is its anchor.
    """

    name: str
    title: str
    summary: str
    chapters: tuple[str, ...]


# The chapter that the first page shows.
INTRODUCTION: Final = "what-it-is"
# In the order in which a newcomer needs them.
GUIDE: Final = (
    GuidePage("get-a-key", "Get a key", "Whom to ask, and what scopes open.", ("get-a-key",)),
    GuidePage(
        "first-table",
        "Read your first table",
        "From an empty folder to a table in a file, with a Python program that you can change, or curl.",
        ("first-table", "curl"),
    ),
    GuidePage(
        "clients",
        "Use a client or a library",
        "From a key to a DataFrame in five lines; for agents; and with libraries of Python and Node.",
        ("python-client", "libraries", "agents"),
    ),
    GuidePage(
        "sign",
        "Sign requests and check responses",
        "HAWK step by step, with a worked example, for any language.",
        ("sign", "verify"),
    ),
    GuidePage(
        "read",
        "Read pages of a table",
        "Go from page to page, choose columns and rows, and read 10,000 rows at a time.",
        ("paging", "choose"),
    ),
    GuidePage("types", "Types and values", "What each type of column looks like in JSON.", ("types",)),
    GuidePage(
        "changes",
        "Keep up with changes",
        "What happens when a table changes while you read it, and how to ask only for what is new.",
        ("changes", "etag"),
    ),
    GuidePage("export", "Take a whole table", "CSV, NDJSON or Parquet in one checked stream.", ("export",)),
    GuidePage("upload", "Upload a file", "Send a file in parts, have it checked, and load it.", ("upload",)),
    GuidePage(
        "errors",
        "Errors and limits",
        "Why a request is refused, what to do, and what is allowed.",
        ("refused", "limits"),
    ),
)
CHAPTERS: Final = (INTRODUCTION, *(chapter for page in GUIDE for chapter in page.chapters))
# The chapters that the OpenAPI document repeats at its security scheme.
HAWK: Final = frozenset({"sign", "verify", "refused"})

_EXAMPLE: Final = re.compile(r"^```(\w+) file=(\S+)\n```$", re.MULTILINE)
_PLACEHOLDER: Final = re.compile(r"\{\{ (\w+) \}\}")
_LINK: Final = re.compile(r"\]\(#([\w-]+)\)")
_HEADING: Final = re.compile(r"^## (.+)\n", re.MULTILINE)


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

    def with_links_to(self, address: Callable[[str], str]) -> "Chapter":
        """The same, with the address of each anchor to which it links."""
        return replace(self, markdown=_LINK.sub(lambda match: f"]({address(match[1])})", self.markdown))


def chapters(origin: str) -> list[Chapter]:
    """The guide for readers who reach the service at `origin`."""
    values = _values(origin)
    return [_chapter(_FOLDER / "guide" / f"{name}.md", values) for name in CHAPTERS]


def changelog(origin: str) -> Chapter:
    """What clients may notice of each release, newest first."""
    return _chapter(_FOLDER / "api_changes.md", _values(origin))


def _values(origin: str) -> dict[str, str]:
    """What the text leaves open, as it is in this installation."""
    settings = web_settings()
    contact = settings.contact
    return {
        "origin": origin,
        "contact": f"[{contact.name}]({contact.link})" if contact.link else contact.name,
        "client_wheel": build_wheel().name,
        "exports": f"{settings.exports_at_once}",
        "skew": f"{settings.dss_hawk_timestamp_skew_in_seconds}",
        "page_size": f"{settings.dss_pagination_size:,}",
        "max_page_size": f"{MAX_PAGE_SIZE:,}",
        "max_page_size_plain": f"{MAX_PAGE_SIZE}",
        "statement_timeout": f"{settings.dss_statement_timeout_seconds:g}",
        "lock_timeout": f"{settings.dss_lock_timeout_seconds:g}",
        "checkpoint": f"{CHECKPOINT_BYTES // 2**20} MiB",
        "upload_limit": f"{settings.dss_upload_limit_megabytes:,}",
    }


def parts(markdown: str) -> dict[str, str]:
    """The text below each heading of a chapter, by the heading; that before the first one by ''."""
    before, *rest = _HEADING.split(markdown)
    return {"": before} | dict(zip(rest[::2], rest[1::2], strict=True))


def _chapter(path: Path, values: dict[str, str]) -> Chapter:
    text = _PLACEHOLDER.sub(lambda match: values[match[1]], path.read_text())
    text = _EXAMPLE.sub(lambda match: f"```{match[1]} file={match[2]}\n{_example(match[2])}```", text)
    title, _, markdown = text.partition("\n")
    return Chapter(path.stem, title.removeprefix("# "), markdown.strip())


def _example(name: str) -> str:
    return (_FOLDER / "examples" / name).read_text()
