"""Every page of the documentation with its sections, and the address of each anchor.

All of it is made once for each name by which the service is reached, and anew when a named route comes or goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.utils.safestring import SafeString
from django.utils.text import slugify

from dss_web.api.named_urls import NamedOperations
from dss_web.docs import reference
from dss_web.docs.guide import GUIDE, INTRODUCTION, Chapter, GuidePage, changelog, chapters, parts
from dss_web.docs.markdown import to_html
from dss_web.docs.openapi import current_routes, document_with

ROOT: Final = "/api/docs"


@dataclass(frozen=True)
class Section:
    """What a link leads to and a search finds. `is_listed`: the navigation shows it below its page."""

    anchor: str
    title: str
    html: str
    is_listed: bool = False


@dataclass(frozen=True)
class DocsPage:
    """A page: its path on the site, and its sections in order."""

    path: str
    title: str
    summary: str
    sections: tuple[Section, ...] = ()

    @property
    def listed(self) -> list[Section]:
        """The sections that the navigation shows while somebody is on the page."""
        return [section for section in self.sections if section.is_listed]


@dataclass(frozen=True)
class ShownChapter:
    """A chapter of the guide as HTML."""

    name: str
    title: str
    html: SafeString


@dataclass(frozen=True, eq=False)
class Contents:
    """The whole documentation for readers who reach the service at one origin.

    `pages`     by the heading under which the navigation has them
    `addresses` path and fragment of each anchor
    `chapters`  of the guide, by the page's name
    """

    pages: Mapping[str, list[DocsPage]]
    addresses: Mapping[str, str]
    introduction: ShownChapter
    chapters: Mapping[str, list[ShownChapter]]
    groups: Mapping[str, reference.Group]
    replies: list[reference.Reply]
    changelog: SafeString

    @property
    def index(self) -> list[tuple[str, str, str]]:
        """Anchor, address and title of whatever had an anchor while the documentation was one page, by title."""
        titles = {section.anchor: section.title for page in self.pages["Guide"] for section in page.sections}
        for group in self.groups.values():
            titles |= {group.anchor: group.name} | {entry.anchor: entry.summary for entry in group.entries}
        titles |= {reply.anchor: reply.title for reply in self.replies}
        titles |= {"operations": "All routes", "responses": "All responses"}
        return sorted(
            ((anchor, self.addresses[anchor], title) for anchor, title in titles.items()),
            key=lambda entry: entry[2].lower(),
        )


def contents(origin: str) -> Contents:
    """The documentation as it is now."""
    return _contents(origin, current_routes())


@lru_cache(maxsize=8)  # as many as there are of the document
def _contents(origin: str, named: NamedOperations) -> Contents:
    groups = reference.groups(document_with(origin, named))
    replies = reference.replies(groups)
    written = {chapter.name: chapter for chapter in chapters(origin)}
    addresses = _addresses(written, groups, replies)
    shown = {
        page.name: [_shown(written[name], 3 if len(page.chapters) > 1 else 2, addresses) for name in page.chapters]
        for page in GUIDE
    }
    news = changelog(origin).markdown
    pages = {
        "Guide": [_guide_page(page, written, addresses) for page in GUIDE],
        "Reference": [
            *map(_group_page, groups),
            _responses_page("responses", "Responses", "What comes back when nothing is wrong, with examples.", replies),
            _responses_page("errors", "Error responses", "Each status from 400, with its headers and body.", replies),
        ],
        "Tools": [
            DocsPage(f"{ROOT}/sign", "Sign a request in your browser", "Make a header and a curl command."),
            DocsPage(f"{ROOT}/tables", "Datasets and tables", "What there is to read, for people who are logged in."),
            DocsPage(
                f"{ROOT}/changelog",
                "Changes of the API",
                "What clients may notice, release by release.",
                tuple(
                    Section(slugify(title), title, to_html(text, 2, addresses))
                    for title, text in parts(news).items()
                    if title
                ),
            ),
        ],
    }
    return Contents(
        pages=pages,
        addresses=addresses,
        introduction=_shown(written[INTRODUCTION], 3, addresses),
        chapters=shown,
        groups={group.slug: group for group in groups},
        replies=replies,
        changelog=to_html(news, 2, addresses),
    )


def _addresses(
    written: Mapping[str, Chapter], groups: list[reference.Group], replies: list[reference.Reply]
) -> dict[str, str]:
    """Where each anchor is that the documentation has, or had while it was one page."""
    found = {INTRODUCTION: f"{ROOT}#{INTRODUCTION}"}
    for page in GUIDE:
        for name in page.chapters:
            headings = [slugify(title) for title in parts(written[name].markdown) if title]
            found |= {anchor: f"{ROOT}/guide/{page.name}#{anchor}" for anchor in (name, *headings)}
    for group in groups:
        anchors = (group.anchor, *(entry.anchor for entry in group.entries))
        found |= {anchor: f"{ROOT}/reference/{group.slug}#{anchor}" for anchor in anchors}
    found |= {reply.anchor: f"{ROOT}/reference/{reply.page}#{reply.anchor}" for reply in replies}
    return found | {"operations": f"{ROOT}#reference", "responses": f"{ROOT}/reference/responses"}


def _shown(chapter: Chapter, level: int, addresses: Mapping[str, str]) -> ShownChapter:
    return ShownChapter(chapter.name, chapter.title, to_html(chapter.markdown, level, addresses))


def _guide_page(page: GuidePage, written: Mapping[str, Chapter], addresses: Mapping[str, str]) -> DocsPage:
    sections = []
    for name in page.chapters:
        chapter = written[name]
        for title, text in parts(chapter.markdown).items():
            anchor, is_chapter = (slugify(title), False) if title else (name, True)
            is_listed = not is_chapter or len(page.chapters) > 1
            sections.append(Section(anchor, title or chapter.title, to_html(text, 3, addresses), is_listed))
    return DocsPage(f"{ROOT}/guide/{page.name}", page.title, page.summary, tuple(sections))


def _responses_page(name: str, title: str, summary: str, replies: list[reference.Reply]) -> DocsPage:
    shown = (reply for reply in replies if reply.page == name)
    sections = tuple(Section(reply.anchor, reply.title, reply.description) for reply in shown)
    return DocsPage(f"{ROOT}/reference/{name}", title, summary, sections)


def _group_page(group: reference.Group) -> DocsPage:
    sections = [
        Section(
            entry.anchor,
            entry.summary,
            " ".join(
                (
                    f"{entry.method} {entry.path} ",
                    entry.description,
                    *(f"{parameter.name}: {parameter.description}" for parameter in entry.parameters),
                    *entry.scopes,
                )
            ),
            is_listed=True,
        )
        for entry in group.entries
    ]
    return DocsPage(f"{ROOT}/reference/{group.slug}", group.name, group.description, tuple(sections))
