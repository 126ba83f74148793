"""Search over the guide, the reference and the changelog: sections that have all words, those with them in the title
first."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Final

from django.utils.html import conditional_escape, format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe

from dss_web.docs.contents import Contents

# Longer questions are cut: nobody types them, and each word is looked for in each of some 150 sections.
MOST_CHARACTERS: Final = 100
# Two lines of an excerpt at desk width.
_EXCERPT_CHARACTERS: Final = 180
# A word in the title counts as much as so many in the text.
_TITLE_WEIGHT: Final = 20
# Behind which no word goes on.
_BLOCK_END: Final = re.compile(r"</(?:p|h\d|li|th|td|caption|figcaption|pre)>")


@dataclass(frozen=True)
class Result:
    """A section that was found, with the words marked in its title and in an excerpt."""

    url: str
    page: str
    title: SafeString
    excerpt: SafeString


@dataclass(frozen=True)
class _Indexed:
    url: str
    page: str
    title: str
    text: str


def search(contents: Contents, question: str) -> list[Result]:
    """The sections that have every word of the question, as it is or within a longer one; capitals do not matter."""
    words = question[:MOST_CHARACTERS].lower().split()
    if not words:
        return []
    ranked = []
    for number, section in enumerate(_index(contents)):
        title, text = section.title.lower(), section.text.lower()
        if all(word in title or word in text for word in words):
            score = sum(_TITLE_WEIGHT * (word in title) + text.count(word) for word in words)
            ranked.append((-score, number, section))
    pattern = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))), re.IGNORECASE)
    return [
        Result(found.url, found.page, _marked(found.title, pattern), _marked(_excerpt(found.text, pattern), pattern))
        for _, _, found in sorted(ranked)
    ]


@lru_cache(maxsize=8)  # as many as there are contents
def _index(contents: Contents) -> tuple[_Indexed, ...]:
    return tuple(_sections(contents))


def _sections(contents: Contents) -> Iterator[_Indexed]:
    introduction = contents.introduction
    yield _Indexed(
        contents.addresses[introduction.name], "API documentation", introduction.title, _text(introduction.html)
    )
    for pages in contents.pages.values():
        for page in pages:
            if not page.sections:
                yield _Indexed(page.path, page.title, page.title, page.summary)
            for section in page.sections:
                yield _Indexed(f"{page.path}#{section.anchor}", page.title, section.title, _text(section.html))


def _text(html: str) -> str:
    """The words of a piece of HTML."""
    return " ".join(unescape(strip_tags(_BLOCK_END.sub(r"\g<0> ", html))).split())


def _excerpt(text: str, pattern: re.Pattern[str]) -> str:
    match = pattern.search(text)
    begin = max(0, (match.start() if match else 0) - _EXCERPT_CHARACTERS // 3)
    end = begin + _EXCERPT_CHARACTERS
    # From word to word.
    begin = text.rfind(" ", 0, begin) + 1
    cut = text[begin:end].rpartition(" ")[0] if end < len(text) else text[begin:]
    return ("… " if begin else "") + cut + (" …" if end < len(text) else "")


def _marked(text: str, pattern: re.Pattern[str]) -> SafeString:
    """The text as HTML, with the words in <mark>."""
    pieces, end = [], 0
    for match in pattern.finditer(text):
        pieces += [conditional_escape(text[end : match.start()]), format_html("<mark>{}</mark>", match[0])]
        end = match.end()
    return mark_safe("".join((*pieces, conditional_escape(text[end:]))))  # noqa: S308 each piece is escaped
